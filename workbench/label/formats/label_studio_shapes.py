"""One region of Label Studio as a box in percent of its picture, and which regions have none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.label.reading.outlines import Corners, Point, ellipse_box, hull, turned_box
from workbench.label.reading.raw import Problem, RawFile, RawLabels

LABELLED = ("rectanglelabels", "polygonlabels", "ellipselabels", "brushlabels", "keypointlabels")
"""Regions that carry their label themselves."""
REGIONS = {
    "rectangle": frozenset({"x", "y", "width", "height"}),
    "polygon": frozenset({"points"}),
    "ellipse": frozenset({"x", "y", "radiusX", "radiusY"}),
}
"""Regions whose label stands in a result of its own, and what they are known by."""
_WITHOUT_LABEL = frozenset({*REGIONS, "brush", "keypoint", "vector", "vectorlabels", "bitmask", "bitmasklabels"})
_SHAPES = _WITHOUT_LABEL | {*LABELLED, "videorectangle"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A region: ``x y width height`` and points in percent, what it was drawn as, and its turn in degrees."""

    values: Corners
    points: list[Point] | None = None
    shape: str = ""
    rotation: float = 0.0


def is_shape(result: dict[str, Any]) -> bool:
    """Whether a result is drawn on the picture, and not an answer about it."""
    return result.get("type") in _SHAPES


def read_shape(
    raw: RawLabels, record: RawFile, kind: str, value: dict[str, Any], result: dict[str, Any], where: str
) -> Shape | None:
    """The region's extent, or None with a report; the picture's declared size is noted in `record`."""
    width, height = result.get("original_width"), result.get("original_height")
    sized = isinstance(width, int) and isinstance(height, int) and 0 < width < 2**31 and 0 < height < 2**31
    if sized:
        record.width, record.height = int(width or 0), int(height or 0)

    def refuse(code: str, message: str) -> None:
        raw.problems.append(Problem(code, f"{where} {message}", record.name, image=record.picture))

    drawn = kind.removesuffix("labels")
    if drawn not in REGIONS:
        refuse("other-shape", "has no box: brush strokes and points are not read")
        return None
    try:
        turn = float(value.get("rotation") or 0)
        if float(result.get("image_rotation") or 0) % 360:
            refuse("missing-field", "lies on a picture that was turned in the tool, which is not read; turn the file")
            return None
        if turn % 360 and not sized:
            refuse("missing-field", "is turned, and the picture's original_width and original_height are missing")
            return None
        return _shape(drawn, value, turn, (record.width, record.height) if sized else (100, 100))
    except KeyError:
        refuse("missing-field", "is incomplete")
    except (TypeError, ValueError, OverflowError):
        refuse("not-a-number", "has a value that is no number")
    return None


def _shape(drawn: str, value: dict[str, Any], turn: float, size: tuple[int, int]) -> Shape:
    # A turn happens in pixels: in percent, a turned rectangle on a wide picture would be a parallelogram.
    wide, high = size[0] / 100, size[1] / 100
    if drawn == "polygon":
        points = [(float(x), float(y)) for x, y in value["points"]]
        return Shape(_sides(hull(points)), points, "polygon")
    x, y = float(value["x"]), float(value["y"])
    if drawn == "ellipse":
        rx, ry = float(value["radiusX"]) * wide, float(value["radiusY"]) * high
        x0, y0, x1, y1 = ellipse_box(x * wide, y * high, rx, ry, turn)
        return Shape(_sides((x0 / wide, y0 / high, x1 / wide, y1 / high)), None, "ellipse", turn)
    w, h = float(value["width"]), float(value["height"])
    if turn % 360 == 0:
        # Drawn from the lower right, a rectangle has negative sides in some versions of the tool.
        return Shape(
            _sides((min(x, x + w), min(y, y + h), max(x, x + w), max(y, y + h))) if w < 0 or h < 0 else (x, y, w, h)
        )
    corners = turned_box((x * wide, y * high, (x + w) * wide, (y + h) * high), turn, (x * wide, y * high))
    points = [(a / wide, b / high) for a, b in corners]
    return Shape(_sides(hull(points)), points, "rotated", turn)


def _sides(corners: Corners) -> Corners:
    x0, y0, x1, y1 = corners
    return x0, y0, x1 - x0, y1 - y0
