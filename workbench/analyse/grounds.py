"""What suggestions of causes rest on and no confidence changes: traits, pixels, and what training held.

It is made when first asked for and shared by an evaluation at every confidence, so that pictures are read once.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench import tables
from workbench.analyse.likeness import strange_to
from workbench.analyse.matching import Matching
from workbench.analyse.pixels import Pixels, measure
from workbench.analyse.testset import Flags, Floats, Ints, TestSet, build
from workbench.analyse.traits import Trait, measured, traits_of

NEIGHBOURS = 5
"""Hits that a false alarm is compared with."""

LOOSE_FACTOR = 1.15
"""How many times better edges must bear the prediction than the label for the label to be called loose."""

MOST_TRAINING = 500
"""Training pictures looked at, spread evenly: enough to see whether a region is empty, and done in seconds."""

_MOST_HITS = 2_000
_MERGE_SHARE = 0.2


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

    def sightings(self, matching: Matching, *, confidence: float, sure: Floats) -> Floats:
        """How much each prediction is like a hit; from 0 on a false alarm is rather an object without a label.

        Without pixels its confidence is compared with the median hit's of its class. With pixels, confidence (log
        odds) and looks (nearest hits against nearest background predictions) are added up, and the measure is what
        a fifth of the hits stay below.
        """
        predictions, pixels = self._test_set.predictions, self.pixels
        plain = predictions.confidence - sure[predictions.label]
        if pixels is None or not pixels.read:
            return np.nan_to_num(plain, nan=-1.0)
        return self._sightings(matching, confidence, plain)

    def _sightings(self, matching: Matching, confidence: float, plain: Floats) -> Floats:
        predictions, pixels = self._test_set.predictions, self.pixels
        if pixels is None:
            return plain
        looks = pixels.prediction_looks
        known = looks.any(axis=1)
        hit = np.flatnonzero((matching.box_of >= 0) & ~matching.ignored & known)
        hit = hit[np.argsort(-predictions.confidence[hit], kind="stable")][:_MOST_HITS]
        alarm = np.flatnonzero((matching.box_of < 0) & known & (predictions.confidence < confidence))[:_MOST_HITS]
        result = np.nan_to_num(plain, nan=-1.0)
        judged = np.flatnonzero(known & (predictions.confidence >= confidence))
        if len(hit) <= NEIGHBOURS or not len(judged):
            return result
        odds = np.clip(predictions.confidence[judged], 1e-3, 1 - 1e-3)
        near = nearest(looks[judged], looks[hit], judged, hit)
        far = nearest(looks[judged], looks[alarm], judged, alarm) if len(alarm) > NEIGHBOURS else np.zeros(len(judged))
        score = np.log(odds / (1 - odds)) / 3 + 5 * (near - far)
        for label in np.unique(predictions.label[judged]):
            mine = predictions.label[judged] == label
            hits = mine & (matching.box_of[judged] >= 0) & ~matching.ignored[judged]
            if hits.any():
                result[judged[mine]] = score[mine] - np.quantile(score[hits], _MERGE_SHARE)
        return result

    def label_at_fault(self, prediction: Ints, box: Ints) -> Flags:
        """For predictions that lie inside a label too large for them: do edges say that the label is wrong?

        Tables alone cannot tell a loose label from a box drawn too tight; without pixels the answer is no.
        """
        pixels = self.pixels
        if pixels is None or not pixels.read:
            return np.zeros(len(prediction), dtype=bool)
        ours, theirs = pixels.predictions["edges"][prediction], pixels.boxes["edges"][box]
        with np.errstate(invalid="ignore"):
            return np.asarray(ours > LOOSE_FACTOR * theirs, dtype=bool)


def nearest(looks: npt.NDArray[np.float32], among: npt.NDArray[np.float32], ids: Ints, among_ids: Ints) -> Floats:
    """Mean likeness (cosine) to the `NEIGHBOURS` most alike of others, never counting a thing itself; shape (n,)."""
    result = np.zeros(len(looks))
    for start in range(0, len(looks), 4096):
        part = slice(start, start + 4096)
        alike = looks[part] @ among.T
        alike[ids[part, None] == among_ids[None]] = -1.0
        result[part] = np.partition(alike, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
    return result
