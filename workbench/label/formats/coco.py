"""COCO JSON: one file for a set, ``x y width height`` in pixels, category ids of any order.

Our own reader: pycocotools and hotcoco stop at, or leave out, an annotation whose picture or category is missing, and
labelformat drops pictures without annotations. A listed picture without annotations is read as *empty*: COCO has no
way to say that nobody has looked yet, so unlabelled pictures are not written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.label.formats.coco_masks import segmentation_of
from workbench.label.formats.coco_tasks import SeenBefore, is_without_boxes
from workbench.label.reading.raw import Problem, RawFile, RawLabels, side_of
from workbench.label.reading.sources import MAX_DATASET_BYTES, Refused, decode_text, read_bytes
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, without_suffix
from workbench.pictures.walking import Entry

_KNOWN = frozenset(
    {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "attributes", "labeller", "score"}
)

_SAME_AREA = 1e-3
"""An area that differs by less from the box's is the box's, rounded."""


def load_json(entry: Entry, limit: int = MAX_DATASET_BYTES, *, raw: RawLabels | None = None) -> Any:
    """The content of a JSON file from a stranger.

    Args:
        entry: the file.
        limit: how many bytes are read at most.
        raw: where it is said if the text is not UTF-8.

    Raises:
        Refused: with the line of the fault.
    """
    if entry.outside:
        raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
    text, encoding = decode_text(read_bytes(entry.path, limit))
    if raw is not None and encoding != "utf-8":
        guess = "" if encoding == "utf-16" else ", a guess; if class names look wrong, save it as UTF-8"
        raw.problems.append(Problem("encoding", f"read as {encoding}{guess}", entry.name))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused("json-syntax", f"{error.msg} (line {error.lineno})") from error
    except (RecursionError, ValueError, MemoryError) as error:
        raise Refused("json-syntax", f"cannot be read: {type(error).__name__}") from error


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read COCO files; several are read one after the other into one set, the instances of several tasks first."""
    raw = RawLabels("coco", "xywh", "px")
    seen = SeenBefore()
    for entry in sorted(entries, key=lambda one: "instances" not in base_name(one.name).lower()):
        try:
            content = load_json(entry, raw=raw)
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        if not isinstance(content, dict) or not isinstance(content.get("images"), list):
            raw.problems.append(Problem("not-this-format", "has no list 'images'", entry.name))
            continue
        if is_without_boxes(_objects(content.get("annotations"))):
            message = "its annotations are captions or segments of whole pictures, without boxes; left out"
            raw.problems.append(Problem("other-shape", message, entry.name))
            continue
        _take(raw, entry.name, content, seen)
    return raw


def _take(raw: RawLabels, file: str, content: dict[str, Any], known: SeenBefore) -> None:
    names: dict[Any, str] = {}
    for category in _objects(content.get("categories")):
        name = nfc(str(category.get("name", "")).strip())
        number = _key(category.get("id"))
        if not name:
            raw.problems.append(Problem("class-name-empty", f"category {number}", file))
            continue
        names[number] = name
        if isinstance(number, int):
            other = raw.class_ids.setdefault(number, name)
            if other != name:
                raw.unclear_ids[number] = tuple(dict.fromkeys([*raw.unclear_ids.get(number, (other,)), name]))
    raw.classes = tuple(dict.fromkeys([*raw.classes, *names.values()]))
    index_of: dict[Any, int] = {}
    for image in _objects(content.get("images")):
        picture = image.get("file_name")
        if not isinstance(picture, str) or not picture.strip():
            raw.problems.append(Problem("missing-field", f"picture {image.get('id')} has no file_name", file))
            continue
        safe = safe_name(picture)
        if safe is None:
            raw.problems.append(Problem("path-outside", f"file_name is '{printable(picture)[:120]}'", file))
            safe = base_name(picture)
        number = _key(image.get("id"))
        if number in index_of:
            raw.problems.append(Problem("id-twice", f"picture id {number}", file, image=safe))
        index_of[number] = len(raw.files)
        width, height = side_of(image.get("width")), side_of(image.get("height"))
        if not width or not height:
            raw.note("size-missing")
        raw.files.append(
            RawFile(
                file, without_suffix(safe), safe, width, height, extra={"coco_id": _own_id(image.get("id"), number)}
            )
        )
    seen: Counter[Any] = Counter()
    for annotation in _objects(content.get("annotations")):
        _take_annotation(raw, file, annotation, index_of, names, known)
        seen[_key(annotation.get("id"))] += 1
    known.report(raw, file, {raw.files[index].picture or "" for index in index_of.values()})
    twice = [number for number, count in seen.items() if count > 1 and number is not None]
    if twice:
        raw.problems.append(
            Problem("id-twice", f"{len(twice)} annotation ids stand more than once, first {twice[0]}", file)
        )


