"""Labels that look wrong: missing, loose, tight, shifted or of the wrong class, the most suspicious first.

The predictions have to be of a detector that never saw these labels (held out, or out of fold): one that was trained on
them has learned their mistakes. What a detector does well elsewhere speaks against the label that it contradicts:

- *missing*: a prediction where no label is, as sure as its class's hits are, and (where pixels were read) as like them,
  in itself and in what is around it;
- *loose*, *tight*, *shifted*: a label that its prediction fits worse than predictions usually fit labels here;
- *wrong class*: a label that a sure prediction of another class lies on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analyse.inputs import Flags, Floats, Ints, Objects, TestSet, take
from workbench.analyse.match.matching import Pairs
from workbench.model.geometry import CORNERS
from workbench.model.tables import BACKGROUND

if TYPE_CHECKING:
    from workbench.analyse.evaluation import Evaluation

KINDS = ("missing", "loose", "tight", "shifted", "wrong class")

LEAST_CONFIDENCE = 0.1
"""Less confident predictions say nothing about a label."""

_OUTLIER = 6.0
"""Robust standard deviations from which on a misfit is as suspicious as it can be."""

_SURE_MATTERS, _MISSING_MATTERS = 0.25, 0.65
"""Powers that bring the kinds onto one scale, so that the first of the list hold all (benchmarks/suspects.py)."""

_LOOKS_MATTER, _POOREST = 5.0, 0.1
"""What looks, which lead from about -1 to 1, weigh beside the log odds of confidence, and what the poorest tenth of
hits, whose likeness is 0, still has of them."""

_FIXES = {
    "missing": "draw a box there, if a person agrees that there is an object",
    "loose": "draw the box tighter",
    "tight": "draw the box around the whole object",
    "shifted": "move the box onto the object",
    "wrong class": "look which class it is",
}


def suspects(evaluation: Evaluation) -> pd.DataFrame:
    """Rank the labels of an evaluation by suspicion.

    Args:
        evaluation: of predictions by a detector that did not see these labels; its confidence does not matter.

    Returns:
        kind, score (0 to 1), image_id, box_id (NA for a missing one), prediction_id, class_name, confidence, iou,
        xmin, ymin, xmax, ymax (where the prediction would have the box), evidence, fix; the most suspicious first.
    """
    test_set = evaluation._test_set
    boxes, predictions = test_set.boxes, test_set.predictions
    pairs = evaluation._pairs
    level = _confidence_level(predictions, evaluation._matching.box_of >= 0)
    box, prediction, overlap = _fits(pairs, predictions, boxes)
    misfit = _misfit(overlap)
    kind = _misplaced(predictions.xyxy[prediction], boxes.xyxy[box])
    parts = [_rows(kind, misfit * level[prediction] ** _SURE_MATTERS, prediction, box, overlap)]

    alarm = np.flatnonzero(
        (evaluation._errors.of_prediction == BACKGROUND) & (predictions.confidence >= LEAST_CONFIDENCE)
    )
    alarm = alarm[_first_of_place(alarm, predictions)]
    score = _believed(evaluation, alarm, level[alarm]) ** _MISSING_MATTERS
    parts.append(_rows(np.full(len(alarm), 0), score, alarm, np.full(len(alarm), -1), np.full(len(alarm), np.nan)))

    swapped, other, shared = _swapped(pairs, predictions, boxes, box, overlap)
    parts.append(_rows(np.full(len(swapped), 4), level[swapped] ** _SURE_MATTERS, swapped, other, shared))

    kinds, scores, which, label, iou = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((which, -scores))
    order = order[scores[order] > 0]
    kinds, scores, which, label, iou = kinds[order], scores[order], which[order], label[order], iou[order]
    names = [KINDS[code] for code in kinds]
    class_code = np.where(label >= 0, boxes.label[label] if len(boxes.image) else -1, predictions.label[which])
    table = pd.DataFrame(
        {
            "kind": pd.Series(names, dtype="str"),
            "score": scores,
            "image_id": take(test_set.image_ids, predictions.image[which]),
            "box_id": take(boxes.ids, label, nullable=True),
            "prediction_id": take(predictions.ids, which),
            "class_name": pd.Series([test_set.classes[code] for code in class_code], dtype="str"),
            "confidence": predictions.confidence[which],
            "iou": iou,
            **dict(zip(CORNERS, predictions.xyxy[which].T, strict=True)),
            "evidence": pd.Series(_evidence(names, test_set, which, iou, overlap), dtype="str"),
            "fix": pd.Series([_FIXES[name] for name in names], dtype="str"),
        }
    )
    table.attrs["settings"] = evaluation.settings.to_json_dict()
    return table


def _rows(kind: Ints, score: Floats, prediction: Ints, box: Ints, iou: Floats) -> tuple[Any, ...]:
    return kind, score, prediction, box, iou


def _confidence_level(predictions: Objects, hit: Flags) -> Floats:
    """For each prediction the share (smoothed) of its class's hits that are no surer; without hits its confidence."""
    level = predictions.confidence.copy()
    for label in np.unique(predictions.label[hit]):
        mine = predictions.label == label
        hits = np.sort(predictions.confidence[mine & hit & (predictions.confidence >= LEAST_CONFIDENCE)])
        if len(hits):
            # Half a hit more on either side: less sure than all hits is not impossible.
            level[mine] = (np.searchsorted(hits, predictions.confidence[mine], side="right") + 0.5) / (len(hits) + 1)
    return level


