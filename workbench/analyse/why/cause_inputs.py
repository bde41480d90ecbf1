"""What suggestions of causes rest on and no confidence changes: traits, pixels, and what training held.

It is made when first asked for and shared by an evaluation at every confidence, so that pictures are read once.

Is a false alarm an object without a label, or a look-alike? Its looks and its confidence, against those of hits.

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
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.analyse.inputs import Flags, Floats, Ints, Objects, TestSet, build
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.verdicts import Errors
from workbench.analyse.why.pixels import Descriptors, Pixels, measure
from workbench.analyse.why.traits import Trait, measured, strange_to, traits_of
from workbench.model import tables
from workbench.model.tables import BACKGROUND

LEAST = 10
"""Hits, and finds where no box is, that the line needs of each."""

_MOST = 2_000
_RIDGE = 0.3
_BELOW = 0.1
_CONFIDENCE_WEIGHT = 1 / 6
"""What a step in log odds of confidence weighs beside the line, which leads from -1 to 1."""


@dataclass(frozen=True, eq=False)
class HitLikeness:
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
    score = np.full(len(predictions.image), np.nan)
    # On matrices this small several threads wait for one another longer than they work: 100 ms in place of 1.
    with threadpool_limits(1, user_api="blas"):
        score[seen] = _along(features, np.searchsorted(seen, learned), side, group)
    return Line(score + _CONFIDENCE_WEIGHT * np.log(odds / (1 - odds)), hit, nothing)


def hit_likeness(line: Line, predictions: Objects, *, confidence: float) -> HitLikeness:
    """Compare predictions from `confidence` on with hits."""
    sure = line.hit[predictions.confidence[line.hit] >= confidence]
    usual = np.quantile(line.score[sure if len(sure) else line.hit], _BELOW)
    like = np.where(predictions.confidence >= confidence, line.score - usual, np.nan)
    half_hearted = line.nothing[predictions.confidence[line.nothing] < confidence]
    most = np.quantile(line.score[half_hearted], 1 - _BELOW) if len(half_hearted) else np.inf
    return HitLikeness(like, np.asarray((like < 0) & (line.score >= most), dtype=bool))


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


LOOSE_FACTOR = 1.2
"""How many times better edges must bear the prediction than the label for the label to be called loose."""

POOR_SHARE = 0.1
"""And what share of the median label's edges, each against its contrast, bear the label at most."""

MOST_TRAINING = 500
"""Training pictures looked at, spread evenly: enough to see whether a region is empty, and done in seconds."""


@dataclass(eq=False)
class CauseInputs:
    """Traits, pixels and training of one test set.

    Attributes:
        test_set: what is evaluated.
        pictures: the folder that the images' paths start from; None: causes come from the tables alone.
        training: `images` and `boxes` that the detector was trained on; None where they are not known.
        training_pictures: their folder; by default `pictures`.
    """

    test_set: TestSet
    pictures: Path | None = None
    training: tuple[pd.DataFrame, pd.DataFrame] | None = None
    training_pictures: Path | None = None
    _drawn: tuple[Errors, Line | None] | None = None

    @cached_property
    def pixels(self) -> Pixels | None:
        """What the pictures say; None where no folder was given."""
        return None if self.pictures is None else measure(self.test_set, self.pictures)

    @cached_property
    def traits(self) -> list[Trait]:
        """Every trait that any box has."""
        return traits_of(self.test_set, self.test_set.boxes, measured(self.pixels, "boxes"))

    @cached_property
    def strange(self) -> Flags:
        """Boxes that training held nothing like, shape (boxes,); all false where training is not known."""
        return np.asarray((self.alike >= 0) & (self.alike < self.few), dtype=bool)

    @cached_property
    def alike(self) -> Ints:
        """How many training boxes are like each box, shape (boxes,); -1 where training is not known."""
        return self._likeness[0]

    @property
    def few(self) -> int:
        """Fewer alike training boxes than this are few."""
        return self._likeness[1]

    @cached_property
    def training_boxes(self) -> int:
        """How many boxes training held; 0 where it is not known."""
        return self._likeness[2]

    @cached_property
    def _likeness(self) -> tuple[Ints, int, int]:
        boxes = self.test_set.boxes
        if self.training is None:
            return np.full(len(boxes.image), -1, dtype=np.int64), 0, 0
        images, boxes_there = self.training
        if len(images) > MOST_TRAINING:
            images = images.iloc[np.unique(np.linspace(0, len(images) - 1, MOST_TRAINING).astype(int))]
            boxes_there = boxes_there[boxes_there["image_id"].isin(images["image_id"])]
        trained = build(images, boxes_there, tables.empty("predictions"))
        folder = self.training_pictures or self.pictures
        read = None if folder is None else measure(trained, folder)
        counts, few = strange_to(
            boxes, measured(self.pixels, "boxes"), trained.boxes, measured(read, "boxes"), self.test_set, trained
        )
        return counts, few, int((~trained.boxes.ignore).sum())

    def hit_likeness(self, matching: Matching, errors: Errors, *, confidence: float, sure: Floats) -> HitLikeness:
        """How much each prediction is like a hit; from 0 on a false alarm is rather an object without a label.

        Without pixels its confidence is compared with the median hit's of its class; with pixels see `hit_likeness`.
        """
        predictions = self.test_set.predictions
        plain = np.nan_to_num(predictions.confidence - sure[predictions.label], nan=-1.0)
        doubtful = np.zeros(len(plain), dtype=bool)
        line = self._line(matching, errors)
        if line is None:
            return HitLikeness(plain, doubtful)
        seen = hit_likeness(line, predictions, confidence=confidence)
        return HitLikeness(np.where(np.isnan(seen.like), plain, seen.like), seen.doubtful)

    def _line(self, matching: Matching, errors: Errors) -> Line | None:
        if self.pixels is None or not self.pixels.read:
            return None
        if self._drawn is None or self._drawn[0] is not errors:
            self._drawn = errors, draw(self.test_set, matching, errors, self.pixels)
        return self._drawn[1]

    def label_at_fault(self, prediction: Ints, box: Ints) -> Flags:
        """For predictions that lie inside a label too large for them: do edges say that the label is wrong?

        Tables alone cannot tell a loose label from a box drawn too tight; without pixels the answer is no.
        """
        pixels = self.pixels
        if pixels is None or not pixels.read:
            return np.zeros(len(prediction), dtype=bool)
        ours, theirs = pixels.predictions["edges"][prediction], pixels.boxes["edges"][box]
        with np.errstate(invalid="ignore"):
            # Against its own contrast, because a dark or blurred label has weak edges, however well it is drawn.
            borne = pixels.boxes["edges"] / np.maximum(pixels.boxes["contrast"], 1.0)
            poor = borne[box] < POOR_SHARE * np.nanmedian(borne)
            return np.asarray((ours > LOOSE_FACTOR * theirs) & poor, dtype=bool)
