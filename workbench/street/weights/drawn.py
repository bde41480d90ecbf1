"""What drawn weights are: pictures with their objects, how many of them, and how long they are learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Drawn:
    """One picture with its objects.

    Attributes:
        content: the encoded picture.
        width: in pixels.
        height: in pixels.
        objects: class name and ``(xmin, ymin, xmax, ymax)`` in pixels of each.
    """

    content: bytes
    width: int
    height: int
    objects: Sequence[tuple[str, Sequence[float]]]


@dataclass(frozen=True)
class DrawnRecipe:
    """How weights are made.

    Attributes:
        pictures: how many are drawn.
        batches: of training.
        image_size: pixels of the longer side.
        batch: pictures in a batch.
        seed: of the pictures and the training.
    """

    pictures: int
    batches: int
    image_size: int
    batch: int = 64
    seed: int = 0


@dataclass(frozen=True)
class Weights:
    """One file of weights that we ship.

    Attributes:
        name: of the file, without its extension.
        classes: what it finds.
        draw: one picture from a random generator and the picture's number.
        key: keeps its pictures' worlds apart from those of the street's batches (1 to 6) and of other weights.
        val_every: one picture of so many is held back to watch the training.
        recipe: with which it was made.
        detector: the architecture.
    """

    name: str
    classes: tuple[str, ...]
    draw: Callable[[np.random.Generator, int], Drawn]
    key: int
    val_every: int
    recipe: DrawnRecipe
    detector: str = "yolo11n"
