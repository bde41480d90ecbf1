"""The rule of a column and how its values are held against it; an error names table, column, row and value."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.model.errors import TableError

Kind = Literal["id", "text", "number", "integer", "flag"]

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


def checked_column(values: pd.Series[Any], rule: Column, table: str) -> pd.Series[Any]:
    """A column in its right type, if every value of it keeps the rule.

    Raises:
        TableError: naming the first row and value that does not.
    """
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
            raise _unexpected(table, original, wrong, f"one of {', '.join(rule.choices)}")
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
        raise _unexpected(table, original, wrong, wanted)
    return values.astype("str")


def _checked_flags(
    values: pd.Series[Any], original: pd.Series[Any], missing: pd.Series[bool], table: str
) -> pd.Series[Any]:
    wrong = ~values.isin([True, False]) & ~missing
    if wrong.any():
        raise _unexpected(table, original, wrong, "True or False")
    return values.astype("boolean" if missing.any() else "bool")


def _checked_numbers(values: pd.Series[Any], original: pd.Series[Any], rule: Column, table: str) -> pd.Series[Any]:
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = (numbers.isna() & ~values.isna()) | np.isinf(numbers)
    if wrong.any():
        raise _unexpected(table, original, wrong, "a number")
    outside = (numbers < rule.low) | (numbers > rule.high)
    if outside.any():
        span = f"{rule.low:g} to {rule.high:g}" if np.isfinite(rule.high) else f"at least {rule.low:g}"
        raise _unexpected(table, original, outside, span)
    if rule.kind == "integer":
        broken = numbers % 1 != 0
        broken &= ~numbers.isna()
        if broken.any():
            raise _unexpected(table, original, broken, "a whole number")
        return numbers.astype("Int64")
    return numbers


def check_keys(keys: pd.Series[Any], table: str) -> None:
    """Refuse a key that stands in more than one row.

    Raises:
        TableError: naming the first.
    """
    twice = keys.duplicated()
    if twice.any():
        raise TableError(
            f"{table}: {keys.name} {first_value(keys, twice)} stands in more than one row ({_row(keys, twice)}); "
            "every row needs its own"
        )


def check_corners(frame: pd.DataFrame, table: str) -> None:
    """Refuse boxes whose corners are swapped.

    Raises:
        TableError: naming the first.
    """
    if table not in ("boxes", "predictions"):
        return
    for low, high in (("xmin", "xmax"), ("ymin", "ymax")):
        swapped = frame[low] > frame[high]
        if swapped.any():
            raise TableError(
                f"{table}: {low} is greater than {high} in {_row(frame[low], swapped)} "
                f"({first_value(frame[low], swapped)} > {first_value(frame[high], swapped)}); "
                "boxes are corners in pixels, swap the two or drop the row"
            )


def missing_column(table: str, name: str, present: list[str]) -> str:
    """What to say of a column that is not there: which of those present may be meant."""
    guess = next((c for c in present if _SYNONYMS.get(c.lower()) == name), None)
    if guess is None:
        close = difflib.get_close_matches(name, present, n=1, cutoff=0.75)
        guess = close[0] if close else None
    hint = f"; rename '{guess}'" if guess else f"; it has {', '.join(present) or 'no columns'}"
    return f"{table}: the column '{name}' is missing{hint}"


def _unexpected(table: str, values: pd.Series[Any], wrong: pd.Series[bool], expected: str) -> TableError:
    return TableError(
        f"{table}: {values.name} is {first_value(values, wrong)} in {_row(values, wrong)}; expected {expected}"
    )


def _row(values: pd.Series[Any], mask: pd.Series[bool]) -> str:
    position = int(np.flatnonzero(mask.to_numpy(dtype=bool))[0])
    count = int(mask.sum())
    label = values.index[position]
    more = f" and {count - 1} more" if count > 1 else ""
    return f"row {label}{more}"


def first_value(values: pd.Series[Any], mask: pd.Series[bool]) -> str:
    """The first value that a mask points out, as Python writes it."""
    position = int(np.flatnonzero(mask.to_numpy(dtype=bool))[0])
    value = values.iloc[position]
    return repr(value.item() if isinstance(value, np.generic) else value)
