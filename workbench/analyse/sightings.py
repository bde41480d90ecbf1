"""Is a false alarm an object without a label, or a look-alike? Its looks and its confidence, against those of hits.

A straight line is drawn (ridge regression on gradients and shape) between the hits and the half-hearted predictions
where no box is. It is learned anew from every evaluation, so that it knows what hits look like here; each that it
learned from is judged by the line drawn without it (Allen's PRESS formula). Size, light and blur are left out: objects
that nobody labelled are the small, dark and blurred ones at the back, and would be called look-alikes for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from workbench.analyse.intervals import Floats
from workbench.analyse.matching import Matching
from workbench.analyse.pixels import Pixels
from workbench.analyse.testset import Flags, Ints, TestSet

LEAST = 10
"""Hits, and predictions where no box is, that the line needs of each."""

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
        doubtful: less than that, but more than nine tenths of the half-hearted predictions where no box is; shape (n,).
    """

    like: Floats
    doubtful: Flags


@dataclass(frozen=True, eq=False)
class Features:
    """What the line is drawn through: a prediction's gradients as they were read, beside its plain measures.

    The two stay apart: put together at every move of the confidence, copying would take longer than all the rest.

    Attributes:
        looks: descriptors of unit length, zero where there is none; shape (n, d).
        plain: the logarithm of width to height, shape (n, 1).
        known: predictions that have a descriptor, shape (n,).
    """

    looks: npt.NDArray[np.float32]
    plain: Floats
    known: Flags

    def rows(self, which: Ints) -> Floats:
        """Some predictions' features side by side, shape (rows, d + 1)."""
        return np.concatenate([self.looks[which], self.plain[which]], axis=1, dtype=np.float64)

    def along(self, slope: Floats) -> Floats:
        """Every prediction's features times a slope of shape (d + 1,)."""
        width = self.looks.shape[1]
        return np.asarray(self.looks @ slope[:width].astype(np.float32) + self.plain @ slope[width:], dtype=np.float64)


def features(test_set: TestSet, pixels: Pixels) -> Features:
    """What no confidence changes; read once for all of them."""
    size = np.maximum(test_set.predictions.xyxy[:, 2:] - test_set.predictions.xyxy[:, :2], 1e-6)
    looks = pixels.prediction_looks
    return Features(looks, np.log(size[:, :1] / size[:, 1:]), np.asarray(looks.any(axis=1)))


def sightings(test_set: TestSet, matching: Matching, seen: Features, *, confidence: float) -> Sightings | None:
    """Compare predictions from `confidence` on with hits; None where too little is there to learn from."""
    predictions, known = test_set.predictions, seen.known
    hit = np.flatnonzero((matching.box_of >= 0) & ~matching.ignored & known)
    hit = hit[np.argsort(-predictions.confidence[hit], kind="stable")][:_MOST]
    nothing = np.flatnonzero((matching.box_of < 0) & known & (predictions.confidence < confidence))[:_MOST]
    if len(hit) < LEAST or len(nothing) < LEAST:
        return None
    learned = np.concatenate([hit, nothing])
    side = np.concatenate([np.ones(len(hit)), -np.ones(len(nothing))])
    weight = np.where(side > 0, 0.5 / len(hit), 0.5 / len(nothing)) * len(side)
    # On matrices this small several threads wait for one another longer than they work: 100 ms in place of 1.
    with threadpool_limits(1, user_api="blas"):
        looks = _line(seen, learned, side, weight)
    odds = np.clip(predictions.confidence, 1e-3, 1 - 1e-3)
    score = looks + _CONFIDENCE_WEIGHT * np.log(odds / (1 - odds))
    sure = hit[predictions.confidence[hit] >= confidence]
    usual = np.quantile(score[sure if len(sure) else hit], _BELOW)
    like = np.where(known & (predictions.confidence >= confidence), score - usual, np.nan)
    doubtful = (like < 0) & (score >= np.quantile(score[nothing], 1 - _BELOW))
    return Sightings(like, np.asarray(doubtful, dtype=bool))


def _line(seen: Features, learned: Ints, side: Floats, weight: Floats) -> Floats:
    x = seen.rows(learned)
    middle = np.average(x, axis=0, weights=weight)
    spread = x.std(axis=0) + 1e-6
    x = (x - middle) / spread
    scaled = x * weight[:, None]
    inverse = np.linalg.inv(scaled.T @ x + _RIDGE * len(side) * np.eye(x.shape[1]))
    slope = inverse @ (scaled.T @ side)
    result = seen.along(slope / spread) - middle @ (slope / spread)
    lever = ((x @ inverse) * x).sum(axis=1) * weight
    result[learned] = (x @ slope - lever * side) / (1 - lever)
    return np.asarray(result, dtype=np.float64)
