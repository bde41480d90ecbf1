"""Outlines that are no upright boxes, and the boxes around them.

The box of a turned rectangle is the hull of its four corners, which are turned about its centre (CVAT, roLabelImg) or
about its first corner (Label Studio). Angles are degrees, clockwise as seen on the picture, whose y points down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Corners = tuple[float, float, float, float]


def hull(points: Sequence[Point]) -> Corners:
    """The smallest upright box that holds all points: ``xmin, ymin, xmax, ymax``.

    Raises:
        ValueError: if there is no point, or one is not finite.
    """
    if not points or not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        raise ValueError("no finite points")
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def turned_box(corners: Corners, degrees: float, about: Point | None = None) -> list[Point]:
    """The four corners of a rectangle after a turn.

    Args:
        corners: before the turn.
        degrees: by how much, clockwise.
        about: the point that stays; the centre if not given.
    """
    x0, y0, x1, y1 = corners
    cx, cy = about if about is not None else ((x0 + x1) / 2, (y0 + y1) / 2)
    # Quarter turns are exact: the cosine of 90 degrees is not quite zero in floats.
    quarter = round(degrees / 90) if degrees % 90 == 0 else None
    cos, sin = (
        (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
        if quarter is None
        else ((1.0, 0.0, -1.0, 0.0)[quarter % 4], (0.0, 1.0, 0.0, -1.0)[quarter % 4])
    )
    around = [(x - cx, y - cy) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    return [(cx + a * cos - b * sin, cy + a * sin + b * cos) for a, b in around]


def ellipse_box(cx: float, cy: float, rx: float, ry: float, degrees: float = 0.0) -> Corners:
    """The upright box around an ellipse that was turned about its centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    wide, high = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return cx - wide, cy - high, cx + wide, cy + high
