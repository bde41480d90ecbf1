"""Boxes as arrays of shape (n, 4): convert, clip, measure.

Everywhere in the package a box is ``xmin, ymin, xmax, ymax`` in float pixels of the upright picture, origin top-left,
width = xmax − xmin (no 1-pixel shift). Relative boxes end in ``_rel`` and exist only at the edges, in label files.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float64]
"""An array of shape (n, 4)."""
CORNERS = ["xmin", "ymin", "xmax", "ymax"]
"""The columns of a box in every table."""


def as_boxes(values: npt.ArrayLike) -> Boxes:
    """Return `values` as a float array of shape (n, 4); an empty input becomes (0, 4).

    Raises:
        ValueError: if the values cannot be read as rows of four numbers.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return np.zeros((0, 4))
    if array.ndim == 1 and array.shape[0] == 4:
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"boxes must have shape (n, 4), not {array.shape}")
    return array


def xyxy_to_xywh(boxes: npt.ArrayLike) -> Boxes:
    """Corners to ``xmin, ymin, width, height`` (COCO's order), shape (n, 4), pixels."""
    xyxy = as_boxes(boxes)
    return np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)


def xyxy_to_cxcywh_rel(boxes: npt.ArrayLike, width: npt.ArrayLike, height: npt.ArrayLike) -> Boxes:
    """Corners in pixels to YOLO's ``centre x, centre y, width, height`` relative to the picture.

    Args:
        boxes: shape (n, 4), pixels.
        width: picture width in pixels, a scalar or shape (n,).
        height: picture height in pixels, a scalar or shape (n,).
    """
    xyxy = as_boxes(boxes)
    size = _sizes(width, height, len(xyxy))
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    return np.concatenate([centre / size, (xyxy[:, 2:] - xyxy[:, :2]) / size], axis=1)


def cxcywh_rel_to_xyxy(boxes_rel: npt.ArrayLike, width: npt.ArrayLike, height: npt.ArrayLike) -> Boxes:
    """YOLO's relative ``centre x, centre y, width, height`` to corners in pixels, shape (n, 4).

    Args:
        boxes_rel: shape (n, 4), relative to the picture.
        width: picture width in pixels, a scalar or shape (n,).
        height: picture height in pixels, a scalar or shape (n,).
    """
    rel = as_boxes(boxes_rel)
    size = _sizes(width, height, len(rel))
    centre, half = rel[:, :2] * size, rel[:, 2:] * size / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def clip(boxes: npt.ArrayLike, width: npt.ArrayLike, height: npt.ArrayLike) -> Boxes:
    """Cut boxes at the picture's edges. A box wholly outside comes back with no area.

    Args:
        boxes: shape (n, 4), pixels.
        width: picture width in pixels, a scalar or shape (n,).
        height: picture height in pixels, a scalar or shape (n,).
    """
    xyxy = as_boxes(boxes)
    size = _sizes(width, height, len(xyxy))
    return np.clip(xyxy, 0.0, np.concatenate([size, size], axis=1))


def area(boxes: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Area in square pixels, shape (n,); a box with swapped corners has none."""
    xyxy = as_boxes(boxes)
    size = np.clip(xyxy[:, 2:] - xyxy[:, :2], 0.0, None)
    return size[:, 0] * size[:, 1]


def iou_matrix(first: npt.ArrayLike, second: npt.ArrayLike, *, crowd: npt.ArrayLike | None = None) -> Boxes:
    """Intersection over union of every pair, shape (n, m).

    Args:
        first: shape (n, 4), pixels.
        second: shape (m, 4), pixels.
        crowd: shape (m,), true where the second box is a region to ignore: its IoU is intersection over the area of
            the *first* box, as COCO defines it for crowds.
    """
    a, b = as_boxes(first), as_boxes(second)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.clip(high - low, 0.0, None)
    inter = sides[..., 0] * sides[..., 1]
    area_a, area_b = area(a)[:, None], area(b)[None, :]
    union = area_a + area_b - inter
    if crowd is not None:
        union = np.where(np.asarray(crowd, dtype=bool)[None, :], area_a, union)
    return _ratio(inter, union)


def paired_iou(first: npt.ArrayLike, second: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Intersection over union row by row, shape (n,). Both inputs have shape (n, 4)."""
    a, b = as_boxes(first), as_boxes(second)
    sides = np.clip(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0.0, None)
    inter = sides[:, 0] * sides[:, 1]
    union = area(a) + area(b) - inter
    return _ratio(inter, union)


def _ratio(inter: npt.NDArray[np.float64], union: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    ratio = np.zeros_like(inter)
    np.divide(inter, union, out=ratio, where=union > 0)
    return ratio


def _sizes(width: npt.ArrayLike, height: npt.ArrayLike, count: int) -> npt.NDArray[np.float64]:
    size = np.empty((count, 2))
    size[:, 0] = np.asarray(width, dtype=np.float64)
    size[:, 1] = np.asarray(height, dtype=np.float64)
    return size
