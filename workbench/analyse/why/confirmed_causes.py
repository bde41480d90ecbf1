"""Causes that stand in the verdicts: what the machine suggests, unless a person has said otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analyse.match.test_arrays import Flags, Ints, TestSet
from workbench.analyse.match.verdicts import Rows
from workbench.analyse.why.causes import NAMES, Suggestions
from workbench.model.errors import InputError
from workbench.model.tables import FN, FP

COLUMNS = ("box_id", "prediction_id", "cause")


@dataclass(frozen=True, eq=False)
class Causes:
    """The cause of every row of the verdicts.

    Attributes:
        code: position in `names`, -1 where nothing failed; shape (rows,).
        names: the machine's names, then those that people brought.
        confirmed: whether a person has said so; shape (rows,).
    """

    code: Ints
    names: tuple[str, ...]
    confirmed: Flags


def settle(rows: Rows, test_set: TestSet, suggestions: Suggestions, confirmed: pd.DataFrame | None) -> Causes:
    """Put together suggestions and what people confirmed; a row that did not fail has no cause, whoever says so."""
    code = np.full(len(rows.outcome), -1, dtype=np.int64)
    alarm, miss = rows.outcome == FP, rows.outcome == FN
    code[alarm] = suggestions.of_prediction[rows.prediction[alarm]]
    code[miss] = suggestions.of_box[rows.box[miss]]
    sure = np.zeros(len(code), dtype=bool)
    if confirmed is None or not len(confirmed):
        return Causes(code, NAMES, sure)
    names = list(dict.fromkeys([*NAMES, *confirmed["cause"].tolist()]))
    position = {name: number for number, name in enumerate(names)}
    for key, objects, of_row, failed in (
        ("prediction_id", test_set.predictions, rows.prediction, alarm),
        ("box_id", test_set.boxes, rows.box, miss),
    ):
        said = confirmed[confirmed[key].notna()].drop_duplicates(key, keep="last")
        at = pd.Index(objects.ids).get_indexer(pd.Index(said[key].astype(objects.ids.dtype)))
        of_object = np.full(len(objects) + 1, -1, dtype=np.int64)
        of_object[at[at >= 0]] = [position[name] for name in said["cause"].to_numpy()[at >= 0]]
        mine = np.where(failed, of_object[of_row], -1)
        code, sure = np.where(mine >= 0, mine, code), sure | (mine >= 0)
    return Causes(code, tuple(names), sure)


def checked(confirmed: pd.DataFrame) -> pd.DataFrame:
    """The table of confirmed causes with all its columns: box_id or prediction_id, and cause.

    Raises:
        InputError: if a row names neither or both of box and prediction, or no cause.
    """
    if "cause" not in confirmed.columns or not {"box_id", "prediction_id"} & set(confirmed.columns):
        raise InputError(
            "confirmed causes: the columns 'cause' and 'box_id' (of a miss) or 'prediction_id' (of a false alarm) are "
            f"needed; there are {', '.join(map(str, confirmed.columns)) or 'none'}"
        )
    table = confirmed.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    both = table["box_id"].notna() == table["prediction_id"].notna()
    wordless = ~table["cause"].map(lambda cause: isinstance(cause, str) and bool(cause.strip())).astype(bool)
    for wrong, what in ((both, "name a box_id or a prediction_id, one of them"), (wordless, "give the cause in words")):
        if wrong.any():
            raise InputError(f"confirmed causes: row {int(np.argmax(wrong.to_numpy()))} does not fit; {what}")
    return table
