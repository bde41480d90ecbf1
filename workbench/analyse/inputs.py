"""What an evaluation is about: pictures with their truth, what a detector found in them, and the settings.

As tables (`Inputs`), and sorted once as the arrays that every question is answered from (`TestSet`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures.bootstrap import Units, units_of
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS


@dataclass(frozen=True, eq=False)
class Inputs:
    """Predictions beside the ground truth that they are held against.

    Attributes:
        name: what to call it.
        images: the `images` table; its paths are relative to `root`.
        boxes: the `boxes` table.
        predictions: the `predictions` table, of any confidence.
        root: the folder of the pictures; None where only tables are known, then nothing looks at pixels.
        training: pictures and boxes that the detector learned from, where they are known.
        training_root: the folder of their pictures; by default `root`.
        confirmed: causes that people confirmed or changed, as `workbench.project.marks.confirmed_causes` gives them:
            box_id (of a miss) or prediction_id (of a false alarm), and cause; a later row goes before an earlier one.
        read_as: how predictions of somebody else's file were read, in one line.
        read_notes: what a person should know of that file.
    """

    name: str
    images: pd.DataFrame = field(repr=False)
    boxes: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)
    root: Path | None = None
    training: tuple[pd.DataFrame, pd.DataFrame] | None = field(repr=False, default=None)
    training_root: Path | None = None
    confirmed: pd.DataFrame | None = field(repr=False, default=None)
    read_as: str = ""
    read_notes: tuple[str, ...] = ()

    @property
    def pictures(self) -> Path:
        """The folder of the pictures; the present one where none is known."""
        return Path() if self.root is None else self.root

    def part(self, image_ids: pd.Series[Any]) -> Inputs:
        """Some of the pictures with what is theirs."""
        images, boxes, predictions = (
            tables.of_images(table, image_ids) for table in (self.images, self.boxes, self.predictions)
        )
        return replace(self, images=images, boxes=boxes, predictions=predictions)

    def check_classes(self) -> None:
        """See that predictions and boxes have a class in common.

        Raises:
            InputError: if they have none, which is a matter of names.
        """
        predicted, labelled = (set(table["class_name"].unique()) for table in (self.predictions, self.boxes))
        if predicted and labelled and not predicted & labelled:
            raise InputError(
                f"{self.name}: the predictions know the classes {listed(predicted)}, the labels {listed(labelled)}, "
                "and not one is common; if they mean the same, rename them: --rename OLD=NEW"
            )


def listed(names: set[str]) -> str:
    """The first names of a set, as a message shows them."""
    first = ", ".join(repr(name) for name in sorted(names)[:5])
    return first + (f" and {len(names) - 5} more" if len(names) > 5 else "") if names else "none"


@dataclass(frozen=True)
class Settings:
    """What the figures of an evaluation depend on; it travels with them.

    Attributes:
        confidence: predictions from here on count (AP looks at all of them).
        iou: least IoU of a match, for verdicts, precision and recall (AP: 0.50 to 0.95).
        matching: the rule by which predictions find their boxes.
        background_iou: at most this IoU with every box makes a false alarm a background error (TIDE).
        max_detections: predictions per picture and class that AP looks at.
        pictures: number of pictures evaluated.
        unlabelled_left_out: pictures left out, with all their predictions, because nobody has labelled them.
        classes: every class that boxes or predictions have.
        unknown_classes: those that only predictions have; all of them are false alarms, AP leaves them out.
        intervals: what the 95 % intervals take for independent: pictures, groups, or pieces of video.
        causes_from: what suggestions of causes look at: tables, pixels, training.
        hotcoco: version of the package that computed AP.
        predictions_read_as: how predictions of somebody else's file were read, in one line; empty for our own.
        predictions_notes: what a person should know of that file.
    """

    confidence: float
    iou: float
    matching: str
    background_iou: float
    max_detections: int
    pictures: int
    unlabelled_left_out: int
    classes: tuple[str, ...]
    unknown_classes: tuple[str, ...]
    intervals: str
    causes_from: str
    hotcoco: str
    predictions_read_as: str = ""
    predictions_notes: tuple[str, ...] = ()

    def to_json_dict(self) -> dict[str, Any]:
        """As JSON holds them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def check_thresholds(confidence: float, iou: float) -> None:
    """Refuse a confidence outside 0 to 1 and an IoU outside 0 (excluded) to 1.

    Raises:
        InputError: naming the value.
    """
    if not 0 <= confidence <= 1:
        raise InputError(f"evaluate: confidence is {confidence}; expected 0 to 1")
    if not 0 < iou <= 1:
        raise InputError(f"evaluate: iou is {iou}; expected above 0 and at most 1")


Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_NAMED = {*tables.TABLES["boxes"], *tables.TABLES["predictions"]}


@dataclass(frozen=True, eq=False)
class Objects:
    """Boxes or predictions of the counted pictures, sorted by picture.

    Attributes:
        ids: the caller's ids, shape (n,).
        image: position of the picture in `TestSet.image_ids`, shape (n,), ascending.
        label: position of the class in `TestSet.classes`, shape (n,).
        xyxy: corners in pixels, shape (n, 4).
        confidence: shape (n,); all 1 for boxes.
        ignore: regions that count neither for nor against, shape (n,); all false for predictions.
        extra: the columns that the tables' rules do not name (attributes, measures), n rows.
    """

    ids: pd.Series[str] | pd.Series[int]
    image: Ints
    label: Ints
    xyxy: Floats
    confidence: Floats
    ignore: Flags
    extra: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


