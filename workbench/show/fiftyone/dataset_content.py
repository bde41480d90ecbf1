"""What a FiftyOne dataset holds: the names of its fields, what kind each is, and the tables that fill it.

What people said and what changed since the last round become columns of the tables, and every column becomes an
attribute of a label; marks become its tags.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.project.marks import FLAGS, Marked, find_places

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


def _confirmed(verdicts: pd.DataFrame, said: Marked) -> pd.DataFrame:
    cause, sure = verdicts["cause"].copy(), verdicts["cause_confirmed"].to_numpy(dtype=bool).copy()
    failed = verdicts["outcome"].isin(("fp", "fn")).to_numpy(dtype=bool)
    for key, of in (("box_id", said.of_box), ("prediction_id", said.of_prediction)):
        named = {ours: one["cause"] for ours, one in of.items() if one["cause"]}
        rows = np.flatnonzero(failed & verdicts[key].isin(list(named)).to_numpy(dtype=bool))
        for row in map(int, rows):
            cause.iloc[row], sure[row] = named[tables.plain(verdicts[key].iloc[row])], True
    return verdicts.assign(cause=cause, cause_confirmed=sure)


Kind = Literal["text", "number", "integer", "flag"]

EVAL_KEY = "eval"
TRUTH, PREDICTIONS, BELOW, EARLIER = "ground_truth", "predictions", "predictions_below", "predictions_before"
PRINT = "fingerprint"
COUNTS = tuple(f"{EVAL_KEY}_{outcome}" for outcome in ("tp", "fp", "fn"))
LARGEST_MISS, SUREST_FALSE_ALARM = "largest_miss", "surest_false_alarm"

SAID: dict[str, Kind] = {
    "outcome": "text",
    "error": "text",
    "cause": "text",
    "cause_confirmed": "flag",
    "iou": "number",
    EVAL_KEY: "text",
    f"{EVAL_KEY}_id": "text",
    f"{EVAL_KEY}_iou": "number",
}
_NO_FIELD = {"path", "sha256", "width", "height"}
_TAKEN_BY_SAMPLE = {"id", "filepath", "tags", "metadata", "created_at", "last_modified_at", "sample_id", "media_type"}
_TAKEN_BY_LABEL = {"id", "tags", "attributes", "label", "bounding_box", "mask", "mask_path", "index", "instance"}


@dataclass(frozen=True)
class Layout:
    """The fields to declare: for pictures, for ground truth and for predictions, each name with its kind.

    Attributes:
        picture: of the picture itself.
        truth: of a box.
        prediction: of a prediction.
        earlier: of an earlier iteration's prediction, None where there is no earlier iteration.
    """

    picture: dict[str, Kind]
    truth: dict[str, Kind]
    prediction: dict[str, Kind]
    earlier: dict[str, Kind] | None = None

    @property
    def labels(self) -> dict[str, dict[str, Kind]]:
        """The label fields and what each label holds."""
        found = {TRUTH: self.truth, PREDICTIONS: self.prediction, BELOW: self.prediction}
        return found if self.earlier is None else {**found, EARLIER: self.earlier}


@dataclass(frozen=True, eq=False)
class Content:
    """Everything that a dataset shows, as tables.

    Attributes:
        images: checked, every picture with its upright width and height.
        boxes: checked.
        predictions: checked.
        verdicts: checked; each box and each prediction at or above `confidence` of an evaluated picture has one.
        root: the absolute folder that the paths start from.
        confidence: predictions from here on go to `PREDICTIONS`, the others to `BELOW`.
        earlier: the last iteration's predictions at or above the confidence and their verdicts, or None.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    predictions: pd.DataFrame
    verdicts: pd.DataFrame
    root: Path
    confidence: float
    earlier: tuple[pd.DataFrame, pd.DataFrame] | None = None

    def of(self, wanted: npt.NDArray[np.bool_]) -> Content:
        """The part of it that is about some pictures: a flag for each row of `images`."""
        images, boxes, predictions, verdicts, *earlier = (
            table[wanted[place]].reset_index(drop=True) for table, place in zip(self._tables, self._places, strict=True)
        )
        return replace(
            self,
            images=images,
            boxes=boxes,
            predictions=predictions,
            verdicts=verdicts,
            earlier=(earlier[0], earlier[1]) if earlier else None,
        )

    @property
    def layout(self) -> Layout:
        """What fields it needs."""
        made = layout(self.images, self.boxes, self.predictions)
        return made if self.earlier is None else replace(made, earlier=fields_of(self.earlier[0]))

    def fingerprints(self) -> list[str]:
        """For each picture what changes when anything shown of it does but further iterations, in order of `images`."""
        sums = [sums_by_picture(*one, len(self.images)) for one in zip(self._tables, self._places, strict=True)]
        return as_fingerprints(sums, (str(self.root), self.confidence))

    @property
    def _tables(self) -> list[pd.DataFrame]:
        return [self.images, self.boxes, self.predictions, self.verdicts, *(self.earlier or ())]

    @cached_property
    def _places(self) -> list[npt.NDArray[np.int64]]:
        """For each table the row of `images` that each of its rows is about."""
        return [tables.positions(table["image_id"], self.images["image_id"]) for table in self._tables]


