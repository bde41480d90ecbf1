"""Which labelled boxes predictions lie on, whatever their class: the evidence for one reading against another.

A detector that is any good is sure of boxes that somebody drew. Of a few readings of the same numbers the right one
therefore puts the surest predictions on labelled boxes, and the others put them beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS, Boxes, iou_matrix

SAMPLE = 2000
"""So many of the surest predictions are looked at."""
LIES_ON = 0.5
"""Least IoU with the box that a prediction lies on."""
Ints = npt.NDArray[np.int64]


class _Truth(Protocol):
    @property
    def images(self) -> pd.DataFrame: ...

    @property
    def boxes(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Labelled:
    """The labelled boxes by picture.

    Attributes:
        image_ids: of every picture.
        boxes: the `boxes` table.
    """

    image_ids: pd.Series[Any]
    boxes: pd.DataFrame

    @classmethod
    def of(cls, truth: _Truth) -> Labelled:
        """Those of labels or of a test."""
        counted = truth.boxes[~truth.boxes["ignore"].astype(bool)] if len(truth.boxes) else truth.boxes
        return cls(truth.images["image_id"], counted.reset_index(drop=True))

    @cached_property
    def _by_picture(self) -> dict[int, Ints]:
        if not len(self.boxes):
            return {}
        place = tables.positions(self.boxes["image_id"], self.image_ids)
        order = np.argsort(place, kind="stable")
        starts = np.flatnonzero(np.diff(place[order], prepend=-2))
        return {int(place[part[0]]): part for part in np.split(order, starts[1:]) if len(part)}

    @cached_property
    def _corners(self) -> Boxes:
        return self.boxes[CORNERS].to_numpy(dtype=np.float64)

    def surest(self, picture: Ints, confidence: npt.NDArray[np.float64]) -> Ints:
        """The surest predictions in pictures that have labelled boxes: no more than there are boxes in these."""
        with_boxes = np.isin(picture, list(self._by_picture))
        rows = np.flatnonzero(with_boxes)
        count = sum(len(self._by_picture[one]) for one in np.unique(picture[rows]).tolist())
        order = rows[np.argsort(-confidence[rows], kind="stable")]
        return order[: min(count, SAMPLE)]

    def nearest(self, picture: Ints, boxes: Boxes) -> tuple[npt.NDArray[np.float64], Ints]:
        """The greatest IoU of each prediction with a labelled box of its picture, and that box; shapes (n,)."""
        best, which = np.zeros(len(picture)), np.full(len(picture), -1, dtype=np.int64)
        for one in np.unique(picture).tolist():
            theirs = self._by_picture.get(one)
            if theirs is None:
                continue
            mine = np.flatnonzero(picture == one)
            mine = mine[np.isfinite(boxes[mine]).all(axis=1) & (boxes[mine, 2:] > boxes[mine, :2]).all(axis=1)]
            if not len(mine):
                continue
            overlap = iou_matrix(boxes[mine], self._corners[theirs])
            place = overlap.argmax(axis=1)
            best[mine] = overlap[np.arange(len(mine)), place]
            which[mine] = theirs[place]
        return best, which

    def classes(self, which: Ints) -> list[str]:
        """The class of each of these boxes."""
        return [str(name) for name in self.boxes["class_name"].iloc[which]]
