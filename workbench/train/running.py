"""Train a detector on a project's tables and keep the record of it; bring one to its end that was killed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from workbench.model.errors import InputError
from workbench.pictures import decoded
from workbench.project import ProjectFolder, files
from workbench.train import ran_on, runs
from workbench.train.detector import Detector, Job
from workbench.train.families import detector_for
from workbench.train.folds import learned_tables
from workbench.train.recipe import Recipe
from workbench.train.run_record import FoldOf, RunRecord
from workbench.train.runs import Run
from workbench.train.selection import Selection, select
from workbench.train.training_bar import TrainingBar
from workbench.train.weight_names import resolve_weights, start_for
from workbench.version import AllowedCopies, Version, refuse_leaks


def train(
    project: ProjectFolder,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    recipe: Recipe,
    *,
    classes: Sequence[str],
    version: str,
    fold: FoldOf | None = None,
    allowed: AllowedCopies | None = None,
) -> Run:
    """Train a detector and return the finished run.

    A batch is one step of the optimizer; the training stops after exactly as many as the recipe says. Used are the
    pictures of the splits train and val that are labelled, empty or approved; see `workbench.train.selection.select`
    for what is left out and counted. An interrupt (Ctrl-C, the notebook's stop button) leaves usable weights and a
    record that says ``interrupted``.

    Args:
        project: where the run is kept.
        images: an `images` table, paths relative to the project's folder.
        boxes: a `boxes` table.
        recipe: how.
        classes: class names in the order of the detector's class numbers.
        version: the dataset version the tables are from, for the record.
        fold: for the record, where `images` leave out a part of the version; see `workbench.train.folds`.
        allowed: for the record, what was let through that a frozen test gives away.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if there is nothing to train on, pictures are missing, or the weights do not fit.
        SetupError: if the device or the weights are not there, or the GPU's memory is too small.
    """
    family = detector_for(recipe.detector)
    family.check(recipe.detector)
    from workbench.train import torch_state

    name, start = start_for(recipe.detector, recipe.weights)
    device = torch_state.choose_device(recipe.device)
    selection = _selection(project, images, boxes, classes)
    record = RunRecord(
        run_id="",
        state="running",
        detector=recipe.detector,
        classes=tuple(classes),
        version=version,
        fold=fold,
        allowed=allowed,
        start_weights=name,
        start_sha256=None if start is None else files.sha256_of(start),
        batches=recipe.batches,
        batch=min(recipe.batch, len(selection.train)),
        image_size=recipe.image_size,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
        device=device,
        counts=selection.counts,
        val_from=selection.val_from,
        packages=ran_on.package_versions(),
        machine=ran_on.describe(torch_state.gpu_names()),
        process_id=os.getpid(),
        started=datetime.now(UTC),
    )
    run = runs.new_run(project, record)
    return _to_the_end(run, family, _job(project, run, selection, start))


def resume(
    project: ProjectFolder,
    run: Run,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    device: str | None = None,
) -> Run:
    """Train a run to the end of its budget, from its last saved epoch on where there is one, else from its start.

    Args:
        project: where it lies.
        run: one that did not finish.
        images: those of the version that it is trained on.
        boxes: likewise.
        device: ``cpu`` or the number of a GPU; by default a GPU if there is one.

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
    from workbench.train import torch_state

    start = resolve_weights(record.start_weights)
    if start is not None and files.sha256_of(start) != record.start_sha256:
        raise InputError(
            f"{start} is no longer what the run {run.run_id} started from; bring that file back, or train anew"
        )
    selection = _selection(project, images, boxes, record.classes)
    if selection.counts != record.counts:
        raise InputError(f"the run {run.run_id} learned from other pictures and boxes; resume it with its own version")
    run = runs.rewrite(
        run,
        state="running",
        process_id=os.getpid(),
        started=datetime.now(UTC),
        finished=None,
        error=None,
        device=torch_state.choose_device(device),
        packages=ran_on.package_versions(),
        machine=ran_on.describe(torch_state.gpu_names()),
    )
    job = _job(project, run, selection, start)
    saved = family.saved_epochs(run.folder)
    return _to_the_end(run, family, job, saved=saved if saved < job.budget.epochs else 0)


def train_version(
    project: ProjectFolder, version: Version, recipe: Recipe, *, allow_copies: bool = False, because: str = ""
) -> Run:
    """Train a detector on a version's training pictures; see `workbench.train.train`.

    Args:
        project: where the run is kept.
        version: what to learn from.
        recipe: how.
        allow_copies: let pictures through that resemble one of a frozen test; see `workbench.version.refuse_leaks`.
        because: why; it stands in the run's record.

    Raises:
        InputError: if the version holds pictures of a frozen test, or gives some away; or as `train` does.
    """
    images = version.images
    allowed = refuse_leaks(project, images, version=version.version_id, allow_copies=allow_copies, because=because)
    return train(
        project,
        images,
        version.boxes,
        recipe,
        classes=version.classes,
        version=version.version_id,
        allowed=allowed,
    )


def resume_run(project: ProjectFolder, run: Run, *, device: str | None = None) -> Run:
    """Bring a run to its end on the version that it learns from; see `workbench.train.resume`."""
    return resume(project, run, *learned_tables(project, run), device=device)


def _selection(project: ProjectFolder, images: pd.DataFrame, boxes: pd.DataFrame, classes: Sequence[str]) -> Selection:
    involved = images["split"].isin(["train", "val"]) if "split" in images.columns else slice(None)
    decoded.check_present(images.loc[involved], project.root)
    return select(decoded.with_sizes(images, project.root), boxes, classes=classes)


def _job(project: ProjectFolder, run: Run, selection: Selection, start: Path | None) -> Job:
    return Job(
        folder=run.folder,
        root=project.root,
        selection=selection,
        classes=run.record.classes,
        recipe=run.record.recipe,
        start=start,
        device=run.record.device,
    )


def _to_the_end(run: Run, family: Detector, job: Job, *, saved: int = 0) -> Run:
    """Train from the last saved epoch on, else from the start: the seed makes it the same training."""
    curve = run.curve()
    with TrainingBar(run, job.budget) as bar:
        if saved:
            bar.go_on(curve[curve["epoch"] <= saved], saved * job.budget.steps_per_epoch)
        try:
            outcome = family.train(job, bar, resumed=saved > 0)
        except KeyboardInterrupt:
            runs.rewrite(run, state="interrupted", **bar.ending())
            raise
        except BaseException as error:
            runs.rewrite(run, state="failed", **bar.ending(), error=_one_line(error))
            raise
        return runs.rewrite(
            run,
            state="finished",
            **bar.ending(),
            transferred=outcome.transferred or run.record.transferred,
            arguments=outcome.arguments,
            metrics=outcome.metrics,
            result_sha256=files.sha256_of(run.weights),
        )


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).split(chr(10))[0]}"
