"""What a training is asked to do: its options with their defaults and checks, written once for all who ask for one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypedDict, TypeVar, cast

from workbench.model.errors import InputError

_STRIDE = 32
_SEEDS = 2**32
_Function = TypeVar("_Function", bound=Callable[..., Any])


class RecipeOptions(TypedDict, total=False):
    """The options of a `Recipe` as keyword arguments."""

    detector: str
    weights: str | Path | None
    batches: int
    batch: int
    image_size: int
    learning_rate: float | None
    seed: int
    device: str | None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a detector is trained.

    Attributes:
        detector: its name: a YOLO of Ultralytics such as ``yolo11n``, or a Faster R-CNN such as ``rcnn-small``.
        weights: where to start: ``base`` (of either family), ``plates``, a path to a .pt file of your own, None or
            ``scratch`` for random ones, or ``ultralytics:yolo11n`` for Ultralytics' own, which needs a network.
            **A .pt file of Ultralytics is a pickle: loading it runs the code in it**, so name only files you trust.
        batches: the budget: so many steps of the optimizer, exactly.
        batch: pictures in a batch; a smaller set makes it smaller.
        image_size: the longer side pictures are brought to, in pixels, a multiple of 32.
        learning_rate: its peak; by default the detector's own, chosen for weights that do not know the classes. For
            weights that do (``plates``), a tenth of it (0.0002) forgets less of what they know.
        seed: of every random draw; on a CPU the same seed gives the same weights.
        device: ``cpu`` or the number of a GPU; by default a GPU if there is one.

    Raises:
        InputError: naming the option, its value and what was expected.
    """

    detector: str = "yolo11n"
    weights: str | Path | None = "base"
    batches: int = 120
    batch: int = 16
    image_size: int = 320
    learning_rate: float | None = None
    seed: int = 0
    device: str | None = None

    def __post_init__(self) -> None:
        for name in ("batches", "batch"):
            if not _whole(getattr(self, name), least=1):
                raise InputError(f"{name} is {getattr(self, name)!r}; expected a whole number of at least 1")
        if not _whole(self.image_size, least=_STRIDE) or self.image_size % _STRIDE:
            raise InputError(f"image_size is {self.image_size!r}; expected a multiple of {_STRIDE}, e.g. 320 or 640")
        if self.learning_rate is not None and not 0 < self.learning_rate <= 1:
            raise InputError(
                f"learning_rate is {self.learning_rate!r}; expected a number above 0 and up to 1, e.g. 0.0002"
            )
        if not _whole(self.seed, least=0) or self.seed >= _SEEDS:
            raise InputError(f"seed is {self.seed!r}; expected a whole number from 0 to {_SEEDS - 1}")

    def options(self) -> RecipeOptions:
        """The options as keyword arguments, as `workbench.Project.train` takes them."""
        return cast("RecipeOptions", {field.name: getattr(self, field.name) for field in fields(self)})


def spells_out_recipe(function: _Function) -> _Function:
    """Show each option of `Recipe` in the signature of a function that takes them as ``**recipe``.

    So help, tab completion and the documentation name them with their defaults, which stand here alone.
    """
    signature = inspect.signature(function)
    own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    options = inspect.signature(Recipe).parameters.values()
    by_name = [one for one in own if one.kind is inspect.Parameter.KEYWORD_ONLY]
    by_place = [one for one in own if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    shown = signature.replace(parameters=[*by_place, *options, *by_name])
    function.__signature__ = shown  # type: ignore[attr-defined]
    return function


def _whole(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


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
