"""Is a false alarm an object without a label, or a look-alike? Its looks and its confidence, against those of hits.

A straight line is drawn (ridge regression on gradients of the box and of what is around it, and on its shape) between
the hits and all finds where no box is, however sure: a number behind a windscreen looks like a plate, but not what is
around it, and here nobody ever drew a box around one. The line is learned anew from every evaluation, so that it knows
what hits look like here. Each find that it learned from is judged by the line drawn without all of its group (Allen's
PRESS formula, for blocks): an object missing a label in every frame of a video does not speak against itself. Size,
light and blur are left out: objects that nobody labelled are the small, dark and blurred ones at the back, and would be
called look-alikes for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from workbench.analyse.match.error_types import Errors
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Flags, Floats, Ints, Objects, TestSet
from workbench.analyse.why.pixels import Descriptors, Pixels
from workbench.model.tables import BACKGROUND

LEAST = 10
"""Hits, and finds where no box is, that the line needs of each."""

_MOST = 2_000
_RIDGE = 0.3
_BELOW = 0.1
_CONFIDENCE_WEIGHT = 1 / 6
"""What a step in log odds of confidence weighs beside the line, which leads from -1 to 1."""


@dataclass(frozen=True, eq=False)
class Sightings:
    """How much each prediction looks and sounds like a hit.

    Attributes:
        like: from 0 on more than the poorest tenth of hits do; NaN below the confidence or without pixels; shape (n,).
        doubtful: less than that, but more than nine tenths of the half-hearted finds where no box is; shape (n,).
    """

    like: Floats
    doubtful: Flags


@dataclass(frozen=True, eq=False)
class Line:
    """How far along the line each prediction lies; no confidence asked for changes it.

    Attributes:
        score: looks and confidence together, NaN without pixels; shape (n,).
        hit: predictions that are hits and were looked at, the surest first.
        nothing: likewise those where no box is.
    """

    score: Floats
    hit: Ints
    nothing: Ints


def draw(test_set: TestSet, matching: Matching, errors: Errors, pixels: Pixels) -> Line | None:
    """Draw the line between hits and finds where no box is; None where too little is there to learn from."""
    predictions = test_set.predictions
    known = np.asarray(pixels.prediction_looks.any(axis=1))
    surest = np.argsort(-predictions.confidence, kind="stable")
    hit = surest[((matching.box_of >= 0) & ~matching.ignored & known)[surest]]
    nothing = surest[((errors.of_prediction == BACKGROUND) & known)[surest]]
    if len(hit) < LEAST or len(nothing) < LEAST:
        return None
    learned = np.concatenate([hit[:_MOST], nothing[:: len(nothing) // _MOST + 1]])
    side = np.where(matching.box_of[learned] >= 0, 1.0, -1.0)
    seen = np.flatnonzero(known)
    size = np.maximum(predictions.xyxy[seen, 2:] - predictions.xyxy[seen, :2], 1e-6)
    shape = np.log(size[:, :1] / size[:, 1:])
    features = np.concatenate(
        [pixels.prediction_looks[seen], pixels.prediction_surroundings[seen], shape], axis=1, dtype=np.float32
    )
    group = test_set.units.of_image[predictions.image[learned]]
    odds = np.clip(predictions.confidence, 1e-3, 1 - 1e-3)
    score = np.full(len(predictions), np.nan)
    # On matrices this small several threads wait for one another longer than they work: 100 ms in place of 1.
    with threadpool_limits(1, user_api="blas"):
        score[seen] = _along(features, np.searchsorted(seen, learned), side, group)
    return Line(score + _CONFIDENCE_WEIGHT * np.log(odds / (1 - odds)), hit, nothing)


def sightings(line: Line, predictions: Objects, *, confidence: float) -> Sightings:
    """Compare predictions from `confidence` on with hits."""
    sure = line.hit[predictions.confidence[line.hit] >= confidence]
    usual = np.quantile(line.score[sure if len(sure) else line.hit], _BELOW)
    like = np.where(predictions.confidence >= confidence, line.score - usual, np.nan)
    half_hearted = line.nothing[predictions.confidence[line.nothing] < confidence]
    most = np.quantile(line.score[half_hearted], 1 - _BELOW) if len(half_hearted) else np.inf
    return Sightings(like, np.asarray((like < 0) & (line.score >= most), dtype=bool))


def _along(features: Descriptors, learned: Ints, side: Floats, group: Ints) -> Floats:
    """How far along the line each row lies; the learned ones by the line drawn without their group."""
    weight = np.where(side > 0, 0.5 / np.count_nonzero(side > 0), 0.5 / np.count_nonzero(side < 0)) * len(side)
    x = features[learned].astype(np.float64)
    middle = np.average(x, axis=0, weights=weight)
    spread = x.std(axis=0) + 1e-6
    x = (x - middle) / spread
    scaled = x * weight[:, None]
    inverse = np.linalg.inv(scaled.T @ x + _RIDGE * len(side) * np.eye(x.shape[1]))
    slope = inverse @ (scaled.T @ side)
    steps = slope / spread
    result = np.asarray(features @ steps.astype(np.float32) - middle @ steps, dtype=np.float64)
    off = side - x @ slope
    half = x @ inverse
    order = np.argsort(group, kind="stable")
    for block in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        lever = half[block] @ scaled[block].T
        result[learned[block]] = side[block] - np.linalg.solve(np.eye(len(block)) - lever, off[block])
    return result
