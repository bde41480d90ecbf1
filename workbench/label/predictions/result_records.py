"""One prediction as an object of JSON or a row of CSV: which of its fields are picture, class, confidence and box.

Every tool has its own words for the same four things. The words are looked up in tables; what two tools use for
different things (``x``, ``y``, ``width``, ``height``: corner or centre?) is asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from workbench.label.predictions.as_written import Written, confidence_of, four_numbers, where
from workbench.label.reading.raw import Layout
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
_ULTRALYTICS = {"image_id", "file_name", "category_id", "bbox", "score"}


def take_records(written: Written, records: Iterable[Any], *, file: int = 0, first: int = 0) -> None:
    """Append records to what was read.

    Raises:
        InputError: naming the first bad entry.
    """
    for number, record in enumerate(records, start=first):
        place = where(written.source, written.files[file], written.row_word, number)
        if not isinstance(record, dict):
            raise InputError(f"{place} is no object; give a COCO results JSON")
        low = {str(key).lower(): value for key, value in record.items()}
        values, layout = _box(low, place)
        if not len(written):
            written.layout = layout or "xywh"
            written.box_asked = "" if layout else "x, y, width, height: x and y may be a corner or the centre"
        elif layout and layout != written.layout:
            raise InputError(f"{place} writes its box as {layout}, others as {written.layout}; write all in one way")
        written.file.append(file)
        written.place.append(number)
        name, image = _first(low, _FILE_NAME), _first(low, _IMAGE_ID)
        is_name = isinstance(name, str) and bool(name.strip())
        written.file_names.append(name if is_name else None)
        written.image_ids.append(name if image is None and isinstance(name, int) else image)
        given, named = _class(low)
        written.classes.append(given)
        written.named.append(named)
        written.confidence.append(confidence_of(_first(low, _CONFIDENCE), place))
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


def _first(low: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((low[key] for key in keys if low.get(key) is not None and low[key] != ""), None)


def _class(low: dict[str, Any]) -> tuple[Any, bool]:
    """The class, and whether it is surely a name."""
    name = _first(low, _CLASS_NAME)
    if isinstance(name, str):
        return name, True
    number = _first(low, _CLASS_NUMBER)
    return (number if number is not None else _first(low, _CLASS)), False


def _box(low: dict[str, Any], place: str) -> tuple[tuple[float, float, float, float], Layout | None]:
    box = low.get("bbox", low.get("box"))
    if isinstance(box, str):
        try:
            box = ast.literal_eval(box)
        except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
            raise InputError(f"{place}: bbox is {box[:40]!r}; expected four numbers") from error
    if isinstance(box, dict):
        return _corners({str(key).lower(): value for key, value in box.items()}, place)
    if box is not None or "bbox" in low:
        return four_numbers(box, place), ("xywh" if "bbox" in low else "xyxy")
    return _corners(low, place)


def _corners(low: dict[str, Any], place: str) -> tuple[tuple[float, float, float, float], Layout | None]:
    if "x3" in low:
        raise InputError(f"{place} is a turned box of four points; write the upright box around it")
    for keys, layout in _CORNERS.items():
        if low.keys() >= set(keys):
            return four_numbers([low[key] for key in keys], place), layout
    there = ", ".join(map(repr, list(low)[:8])) or "nothing"
    raise InputError(f"{place} has no box ('bbox', or x_min, y_min, x_max, y_max); it has {there}")
