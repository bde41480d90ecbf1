"""Every failure with its cause, what speaks for it, and what to do: one by one, and rolled up by cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analyse.figures.average_precision import mean, rank
from workbench.analyse.figures.bootstrap import Floats, ratio
from workbench.analyse.inputs import Flags, Ints, TestSet, take
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.verdicts import Errors, Rows
from workbench.analyse.why.cause_inputs import CauseInputs
from workbench.analyse.why.causes import CAUSES, NAMES, Suggestions
from workbench.model.tables import BOTH, FN, FP


@dataclass(frozen=True, eq=False)
class Causes:
    """The cause of every row of the verdicts.

    Attributes:
        code: position in `names`, -1 where nothing failed; shape (rows,).
        names: the machine's names, then those that people brought.
        confirmed: whether a person has said so; shape (rows,).
    """

    code: Ints
    names: tuple[str, ...]
    confirmed: Flags


def settle(rows: Rows, test_set: TestSet, suggestions: Suggestions, confirmed: pd.DataFrame | None) -> Causes:
    """Put together suggestions and what people confirmed; a row that did not fail has no cause, whoever says so."""
    code = np.full(len(rows.outcome), -1, dtype=np.int64)
    alarm, miss = rows.outcome == FP, rows.outcome == FN
    code[alarm] = suggestions.of_prediction[rows.prediction[alarm]]
    code[miss] = suggestions.of_box[rows.box[miss]]
    sure = np.zeros(len(code), dtype=bool)
    if confirmed is None or not len(confirmed):
        return Causes(code, NAMES, sure)
    names = list(dict.fromkeys([*NAMES, *confirmed["cause"].tolist()]))
    position = {name: number for number, name in enumerate(names)}
    for key, objects, of_row, failed in (
        ("prediction_id", test_set.predictions, rows.prediction, alarm),
        ("box_id", test_set.boxes, rows.box, miss),
    ):
        said = confirmed[confirmed[key].notna()].drop_duplicates(key, keep="last")
        at = pd.Index(objects.ids).get_indexer(pd.Index(said[key].astype(objects.ids.dtype)))
        of_object = np.full(len(objects.image) + 1, -1, dtype=np.int64)
        of_object[at[at >= 0]] = [position[name] for name in said["cause"].to_numpy()[at >= 0]]
        mine = np.where(failed, of_object[of_row], -1)
        code, sure = np.where(mine >= 0, mine, code), sure | (mine >= 0)
    return Causes(code, tuple(names), sure)


ACTIONS = {cause.name: cause.action for cause in CAUSES}
LOOK_ALIKES = 3
"""How many of the most alike false alarms are named."""


@dataclass(frozen=True, eq=False)
class Case:
    """Everything an evaluation knows at one confidence, for one sentence after the other."""

    rows: Rows
    test_set: TestSet
    matching: Matching
    errors: Errors
    suggestions: Suggestions
    given: CauseInputs
    causes: Causes


def failures(verdicts: pd.DataFrame, case: Case) -> pd.DataFrame:
    """The verdicts that are false alarms or misses, with evidence, action and the other side of the error.

    Adds ``evidence`` (a sentence), ``action`` (what to do about the cause), ``also`` (further causes that may
    hold), ``other_box_id`` (the box a false alarm got wrong), ``other_prediction_id`` (the prediction that nearly
    found a missed box) and ``look_alikes`` (the predictions that look most like a false alarm that was a look-alike,
    false alarms themselves; empty where no pixels were read).
    """
    rows, boxes, predictions = case.rows, case.test_set.boxes, case.test_set.predictions
    failed = np.flatnonzero((rows.outcome == FP) | (rows.outcome == FN))
    missed = rows.outcome[failed] == FN
    prediction, box = rows.prediction[failed], rows.box[failed]
    meant = np.where(missed, -1, case.errors.box_meant[prediction] if len(predictions.image) else -1)
    near = np.where(missed, _near(case)[box] if len(boxes.image) else -1, -1)
    alike = _look_alikes(case)
    texts, also, likes = [], [], []
    for row, one_missed, one_prediction, one_box in zip(failed, missed, prediction, box, strict=True):
        said = case.causes.names[case.causes.code[row]]
        texts.append(_of_miss(int(one_box), case) if one_missed else _of_false_alarm(int(one_prediction), case))
        if case.causes.confirmed[row]:
            texts[-1] = (
                f"said by a person (suggested: {_suggested(case, int(one_prediction), int(one_box))}); {texts[-1]}"
            )
        names = [name for name, holds in case.suggestions.likely.items() if one_missed and holds[one_box]]
        if not one_missed and _may_lack_a_label(int(one_prediction), case):
            names.append("label missing")
        also.append(", ".join(name for name in names if name != said))
        likes.append(", ".join(map(str, alike.get(int(one_prediction), ()))))
    result = verdicts.iloc[failed].reset_index(drop=True)
    return result.assign(
        evidence=pd.Series(texts, dtype="str"),
        action=result["cause"].map(lambda name: ACTIONS.get(name, "")).astype("str"),
        also=pd.Series(also, dtype="str"),
        other_box_id=take(boxes.ids, meant, nullable=True),
        other_prediction_id=take(predictions.ids, near, nullable=True),
        look_alikes=pd.Series(likes, dtype="str"),
    )


def _suggested(case: Case, prediction: int, box: int) -> str:
    code = case.suggestions.of_prediction[prediction] if prediction >= 0 else case.suggestions.of_box[box]
    return NAMES[int(code)]


def _near(case: Case) -> Ints:
    matching = case.matching
    return np.where(matching.prediction_of >= 0, matching.prediction_of, case.errors.covered_by)


def _look_alikes(case: Case) -> dict[int, list[object]]:
    """For each false alarm suggested to be a look-alike, the ids of the false alarms that look most like it."""
    pixels = case.given.pixels
    if pixels is None or not pixels.read:
        return {}
    alarms = case.rows.prediction[case.rows.outcome == FP]
    alarms = alarms[[NAMES[code] == "look-alike" for code in case.suggestions.of_prediction[alarms]]]
    alarms = alarms[pixels.prediction_looks[alarms].any(axis=1)]
    if len(alarms) < 2:
        return {}
    looks, ids = pixels.prediction_looks[alarms], case.test_set.predictions.ids
    found: dict[int, list[object]] = {}
    for place, one in enumerate(alarms):
        alike = looks @ looks[place]
        alike[place] = -1.0
        best = np.argsort(-alike, kind="stable")[: min(LOOK_ALIKES, len(alarms) - 1)]
        found[int(one)] = [ids.iloc[int(alarms[i])] for i in best]
    return found


def _of_miss(box: int, case: Case) -> str:
    predictions, errors = case.test_set.predictions, case.errors
    cause, cover = NAMES[case.suggestions.of_box[box]], int(errors.covered_by[box])
    if cause == "wrong class":
        name = case.test_set.classes[predictions.label[cover]]
        sure, overlap = predictions.confidence[cover], errors.overlap[cover]
        return f"found as {name!r} with confidence {sure:.2f} (IoU {overlap:.2f})"
    if cause == "nothing like it in training":
        count, total = case.given.alike[box], case.given.training_boxes
        return f"of {total} training boxes looked at {count} are of about its size and shape, blur and light"
    line = int(case.suggestions.blame.line[box])
    if line >= 0 and case.given.traits[case.suggestions.blame.rules[line].trait].name == cause:
        rule = case.suggestions.blame.rules[line]
        trait = case.given.traits[rule.trait]
        return (
            f"{trait.say(float(trait.value[box]))}; of boxes like that {rule.found_with:.0%} are found, "
            f"of the others {rule.found_without:.0%}"
        )
    if cause == "low confidence":
        overlap = case.matching.overlap[case.matching.prediction_of[box]]
        return f"would be found at confidence {_down(case.matching.found_at[box])} (IoU {overlap:.2f})"
    if cause == "unexplained":
        return "no prediction of its class overlaps it enough at any stored confidence"
    return f"the prediction meant for it {_measured(cover, box, case.test_set)} (IoU {errors.overlap[cover]:.2f})"


def _of_false_alarm(prediction: int, case: Case) -> str:
    test_set, errors = case.test_set, case.errors
    cause = NAMES[case.suggestions.of_prediction[prediction]]
    confidence = test_set.predictions.confidence[prediction]
    label = int(test_set.predictions.label[prediction])
    meant, overlap = int(errors.box_meant[prediction]), errors.overlap[prediction]
    if cause in ("label missing", "look-alike"):
        sure = case.suggestions.sure[label]
        if np.isnan(sure):
            return f"no box there (confidence {confidence:.2f}); this class has no hit to compare with"
        if case.given.pixels is not None and case.given.pixels.read:
            relation = "are those of a hit" if cause == "label missing" else "are not those of hits"
            if _may_lack_a_label(prediction, case):
                relation += ", nor those of finds where nothing is"
            return f"no box there; its looks and confidence {confidence:.2f} {relation} (median hit {sure:.2f})"
        relation = "at least" if cause == "label missing" else "less than"
        return f"no box there, and confidence {confidence:.2f} is {relation} the median hit's {sure:.2f}"
    box_id = test_set.boxes.ids.iloc[meant]
    if cause == "duplicate":
        return f"box {box_id} already has a more confident prediction (IoU {overlap:.2f})"
    if cause == "wrong class":
        name = test_set.classes[test_set.boxes.label[meant]]
        both = ", and not in place" if errors.of_prediction[prediction] == BOTH else ""
        return f"box {box_id} there is a {name!r}{both} (IoU {overlap:.2f})"
    return f"against box {box_id} it {_measured(prediction, meant, test_set)} (IoU {overlap:.2f})"


def _may_lack_a_label(prediction: int, case: Case) -> bool:
    """Whether a false alarm is called a look-alike, but only just."""
    suggested = NAMES[case.suggestions.of_prediction[prediction]] == "look-alike"
    return suggested and bool(case.suggestions.hit_likeness.doubtful[prediction])


def _measured(prediction: int, box: int, test_set: TestSet) -> str:
    ours, wanted = test_set.predictions.xyxy[prediction], test_set.boxes.xyxy[box]
    width, height = (ours[2:] - ours[:2]) / np.maximum(wanted[2:] - wanted[:2], 1e-9)
    move = (ours[:2] + ours[2:] - wanted[:2] - wanted[2:]) / 2
    return f"is {width:.2f} × as wide, {height:.2f} × as high and {np.hypot(*move):.0f} px off centre"


def _down(confidence: float) -> str:
    return f"{np.floor(confidence * 100) / 100:.2f}"


_KINDS = {cause.name: cause.kind for cause in CAUSES}


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
            "action": pd.Series([ACTIONS.get(name, "") for name in names], dtype="str"),
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
        gone = np.zeros(len(test_set.predictions.image), dtype=bool)
        found = np.zeros(len(test_set.boxes.image), dtype=bool)
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
