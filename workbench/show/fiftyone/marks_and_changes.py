"""What the FiftyOne view shows beside the verdicts: what people said, and what changed since the last iteration.

Both become columns of the tables, and every column becomes an attribute of a label; marks become its tags.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.model import tables
from workbench.project.marks import FLAGS
from workbench.show.explorer.marked_rows import Said, find_places

MARKS, NOTE, CHANGE, CONFIRMED = "marks", "note", "change", "cause_confirmed"
_CHANGE_OF = {"broken": "new", "fixed": "fixed", "stayed": "stayed"}


def with_marks(
    boxes: pd.DataFrame, predictions: pd.DataFrame, verdicts: pd.DataFrame, marks: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Add ``marks`` (kinds, joined by a comma) and ``note`` to boxes and predictions, and confirmed causes to verdicts.

    Args:
        boxes: a checked table.
        predictions: a checked table.
        verdicts: a checked table of the two.
        marks: from `workbench.project.marks.marks`.
    """
    said = find_places(marks, boxes, predictions)
    return (
        _marked(boxes, "box_id", said.of_box),
        _marked(predictions, "prediction_id", said.of_prediction),
        _confirmed(verdicts, said),
    )


def with_changes(
    boxes: pd.DataFrame, predictions: pd.DataFrame, earlier: pd.DataFrame, ledger: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Add ``change`` (``new``, ``fixed``, ``stayed`` or NA) to boxes, predictions and the earlier predictions.

    Args:
        boxes: a checked table.
        predictions: a checked table.
        earlier: the earlier iteration's checked table.
        ledger: from `workbench.analyse.compare`.
    """
    change = [_CHANGE_OF[name] for name in ledger["change"].tolist()]
    missed = ledger["box_id"].notna().tolist()
    found = []
    for table, key, column, of_miss in (
        (boxes, "box_id", "box_id", True),
        (predictions, "prediction_id", "prediction_after", False),
        (earlier, "prediction_id", "prediction_before", False),
    ):
        ids = [tables.plain(value) for value in ledger[column].tolist()]
        said = {ours: one for ours, one, miss in zip(ids, change, missed, strict=True) if miss == of_miss}
        found.append(_with(table, CHANGE, key, said))
    return found[0], found[1], found[2]


def _marked(table: pd.DataFrame, key: str, said: dict[Any, dict[str, Any]]) -> pd.DataFrame:
    kinds = {ours: ",".join(kind for kind in FLAGS if one[kind]) for ours, one in said.items()}
    notes = {ours: one["note"] for ours, one in said.items()}
    return _with(_with(table, MARKS, key, kinds), NOTE, key, notes)


def _with(table: pd.DataFrame, column: str, key: str, said: dict[Any, Any]) -> pd.DataFrame:
    values = [said.get(ours) or None for ours in table[key].tolist()] if said else [None] * len(table)
    return table.assign(**{column: pd.Series(values, index=table.index, dtype="str")})


def _confirmed(verdicts: pd.DataFrame, said: Said) -> pd.DataFrame:
    cause, sure = verdicts["cause"].copy(), verdicts["cause_confirmed"].to_numpy(dtype=bool).copy()
    failed = verdicts["outcome"].isin(("fp", "fn")).to_numpy(dtype=bool)
    for key, of in (("box_id", said.of_box), ("prediction_id", said.of_prediction)):
        named = {ours: one["cause"] for ours, one in of.items() if one["cause"]}
        rows = np.flatnonzero(failed & verdicts[key].isin(list(named)).to_numpy(dtype=bool))
        for row in map(int, rows):
            cause.iloc[row], sure[row] = named[tables.plain(verdicts[key].iloc[row])], True
    return verdicts.assign(cause=cause, cause_confirmed=sure)
