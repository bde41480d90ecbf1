"""What a detector has to be able to do: learn from a selection, and find objects in pictures.

YOLO is one, Faster R-CNN another; a third is a module of its own and a line in `detector_for`. Nothing heavy is
imported before that line.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from workbench.model.errors import InputError
from workbench.pictures.decoded import Picture
from workbench.train.budget import Budget
from workbench.train.selection import Selection

Found = npt.NDArray[np.float64]
"""What was found in one picture, shape (n, 6): xmin, ymin, xmax, ymax in its pixels, confidence, class number."""

RCNN_MARK = "workbench Faster R-CNN 1"
"""Stands in files of Faster R-CNN weights."""


class Watch(Protocol):
    """Who is told how a training goes."""

    def iteration(self, done: int, loss: float) -> None:
        """After every iteration: how many are done, and the batch's loss."""

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
        detector: the architecture's name, such as ``yolo11n``.
        weights: the file to start from; ``None`` for random weights.
        budget: how long.
        image_size: the longer side pictures are brought to, in pixels.
        seed: of every random draw.
        device: ``cpu``, or the number of a GPU.
        learning_rate: its peak; ``None`` for the detector's own.
    """

    folder: Path
    root: Path
    selection: Selection
    classes: tuple[str, ...]
    detector: str
    weights: Path | None
    budget: Budget
    image_size: int
    seed: int
    device: str
    learning_rate: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What a training that came to its end says of itself.

    Attributes:
        iterations: batches really done.
        arguments: every argument the detector's library worked with.
        transferred: tensors taken over from the starting weights, and tensors in all.
        metrics: the detector's own check on the val pictures; our figures come from `workbench.analyse`.
    """

    iterations: int
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

    def train(self, job: Job, watch: Watch) -> Outcome:
        """Train to the end of the budget; the result lies at ``weights/last.pt`` below the job's folder."""

    def load(self, weights: Path, *, device: str) -> Predictor:
        """Load trained weights."""

    def device(self, wanted: str | None) -> str:
        """Return the device to use: ``cpu`` or the number of a GPU; a GPU if there is one and none was named."""

    def gpus(self) -> tuple[str, ...]:
        """Names of the GPUs of this machine, for the record."""


def detector_for(name: str) -> Detector:
    """Return the family that knows the architecture `name`.

    Raises:
        InputError: if none does.
    """
    if name.startswith("yolo"):
        from workbench.train.yolo.yolo_detector import Yolo

        return Yolo()
    if name.startswith("rcnn"):
        from workbench.train.rcnn.rcnn_detector import Rcnn

        return Rcnn()
    raise InputError(
        f"the detector {name!r} is not known; use a YOLO of Ultralytics such as 'yolo11n', "
        "or the Faster R-CNN 'rcnn-small'"
    )


def family_of(weights: Path) -> str:
    """The family a file of weights belongs to, as a name for `detector_for`; nothing in the file is unpickled."""
    try:
        with zipfile.ZipFile(weights) as archive:
            listing = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
            ours = listing is not None and RCNN_MARK.encode() in archive.read(listing)
    except (zipfile.BadZipFile, OSError):
        ours = False
    return "rcnn" if ours else "yolo"
