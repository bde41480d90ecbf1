"""How many training boxes lie in the same region of the rules as a box of the test set."""

from __future__ import annotations

import numpy as np

from workbench.analyse.match.test_arrays import Floats, Ints, Objects, TestSet
from workbench.analyse.why.traits import cut_off

SIZE_FACTOR, SHAPE_FACTOR, BLUR_STEP, LIGHT_STEP = 1.5, 1.6, 0.15, 45.0
"""How far a training box may differ and be alike: in size and shape (factors), edge width over height, grey level."""

SHARPNESS_FACTOR = 2.5
"""And its whole picture in sharpness, where the training pictures are not there to be looked at."""

_READ_SHARE = 0.5
"""Of the training boxes, so many need pixels that were read; with fewer the tables judge."""

FEW_SHARE, FEW_LEAST = 0.005, 3
"""Fewer alike boxes than this share of the training boxes, and than so many at least, are few."""


def strange_to(
    boxes: Objects,
    measures: dict[str, Floats] | None,
    trained: Objects,
    trained_measures: dict[str, Floats] | None,
    test_set: TestSet,
    training: TestSet,
) -> tuple[Ints, int]:
    """Count for each box the training boxes of its class that are alike, and say how many are few.

    Alike means: about the same size in relation to the picture and the same shape, as cut off or not, and, where both
    sides' pixels were read, about as blurred and as bright. Where training's were not, its pictures must be about as
    sharp and as bright, as far as the tables' ``sharpness_320`` and ``brightness`` say.

    Returns:
        Counts of shape (boxes,), and the number below which they are few.
    """
    counted = np.flatnonzero(~trained.ignore)
    few = max(FEW_LEAST, round(FEW_SHARE * len(counted)))
    if measures is None or trained_measures is None or _share_read(trained_measures, counted) < _READ_SHARE:
        measures = trained_measures = None
    read = measures is not None
    ours = _features(boxes, measures or _of_pictures(boxes, test_set), test_set, read=read)
    theirs = _features(trained, trained_measures or _of_pictures(trained, training), training, read=read)[counted]
    names = np.array(training.classes, dtype=object)[trained.label[counted]] if len(counted) else np.zeros(0, object)
    result = np.zeros(len(boxes), dtype=np.int64)
    # The size sorts the training boxes, so that each box is compared with its neighbours only.
    for label, name in enumerate(test_set.classes):
        mine = np.flatnonzero(boxes.label == label)
        those = theirs[names == name]
        those = those[np.argsort(those[:, 0])]
        low = np.searchsorted(those[:, 0], ours[mine, 0] - np.log(SIZE_FACTOR))
        high = np.searchsorted(those[:, 0], ours[mine, 0] + np.log(SIZE_FACTOR))
        for row, start, stop in zip(mine, low, high, strict=True):
            apart = np.abs(those[start:stop, 1:] - ours[row, 1:])
            result[row] = int((np.nan_to_num(apart) <= 1.0).all(axis=1).sum())
    return result, few


def _share_read(measures: dict[str, Floats], counted: Ints) -> float:
    return float(np.isfinite(measures["blur"][counted]).mean()) if len(counted) else 1.0


def _of_pictures(objects: Objects, test_set: TestSet) -> dict[str, Floats]:
    """For each object what the tables know of its picture; NaN where they know nothing."""
    known = test_set.images.reindex(columns=["sharpness_320", "brightness"])
    return {str(name): known[name].to_numpy(dtype=np.float64, na_value=np.nan)[objects.image] for name in known}


def _features(objects: Objects, measures: dict[str, Floats], test_set: TestSet, *, read: bool) -> Floats:
    width, height = np.maximum(objects.xyxy[:, 2:] - objects.xyxy[:, :2], 1e-9).T
    # A detector sees pictures brought to one size: what counts is the box's size in relation to the longer side.
    longer = np.fmax(test_set.width, test_set.height)[objects.image]
    longer = np.where(np.isnan(longer), 1.0, longer)
    columns = [
        np.log(np.sqrt(width * height) / longer),
        np.log(width / height) / np.log(SHAPE_FACTOR),
        2.0 * cut_off(test_set, objects),
    ]
    if read:
        softness = measures["blur"] / height / BLUR_STEP
    else:
        softness = np.log(np.maximum(measures["sharpness_320"], 1e-9)) / np.log(SHARPNESS_FACTOR)
    columns += [softness, measures["brightness"] / LIGHT_STEP]
    return np.stack(columns, axis=1)
