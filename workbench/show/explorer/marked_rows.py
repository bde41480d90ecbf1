"""Marks laid over the verdicts of an operating point: marks are few and rows many, so each mark looks for its row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.model.tables import FP
from workbench.project.marks import Marked
from workbench.show.explorer.point_view import Flags, PointView


def confirm(point: PointView, marks: Marked) -> tuple[PointView, Flags]:
    """Put confirmed causes in the place of suggested ones; return the verdicts and which rows are confirmed."""
    sure = np.zeros(len(point.outcome), dtype=bool)
    cause, causes = point.cause.copy(), list(point.causes)
    for row, one in rows_said(point, marks).items():
        if one["cause"] is not None and point.failed[row]:
            if one["cause"] not in causes:
                causes.append(one["cause"])
            cause[row], sure[row] = causes.index(one["cause"]), True
    return replace(point, cause=cause, causes=tuple(causes)), sure


def rows_said(point: PointView, marks: Marked) -> dict[int, dict[str, Any]]:
    """For each row that somebody marked, what is said of it."""
    found: dict[int, dict[str, Any]] = {}
    for of, key in ((marks.of_box, "box_id"), (marks.of_prediction, "prediction_id")):
        if of:
            ids = point.verdicts[key]
            for row in np.flatnonzero(ids.isin(list(of)).to_numpy(dtype=bool)):
                if key == "box_id" or point.outcome[row] == FP:
                    found[int(row)] = of[ids.iloc[row]]
    return found
