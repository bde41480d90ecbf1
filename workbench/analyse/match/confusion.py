"""Which class was taken for which: every box and every prediction once, so that rows and columns add up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analyse.match.error_types import Errors
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import TestSet
from workbench.analyse.match.verdicts import Rows
from workbench.model.tables import CLASSIFICATION, FN, FP, TP

NOTHING, MISSED = "nothing there", "missed"


def table(rows: Rows, test_set: TestSet, matching: Matching, errors: Errors, confidence: float) -> pd.DataFrame:
    """Counts by the class that is there and the class that was said.

    A missed box whose place a prediction of another class has (TIDE's classification error) stands under that class;
    that prediction stands there, too. Every other miss stands under `MISSED`, every other false alarm beside `NOTHING`.
    A row thus adds up to the boxes of its class, a column to the predictions of its class.
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
    return pd.DataFrame(cells, index=pd.Index([*names, NOTHING], name="there"), columns=pd.Index([*names, MISSED]))
