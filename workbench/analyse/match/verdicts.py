"""The verdicts table: what matching says of every prediction at or above a confidence, and of every box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.match.error_types import Errors
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Ints, TestSet
from workbench.model.tables import ERRORS, FN, FP, IGNORED, MISSED, OUTCOMES, TP

if TYPE_CHECKING:
    from workbench.analyse.why.confirmed_causes import Causes


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
    source = np.where(rows.prediction >= 0, rows.prediction, len(predictions) + rows.box)
    failed = (rows.outcome == FP) | (rows.outcome == FN)
    error_of_box = errors.of_box(confidence, predictions)
    no_number = np.full(len(boxes), np.nan)
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


def take(values: pd.Series[Any], positions: Ints, *, nullable: bool = False) -> pd.Series[Any]:
    """The values at these positions; with `nullable`, NA where the position is -1."""
    if nullable and pd.api.types.is_integer_dtype(values.dtype):
        values = values.astype("Int64")
    return pd.Series(values.array.take(positions, allow_fill=nullable))


def _texts(names: tuple[str, ...]) -> pd.Series[Any]:
    return pd.Series(list(names), dtype="str")