def sums_by_picture(table: pd.DataFrame, place: npt.NDArray[np.int64], pictures: int) -> npt.NDArray[np.uint64]:
    """For each picture a number that changes when one of its rows does, and not with the order of rows.

    Args:
        table: the rows.
        place: the picture of each row, shape (n,).
        pictures: how many there are.
    """
    total = np.zeros(pictures, dtype=np.uint64)
    if len(table):
        np.add.at(total, place, pd.util.hash_pandas_object(table, index=False).to_numpy(dtype=np.uint64))
    return total


def as_fingerprints(sums: Sequence[npt.NDArray[np.uint64]], settings: object) -> list[str]:
    """For each picture a text out of one number for each table, and of the settings that hold for all of them."""
    told = hashlib.blake2b(repr(settings).encode(), digest_size=8).digest()
    total = np.full(len(sums[0]), int.from_bytes(told), dtype=np.uint64)
    for number, one in enumerate(sums):
        total += one * np.uint64(2 * number + 3)  # An odd factor keeps the tables apart.
    return [f"{one:016x}" for one in total.tolist()]


def layout(images: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame) -> Layout:
    """What fields the tables need. Columns that FiftyOne has a place for are left out."""
    skip = {"image_id", "class_name", MARKS, *CORNERS}
    picture = _kinds(images, _NO_FIELD, _TAKEN_BY_SAMPLE)
    picture |= {**dict.fromkeys(COUNTS, "integer"), LARGEST_MISS: "number", SUREST_FALSE_ALARM: "number", PRINT: "text"}
    truth = _kinds(boxes, skip, _TAKEN_BY_LABEL | {"confidence"}) | SAID
    return Layout(picture=picture, truth=truth, prediction=fields_of(predictions))


def fields_of(predictions: pd.DataFrame, said: dict[str, Kind] = SAID) -> dict[str, Kind]:
    """What a prediction's label holds beside its class, confidence and place."""
    skip = {"image_id", "class_name", "confidence", MARKS, *CORNERS}
    return _kinds(predictions, skip, _TAKEN_BY_LABEL) | said


def _kinds(table: pd.DataFrame, skip: set[str], taken: set[str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name in map(str, table.columns):
        usable = name.isidentifier() and not name.startswith("_") and name not in taken
        if name in skip or not usable or name in SAID:
            continue
        dtype = table[name].dtype
        if pd.api.types.is_bool_dtype(dtype):
            kinds[name] = "flag"
        elif pd.api.types.is_integer_dtype(dtype):
            kinds[name] = "integer"
        elif pd.api.types.is_float_dtype(dtype):
            kinds[name] = "number"
        elif isinstance(dtype, pd.StringDtype):
            kinds[name] = "text"
    return kinds
