"""Tables as Parquet files: what no Parquet column holds as it is (polygons, mixed kinds) is written as JSON texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

_JSON = "json"


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table; the names of the columns that went through JSON are kept in the file's metadata."""
    written = frame.copy()
    names = [str(name) for name in frame.columns if _is_mixed(frame[name])]
    for name in names:
        written[name] = pd.Series([_text(value) for value in frame[name]], index=frame.index, dtype="str")
    written.attrs = {_JSON: names}
    written.to_parquet(path, index=False)


def read_table(path: Path) -> pd.DataFrame:
    """Read what `write_table` wrote, value by value the same.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is damaged.
    """
    frame = pd.read_parquet(path)
    for name in frame.attrs.pop(_JSON, []):
        values = [json.loads(text) if isinstance(text, str) else None for text in frame[name]]
        frame[name] = pd.Series(values, index=frame.index, dtype=object)
    return frame


def _is_mixed(column: pd.Series[Any]) -> bool:
    if column.dtype != object:
        return False
    kinds = {type(value) for value in column if not _is_missing(value)}
    return kinds not in (set(), {str}, {bool})


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _text(value: Any) -> str | None:
    return None if _is_missing(value) else json.dumps(value, ensure_ascii=False)
