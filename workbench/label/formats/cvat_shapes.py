"""One shape of a CVAT file as a box, and which shapes have none.

Boxes, polygons, masks, ellipses and cuboids are drawn around an object: their hull is its box. Points, polylines,
skeletons and tags say where something is, not how far it reaches, so no box is made up for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from workbench.label.formats.run_lengths import extent
from workbench.label.reading.outlines import Corners, Point, ellipse_box, hull, turned_box
from workbench.label.reading.raw import Problem, RawLabels
from workbench.pictures.file_names import nfc, printable

SHAPES = ("box", "polygon", "mask", "ellipse", "cuboid")
WITHOUT_BOX = ("points", "polyline", "skeleton", "tag")
_BOX = ("xtl", "ytl", "xbr", "ybr")
_CUBOID = tuple((f"x{part}", f"y{part}") for part in ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"))
_KEPT = ("group_id",)


@dataclass(frozen=True, slots=True)
class Outline:
    """A shape's box and what else is kept of its form.

    Attributes:
        corners: the upright box around it.
        points: its corners, where it is a polygon or a turned box.
        shape: what it was drawn as, or empty for an upright box.
        rotation: by how many degrees it is turned, clockwise.
    """

    corners: Corners
    points: list[Point] | None = None
    shape: str = ""
    rotation: float = 0.0


def outline_of(element: Element) -> Outline:
    """The outline of a box, polygon, mask, ellipse or cuboid.

    Raises:
        KeyError: naming the attribute that is missing.
        ValueError: if a value is no finite number, or a mask does not fill its own box.
    """
    given = element.attrib
    turn = _finite(given.get("rotation") or "0")
    if element.tag == "box":
        x0, y0, x1, y1 = (float(given[key]) for key in _BOX)
        return turned_outline((x0, y0, x1, y1), turn)
    if element.tag == "polygon":
        pairs = [pair.split(",") for pair in given["points"].split(";") if pair.strip()]
        points = [(float(pair[0]), float(pair[1])) for pair in pairs if len(pair) == 2]
        if len(points) != len(pairs) or not points:
            raise ValueError("points")
        return Outline(hull(points), points, "polygon")
    if element.tag == "ellipse":
        cx, cy, rx, ry = (_finite(given[key]) for key in ("cx", "cy", "rx", "ry"))
        return Outline(ellipse_box(cx, cy, rx, ry, turn), None, "ellipse", turn)
    if element.tag == "cuboid":
        return Outline(hull([(_finite(given[x]), _finite(given[y])) for x, y in _CUBOID]), None, "cuboid")
    return Outline(_mask_box(element), None, "mask")


def turned_outline(corners: Corners, degrees: float) -> Outline:
    """A box that may be turned about its centre."""
    if degrees % 360 == 0 or not all(map(math.isfinite, corners)):
        return Outline(corners)
    points = turned_box(corners, degrees)
    return Outline(hull(points), points, "rotated", degrees)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _mask_box(element: Element) -> Corners:
    """The box around the pixels of a mask: run lengths row by row inside its own box, what is outside it first."""
    left, top, width, height = (_finite(element.attrib[key]) for key in ("left", "top", "width", "height"))
    runs = np.array([int(part) for part in element.attrib["rle"].split(",")], dtype=np.int64)
    y0, x0, y1, x1 = extent(runs, int(width), int(height)) or (0, 0, 0, 0)
    return left + x0, top + y0, left + x1, top + y1


def label_of(raw: RawLabels, element: Element, file: str, line: int, picture: str) -> str | None:
    """The label of a shape, or None with a report."""
    name = nfc(element.get("label", "").strip())
    if not name:
        message = f"a {element.tag} has no label"
        raw.problems.append(Problem("class-name-empty", message, file, line or None, picture, said_of(element)))
    return name or None


def read_outline(raw: RawLabels, element: Element, file: str, line: int, picture: str) -> Outline | None:
    """`outline_of`, or None with a report of what is wrong with it."""
    try:
        return outline_of(element)
    except KeyError as error:
        code, message = "missing-field", f"the {element.tag} has no {error.args[0]}"
    except (ValueError, OverflowError):
        code, message = "not-a-number", f"a value of the {element.tag} is not a number, or does not fit the others"
    raw.problems.append(Problem(code, message, file, line or None, picture, said_of(element)))
    return None


def add(raw: RawLabels, index: int, line: int, name: str, outline: Outline, element: Element) -> int:
    """Append the shape as a row, with what CVAT says of it, and return the row."""
    row = raw.add(index, line, name, outline.corners)
    if outline.points is not None:
        raw.mark("points", row, outline.points)
    if outline.shape:
        raw.mark("shape", row, outline.shape)
    if outline.rotation:
        raw.mark("rotation", row, outline.rotation)
    if element.get("occluded") == "1":
        raw.mark("occluded", row, 1)
    for key in _KEPT:
        if element.get(key):
            raw.mark(key, row, element.get(key))
    for attribute in element.iterfind("attribute"):
        if attribute.get("name") and attribute.text:
            raw.mark_attribute(attribute.get("name", ""), row, attribute.text.strip())
    return row


def said_of(element: Element) -> str:
    """The numbers of a shape as it writes them."""
    given = element.attrib
    if element.tag == "box":
        return printable(" ".join(given.get(key, "-")[:24] for key in _BOX))
    keys = ("points", "cx", "cy", "rx", "ry", "left", "top", "width", "height")
    return printable(" ".join(given[key][:60] for key in keys if key in given))
