"""What speaks for a suggested cause, in one sentence a failure, and the roll-up into what to do next."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analyse.causes import CAUSES, NAMES, Suggestions
from workbench.analyse.errors import BOTH, Errors
from workbench.analyse.matching import Matching
from workbench.analyse.testset import Ints, TestSet
from workbench.analyse.verdicts import FN, FP, Rows, take

_COMPARED = {"cut off": "touches the picture's edge", "small": "lower than half the median height of its class"}


def failures(
    verdicts: pd.DataFrame,
    rows: Rows,
    test_set: TestSet,
    matching: Matching,
    errors: Errors,
    suggestions: Suggestions,
) -> pd.DataFrame:
    """The verdicts that are false alarms or misses, with evidence, action and the other side of the error.

    Adds ``evidence`` (a sentence), ``action`` (what to do about the cause), ``also`` (further causes that may hold for
    a miss), ``other_box_id`` (the box a false alarm got wrong) and ``other_prediction_id`` (the prediction that nearly
    found a missed box).
    """
    failed = np.flatnonzero(verdicts["outcome"].isin(("fp", "fn")).to_numpy(dtype=bool))
    missed = rows.outcome[failed] == FN
    prediction, box = rows.prediction[failed], rows.box[failed]
    meant = np.where(missed, -1, errors.box_meant[prediction] if len(errors.box_meant) else -1)
    near = np.where(missed, _near(matching, errors)[box] if len(test_set.boxes) else -1, -1)
    texts, also = [], []
    for one_missed, one_prediction, one_box in zip(missed, prediction, box, strict=True):
        if one_missed:
            texts.append(
                _of_miss(int(one_box), NAMES[suggestions.of_box[one_box]], test_set, matching, errors, suggestions)
            )
            names = [name for name, holds in suggestions.likely.items() if holds[one_box]]
            also.append(", ".join(names[1:]))
        else:
            texts.append(_of_false_alarm(int(one_prediction), test_set, errors, suggestions))
            also.append("")
    result = verdicts.iloc[failed].reset_index(drop=True)
    actions = {cause.name: cause.action for cause in CAUSES}
    return result.assign(
        evidence=pd.Series(texts, dtype="str"),
        action=result["cause"].map(actions).astype("str"),
        also=pd.Series(also, dtype="str"),
        other_box_id=take(test_set.boxes.ids, meant, nullable=True),
        other_prediction_id=take(test_set.predictions.ids, near, nullable=True),
    )


def roll_up(rows: Rows, test_set: TestSet, suggestions: Suggestions) -> pd.DataFrame:
    """Failures by cause, most frequent first.

    Returns:
        cause, failures, misses, false_alarms, share (of all failures), action, example (the picture of the most
        confident false alarm of this cause, or else of its first miss).
    """
    false, missed = rows.prediction[rows.outcome == FP], rows.box[rows.outcome == FN]
    why_false, why_missed = suggestions.of_prediction[false], suggestions.of_box[missed]
    false_alarms = np.bincount(why_false, minlength=len(CAUSES))
    misses = np.bincount(why_missed, minlength=len(CAUSES))
    failed = false_alarms + misses
    order = np.argsort(-failed, kind="stable")
    order = order[failed[order] > 0]
    examples = []
    for code in order:
        if false_alarms[code]:
            mine = false[why_false == code]
            examples.append(test_set.predictions.image[mine[test_set.predictions.confidence[mine].argmax()]])
        else:
            examples.append(test_set.boxes.image[missed[(why_missed == code).argmax()]])
    return pd.DataFrame(
        {
            "cause": pd.Series([CAUSES[code].name for code in order], dtype="str"),
            "failures": failed[order],
            "misses": misses[order],
            "false_alarms": false_alarms[order],
            "share": failed[order] / max(int(failed.sum()), 1),
            "action": pd.Series([CAUSES[code].action for code in order], dtype="str"),
            "example": take(test_set.image_ids, np.array(examples, dtype=np.int64)),
        }
    )


def _near(matching: Matching, errors: Errors) -> Ints:
    return np.where(matching.prediction_of >= 0, matching.prediction_of, errors.covered_by)


def _of_miss(
    box: int, cause: str, test_set: TestSet, matching: Matching, errors: Errors, suggestions: Suggestions
) -> str:
    boxes, predictions = test_set.boxes, test_set.predictions
    cover = int(errors.covered_by[box])
    if cause in _COMPARED:
        with_it, without = suggestions.rates[cause]
        height = boxes.xyxy[box, 3] - boxes.xyxy[box, 1]
        extent = f"{height:.0f} px high, " if cause == "small" else ""
        return f"{extent}{_COMPARED[cause]}; of such boxes {with_it:.0%} are found, of the others {without:.0%}"
    if cause == "low confidence":
        overlap = matching.overlap[matching.prediction_of[box]]
        return f"would be found at confidence {_down(matching.found_at[box])} (IoU {overlap:.2f})"
    if cause == "wrong class":
        name = test_set.classes[predictions.label[cover]]
        return (
            f"found as {name!r} with confidence {predictions.confidence[cover]:.2f} (IoU {errors.overlap[cover]:.2f})"
        )
    if cause == "unexplained":
        return "no prediction of its class overlaps it enough at any stored confidence"
    return f"the prediction meant for it {_measured(cover, box, test_set)} (IoU {errors.overlap[cover]:.2f})"


def _of_false_alarm(prediction: int, test_set: TestSet, errors: Errors, suggestions: Suggestions) -> str:
    cause = NAMES[suggestions.of_prediction[prediction]]
    confidence = test_set.predictions.confidence[prediction]
    label = int(test_set.predictions.label[prediction])
    meant, overlap = int(errors.box_meant[prediction]), errors.overlap[prediction]
    if cause in ("missing label?", "look-alike"):
        sure = suggestions.sure[label]
        if np.isnan(sure):
            return f"no box there (confidence {confidence:.2f}); this class has no hit to compare with"
        relation = "at least" if cause == "missing label?" else "less than"
        return f"no box there, and confidence {confidence:.2f} is {relation} the median hit's {sure:.2f}"
    box_id = test_set.boxes.ids.iloc[meant]
    if cause == "duplicate":
        return f"box {box_id} already has a more confident prediction (IoU {overlap:.2f})"
    if cause == "wrong class":
        name = test_set.classes[test_set.boxes.label[meant]]
        both = ", and not in place" if errors.of_prediction[prediction] == BOTH else ""
        return f"box {box_id} there is a {name!r}{both} (IoU {overlap:.2f})"
    return f"against box {box_id} it {_measured(prediction, meant, test_set)} (IoU {overlap:.2f})"


def _measured(prediction: int, box: int, test_set: TestSet) -> str:
    ours, wanted = test_set.predictions.xyxy[prediction], test_set.boxes.xyxy[box]
    width, height = (ours[2:] - ours[:2]) / np.maximum(wanted[2:] - wanted[:2], 1e-9)
    move = (ours[:2] + ours[2:] - wanted[:2] - wanted[2:]) / 2
    return f"is {width:.2f} × as wide, {height:.2f} × as high and {np.hypot(*move):.0f} px off centre"


def _down(confidence: float) -> str:
    return f"{np.floor(confidence * 100) / 100:.2f}"
