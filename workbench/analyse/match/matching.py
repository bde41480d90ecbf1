"""Confidence-first matching, exactly as COCOeval does it, at one IoU and for every confidence at once.

COCO walks a picture's predictions of one class by falling confidence; each takes the free box it overlaps most. Every
box thus prefers the same, more confident prediction, so this is a stable marriage with one solution, and proposals can
be made by all predictions of all pictures in the same round (Gale and Shapley 1962) instead of one after the other.

What a prediction gets never depends on less confident ones. The matching at a higher confidence is therefore this one
with the less confident predictions taken out, and no confidence needs a matching of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.inputs import Flags, Floats, Ints, Objects, TestSet

BACKGROUND_IOU = 0.1
"""At most this IoU with every box makes a false alarm a background error (TIDE)."""

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


def pairs_of(test_set: TestSet, iou: float) -> Pairs:
    """The pairs that matching at this IoU and telling errors apart need."""
    floor = min(iou, BACKGROUND_IOU)
    return find_pairs(test_set.predictions, test_set.boxes, pictures=len(test_set.image_ids), floor=floor)


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
    while start < len(predictions.image):
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


RULE = "COCO: greedy by confidence, class by class, ignore regions last"


@dataclass(frozen=True, eq=False)
class Matching:
    """Who got whom.

    Attributes:
        iou: the least IoU of a match.
        box_of: for each prediction its box or region, -1 for none; shape (predictions,).
        overlap: for each prediction the overlap with that, NaN for none; shape (predictions,).
        ignored: predictions that fell to a region to ignore; shape (predictions,).
        prediction_of: for each box its prediction, -1 for none (always for regions); shape (boxes,).
        found_at: for each box the confidence up to which it is found, -1 for never; shape (boxes,).
    """

    iou: float
    box_of: Ints
    overlap: Floats
    ignored: Flags
    prediction_of: Ints
    found_at: Floats


def match(pairs: Pairs, predictions: Objects, boxes: Objects, *, iou: float) -> Matching:
    """Match predictions to boxes of their class.

    Args:
        pairs: from `find_pairs`, with a floor of at most `iou`.
        predictions: n of them, by falling confidence within a picture.
        boxes: m of them.
        iou: least IoU of a match, in (0, 1]; exactly that much is enough.
    """
    enough = pairs.same_class & (pairs.overlap >= min(iou, 1 - 1e-10))
    candidates = np.flatnonzero(enough & ~pairs.region)
    pair_of_box = marry(pairs.prediction[candidates], pairs.box[candidates], boxes=len(boxes.image))
    found = np.flatnonzero(pair_of_box >= 0)
    won = candidates[pair_of_box[found]]

    box_of = np.full(len(predictions.image), -1, dtype=np.int64)
    overlap = np.full(len(predictions.image), np.nan)
    box_of[pairs.prediction[won]], overlap[pairs.prediction[won]] = pairs.box[won], pairs.overlap[won]
    prediction_of = np.full(len(boxes.image), -1, dtype=np.int64)
    prediction_of[found] = pairs.prediction[won]
    found_at = np.full(len(boxes.image), -1.0)
    found_at[found] = predictions.confidence[prediction_of[found]]

    free = box_of < 0
    taken, region, share = pairs.best(enough & pairs.region & free[pairs.prediction])
    box_of[taken], overlap[taken] = region, share
    ignored = np.zeros(len(predictions.image), dtype=bool)
    ignored[taken] = True
    return Matching(iou, box_of, overlap, ignored, prediction_of, found_at)


def marry(suitor: Ints, box: Ints, *, boxes: int) -> Ints:
    """The row of the pair that wins each box, -1 for a box without one; shape (boxes,).

    Args:
        suitor: shape (n,), ascending; the lower number has the first choice.
        box: shape (n,), a suitor's favourite first.
        boxes: number of boxes.
    """
    starts = np.flatnonzero(np.diff(suitor, prepend=-1))
    ends = np.append(starts[1:], len(suitor))
    nobody = len(starts)
    cursor = starts.copy()
    holder = np.full(boxes, nobody, dtype=np.int64)
    active = np.arange(nobody)
    while len(active):
        wanted = box[cursor[active]]
        before = holder[wanted]
        # The last write wins, so written backwards the first suitor does.
        holder[wanted[::-1]] = np.minimum(active, before)[::-1]
        after = holder[wanted]
        turned_down = active[after != active]
        ousted = before[(after != before) & (after == active) & (before < nobody)]
        active = np.sort(np.concatenate([turned_down, ousted]))
        cursor[active] += 1
        active = active[cursor[active] < ends[active]]
    winner = np.full(boxes, -1, dtype=np.int64)
    held = np.flatnonzero(holder < nobody)
    winner[held] = cursor[holder[held]]
    return winner
