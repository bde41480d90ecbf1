"""What a detector has to be able to do: learn from a selection, and find objects in pictures.

YOLO is one, Faster R-CNN another; see `workbench.train.families`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from workbench.pictures.decoded import Picture
from workbench.train.recipe import Budget, Recipe
from workbench.train.selection import Selection

Found = npt.NDArray[np.float64]
"""What was found in one picture, shape (n, 6): xmin, ymin, xmax, ymax in its pixels, confidence, class number."""


RCNN_MARK = "workbench Faster R-CNN 1"
"""Stands in files of Faster R-CNN weights."""


class Watch(Protocol):
    """Who is told how a training goes."""

    def batch(self, done: int, loss: float) -> None:
        """After every batch: how many are done, and its loss."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """After every pass over the set: one row of the training curve."""


@dataclass(frozen=True)
class Job:
    """One training, ready to start.

    Attributes:
        folder: the run's folder; a detector writes below it and nowhere else.
        root: what the pictures' paths are relative to.
        selection: what to learn from.
        classes: class names in the order of the class numbers.
        recipe: how to train.
        start: the file of weights to start from; ``None`` for random ones.
        device: the one chosen: ``cpu``, or the number of a GPU.
    """

    folder: Path
    root: Path
    selection: Selection
    classes: tuple[str, ...]
    recipe: Recipe
    start: Path | None
    device: str

    @cached_property
    def budget(self) -> Budget:
        """How long to train on the selection."""
        return Budget.plan(self.recipe, pictures=len(self.selection.train))


@dataclass(frozen=True)
class Outcome:
    """What a training that came to its end says of itself.

    Attributes:
        batches: really done.
        arguments: every argument the detector's library worked with.
        transferred: tensors taken over from the starting weights, and tensors in all.
        metrics: the detector's own check on the val pictures; our figures come from `workbench.analyse`.
    """

    batches: int
    arguments: dict[str, Any]
    transferred: tuple[int, int] | None
    metrics: dict[str, float]


class Predictor(Protocol):
    """Trained weights, loaded."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in the order of the class numbers."""

    @property
    def image_size(self) -> int:
        """The picture size it was trained at, in pixels."""

    def find(
        self, pictures: Sequence[Picture], *, confidence: float, iou: float, image_size: int, batch: int, limit: int
    ) -> list[Found]:
        """Find objects, one result for each picture, in order."""

    def embed(self, pictures: Sequence[Picture], *, image_size: int) -> npt.NDArray[np.float32]:
        """What the backbone makes of pictures, shape (n, d), in order."""


class Detector(Protocol):
    """One family of detectors."""

    def check(self, name: str) -> None:
        """Refuse, with an `InputError`, an architecture that the family does not have."""

    def train(self, job: Job, watch: Watch, *, resumed: bool = False) -> Outcome:
        """Train to the end of the budget; the result lies at ``weights/last.pt`` below the job's folder.

        Args:
            job: what to do.
            watch: is told how it goes.
            resumed: go on from the epochs that `saved_epochs` found, not from the start.

        Raises:
            InputError: if the weights do not fit or pictures cannot be read.
            SetupError: if the GPU's memory is too small.
        """

    def saved_epochs(self, folder: Path) -> int:
        """How many whole epochs an unfinished training left in its folder to go on from; 0 if it starts anew."""

    def load(self, weights: Path, *, device: str) -> Predictor:
        """Load trained weights on a device that `workbench.train.torch_state.choose_device` chose."""
