"""Plain files, without a project: the same test and evaluation, from folders of pictures and labels or from tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.api.held_evaluation import Evaluation
from workbench.api.tests import Test
from workbench.model.errors import InputError

_PLAIN_NAMES = frozenset({"images", "labels", "xml", "annotations"})
"""Folders whose names say nothing; the one that holds them has a name."""


def files(pictures: str | Path | None = None, labels: str | Path | None = None, *, format: str | None = None) -> Test:
    """Pictures and their label files as a test, to evaluate predictions on.

    Args:
        pictures: the folder of the pictures; by default where the labels are.
        labels: the label files: a folder or one file; by default they are looked for in the folder of the pictures.
        format: of the labels; by default it is told from the files.

    Raises:
        InputError: if neither is given, or one cannot be read; the message says which and why.
    """
    from workbench.label import read_labels

    folder = None if pictures is None else Path(pictures).expanduser()
    given = folder if labels is None else Path(labels).expanduser()
    if given is None:
        raise InputError("files: give a folder of pictures and the labels: wb.files('photos/', labels='photos/xml')")
    read = read_labels(given, images=folder, format=format)
    root = folder if folder is not None else given if given.is_dir() else given.parent
    where = given.resolve()
    name = where.parent.name if where.name.lower() in _PLAIN_NAMES else where.stem if where.is_file() else where.name
    return Test(name, read.images, read.boxes, root, labels=read)


def evaluate(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    confidence: float = 0.5,
    iou: float = 0.5,
    pictures: str | Path | None = None,
    training: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    name: str = "tables",
) -> Evaluation:
    """Hold predictions against ground truth, all three as tables. See `workbench.analyse.evaluate`.

    Args:
        images: table ``images``; image_id is enough.
        boxes: table ``boxes``, the ground truth.
        predictions: table ``predictions``, stored down to a low confidence.
        confidence: predictions from here on count for everything but AP; 0 to 1.
        iou: least IoU of a match; above 0, at most 1.
        pictures: the folder that the images' paths start from; with it, causes look at the pixels.
        training: `images` and `boxes` that the detector was trained on; with them, causes know what training lacked.
        name: what to call it where it is shown.

    Raises:
        TableError: if a table breaks its rules, or boxes or predictions name a picture that `images` does not hold.
        InputError: if no picture is labelled, or confidence or iou is out of range.
    """
    from workbench import analyse
    from workbench.api.tests import held

    found = analyse.evaluate(
        images, boxes, predictions, confidence=confidence, iou=iou, pictures=pictures, training=training, name=name
    )
    return held(found, Test(name, images, boxes, Path() if pictures is None else Path(pictures)))
