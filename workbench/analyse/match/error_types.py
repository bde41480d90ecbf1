"""TIDE's error types (Bolya et al., ECCV 2020), for every false alarm and every miss.

A false alarm is, tried in this order: ``localization`` (its best box of its class overlaps from `BACKGROUND_IOU` up to
the IoU asked for), ``classification`` (enough IoU with a box of another class), ``duplicate`` (enough IoU with a box of
its class, which a more confident prediction has), ``background`` (no box overlaps by more than `BACKGROUND_IOU`), else
``both``. A miss is ``missed``, unless a localization or classification error points at it and mending that error would
mend the miss: then it bears that error.

None of this depends on the confidence asked for: what would make a false alarm a duplicate is always more confident
than it, and a miss is covered by its most confident error or by none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.match.matching import Matching
from workbench.analyse.match.overlap import Pairs
from workbench.analyse.match.test_arrays import Flags, Floats, Ints, Objects
from workbench.model.tables import BACKGROUND, BOTH, CLASSIFICATION, DUPLICATE, LOCALIZATION, MISSED

BACKGROUND_IOU = 0.1


@dataclass(frozen=True, eq=False)
class Errors:
    """What is wrong with each prediction that matched nothing, and with each box that nothing matched.

    Attributes:
        of_prediction: position in `ERRORS`, -1 for hits and ignored ones; shape (predictions,).
        box_meant: the box that the error is about, -1 for none; shape (predictions,).
        overlap: IoU with that box, NaN for none; shape (predictions,).
        covered_by: for each box its most confident localization or classification error, -1 for none; shape (boxes,).
    """

    of_prediction: Ints
    box_meant: Ints
    overlap: Floats
    covered_by: Ints

    def of_box(self, confidence: float, predictions: Objects) -> Ints:
        """For each box, its error if it is missed at this confidence: a position in `ERRORS`, shape (boxes,)."""
        covered = self.covered_by >= 0
        covered[covered] = predictions.confidence[self.covered_by[covered]] >= confidence
        result = np.full(len(covered), MISSED, dtype=np.int64)
        result[covered] = self.of_prediction[self.covered_by[covered]]
        return result


def classify(pairs: Pairs, matching: Matching, boxes: Objects) -> Errors:
    """Give every false alarm its type, and every box the error that covers it.

    Args:
        pairs: from `find_pairs`, with a floor of at most `BACKGROUND_IOU`.
        matching: from `match` on the same pairs.
        boxes: m of them.
    """
    false = matching.box_of < 0
    usable = ~pairs.region & false[pairs.prediction] & (pairs.overlap >= BACKGROUND_IOU)
    own_box, own = _best(pairs, usable & pairs.same_class, len(false))
    other_box, other = _best(pairs, usable & ~pairs.same_class, len(false))
    enough = min(matching.iou, 1 - 1e-10)
    nearest = np.fmax(own, other)
    kinds: list[tuple[Flags, int, Ints, Floats]] = [
        ((own >= BACKGROUND_IOU) & (own < enough), LOCALIZATION, own_box, own),
        (other >= enough, CLASSIFICATION, other_box, other),
        (own >= enough, DUPLICATE, own_box, own),
        (nearest > BACKGROUND_IOU, BOTH, other_box, other),
    ]
    of_prediction = np.where(false, BACKGROUND, -1)
    box_meant = np.full(len(false), -1, dtype=np.int64)
    overlap = np.full(len(false), np.nan)
    for applies, kind, box, measure in reversed(kinds):
        of_prediction[applies], box_meant[applies], overlap[applies] = kind, box[applies], measure[applies]

    pointing = np.flatnonzero((of_prediction == LOCALIZATION) | (of_prediction == CLASSIFICATION))
    covered_by = np.full(len(boxes), -1, dtype=np.int64)
    # Predictions stand by falling confidence in a picture; written backwards, the most confident one stays.
    covered_by[box_meant[pointing[::-1]]] = pointing[::-1]
    return Errors(of_prediction, box_meant, overlap, covered_by)


def _best(pairs: Pairs, wanted: Flags, predictions: int) -> tuple[Ints, Floats]:
    box, overlap = np.full(predictions, -1, dtype=np.int64), np.full(predictions, np.nan)
    prediction, best_box, best_overlap = pairs.best(wanted)
    box[prediction], overlap[prediction] = best_box, best_overlap
    return box, overlap
