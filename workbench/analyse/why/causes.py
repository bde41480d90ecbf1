"""Why a box was missed and why a prediction is a false alarm, as far as tables and pixels can tell.

A cause is a suggestion with evidence, for a person to confirm. Several may hold; the first in this order stands in the
verdicts:

- what a prediction at that place shows directly (another class; a box too wide, too tight or shifted; a loose label);
- *nothing like it in training*, where the training boxes are known: no trait can be blamed for what was never shown;
- a trait of the object or the picture that misses have and hits have not (`attribution`);
- *low confidence*: the right prediction is there, below the confidence asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.match.error_types import Errors
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Flags, Floats, Ints, TestSet
from workbench.analyse.why.attribution import Blame, blame
from workbench.analyse.why.cause_inputs import Grounds
from workbench.analyse.why.look_alike import Sightings
from workbench.model.tables import BOTH, CLASSIFICATION, DUPLICATE, LOCALIZATION


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
        sightings: how much each prediction looks and sounds like a hit: from 0 on a false alarm is rather an object
            without a label.
        blame: which trait is to blame for which box.
    """

    of_prediction: Ints
    of_box: Ints
    likely: dict[str, Flags]
    sure: Floats
    sightings: Sightings
    blame: Blame


def suggest(
    test_set: TestSet, matching: Matching, errors: Errors, grounds: Grounds, *, confidence: float
) -> Suggestions:
    """Suggest causes for every false alarm and every miss at this confidence."""
    boxes, predictions = test_set.boxes, test_set.predictions
    sure = _sure(test_set, matching, confidence)
    sightings = grounds.sightings(matching, errors, confidence=confidence, sure=sure)

    placed = _misplaced(test_set, errors, grounds, iou=matching.iou)
    of_prediction = np.where(sightings.like >= 0, CODE["label missing"], CODE["look-alike"])
    of_prediction[errors.of_prediction == DUPLICATE] = CODE["duplicate"]
    of_prediction[(errors.of_prediction == CLASSIFICATION) | (errors.of_prediction == BOTH)] = CODE["wrong class"]
    of_prediction = np.where(errors.of_prediction == LOCALIZATION, placed, of_prediction)

    found = matching.found_at >= confidence
    error = errors.of_box(confidence, predictions)
    blamed = blame(grounds.traits, found, ~boxes.ignore)
    covered = np.full(len(boxes), -1, dtype=np.int64)
    misplaced = np.flatnonzero(error == LOCALIZATION)
    covered[misplaced] = placed[errors.covered_by[misplaced]]

    likely: dict[str, Flags] = {"wrong class": error == CLASSIFICATION}
    for name in ("label loose", "too wide a box", "too tight a box", "shifted box"):
        likely[name] = covered == CODE[name]
    likely["nothing like it in training"] = grounds.strange
    code_of_line = np.array([CODE[grounds.traits[rule.trait].name] for rule in blamed.rules] + [-1], dtype=np.int64)
    of_trait = code_of_line[blamed.line]
    for rule in blamed.rules:
        trait = grounds.traits[rule.trait]
        has = np.zeros(len(boxes), dtype=bool)
        has[trait.order] = trait.severity[trait.order] >= rule.severity
        likely[trait.name] = has & ~boxes.ignore
    likely["low confidence"] = matching.found_at >= 0

    of_box = np.full(len(boxes), CODE["unexplained"], dtype=np.int64)
    of_box[likely["low confidence"]] = CODE["low confidence"]
    of_box = np.where(of_trait >= 0, of_trait, of_box)
    of_box[grounds.strange] = CODE["nothing like it in training"]
    of_box = np.where(covered >= 0, covered, of_box)
    of_box[likely["wrong class"]] = CODE["wrong class"]
    return Suggestions(of_prediction, of_box, likely, sure, sightings, blamed)


def _sure(test_set: TestSet, matching: Matching, confidence: float) -> Floats:
    predictions = test_set.predictions
    sure = np.full(len(test_set.classes), np.nan)
    hit = np.flatnonzero((matching.box_of >= 0) & ~matching.ignored & (predictions.confidence >= confidence))
    for label in np.unique(predictions.label[hit]):
        sure[label] = np.median(predictions.confidence[hit[predictions.label[hit] == label]])
    return sure


def _misplaced(test_set: TestSet, errors: Errors, grounds: Grounds, *, iou: float) -> Ints:
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
    loose = within & grounds.label_at_fault(rows, meant[rows])
    result[rows[loose]] = CODE["label loose"]
    return result
