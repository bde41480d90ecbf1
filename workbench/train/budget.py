"""The budget of a training, in iterations as the story counts them.

One iteration is one batch and one step of the optimizer. (Ultralytics by itself gathers batches until 64 pictures have
gone by before it steps, ``nbs=64``; the workbench sets ``nbs`` to the batch, so that both counts are one.)
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.model.errors import InputError


@dataclass(frozen=True)
class Budget:
    """How long to train, in every unit that somebody may ask for.

    Attributes:
        iterations: batches to train on, exactly.
        batch: pictures in a batch; never more than there are.
        pictures: pictures in the training set.
    """

    iterations: int
    batch: int
    pictures: int

    @classmethod
    def plan(cls, *, iterations: int, batch: int, pictures: int) -> Budget:
        """Check what was asked for; a batch larger than the set becomes the set.

        Raises:
            InputError: for a budget or a batch below one, or an empty set.
        """
        for name, value in (("iterations", iterations), ("batch", batch), ("pictures", pictures)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"{name} is {value!r}; expected a whole number of at least 1")
        return cls(iterations, min(batch, pictures), pictures)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the set; the last one may be smaller."""
        return -(-self.pictures // self.batch)

    @property
    def epochs(self) -> int:
        """Passes over the set, the last one perhaps not finished."""
        return -(-self.iterations // self.steps_per_epoch)

    @property
    def warmup(self) -> int:
        """Iterations over which the learning rate rises: a tenth of the budget, at most 100."""
        return min(self.iterations // 10, 100)

    def rate(self, iteration: int, *, last: float = 0.01) -> float:
        """Return the share of the learning rate at an iteration (from 0): a linear rise, then a linear fall to `last`.

        Ultralytics' own schedule steps once an epoch; a short budget on a large set has no second epoch.
        """
        rise = min(1.0, (iteration + 1) / (self.warmup + 1))
        fall = 1.0 - (1.0 - last) * iteration / max(self.iterations - 1, 1)
        return rise * max(fall, last)

    def __str__(self) -> str:
        passes = self.iterations / self.steps_per_epoch
        return (
            f"{self.iterations} iterations = {passes:.1f} epochs of {self.steps_per_epoch} "
            f"batches of {self.batch} ({self.pictures} pictures)"
        )
