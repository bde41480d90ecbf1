"""Predictions for every labelled picture by a detector that never saw it: as many trainings as folds.

The pictures to learn from are shared out among the folds, groups (videos, bursts, copies) whole, and each fold is
looked at by a detector trained on all the others. A fold's training is a run like any other, which knows its fold: one
that was killed goes on where it was, one that is finished is not done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.model import tables
from workbench.model.wording import counted, facts_html
from workbench.project import ProjectFolder, files
from workbench.train.folds import share_out, without_fold
from workbench.train.predicting import predict_once
from workbench.train.recipe import Recipe
from workbench.train.run_record import FoldOf
from workbench.train.running import resume, train
from workbench.train.runs import Run, list_runs, load_run
from workbench.train.weight_names import start_for
from workbench.version import AllowedCopies, Version, refuse_leaks


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Predictions by detectors that had not seen the pictures.

    Attributes:
        version: what was learned from.
        runs: the trainings, one a fold.
        images: the pictures that were shared out, each with its ``fold`` (from 1 on).
        predictions: on all of them, down to a confidence of 0.01.
    """

    version: str
    runs: tuple[Run, ...]
    images: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{len(self.runs)} folds of {self.version}"

    def __repr__(self) -> str:
        seconds = sum(run.record.seconds or 0.0 for run in self.runs)
        return (
            f"{self.name}: {len(self.predictions)} predictions on {counted(len(self.images), 'pictures')}, each by a "
            f"detector that had not seen it; trained in {seconds:.0f} s"
        )

    def _repr_html_(self) -> str:
        """The same as a table, a row a fold, as a notebook shows it."""
        rows = {
            f"fold {number}": f"{counted(int((self.images['fold'] == number).sum()), 'pictures')} looked at by {run!r}"
            for number, run in enumerate(self.runs, start=1)
        }
        return facts_html(f"{self.name}: {len(self.predictions)} predictions", rows)


def out_of_fold(
    project: ProjectFolder,
    version: Version,
    recipe: Recipe,
    *,
    folds: int,
    allow_copies: bool = False,
    because: str = "",
) -> OutOfFold:
    """Train a detector for each fold on all the others, and let it look at its fold.

    What was trained so before is taken as it is; one that has begun may go on on another device.

    Args:
        project: where the runs are kept.
        version: what to learn from.
        recipe: how each is trained.
        folds: how many.
        allow_copies: let pictures through that resemble one of a frozen test; see `workbench.version.refuse_leaks`.
        because: why; it stands in the runs' records.

    Raises:
        InputError: if the pictures cannot be shared out so, there is nothing to learn from, or a fold is being trained
            by another process.
    """
    allowed = refuse_leaks(
        project, version.images, version=version.version_id, allow_copies=allow_copies, because=because
    )
    images = version.images
    images = images.assign(fold=share_out(images, folds))
    runs, found = [], []
    for number in range(1, folds + 1):
        run = _fold_run(project, version, recipe, FoldOf(folds=folds, fold=number), allowed)
        held_out = images[images["fold"] == number]
        made = predict_once(run, held_out, root=project.root, name="held-out")
        runs.append(run)
        found.append(made.predictions)
    shared = images[images["fold"] > 0].reset_index(drop=True)
    return OutOfFold(version.version_id, tuple(runs), shared, together(found))


def _fold_run(
    project: ProjectFolder, version: Version, recipe: Recipe, fold: FoldOf, allowed: AllowedCopies | None
) -> Run:
    """The finished training of a fold: the one that is there, brought to its end, or a new one."""
    images, boxes = without_fold(version.images, fold), version.boxes
    there = _there(project, version, recipe, fold)
    if there is not None:
        return resume(project, there, images, boxes, device=recipe.device)
    return train(
        project,
        images,
        boxes,
        recipe,
        classes=version.classes,
        version=version.version_id,
        fold=fold,
        allowed=allowed,
    )


def _there(project: ProjectFolder, version: Version, recipe: Recipe, fold: FoldOf) -> Run | None:
    """The latest run that was asked for the same, whatever became of it."""
    _, start = start_for(recipe.detector, recipe.weights)
    sha256 = None if start is None else files.sha256_of(start)
    same = (version.version_id, tuple(version.classes), fold, sha256)
    for name in reversed(list_runs(project, folds=True)["run_id"].tolist()):
        run = load_run(project, name)
        record = run.record
        if (record.version, record.classes, record.fold, record.start_sha256) == same and record.was_asked(recipe):
            return run
    return None


def together(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The predictions of all folds as one table; each id says its fold, since every run numbers from 0 on."""
    parts = [
        part.assign(prediction_id=f"fold{number}-" + part["prediction_id"].astype("str"))
        for number, part in enumerate(found, start=1)
        if len(part)
    ]
    return tables.validate(pd.concat(parts, ignore_index=True), "predictions") if parts else tables.empty("predictions")
