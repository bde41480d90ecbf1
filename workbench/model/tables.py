"""The tables every room speaks: their columns, types and checks.

A stage hands a table to the next stage and nothing else. `validate` stands at every public door: it returns a checked
copy with the known columns first and filled defaults, or raises a `TableError` that names table, row, column and value.
Columns it does not know are kept, after the known ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.model.errors import TableError
from workbench.model.geometry import CORNERS
from workbench.model.table_checks import (
    Column,
    check_corners,
    check_keys,
    checked_column,
    first_value,
    missing_column,
)

SPLITS = ("train", "val", "test", "pool")
LABEL_STATUSES = ("unlabelled", "labelled", "empty", "returned", "approved")
COUNTED_STATUSES = ("labelled", "empty", "approved")
"""Of pictures whose objects are all known: they are learned from, tested on and counted. An unlabelled or returned one
is never taken for one without objects."""
OUTCOMES = ("tp", "fp", "fn", "ignored")
ERRORS = ("classification", "localization", "both", "duplicate", "background", "missed")
TP, FP, FN, IGNORED = range(len(OUTCOMES))
CLASSIFICATION, LOCALIZATION, BOTH, DUPLICATE, BACKGROUND, MISSED = range(len(ERRORS))
"""Outcomes and errors as positions, where arrays hold them."""
SEVERITIES = ("error", "warning", "info")


_CORNERS = {name: Column("number", required=True) for name in CORNERS}

READ_FROM = ("line", "label_file")
"""Columns in which label readers say where a box was read: no part of what the box is, and lost in no format."""

TABLES: Mapping[str, Mapping[str, Column]] = {
    "images": {
        "image_id": Column("id", required=True),
        "path": Column("text", default=""),
        "sha256": Column("text", default=""),
        "width": Column("integer", nullable=True, low=1),
        "height": Column("integer", nullable=True, low=1),
        "source": Column("text", default=""),
        "group_id": Column("text", default=""),
        "frame_s": Column("number", nullable=True, low=0),
        "split": Column("text", nullable=True, choices=SPLITS),
        "label_status": Column("text", default="labelled", choices=LABEL_STATUSES),
    },
    "boxes": {
        "box_id": Column("id"),
        "image_id": Column("id", required=True),
        "class_name": Column("text", required=True),
        **_CORNERS,
        "ignore": Column("flag", default=False),
        "labeller": Column("text", default=""),
    },
    "predictions": {
        "prediction_id": Column("id"),
        "image_id": Column("id", required=True),
        "class_name": Column("text", required=True),
        "confidence": Column("number", required=True, low=0.0, high=1.0),
        **_CORNERS,
    },
    "verdicts": {
        "image_id": Column("id", required=True),
        "box_id": Column("id", nullable=True),
        "prediction_id": Column("id", nullable=True),
        "class_name": Column("text", required=True),
        "confidence": Column("number", nullable=True, low=0.0, high=1.0),
        "iou": Column("number", nullable=True, low=0.0, high=1.0),
        "outcome": Column("text", required=True, choices=OUTCOMES),
        "error": Column("text", nullable=True, choices=ERRORS),
        "cause": Column("text", nullable=True),
        "cause_confirmed": Column("flag", default=False),
    },
    "problems": {
        "code": Column("text", required=True),
        "severity": Column("text", required=True, choices=SEVERITIES),
        "file": Column("text", nullable=True),
        "line": Column("integer", nullable=True),
        "image": Column("text", nullable=True),
        "box": Column("text", nullable=True),
        "message": Column("text", required=True),
        "fix": Column("text", nullable=True),
    },
}

_KEYS = {"images": "image_id", "boxes": "box_id", "predictions": "prediction_id"}


def empty(table: str) -> pd.DataFrame:
    """A table of no rows with all its columns in their right types."""
    rules = TABLES[table]
    return pd.DataFrame({name: _empty_column(rule) for name, rule in rules.items()})


def from_rows(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Build and validate a table from records; no records give the empty table."""
    return validate(pd.DataFrame(rows), table) if rows else empty(table)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries with plain Python values; every kind of missing becomes None."""
    columns = {str(name): [plain(value) for value in frame[name].tolist()] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def plain(value: Any) -> Any:
    """A value that SQLite and JSON both know; every kind of missing becomes None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return value


