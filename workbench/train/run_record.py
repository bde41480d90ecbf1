"""The record of a run: what was asked, what was done, on what, with what result."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, computed_field

from workbench.model.wording import facts_html
from workbench.train.ran_on import Machine
from workbench.train.recipe import Budget, Recipe
from workbench.train.selection import Counts
from workbench.train.weight_names import start_name
from workbench.version import AllowedCopies

State = Literal["running", "finished", "interrupted", "failed"]

SCHEMA = 2
"""Of the records that are written."""
OLD_NAMES = {"batches": "iterations", "batches_done": "iterations_done"}
"""What records and curves of schema 1, written by 0.1.0, call them."""


class FoldOf(BaseModel):
    """Which part of the training pictures a run was kept from seeing: fold `fold` (from 1 on) of `folds`."""

    model_config = ConfigDict(frozen=True)

    folds: int
    fold: int


class RunRecord(BaseModel):
    """Everything that is needed to say what a run was, and to do it again.

    Attributes:
        state: ``running`` until the process says otherwise.
        version: the dataset version trained on.
        allowed: pictures that a frozen test gives away by the rule, and why they were trained on all the same.
        fold: of a training that is one of several, the pictures that it did not see; see `workbench.train.folds`.
        start_weights: the name or path asked for; ``None`` for random weights.
        transferred: tensors taken over from the starting weights, and tensors in all.
        batches: the budget.
        batches_done: of them.
        arguments: every argument the detector's library worked with.
        metrics: the detector's own check on `val_from`; our figures come from `workbench.analyse`.
        seconds: from start to end, by the wall clock.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: int = SCHEMA
    run_id: str
    state: State
    detector: str
    classes: tuple[str, ...]
    version: str
    fold: FoldOf | None = None
    allowed: AllowedCopies | None = None
    start_weights: str | None
    start_sha256: str | None
    transferred: tuple[int, int] | None = None
    result_sha256: str | None = None
    batches: int = Field(validation_alias=AliasChoices("batches", OLD_NAMES["batches"]))
    batches_done: int = Field(default=0, validation_alias=AliasChoices("batches_done", OLD_NAMES["batches_done"]))
    batch: int
    image_size: int
    learning_rate: float | None = None
    seed: int
    device: str
    counts: Counts
    val_from: str
    arguments: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    packages: dict[str, str]
    machine: Machine
    process_id: int
    started: datetime
    finished: datetime | None = None
    seconds: float | None = None
    error: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the training pictures."""
        return self._budget.steps_per_epoch

    @computed_field  # type: ignore[prop-decorator]
    @property
    def epochs(self) -> int:
        """Passes over the training pictures, the last one perhaps not finished."""
        return self._budget.epochs

    @computed_field  # type: ignore[prop-decorator]
    @property
    def budget(self) -> str:
        """The budget in words."""
        return str(self._budget)

    @property
    def _budget(self) -> Budget:
        return Budget(self.batches, self.batch, self.counts.train_pictures)

    @property
    def recipe(self) -> Recipe:
        """What was asked for, with the device that was chosen."""
        return Recipe(
            detector=self.detector,
            weights=self.start_weights,
            batches=self.batches,
            batch=self.batch,
            image_size=self.image_size,
            learning_rate=self.learning_rate,
            seed=self.seed,
            device=self.device,
        )

    def was_asked(self, recipe: Recipe) -> bool:
        """Whether a recipe asks for this training, on whatever device; a small set makes the batch smaller."""
        name = start_name(recipe.detector, recipe.weights)
        batch = min(recipe.batch, self.counts.train_pictures)
        return self.recipe == replace(recipe, weights=name, batch=batch, device=self.device)

    def __repr__(self) -> str:
        done = "" if self.state == "finished" else f" after {self.batches_done} batches"
        start = self.start_weights or "random weights"
        took = "" if self.seconds is None else f", {self.seconds:.0f} s"
        return (
            f"{self.run_id}: {self.state}{done}; {self.detector} from {start} on {self.version}; {self.budget} at "
            f"{self.image_size} px, seed {self.seed}{took} on {self.device}"
            + (f"; {self.allowed}" if self.allowed else "")
            + (f"; {self.error}" if self.error else "")
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The same as a table, as a notebook shows it."""
        counts = self.counts
        facts = {
            "state": self.state,
            "error": self.error,
            "detector": self.detector,
            "weights": self.start_weights or "random",
            "version": self.version,
            "fold": None if self.fold is None else f"{self.fold.fold} of {self.fold.folds}",
            "copies allowed": None if self.allowed is None else str(self.allowed),
            "learned from": f"{counts.train_pictures} pictures with {counts.train_boxes} boxes of "
            + ", ".join(self.classes),
            "budget": self.budget,
            "done": f"{self.batches_done} batches",
            "image size": f"{self.image_size} px",
            "learning rate": self.learning_rate,
            "seed": self.seed,
            "device": self.device,
            "started": f"{self.started:%Y-%m-%d %H:%M} UTC",
            "seconds": None if self.seconds is None else f"{self.seconds:.0f}",
        }
        return facts_html(self.run_id, facts)