def _fits(pairs: Pairs, predictions: Objects, boxes: Objects) -> tuple[Ints, Ints, Floats]:
    """For each label that predictions of its class touch: the one that fits it best for its confidence, and its IoU."""
    usable = pairs.same_class & ~pairs.region & (predictions.confidence[pairs.prediction] >= LEAST_CONFIDENCE)
    rows = np.flatnonzero(usable)
    # A prediction speaks for the label that it fits best only.
    rows = rows[np.flatnonzero(np.diff(pairs.prediction[rows], prepend=-1))]
    weight = pairs.overlap[rows] * predictions.confidence[pairs.prediction[rows]]
    order = rows[np.lexsort((-weight, pairs.box[rows]))]
    first = order[np.flatnonzero(np.diff(pairs.box[order], prepend=-1))]
    return pairs.box[first], pairs.prediction[first], pairs.overlap[first]


def _misfit(overlap: Floats) -> Floats:
    """0 for a label that is fitted as labels here usually are, rising to 1 for one far outside of that."""
    if not len(overlap):
        return overlap
    usual = float(np.median(overlap))
    spread = 1.4826 * float(np.median(np.abs(overlap - usual)))
    return np.clip((usual - overlap) / max(spread, 0.02) / _OUTLIER, 0.0, 1.0)


def _misplaced(ours: Floats, theirs: Floats) -> Ints:
    """Loose (1), tight (2) or shifted (3): what would have to change to make the label fit the prediction."""
    size, drawn = ours[:, 2:] - ours[:, :2], theirs[:, 2:] - theirs[:, :2]
    grown = np.log(np.maximum(drawn, 1e-9).prod(axis=1) / np.maximum(size, 1e-9).prod(axis=1))
    moved = np.abs((ours[:, :2] + ours[:, 2:] - theirs[:, :2] - theirs[:, 2:]) / 2) / np.maximum(drawn, 1e-9)
    shift = -2 * np.log(np.clip(1 - moved, 1e-3, 1)).sum(axis=1)
    return np.where(shift > np.abs(grown), 3, np.where(grown > 0, 1, 2))


def _believed(evaluation: Evaluation, alarm: Ints, level: Floats) -> Floats:
    """Its level of confidence, and how much it looks like a hit, added up in log odds; 0 to 1.

    Where no pixels were read the level stands alone.
    """
    pixels = evaluation._given.pixels
    if pixels is None or not pixels.read or not len(alarm):
        return level
    hit_likeness = evaluation._given.hit_likeness(
        evaluation._matching, evaluation._errors, confidence=LEAST_CONFIDENCE, sure=evaluation._suggestions.sure
    )
    looks = _LOOKS_MATTER * (hit_likeness.like[alarm] + _POOREST)
    return np.asarray(1 / (1 + (1 / level - 1) * np.exp(-looks)), dtype=np.float64)


def _first_of_place(alarm: Ints, predictions: Objects) -> Flags:
    """Only the surest of predictions that lie on one another: one missing label is one suspect."""
    keep = np.ones(len(alarm), dtype=bool)
    image, xyxy = predictions.image[alarm], predictions.xyxy[alarm]
    area = np.prod(np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1e-9), axis=1)
    most = int(np.bincount(image).max(initial=0)) if len(image) else 0
    for step in range(1, most):
        later = np.flatnonzero(image[step:] == image[:-step]) + step
        first = later - step
        size = np.clip(
            np.minimum(xyxy[first, 2:], xyxy[later, 2:]) - np.maximum(xyxy[first, :2], xyxy[later, :2]), 0, None
        )
        shared = size.prod(axis=1)
        keep[later[shared / (area[first] + area[later] - shared) > 0.3]] = False
    return keep


def _swapped(
    pairs: Pairs, predictions: Objects, boxes: Objects, fitted: Ints, fit: Floats
) -> tuple[Ints, Ints, Floats]:
    """Labels on which a prediction of another class lies (IoU from 0.5) and none of their own fits as well."""
    own = np.zeros(len(boxes.image))
    own[fitted] = fit
    usable = ~pairs.same_class & ~pairs.region & (pairs.overlap >= 0.5)
    usable &= predictions.confidence[pairs.prediction] >= LEAST_CONFIDENCE
    rows = np.flatnonzero(usable & (own[pairs.box] < 0.5))
    order = rows[np.lexsort((-predictions.confidence[pairs.prediction[rows]], pairs.box[rows]))]
    first = order[np.flatnonzero(np.diff(pairs.box[order], prepend=-1))]
    return pairs.prediction[first], pairs.box[first], pairs.overlap[first]


def _evidence(names: Sequence[str], test_set: TestSet, which: Ints, iou: Floats, fits: Floats) -> list[str]:
    usual = float(np.median(fits)) if len(fits) else float("nan")
    texts = []
    for kind, prediction, overlap in zip(names, which, iou, strict=True):
        name = test_set.classes[test_set.predictions.label[prediction]]
        sure = f"confidence {test_set.predictions.confidence[prediction]:.2f}"
        if kind == "missing":
            texts.append(f"{name!r} is predicted with {sure} where no box is")
        elif kind == "wrong class":
            texts.append(f"{name!r} is predicted there with {sure} (IoU {overlap:.2f})")
        else:
            texts.append(f"a prediction of {sure} fits it with IoU {overlap:.2f}; usual here are {usual:.2f}")
    return texts
