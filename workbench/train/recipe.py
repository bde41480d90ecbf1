"""Train a detector on a project's tables, and keep the record of it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
from tqdm.auto import tqdm

from workbench.model.errors import InputError
from workbench.pictures import decoded
from workbench.project import ProjectFolder, files
from workbench.train import ran_on, runs
from workbench.train.budget import Budget
from workbench.train.families import Job, detector_for
from workbench.train.runs import FoldOf, Run, RunRecord
from workbench.train.selection import select
from workbench.train.weight_names import start_for

_SMALLEST, _STRIDE = 32, 32


def train(
    project: ProjectFolder,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    classes: Sequence[str],
    version: str,
    detector: str = "yolo11n",
    weights: str | Path | None = "base",
    iterations: int = 1000,
    batch: int = 16,
    image_size: int = 320,
    learning_rate: float | None = None,
    seed: int = 0,
    device: str | None = None,
    progress: bool = True,
    fold: FoldOf | None = None,
) -> Run:
    """Train a detector and return the finished run.

    An iteration is one batch and one step of the optimizer, as the story counts; the training stops after exactly as
    many. Used are the pictures of the splits train and val that are labelled, empty or approved; see
    `workbench.train.selection.select` for what is left out and counted. An interrupt (Ctrl-C, the notebook's stop
    button) leaves usable weights and a record that says ``interrupted``.

    Args:
        project: where the run is kept.
        images: an `images` table, paths relative to the project's folder.
        boxes: a `boxes` table.
        classes: class names in the order of the detector's class numbers.
        version: the dataset version the tables are from, for the record.
        detector: an architecture of Ultralytics, such as ``yolo11n``, or the Faster R-CNN ``rcnn-small``.
        weights: where to start: a name (``base``, of either family; ``plates``), a .pt file of your own, or ``None``
            for random weights. Nothing is downloaded, except for a name such as ``ultralytics:yolo11n``. **A .pt file
            of Ultralytics is a pickle: loading it runs code that lies in it**, so name only files you trust.
        iterations: the budget.
        batch: pictures in a batch; a smaller set makes it smaller.
        image_size: the longer side pictures are brought to, in pixels, a multiple of 32.
        learning_rate: its peak; by default the detector's own, chosen for weights that do not know the classes. For
            weights that do, a tenth of it (0.0002) forgets less of what they know.
        seed: of every random draw; on a CPU the same seed gives the same weights.
        device: ``cpu`` or the number of a GPU; by default a GPU if there is one.
        progress: whether to show a bar.
        fold: for the record, where `images` leave out a part of the version; see `workbench.train.folds`.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if there is nothing to train on, pictures are missing, or an argument makes no sense.
        SetupError: if the device or the weights are not there, or the GPU's memory is too small.
    """
    if isinstance(image_size, bool) or image_size < _SMALLEST or image_size % _STRIDE:
        raise InputError(f"image_size is {image_size!r}; expected a multiple of {_STRIDE}, e.g. 320 or 640")
    if learning_rate is not None and not 0 < learning_rate <= 1:
        raise InputError(f"learning_rate is {learning_rate!r}; expected a number above 0 and up to 1, e.g. 0.0002")
    family = detector_for(detector)
    family.check(detector)
    start_name, start = start_for(detector, weights)
    device = family.device(device)
    involved = images["split"].isin(["train", "val"]) if "split" in images.columns else slice(None)
    decoded.check_present(images.loc[involved], project.root)
    selection = select(decoded.with_sizes(images, project.root), boxes, classes=classes)
    budget = Budget.plan(iterations=iterations, batch=batch, pictures=len(selection.train))
    record = RunRecord(
        run_id="",
        state="running",
        detector=detector,
        classes=tuple(classes),
        version=version,
        fold=fold,
        start_weights=start_name,
        start_sha256=None if start is None else files.sha256_of(start),
        iterations=budget.iterations,
        steps_per_epoch=budget.steps_per_epoch,
        epochs=budget.epochs,
        batch=budget.batch,
        image_size=image_size,
        learning_rate=learning_rate,
        seed=seed,
        device=device,
        budget=str(budget),
        counts=selection.counts,
        val_from=selection.val_from,
        packages=ran_on.package_versions(),
        machine=ran_on.describe(family.gpus()),
        process_id=os.getpid(),
        started=datetime.now(UTC),
    )
    run = runs.new_run(project, record)
    job = Job(
        folder=run.folder,
        root=project.root,
        selection=selection,
        classes=tuple(classes),
        detector=detector,
        weights=start,
        budget=budget,
        image_size=image_size,
        seed=seed,
        device=device,
        learning_rate=learning_rate,
    )
    with _Bar(run, budget, show=progress) as bar:
        try:
            outcome = family.train(job, bar)
        except KeyboardInterrupt:
            runs.rewrite(run, **_ending("interrupted", bar))
            raise
        except BaseException as error:
            runs.rewrite(run, **_ending("failed", bar), error=_one_line(error))
            raise
        return runs.rewrite(
            run,
            **_ending("finished", bar),
            transferred=outcome.transferred,
            arguments=outcome.arguments,
            metrics=outcome.metrics,
            result_sha256=files.sha256_of(run.weights),
        )


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).split(chr(10))[0]}"


def _ending(state: str, bar: _Bar) -> dict[str, Any]:
    return {
        "state": state,
        "iterations_done": bar.done,
        "finished": datetime.now(UTC),
        "seconds": round(time.monotonic() - bar.started, 2),
    }


class _Bar:
    """Shows the progress and writes the training curve."""

    def __init__(self, run: Run, budget: Budget, *, show: bool) -> None:
        self.done = 0
        self.started = time.monotonic()
        self._rows: list[dict[str, float]] = []
        self._path = run.folder / runs.CURVE
        self._bar = tqdm(total=budget.iterations, desc=run.run_id, unit="it", disable=not show)
        self._bar.set_postfix_str(f"{budget.epochs} epochs of {budget.steps_per_epoch} x {budget.batch}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()

    def go_on(self, curve: pd.DataFrame, done: int) -> None:
        """Start from what a former process wrote: its curve and how many iterations it holds."""
        self._rows = [{str(name): value for name, value in row.items()} for row in curve.to_dict("records")]
        self._bar.update(done)
        self.done = done

    def iteration(self, done: int, loss: float) -> None:
        """Move the bar."""
        self._bar.update(done - self.done)
        self.done = done

    def epoch(self, row: Mapping[str, float]) -> None:
        """Add a row to the curve; the file is whole after every epoch."""
        losses = {name: value for name, value in row.items() if name.endswith("loss")}
        self._bar.set_postfix({"epoch": int(row["epoch"]), **{name: f"{value:.3f}" for name, value in losses.items()}})
        self._rows.append({**row, "seconds": round(time.monotonic() - self.started, 2)})
        files.write_text(self._path, pd.DataFrame(self._rows).to_csv(index=False))
