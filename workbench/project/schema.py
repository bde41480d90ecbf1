"""The project's one SQLite file: its tables, and the steps from each schema version to the next."""

from __future__ import annotations

import sqlite3

from workbench.model.errors import ProjectError

# Step n brings a file from version n to n + 1. Steps are never edited once released; a change is a new step.
_STEPS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE classes (position INTEGER PRIMARY KEY, class_name TEXT NOT NULL UNIQUE);
    CREATE TABLE images (
        image_id TEXT PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL,
        width INTEGER NOT NULL CHECK (width > 0),
        height INTEGER NOT NULL CHECK (height > 0),
        source TEXT NOT NULL,
        group_id TEXT NOT NULL,
        frame_s REAL,
        split TEXT NOT NULL CHECK (split IN ('train', 'val', 'test', 'pool')),
        label_status TEXT NOT NULL
            CHECK (label_status IN ('unlabelled', 'labelled', 'empty', 'returned', 'approved')),
        measures TEXT NOT NULL DEFAULT '{}'
    ) WITHOUT ROWID;
    CREATE INDEX images_sha256 ON images (sha256);
    CREATE INDEX images_group ON images (group_id);
    CREATE TABLE boxes (
        box_id TEXT PRIMARY KEY,
        image_id TEXT NOT NULL REFERENCES images (image_id) ON DELETE CASCADE,
        class_name TEXT NOT NULL REFERENCES classes (class_name),
        xmin REAL NOT NULL,
        ymin REAL NOT NULL,
        xmax REAL NOT NULL CHECK (xmax >= xmin),
        ymax REAL NOT NULL CHECK (ymax >= ymin),
        "ignore" INTEGER NOT NULL DEFAULT 0,
        labeller TEXT NOT NULL DEFAULT '',
        attributes TEXT NOT NULL DEFAULT '{}'
    ) WITHOUT ROWID;
    CREATE INDEX boxes_image ON boxes (image_id);
    CREATE TABLE events (
        event_id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        action TEXT NOT NULL,
        image_id TEXT,
        seconds REAL,
        before TEXT,
        after TEXT
    );
    CREATE INDEX events_image ON events (image_id);
    """,
)

CURRENT = len(_STEPS)


def migrate(db: sqlite3.Connection, where: str) -> None:
    """Bring an open file to the current schema version, each step in one transaction.

    Args:
        db: a connection in autocommit mode.
        where: the file's path, for messages.

    Raises:
        ProjectError: if the file was written by a newer workbench.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > CURRENT:
        raise ProjectError(
            f"{where} has schema version {version}, this workbench knows up to {CURRENT}; upgrade the workbench"
        )
    if version == CURRENT:
        return
    # Another process may be migrating the same file: take the write lock, then look again.
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        for number in range(version, CURRENT):
            for statement in _STEPS[number].split(";"):
                if statement.strip():
                    db.execute(statement)
        db.execute(f"PRAGMA user_version = {CURRENT}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
