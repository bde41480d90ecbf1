"""What an evaluation is about: pictures with their truth, what a detector found in them, and the settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.model.errors import InputError


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
    """

    name: str
    images: pd.DataFrame = field(repr=False)
    boxes: pd.DataFrame = field(repr=False)
    predictions: pd.DataFrame = field(repr=False)
    root: Path | None = None
    training: tuple[pd.DataFrame, pd.DataFrame] | None = field(repr=False, default=None)
    training_root: Path | None = None
    confirmed: pd.DataFrame | None = field(repr=False, default=None)

    @property
    def pictures(self) -> Path:
        """The folder of the pictures; the present one where none is known."""
        return Path() if self.root is None else self.root

    def part(self, image_ids: pd.Series[Any]) -> Inputs:
        """Some of the pictures with what is theirs."""
        images, boxes, predictions = (
            table[table["image_id"].isin(image_ids)].reset_index(drop=True)
            for table in (self.images, self.boxes, self.predictions)
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
