"""One SQLite file: opened for each call, written in transactions, its errors in words."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from workbench.model.errors import ProjectError
from workbench.project.schema import migrate

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
