"""Trainings on versions: what a project's verbs ask for, with the leaks of its frozen tests refused."""

from __future__ import annotations

import pandas as pd

from workbench.project import ProjectFolder
from workbench.train.folds import without_fold
from workbench.train.recipe import Recipe
from workbench.train.running import resume, train
from workbench.train.runs import Run
from workbench.version import Version, load, refuse_leaks


def train_version(project: ProjectFolder, version: Version, recipe: Recipe, *, progress: bool = True) -> Run:
    """Train a detector on a version's training pictures; see `workbench.train.train`.

    Raises:
        InputError: if the version holds pictures of a frozen test, or gives some away; or as `train` does.
    """
    images = version.images
    refuse_leaks(project, images, version=version.version_id)
    return train(
        project,
        images,
        version.boxes,
        recipe,
        classes=version.classes,
        version=version.version_id,
        progress=progress,
    )


def resume_run(project: ProjectFolder, run: Run, *, device: str | None = None, progress: bool = True) -> Run:
    """Bring a run to its end on the version that it learns from; see `workbench.train.resume`."""
    return resume(project, run, *learned_tables(project, run), device=device, progress=progress)


def learned_tables(project: ProjectFolder, run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures and boxes of a run's version, with what it was kept from seeing in no split to learn from."""
    version = load(project, run.record.version)
    images = version.images
    return images if run.record.fold is None else without_fold(images, run.record.fold), version.boxes
