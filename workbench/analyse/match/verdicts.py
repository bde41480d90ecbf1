"""What matching says of every prediction and box: verdicts, error types, and which class was taken for which.

The error types are TIDE's (Bolya et al., ECCV 2020). A false alarm is, tried in this order: ``localization`` (its best
box of its class overlaps from `BACKGROUND_IOU` up to the IoU asked for), ``classification`` (enough IoU with a box of
another class), ``duplicate`` (enough IoU with a box of its class, which a more confident prediction has),
``background`` (no box overlaps by more than `BACKGROUND_IOU`), else ``both``. A miss is ``missed``, unless a
localization or classification error points at it and mending that error would mend the miss: then it bears that error.

None of this depends on the confidence asked for: what would make a false alarm a duplicate is always more confident
than it, and a miss is covered by its most confident error or by none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.inputs import Flags, Floats, Ints, Objects, TestSet, take
from workbench.analyse.match.matching import BACKGROUND_IOU, Matching, Pairs
from workbench.model.tables import (
    BACKGROUND,
    BOTH,
    CLASSIFICATION,
    DUPLICATE,
    ERRORS,
    FN,
    FP,
    IGNORED,
    LOCALIZATION,
    MISSED,
    OUTCOMES,
    TP,
)

if TYPE_CHECKING:
    from workbench.analyse.why.failures import Causes


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
    covered_by = np.full(len(boxes.image), -1, dtype=np.int64)
    # Predictions stand by falling confidence in a picture; written backwards, the most confident one stays.
    covered_by[box_meant[pointing[::-1]]] = pointing[::-1]
    return Errors(of_prediction, box_meant, overlap, covered_by)


def _best(pairs: Pairs, wanted: Flags, predictions: int) -> tuple[Ints, Floats]:
    box, overlap = np.full(predictions, -1, dtype=np.int64), np.full(predictions, np.nan)
    prediction, best_box, best_overlap = pairs.best(wanted)
    box[prediction], overlap[prediction] = best_box, best_overlap
    return box, overlap


@dataclass(frozen=True, eq=False)
class Rows:
    """Which prediction and box stand in which row of the verdicts, by position in the test set; -1 for none.

    Picture by picture: the predictions by falling confidence, then the boxes that none of them found.

    Attributes:
        prediction: shape (rows,).
        box: the box matched or missed, shape (rows,).
        outcome: position in `OUTCOMES`, shape (rows,).
    """

    prediction: Ints
    box: Ints
    outcome: Ints


def lay_out(test_set: TestSet, matching: Matching, confidence: float) -> Rows:
    """Decide which rows the verdicts hold at this confidence, and in what order."""
    boxes, predictions = test_set.boxes, test_set.predictions
    kept = np.flatnonzero(predictions.confidence >= confidence)
    mentioned = matching.found_at >= confidence
    regions = matching.box_of[kept][matching.ignored[kept]]
    mentioned[regions] = True
    left = np.flatnonzero(~mentioned)
    order = np.argsort(np.concatenate([predictions.image[kept], boxes.image[left]]), kind="stable")
    outcome = np.where(matching.box_of[kept] < 0, FP, np.where(matching.ignored[kept], IGNORED, TP))
    return Rows(
        prediction=np.concatenate([kept, np.full(len(left), -1)])[order],
        box=np.concatenate([matching.box_of[kept], left])[order],
        outcome=np.concatenate([outcome, np.where(boxes.ignore[left], IGNORED, FN)])[order],
    )


def table(
    rows: Rows, test_set: TestSet, matching: Matching, errors: Errors, causes: Causes, confidence: float
) -> pd.DataFrame:
    """The verdicts as `workbench.model.tables` defines them.

    ``iou`` is that of the match; of a false alarm, the IoU with the box it got wrong; of a miss, the IoU of the false
    alarm that covers it; NA where there is no such thing.
    """
    boxes, predictions = test_set.boxes, test_set.predictions
    source = np.where(rows.prediction >= 0, rows.prediction, len(predictions.image) + rows.box)
    failed = (rows.outcome == FP) | (rows.outcome == FN)
    error_of_box = errors.of_box(confidence, predictions)
    no_number = np.full(len(boxes.image), np.nan)
    cover_overlap = no_number.copy()
    covered = error_of_box != MISSED
    cover_overlap[covered] = errors.overlap[errors.covered_by[covered]]

    def pick(of_predictions: npt.NDArray[Any], of_boxes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([of_predictions, of_boxes])[source]

    overlap = pick(np.fmax(matching.overlap, errors.overlap), cover_overlap)
    error = np.where(failed, pick(errors.of_prediction, error_of_box), -1)
    return pd.DataFrame(
        {
            "image_id": take(test_set.image_ids, pick(predictions.image, boxes.image)),
            "box_id": take(boxes.ids, rows.box, nullable=True),
            "prediction_id": take(predictions.ids, rows.prediction, nullable=True),
            "class_name": take(_texts(test_set.classes), pick(predictions.label, boxes.label)),
            "confidence": pick(predictions.confidence, no_number),
            "iou": np.minimum(overlap, 1.0),
            "outcome": take(_texts(OUTCOMES), rows.outcome),
            "error": take(_texts(ERRORS), error, nullable=True),
            "cause": take(_texts(causes.names), causes.code, nullable=True),
            "cause_confirmed": causes.confirmed,
        }
    )


def _texts(names: tuple[str, ...]) -> pd.Series[Any]:
    return pd.Series(list(names), dtype="str")


NOTHING, NOT_FOUND = "nothing there", "missed"


def confusion(rows: Rows, test_set: TestSet, matching: Matching, errors: Errors, confidence: float) -> pd.DataFrame:
    """Counts by the class that is there and the class that was said.

    A missed box whose place a prediction of another class has (TIDE's classification error) stands under that class;
    that prediction stands there, too. Every other miss stands under `NOT_FOUND`, every other false alarm beside
    `NOTHING`. A row thus adds up to the boxes of its class, a column to the predictions of its class.
    """
    boxes, predictions, count = test_set.boxes, test_set.predictions, len(test_set.classes)
    cells = np.zeros((count + 1, count + 1), dtype=np.int64)
    hit = rows.prediction[rows.outcome == TP]
    np.add.at(cells, (boxes.label[matching.box_of[hit]], predictions.label[hit]), 1)
    missed = rows.box[rows.outcome == FN]
    taken = missed[errors.of_box(confidence, predictions)[missed] == CLASSIFICATION]
    by = errors.covered_by[taken]
    np.add.at(cells, (boxes.label[taken], predictions.label[by]), 1)
    np.add.at(cells, (boxes.label[np.setdiff1d(missed, taken)], count), 1)
    alarm = np.setdiff1d(rows.prediction[rows.outcome == FP], by)
    np.add.at(cells, (count, predictions.label[alarm]), 1)
    names = list(test_set.classes)
    return pd.DataFrame(cells, index=pd.Index([*names, NOTHING], name="there"), columns=pd.Index([*names, NOT_FOUND]))
