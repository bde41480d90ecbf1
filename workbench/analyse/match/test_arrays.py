"""Tables in, arrays out: one frozen test set, sorted once, that every question about it is answered from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures.bootstrap import Units, units_of
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

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
