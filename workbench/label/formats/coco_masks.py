"""COCO's ``segmentation``: one polygon, several, or run lengths; what is kept of it, and the box around it.

Run lengths count down the columns, what is outside first. Libraries decode them too (hotcoco, pycocotools), but take
runs that do not add up to the picture, and give a box for them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from workbench.label.formats.run_lengths import extent
from workbench.label.reading.outlines import Corners, Point, hull


class Segmentation(NamedTuple):
    """What a segmentation says.

    Attributes:
        shape: ``polygon``, ``polygons`` (several parts), ``mask`` (run lengths), or empty where there is none.
        points: the points of a single polygon.
        corners: the box around it, None where it cannot be told.
    """

    shape: str = ""
    points: list[Point] | None = None
    corners: Corners | None = None


def segmentation_of(value: Any, width: int, height: int, *, box: bool) -> Segmentation:
    """Read a segmentation of any kind.

    Args:
        value: as the file holds it.
        width: the picture's declared width, for run lengths that name no size; 0 if unknown.
        height: the picture's declared height, 0 if unknown.
        box: whether the box around it is needed; run lengths are only decoded for that.
    """
    if isinstance(value, dict):
        return Segmentation("mask", None, _mask_box(value, width, height) if box else None)
    if not isinstance(value, list) or not value:
        return Segmentation()
    # Some tools write one polygon as a plain list of numbers.
    parts = [value] if all(isinstance(one, (int, float)) for one in value) else value
    polygons = [_points(part) for part in parts]
    if not all(points is not None for points in polygons):
        return Segmentation()
    known = [points for points in polygons if points is not None]
    corners = hull([point for points in known for point in points])
    if len(known) == 1:
        return Segmentation("polygon", known[0], corners)
    return Segmentation("polygons", None, corners)


def _points(part: Any) -> list[Point] | None:
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        return None
    if not all(isinstance(number, (int, float)) and math.isfinite(number) for number in part):
        return None
    return [(float(x), float(y)) for x, y in zip(part[0::2], part[1::2], strict=True)]


def _mask_box(value: dict[str, Any], width: int, height: int) -> Corners | None:
    size = value.get("size", [height, width])
    if not (
        isinstance(size, list) and len(size) == 2 and all(isinstance(one, int) and 0 < one < 2**20 for one in size)
    ):
        return None
    high, wide = size
    runs = _runs(value.get("counts"))
    try:
        found = None if runs is None else extent(runs, high, wide)
    except ValueError:
        return None
    return None if found is None else (float(found[0]), float(found[1]), float(found[2]), float(found[3]))


def _runs(counts: Any) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    if isinstance(counts, list):
        if not all(isinstance(one, int) and 0 <= one < 2**40 for one in counts):
            return None
        return np.array(counts, dtype=np.int64)
    runs = _decompressed(counts) if isinstance(counts, str) else None
    return None if runs is None else np.array(runs, dtype=np.int64)


def _decompressed(text: str) -> list[int] | None:
    """Run lengths out of their letters: five bits each, the sixth says that more follow; from the third run on, the
    difference to the run before the last (``rleFrString`` of the COCO API's ``maskApi.c``).
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 40:
            return None
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return None if shift else runs
