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

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from pydantic import ValidationError

from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder, files
from workbench.train.run_record import OLD_NAMES, SCHEMA, RunRecord

RECORD = "record.json"
CURVE = "curve.csv"

_LISTED = (
    *("run_id", "detector", "weights", "version", "batches", "image_size", "seed", "state", "seconds", "device"),
    "started",
)


_BECAME = {
    "running": "is still being trained,",
    "killed": "was killed",
    "interrupted": "was interrupted",
    "failed": "failed",
}
_GO_ON = {"running": "wait for its end"} | dict.fromkeys(
    ("killed", "interrupted", "failed"), "workbench resume {} brings it to its end"
)


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

    @property
    def weights_sha256(self) -> str | None:
        """Of the weights as they are now; where they are gone, as the record has it, or None where it does not."""
        return files.sha256_of(self.weights) if self.weights.is_file() else self.record.result_sha256

    def curve(self) -> pd.DataFrame:
        """Return the training curve, one row an epoch: epoch, batches (done), losses, learning_rate, seconds."""
        path = self.folder / CURVE
        if not path.is_file():
            return pd.DataFrame({"epoch": [], "batches": [], "seconds": []})
        return pd.read_csv(path).rename(columns={OLD_NAMES["batches"]: "batches"})

    @property
    def is_alive(self) -> bool:
        """Whether the process that trains is still there (asked on the machine it runs on)."""
        try:
            born = psutil.Process(self.record.process_id).create_time()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        # A younger process of the same number is somebody else.
        return self.record.state == "running" and born <= self.record.started.timestamp() + 1

    @property
    def state(self) -> str:
        """What became of it: as recorded, or ``killed`` where the process that trained is gone without a word."""
        if self.record.state != "running" or self.is_alive:
            return self.record.state
        # It may have come to its end since the record was read.
        now = _read_record(self.folder / RECORD).state
        return "killed" if now == "running" else now

    @property
    def half_trained(self) -> str | None:
        """Why its weights are not those that were asked for, as a sentence; None of a training that came to its end."""
        if self.state == "finished":
            return None
        batches = self.curve()["batches"]
        done = max(self.record.batches_done, 0 if batches.empty else int(batches.max()))
        return (
            f"the run {self.run_id} {_BECAME[self.state]} after {done} of {self.record.batches} batches: its weights "
            f"are half-trained; {_GO_ON[self.state].format(self.run_id)}"
        )

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
    record = run.record.model_copy(update={**changes, "schema_version": SCHEMA})
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
    return Run(matches[0], path.parent, _read_record(path))


def _read_record(path: Path) -> RunRecord:
    try:
        return RunRecord.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ProjectError(f"{path} cannot be read ({reason}); bring it back from a copy or remove the run") from error


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
        row = record.model_dump() | {"weights": record.start_weights, "state": run.state}
        rows.append({column: row[column] for column in _LISTED})
    return pd.DataFrame(rows, columns=pd.Index(_LISTED))


@dataclass(frozen=True)
class LastRun:
    """The last training that came to its end.

    Attributes:
        run: it; None where none has.
        later: those that began later, or began at all, and did not come to their end, oldest first.
    """

    run: Run | None
    later: tuple[Run, ...]

    @property
    def passed_over(self) -> tuple[str, ...]:
        """A sentence for each later one: why it is not the last run."""
        return tuple(said for run in self.later if (said := run.half_trained) is not None)


def last_run(project: ProjectFolder, *, but: Collection[str] = ()) -> LastRun:
    """What "the last run" means wherever nobody names one: the newest that is finished, never a half-trained one.

    Args:
        project: the project.
        but: ids of runs that are not meant.
    """
    later: list[Run] = []
    for name in reversed(list_runs(project)["run_id"].tolist()):
        if name in but:
            continue
        run = load_run(project, name)
        if run.state == "finished":
            return LastRun(run, tuple(reversed(later)))
        later.append(run)
    return LastRun(None, tuple(reversed(later)))


def _names(project: ProjectFolder) -> list[str]:
    if not project.runs.is_dir():
        return []
    return sorted(p.name for p in project.runs.iterdir() if p.is_dir() and (p / RECORD).is_file() and p.name[0] == "r")
