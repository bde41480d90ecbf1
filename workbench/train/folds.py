"""Predictions for every labelled picture by a detector that never saw it: as many trainings as folds.

The pictures to learn from are shared out among the folds, groups (videos, bursts, copies) whole, and each fold is
looked at by a detector trained on all the others. A fold's training is a run like any other, which knows its fold: one
that was killed goes on where it was, one that is finished is not done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import ProjectFolder, files
from workbench.train.recipe import train
from workbench.train.resuming import resume
from workbench.train.runs import FoldOf, Run, list_runs, load_run
from workbench.train.weight_names import start_for

_HELD_OUT = "pool"
"""The split of a fold's pictures while the others are learned from: one that no training uses."""


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


def share_out(images: pd.DataFrame, folds: int) -> npt.NDArray[np.int64]:
    """The fold of each picture, from 1 on; 0 for those that a training does not learn from.

    Groups stay whole, the largest first into the fold that holds least; among equals a hash of the name decides, so
    that the same pictures are always shared out alike.

    Args:
        images: an `images` table.
        folds: how many.

    Raises:
        TableError: if the table breaks its rules.
        InputError: for fewer than 2 folds, or more folds than groups of pictures.
    """
    images = tables.validate(images, "images")
    if isinstance(folds, bool) or folds < 2:
        raise InputError(f"folds is {folds!r}; expected a whole number of at least 2")
    used = (images["split"].isin(("train", "val")) & images["label_status"].isin(tables.COUNTED_STATUSES)).to_numpy(
        dtype=bool
    )
    group = images["group_id"].where(images["group_id"] != "", "picture " + images["image_id"].astype("str"))
    sizes = group[used].value_counts()
    if len(sizes) < folds:
        raise InputError(
            f"the {int(used.sum())} labelled pictures to learn from are of {len(sizes)} groups (videos, bursts), which "
            f"cannot be shared out among {folds} folds; ask for fewer folds, or label pictures of other groups"
        )
    fold_of: dict[str, int] = {}
    held = np.zeros(folds, dtype=np.int64)
    for name in sorted(sizes.index, key=lambda name: (-sizes[name], hashlib.sha256(name.encode()).hexdigest())):
        least = int(held.argmin())
        fold_of[name] = least + 1
        held[least] += sizes[name]
    return np.where(used, group.map(fold_of).fillna(0).to_numpy(dtype=np.int64), 0)


def without_fold(images: pd.DataFrame, fold: FoldOf) -> pd.DataFrame:
    """The pictures as a fold's training sees them: those of the fold are in no split that it learns from."""
    held_out = share_out(images, fold.folds) == fold.fold
    return images.assign(split=images["split"].mask(held_out, _HELD_OUT))


def train_folds(
    project: ProjectFolder,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    folds: int,
    classes: Sequence[str],
    version: str,
    detector: str,
    weights: str | Path | None,
    iterations: int,
    batch: int,
    image_size: int,
    seed: int,
    device: str | None = None,
    progress: bool = True,
) -> tuple[Run, ...]:
    """Train a detector for each fold on all the others; what was trained so before is taken as it is.

    Args:
        project: where the runs are kept.
        images: an `images` table, paths relative to the project's folder.
        boxes: a `boxes` table.
        folds: how many.
        classes: see `workbench.train.train`, as for all that follow.
        version: the dataset version the tables are from.
        detector: an architecture.
        weights: where to start.
        iterations: the budget of each.
        batch: pictures in a batch.
        image_size: pixels of the longer side.
        seed: of every random draw.
        device: ``cpu`` or the number of a GPU; one that has begun may go on elsewhere.
        progress: show bars.

    Raises:
        InputError: if the pictures cannot be shared out so, there is nothing to learn from, or a fold is being trained
            by another process.
    """
    share_out(images, folds)
    start_name, start = start_for(detector, weights)
    asked = {
        "version": version,
        "classes": tuple(classes),
        "detector": detector,
        "start_weights": start_name,
        "start_sha256": None if start is None else files.sha256_of(start),
        "iterations": iterations,
        "image_size": image_size,
        "seed": seed,
    }
    runs = []
    for number in range(1, folds + 1):
        fold = FoldOf(folds=folds, fold=number)
        seen = without_fold(images, fold)
        there = _there(project, asked | {"fold": fold}, batch)
        if there is not None:
            run = resume(project, there, seen, boxes, device=device, progress=progress)
        else:
            run = train(
                project,
                seen,
                boxes,
                classes=classes,
                version=version,
                detector=detector,
                weights=weights,
                iterations=iterations,
                batch=batch,
                image_size=image_size,
                seed=seed,
                device=device,
                progress=progress,
                fold=fold,
            )
        runs.append(run)
    return tuple(runs)


def together(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The predictions of all folds as one table; each id says its fold, since every run numbers from 0 on."""
    parts = [
        part.assign(prediction_id=f"fold{number}-" + part["prediction_id"].astype("str"))
        for number, part in enumerate(found, start=1)
        if len(part)
    ]
    return tables.validate(pd.concat(parts, ignore_index=True), "predictions") if parts else tables.empty("predictions")


def _there(project: ProjectFolder, asked: dict[str, Any], batch: int) -> Run | None:
    """The latest run that was asked for the same, whatever became of it."""
    for name in reversed(list_runs(project, folds=True)["run_id"].tolist()):
        run = load_run(project, name)
        same = all(getattr(run.record, key) == value for key, value in asked.items())
        if same and run.record.batch == min(batch, run.record.counts.train_pictures):
            return run
    return None
