"""One prediction as an object of JSON or a row of CSV: which of its fields are picture, class, confidence and box.

Every tool has its own words for the same four things. The words are looked up in tables; what two tools use for
different things (``x``, ``y``, ``width``, ``height``: corner or centre?) is asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.label.predictions.as_written import Written, confidence_of, four_numbers, where
from workbench.label.reading.raw import Layout
from workbench.label.reading.resolve import LARGEST
from workbench.model.errors import InputError
from workbench.pictures.file_names import base_name, without_suffix

_IMAGE_ID = ("image_id", "imageid", "img_id")
_FILE_NAME = ("file_name", "filename", "image_name", "image_path", "img_name", "img_path", "image", "img", "path")
_CONFIDENCE = ("score", "confidence", "conf", "probability")
_CLASS_NAME = ("category_name", "class_name", "label_name", "labelname", "name")
_CLASS_NUMBER = ("category_id", "class_id", "label_id")
_CLASS = ("category", "class", "label", "cls")
_CORNERS: dict[tuple[str, str, str, str], Layout | None] = {
    ("x_min", "y_min", "x_max", "y_max"): "xyxy",
    ("xmin", "ymin", "xmax", "ymax"): "xyxy",
    ("x1", "y1", "x2", "y2"): "xyxy",
    ("left", "top", "right", "bottom"): "xyxy",
    ("left", "top", "width", "height"): "xywh",
    ("x_center", "y_center", "width", "height"): "cxcywh",
    ("xcenter", "ycenter", "width", "height"): "cxcywh",
    ("cx", "cy", "w", "h"): "cxcywh",
    ("x", "y", "width", "height"): None,
    ("x", "y", "w", "h"): None,
}
_NUMBERS = (int, float)
_ULTRALYTICS = {"image_id", "file_name", "category_id", "bbox", "score"}


@dataclass(frozen=True)
class _Fields:
    """Which fields of a kind of record hold what, as the record spells them; made once for all records alike."""

    image_id: tuple[str, ...]
    file_name: tuple[str, ...]
    confidence: tuple[str, ...]
    class_name: tuple[str, ...]
    class_number: tuple[str, ...]
    box: str | None
    corners: tuple[str, ...]
    layout: Layout | None
    """Of the box or the corners; None where they do not say it, or the box itself does."""

    @classmethod
    def of(cls, keys: tuple[str, ...]) -> _Fields:
        spelt = {str(key).lower(): key for key in reversed(keys)}

        def there(wanted: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(spelt[key] for key in wanted if key in spelt)

        box = next(iter(there(("bbox", "box"))), None)
        corners = next((keys for keys in _CORNERS if spelt.keys() >= set(keys)), ()) if "x3" not in spelt else ()
        layout = _CORNERS[corners] if corners else None
        return cls(
            there(_IMAGE_ID),
            there(_FILE_NAME),
            there(_CONFIDENCE),
            there(_CLASS_NAME),
            there((*_CLASS_NUMBER, *_CLASS)),
            box,
            there(corners),
            layout if box is None else "xywh" if "bbox" in spelt else "xyxy",
        )


def take_records(written: Written, records: Iterable[Any], *, file: int = 0, first: int = 0) -> None:
    """Append records to what was read.

    Raises:
        InputError: naming the first bad entry.
    """
    kinds: dict[tuple[str, ...], _Fields] = {}
    for number, record in enumerate(records, start=first):
        if not isinstance(record, dict):
            raise InputError(f"{_place(written, file, number)} is no object; give a COCO results JSON")
        keys = tuple(record)
        fields = kinds.get(keys)
        if fields is None:
            fields = kinds[keys] = _Fields.of(keys)
        values, layout = _box(record, fields, written, file, number)
        if not len(written):
            written.layout = layout or "xywh"
            written.box_asked = "" if layout else "x, y, width, height: x and y may be a corner or the centre"
        elif layout != (None if written.box_asked else written.layout):
            place = _place(written, file, number)
            raise InputError(f"{place} writes its box in another way than those before it; write all in one way")
        score = _first(record, fields.confidence)
        if type(score) is not float or not 0 <= score <= 1:
            score = confidence_of(score, _place(written, file, number))
        name, image = _first(record, fields.file_name), _first(record, fields.image_id)
        is_name = isinstance(name, str) and bool(name.strip())
        kind = _first(record, fields.class_name)
        named = isinstance(kind, str)
        written.file.append(file)
        written.place.append(number)
        written.file_names.append(name if is_name else None)
        written.image_ids.append(name if image is None and isinstance(name, int) else image)
        written.classes.append(kind if named else _first(record, fields.class_number))
        written.named.append(named)
        written.confidence.append(score)
        written.values.extend(values)


def looks_like_ultralytics(written: Written, records: list[Any]) -> bool:
    """Whether these are the results that Ultralytics' ``val(save_json=True)`` writes: fields, and stems as ids."""
    if not records or not all(isinstance(one, dict) and one.keys() >= _ULTRALYTICS for one in records):
        return False
    return all(
        str(image) == stem or (stem.isdecimal() and str(image) == str(int(stem)))
        for image, stem in (
            (image, without_suffix(base_name(name or "")))
            for image, name in zip(written.image_ids, written.file_names, strict=True)
        )
    )


def is_record(value: Any) -> bool:
    """Whether a JSON value seems to be one prediction."""
    if not isinstance(value, dict):
        return False
    low = {str(key).lower() for key in value}
    return bool(low & {"bbox", "box"}) or any(low.issuperset(keys) for keys in _CORNERS)


def _first(record: dict[str, Any], keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = record[key]
        if value is not None and value != "":
            return value
    return None


def _place(written: Written, file: int, number: int) -> str:
    return where(written.source, written.files[file], written.row_word, number)


def _box(
    record: dict[str, Any], fields: _Fields, written: Written, file: int, number: int
) -> tuple[Sequence[float], Layout | None]:
    if fields.box is None:
        box: Any = [record[key] for key in fields.corners] or record
    else:
        box = record[fields.box]
    if type(box) is list and len(box) == 4 and all(type(value) in _NUMBERS and abs(value) < LARGEST for value in box):
        return box, fields.layout
    place = _place(written, file, number)
    if isinstance(box, str):
        try:
            box = ast.literal_eval(box)
        except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
            raise InputError(f"{place}: bbox is {box[:40]!r}; expected four numbers") from error
    if not isinstance(box, dict):
        return four_numbers(box, place), fields.layout
    low = {str(key).lower(): value for key, value in box.items()}
    if "x3" in low:
        raise InputError(f"{place} is a turned box of four points; write the upright box around it")
    keys = next((keys for keys in _CORNERS if low.keys() >= set(keys)), None)
    if keys is None:
        there = ", ".join(map(repr, list(low)[:8])) or "nothing"
        raise InputError(f"{place} has no box ('bbox', or x_min, y_min, x_max, y_max); it has {there}")
    return four_numbers([low[key] for key in keys], place), _CORNERS[keys]
