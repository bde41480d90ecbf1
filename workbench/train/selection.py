"""Which pictures and boxes a training uses, and which it leaves out and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from workbench.model import geometry, tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.wording import counted

_SHARE = 0.1
_LARGEST_GROUP = 0.2


class Counts(BaseModel):
    """What went into a training and what did not."""

    model_config = ConfigDict(frozen=True)

    train_pictures: int
    train_boxes: int
    val_pictures: int
    val_boxes: int
    left_out_unlabelled: int
    left_out_returned: int
    left_out_other_split: int
    boxes_ignored: int
    boxes_clipped: int
    boxes_without_area: int
    boxes_twice: int

    def __repr__(self) -> str:
        learned = f"{counted(self.train_pictures, 'pictures')} with {counted(self.train_boxes, 'boxes')} to learn from"
        watched = f"{counted(self.val_pictures, 'pictures')} with {counted(self.val_boxes, 'boxes')} to watch it by"
        rest = {
            "pictures left out as unlabelled": self.left_out_unlabelled,
            "pictures left out as returned": self.left_out_returned,
            "pictures of other splits left out": self.left_out_other_split,
            "boxes ignored": self.boxes_ignored,
            "boxes clipped": self.boxes_clipped,
            "boxes without area": self.boxes_without_area,
            "boxes twice": self.boxes_twice,
        }
        return "; ".join([learned, watched, *(counted(count, what) for what, count in rest.items() if count)])

    __str__ = __repr__


@dataclass(frozen=True)
class Selection:
    """The tables a detector trains on.

    Attributes:
        train: `images` rows to learn from.
        val: `images` rows for the detector's own check at the end.
        boxes: their boxes, cut at the pictures' edges.
        counts: what was used and what was left out.
        val_from: where `val` came from, in words.
    """

    train: pd.DataFrame
    val: pd.DataFrame
    boxes: pd.DataFrame
    counts: Counts
    val_from: str


def select(images: pd.DataFrame, boxes: pd.DataFrame, *, classes: Sequence[str]) -> Selection:
    """Choose what to train on.

    Used are pictures of the splits train and val whose label_status is labelled, empty or approved. Boxes to ignore
    are left out, boxes are cut at the picture's edges, and every box so treated is counted. Where the table has no val
    pictures, whole groups of the training pictures, about a tenth, chosen by a hash of group_id, are kept apart.

    Args:
        images: an `images` table with width and height filled in.
        boxes: a `boxes` table.
        classes: the class names, in the order of the detector's class numbers.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if nothing is left to train on, or a box has a class that is not in `classes`.
    """
    images = tables.validate(images, "images")
    boxes = tables.validate(boxes, "boxes")
    tables.check_references(images, boxes, "boxes")
    in_split = images["split"].isin(["train", "val"])
    usable = images["label_status"].isin(tables.COUNTED_STATUSES)
    used = images[in_split & usable]
    train, val = used[used["split"] == "train"], used[used["split"] == "val"]
    if not len(train):
        raise InputError(_nothing(images))
    kept, treated = _boxes(boxes[boxes["image_id"].isin(used["image_id"])], used, classes)
    if not kept["image_id"].isin(train["image_id"]).any():
        raise InputError(
            f"the {len(train)} training pictures hold no box to learn from; label some (or approve them), then train"
        )
    val_from = "the split val"
    if not len(val):
        train, val, val_from = _keep_apart(train, kept)
    in_train, in_val = (kept["image_id"].isin(part["image_id"]) for part in (train, val))
    counts = Counts(
        train_pictures=len(train),
        train_boxes=int(in_train.sum()),
        val_pictures=len(val),
        val_boxes=int(in_val.sum()),
        left_out_unlabelled=int((in_split & (images["label_status"] == "unlabelled")).sum()),
        left_out_returned=int((in_split & (images["label_status"] == "returned")).sum()),
        left_out_other_split=int((~in_split).sum()),
        **treated,
    )
    return Selection(train.reset_index(drop=True), val.reset_index(drop=True), kept, counts, val_from)


def _boxes(boxes: pd.DataFrame, images: pd.DataFrame, classes: Sequence[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    ignored = boxes["ignore"].to_numpy(dtype=bool)
    boxes = boxes[~ignored]
    unknown = ~boxes["class_name"].isin(list(classes))
    if unknown.any():
        name = boxes.loc[unknown, "class_name"].iloc[0]
        raise InputError(
            f"{int(unknown.sum())} boxes have a class that is not trained, first {name!r}; "
            f"add it to classes ({', '.join(classes)}) or correct the boxes"
        )
    sizes = images.set_index("image_id")[["width", "height"]].loc[boxes["image_id"]].to_numpy(dtype=np.float64)
    before = boxes[CORNERS].to_numpy(dtype=np.float64)
    after = geometry.clip(before, sizes[:, 0], sizes[:, 1]) if len(before) else before
    flat = geometry.area(after) <= 0
    clipped = (after != before).any(axis=1) & ~flat
    result = boxes.assign(**dict(zip(CORNERS, after.T, strict=True)))[~flat]
    twice = result.duplicated(["image_id", "class_name", *CORNERS])
    counts = {
        "boxes_ignored": int(ignored.sum()),
        "boxes_clipped": int(clipped.sum()),
        "boxes_without_area": int(flat.sum()),
        "boxes_twice": int(twice.sum()),
    }
    return result[~twice].reset_index(drop=True), counts


def _keep_apart(train: pd.DataFrame, boxes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Take about a tenth of the training pictures, in whole groups, never all boxes and never a large group."""
    group = train["group_id"].where(train["group_id"] != "", train["image_id"].astype(str))
    sizes = group.value_counts()
    with_boxes = boxes["image_id"].map(dict(zip(train["image_id"], group, strict=True))).value_counts()
    chosen: list[str] = []
    pictures, left = 0, len(boxes)
    for name in sorted(sizes.index, key=lambda name: hashlib.sha256(str(name).encode()).hexdigest()):
        if pictures >= _SHARE * len(train):
            break
        held = int(with_boxes.get(name, 0))
        if sizes[name] <= max(_LARGEST_GROUP * len(train), 1) and left - held > 0 and len(train) - pictures > 1:
            chosen.append(name)
            pictures, left = pictures + int(sizes[name]), left - held
    apart = group.isin(chosen)
    if not apart.any():
        return train, train, "no split val and no small group to keep apart: the training pictures themselves"
    words = f"no split val: {pictures} of {len(train)} training pictures kept apart ({len(chosen)} groups by hash)"
    return train[~apart], train[apart], words


def _nothing(images: pd.DataFrame) -> str:
    if not len(images):
        return "there are no pictures to train on; collect some first"
    train = images[images["split"] == "train"]
    if not len(train):
        return f"none of the {len(images)} pictures is in the split train; give some to it, then train"
    found = ", ".join(f"{n} {status}" for status, n in train["label_status"].value_counts().items())
    return f"none of the {len(train)} training pictures is labelled ({found}); label some, then train"
