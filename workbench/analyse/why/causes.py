"""Why a box was missed and why a prediction is a false alarm, as far as tables and pixels can tell.

A cause is a suggestion with evidence, for a person to confirm. Several may hold; the first in this order stands in the
verdicts:

- what a prediction at that place shows directly (another class; a box too wide, too tight or shifted; a loose label);
- *nothing like it in training*, where the training boxes are known: no trait can be blamed for what was never shown;
- a trait of the object or the picture that misses have and hits have not (`attribution`);
- *low confidence*: the right prediction is there, below the confidence asked for.

Which trait is to blame for a miss: a decision list over traits, learned from what was found and what was not.

A trait is to blame only if boxes that have it are found more rarely. The list is grown as rule learners do (Rivest
1987): the trait and threshold that tell misses from hits best (largest gain in log-likelihood) come first, its boxes
are set aside, and the rest is explained by what still tells them apart. So a small, dark and blurred plate is blamed on
the blur if small and dark ones without blur are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analyse.inputs import Flags, Floats, Ints, TestSet
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.verdicts import Errors
from workbench.analyse.why.cause_inputs import CauseInputs, HitLikeness
from workbench.analyse.why.traits import Trait
from workbench.model.tables import BOTH, CLASSIFICATION, DUPLICATE, LOCALIZATION

SIGNIFICANT = 4.6
"""Gain in log-likelihood (nats) from which on a rule is more than chance: χ² of 9.2, for one threshold 1 in 400."""

LEAST_MISSED = 0.1
"""A trait is to blame only if at least this share of the boxes that have it is missed."""

CLEAR = 1.25
"""Severity from which on a trait is clear without statistics."""

_THRESHOLDS = 24
"""Thresholds tried for a trait."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One line of the list: boxes with at least this severity are found more rarely than the others left.

    Attributes:
        trait: position of the trait.
        severity: from here on.
        found_with: share found of the boxes that have it, among those the lines before left.
        found_without: share found of the others.
    """

    trait: int
    severity: float
    found_with: float
    found_without: float


@dataclass(frozen=True, eq=False)
class Blame:
    """The list, and for every box the line it falls under, -1 for none; shape (boxes,)."""

    rules: tuple[Rule, ...]
    line: Ints


def blame(traits: Sequence[Trait], found: Flags, counted: Flags) -> Blame:
    """Learn the list and sort every box under its line.

    Traits that no significant rule names are tried once more by their own measure (severity `CLEAR`, well beyond what
    is worth a word): with one or two misses nothing is significant, and yet the one tiny box that was missed is tiny.

    Args:
        traits: each with a severity of shape (boxes,).
        found: shape (boxes,).
        counted: boxes that count, shape (boxes,).
    """
    line = np.full(len(found), -1, dtype=np.int64)
    rules: list[Rule] = []
    left = counted.copy()

    def add(rule: Rule) -> None:
        here = left & _has(traits[rule.trait], rule.severity)
        line[here] = len(rules)
        rules.append(rule)
        left[here] = False

    while True:
        best, gain = _best(traits, found, left)
        if best is None or gain < SIGNIFICANT:
            break
        add(best)
    clear = [rule for number in range(len(traits)) if (rule := _judge(traits, number, CLEAR, found, left)) is not None]
    for rule in sorted(clear, key=lambda rule: rule.found_with - rule.found_without):
        again = _judge(traits, rule.trait, rule.severity, found, left)
        if again is not None:
            add(again)
    return Blame(tuple(rules), line)


def _to_blame(found_with: Floats, found_without: Floats) -> Flags:
    """Whether a trait may be blamed: most misses of boxes that have it would not be there without it."""
    missed, usual = 1 - np.asarray(found_with), 1 - np.asarray(found_without)
    return np.asarray((missed >= 2 * usual) & (missed >= LEAST_MISSED - 1e-9), dtype=bool)


def _has(trait: Trait, severity: float) -> Flags:
    with np.errstate(invalid="ignore"):
        return np.asarray(trait.severity >= severity, dtype=bool)


def _judge(traits: Sequence[Trait], number: int, severity: float, found: Flags, left: Flags) -> Rule | None:
    has = _has(traits[number], severity)
    with_it, without = found[left & has], found[left & ~has]
    if not len(with_it) or not len(without) or not _to_blame(with_it.mean(), without.mean()):
        return None
    return Rule(number, severity, float(with_it.mean()), float(without.mean()))


def _best(traits: Sequence[Trait], found: Flags, left: Flags) -> tuple[Rule | None, float]:
    best: tuple[Rule | None, float] = (None, 0.0)
    total, found_total = int(left.sum()), int((found & left).sum())
    if not 0 < found_total < total:
        return best
    for number, trait in enumerate(traits):
        rows = trait.order[left[trait.order]]
        if not len(rows):
            continue
        ranked, hits = trait.severity[rows], found[rows]
        # Only between two different severities can a line be drawn; more lines than needed cost time, not truth.
        ends = np.flatnonzero(np.append(ranked[:-1] != ranked[1:], True)) + 1
        if len(ends) > _THRESHOLDS:
            ends = ends[np.unique(np.linspace(0, len(ends) - 1, _THRESHOLDS).astype(int))]
        inside = np.cumsum(hits, dtype=np.int64)[ends - 1]
        with_it, without = inside / ends, (found_total - inside) / np.maximum(total - ends, 1)
        gains = _likelihood(inside, ends) + _likelihood(found_total - inside, total - ends)
        gains -= _likelihood(np.array([found_total]), np.array([total]))
        gains[~_to_blame(with_it, without) | (ends == total)] = 0.0
        at = int(np.argmax(gains))
        if gains[at] > best[1] + 1e-9:
            rule = Rule(number, float(ranked[ends[at] - 1]), float(with_it[at]), float(without[at]))
            best = rule, float(gains[at])
    return best


def _likelihood(hits: Ints, total: Ints) -> Floats:
    """Greatest log-likelihood of so many hits among so many boxes."""
    k, n = hits.astype(np.float64), total.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(k > 0, k * np.log(k / n), 0.0) + np.where(k < n, (n - k) * np.log(1 - k / n), 0.0)
    return np.asarray(np.nan_to_num(result), dtype=np.float64)


@dataclass(frozen=True)
class Cause:
    """A reason for failures and what to do about it: ``collect``, ``label``, ``train`` or ``look``, and in words."""

    name: str
    kind: str
    action: str


CAUSES = (
    Cause("duplicate", "look", "merge overlapping predictions more strictly; label such objects with one box each"),
    Cause("wrong class", "label", "sharpen the labelling guide between the two classes and add pictures of both"),
    Cause("label missing", "label", "label these objects, if a person agrees that they are there"),
    Cause("label loose", "label", "draw these labels tighter"),
    Cause("look-alike", "collect", "add pictures that hold such patterns, without a box around them"),
    Cause(
        "too wide a box",
        "label",
        "does the label cover all of the object? if so, tighten the labels learned from",
    ),
    Cause(
        "too tight a box",
        "label",
        "is the label loose? if not, check that the labels learned from cover all of it",
    ),
    Cause("shifted box", "label", "check the labels' positions, train longer"),
    Cause("nothing like it in training", "collect", "collect and label pictures like these: training has none or few"),
    Cause("cut off", "label", "decide in the guide whether cut-off objects count, then label and collect accordingly"),
    Cause("hidden", "collect", "collect half-hidden objects; say in the guide from which share on they count"),
    Cause("glare", "collect", "collect pictures against the light and with headlamps"),
    Cause("dark", "collect", "collect dark pictures, or bring brightness to the standard of the place"),
    Cause("blurred", "collect", "collect frames out of video, blurred as these; sharp photos do not teach it"),
    Cause("oblique", "collect", "collect objects seen from the side; say in the guide up to which angle they count"),
    Cause("far", "collect", "collect objects as far away, or let the camera see nearer"),
    Cause("small", "collect", "add pictures with small objects, or train with larger images"),
    Cause("low confidence", "train", "lower the confidence, or train longer and add pictures like these"),
    Cause("unexplained", "look", "look at these pictures for what they share, then collect more like them"),
)
NAMES = tuple(cause.name for cause in CAUSES)
CODE = {name: code for code, name in enumerate(NAMES)}


@dataclass(frozen=True, eq=False)
class Suggestions:
    """The causes suggested at one confidence.

    Attributes:
        of_prediction: for each prediction the cause should it be a false alarm; position in `CAUSES`; shape (n,).
        of_box: for each box the first of its causes should it be missed; shape (m,).
        likely: for each cause of a miss, the boxes it may hold for; shape (m,) each.
        sure: per class the median confidence of hits; NaN if it has none.
        hit_likeness: how much each prediction looks and sounds like a hit: from 0 on a false alarm is rather an object
            without a label.
        blame: which trait is to blame for which box.
    """

    of_prediction: Ints
    of_box: Ints
    likely: dict[str, Flags]
    sure: Floats
    hit_likeness: HitLikeness
    blame: Blame


def suggest(
    test_set: TestSet, matching: Matching, errors: Errors, given: CauseInputs, *, confidence: float
) -> Suggestions:
    """Suggest causes for every false alarm and every miss at this confidence."""
    boxes, predictions = test_set.boxes, test_set.predictions
    sure = _sure(test_set, matching, confidence)
    hit_likeness = given.hit_likeness(matching, errors, confidence=confidence, sure=sure)

    placed = _misplaced(test_set, errors, given, iou=matching.iou)
    of_prediction = np.where(hit_likeness.like >= 0, CODE["label missing"], CODE["look-alike"])
    of_prediction[errors.of_prediction == DUPLICATE] = CODE["duplicate"]
    of_prediction[(errors.of_prediction == CLASSIFICATION) | (errors.of_prediction == BOTH)] = CODE["wrong class"]
    of_prediction = np.where(errors.of_prediction == LOCALIZATION, placed, of_prediction)

    found = matching.found_at >= confidence
    error = errors.of_box(confidence, predictions)
    blamed = blame(given.traits, found, ~boxes.ignore)
    covered = np.full(len(boxes.image), -1, dtype=np.int64)
    misplaced = np.flatnonzero(error == LOCALIZATION)
    covered[misplaced] = placed[errors.covered_by[misplaced]]

    likely: dict[str, Flags] = {"wrong class": error == CLASSIFICATION}
    for name in ("label loose", "too wide a box", "too tight a box", "shifted box"):
        likely[name] = covered == CODE[name]
    likely["nothing like it in training"] = given.strange
    code_of_line = np.array([CODE[given.traits[rule.trait].name] for rule in blamed.rules] + [-1], dtype=np.int64)
    of_trait = code_of_line[blamed.line]
    for rule in blamed.rules:
        trait = given.traits[rule.trait]
        has = np.zeros(len(boxes.image), dtype=bool)
        has[trait.order] = trait.severity[trait.order] >= rule.severity
        likely[trait.name] = has & ~boxes.ignore
    likely["low confidence"] = matching.found_at >= 0

    of_box = np.full(len(boxes.image), CODE["unexplained"], dtype=np.int64)
    of_box[likely["low confidence"]] = CODE["low confidence"]
    of_box = np.where(of_trait >= 0, of_trait, of_box)
    of_box[given.strange] = CODE["nothing like it in training"]
    of_box = np.where(covered >= 0, covered, of_box)
    of_box[likely["wrong class"]] = CODE["wrong class"]
    return Suggestions(of_prediction, of_box, likely, sure, hit_likeness, blamed)


def _sure(test_set: TestSet, matching: Matching, confidence: float) -> Floats:
    predictions = test_set.predictions
    sure = np.full(len(test_set.classes), np.nan)
    hit = np.flatnonzero((matching.box_of >= 0) & ~matching.ignored & (predictions.confidence >= confidence))
    for label in np.unique(predictions.label[hit]):
        sure[label] = np.median(predictions.confidence[hit[predictions.label[hit] == label]])
    return sure


def _misplaced(test_set: TestSet, errors: Errors, given: CauseInputs, *, iou: float) -> Ints:
    """Is the prediction's size at fault, or its place, or the label? Moved onto the box's centre it would fit, or not.

    The label is called loose where the prediction lies inside it and edges bear the prediction better than the label.
    """
    predictions, boxes, meant = test_set.predictions, test_set.boxes, errors.box_meant
    result = np.full(len(meant), -1, dtype=np.int64)
    rows = np.flatnonzero(errors.of_prediction == LOCALIZATION)
    ours, theirs = predictions.xyxy[rows], boxes.xyxy[meant[rows]]
    size, wanted = ours[:, 2:] - ours[:, :2], theirs[:, 2:] - theirs[:, :2]
    shared = np.minimum(size[:, 0], wanted[:, 0]) * np.minimum(size[:, 1], wanted[:, 1])
    area, area_wanted = size[:, 0] * size[:, 1], wanted[:, 0] * wanted[:, 1]
    fits = shared >= iou * (area + area_wanted - shared)
    result[rows] = np.where(
        fits, CODE["shifted box"], np.where(area > area_wanted, CODE["too wide a box"], CODE["too tight a box"])
    )
    inside = np.prod(
        np.clip(np.minimum(ours[:, 2:], theirs[:, 2:]) - np.maximum(ours[:, :2], theirs[:, :2]), 0, None), axis=1
    )
    within = (inside >= 0.9 * area) & ~fits
    loose = within & given.label_at_fault(rows, meant[rows])
    result[rows[loose]] = CODE["label loose"]
    return result
