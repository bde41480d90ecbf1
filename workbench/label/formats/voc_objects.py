"""One ``<object>`` of a VOC file, also as tools write it that say more than VOC: turned boxes, polygons, several boxes.

A name one level deeper counts where there is none beside the box; the boxes and names of ``<part>`` never do.
"""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from workbench.label.reading.outlines import Corners, Point, hull, turned_box
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.xml_source import child, plain_tag, text_of
from workbench.pictures.file_names import nfc, printable

FLAGS = ("truncated", "difficult", "occluded")
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_TURNED = ("cx", "cy", "w", "h", "angle")
_OTHERS_NAMES = frozenset({"part", "attributes", "actions"})


def take_object(raw: RawLabels, index: int, file: str, line: int, element: Element) -> None:
    """Add the object's box, or say why it has none.

    Args:
        raw: what was read so far.
        index: the file's place in ``raw.files``.
        file: the file's name.
        line: where the object begins, 0 if unknown.
        element: the object.
    """
    parts: dict[str, list[Element]] = {}
    for part in element:
        parts.setdefault(plain_tag(part), []).append(part)
    name = _name(element, parts)
    polygons = [points for one in parts.get("polygon", []) if (points := polygon_of(one)) is not None]
    where = line or None
    boxes: list[tuple[Corners, list[Point] | None, dict[str, float]]] = []
    for shape in [*parts.get("bndbox", []), *parts.get("robndbox", [])]:
        tags = _CORNERS if plain_tag(shape) == "bndbox" else _TURNED
        texts = {plain_tag(one): text_of(one) for one in shape}
        said = printable(" ".join(texts.get(tag, "-")[:24] for tag in tags))
        missing = next((tag for tag in tags if not texts.get(tag)), None)
        if missing is not None:
            message = f"<{plain_tag(shape)}> has no <{missing}>"
            raw.problems.append(Problem("missing-field", message, file, where, box=said))
            continue
        try:
            numbers = [float(texts[tag]) for tag in tags]
        except ValueError as error:
            message = f"<{plain_tag(shape)}>: {printable(str(error))[:80]}"
            raw.problems.append(Problem("not-a-number", message, file, where, box=said))
            continue
        if tags is _CORNERS:
            boxes.append(((numbers[0], numbers[1], numbers[2], numbers[3]), None, {}))
            continue
        turned = _turned(numbers)
        if turned is None:
            message = f"<robndbox> has the angle {numbers[4]:g}; expected radians, as roLabelImg writes them"
            raw.problems.append(Problem("not-a-number", message, file, where, box=said))
            continue
        boxes.append((hull(turned), turned, {"rotation": math.degrees(numbers[4])}))
    if not boxes and not parts.get("bndbox") and not parts.get("robndbox"):
        boxes = [(hull(points), points, {}) for points in polygons]
        if not boxes:
            message = f"object '{name[:60]}' has no <bndbox>"
            raw.problems.append(Problem("missing-field", message, file, where))
            return
    elif len(boxes) == len(polygons) == 1 and boxes[0][1] is None:
        boxes = [(boxes[0][0], polygons[0], {})]
    if boxes and not name:
        said = printable(" ".join(f"{value:g}" for value in boxes[0][0]))
        raw.problems.append(Problem("class-name-empty", "the object has no class name", file, where, box=said))
        return
    if len(boxes) > 1:
        message = f"'{name[:60]}' has {len(boxes)} boxes in one <object>: each is read as an object of its own"
        raw.problems.append(Problem("several-boxes", message, file, where))
    flags = {tag: text for tag in FLAGS if tag in parts and (text := text_of(parts[tag][-1])) not in ("0", "")}
    labeller = text_of(parts["labeller"][-1]) if "labeller" in parts else ""
    for corners, points, more in boxes:
        row = raw.add(index, line, name, corners)
        for tag, value in {**flags, **more}.items():
            raw.mark(tag, row, value)
        if points is not None:
            raw.mark("points", row, points)
            raw.mark("shape", row, "rotated" if more else "polygon")
        if labeller:
            raw.mark("labeller", row, labeller)


def _name(element: Element, parts: dict[str, list[Element]]) -> str:
    if "name" in parts:
        return nfc(text_of(parts["name"][-1]))
    deeper = [
        one
        for part in element
        if plain_tag(part) not in _OTHERS_NAMES
        for one in part.iter()
        if plain_tag(one) == "name"
    ]
    return nfc(text_of(deeper[0])) if len(deeper) == 1 else ""


def _turned(numbers: list[float]) -> list[Point] | None:
    """The corners of ``cx cy w h angle``, or None where a value is not finite or the angle cannot be radians."""
    cx, cy, w, h, angle = numbers
    if not all(map(math.isfinite, numbers)) or abs(angle) > 2 * math.pi:
        return None
    return turned_box((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), math.degrees(angle))


def polygon_of(element: Element) -> list[Point] | None:
    """Points written as ``<x1><y1><x2>...`` or as ``<pt><x><y>``; None where they are no polygon."""
    texts = {plain_tag(one): text_of(one) for one in element.iter()}
    pairs = [
        (text_of(child(one, "x")), text_of(child(one, "y"))) for one in element if plain_tag(one) in ("pt", "point")
    ]
    number = 1
    while f"x{number}" in texts and f"y{number}" in texts:
        pairs.append((texts[f"x{number}"], texts[f"y{number}"]))
        number += 1
    try:
        points = [(float(x), float(y)) for x, y in pairs]
    except ValueError:
        return None
    return points if len(points) >= 3 and all(math.isfinite(x) and math.isfinite(y) for x, y in points) else None
