"""Failures rolled up by cause: how many, what would be gained if they were mended, and what to do next."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analyse.figures.average_precision import mean, rank
from workbench.analyse.figures.bootstrap import Floats, ratio
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Flags, Ints, TestSet
from workbench.analyse.match.verdicts import Rows, take
from workbench.analyse.why.causes import CAUSES
from workbench.analyse.why.confirmed_causes import Causes
from workbench.model.tables import FN, FP

_KINDS = {cause.name: cause.kind for cause in CAUSES}
_ACTIONS = {cause.name: cause.action for cause in CAUSES}


def roll_up(rows: Rows, test_set: TestSet, causes: Causes) -> pd.DataFrame:
    """Failures by cause, most frequent first.

    What is gained is what the figure would be with the misses of this cause found and its false alarms gone, less what
    it is now; other causes as they are.

    Returns:
        cause, failures, misses, false_alarms, confirmed (by a person), share (of all failures), recall_gain,
        precision_gain, f1_gain, kind (``collect``, ``label``, ``train`` or ``look``), action, example (the picture of
        the most confident false alarm of this cause, or else of its first miss).
    """
    alarm, miss = rows.outcome == FP, rows.outcome == FN
    size = len(causes.names)
    false_alarms = np.bincount(causes.code[alarm], minlength=size)
    misses = np.bincount(causes.code[miss], minlength=size)
    confirmed = np.bincount(causes.code[(alarm | miss) & causes.confirmed], minlength=size)
    failed = false_alarms + misses
    order = np.argsort(-failed, kind="stable")
    order = order[failed[order] > 0]
    tp, fp, fn = int((rows.outcome == 0).sum()), int(alarm.sum()), int(miss.sum())
    now = _shares(np.array([tp]), np.array([fp]), tp + fn)
    then = _shares(tp + misses[order], fp - false_alarms[order], tp + fn)
    gains = {name: then[name] - now[name] for name in now}
    names = [causes.names[code] for code in order]
    return pd.DataFrame(
        {
            "cause": pd.Series(names, dtype="str"),
            "failures": failed[order],
            "misses": misses[order],
            "false_alarms": false_alarms[order],
            "confirmed": confirmed[order],
            "share": failed[order] / max(int(failed.sum()), 1),
            **{f"{name}_gain": values for name, values in gains.items()},
            "kind": pd.Series([_KINDS.get(name, "look") for name in names], dtype="str"),
            "action": pd.Series([_ACTIONS.get(name, "") for name in names], dtype="str"),
            "example": take(test_set.image_ids, _examples(order, rows, test_set, causes, alarm, miss)),
        }
    )


def ap_gain(rolled: pd.DataFrame, rows: Rows, test_set: TestSet, causes: Causes, matching: Matching) -> pd.DataFrame:
    """Add ``ap_gain`` after ``f1_gain``: what AP at the evaluation's IoU would gain; the largest gain in F1 first."""
    ranked = rank(test_set, matching)
    now = mean([one.average_precision() for one in ranked])
    alarm, miss = rows.outcome == FP, rows.outcome == FN
    gains = []
    for name in rolled["cause"]:
        mine = causes.code == causes.names.index(name)
        gone = np.zeros(len(test_set.predictions), dtype=bool)
        found = np.zeros(len(test_set.boxes), dtype=bool)
        gone[rows.prediction[mine & alarm]] = True
        found[rows.box[mine & miss]] = True
        late = matching.prediction_of[np.flatnonzero(found)]
        gone[late[late >= 0]] = True
        gains.append(mean([one.mended(gone, found) for one in ranked]) - now)
    result = rolled.copy()
    result.insert(list(result.columns).index("f1_gain") + 1, "ap_gain", np.array(gains, dtype=np.float64))
    return result.sort_values(["f1_gain", "failures"], ascending=False, kind="stable", ignore_index=True)


def _shares(tp: Ints, fp: Ints, boxes: int) -> dict[str, Floats]:
    return {"recall": ratio(tp, boxes), "precision": ratio(tp, tp + fp), "f1": ratio(2 * tp, tp + fp + boxes)}


def _examples(order: Ints, rows: Rows, test_set: TestSet, causes: Causes, alarm: Flags, miss: Flags) -> Ints:
    examples = []
    for code in order:
        mine = rows.prediction[alarm & (causes.code == code)]
        if len(mine):
            examples.append(test_set.predictions.image[mine[test_set.predictions.confidence[mine].argmax()]])
        else:
            examples.append(test_set.boxes.image[rows.box[miss & (causes.code == code)][0]])
    return np.array(examples, dtype=np.int64)
