"""Plain files, without a project: the same test and evaluation, from folders of pictures and labels or from tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.analyse.inputs import LeftOut
from workbench.api.held_evaluation import Evaluation
from workbench.api.tests import Test
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.pictures.file_names import without_suffix
from workbench.pictures.frame_names import moment_of, video_of

_PLAIN_NAMES = frozenset({"images", "labels", "xml", "annotations"})
"""Folders whose names say nothing; the one that holds them has a name."""


def files(pictures: str | Path | None = None, labels: str | Path | None = None, *, format: str | None = None) -> Test:
    """Pictures and their label files as a test, to evaluate predictions on.

    Two kinds of pictures are left out, counted, and told of (`Test.left_out`): those whose labels could not be read in
    full, since their truth is not known; and, where a folder of pictures is given, those that do not lie in it.

    Args:
        pictures: the folder of the pictures: these, and no others, are looked at. By default they are looked for beside
            the labels, and labels whose picture is not there count, too.
        labels: the label files: a folder or one file; by default they are looked for in the folder of the pictures.
        format: of the labels; by default it is told from the files.

    Raises:
        InputError: if neither is given, one cannot be read, or no labels are of pictures in the folder; the message
            says which and why.
    """
    from workbench.label import read_labels
    from workbench.label.reading.unread import ambiguous, unread

    folder = None if pictures is None else Path(pictures).expanduser()
    given = folder if labels is None else Path(labels).expanduser()
    if given is None:
        raise InputError("files: give a folder of pictures and the labels: wb.files('photos/', labels='photos/xml')")
    read = read_labels(given, images=folder, format=format)
    root = folder if folder is not None else given if given.is_dir() else given.parent
    where = given.resolve()
    name = where.parent.name if where.name.lower() in _PLAIN_NAMES else where.stem if where.is_file() else where.name
    images = read.images[~read.images["image_id"].isin(ambiguous(read))]
    there = images["picture_file"].notna() | (folder is None)
    # Of a picture that is not there, relative boxes are not known; that it has labels is.
    labelled = images["label_status"].isin(tables.COUNTED_STATUSES) | (~there & images["label_file"].notna())
    if folder is not None and labelled.any() and not (labelled & there).any():
        first = images.loc[labelled, "image_id"].iloc[0]
        raise InputError(
            f"none of the {labelled.sum()} labelled pictures of {given}, first {str(first)!r}, is in {folder}; give "
            "the folder that holds the pictures of these labels"
        )
    elsewhere = int((labelled & ~there).sum())
    images = _of_their_videos(images[there].reset_index(drop=True))
    faults = unread(read)
    unreadable = {name: said for name, said in faults.pictures.items() if name in set(images["image_id"])}
    # Their truth is not known, and whoever sees the table alone must not take it for known.
    images["label_status"] = images["label_status"].where(~images["image_id"].isin(list(unreadable)), "returned")
    left_out = LeftOut(unreadable, faults.slips, faults.elsewhere, elsewhere, str(folder or ""))
    boxes = tables.of_images(read.boxes, images["image_id"])
    return Test(name, images, boxes, root, labels=read, left_out=left_out)


def _of_their_videos(images: pd.DataFrame) -> pd.DataFrame:
    """The pictures with the video, and the moment in it, that their names tell: frames of one are not independent."""
    stems = [without_suffix(str(name)) for name in images["image_id"]]
    named = images["group_id"] != ""
    groups = pd.Series([video_of(stem) or "" for stem in stems], index=images.index, dtype="str")
    moments = pd.array([moment_of(stem) for stem in stems], dtype="Float64")
    return images.assign(
        group_id=images["group_id"].where(named, groups),
        frame_s=images["frame_s"].where(images["frame_s"].notna(), moments),
    )


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
