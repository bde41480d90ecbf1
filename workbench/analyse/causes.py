"""Why a box was missed and why a prediction is a false alarm, as far as the tables alone can tell.

A cause is a suggestion with evidence, for a person to confirm. Several may hold; the first in the order of `CAUSES`
stands in the verdicts, because a property of the picture (cut off, small) explains a low confidence and not the other
way round. Such a property is suggested only where boxes that have it are found more rarely than the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.errors import BOTH, CLASSIFICATION, DUPLICATE, LOCALIZATION, Errors
from workbench.analyse.matching import Matching
from workbench.analyse.testset import Flags, Floats, Ints, Objects, TestSet

SMALL_SHARE = 0.5
"""A box is small when it is lower than this share of the median height of its class."""

EDGE_PIXELS = 1.0
"""A box is cut off when it comes this near to the picture's edge."""


@dataclass(frozen=True)
class Cause:
    """A reason for failures and what to do about it."""

    name: str
    action: str


CAUSES = (
    Cause("duplicate", "merge overlapping predictions more strictly, and label such objects with one box each"),
    Cause("wrong class", "sharpen the labelling guide between the two classes and add pictures of both"),
    Cause("missing label?", "look at these places: label the object if there is one, else keep them as look-alikes"),
    Cause("look-alike", "add pictures that hold such patterns, without a box around them"),
    Cause("cut off", "decide in the guide whether cut-off objects count, then label and collect accordingly"),
    Cause("small", "add pictures with small objects, or train with larger images"),
    Cause("too wide a box", "check whether the labels are drawn too wide, relabel tightly, train longer"),
    Cause("too tight a box", "check whether the labels cover the whole object, relabel, train longer"),
    Cause("shifted box", "check the labels' positions, train longer"),
    Cause("low confidence", "lower the confidence, or train longer and add pictures like these"),
    Cause("unexplained", "look at these pictures for what they share, then collect more like them"),
)
NAMES = tuple(cause.name for cause in CAUSES)
_CODE = {name: code for code, name in enumerate(NAMES)}


@dataclass(frozen=True, eq=False)
class Suggestions:
    """The causes suggested at one confidence.

    Attributes:
        of_prediction: for each prediction the cause should it be a false alarm; position in `CAUSES`; shape (n,).
        of_box: for each box the first of its causes should it be missed; shape (m,).
        likely: for each cause of a miss, the boxes it may hold for; shape (m,) each.
        sure: per class the median confidence of hits, from which on a false alarm may be a missing label; NaN if none.
        small_below: per class the height in pixels below which a box is small; NaN if the class has no box.
        rates: for cut off and small, the recall of such boxes and of the others.
    """

    of_prediction: Ints
    of_box: Ints
    likely: dict[str, Flags]
    sure: Floats
    small_below: Floats
    rates: dict[str, tuple[float, float]]


def suggest(test_set: TestSet, matching: Matching, errors: Errors, *, confidence: float) -> Suggestions:
    """Suggest causes for every false alarm and every miss at this confidence."""
    boxes, predictions = test_set.boxes, test_set.predictions
    sure = np.full(len(test_set.classes), np.nan)
    hit = (matching.box_of >= 0) & ~matching.ignored & (predictions.confidence >= confidence)
    for label in np.unique(predictions.label[hit]):
        sure[label] = np.median(predictions.confidence[hit & (predictions.label == label)])

    placed = _misplaced(predictions, boxes, errors.box_meant, iou=matching.iou)
    of_prediction = np.where(
        predictions.confidence >= sure[predictions.label], _CODE["missing label?"], _CODE["look-alike"]
    )
    of_prediction[errors.of_prediction == DUPLICATE] = _CODE["duplicate"]
    of_prediction[np.isin(errors.of_prediction, (CLASSIFICATION, BOTH))] = _CODE["wrong class"]
    of_prediction = np.where(errors.of_prediction == LOCALIZATION, placed, of_prediction)

    small_below = np.full(len(test_set.classes), np.nan)
    height = boxes.xyxy[:, 3] - boxes.xyxy[:, 1]
    for label in np.unique(boxes.label[~boxes.ignore]):
        small_below[label] = SMALL_SHARE * np.median(height[(boxes.label == label) & ~boxes.ignore])
    traits = {"cut off": cut_off(test_set), "small": height < small_below[boxes.label]}
    found = matching.found_at >= confidence
    error = errors.of_box(confidence, predictions)
    covered = np.where(error == LOCALIZATION, placed[np.maximum(errors.covered_by, 0)] if len(placed) else -1, -1)
    likely: dict[str, Flags] = {"wrong class": error == CLASSIFICATION}
    rates = {}
    for name, trait in traits.items():
        rates[name] = _recalls(trait, found, ~boxes.ignore)
        likely[name] = trait & bool(rates[name][0] < rates[name][1])
    for name in ("too wide a box", "too tight a box", "shifted box"):
        likely[name] = covered == _CODE[name]
    likely["low confidence"] = matching.found_at >= 0
    of_box = np.full(len(boxes), _CODE["unexplained"], dtype=np.int64)
    for name in reversed(likely):
        of_box[likely[name]] = _CODE[name]
    return Suggestions(of_prediction, of_box, likely, sure, small_below, rates)


def cut_off(test_set: TestSet) -> Flags:
    """Boxes that touch an edge of their picture, shape (m,); the far edges only where the picture's size is known."""
    xyxy, image = test_set.boxes.xyxy, test_set.boxes.image
    near = (xyxy[:, :2] <= EDGE_PIXELS).any(axis=1)
    far = (xyxy[:, 2] >= test_set.width[image] - EDGE_PIXELS) | (xyxy[:, 3] >= test_set.height[image] - EDGE_PIXELS)
    return np.asarray(near | far, dtype=bool)


def _misplaced(predictions: Objects, boxes: Objects, meant: Ints, *, iou: float) -> Ints:
    """Is the prediction's size at fault, or its place? Moved onto the box's centre it would fit, or still not."""
    result = np.full(len(meant), -1, dtype=np.int64)
    rows = np.flatnonzero(meant >= 0)
    size = predictions.xyxy[rows, 2:] - predictions.xyxy[rows, :2]
    wanted = boxes.xyxy[meant[rows], 2:] - boxes.xyxy[meant[rows], :2]
    shared = np.minimum(size, wanted).prod(axis=1)
    area, area_wanted = size.prod(axis=1), wanted.prod(axis=1)
    fits = shared >= iou * (area + area_wanted - shared)
    wide = np.where(area > area_wanted, _CODE["too wide a box"], _CODE["too tight a box"])
    result[rows] = np.where(fits, _CODE["shifted box"], wide)
    return result


def _recalls(trait: Flags, found: Flags, counted: Flags) -> tuple[float, float]:
    with_it, without = trait & counted, ~trait & counted
    if not with_it.any() or not without.any():
        return float("nan"), float("nan")
    return float(found[with_it].mean()), float(found[without].mean())
