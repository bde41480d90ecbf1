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

from workbench.analyse.match.overlap import Pairs
from workbench.analyse.match.test_arrays import Flags, Floats, Ints, Objects

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
    pair_of_box = marry(pairs.prediction[candidates], pairs.box[candidates], boxes=len(boxes))
    found = np.flatnonzero(pair_of_box >= 0)
    won = candidates[pair_of_box[found]]

    box_of = np.full(len(predictions), -1, dtype=np.int64)
    overlap = np.full(len(predictions), np.nan)
    box_of[pairs.prediction[won]], overlap[pairs.prediction[won]] = pairs.box[won], pairs.overlap[won]
    prediction_of = np.full(len(boxes), -1, dtype=np.int64)
    prediction_of[found] = pairs.prediction[won]
    found_at = np.full(len(boxes), -1.0)
    found_at[found] = predictions.confidence[prediction_of[found]]

    free = box_of < 0
    taken, region, share = pairs.best(enough & pairs.region & free[pairs.prediction])
    box_of[taken], overlap[taken] = region, share
    ignored = np.zeros(len(predictions), dtype=bool)
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