def validate(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Check a table against its rules and return it as a new one, columns in order, defaults filled in.

    Args:
        frame: the caller's table; it is not changed.
        table: ``images``, ``boxes``, ``predictions``, ``verdicts`` or ``problems``.

    Raises:
        TableError: naming table, column, row and value, what was expected and what to do.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TableError(f"{table}: expected a pandas DataFrame, got {type(frame).__name__}")
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f"{table}: the column '{twice}' is there twice; drop one")
    rules = TABLES[table]
    if len(frame) == 0:
        return empty(table).join(frame[[c for c in frame.columns if c not in rules]].reset_index(drop=True))
    columns: dict[str, pd.Series[Any]] = {}
    for name, rule in rules.items():
        if name in frame.columns:
            columns[name] = checked_column(frame[name], rule, table)
        elif rule.required:
            raise TableError(missing_column(table, name, [str(c) for c in frame.columns]))
        else:
            columns[name] = _filled(rule, name, table, frame)
    for name in frame.columns:
        if name not in rules:
            columns[name] = frame[name].reset_index(drop=True)
    result = pd.DataFrame(columns)
    if _KEYS.get(table) in frame.columns:  # Numbers that were given out here are all different.
        check_keys(result[_KEYS[table]], table)
    check_corners(result, table)
    return result


def check_references(images: pd.DataFrame, other: pd.DataFrame, table: str) -> None:
    """Refuse rows of `other` whose image_id is not among `images`.

    Raises:
        TableError: with the number of such rows and the first of them.
    """
    if len(other) == 0:
        return
    if pd.api.types.is_integer_dtype(images["image_id"]) != pd.api.types.is_integer_dtype(other["image_id"]):
        raise TableError(
            f"{table}: image_id is {other['image_id'].dtype}, in images it is {images['image_id'].dtype}; "
            "use one kind of id in all tables"
        )
    unknown = pd.Series(positions(other["image_id"], images["image_id"]) < 0)
    if unknown.any():
        raise TableError(
            f"{table}: {int(unknown.sum())} of {len(other)} rows name a picture that images does not hold, "
            f"first {first_value(other['image_id'], unknown)}; add it to images or drop these rows"
        )


def of_images(table: pd.DataFrame, image_ids: pd.Series[Any]) -> pd.DataFrame:
    """The rows of a table that belong to these pictures, numbered from 0 on."""
    return table[table["image_id"].isin(image_ids)].reset_index(drop=True)


def positions(ids: pd.Series[Any], among: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Where each id of one column first stands in another, shape (n,); −1 where it does not."""
    if isinstance(ids.dtype, pd.StringDtype) and isinstance(among.dtype, pd.StringDtype):
        # Arrow's own look-up; that of pandas first makes a Python object of every text.
        values, known = (pa.array(column, type=pa.large_string(), from_pandas=True) for column in (ids, among))
        found = pc.index_in(values, value_set=known)
        return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    places = pd.Series(np.arange(len(among)), index=among.to_numpy(), dtype="int64")
    places = places[~places.index.duplicated()]
    return np.asarray(places.index.get_indexer(pd.Index(ids)), dtype=np.int64)


def _empty_column(rule: Column) -> pd.Series[Any]:
    dtype = {"id": "str", "text": "str", "number": "float64", "integer": "Int64", "flag": "bool"}[rule.kind]
    return pd.Series([], dtype=dtype)


def _filled(rule: Column, name: str, table: str, frame: pd.DataFrame) -> pd.Series[Any]:
    count = len(frame)
    if name == _KEYS.get(table):
        prefix = {"boxes": "b", "predictions": "p"}.get(table, "")
        return prefix + pd.Series(np.arange(count)).astype("str")
    if rule.default is None:
        dtype = _empty_column(rule).dtype
        return pd.Series([None] * count, dtype=dtype)
    return pd.Series([rule.default] * count, dtype=_empty_column(rule).dtype)
