"""Pictures with their labels out of plain folders, measured: for the commands that need no project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.model import tables
from workbench.pictures import survey

if TYPE_CHECKING:
    from workbench.collect import Coverage


@dataclass(frozen=True)
class PictureSet:
    """A folder's pictures.

    Attributes:
        name: what to call it.
        images: an `images` table with measures.
        boxes: its boxes; empty without labels.
        problems: what could not be read.
        root: what the paths are relative to.
    """

    name: str
    images: pd.DataFrame
    boxes: pd.DataFrame
    problems: pd.DataFrame
    root: Path


def read_set(
    pictures: Path,
    *,
    labels: Path | None = None,
    format: str | None = None,
    workers: int | None = None,
) -> PictureSet:
    """Measure a folder's pictures and read their labels.

    Args:
        pictures: the folder.
        labels: the label files; without them the pictures count as unlabelled.
        format: the label format; by default it is told from the files.
        workers: how many processors to use; as many as this process may if not given.

    Raises:
        InputError: if a path is wrong, or there are no pictures.
    """
    found = survey(pictures, workers=workers)
    images, boxes, problems = found.images, tables.empty("boxes"), found.problems
    if labels is not None:
        from workbench.label import read_labels

        read = read_labels(labels, images=pictures, format=format)
        work = read.as_work()
        status = dict(zip(work["image_id"], work["label_status"], strict=True))
        images = images.assign(label_status=[status.get(name, "unlabelled") for name in images["image_id"]])
        boxes = read.boxes[read.boxes["image_id"].isin(set(images["image_id"]))].reset_index(drop=True)
        problems = pd.concat([problems, read.problems], ignore_index=True)
    folder = pictures.resolve()
    name = folder.parent.name if folder.name.lower() in ("images", "image") else folder.name
    return PictureSet(name, images, boxes, problems, found.root)


def coverage_of_folders(
    ours: Path,
    reference: Path,
    *,
    labels: Path | None = None,
    reference_labels: Path | None = None,
    format: str | None = None,
    workers: int | None = None,
) -> Coverage:
    """Hold the pictures of one folder against those of another. See `workbench.collect.covering`.

    Raises:
        InputError: if a path is wrong, or a folder holds no pictures.
    """
    from workbench.collect import coverage

    one = read_set(ours, labels=labels, format=format, workers=workers)
    other = read_set(reference, labels=reference_labels, format=format, workers=workers)
    return coverage(one.images, one.boxes, reference=(other.images, other.boxes), names=(one.name, other.name))
