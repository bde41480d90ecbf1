"""What people said, laid over a look: marks are few and rows are many, so each mark looks for its row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.model.tables import FP
from workbench.project.marks import FLAGS, keys
from workbench.show.explorer.operating_view import Flags, Look


@dataclass(frozen=True, eq=False)
class Said:
    """Marks, each with the box or the predictions of one subject that it is about.

    Attributes:
        of_box: box_id to what is said of it.
        of_prediction: prediction_id to what is said of it.
    """

    of_box: dict[Any, dict[str, Any]]
    of_prediction: dict[Any, dict[str, Any]]

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """What is said of one row of the verdicts: cause, note, and a flag a kind; empty if nothing is."""
        if row["box_id"] is not None:
            return self.of_box.get(row["box_id"], {})
        return self.of_prediction.get(row["prediction_id"], {})


def find_places(marks: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame) -> Said:
    """Look up which of the subject's boxes and predictions the marks are about.

    Args:
        marks: from `workbench.project.marks.marks`.
        boxes: a checked table.
        predictions: a checked table.
    """
    of_key = {row["key"]: {k: row[k] for k in ("cause", "note", "who", "at", *FLAGS)} for row in tables.records(marks)}
    if not of_key:
        return Said({}, {})
    named = boxes[boxes["box_id"].astype("str").isin(set(marks["box_id"].dropna()))]
    alarms = set(marks.loc[marks["box_id"].isna(), "image_id"])
    near = predictions[predictions["image_id"].astype("str").isin(alarms)]
    near = near[["prediction_id", "image_id", "class_name", *CORNERS]]
    found = []
    for table, key in ((named[["box_id"]], "box_id"), (near, "prediction_id")):
        ids = [row[key] for row in tables.records(table[[key]])]
        said = (of_key.get(name) for name in keys(table))
        found.append({ours: one for ours, one in zip(ids, said, strict=True) if one is not None})
    return Said(found[0], found[1])


def confirm(look: Look, said: Said) -> tuple[Look, Flags]:
    """Put confirmed causes in the place of suggested ones; return the look and which rows are confirmed."""
    sure = np.zeros(len(look.outcome), dtype=bool)
    cause, causes = look.cause.copy(), list(look.causes)
    for row, one in rows_said(look, said).items():
        if one["cause"] is not None and look.failed[row]:
            if one["cause"] not in causes:
                causes.append(one["cause"])
            cause[row], sure[row] = causes.index(one["cause"]), True
    return replace(look, cause=cause, causes=tuple(causes)), sure


def rows_said(look: Look, said: Said) -> dict[int, dict[str, Any]]:
    """For each row that somebody marked, what is said of it."""
    found: dict[int, dict[str, Any]] = {}
    for of, key in ((said.of_box, "box_id"), (said.of_prediction, "prediction_id")):
        if of:
            ids = look.verdicts[key]
            for row in np.flatnonzero(ids.isin(list(of)).to_numpy(dtype=bool)):
                if key == "box_id" or look.outcome[row] == FP:
                    found[int(row)] = of[ids.iloc[row]]
    return found
