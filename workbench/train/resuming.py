"""Bring a training to its end that was killed or interrupted, in the run that it was."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from workbench.model.errors import InputError
from workbench.pictures import decoded
from workbench.project import ProjectFolder, files
from workbench.train import ran_on, runs
from workbench.train.budget import Budget
from workbench.train.families import Detector, Job, Outcome, detector_for
from workbench.train.recipe import _Bar, _ending, _one_line
from workbench.train.runs import Run
from workbench.train.selection import select
from workbench.train.weight_names import resolve_weights


def resume(
    project: ProjectFolder,
    run: Run,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    device: str | None = None,
    progress: bool = True,
) -> Run:
    """Train a run to the end of its budget, from its last saved epoch on where there is one, else from its start.

    Args:
        project: where it lies.
        run: one that did not finish.
        images: those of the version that it is trained on.
        boxes: likewise.
        device: ``cpu`` or the number of a GPU; by default the best there is.
        progress: whether to show a bar.

    Returns:
        The finished run; one that was finished before comes back as it is.

    Raises:
        InputError: if it is still running, or the tables or the starting weights are not those it began with.
    """
    record = run.record
    if record.state == "finished":
        return run
    if run.is_alive:
        raise InputError(f"the run {run.run_id} is still running (process {record.process_id}); wait for it or stop it")
    family = detector_for(record.detector)
    start = resolve_weights(record.start_weights)
    if start is not None and files.sha256_of(start) != record.start_sha256:
        raise InputError(
            f"{start} is no longer what the run {run.run_id} started from; bring that file back, or train anew"
        )
    involved = images["split"].isin(["train", "val"]) if "split" in images.columns else slice(None)
    decoded.check_present(images.loc[involved], project.root)
    selection = select(decoded.with_sizes(images, project.root), boxes, classes=record.classes)
    if selection.counts != record.counts:
        raise InputError(f"the run {run.run_id} learned from other pictures and boxes; resume it with its own version")
    budget = Budget(record.iterations, record.batch, record.counts.train_pictures)
    chosen = family.device(device)
    job = Job(
        folder=run.folder,
        root=project.root,
        selection=selection,
        classes=record.classes,
        detector=record.detector,
        weights=start,
        budget=budget,
        image_size=record.image_size,
        seed=record.seed,
        device=chosen,
        learning_rate=record.learning_rate,
    )
    run = runs.rewrite(
        run,
        state="running",
        process_id=os.getpid(),
        started=datetime.now(UTC),
        finished=None,
        error=None,
        device=chosen,
        packages=ran_on.package_versions(),
        machine=ran_on.describe(family.gpus()),
    )
    curve = run.curve()
    with _Bar(run, budget, show=progress) as bar:
        try:
            outcome = _go_on(family, job, bar, curve)
        except KeyboardInterrupt:
            runs.rewrite(run, **_ending("interrupted", bar))
            raise
        except BaseException as error:
            runs.rewrite(run, **_ending("failed", bar), error=_one_line(error))
            raise
        return runs.rewrite(
            run,
            **_ending("finished", bar),
            transferred=outcome.transferred or record.transferred,
            arguments=outcome.arguments,
            metrics=outcome.metrics,
            result_sha256=files.sha256_of(run.weights),
        )


def _go_on(family: Detector, job: Job, bar: _Bar, curve: pd.DataFrame) -> Outcome:
    """From the last saved epoch where the family can, else from the start: the seed makes it the same training."""
    saved = saved_epochs(job.folder / "weights" / "last.pt") if job.detector.startswith("yolo") else 0
    if not 0 < saved < job.budget.epochs:
        return family.train(job, bar)
    from workbench.train.yolo.yolo_resuming import go_on

    bar.go_on(curve[curve["epoch"] <= saved], saved * job.budget.steps_per_epoch)
    return go_on(job, bar)


def saved_epochs(weights: Path) -> int:
    """How many whole epochs a file of an unfinished YOLO training holds; 0 if it is not there or is finished."""
    if not weights.is_file():
        return 0
    import torch

    # The project's own file: the run wrote it here.
    checkpoint = torch.load(weights, map_location="cpu", weights_only=False)
    return int(checkpoint["epoch"]) + 1 if checkpoint.get("optimizer") is not None else 0
