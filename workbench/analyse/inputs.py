"""What an evaluation is about: pictures with their truth, and what a detector found in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
        confirmed: causes that people confirmed or changed, where there are any.
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
