"""Rows into the store, within a transaction that the caller holds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project.store_reading import read_classes


def insert_classes(db: sqlite3.Connection, names: Sequence[str]) -> None:
    """Append the class names that are not there yet."""
    known = read_classes(db)
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    db.executemany("INSERT INTO classes VALUES (?, ?)", enumerate(fresh, start=len(known)))


def refuse_other_classes(known: Sequence[str], names: Iterable[str]) -> None:
    """Refuse class names that are not known.

    Raises:
        InputError: naming the first of them, and those that are.
    """
    others = [name for name in dict.fromkeys(names) if name not in known]
    if others:
        raise InputError(
            f"the project has no class {others[0]!r}, only: {', '.join(known)}; name one of these, or add it first: "
            f"p.folder.store.add_classes([{others[0]!r}])"
        )


def insert_rows(db: sqlite3.Connection, table: str, frame: pd.DataFrame, columns: tuple[str, ...], extra: str) -> None:
    """Insert a table's rows: `columns` as they are, all others as JSON in the column `extra`."""
    if not len(frame):
        return
    others = [c for c in frame.columns if c not in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * (len(columns) + 1))
    values = [[tables.plain(value) for value in frame[name].tolist()] for name in columns]
    if others:
        rows = tables.records(frame[others])
        values.append([json.dumps({k: v for k, v in row.items() if v is not None}) for row in rows])
    else:
        values.append(["{}"] * len(frame))
    db.executemany(
        f"INSERT INTO {table} ({names}, {extra}) VALUES ({marks})",  # noqa: S608
        zip(*values, strict=True),
    )


def new_box_ids(db: sqlite3.Connection, count: int) -> list[str]:
    """Box ids that were never given out before."""
    first = _next_box(db)
    _set_next_box(db, first + count)
    return [f"b{number}" for number in range(first, first + count)]


def skip_box_ids(db: sqlite3.Connection, taken: Sequence[str]) -> None:
    """Give out only ids above those that came with a restored version: another project made them."""
    numbers = [int(name[1:]) for name in taken if name[:1] == "b" and name[1:].isdecimal()]
    _set_next_box(db, max([_next_box(db), *(number + 1 for number in numbers)]))


def _next_box(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM meta WHERE name = 'next_box'").fetchone()
    return int(row[0]) if row else 1


def _set_next_box(db: sqlite3.Connection, number: int) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('next_box', ?)", (str(number),))
