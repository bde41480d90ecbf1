"""What an evaluation is about: pictures with their truth, what a detector found in them, and the settings.

As tables (`Inputs`), and sorted once as the arrays that every question is answered from (`TestSet`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures.bootstrap import Units, units_of
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

Difficult = Literal["ignore", "count"]
"""What becomes of boxes that are marked difficult: VOC ignores them, everybody else counts them."""


@dataclass(frozen=True)
class LeftOut:
    """What is not looked at although labels or predictions name it, for whoever reads the figures.

    Attributes:
        unreadable: pictures whose labels could not be read in full, by image_id, each with what is wrong and where. In
            the table of pictures they stand as ``returned``: their truth is not known.
        slips: boxes without area on pictures that are looked at, and where: they are no boxes.
        faults: what else of the labels could not be read, where no picture is known for it.
        elsewhere: labelled pictures that lie in another folder than the one that was asked for.
        folder: that folder.
        predictions_elsewhere: predictions on pictures elsewhere.
    """

    unreadable: Mapping[str, str] = field(default_factory=dict)
    slips: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    elsewhere: int = 0
    folder: str = ""
    predictions_elsewhere: int = 0

    @property
    def is_problem(self) -> bool:
        """Whether something could not be read, or is no box where somebody meant one."""
        return bool(self.unreadable or self.faults or self.slips)


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
        left_out: what is not looked at.
        difficult: what becomes of boxes that are marked difficult: ``ignore`` (they are regions to ignore by now) or
            ``count``.
        remarks: what else whoever reads the figures must know.
        all_looked_at: the detector looked at every picture; one without predictions is one without finds.
        read_as: how predictions of somebody else's file were read, in one line.
    """

    name: str
    images: pd.DataFrame = field(repr=False)
    boxes: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)
    root: Path | None = None
    training: tuple[pd.DataFrame, pd.DataFrame] | None = field(repr=False, default=None)
    training_root: Path | None = None
    confirmed: pd.DataFrame | None = field(repr=False, default=None)
    left_out: LeftOut = LeftOut()
    difficult: Difficult = "count"
    remarks: tuple[str, ...] = ()
    all_looked_at: bool = False
    read_as: str = ""

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
        unreadable_left_out: pictures left out, with all their predictions, because their labels could not be read.
        elsewhere_left_out: labelled pictures left out because they lie in another folder than the one asked for.
        predictions_left_out: predictions on pictures that are left out for one reason or another.
        pictures_with_predictions: of the pictures evaluated, those for which there is a prediction of any confidence.
        difficult: what became of boxes marked difficult, ``ignore`` (as VOC has it) or ``count``.
        remarks: sentences that whoever reads the figures must know: what was left out, and why.
        predictions_read_as: how predictions of somebody else's file were read, in one line; empty for our own.
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
    unreadable_left_out: int = 0
    elsewhere_left_out: int = 0
    predictions_left_out: int = 0
    pictures_with_predictions: int = 0
    difficult: Difficult = "count"
    remarks: tuple[str, ...] = ()
    predictions_read_as: str = ""

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
        unreadable: number of those not evaluated because their labels could not be read.
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
    unreadable: int
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


def build(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    checked: bool = False,
    unreadable: Mapping[str, str] | None = None,
) -> TestSet:
    """Check the three tables and sort them into a test set.

    Args:
        images: table ``images``.
        boxes: table ``boxes``.
        predictions: table ``predictions``.
        checked: they are validated already, and belong together.
        unreadable: what is wrong with the labels of pictures, by image_id; they are left out whatever their status.

    Raises:
        TableError: if a table breaks its rules or names a picture that `images` does not hold.
        InputError: if no picture is labelled.
    """
    unreadable = unreadable or {}
    if not checked:
        images = tables.validate(images, "images")
        boxes = tables.validate(boxes, "boxes")
        predictions = tables.validate(predictions, "predictions")
        tables.check_references(images, boxes, "boxes")
        tables.check_references(images, predictions, "predictions")
    broken = images["image_id"].isin(list(unreadable)).to_numpy(dtype=bool)
    counted = images["label_status"].isin(tables.COUNTED_STATUSES).to_numpy(dtype=bool) & ~broken
    if not counted.any():
        if broken.any():
            raise InputError(
                f"evaluate: no labels could be read in full, first {next(iter(unreadable.values()))}; mend them: "
                "workbench check says what is wrong"
            )
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
        left_out=int((~counted & ~broken).sum()),
        unreadable=int(broken.sum()),
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
