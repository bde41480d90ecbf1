"""Who did what, when and for how long: every edit is a row, and what people say without changing a label is one too."""

from __future__ import annotations

import getpass
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from workbench.model.errors import ConflictError
from workbench.project.store_reading import SqliteFile

EDITED = "json_type(before, '$.boxes') = 'array' AND json_type(after, '$.boxes') = 'array'"
"""Which events are edits of boxes, in SQL."""
UNDONE = "SELECT json_extract(after, '$.undoes') FROM events WHERE action = 'undo'"
"""The events that were taken back, in SQL."""


class EventStore(SqliteFile):
    """What was done, and said, in a project."""

    def last_edits(self) -> dict[str, int]:
        """For each picture whose boxes were edited, the event_id of the last time; what was taken back is no edit."""
        edited = f"{EDITED} AND action != 'undo' AND event_id NOT IN ({UNDONE})"
        with self.connection() as db:
            rows = db.execute(f"SELECT image_id, max(event_id) FROM events WHERE {edited} GROUP BY image_id")  # noqa: S608
            return {str(image_id): int(event_id) for image_id, event_id in rows}

    def add_events(
        self,
        action: str,
        what: Sequence[tuple[str, dict[str, Any]]],
        *,
        who: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Keep what somebody said about pictures without changing a label: all of it or, on an error, nothing.

        Args:
            action: the events' name.
            what: for each event its picture and what was said, as JSON can hold it.
            who: by default the user's login name.
            seconds: how long the person took, over all of them.
        """
        each = None if seconds is None else seconds / max(len(what), 1)
        author = who or user()
        with self.transaction() as db:
            for image_id, after in what:
                insert_event(db, who=author, action=action, image_id=image_id, seconds=each, after=after)

    def record(
        self,
        action: str,
        *,
        image_id: str | None = None,
        after: dict[str, Any] | None = None,
        who: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Write down that somebody did something which changes no table, such as confirming a cause."""
        with self.transaction() as db:
            insert_event(db, who=who, action=action, image_id=image_id, seconds=seconds, after=after)


def now() -> str:
    """The time, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def user() -> str:
    """Who is at the keyboard, by the operating system's word."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def insert_event(
    db: sqlite3.Connection,
    *,
    who: str | None,
    action: str,
    image_id: str | None = None,
    seconds: float | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """Write one event, within the caller's transaction, and return its id."""
    texts = [None if state is None else json.dumps(state, ensure_ascii=False) for state in (before, after)]
    row = db.execute(
        "INSERT INTO events (at, who, action, image_id, seconds, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now(), who or user(), action, image_id, seconds, *texts),
    )
    return int(row.lastrowid or 0)


def refuse_later_edit(db: sqlite3.Connection, image_id: str, since: int) -> None:
    """Refuse to write over an edit of a picture's boxes that is later than the event `since`.

    Raises:
        ConflictError: naming who edited and when.
    """
    # An edit that was taken back since is none, and neither is its taking back.
    stands = f"event_id NOT IN ({UNDONE}) AND coalesce(json_extract(after, '$.undoes'), 0) <= ?"
    later = f"(image_id = ? AND {EDITED} AND {stands}) OR action = 'restore'"
    asked = f"SELECT who, at FROM events WHERE event_id > ? AND ({later}) ORDER BY event_id DESC LIMIT 1"  # noqa: S608
    row = db.execute(asked, (since, image_id, since)).fetchone()
    if row is not None:
        raise ConflictError(
            f"{row[0]} changed the labels of {image_id!r} at {row[1][11:19]} UTC, after they were read here; "
            "nothing was written: look at them first, then save again"
        )
