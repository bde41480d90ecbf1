"""What people said, laid over a look: marks are few and rows are many, so each mark looks for its row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from workbench.model.tables import FP
from workbench.project.marks import Marked
from workbench.show.explorer.operating_view import Flags, Look


def confirm(look: Look, said: Marked) -> tuple[Look, Flags]:
    """Put confirmed causes in the place of suggested ones; return the look and which rows are confirmed."""
    sure = np.zeros(len(look.outcome), dtype=bool)
    cause, causes = look.cause.copy(), list(look.causes)
    for row, one in rows_said(look, said).items():
        if one["cause"] is not None and look.failed[row]:
            if one["cause"] not in causes:
                causes.append(one["cause"])
            cause[row], sure[row] = causes.index(one["cause"]), True
    return replace(look, cause=cause, causes=tuple(causes)), sure


def rows_said(look: Look, said: Marked) -> dict[int, dict[str, Any]]:
    """For each row that somebody marked, what is said of it."""
    found: dict[int, dict[str, Any]] = {}
    for of, key in ((said.of_box, "box_id"), (said.of_prediction, "prediction_id")):
        if of:
            ids = look.verdicts[key]
            for row in np.flatnonzero(ids.isin(list(of)).to_numpy(dtype=bool)):
                if key == "box_id" or look.outcome[row] == FP:
                    found[int(row)] = of[ids.iloc[row]]
    return found
