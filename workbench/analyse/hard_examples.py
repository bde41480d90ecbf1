"""Which pictures nobody has labelled would teach most: where a detector is unsure, flickers, or detectors disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.analyse.inputs import Floats, Ints, Objects, TestSet, build
from workbench.analyse.match.matching import find_pairs, match
from workbench.analyse.video.tracks import link
from workbench.model import tables
from workbench.model.errors import InputError

APART_S = 1.0
"""Of one video, pictures at least so far apart are taken: neighbours teach the same."""

REASONS = ("unsure", "flickering", "disagreeing")


def hard_examples(
    images: pd.DataFrame,
    *predictions: pd.DataFrame,
    confidence: float = 0.3,
    limit: int = 50,
    apart_s: float = APART_S,
) -> pd.DataFrame:
    """Rank pictures of a pool as the next batch to label.

    A picture scores by the worst of three: how near its predictions' confidences are to `confidence` (*unsure*); that
    an object which frames before and after show is not found in it (*flickering*); that detectors do not find the same
    there (*disagreeing*).

    Args:
        images: the pool, whatever its label_status.
        predictions: of the newest detector, then of earlier ones.
        confidence: the operating point that the detector is used at.
        limit: so many pictures at most.
        apart_s: see `APART_S`; 0 takes neighbours, too.

    Returns:
        image_id, score (0 to 1), reason, unsure, flickering, disagreeing (0 to 1 each), predictions; the hardest first.

    Raises:
        InputError: without predictions, or if an option is out of range.
    """
    if not predictions:
        raise InputError("hard_examples: give the predictions of one detector at least")
    if not 0 < confidence < 1:
        raise InputError(f"hard_examples: confidence is {confidence}; expected above 0 and below 1")
    if limit < 1:
        raise InputError(f"hard_examples: limit is {limit}; expected at least 1")
    images = tables.validate(images, "images")
    # `build` leaves pictures out that nobody has labelled; here they are what is wanted.
    counted = images.assign(label_status="labelled")
    sets = [build(counted, tables.empty("boxes"), table) for table in predictions] if len(images) else []
    scores = {name: np.zeros(len(images)) for name in REASONS}
    if sets:
        scores["unsure"] = _unsure(sets[0], confidence)
        scores["flickering"] = _flickering(sets[0], confidence)
        scores["disagreeing"] = _disagreeing(sets, confidence)
    each = np.stack([scores[name] for name in REASONS], axis=1)
    total = each.max(axis=1) if len(images) else np.zeros(0)
    count = np.bincount(sets[0].predictions.image, minlength=len(images)) if sets else np.zeros(0, dtype=np.int64)
    order = _spread(images, np.lexsort((np.arange(len(total)), -each.sum(axis=1), -total)), total, limit, apart_s)
    return pd.DataFrame(
        {
            "image_id": images["image_id"].iloc[order].reset_index(drop=True),
            "score": total[order],
            "reason": pd.Series([REASONS[int(code)] for code in each[order].argmax(axis=1)], dtype="str"),
            **{name: scores[name][order] for name in REASONS},
            "predictions": count[order],
        }
    )


def _unsure(test_set: TestSet, confidence: float) -> Floats:
    """How near the picture's least decided prediction is to the operating point, in log odds."""
    found = test_set.predictions
    odds = np.clip(found.confidence, 1e-3, 1 - 1e-3)
    apart = np.abs(np.log(odds / (1 - odds)) - np.log(confidence / (1 - confidence)))
    result = np.zeros(len(test_set.image_ids))
    np.maximum.at(result, found.image, np.exp(-apart))
    return result


def _flickering(test_set: TestSet, confidence: float) -> Floats:
    """1 in frames in which an object is not found, but before and after is."""
    result = np.zeros(len(test_set.image_ids))
    images = test_set.images
    moment = images["frame_s"].to_numpy(dtype=np.float64, na_value=np.nan)
    found = test_set.predictions
    for _, rows in images[~np.isnan(moment)].groupby("group_id").groups.items():
        frames = np.asarray(rows, dtype=np.int64)
        frames = frames[np.argsort(moment[frames], kind="stable")]
        mine = np.flatnonzero(np.isin(found.image, frames) & (found.confidence >= confidence))
        number = link(moment[found.image[mine]], found.label[mine], found.xyxy[mine])
        place = np.full(len(images), -1, dtype=np.int64)
        place[frames] = np.arange(len(frames))
        for one in np.unique(number):
            seen = np.unique(place[found.image[mine[number == one]]])
            gaps = np.setdiff1d(np.arange(seen[0], seen[-1] + 1), seen)
            result[frames[gaps]] = 1.0
    return result


def _disagreeing(sets: Sequence[TestSet], confidence: float) -> Floats:
    """The share of a picture's finds that only some of the detectors make."""
    first = sets[0]
    result = np.zeros(len(first.image_ids))
    for other in sets[1:]:
        ours, theirs = (_sure(test_set, confidence) for test_set in (first, other))
        classes = sorted(set(first.classes) | set(other.classes))
        left = _relabelled(ours, first.classes, classes)
        right = _relabelled(theirs, other.classes, classes)
        pairs = find_pairs(left, right, pictures=len(first.image_ids), floor=0.5)
        matched = match(pairs, left, right, iou=0.5)
        alone = np.bincount(left.image[matched.box_of < 0], minlength=len(result)).astype(np.float64)
        alone += np.bincount(right.image[matched.prediction_of < 0], minlength=len(result))
        total = np.bincount(left.image, minlength=len(result)) + np.bincount(right.image, minlength=len(result))
        result = np.maximum(result, np.divide(alone, total, out=np.zeros(len(result)), where=total > 0))
    return result


def _sure(test_set: TestSet, confidence: float) -> Objects:
    found = test_set.predictions
    kept = np.flatnonzero(found.confidence >= confidence)
    return replace(
        found,
        ids=found.ids.iloc[kept].reset_index(drop=True),
        image=found.image[kept],
        label=found.label[kept],
        xyxy=found.xyxy[kept],
        confidence=found.confidence[kept],
        ignore=found.ignore[kept],
        extra=found.extra.iloc[kept],
    )


def _relabelled(objects: Objects, ours: Sequence[str], common: Sequence[str]) -> Objects:
    code = np.array([common.index(name) for name in ours], dtype=np.int64)
    return replace(objects, label=code[objects.label] if len(code) else objects.label)


def _spread(images: pd.DataFrame, order: Ints, total: Floats, limit: int, apart_s: float) -> Ints:
    """The first of `order` that score at all and are not neighbours in one video of one taken before."""
    moment = images["frame_s"].to_numpy(dtype=np.float64, na_value=np.nan)
    group = images["group_id"].tolist()
    taken: dict[str, list[float]] = {}
    chosen: list[int] = []
    for row in map(int, order):
        if total[row] <= 0 or len(chosen) == limit:
            break
        if not np.isnan(moment[row]):
            times = taken.setdefault(group[row], [])
            if any(abs(moment[row] - time) < apart_s for time in times):
                continue
            times.append(float(moment[row]))
        chosen.append(row)
    return np.array(chosen, dtype=np.int64)
