"""What suggestions of causes rest on and no confidence changes: traits, pixels, and what training held.

It is made when first asked for and shared by an evaluation at every confidence, so that pictures are read once.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.analyse.match.error_types import Errors
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Flags, Floats, Ints, TestSet, build
from workbench.analyse.why.look_alike import Line, Sightings, draw, sightings
from workbench.analyse.why.pixels import Pixels, measure
from workbench.analyse.why.training_likeness import strange_to
from workbench.analyse.why.traits import Trait, measured, traits_of
from workbench.model import tables

LOOSE_FACTOR = 1.2
"""How many times better edges must bear the prediction than the label for the label to be called loose."""

POOR_SHARE = 0.1
"""And what share of the median label's edges, each against its contrast, bear the label at most."""

MOST_TRAINING = 500
"""Training pictures looked at, spread evenly: enough to see whether a region is empty, and done in seconds."""


class Grounds:
    """Traits, pixels and training of one test set.

    Args:
        test_set: what is evaluated.
        pictures: the folder that the images' paths start from; None: causes come from the tables alone.
        training: `images` and `boxes` that the detector was trained on; None where they are not known.
        training_pictures: their folder; by default `pictures`.
    """

    def __init__(
        self,
        test_set: TestSet,
        *,
        pictures: Path | None = None,
        training: tuple[pd.DataFrame, pd.DataFrame] | None = None,
        training_pictures: Path | None = None,
    ) -> None:
        self._test_set = test_set
        self._pictures = pictures
        self._training = training
        self._training_pictures = training_pictures or pictures
        self._drawn: tuple[Errors, Line | None] | None = None

    @cached_property
    def pixels(self) -> Pixels | None:
        """What the pictures say; None where no folder was given."""
        return None if self._pictures is None else measure(self._test_set, self._pictures)

    @cached_property
    def traits(self) -> list[Trait]:
        """Every trait that any box has."""
        return traits_of(self._test_set, self._test_set.boxes, measured(self.pixels, "boxes"))

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
        boxes = self._test_set.boxes
        if self._training is None:
            return np.full(len(boxes), -1, dtype=np.int64), 0, 0
        images, boxes_there = self._training
        if len(images) > MOST_TRAINING:
            images = images.iloc[np.unique(np.linspace(0, len(images) - 1, MOST_TRAINING).astype(int))]
            boxes_there = boxes_there[boxes_there["image_id"].isin(images["image_id"])]
        trained = build(images, boxes_there, tables.empty("predictions"))
        read = None if self._training_pictures is None else measure(trained, self._training_pictures)
        counts, few = strange_to(
            boxes, measured(self.pixels, "boxes"), trained.boxes, measured(read, "boxes"), self._test_set, trained
        )
        return counts, few, int((~trained.boxes.ignore).sum())

    def sightings(self, matching: Matching, errors: Errors, *, confidence: float, sure: Floats) -> Sightings:
        """How much each prediction is like a hit; from 0 on a false alarm is rather an object without a label.

        Without pixels its confidence is compared with the median hit's of its class; with pixels see `sightings`.
        """
        predictions = self._test_set.predictions
        plain = np.nan_to_num(predictions.confidence - sure[predictions.label], nan=-1.0)
        doubtful = np.zeros(len(plain), dtype=bool)
        line = self._line(matching, errors)
        if line is None:
            return Sightings(plain, doubtful)
        seen = sightings(line, predictions, confidence=confidence)
        return Sightings(np.where(np.isnan(seen.like), plain, seen.like), seen.doubtful)

    def _line(self, matching: Matching, errors: Errors) -> Line | None:
        if self.pixels is None or not self.pixels.read:
            return None
        if self._drawn is None or self._drawn[0] is not errors:
            self._drawn = errors, draw(self._test_set, matching, errors, self.pixels)
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