def _take_annotation(
    raw: RawLabels,
    file: str,
    item: dict[str, Any],
    index_of: dict[Any, int],
    names: dict[Any, str],
    known: SeenBefore,
) -> None:
    said = _said(item.get("bbox"))
    where = f"annotation {item.get('id')}"
    index = index_of.get(_key(item.get("image_id")))
    if index is None:
        raw.problems.append(
            Problem("image-id-unknown", f"{where} is for picture {_short(item.get('image_id'))}", file, box=said)
        )
        return
    record = raw.files[index]
    picture = record.picture
    number = _key(item.get("category_id"))
    name = names.get(number)
    if name is None:
        raw.problems.append(
            Problem("class-id-unknown", f"{where} has category {_short(number)}", file, None, picture, said)
        )
        name = f"class_{_short(number)}"
    box = item.get("bbox")
    needed = box is None or box == []
    drawn = segmentation_of(item.get("segmentation"), record.width, record.height, box=needed)
    if needed and drawn.corners is not None:
        x0, y0, x1, y1 = drawn.corners
        box = [x0, y0, x1 - x0, y1 - y0]
    elif needed and drawn.shape == "mask":
        message = f"{where} has no bbox, and its run lengths do not fill a picture of their size"
        raw.problems.append(Problem("missing-field", message, file, None, picture, said))
        return
    if not isinstance(box, list) or len(box) != 4:
        raw.problems.append(Problem("missing-field", f"{where} has no bbox of four numbers", file, None, picture, said))
        return
    try:
        values = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    except (TypeError, ValueError, OverflowError):
        raw.problems.append(Problem("not-a-number", where, file, None, picture, said))
        return
    if known.is_repeated(file, picture or "", name, values):
        return
    row = raw.add(index, 0, name, values)
    if drawn.points is not None:
        raw.mark("points", row, drawn.points)
    elif drawn.shape:
        raw.note("mask-not-kept")
    if drawn.shape:
        raw.mark("shape", row, drawn.shape)
    area = item.get("area")
    if isinstance(area, (int, float)) and abs(area - values[2] * values[3]) > _SAME_AREA * abs(area):
        raw.mark("area", row, area)
    if item.get("iscrowd") in (1, True, "1"):
        raw.mark("ignore", row, True)
    if item.get("labeller"):
        raw.mark("labeller", row, str(item["labeller"]))
    if item.get("score") is not None:
        raw.mark("confidence", row, item["score"])
        raw.note("confidence-in-labels")
    attributes = item.get("attributes")
    extra = {key: value for key, value in item.items() if key not in _KNOWN and not isinstance(value, (list, dict))}
    for key, value in {**(attributes if isinstance(attributes, dict) else {}), **extra}.items():
        raw.mark_attribute(str(key), row, value)


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """``annotations.json``; category ids count from 1 in the order of the classes."""
    ids = {name: number for number, name in enumerate(classes, start=1)}
    kept = [record for record in records if record.status != "unlabelled" or record.boxes]
    annotations: list[dict[str, Any]] = []
    for number, record in enumerate(kept, start=1):
        for box in record.boxes:
            x0, y0, x1, y1 = box.corners
            # The area that the file gave is its mask's, unless the box has become smaller since.
            area, given = (x1 - x0) * (y1 - y0), box.extra.get("area")
            known = isinstance(given, (int, float)) and 0 < given <= area * (1 + _SAME_AREA) + 1
            item: dict[str, Any] = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": ids[box.class_name],
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": given if known else area,
                "iscrowd": int(box.ignore),
            }
            points = box.extra.get("points")
            if points is not None and not box.ignore:
                item["segmentation"] = [[float(value) for point in points for value in point]]
            if box.labeller:
                item["labeller"] = box.labeller
            attributes = {key: value for key, value in box.extra.items() if key not in _MINE}
            if attributes:
                item["attributes"] = attributes
            annotations.append(item)
    images = [
        {"id": number, "file_name": record.image_id, "width": record.width or None, "height": record.height or None}
        for number, record in enumerate(kept, start=1)
    ]
    categories = [{"id": number, "name": name} for name, number in ids.items()]
    yield "annotations.json", dump({"images": images, "annotations": annotations, "categories": categories})


OWN = frozenset({"points", "shape", "line", "label_file"})
"""Columns that a writer puts in a place of their own, or that only describe the file they were read from."""
_MINE = OWN | {"area"}


def dump(content: Any) -> bytes:
    """JSON as UTF-8, indented, numbers as the shortest text that reads back."""
    return (json.dumps(content, ensure_ascii=False, indent=1, default=plain) + "\n").encode("utf-8", "replace")


def plain(value: Any) -> Any:
    """A numpy value as a Python one, anything else as text."""
    return value.item() if hasattr(value, "item") else str(value)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _key(value: Any) -> Any:
    """An id as a dictionary key; whole numbers and their text are one id."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None if value is None else _short(value)


def _own_id(value: Any, number: Any) -> Any:
    """A picture's id as the file writes it: one of text sorts otherwise than the number in it."""
    return value if isinstance(value, str) else number


def _short(value: Any) -> str:
    return printable(str(value)[:40])


def _said(box: Any) -> str | None:
    return printable(" ".join(str(value)[:24] for value in box[:6])) if isinstance(box, list) else None
