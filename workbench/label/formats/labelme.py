"""LabelMe: JSON of the 5.x program, and the XML of the MIT web tool (read only). Both draw polygons.

Our own reader: labelformat and supervision read only the JSON's polygons, and none reads who drew a shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from workbench.label.formats.coco import OWN, dump, load_json
from workbench.label.formats.voc import parse_xml
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused, read_bytes
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, suffix_of
from workbench.pictures.kinds import stem_of
from workbench.pictures.walking import Entry

_MAX_WITH_PICTURE = 128 * 2**20
_SHAPE_KEYS = frozenset(
    {"label", "points", "shape_type", "group_id", "description", "flags", "mask", "labeller", "ignore", "attributes"}
)


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read LabelMe files of either kind."""
    raw = RawLabels("labelme", "xyxy", "px")
    for entry in entries:
        try:
            if suffix_of(entry.name) == ".json":
                content = load_json(entry, _MAX_WITH_PICTURE)
                if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
                    raise Refused("not-this-format", "has no list 'shapes'")
                _take_json(raw, entry, content)
            else:
                if entry.outside:
                    raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
                data = read_bytes(entry.path)
                root = parse_xml(data)
                if root.tag != "annotation" or root.find("object/bndbox") is not None:
                    raise Refused("not-this-format", f"the root is <{root.tag[:40]}>, or its objects have no polygon")
                _take_xml(raw, entry, data, root)
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
    return raw


def _take_json(raw: RawLabels, entry: Entry, content: dict[str, Any]) -> None:
    picture = content.get("imagePath")
    width, height = content.get("imageWidth"), content.get("imageHeight")
    record = RawFile(entry.name, entry.key, None, _side(width), _side(height))
    if isinstance(picture, str) and picture.strip():
        record.picture = _safe(raw, entry.name, picture)
    raw.files.append(record)
    for number, shape in enumerate(content["shapes"], start=1):
        if not isinstance(shape, dict):
            raw.problems.append(Problem("missing-field", f"shape {number} is no object", entry.name))
            continue
        kind = str(shape.get("shape_type") or "polygon")
        points = _points(shape.get("points"))
        if points is None:
            message = f"shape {number} ({kind}) has a point that is no pair of numbers"
            raw.problems.append(Problem("not-a-number", message, entry.name))
            continue
        name = nfc(str(shape.get("label") or "").strip())
        if kind == "circle" and len(points) == 2:
            (x, y), (edge_x, edge_y) = points
            radius = math.hypot(edge_x - x, edge_y - y)
            points = [(x - radius, y - radius), (x + radius, y + radius)]
        row = _add(raw, len(raw.files) - 1, 0, name, points, kind)
        if row is None:
            continue
        if shape.get("labeller"):
            raw.mark("labeller", row, str(shape["labeller"]))
        if shape.get("ignore"):
            raw.mark("ignore", row, True)
        attributes = shape.get("attributes")
        extra = {
            key: value for key, value in shape.items() if key not in _SHAPE_KEYS and not isinstance(value, (list, dict))
        }
        for key in ("group_id", "description"):
            if shape.get(key) not in (None, ""):
                extra[key] = shape[key]
        for key, value in {**(attributes if isinstance(attributes, dict) else {}), **extra}.items():
            raw.mark(str(key), row, value)


def _take_xml(raw: RawLabels, entry: Entry, data: bytes, root: Element) -> None:
    record = RawFile(entry.name, entry.key)
    size = root.find("imagesize")
    if size is not None:
        record.width = _text_side(size.findtext("ncols"))
        record.height = _text_side(size.findtext("nrows"))
    picture = (root.findtext("filename") or "").strip()
    if picture:
        record.picture = _safe(raw, entry.name, picture)
    raw.files.append(record)
    start, line = -1, 1
    for element in root.iter("object"):
        found = data.find(b"<object", start + 1)
        if found >= 0:
            line += data.count(b"\n", max(start, 0), found)
            start = found
        if (element.findtext("deleted") or "0").strip() == "1":
            raw.note("deleted-object")
            continue
        pairs = [[pt.findtext("x"), pt.findtext("y")] for pt in element.iterfind("polygon/pt")]
        name = nfc((element.findtext("name") or "").strip())
        points = _points(pairs)
        if points is None:
            raw.problems.append(
                Problem("not-a-number", f"'{name[:60]}' has a point that is no pair of numbers", entry.name, line)
            )
            continue
        row = _add(raw, len(raw.files) - 1, line, name, points, "polygon")
        if row is None:
            continue
        user = (element.findtext("polygon/username") or "").strip()
        if user:
            raw.mark("labeller", row, user)
        occluded = (element.findtext("occluded") or "").strip()
        if occluded not in ("", "no"):
            raw.mark("occluded", row, 1)


def _add(raw: RawLabels, index: int, line: int, name: str, points: list[tuple[float, float]], kind: str) -> int | None:
    file = raw.files[index].name
    if not name:
        raw.problems.append(Problem("class-name-empty", f"a {kind} has no label", file, line or None))
        return None
    if len(points) < 2:
        said = printable(str(points)[:60])
        raw.problems.append(
            Problem("no-area", f"'{name[:60]}' is a {kind} of {len(points)} points", file, line or None, box=said)
        )
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    row = raw.add(index, line, name, (min(xs), min(ys), max(xs), max(ys)))
    raw.mark("shape", row, kind)
    if kind not in ("rectangle", "circle"):
        raw.mark("points", row, points)
    return row


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
    """One JSON a picture; boxes are rectangles, boxes with points are polygons."""
    for record in records:
        if record.status == "unlabelled" and not record.boxes:
            continue
        shapes = []
        for box in record.boxes:
            x0, y0, x1, y1 = box.corners
            points = box.extra.get("points")
            shape: dict[str, Any] = {
                "label": box.class_name,
                "points": [[x0, y0], [x1, y1]] if points is None else [[float(x), float(y)] for x, y in points],
                "group_id": None,
                "description": "",
                "shape_type": "rectangle" if points is None else "polygon",
                "flags": {},
                "mask": None,
            }
            if box.labeller:
                shape["labeller"] = box.labeller
            if box.ignore:
                shape["ignore"] = True
            attributes = {key: value for key, value in box.extra.items() if key not in OWN}
            if attributes:
                shape["attributes"] = attributes
            shapes.append(shape)
        content: dict[str, Any] = {
            "version": "5.5.0",
            "flags": {},
            "shapes": shapes,
            "imagePath": record.file_name,
            "imageData": None,
            "imageHeight": record.height or None,
            "imageWidth": record.width or None,
        }
        yield stem_of(record.image_id) + ".json", dump(content)


def _safe(raw: RawLabels, file: str, picture: str) -> str:
    safe = safe_name(picture)
    if safe is not None:
        return safe
    # The program itself writes "../images/a.jpg" where the labels lie in another folder: only the name counts.
    if not nfc(picture).replace("\\", "/").startswith("../"):
        raw.note("foreign-path")
    elif picture.count("..") > 1:
        raw.problems.append(Problem("path-outside", f"the picture is '{printable(picture)[:120]}'", file))
    return base_name(picture)


def _points(value: Any) -> list[tuple[float, float]] | None:
    if not isinstance(value, list):
        return None
    try:
        points = [(float(point[0]), float(point[1])) for point in value]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        return None
    return points if all(math.isfinite(x) and math.isfinite(y) for x, y in points) else None


def _side(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 < value < 2**31 else 0


def _text_side(text: str | None) -> int:
    return int(text) if text and text.strip().isdecimal() and len(text.strip()) < 10 else 0
