"""The store's one SQLite file, opened for each call, and the working tables as they come out of it.

Known columns are SQL's, all others lie as JSON beside them.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.project.frozen_splits import CLOSED_NOTE, Hold, frozen_splits
from workbench.project.schema import migrate

IMAGE_COLUMNS = tuple(tables.TABLES["images"])
BOX_COLUMNS = tuple(tables.TABLES["boxes"])
_EVENT_COLUMNS = ("event_id", "at", "who", "action", "image_id", "seconds", "before", "after")


_BUSY_S = 60.0
_LOG_BYTES = 2**20


class SqliteFile:
    """One project's SQLite file. Holds no connection, so that kernels, threads and forks can share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make or migrate the file."""
        with self.connection() as db:
            db.execute("PRAGMA journal_mode = WAL")
            migrate(db, str(self.path))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed and on disk when the block ends, rolled back on any error."""
        with self.connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one call, in autocommit mode.

        Raises:
            ProjectError: if the file is locked, damaged, or cannot be written.
        """
        try:
            with closing(sqlite3.connect(self._address(), uri=True, timeout=_BUSY_S, isolation_level=None)) as db:
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("PRAGMA synchronous = FULL")
                yield db
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise ProjectError(_explain(self.path, error)) from error

    def _address(self) -> str:
        """The file as SQLite is to open it: where nothing can be written, as it lies, so that it can still be read.

        SQLite's log needs a place to write even for reading; a log that still holds something must not be passed over,
        and then SQLite says what it lacks.
        """
        address = self.path.absolute().as_uri()
        log = self.path.with_name(f"{self.path.name}-wal")
        if os.access(self.path.parent, os.W_OK) or (log.exists() and log.stat().st_size):
            return address
        return f"{address}?mode=ro&immutable=1"


class ReadingStore(SqliteFile):
    """What the working labels are now."""

    def classes(self) -> tuple[str, ...]:
        """Class names in their fixed order (a YOLO class id is a position in it)."""
        with self.connection() as db:
            return read_classes(db)

    def images(self) -> pd.DataFrame:
        """The `images` table, sorted by image_id, with a column for each measure."""
        with self.connection() as db:
            return read_images(db)

    def boxes(self) -> pd.DataFrame:
        """The `boxes` table, sorted by picture and box, with a column for each attribute."""
        with self.connection() as db:
            return read_boxes(db)

    def read_all(self) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
        """Images, boxes and classes as they stood at one moment, whatever other processes write meanwhile."""
        with self.connection() as db:
            db.execute("BEGIN")
            return read_images(db), read_boxes(db), read_classes(db)

    def read_one(self, image_id: str) -> tuple[str, pd.DataFrame, int]:
        """One picture's label_status, its boxes, and the last event's id, as they stood at one moment.

        The id tells `set_boxes` later whether somebody else was there in between.

        Raises:
            InputError: if the picture is not in the project.
        """
        with self.connection() as db:
            db.execute("BEGIN")
            status = state_of(db, image_id)["label_status"]
            return str(status), read_boxes(db, image_id), last_event(db)

    def events(self, image_id: str | None = None, *, action: str | None = None) -> pd.DataFrame:
        """What was done, by whom, when (UTC) and for how long (seconds), oldest first.

        Args:
            image_id: only what was done to this picture.
            action: only events of this name.
        """
        asked = {"image_id": image_id, "action": action}
        wanted = {name: value for name, value in asked.items() if value is not None}
        where = " WHERE " + " AND ".join(f"{name} = ?" for name in wanted) if wanted else ""
        with self.connection() as db:
            rows = db.execute(
                f"SELECT {', '.join(_EVENT_COLUMNS)} FROM events{where} ORDER BY event_id",  # noqa: S608
                tuple(wanted.values()),
            ).fetchall()
        return pd.DataFrame(rows, columns=pd.Index(_EVENT_COLUMNS)).astype({"seconds": "float64"})

    def last_event(self) -> int:
        """The event_id of the last thing done, 0 where nothing was."""
        with self.connection() as db:
            return last_event(db)

    def note(self, name: str) -> str | None:
        """A fact about the whole project that was kept with `set_note`."""
        with self.connection() as db:
            row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def frozen_splits(self) -> dict[str, Hold]:
        """The splits into which nothing new gets, each with the frozen test that holds it.

        Raises:
            ProjectError: naming a lock that is damaged.
        """
        return frozen_splits(self.path.parent / "tests", self.note(CLOSED_NOTE))


