"""LabelMe: JSON of the 5.x program, and the XML of the MIT web tool (read only). Both draw polygons.

Shapes of one label and one ``group_id`` are parts of one object: the program says so, and its own converters to COCO
and VOC join them. Lines and points have no extent that anybody drew as an object's, so they are said and left out.

Our own reader: labelformat and supervision read only the JSON's polygons, and none reads who drew a shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.label.formats.coco import OWN, dump, load_json
from workbench.label.formats.voc import note_encoding
from workbench.label.formats.voc_objects import polygon_of
from workbench.label.reading.outlines import Corners, Point, ellipse_box, hull
from workbench.label.reading.raw import Problem, RawFile, RawLabels, side_of
from workbench.label.reading.sources import Refused, read_bytes
from workbench.label.reading.xml_source import Xml, child, line_of_reason, lines_of, plain_tag, read_xml, text_of
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, suffix_of
from workbench.pictures.kinds import stem_of
from workbench.pictures.walking import Entry

_MAX_WITH_PICTURE = 128 * 2**20
_SHAPE_KEYS = frozenset(
    {"label", "points", "shape_type", "group_id", "description", "flags", "mask", "labeller", "ignore", "attributes"}
)
_OUTLINED = frozenset({"rectangle", "polygon", "mask", "rotation", "oriented_rectangle", "quadrilateral", "cuboid"})
"""Shapes whose box is the hull of their points; a circle's box is not."""
_BOXES = frozenset({"rectangle", "circle", "mask"})
"""Shapes of which no points are kept: two of them are a corner each, or the centre and the edge."""
_BOX_TAGS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(slots=True)
class _Shape:
    """One drawn shape, or several that are parts of one object."""

    line: int
    name: str
    kind: str
    corners: Corners
    points: list[Point] | None
    labeller: str = ""
    ignore: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read LabelMe files of either kind."""
    raw = RawLabels("labelme", "xyxy", "px")
    for entry in entries:
        try:
            if suffix_of(entry.name) == ".json":
                content = load_json(entry, _MAX_WITH_PICTURE, raw=raw)
                if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
                    raise Refused("not-this-format", "has no list 'shapes'")
                _take_json(raw, entry, content)
            else:
                if entry.outside:
                    raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
                found = read_xml(read_bytes(entry.path))
                boxed = any(child(one, "bndbox") is not None for one in found.root if plain_tag(one) == "object")
                if plain_tag(found.root) != "annotation" or boxed:
                    message = f"the root is <{found.root.tag[:40]}>, or its objects have no polygon"
                    raise Refused("not-this-format", message)
                _take_xml(raw, entry, found)
        except Refused as refusal:
            line = line_of_reason(refusal.reason)
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name, line))
    return raw


def _take_json(raw: RawLabels, entry: Entry, content: dict[str, Any]) -> None:
    picture = content.get("imagePath")
    width, height = content.get("imageWidth"), content.get("imageHeight")
    record = RawFile(entry.name, entry.key, None, side_of(width), side_of(height))
    if isinstance(picture, str) and picture.strip():
        record.picture = _safe(raw, entry.name, picture)
    raw.files.append(record)
    groups: dict[Any, _Shape] = {}
    shapes: list[_Shape] = []
    for number, item in enumerate(content["shapes"], start=1):
        shape = _shape(raw, entry.name, number, item)
        if shape is None:
            continue
        group = item.get("group_id")
        held = groups.get((shape.name, str(group))) if group not in (None, "") else None
        if held is not None:
            _join(raw, held, shape)
            continue
        if group not in (None, ""):
            groups[shape.name, str(group)] = shape
        shapes.append(shape)
    _add(raw, shapes)


def _shape(raw: RawLabels, file: str, number: int, item: Any) -> _Shape | None:
    """One entry of ``shapes`` as a shape with an extent; whatever is none is reported."""
    if not isinstance(item, dict):
        raw.problems.append(Problem("missing-field", f"shape {number} is no object", file))
        return None
    kind = str(item.get("shape_type") or "polygon")
    name = nfc(str(item.get("label") or "").strip())
    points = _points(item.get("points"))
    if points is None:
        message = f"shape {number} ({kind}) has a point that is no pair of numbers"
        raw.problems.append(Problem("not-a-number", message, file))
        return None
    said = printable(str(points)[:60])
    if kind not in _OUTLINED and kind != "circle":
        message = f"shape {number} is a {printable(kind[:20])} of '{name[:60]}'"
        raw.problems.append(Problem("other-shape", message, file, box=said))
        return None
    if not name:
        raw.problems.append(Problem("class-name-empty", f"a {kind} has no label", file, box=said))
        return None
    if len(points) < 2 or (kind == "circle" and len(points) != 2):
        raw.problems.append(Problem("no-area", f"'{name[:60]}' is a {kind} of {len(points)} points", file, box=said))
        return None
    if kind == "circle":
        (x, y), (edge_x, edge_y) = points
        radius = math.hypot(edge_x - x, edge_y - y)
        corners = ellipse_box(x, y, radius, radius)
    else:
        corners = hull(points)
    kept = kind not in _BOXES and len(points) > 2
    shape = _Shape(0, name, kind, corners, points if kept else None)
    shape.labeller, shape.ignore = str(item.get("labeller") or ""), bool(item.get("ignore"))
    attributes = item.get("attributes")
    shape.extra = dict(attributes) if isinstance(attributes, dict) else {}
    shape.extra |= {
        key: value for key, value in item.items() if key not in _SHAPE_KEYS and not isinstance(value, (list, dict))
    }
    shape.extra |= {key: item[key] for key in ("group_id", "description") if item.get(key) not in (None, "")}
    return shape


def _join(raw: RawLabels, held: _Shape, part: _Shape) -> None:
    """Take a shape of the same label and group as a part of the object that is there."""
    (x0, y0, x1, y1), (a0, b0, a1, b1) = held.corners, part.corners
    held.corners = min(x0, a0), min(y0, b0), max(x1, a1), max(y1, b1)
    held.kind, held.points = "polygons", None
    held.labeller = held.labeller or part.labeller
    held.extra = part.extra | held.extra
    raw.note("parts-joined")


def _take_xml(raw: RawLabels, entry: Entry, found: Xml) -> None:
    record = RawFile(entry.name, entry.key)
    record.width = side_of(text_of(child(found.root, "imagesize", "ncols")))
    record.height = side_of(text_of(child(found.root, "imagesize", "nrows")))
    picture = text_of(child(found.root, "filename"))
    if picture:
        record.picture = _safe(raw, entry.name, picture)
    raw.files.append(record)
    note_encoding(raw, entry.name, found)
    lines = (line for _, line in lines_of(found.data, "object"))
    shapes: list[_Shape] = []
    for element in found.root.iter():
        if plain_tag(element) != "object":
            continue
        line = next(lines, 0)
        if text_of(child(element, "deleted")) == "1":
            raw.note("deleted-object")
            continue
        name = nfc(text_of(child(element, "name")))
        # An area painted with a brush has no polygon, but a mask and the box around it.
        outline, kind = child(element, "polygon"), "polygon"
        pairs = [[text_of(child(pt, side)) for side in "xy"] for pt in outline or () if plain_tag(pt) == "pt"]
        if not pairs and outline is not None:
            pairs = [[str(side) for side in point] for point in polygon_of(outline) or ()]
        segment = child(element, "segm")
        box = child(element, "segm", "box")
        if not pairs and box is not None:
            outline, kind = segment, "mask"
            texts = [text_of(child(box, tag)) for tag in _BOX_TAGS]
            pairs = [texts[:2], texts[2:]]
        points = _points(pairs)
        if points is None:
            message = f"'{name[:60]}' has a point that is no pair of numbers"
            raw.problems.append(Problem("not-a-number", message, entry.name, line))
            continue
        said = printable(str(points)[:60])
        if not name:
            raw.problems.append(Problem("class-name-empty", f"a {kind} has no label", entry.name, line, box=said))
            continue
        if len(points) < 2:
            message = f"'{name[:60]}' is a {kind} of {len(points)} points"
            raw.problems.append(Problem("no-area", message, entry.name, line, box=said))
            continue
        shape = _Shape(line, name, kind, hull(points), points if kind == "polygon" else None)
        shape.labeller = text_of(child(outline, "username")) if outline is not None else ""
        if text_of(child(element, "occluded")) not in ("", "no"):
            shape.extra["occluded"] = 1
        shapes.append(shape)
    _add(raw, shapes)


def _add(raw: RawLabels, shapes: list[_Shape]) -> None:
    """Add shapes to the file that was begun last."""
    for shape in shapes:
        row = raw.add(len(raw.files) - 1, shape.line, shape.name, shape.corners)
        raw.mark("shape", row, shape.kind)
        if shape.points is not None:
            raw.mark("points", row, shape.points)
        if shape.labeller:
            raw.mark("labeller", row, shape.labeller)
        if shape.ignore:
            raw.mark("ignore", row, True)
        for key, value in shape.extra.items():
            raw.mark_attribute(str(key), row, value)


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
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
