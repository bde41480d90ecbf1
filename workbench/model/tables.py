"""The tables every room speaks: their columns, types and checks.

A stage hands a table to the next stage and nothing else. `validate` stands at every public door: it returns a checked
copy with the known columns first and filled defaults, or raises a `TableError` that names table, row, column and value.
Columns it does not know are kept, after the known ones.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.model.errors import TableError
from workbench.model.geometry import CORNERS

Kind = Literal["id", "text", "number", "integer", "flag"]

SPLITS = ("train", "val", "test", "pool")
LABEL_STATUSES = ("unlabelled", "labelled", "empty", "returned", "approved")
OUTCOMES = ("tp", "fp", "fn", "ignored")
ERRORS = ("classification", "localization", "both", "duplicate", "background", "missed")
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class Column:
    """One column's rule.

    Attributes:
        kind: what a value is; an ``id`` is a text or a whole number, one kind through the whole column.
        required: whether a caller must bring it; otherwise it is filled with `default`.
        nullable: whether a value may be missing (NA).
        default: what fills a column that was not brought; ``None`` is NA.
        choices: the values allowed, if the field fixes them.
        low: the least value of a number.
        high: the greatest value of a number.
    """

    kind: Kind
    required: bool = False
    nullable: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    low: float = -np.inf
    high: float = np.inf


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
_SYNONYMS = {
    "score": "confidence",
    "conf": "confidence",
    "label": "class_name",
    "class": "class_name",
    "category": "class_name",
    "name": "class_name",
    "x1": "xmin",
    "y1": "ymin",
    "x2": "xmax",
    "y2": "ymax",
    "image": "image_id",
    "filename": "image_id",
    "file_name": "image_id",
}


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
            columns[name] = _checked(frame[name], rule, table)
        elif rule.required:
            raise TableError(_missing_column(table, name, [str(c) for c in frame.columns]))
        else:
            columns[name] = _filled(rule, name, table, frame)
    for name in frame.columns:
        if name not in rules:
            columns[name] = frame[name].reset_index(drop=True)
    result = pd.DataFrame(columns)
    if _KEYS.get(table) in frame.columns:  # Numbers that were given out here are all different.
        _check_keys(result, table)
    _check_corners(result, table)
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
            f"first {_value(other['image_id'], unknown)}; add it to images or drop these rows"
        )


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


def _checked(values: pd.Series[Any], rule: Column, table: str) -> pd.Series[Any]:
    name = str(values.name)
    original, values = values, values.reset_index(drop=True)
    missing = values.isna()
    if missing.any() and not rule.nullable:
        where = _row(original, missing)
        raise TableError(f"{table}: {name} is missing (NaN) in {where}; fill it in or drop the row")
    if rule.kind == "id":
        values = _checked_ids(values, original, missing, table)
    elif rule.kind == "text":
        values = _checked_text(values, original, missing, table)
    elif rule.kind == "flag":
        values = _checked_flags(values, original, missing, table)
    else:
        values = _checked_numbers(values, original, rule, table)
    if rule.choices:
        wrong = ~values.isin(rule.choices) & ~missing
        if wrong.any():
            raise TableError(
                f"{table}: {name} is {_value(original, wrong)} in {_row(original, wrong)}; "
                f"expected one of {', '.join(rule.choices)}"
            )
    return values


def _checked_ids(
    values: pd.Series[Any], original: pd.Series[Any], missing: pd.Series[bool], table: str
) -> pd.Series[Any]:
    values = values.infer_objects()
    if pd.api.types.is_integer_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("Int64") if missing.any() else values.astype("int64")
    if pd.api.types.is_float_dtype(values.dtype) and (values[~missing] % 1 == 0).all():
        return values.astype("Int64" if missing.any() else "int64")
    return _checked_text(values, original, missing, table, wanted="a text or a whole number, one kind for all rows")


def _checked_text(
    values: pd.Series[Any],
    original: pd.Series[Any],
    missing: pd.Series[bool],
    table: str,
    wanted: str = "a text",
) -> pd.Series[Any]:
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype("str")
    wrong = ~values.map(lambda value: isinstance(value, str)).astype(bool) & ~missing
    if wrong.any():
        raise TableError(
            f"{table}: {original.name} is {_value(original, wrong)} in {_row(original, wrong)}; expected {wanted}"
        )
    return values.astype("str")


def _checked_flags(
    values: pd.Series[Any], original: pd.Series[Any], missing: pd.Series[bool], table: str
) -> pd.Series[Any]:
    wrong = ~values.isin([True, False]) & ~missing
    if wrong.any():
        raise TableError(
            f"{table}: {original.name} is {_value(original, wrong)} in {_row(original, wrong)}; expected True or False"
        )
    return values.astype("boolean" if missing.any() else "bool")


def _checked_numbers(values: pd.Series[Any], original: pd.Series[Any], rule: Column, table: str) -> pd.Series[Any]:
    name = original.name
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = (numbers.isna() & ~values.isna()) | np.isinf(numbers)
    if wrong.any():
        raise TableError(f"{table}: {name} is {_value(original, wrong)} in {_row(original, wrong)}; expected a number")
    outside = (numbers < rule.low) | (numbers > rule.high)
    if outside.any():
        span = f"{rule.low:g} to {rule.high:g}" if np.isfinite(rule.high) else f"at least {rule.low:g}"
        raise TableError(
            f"{table}: {name} is {_value(original, outside)} in {_row(original, outside)}; expected {span}"
        )
    if rule.kind == "integer":
        broken = numbers % 1 != 0
        broken &= ~numbers.isna()
        if broken.any():
            raise TableError(
                f"{table}: {name} is {_value(original, broken)} in {_row(original, broken)}; expected a whole number"
            )
        return numbers.astype("Int64")
    return numbers


def _check_keys(frame: pd.DataFrame, table: str) -> None:
    key = _KEYS.get(table)
    if key is None:
        return
    twice = frame[key].duplicated()
    if twice.any():
        raise TableError(
            f"{table}: {key} {_value(frame[key], twice)} stands in more than one row ({_row(frame[key], twice)}); "
            "every row needs its own"
        )


def _check_corners(frame: pd.DataFrame, table: str) -> None:
    if table not in ("boxes", "predictions"):
        return
    for low, high in (("xmin", "xmax"), ("ymin", "ymax")):
        swapped = frame[low] > frame[high]
        if swapped.any():
            raise TableError(
                f"{table}: {low} is greater than {high} in {_row(frame[low], swapped)} "
                f"({_value(frame[low], swapped)} > {_value(frame[high], swapped)}); "
                "boxes are corners in pixels, swap the two or drop the row"
            )


def _missing_column(table: str, name: str, present: list[str]) -> str:
    guess = next((c for c in present if _SYNONYMS.get(c.lower()) == name), None)
    if guess is None:
        close = difflib.get_close_matches(name, present, n=1, cutoff=0.75)
        guess = close[0] if close else None
    hint = f"; rename '{guess}'" if guess else f"; it has {', '.join(present) or 'no columns'}"
    return f"{table}: the column '{name}' is missing{hint}"


def _row(values: pd.Series[Any], mask: pd.Series[bool]) -> str:
    position = int(np.flatnonzero(mask.to_numpy(dtype=bool))[0])
    count = int(mask.sum())
    label = values.index[position]
    more = f" and {count - 1} more" if count > 1 else ""
    return f"row {label}{more}"


def _value(values: pd.Series[Any], mask: pd.Series[bool]) -> str:
    position = int(np.flatnonzero(mask.to_numpy(dtype=bool))[0])
    value = values.iloc[position]
    return repr(value.item() if isinstance(value, np.generic) else value)
