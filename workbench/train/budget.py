"""The budget of a training, in batches; the story calls a batch an iteration.

A batch is one step of the optimizer. (Ultralytics by itself gathers batches until 64 pictures have gone by before it
steps, ``nbs=64``; the workbench sets ``nbs`` to the batch, so that both counts are one.)
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.train.recipe import Recipe


@dataclass(frozen=True)
class Budget:
    """How long to train, in every unit that somebody may ask for.

    Attributes:
        batches: to train on, exactly.
        batch: pictures in a batch; never more than there are.
        pictures: pictures in the training set.
    """

    batches: int
    batch: int
    pictures: int

    @classmethod
    def plan(cls, recipe: Recipe, *, pictures: int) -> Budget:
        """The budget of a recipe on a set of at least one picture; a batch larger than the set becomes the set."""
        return cls(recipe.batches, min(recipe.batch, pictures), pictures)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the set; the last one may be smaller."""
        return -(-self.pictures // self.batch)

    @property
    def epochs(self) -> int:
        """Passes over the set, the last one perhaps not finished."""
        return -(-self.batches // self.steps_per_epoch)

    @property
    def warmup(self) -> int:
        """Batches over which the learning rate rises: a tenth of the budget, at most 100."""
        return min(self.batches // 10, 100)

    def rate(self, done: int, *, last: float = 0.01) -> float:
        """Return the share of the learning rate after `done` batches: a linear rise, then a linear fall to `last`.

        Ultralytics' own schedule steps once an epoch; a short budget on a large set has no second epoch.
        """
        rise = min(1.0, (done + 1) / (self.warmup + 1))
        fall = 1.0 - (1.0 - last) * done / max(self.batches - 1, 1)
        return rise * max(fall, last)

    def __str__(self) -> str:
        passes = self.batches / self.steps_per_epoch
        return (
            f"{self.batches} batches of {self.batch} = {passes:.1f} epochs of {self.steps_per_epoch} batches "
            f"({self.pictures} pictures)"
        )
