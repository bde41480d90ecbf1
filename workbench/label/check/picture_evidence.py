"""How much a box looks like a box: what the picture itself says about where the objects are.

Across each side of a box that someone drew, the picture changes: just inside lies the object, just outside something
else, in grey values and in texture. Across the sides of a box in the wrong place it mostly changes less, and the side
where it changes least tells most. These measures, the texture within against the whole picture's, and the share of the
box inside the picture are added with weights fitted by logistic regression on pairs "true box, what a mistake or
another reading makes of it" (`benchmarks/label_faults.py --fit`, which also gives the figures with each set of pictures
left out). A conditional logit (McFadden 1974): differences of the sum are the log-odds of one reading against another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.model.geometry import Boxes, paired_iou

Array = npt.NDArray[np.float64]

SIDE = 640
"""Pictures are looked at with their longer side at most this long."""
WEIGHTS = {"inside": 11.3, "texture_picture": 1.4, "grey_sides": 5.9, "grey_side_least": 17.5, "texture_sides": 3.0}
_GREYS = 8
_STRIP = 0.25
_BORDER = 1.5
_OTHER_IOU, _SAME_IOU = 0.7, 0.9
_NOTHING = -25.0
_TINY = -6.0


@dataclass(frozen=True)
class View:
    """A small grey copy of a picture, summed so that any box costs the same.

    Attributes:
        sums: integral images, shape (10, h + 1, w + 1): gradient along x, along y, then one per grey level.
        mean: mean gradient of the picture, both directions added.
    """

    sums: npt.NDArray[np.int32]
    mean: float


def view(path: str) -> View | None:
    """Load a picture small and upright, or None if it cannot be decoded."""
    # Areas averaged and sums made five and twenty times faster than by Pillow and numpy; only this function needs it.
    import cv2

    from workbench.pictures.decoded import read_grey

    levels = read_grey(Path(path), least=(SIDE, SIDE))
    if levels is None:
        return None
    if max(levels.shape) > SIDE:
        levels = cv2.resize(levels, _small(levels.shape[::-1]), interpolation=cv2.INTER_AREA)
    along = np.zeros((2, *levels.shape), dtype=np.uint8)
    along[0, :, 1:] = cv2.absdiff(levels[:, 1:], levels[:, :-1])
    along[1, 1:] = cv2.absdiff(levels[1:], levels[:-1])
    greys = levels // (256 // _GREYS)
    # Whole numbers fit (255 times SIDE squared), are summed in place, and take half the memory of floats.
    sums = np.empty((2 + _GREYS, levels.shape[0] + 1, levels.shape[1] + 1), dtype=np.int32)
    for place, layer in enumerate((*along, *(greys == level for level in range(_GREYS)))):
        cv2.integral(layer.view(np.uint8), sums[place])
    return View(sums, float((sums[0, -1, -1] + sums[1, -1, -1]) / levels.size))


def _small(size: tuple[int, ...]) -> tuple[int, int]:
    """Width and height with the longer one brought down to `SIDE`."""
    share = SIDE / max(size)
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def features(seen: View | None, boxes: Boxes, size: Array) -> Array:
    """The measures of `WEIGHTS` per box, shape (k, 5), NaN rows for what is no box at all.

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
    result = np.zeros((len(boxes), len(WEIGHTS)))
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
    own = _sum(seen.sums[:2], corners)
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1).astype(np.float64)
    result[rows, 1] = np.log((own.sum(axis=1) / area + 1) / (seen.mean + 1))
    result[rows, 2:] = _sides(seen.sums, boxes[rows] * scale, limit)
    return result


def _sides(sums: npt.NDArray[np.int32], boxes: Array, limit: Array) -> Array:
    """Change across the four sides, shape (k, 3): of grey values (mean, least), and of texture (mean).

    Grey values are compared by the chi-square distance of their histograms, texture by the log ratio of the mean
    gradients. A side on the picture's border has nothing beyond it and counts as no change.
    """
    count = len(boxes)
    width = np.tile(np.maximum(_STRIP * (boxes[:, 2:] - boxes[:, :2]), 2.0), 2)
    strips = np.empty((4, 2, count, 4))
    strips[:] = np.clip(boxes, 0, limit)
    for side in range(4):
        axis, out = side % 2, (-1.0 if side < 2 else 1.0)
        for place, direction in enumerate((out, -out)):
            ends = np.sort(np.stack([boxes[:, side], boxes[:, side] + direction * width[:, side]]), axis=0)
            strips[side, place, :, axis], strips[side, place, :, axis + 2] = ends
    corners = np.clip(np.round(strips), 0, limit).astype(np.int64).reshape(-1, 4)
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    means = (_sum(sums, corners) / np.maximum(area, 1)[:, None]).reshape(4, 2, count, len(sums))
    seen = (area > 0).reshape(4, 2, count).all(axis=1)
    seen &= ((boxes >= _BORDER) & (boxes <= limit - _BORDER)).T
    beyond, within = means[:, 0], means[:, 1]
    grey = 0.5 * ((beyond - within)[..., 2:] ** 2 / ((beyond + within)[..., 2:] + 1e-9)).sum(axis=2)
    texture = np.log((within[..., :2].sum(axis=2) + 1) / (beyond[..., :2].sum(axis=2) + 1))
    grey, texture = np.where(seen, grey, 0.0), np.where(seen, texture, 0.0)
    return np.stack([grey.mean(axis=0), grey.min(axis=0), texture.mean(axis=0)], axis=1)


def score(measured: Array, boxes: Boxes) -> tuple[Array, Array]:
    """Log-odds of each reading of one box, up to a constant, and the same held against the first reading, shapes (k,).

    The first reading is the format's own. In the second array what the sides say is discounted where a reading nearly
    coincides with the first: two labellers of one object differ as much (IoU 0.78 to 0.96 in a set of plates), and how
    tightly a set was drawn is the same slip in all its boxes, so that it must not add up over them.
    """
    weights = np.array(list(WEIGHTS.values()))
    known = np.nan_to_num(measured)
    content = known[:, 1:] @ weights[1:]
    with np.errstate(all="ignore"):
        thin = np.nan_to_num((boxes[:, 2:] - boxes[:, :2]).min(axis=1))
    place = weights[0] * known[:, 0] + np.where(thin < 2, _TINY, 0.0)
    proper = ~np.isnan(measured[:, 0])
    same = np.zeros(len(boxes))
    if proper[0]:
        same[proper] = paired_iou(np.broadcast_to(boxes[:1], boxes.shape)[proper], boxes[proper])
    counted = np.clip((_SAME_IOU - same) / (_SAME_IOU - _OTHER_IOU), 0.0, 1.0)
    careful = content[0] + counted * (content - content[0])
    return np.where(proper, place + content, _NOTHING), np.where(proper, place + careful, _NOTHING)


def _sum(sums: npt.NDArray[np.int32], corners: npt.NDArray[np.int64]) -> Array:
    x0, y0, x1, y1 = corners.T
    return np.asarray((sums[:, y1, x1] - sums[:, y0, x1] - sums[:, y1, x0] + sums[:, y0, x0]).T, dtype=np.float64)
