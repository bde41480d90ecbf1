"""How much a box looks like a box: what the picture itself says about where the objects are.

A box that someone drew differs inside from the ring around it, in texture and in grey values; a box in the wrong place
mostly does not. Three such measures and the share of the box inside the picture are added with weights that were fitted
by logistic regression on pairs "true box, box after one known mistake" (`benchmarks/label_faults.py --fit`), each set
of pictures left out in turn. The sum is the log-odds that this reading of a box is the right one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from workbench.geometry import Boxes

Array = npt.NDArray[np.float64]

SIDE = 640
"""Pictures are looked at with their longer side at most this long."""
WEIGHTS = {"inside": 15.0, "texture_ring": 3.1, "texture_picture": 1.2, "grey": 6.2}
_GREYS = 8
_NOTHING = -25.0
_TINY = -6.0


@dataclass(frozen=True)
class View:
    """A small grey copy of a picture, summed so that any box costs the same.

    Attributes:
        sums: integral images, shape (9, h + 1, w + 1): gradient, then one per grey level.
        mean: mean gradient of the picture.
    """

    sums: Array
    mean: float


def view(path: str) -> View | None:
    """Load a picture small and upright, or None if it cannot be decoded."""
    try:
        with Image.open(path) as picture:
            picture.draft("L", (SIDE, SIDE))
            grey = ImageOps.exif_transpose(picture).convert("L")
            grey.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    # Twenty times faster than two cumulative sums in numpy, and only this function needs it.
    import cv2

    levels = np.asarray(grey)
    pixels = levels.astype(np.float32)
    gradient = np.abs(np.diff(pixels, axis=1, prepend=pixels[:, :1]))
    gradient += np.abs(np.diff(pixels, axis=0, prepend=pixels[:1]))
    sums = np.empty((1 + _GREYS, pixels.shape[0] + 1, pixels.shape[1] + 1))
    sums[0] = cv2.integral(gradient)
    levels = levels // (256 // _GREYS)
    for level in range(_GREYS):
        sums[1 + level] = cv2.integral((levels == level).view(np.uint8))
    return View(sums, float(gradient.mean()))


def features(seen: View | None, boxes: Boxes, size: Array) -> Array:
    """The four measures per box, shape (k, 4), NaN rows for what is no box at all.

    Args:
        seen: the picture, or None where it is not at hand; then only the share inside is known.
        boxes: readings of one box, corners in upright pixels, shape (k, 4).
        size: the picture's width and height, shape (2,).
    """
    with np.errstate(all="ignore"):
        extent = boxes[:, 2:] - boxes[:, :2]
        cut = np.clip(boxes, 0, np.tile(size, 2))
        inside = np.prod(np.clip(cut[:, 2:] - cut[:, :2], 0, None), axis=1) / np.prod(extent, axis=1)
        proper = np.isfinite(boxes).all(axis=1) & (extent > 0).all(axis=1) & (np.abs(boxes) < 1e9).all(axis=1)
    result = np.zeros((len(boxes), 4))
    result[:, 0] = np.where(proper, np.nan_to_num(inside), 0.0)
    result[~proper] = np.nan
    rows = np.flatnonzero(proper)
    if seen is None or not len(rows):
        return result
    high, wide = seen.sums.shape[1] - 1, seen.sums.shape[2] - 1
    scale = np.tile(np.array([wide, high]) / size, 2)
    limit = np.array([wide, high, wide, high])
    corners = np.clip(np.round(boxes[rows] * scale), 0, limit).astype(np.int64)
    for axis, side in ((0, wide), (1, high)):
        flat = corners[:, axis + 2] <= corners[:, axis]
        corners[flat, axis] = np.minimum(corners[flat, axis], side - 1)
        corners[flat, axis + 2] = corners[flat, axis] + 1
    reach = np.maximum(2, (corners[:, 2:] - corners[:, :2]) * 0.5)
    ring = np.clip(np.hstack([corners[:, :2] - reach, corners[:, 2:] + reach]), 0, limit).astype(np.int64)
    own, around = _sum(seen.sums, corners), _sum(seen.sums, ring)
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1).astype(np.float64)
    rest = np.maximum(np.prod(ring[:, 2:] - ring[:, :2], axis=1) - area, 1.0)
    own_mean, rest_mean = own / area[:, None], (around - own) / rest[:, None]
    result[rows, 1] = np.log((own_mean[:, 0] + 1) / (rest_mean[:, 0] + 1))
    result[rows, 2] = np.log((own_mean[:, 0] + 1) / (seen.mean + 1))
    difference = (own_mean[:, 1:] - rest_mean[:, 1:]) ** 2 / (own_mean[:, 1:] + rest_mean[:, 1:] + 1e-9)
    result[rows, 3] = 0.5 * difference.sum(axis=1)
    return result


def score(measured: Array, boxes: Boxes) -> Array:
    """Log-odds of each reading of one box, up to a constant, shape (k,)."""
    total = np.nan_to_num(measured) @ np.array(list(WEIGHTS.values()))
    with np.errstate(all="ignore"):
        thin = np.nan_to_num((boxes[:, 2:] - boxes[:, :2]).min(axis=1))
    total = total + np.where(thin < 2, _TINY, 0.0)
    return np.where(np.isnan(measured[:, 0]), _NOTHING, total)


def _sum(sums: Array, corners: npt.NDArray[np.int64]) -> Array:
    x0, y0, x1, y1 = corners.T
    return np.asarray((sums[:, y1, x1] - sums[:, y0, x1] - sums[:, y1, x0] + sums[:, y0, x0]).T)
