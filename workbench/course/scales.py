"""How large the course's trainings are: the story's budgets in its own proportions, or what a laptop can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """One size of the course.

    Attributes:
        name: ``full`` (recorded, on GPUs), ``quick`` (live, on two processors) or ``tiny`` (tests).
        sample: the sample's size.
        batch: pictures in a batch.
        image_size: longer side in pixels.
        budgets: the story's batches to ours.
        seeds: at most so many trainings of one kind.
    """

    name: str
    sample: str
    batch: int
    image_size: int
    budgets: Mapping[int, int]
    seeds: int


SCALES = {
    # A tenth of the story's batches, in its proportions: ours start from weights that know streets, and their
    # optimizer needs fewer steps.
    "full": Scale("full", "full", 32, 640, {1000: 100, 2000: 200, 45000: 4500}, 3),
    # Not in proportion: 45 times of anything is more than a lesson.
    "quick": Scale("quick", "quick", 16, 320, {1000: 60, 2000: 90, 45000: 200}, 1),
    "tiny": Scale("tiny", "tiny", 4, 160, {1000: 2, 2000: 3, 45000: 4}, 1),
}
