"""One detector in the explorer: its evaluation at every point looked at, where its rows lie, and their order."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse import Evaluation
from workbench.model import geometry, tables
from workbench.model.geometry import CORNERS
from workbench.model.tables import FN
from workbench.project.marks import Marked, find_places
from workbench.show.explorer.explorer_crops import Boxes, Pictures
from workbench.show.explorer.marked_rows import confirm
from workbench.show.explorer.point_view import Flags, Floats, Ints, PointView, point_view, sweep_of

_KEPT = 6


class Side:
    """An evaluation that is looked at from many operating points.

    Attributes:
        name: of what was evaluated.
        truth: ground truth, shared by both sides.
        found: the predictions.
        whole: the evaluation that all others are moved from.
        said: what people said of its boxes and predictions.
    """

    def __init__(self, evaluation: Evaluation, pictures: Pictures, truth: Boxes) -> None:
        inputs = evaluation.inputs
        self.name, self.truth = inputs.name, truth
        self.whole = evaluation
        self._predictions = tables.validate(inputs.predictions, "predictions")
        self._boxes = tables.validate(inputs.boxes, "boxes")
        self.found = Boxes(self._predictions, "prediction_id", pictures)
        self.said = Marked({}, {})
        self._ids = pictures.ids
        self._kept_views = lru_cache(_KEPT)(self._view)
        self._kept_failures = lru_cache(2)(self._failures)

    def at(self, confidence: float, iou: float) -> PointView:
        """The verdicts at an operating point, with the causes that the machine suggests."""
        return self._kept_views(confidence, iou)

    def confirmed(self, confidence: float, iou: float) -> tuple[PointView, Flags]:
        """The verdicts at an operating point with the causes that people confirmed, and where they did."""
        return confirm(self.at(confidence, iou), self.said)

    def read_marks(self, marks: pd.DataFrame) -> None:
        """Take up what people said, here or elsewhere."""
        self.said = find_places(marks, self._boxes, self._predictions)

    def failure(self, confidence: float, iou: float, row: int) -> dict[str, Any]:
        """What `Evaluation.failures` says of a row that is a miss or a false alarm."""
        at = int(np.count_nonzero(self.at(confidence, iou).failed[:row]))
        return tables.records(self._kept_failures(confidence, iou).iloc[[at]])[0]

    def curve(self, iou: float, rows: Flags | None) -> pd.DataFrame:
        """confidence, precision, recall and f1 at 99 confidences.

        Args:
            iou: least IoU of a hit.
            rows: those that count of the verdicts at confidence 0, None for all.
        """
        if rows is None:
            return self.whole.at(iou=iou).curve()[["confidence", "precision", "recall", "f1"]]
        return sweep_of(self.at(0.0, iou), rows)

    def corners(self, point: PointView, rows: Ints) -> Floats:
        """Of the prediction where a row has one, else of the box; shape (rows, 4)."""
        corners = np.empty((len(rows), 4))
        ids = point.verdicts["prediction_id"].iloc[rows]
        boxes = ids.isna().to_numpy(dtype=bool)
        corners[~boxes] = self.found.corners[self.found.places(ids[~boxes])]
        corners[boxes] = self.truth.corners[self.truth.places(point.verdicts["box_id"].iloc[rows[boxes]])]
        return corners

    def with_corners(self, point: PointView, rows: Ints) -> pd.DataFrame:
        """Verdicts as `workbench.project.marks.mark` takes them."""
        corners = self.corners(point, rows)
        return point.verdicts.iloc[rows].assign(**dict(zip(CORNERS, corners.T, strict=True)))

    def arrange(self, point: PointView, rows: Ints, sort: str) -> Ints:
        """Rows in the order to look at them.

        ``worst`` takes the surest false alarm beside the largest miss, then the next of each; the other orders are
        those of `cards.arrange`.
        """
        if sort == "picture" or not len(rows):
            return rows
        if sort == "confidence":
            return rows[np.argsort(-point.confidence[rows], kind="stable")]
        if sort == "iou":
            return rows[np.argsort(point.iou[rows], kind="stable")]
        if sort == "size":
            return rows[np.argsort(-geometry.area(self.corners(point, rows)), kind="stable")]
        missed = point.outcome[rows] == FN
        key = -point.confidence[rows]
        key[missed] = -geometry.area(self.corners(point, rows[missed]))
        rank = np.zeros(len(rows), dtype=np.int64)
        for kind in (missed, ~missed):
            at = np.flatnonzero(kind)
            rank[at[np.argsort(key[at], kind="stable")]] = np.arange(len(at))
        return rows[np.argsort(rank, kind="stable")]

    def _view(self, confidence: float, iou: float) -> PointView:
        return point_view(self.whole.at(confidence=confidence, iou=iou), self._ids)

    def _failures(self, confidence: float, iou: float) -> pd.DataFrame:
        return self.at(confidence, iou).evaluation.failures
