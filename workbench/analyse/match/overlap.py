"""Which predictions overlap which boxes, and by how much: the sparse list that matching and errors read.

The arithmetic follows pycocotools' ``bbIou`` to the last bit (corners rebuilt as ``xmin + width``), so that a pair that
lies exactly on the threshold falls on the same side here, in hotcoco and in pycocotools.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.match.test_arrays import Flags, Floats, Ints, Objects

CHUNK_PAIRS = 400_000
"""Pairs measured at a time: small enough for the processor's cache, large enough that Python costs nothing."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Overlapping (prediction, box) pairs of one picture each, a prediction's best box first.

    Sorted by prediction, then falling overlap, then falling box position: COCO lets the later of two equals win.

    Attributes:
        prediction: position of the prediction, shape (n,).
        box: position of the box, shape (n,).
        overlap: IoU; for a region to ignore, intersection over the prediction's own area; shape (n,).
        same_class: shape (n,).
        region: whether the box is a region to ignore, shape (n,).
        floor: the least overlap kept.
    """

    prediction: Ints
    box: Ints
    overlap: Floats
    same_class: Flags
    region: Flags
    floor: float

    def best(self, wanted: Flags) -> tuple[Ints, Ints, Floats]:
        """The best of the wanted pairs of every prediction that has one: its position, the box and the overlap."""
        rows = np.flatnonzero(wanted)
        prediction = self.prediction[rows]
        rows = rows[np.flatnonzero(np.diff(prediction, prepend=-1))]
        return self.prediction[rows], self.box[rows], self.overlap[rows]


def find_pairs(predictions: Objects, boxes: Objects, *, pictures: int, floor: float) -> Pairs:
    """All pairs in one picture that overlap by at least `floor`, of any two classes.

    Args:
        predictions: sorted by picture, n of them.
        boxes: sorted by picture.
        pictures: number of pictures.
        floor: least overlap kept, above 0.

    Memory grows with the pairs kept, not with all pairs: predictions are taken in chunks.
    """
    per_picture = np.bincount(boxes.image, minlength=pictures)
    first_box = np.cumsum(per_picture) - per_picture
    partners = per_picture[predictions.image]
    seen = np.cumsum(partners)
    columns_p, columns_b = _columns(predictions.xyxy), _columns(boxes.xyxy)
    parts = []
    start = 0
    while start < len(predictions):
        done = int(seen[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(seen, done + CHUNK_PAIRS, side="right")))
        counts = partners[start:stop]
        total = int(counts.sum())
        if total:
            prediction = np.repeat(np.arange(start, stop), counts)
            offset = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
            box = np.repeat(first_box[predictions.image[start:stop]], counts) + offset
            overlap = _overlap(columns_p, prediction, columns_b, box, boxes.ignore)
            kept = np.flatnonzero(overlap >= floor)
            prediction, box, overlap = prediction[kept], box[kept], overlap[kept]
            order = np.lexsort((-box, -overlap, prediction))
            parts.append((prediction[order], box[order], overlap[order]))
        start = stop
    if parts:
        prediction, box, overlap = (np.concatenate(column) for column in zip(*parts, strict=True))
    else:
        prediction, box, overlap = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    return Pairs(
        prediction=prediction,
        box=box,
        overlap=overlap,
        same_class=predictions.label[prediction] == boxes.label[box],
        region=boxes.ignore[box],
        floor=floor,
    )


def _columns(xyxy: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    low_x, low_y = np.ascontiguousarray(xyxy[:, 0]), np.ascontiguousarray(xyxy[:, 1])
    width, height = xyxy[:, 2] - low_x, xyxy[:, 3] - low_y
    return low_x, low_y, low_x + width, low_y + height, width * height


def _overlap(
    first: tuple[Floats, ...], prediction: Ints, second: tuple[Floats, ...], box: Ints, ignore: Flags
) -> Floats:
    width = np.minimum(first[2][prediction], second[2][box]) - np.maximum(first[0][prediction], second[0][box])
    result = np.zeros(len(prediction))
    meet = np.flatnonzero(width > 0)
    prediction, box = prediction[meet], box[meet]
    height = np.minimum(first[3][prediction], second[3][box]) - np.maximum(first[1][prediction], second[1][box])
    tall = np.flatnonzero(height > 0)
    meet, prediction, box = meet[tall], prediction[tall], box[tall]
    shared = width[meet] * height[tall]
    area = first[4][prediction]
    result[meet] = shared / np.where(ignore[box], area, area + second[4][box] - shared)
    return result
