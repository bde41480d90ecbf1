"""A run: one training, in a folder of its own with its record.

```
runs/r001-yolo11n/
  record.json      what was asked, what was done, on what, with what result
  curve.csv        the training curve, one row an epoch
  weights/last.pt  the result, saved as it grows
  predictions/     what it found, by name
```
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import psutil
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, computed_field

from workbench.model.errors import InputError, ProjectError
from workbench.model.facts_html import facts_html
from workbench.project import ProjectFolder, files
from workbench.train.budget import Budget
from workbench.train.ran_on import Machine
from workbench.train.recipe import Recipe
from workbench.train.selection import Counts
from workbench.train.weight_names import start_name

State = Literal["running", "finished", "interrupted", "failed"]

_SCHEMA = 2
RECORD = "record.json"
CURVE = "curve.csv"

_LISTED = (
    *("run_id", "detector", "weights", "version", "batches", "image_size", "seed", "state", "seconds", "device"),
    "started",
)
_OLD = {"batches": "iterations", "batches_done": "iterations_done"}
"""What records and curves written by 0.1.0 call them."""


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

    schema_version: int = _SCHEMA
    run_id: str
    state: State
    detector: str
    classes: tuple[str, ...]
    version: str
    fold: FoldOf | None = None
    start_weights: str | None
    start_sha256: str | None
    transferred: tuple[int, int] | None = None
    result_sha256: str | None = None
    batches: int = Field(validation_alias=AliasChoices("batches", _OLD["batches"]))
    batches_done: int = Field(default=0, validation_alias=AliasChoices("batches_done", _OLD["batches_done"]))
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
            f"{self.image_size} px, seed {self.seed}{took} on {self.device}" + (f"; {self.error}" if self.error else "")
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


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        run_id: its name in the project, numbered in the order of the starts.
        folder: where it lies.
        record: what it was.
    """

    run_id: str
    folder: Path
    record: RunRecord

    @property
    def weights(self) -> Path:
        """The trained weights; there as soon as the first epoch is over."""
        return self.folder / "weights" / "last.pt"

    def curve(self) -> pd.DataFrame:
        """Return the training curve, one row an epoch: epoch, batches (done), losses, learning_rate, seconds."""
        path = self.folder / CURVE
        if not path.is_file():
            return pd.DataFrame({"epoch": [], "batches": [], "seconds": []})
        return pd.read_csv(path).rename(columns={_OLD["batches"]: "batches"})

    @property
    def is_alive(self) -> bool:
        """Whether the process that trains is still there (asked on the machine it runs on)."""
        try:
            born = psutil.Process(self.record.process_id).create_time()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        # A younger process of the same number is somebody else.
        return self.record.state == "running" and born <= self.record.started.timestamp() + 1

    def __repr__(self) -> str:
        return repr(self.record)

    def _repr_html_(self) -> str:
        """The record as a table, as a notebook shows it."""
        return self.record._repr_html_()


def new_run(project: ProjectFolder, record: RunRecord) -> Run:
    """Give a run its number and its folder; the folder appears with its record in it.

    Args:
        project: the project.
        record: the record to start with; its run_id is filled in.
    """
    with project.lock("runs"):
        numbers = [int(name[1:4]) for name in _names(project) if name[1:4].isdigit()]
        run_id = f"r{max(numbers, default=0) + 1:03d}-{record.detector}"
        record = record.model_copy(update={"run_id": run_id})
        folder = project.runs / run_id
        with files.new_folder(folder) as unborn:
            (unborn / RECORD).write_text(record.model_dump_json(indent=2), "utf-8")
    return Run(run_id, folder, record)


def rewrite(run: Run, **changes: Any) -> Run:
    """Return the run with a changed record, written down."""
    record = run.record.model_copy(update={**changes, "schema_version": _SCHEMA})
    files.write_text(run.folder / RECORD, record.model_dump_json(indent=2))
    return Run(run.run_id, run.folder, record)


def load_run(project: ProjectFolder, run_id: str) -> Run:
    """Return a run by its id, or by its number alone (``r001``).

    Raises:
        InputError: if there is no such run.
        ProjectError: if its record cannot be read.
    """
    names = _names(project)
    matches = [name for name in names if name == run_id] or [n for n in names if n.split("-")[0] == run_id]
    if not matches:
        there = ", ".join(names) if names else "none yet; train one first"
        raise InputError(f"{project.root} has no run {run_id!r}; it has {there}")
    path = project.runs / matches[0] / RECORD
    try:
        record = RunRecord.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ProjectError(f"{path} cannot be read ({reason}); bring it back from a copy or remove the run") from error
    return Run(matches[0], path.parent, record)


def list_runs(project: ProjectFolder, *, folds: bool = False) -> pd.DataFrame:
    """Return one row a run, in the order of the starts; those that are a fold of something only with `folds`.

    Columns: run_id, detector, weights (where it started), version, batches, image_size, seed, state, seconds, device,
    started. Whatever began is there: a run whose process is gone without a word is ``killed``.
    """
    rows = []
    for name in _names(project):
        run = load_run(project, name)
        record = run.record
        if record.fold is not None and not folds:
            continue
        killed = record.state == "running" and not run.is_alive
        row = record.model_dump() | {"weights": record.start_weights, "state": "killed" if killed else record.state}
        rows.append({column: row[column] for column in _LISTED})
    return pd.DataFrame(rows, columns=pd.Index(_LISTED))


def _names(project: ProjectFolder) -> list[str]:
    if not project.runs.is_dir():
        return []
    return sorted(p.name for p in project.runs.iterdir() if p.is_dir() and (p / RECORD).is_file() and p.name[0] == "r")
