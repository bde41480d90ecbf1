"""Average precision over again, from one matching: what it would be if some failures were mended, or units drawn again.

The figures reported are hotcoco's (`hotcoco_adapter`). This module follows the same rules, COCO's, to the last bits (a
test holds the two together), because neither question can be put to hotcoco: it knows pictures and not what-ifs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.figures.hotcoco_adapter import MAX_DETECTIONS
from workbench.analyse.figures.intervals import Floats
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Flags, Ints, TestSet

_RECALLS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, eq=False)
class RankedClass:
    """One class's predictions by falling confidence, as COCO ranks them.

    Attributes:
        prediction: positions in the test set, shape (n,).
        hit: shape (n,).
        unit: of each, shape (n,).
        boxes: positions of the class's boxes that count, shape (m,).
        box_unit: of each, shape (m,).
    """

    prediction: Ints
    hit: Flags
    unit: Ints
    boxes: Ints
    box_unit: Ints

    def average_precision(self, *, weight: Floats | None = None) -> float:
        """AP with each unit counted `weight` times, shape (units,); NaN if no box is left."""
        if weight is None:
            hit = self.hit.astype(np.float64)
            return _average_precision(hit, 1.0 - hit, float(len(self.boxes)))
        of = weight[self.unit]
        return _average_precision(of * self.hit, of * ~self.hit, float(weight[self.box_unit].sum()))

    def mended(self, prediction_gone: Flags, box_found: Flags) -> float:
        """AP if these predictions were not there and these boxes were found with certainty.

        Args:
            prediction_gone: by position in the test set.
            box_found: by position in the test set; predictions that find such a box late are to be gone as well.
        """
        kept = ~prediction_gone[self.prediction]
        hit = self.hit & kept
        certain = float(box_found[self.boxes].sum())
        first = np.array([certain])
        return _average_precision(
            np.concatenate([first, hit]), np.concatenate([[0.0], kept & ~self.hit]), float(len(self.boxes))
        )


def rank(test_set: TestSet, matching: Matching) -> list[RankedClass]:
    """Rank the predictions of each class that has boxes; those beyond COCO's limit a picture are left out."""
    boxes, predictions, of_image = test_set.boxes, test_set.predictions, test_set.clusters.of_image
    usable = ~matching.ignored & within_limit(test_set)
    ranked = []
    for label in range(len(test_set.classes)):
        mine = np.flatnonzero((boxes.label == label) & ~boxes.ignore)
        if not len(mine):
            continue
        found = np.flatnonzero(usable & (predictions.label == label))
        found = found[np.argsort(-predictions.confidence[found], kind="stable")]
        ranked.append(
            RankedClass(
                found,
                matching.box_of[found] >= 0,
                of_image[predictions.image[found]],
                mine,
                of_image[boxes.image[mine]],
            )
        )
    return ranked


def within_limit(test_set: TestSet) -> Flags:
    """Predictions among the `MAX_DETECTIONS` surest of their picture and class, shape (predictions,)."""
    predictions = test_set.predictions
    key = predictions.image * max(len(test_set.classes), 1) + predictions.label
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    place = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    result = np.empty(len(key), dtype=bool)
    result[order] = place < MAX_DETECTIONS
    return result


def mean(values: list[float]) -> float:
    """Mean of the values that are numbers; NaN if there are none."""
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else float("nan")


def _average_precision(hit: Floats, alarm: Floats, boxes: float) -> float:
    if boxes <= 0:
        return float("nan")
    found, wrong = np.cumsum(hit), np.cumsum(alarm)
    precision = found / (found + wrong + np.spacing(1.0))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(found / boxes, _RECALLS, side="left")
    return float(np.append(precision, 0.0)[np.minimum(at, len(precision))].mean())