@dataclass(frozen=True, eq=False)
class TestSet:
    """What an evaluation looks at.

    Attributes:
        image_ids: the counted pictures in the caller's order, shape (n,).
        width: of the counted pictures in pixels, NaN where unknown, shape (n,).
        height: likewise.
        boxes: in the caller's order within a picture.
        predictions: by falling confidence within a picture, equal ones in the caller's order (COCO's stable order).
        classes: every class name, sorted.
        unknown_classes: the classes that only predictions have.
        left_out: number of pictures not evaluated because nobody has labelled them.
        units: which pictures belong together, for intervals.
        images: the rows of the counted pictures, in the order of `image_ids`.
    """

    __test__ = False  # not a test case, whatever pytest makes of the name

    image_ids: pd.Series[str] | pd.Series[int]
    width: Floats
    height: Floats
    boxes: Objects
    predictions: Objects
    classes: tuple[str, ...]
    unknown_classes: tuple[str, ...]
    left_out: int
    units: Units
    images: pd.DataFrame = field(repr=False)

    @cached_property
    def place_by_id(self) -> Ints:
        """The place of each picture in the order of ids, shape (n,): of equal confidences the lower id goes first.

        That is COCO's order, so that AP does not depend on the order of the tables. The id is COCO's own where the
        pictures come from its files, else `image_ids`.
        """
        ids: pd.Series[Any] = self.image_ids
        if "coco_id" in self.images and self.images["coco_id"].notna().all() and self.images["coco_id"].is_unique:
            ids = self.images["coco_id"]
            if not pd.api.types.is_integer_dtype(ids.dtype):
                ids = ids.astype("str")
        place = np.empty(len(ids), dtype=np.int64)
        place[ids.reset_index(drop=True).sort_values(kind="stable").index] = np.arange(len(ids))
        return place


def build(images: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame, *, checked: bool = False) -> TestSet:
    """Check the three tables and sort them into a test set.

    Args:
        images: table ``images``.
        boxes: table ``boxes``.
        predictions: table ``predictions``.
        checked: they are validated already, and belong together.

    Raises:
        TableError: if a table breaks its rules or names a picture that `images` does not hold.
        InputError: if no picture is labelled.
    """
    if not checked:
        images = tables.validate(images, "images")
        boxes = tables.validate(boxes, "boxes")
        predictions = tables.validate(predictions, "predictions")
        tables.check_references(images, boxes, "boxes")
        tables.check_references(images, predictions, "predictions")
    counted = images["label_status"].isin(tables.COUNTED_STATUSES).to_numpy(dtype=bool)
    if not counted.any():
        held = (
            f"images holds {len(images)} pictures, none of them labelled" if len(images) else "images holds no picture"
        )
        raise InputError(f"evaluate: {held}; label at least one (label_status {', '.join(tables.COUNTED_STATUSES)})")
    box_classes = set(boxes["class_name"].unique())
    classes = tuple(sorted(box_classes | set(predictions["class_name"].unique())))
    position = np.where(counted, np.cumsum(counted) - 1, -1)
    looked_at = images[counted].reset_index(drop=True)
    return TestSet(
        image_ids=looked_at["image_id"],
        width=looked_at["width"].to_numpy(dtype=np.float64, na_value=np.nan),
        height=looked_at["height"].to_numpy(dtype=np.float64, na_value=np.nan),
        boxes=_objects(boxes, "box_id", images["image_id"], position, classes),
        predictions=_objects(predictions, "prediction_id", images["image_id"], position, classes),
        classes=classes,
        unknown_classes=tuple(name for name in classes if name not in box_classes),
        left_out=int((~counted).sum()),
        units=units_of(looked_at),
        images=looked_at,
    )


def take(values: pd.Series[Any], positions: Ints, *, nullable: bool = False) -> pd.Series[Any]:
    """The values at these positions; with `nullable`, NA where the position is -1."""
    if nullable and pd.api.types.is_integer_dtype(values.dtype):
        values = values.astype("Int64")
    return pd.Series(values.array.take(positions, allow_fill=nullable))


def _objects(table: pd.DataFrame, key: str, image_ids: pd.Series, position: Ints, classes: tuple[str, ...]) -> Objects:
    image = position[tables.positions(table["image_id"], image_ids)] if len(table) else np.zeros(0, dtype=np.int64)
    confidence = table["confidence"].to_numpy(dtype=np.float64) if "confidence" in table else np.ones(len(table))
    order = np.argsort(-confidence, kind="stable")
    order = order[image[order] >= 0]
    # Small numbers are sorted by their digits, in half the time.
    place = image[order]
    order = order[np.argsort(place.astype(np.uint16) if place.max(initial=0) < 2**16 else place, kind="stable")]
    label = tables.positions(table["class_name"], pd.Series(classes, dtype="str"))
    ignore = table["ignore"].to_numpy(dtype=bool) if "ignore" in table else np.zeros(len(table), dtype=bool)
    extra = table[[name for name in table.columns if name not in _NAMED]]
    return Objects(
        ids=table[key].iloc[order].reset_index(drop=True),
        image=image[order],
        label=label[order],
        xyxy=table[CORNERS].to_numpy(dtype=np.float64)[order],
        confidence=confidence[order],
        ignore=ignore[order],
        extra=extra.iloc[order].reset_index(drop=True),
    )
