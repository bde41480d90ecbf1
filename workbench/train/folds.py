"""How the pictures to learn from are shared out among folds, and what a run of one of them learned from."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.train.run_record import FoldOf
from workbench.train.runs import Run
from workbench.version import load

_HELD_OUT = "pool"
"""The split of a fold's pictures while the others are learned from: one that no training uses."""


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


def learned_tables(project: ProjectFolder, run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures and boxes of a run's version, with what it was kept from seeing in no split to learn from."""
    version = load(project, run.record.version)
    images = version.images
    return images if run.record.fold is None else without_fold(images, run.record.fold), version.boxes