def read_classes(db: sqlite3.Connection) -> tuple[str, ...]:
    """Class names in their fixed order."""
    return tuple(name for (name,) in db.execute("SELECT class_name FROM classes ORDER BY position"))


def read_images(db: sqlite3.Connection) -> pd.DataFrame:
    """The `images` table, sorted by image_id."""
    return _read(db, "images", IMAGE_COLUMNS, "measures", "image_id")


def read_boxes(db: sqlite3.Connection, image_id: str | None = None) -> pd.DataFrame:
    """The `boxes` table, or the part of it that belongs to one picture."""
    return _read(db, "boxes", BOX_COLUMNS, "attributes", "image_id, length(box_id), box_id", image_id)


def _read(
    db: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    extra: str,
    order: str,
    image_id: str | None = None,
) -> pd.DataFrame:
    names = ", ".join(f'"{name}"' for name in columns)
    where, values = ("", ()) if image_id is None else (" WHERE image_id = ?", (image_id,))
    rows = db.execute(f"SELECT {names}, {extra} FROM {table}{where} ORDER BY {order}", values).fetchall()  # noqa: S608
    if not rows:
        return tables.empty(table)
    frame = pd.DataFrame(rows, columns=pd.Index([*columns, extra]))
    texts = frame.pop(extra)
    if (texts != "{}").any():
        some = texts[texts != "{}"]
        frame = frame.join(pd.DataFrame([json.loads(text) for text in some], index=some.index))
    if "ignore" in frame.columns:
        frame["ignore"] = frame["ignore"].astype(bool)
    return tables.validate(frame, table)


def state_of(db: sqlite3.Connection, image_id: str) -> dict[str, Any]:
    """One picture's label_status and boxes, as events hold them.

    Raises:
        InputError: if the picture is not in the project.
    """
    row = db.execute("SELECT label_status FROM images WHERE image_id = ?", (image_id,)).fetchone()
    if row is None:
        raise InputError(f"{image_id!r} is not in the project; p.images lists its pictures")
    names = [*(name for name in BOX_COLUMNS if name != "image_id"), "attributes"]
    columns = ", ".join(f'"{name}"' for name in names)
    boxes = db.execute(f"SELECT {columns} FROM boxes WHERE image_id = ? ORDER BY length(box_id), box_id", (image_id,))  # noqa: S608
    return {"label_status": row[0], "boxes": [dict(zip(names, box, strict=True)) for box in boxes]}


def last_event(db: sqlite3.Connection) -> int:
    """The event_id of the last thing done, 0 where nothing was."""
    return int(db.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()[0])


def _explain(path: Path, error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "readonly" in text or "unable to open" in text:
        return f"{path} cannot be written ({text}); is the disk read-only, or is the folder somebody else's?"
    # SQLite calls it an I/O error where the space for its log's index is missing.
    if "full" in text or ("I/O" in text and shutil.disk_usage(path.parent).free < _LOG_BYTES):
        return f"no space left while writing {path}; free some space and run the same command again"
    if "locked" in text:
        return f"{path} has been locked by another process for {_BUSY_S:.0f} s; close it and try again"
    if "not a database" in text or "malformed" in text:
        return f"{path} is damaged ({text}); bring it back from a copy, or make a new project and p.restore a version"
    return f"{path}: {text}"
