"""What a format cannot hold, found before the first file is written, and what is left of the tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.label.formats.spec import SPECS, Spec
from workbench.label.formats.yolo_text import OPENED
from workbench.label.reading.resolve import SLACK_PX, SLACK_REL
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, clip
from workbench.pictures.file_names import suffix_of
from workbench.pictures.kinds import SUFFIXES

_PLAIN = ("rectangle", "polygon")
_ROUNDED_PX = 0.01 + 1e-6
_OURS = frozenset({*tables.TABLES["boxes"], *tables.READ_FROM, "points", "shape"})


@dataclass(frozen=True, slots=True)
class Loss:
    """Something the target format cannot hold.

    Attributes:
        what: a short name (``points``, ``labeller``, ``outside``, ...).
        count: how many boxes or pictures it concerns.
        message: one line for people.
    """

    what: str
    count: int
    message: str

    def __repr__(self) -> str:
        return f"lost: {self.message}"


def find_losses(images: pd.DataFrame, boxes: pd.DataFrame, *, format: str) -> tuple[Loss, ...]:
    """What writing these tables in `format` would lose, without writing anything.

    Raises:
        InputError: if the format is unknown or read only.
        TableError: if a table breaks the rules.
    """
    return losses_of(tables.validate(images, "images"), tables.validate(boxes, "boxes"), spec_to_write(format))


def spec_to_write(format: str) -> Spec:
    """What the format can hold.

    Raises:
        InputError: if it is unknown or read only.
    """
    spec = SPECS.get(format)
    if spec is None or not spec.writes:
        able = ", ".join(name for name, one in SPECS.items() if one.writes)
        problem = "can only be read" if spec else "is unknown"
        raise InputError(f"format '{format}' {problem}; write one of {able}")
    return spec


def losses_of(images: pd.DataFrame, boxes: pd.DataFrame, spec: Spec) -> tuple[Loss, ...]:
    """`find_losses` for tables that were checked before."""
    found: list[Loss] = []

    def lose(what: str, count: int, message: str) -> None:
        if count:
            found.append(Loss(what, count, f"{count} {message}"))

    if not spec.points and "points" in boxes:
        lose("points", int(boxes["points"].notna().sum()), f"polygons become boxes: {spec.title} holds none")
    if spec.points and not spec.box_beside_points and "points" in boxes:
        message = f"polygons are dropped: their box is not the one given, and {spec.title} holds a box or a polygon"
        lose("points", int(_apart(boxes).sum()), message)
    if "shape" in boxes:
        drawn = boxes["shape"].where(boxes["shape"].notna(), "rectangle")
        kept = drawn.isin(_PLAIN) | (boxes["points"].notna() if "points" in boxes else False)
        counts = drawn[~kept].value_counts()
        kinds = ", ".join(f"{kind} {count}" for kind, count in counts.items())
        lose("shape", int(counts.sum()), f"outlines become boxes, no points of them are kept ({kinds})")
    if not spec.ignore:
        lose("ignore", int(boxes["ignore"].sum()), f"boxes are marked as ignored: {spec.title} has no such mark")
    if not spec.labeller:
        lose(
            "labeller", int((boxes["labeller"] != "").sum()), f"boxes have a labeller: {spec.title} has no place for it"
        )
    if not spec.split and len(images):
        lose("split", int(images["split"].notna().sum()), f"pictures have a split: {spec.title} does not keep it")
    elif len(images):
        lose(
            "split",
            int((images["split"] == "pool").sum()),
            f"pictures are in the pool: {spec.title} knows no such split",
        )
    if spec.title == SPECS["yolo"].title and len(images):
        parted = images["split"].isin(("train", "val", "test"))
        unlisted = int(images["split"].isna().sum()) if parted.any() else 0
        lose("unlisted", unlisted, "pictures have no split: they are in no list")
        suffixes = images["image_id"].map(suffix_of)
        unread = suffixes.isin(SUFFIXES - OPENED)
        few = ", ".join(sorted(set(suffixes[unread])))
        lose("kind", int(unread.sum()), f"pictures are of a kind that Ultralytics passes over ({few}); save as PNG")
    if "*" not in spec.attributes:
        for name in boxes.columns:
            if name not in _OURS and name not in spec.attributes:
                lose(str(name), int(boxes[name].notna().sum()), f"values of '{name}': {spec.title} has no place for it")
    lose(
        "returned",
        int((images["label_status"] == "returned").sum()),
        "pictures were returned for another look, and are left out: nobody has said what is on them",
    )
    if spec.one_file and len(images) and spec.title != SPECS["label-studio"].title:
        lose(
            "unlabelled",
            int((images["label_status"] == "unlabelled").sum()),
            "unlabelled pictures are left out: listed, they would count as empty",
        )
    if spec.relative and len(images):
        unsized = images["width"].isna() | images["height"].isna()
        bare = unsized & images["image_id"].isin(boxes["image_id"]) if unsized.any() else unsized
        lose("size", int(bare.sum()), "pictures have no known size, their boxes are left out: relative values need it")
        wholly, partly = _outside(images, boxes)
        lose("outside", int(partly.sum()), "boxes reach outside the picture: they are cut at its edge")
        lose("wholly-outside", int(wholly.sum()), "boxes lie outside the picture or have no area: they are left out")
    return tuple(found)


def _apart(boxes: pd.DataFrame) -> pd.Series:
    """Where a box has points and is not their hull, by more than the second decimal that tools round to."""
    points = boxes["points"].tolist()
    corners = boxes[CORNERS].to_numpy(dtype=float)
    apart = [
        isinstance(given, (list, tuple, np.ndarray))
        and bool(np.abs(np.r_[np.min(given, axis=0), np.max(given, axis=0)] - row).max() > _ROUNDED_PX)
        for given, row in zip(points, corners, strict=True)
    ]
    return pd.Series(apart, index=boxes.index, dtype=bool)


def _sizes(images: pd.DataFrame, boxes: pd.DataFrame) -> pd.DataFrame:
    by_id = images.set_index("image_id")[["width", "height"]].astype("float64")
    return by_id.reindex(boxes["image_id"]).reset_index(drop=True)


def _outside(images: pd.DataFrame, boxes: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    size = _sizes(images, boxes)
    corners = boxes[CORNERS].reset_index(drop=True)
    cut = pd.DataFrame(clip(corners.to_numpy(), size["width"], size["height"]), columns=corners.columns)
    known = size["width"].notna()
    gone = known & ((cut["xmax"] <= cut["xmin"]) | (cut["ymax"] <= cut["ymin"]))
    slack = SLACK_PX + SLACK_REL * size.max(axis=1)
    return gone, known & ~gone & ((cut - corners).abs().max(axis=1) > slack)


def writable(images: pd.DataFrame, boxes: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures and boxes that can be written: where the format holds shares, cut at the picture's edge.

    A returned picture is not written, with or without boxes: others would take it for one whose objects are all known.
    Where the format has a polygon or a box, not both, a box that is not its polygon's hull is written as a box.
    """
    returned = images["label_status"] == "returned"
    if returned.any():
        boxes = boxes[~boxes["image_id"].isin(images.loc[returned, "image_id"])].reset_index(drop=True)
        images = images[~returned].reset_index(drop=True)
    if spec.points and not spec.box_beside_points and "points" in boxes:
        apart = _apart(boxes)
        if apart.any():
            boxes = boxes.assign(points=boxes["points"].mask(apart, None))
    if not spec.relative or not len(boxes):
        return images, boxes
    size = _sizes(images, boxes)
    gone, _ = _outside(images, boxes)
    kept = boxes.copy()
    known = size["width"].notna()
    kept.loc[known, CORNERS] = clip(
        kept.loc[known, CORNERS].to_numpy(), size.loc[known, "width"], size.loc[known, "height"]
    )
    unsized = images["width"].isna()
    if unsized.any():
        unsized &= images["image_id"].isin(boxes["image_id"])
    return images[~unsized], kept[known & ~gone]


def held(boxes: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Only the columns that the format keeps: what is lost has been reported, and need not be carried along."""
    if "*" in spec.attributes:
        return boxes
    kept = {*tables.TABLES["boxes"], *spec.attributes, *(("points", "shape") if spec.points else ())}
    return boxes[[name for name in boxes.columns if name in kept]]
