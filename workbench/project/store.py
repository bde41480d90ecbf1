"""The working labels: one SQLite file in which every edit is an event and every change one transaction.

The tables come out as those of `workbench.model.tables`. Columns a table does not name (a picture's measures, a
box's attributes) are kept as JSON beside it and come out as columns again.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import ConflictError, InputError, ProjectError
from workbench.project.schema import migrate

_IMAGE_COLUMNS = tuple(tables.TABLES["images"])
_BOX_COLUMNS = tuple(tables.TABLES["boxes"])
_EVENT_COLUMNS = ("event_id", "at", "who", "action", "image_id", "seconds", "before", "after")
CLOSED_NOTE = "frozen_test"
"""The note that says when the test set was frozen; while it holds something, no picture moves into or out of test."""
_EDITED = "json_type(before, '$.boxes') = 'array' AND json_type(after, '$.boxes') = 'array'"
_UNDONE = "SELECT json_extract(after, '$.undoes') FROM events WHERE action = 'undo'"
_BUSY_S = 60.0
_LOG_BYTES = 2**20


class Store:
    """The working labels of one project. Holds no connection, so that kernels, threads and forks can share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make or migrate the file."""
        with self._connection() as db:
            db.execute("PRAGMA journal_mode = WAL")
            migrate(db, str(self.path))

    # Reading -----------------------------------------------------------------------------------------------------

    def classes(self) -> tuple[str, ...]:
        """Class names in their fixed order (a YOLO class id is a position in it)."""
        with self._connection() as db:
            return _read_classes(db)

    def images(self) -> pd.DataFrame:
        """The `images` table, sorted by image_id, with a column for each measure."""
        with self._connection() as db:
            return _read_images(db)

    def boxes(self) -> pd.DataFrame:
        """The `boxes` table, sorted by picture and box, with a column for each attribute."""
        with self._connection() as db:
            return _read_boxes(db)

    def read_all(self) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
        """Images, boxes and classes as they stood at one moment, whatever other processes write meanwhile."""
        with self._connection() as db:
            db.execute("BEGIN")
            return _read_images(db), _read_boxes(db), _read_classes(db)

    def read_one(self, image_id: str) -> tuple[str, pd.DataFrame, int]:
        """One picture's label_status, its boxes, and the last event's id, as they stood at one moment.

        The id tells `set_boxes` later whether somebody else was there in between.

        Raises:
            InputError: if the picture is not in the project.
        """
        with self._connection() as db:
            db.execute("BEGIN")
            status = _state(db, image_id)["label_status"]
            return str(status), _read_boxes(db, image_id), _last_event(db)

    def note(self, name: str) -> str | None:
        """A fact about the whole project that was kept with `set_note`."""
        with self._connection() as db:
            row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def events(self, image_id: str | None = None, *, action: str | None = None) -> pd.DataFrame:
        """What was done, by whom, when (UTC) and for how long (seconds), oldest first.

        Args:
            image_id: only what was done to this picture.
            action: only events of this name.
        """
        asked = {"image_id": image_id, "action": action}
        wanted = {name: value for name, value in asked.items() if value is not None}
        where = " WHERE " + " AND ".join(f"{name} = ?" for name in wanted) if wanted else ""
        with self._connection() as db:
            rows = db.execute(
                f"SELECT {', '.join(_EVENT_COLUMNS)} FROM events{where} ORDER BY event_id",  # noqa: S608
                tuple(wanted.values()),
            ).fetchall()
        return pd.DataFrame(rows, columns=pd.Index(_EVENT_COLUMNS)).astype({"seconds": "float64"})

    def last_event(self) -> int:
        """The event_id of the last thing done, 0 where nothing was."""
        with self._connection() as db:
            return _last_event(db)

    def last_edits(self) -> dict[str, int]:
        """For each picture whose boxes were edited, the event_id of the last time; what was taken back is no edit."""
        edited = f"{_EDITED} AND action != 'undo' AND event_id NOT IN ({_UNDONE})"
        with self._connection() as db:
            rows = db.execute(f"SELECT image_id, max(event_id) FROM events WHERE {edited} GROUP BY image_id")  # noqa: S608
            return {str(image_id): int(event_id) for image_id, event_id in rows}

    # Writing -----------------------------------------------------------------------------------------------------

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
                _event(db, who=author, action=action, image_id=image_id, seconds=each, after=after)

    def set_note(self, name: str, value: str) -> None:
        """Keep a fact about the whole project; a former value of that name is replaced."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def add_classes(self, names: Sequence[str]) -> None:
        """Append class names that are not there yet; the order of the others stays. Nothing else adds a class."""
        with self.transaction() as db:
            _add_classes(db, names)

    def check_classes(self, names: Iterable[str]) -> None:
        """Refuse class names that the project does not have.

        Raises:
            InputError: naming the first of them, and those that the project has.
        """
        _refuse_other_classes(self.classes(), names)

    def add_images(
        self, images: pd.DataFrame, boxes: pd.DataFrame, *, who: str | None = None, action: str = "collect"
    ) -> None:
        """Add pictures with their boxes: all of them or, on an error, none.

        A box_id is given out here; one that the caller brought is not kept.

        Raises:
            TableError: if a table breaks its rules.
            InputError: if a picture is already there, or a box has a class that the project does not have.
        """
        images = tables.validate(images, "images")
        boxes = tables.validate(boxes, "boxes")
        tables.check_references(images, boxes, "boxes")
        counts = boxes.groupby("image_id").size().to_dict() if len(boxes) else {}
        with self.transaction() as db:
            _refuse_other_classes(_read_classes(db), boxes["class_name"])
            try:
                _insert(db, "images", images, _IMAGE_COLUMNS, "measures")
            except sqlite3.IntegrityError as error:
                raise InputError(
                    f"{self.path}: a picture is already in the project ({error}); collect skips those"
                ) from error
            _insert(db, "boxes", boxes.assign(box_id=_new_box_ids(db, len(boxes))), _BOX_COLUMNS, "attributes")
            for image_id, status in zip(images["image_id"], images["label_status"], strict=True):
                after = {"label_status": status, "boxes": int(counts.get(image_id, 0))}
                _event(db, who=who, action=action, image_id=image_id, after=after)

    def set_boxes(
        self,
        image_id: str,
        boxes: pd.DataFrame,
        *,
        label_status: str | None = None,
        who: str | None = None,
        seconds: float | None = None,
        action: str = "label",
        since: int | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> int:
        """Replace one picture's boxes and say what its labels now are, in one transaction with its event.

        Args:
            image_id: the picture.
            boxes: a `boxes` table (image_id may be left out); a box_id that is already this picture's stays.
            label_status: by default ``labelled`` where there are boxes and ``empty`` where there are none.
            who: by default the user's login name.
            seconds: how long the person took.
            action: the event's name.
            since: the last event when the caller read the picture (see `read_one`); a later edit of it is not
                written over.
            notes: more to keep in the event, as JSON can hold it.

        Returns:
            The event's id.

        Raises:
            TableError: if `boxes` or `label_status` breaks the rules.
            InputError: if the picture is not in the project, or a box has a class that the project does not have.
            ConflictError: if the picture was edited after `since`; nothing is written then.
        """
        frame = boxes if "image_id" in boxes.columns else boxes.assign(image_id=image_id)
        brought = "box_id" in frame.columns
        frame = tables.validate(frame, "boxes")
        if (frame["image_id"] != image_id).any():
            raise InputError(f"boxes of another picture were given for {image_id!r}; set one picture at a time")
        status = label_status or ("labelled" if len(frame) else "empty")
        if status not in tables.LABEL_STATUSES:
            raise InputError(f"label_status is {status!r}; expected one of {', '.join(tables.LABEL_STATUSES)}")
        with self.transaction() as db:
            before = _state(db, image_id)
            if since is not None:
                _refuse_later_edit(db, image_id, since)
            known = {box["box_id"] for box in before["boxes"]} if brought else set()
            fresh = ~frame["box_id"].isin(known)
            frame.loc[fresh, "box_id"] = _new_box_ids(db, int(fresh.sum()))
            db.execute("DELETE FROM boxes WHERE image_id = ?", (image_id,))
            _refuse_other_classes(_read_classes(db), frame["class_name"])
            _insert(db, "boxes", frame, _BOX_COLUMNS, "attributes")
            db.execute("UPDATE images SET label_status = ? WHERE image_id = ?", (status, image_id))
            after = _state(db, image_id) | dict(notes or {})
            return _event(db, who=who, action=action, image_id=image_id, seconds=seconds, before=before, after=after)

    def undo(self, event_id: int, *, who: str | None = None) -> int:
        """Take one edit back: its picture's boxes, their ids and its status are again as they were before.

        Args:
            event_id: of the edit.
            who: by default the user's login name.

        Returns:
            The id of the event that this is.

        Raises:
            InputError: if there is no such edit, or a former box has a class that the project does not have any more.
            ConflictError: if the picture was edited since; nothing is written then.
        """
        with self.transaction() as db:
            asked = f"SELECT image_id, before FROM events WHERE event_id = ? AND {_EDITED}"  # noqa: S608
            row = db.execute(asked, (event_id,)).fetchone()
            if row is None:
                raise InputError(f"the event {event_id} is no edit of boxes; p.store.events() lists them")
            image_id, former = str(row[0]), json.loads(row[1])
            _refuse_later_edit(db, image_id, event_id)
            _refuse_other_classes(_read_classes(db), [box["class_name"] for box in former["boxes"]])
            before = _state(db, image_id)
            db.execute("DELETE FROM boxes WHERE image_id = ?", (image_id,))
            for box in former["boxes"]:
                names = ", ".join(f'"{name}"' for name in ("image_id", *box))
                values = (image_id, *box.values())
                db.execute(f"INSERT INTO boxes ({names}) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
            db.execute("UPDATE images SET label_status = ? WHERE image_id = ?", (former["label_status"], image_id))
            after = _state(db, image_id) | {"undoes": event_id}
            return _event(db, who=who, action="undo", image_id=image_id, before=before, after=after)

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
            _event(db, who=who, action=action, image_id=image_id, seconds=seconds, after=after)

    def set_measures(self, measures: pd.DataFrame, *, who: str | None = None) -> None:
        """Write columns of measured values for pictures that are there; other measures stay.

        Args:
            measures: a column image_id and one column for each measure.
            who: by default the user's login name.
        """
        names = [c for c in measures.columns if c != "image_id"]
        with self.transaction() as db:
            for row in tables.records(measures):
                values = {name: row[name] for name in names}
                db.execute(
                    "UPDATE images SET measures = json_patch(measures, ?) WHERE image_id = ?",
                    (json.dumps(values), row["image_id"]),
                )
            _event(db, who=who, action="measure", after={"pictures": len(measures), "measures": names})

    def set_split(self, image_ids: Sequence[str], split: str, *, who: str | None = None) -> None:
        """Move pictures to a split; whole groups only, so that no group ever crosses.

        Raises:
            InputError: for an unknown split or picture, where a group would be torn apart, or where the test set is
                frozen and would change.
        """
        if split not in tables.SPLITS:
            raise InputError(f"split is {split!r}; expected one of {', '.join(tables.SPLITS)}")
        wanted = set(image_ids)
        with self.transaction() as db:
            rows = db.execute("SELECT image_id, group_id, split FROM images").fetchall()
            groups = {group for image_id, group, _ in rows if image_id in wanted}
            unknown = wanted - {image_id for image_id, _, _ in rows}
            if unknown:
                raise InputError(f"{min(unknown)!r} is not in the project; p.images() lists its pictures")
            left = [i for i, group, now in rows if group in groups and i not in wanted and now != split]
            if left:
                raise InputError(
                    f"{left[0]!r} belongs to the same group as a picture you move to {split!r}; move the whole group"
                )
            moved = {now for image_id, _, now in rows if image_id in wanted and now != split} | {split}
            frozen = db.execute("SELECT value FROM meta WHERE name = ?", (CLOSED_NOTE,)).fetchone()
            if frozen and frozen[0] and "test" in moved and len(moved) > 1:
                raise InputError("the test set is frozen: no picture moves into it or out of it; thaw it to change it")
            for image_id, _, now in rows:
                if image_id in wanted and now != split:
                    db.execute("UPDATE images SET split = ? WHERE image_id = ?", (split, image_id))
                    _event(
                        db,
                        who=who,
                        action="split",
                        image_id=image_id,
                        before={"split": now},
                        after={"split": split},
                    )

    def replace_all(
        self,
        images: pd.DataFrame,
        boxes: pd.DataFrame,
        classes: Sequence[str],
        *,
        who: str | None,
        why: str,
        notes: Mapping[str, str],
    ) -> None:
        """Put other tables in the place of the working ones (a restored version), in one transaction.

        Args:
            images: the new `images` table.
            boxes: the new `boxes` table.
            classes: the new class names.
            who: by default the user's login name.
            why: what they are, for the event.
            notes: facts to keep with `set_note` in the same transaction.
        """
        images = tables.validate(images, "images")
        boxes = tables.validate(boxes, "boxes")
        tables.check_references(images, boxes, "boxes")
        with self.transaction() as db:
            db.execute("DELETE FROM boxes")
            db.execute("DELETE FROM images")
            db.execute("DELETE FROM classes")
            _add_classes(db, classes)
            _insert(db, "images", images, _IMAGE_COLUMNS, "measures")
            _insert(db, "boxes", boxes, _BOX_COLUMNS, "attributes")
            _skip_box_ids(db, boxes["box_id"].tolist())
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", notes.items())
            _event(db, who=who, action="restore", after={"version": why, "pictures": len(images), "boxes": len(boxes)})

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed and on disk when the block ends, rolled back on any error."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
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


def user() -> str:
    """Who is at the keyboard, by the operating system's word."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


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


def _read_classes(db: sqlite3.Connection) -> tuple[str, ...]:
    return tuple(name for (name,) in db.execute("SELECT class_name FROM classes ORDER BY position"))


def _read_images(db: sqlite3.Connection) -> pd.DataFrame:
    return _read(db, "images", _IMAGE_COLUMNS, "measures", "image_id")


def _read_boxes(db: sqlite3.Connection, image_id: str | None = None) -> pd.DataFrame:
    return _read(db, "boxes", _BOX_COLUMNS, "attributes", "image_id, length(box_id), box_id", image_id)


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


def _add_classes(db: sqlite3.Connection, names: Sequence[str]) -> None:
    known = _read_classes(db)
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    db.executemany("INSERT INTO classes VALUES (?, ?)", enumerate(fresh, start=len(known)))


def _refuse_other_classes(known: Sequence[str], names: Iterable[str]) -> None:
    others = [name for name in dict.fromkeys(names) if name not in known]
    if others:
        raise InputError(
            f"the project has no class {others[0]!r}, only: {', '.join(known)}; name one of these, or add it first: "
            f"p.store.add_classes([{others[0]!r}])"
        )


def _new_box_ids(db: sqlite3.Connection, count: int) -> list[str]:
    first = _next_box(db)
    _set_next_box(db, first + count)
    return [f"b{number}" for number in range(first, first + count)]


def _skip_box_ids(db: sqlite3.Connection, taken: Sequence[str]) -> None:
    """Give out only ids above those that came with a restored version: another project made them."""
    numbers = [int(name[1:]) for name in taken if name[:1] == "b" and name[1:].isdecimal()]
    _set_next_box(db, max([_next_box(db), *(number + 1 for number in numbers)]))


def _next_box(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM meta WHERE name = 'next_box'").fetchone()
    return int(row[0]) if row else 1


def _set_next_box(db: sqlite3.Connection, number: int) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('next_box', ?)", (str(number),))


def _insert(db: sqlite3.Connection, table: str, frame: pd.DataFrame, columns: tuple[str, ...], extra: str) -> None:
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


def _state(db: sqlite3.Connection, image_id: str) -> dict[str, Any]:
    row = db.execute("SELECT label_status FROM images WHERE image_id = ?", (image_id,)).fetchone()
    if row is None:
        raise InputError(f"{image_id!r} is not in the project; p.images() lists its pictures")
    names = [*(name for name in _BOX_COLUMNS if name != "image_id"), "attributes"]
    columns = ", ".join(f'"{name}"' for name in names)
    boxes = db.execute(f"SELECT {columns} FROM boxes WHERE image_id = ? ORDER BY length(box_id), box_id", (image_id,))  # noqa: S608
    return {"label_status": row[0], "boxes": [dict(zip(names, box, strict=True)) for box in boxes]}


def _last_event(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()[0])


def _refuse_later_edit(db: sqlite3.Connection, image_id: str, since: int) -> None:
    # An edit that was taken back since is none, and neither is its taking back.
    stands = f"event_id NOT IN ({_UNDONE}) AND coalesce(json_extract(after, '$.undoes'), 0) <= ?"
    later = f"(image_id = ? AND {_EDITED} AND {stands}) OR action = 'restore'"
    asked = f"SELECT who, at FROM events WHERE event_id > ? AND ({later}) ORDER BY event_id DESC LIMIT 1"  # noqa: S608
    row = db.execute(asked, (since, image_id, since)).fetchone()
    if row is not None:
        raise ConflictError(
            f"{row[0]} changed the labels of {image_id!r} at {row[1][11:19]} UTC, after they were read here; "
            "nothing was written: look at them first, then save again"
        )


def _event(
    db: sqlite3.Connection,
    *,
    who: str | None,
    action: str,
    image_id: str | None = None,
    seconds: float | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    texts = [None if state is None else json.dumps(state, ensure_ascii=False) for state in (before, after)]
    row = db.execute(
        "INSERT INTO events (at, who, action, image_id, seconds, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (datetime.now(UTC).isoformat(timespec="milliseconds"), who or user(), action, image_id, seconds, *texts),
    )
    return int(row.lastrowid or 0)
