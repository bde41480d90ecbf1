"""Pictures taken out of a project, and back in: an event keeps all that was known of them, and their files stay."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.model.errors import ConflictError, InputError
from workbench.project.frozen_splits import Hold
from workbench.project.store_editing import refuse_other_classes
from workbench.project.store_events import UNDONE, insert_event
from workbench.project.store_reading import IMAGE_COLUMNS, ReadingStore, read_classes, state_of

_COLUMNS = (*IMAGE_COLUMNS, "measures")


class DropStore(ReadingStore):
    """What leaves a project."""

    def drop(self, image_ids: Sequence[str], *, because: str, who: str | None = None) -> list[int]:
        """Take pictures out of the working tables, all of them or, on an error, none; `undo` brings one back.

        Versions stay as they are, and so do the files, by which versions know their pictures.

        Args:
            image_ids: the pictures.
            because: why; it is said again when such a picture is to be collected.
            who: by default the user's login name.

        Returns:
            The id of each picture's event.

        Raises:
            InputError: for a picture that is not in the project or is one of a frozen test, or without a reason.
        """
        if not because.strip():
            raise InputError("a picture is dropped for a reason that somebody may ask for later; say it: because='…'")
        events = []
        with self.transaction() as db:
            for image_id in dict.fromkeys(image_ids):
                state = state_of(db, image_id)
                names = ", ".join(f'"{name}"' for name in _COLUMNS)
                row = db.execute(f"SELECT {names} FROM images WHERE image_id = ?", (image_id,)).fetchone()  # noqa: S608
                image = dict(zip(_COLUMNS, row, strict=True))
                hold = self.frozen_splits().get(image["split"])
                if hold is not None:
                    raise InputError(
                        f"{image_id!r} is a picture of {hold.by} and cannot be dropped; to change it, {hold.release}"
                    )
                db.execute("DELETE FROM boxes WHERE image_id = ?", (image_id,))
                db.execute("DELETE FROM images WHERE image_id = ?", (image_id,))
                before, after = state | {"image": image}, {"because": because.strip()}
                events.append(insert_event(db, who=who, action="drop", image_id=image_id, before=before, after=after))
        return events

    def dropped(self) -> dict[str, str]:
        """Why pictures were dropped and are not back, by the SHA-256 of their files."""
        values = "json_extract(before, '$.image.sha256'), json_extract(after, '$.because')"
        asked = f"SELECT {values} FROM events WHERE action = 'drop' AND event_id NOT IN ({UNDONE}) ORDER BY event_id"  # noqa: S608
        with self.connection() as db:
            gone = {str(sha256): str(because) for sha256, because in db.execute(asked)}
            there = {str(sha256) for (sha256,) in db.execute("SELECT sha256 FROM images")}
        return {sha256: because for sha256, because in gone.items() if sha256 not in there}


def bring_back(
    db: sqlite3.Connection,
    event_id: int,
    image_id: str,
    former: Mapping[str, Any],
    *,
    who: str | None,
    frozen: Mapping[str, Hold],
) -> int:
    """Take a dropping back, within the caller's transaction; returns the id of the event that this is.

    Raises:
        ConflictError: if a picture of that name or file is there by now.
        InputError: if a former box has a class that the project does not have any more, or its split was frozen.
    """
    image = former["image"]
    asked = "SELECT image_id FROM images WHERE image_id = ? OR path = ?"
    if db.execute(asked, (image_id, image["path"])).fetchone() is not None:
        raise ConflictError(f"{image_id!r} is in the project again; nothing was written")
    refuse_other_classes(read_classes(db), [box["class_name"] for box in former["boxes"]])
    group = db.execute("SELECT split FROM images WHERE group_id = ? LIMIT 1", (image["group_id"],)).fetchone()
    # Its group may have moved meanwhile, and a group never crosses a split.
    row = {**image, "split": group[0] if group is not None else image["split"]}
    hold = frozen.get(row["split"])
    if hold is not None:
        raise InputError(
            f"{image_id!r} would come back into the split {row['split']!r}, which is {hold.by}: nothing new gets into "
            f"it; to change it, {hold.release}"
        )
    _insert(db, "images", row)
    for box in former["boxes"]:
        _insert(db, "boxes", {"image_id": image_id, **box})
    after = {"label_status": former["label_status"], "boxes": len(former["boxes"]), "undoes": event_id}
    return insert_event(db, who=who, action="undo", image_id=image_id, after=after)


def dropping(db: sqlite3.Connection, event_id: int) -> tuple[str, dict[str, Any]] | None:
    """The picture that an event dropped and what was known of it; None where the event is another one.

    Raises:
        ConflictError: if it was taken back already.
    """
    row = db.execute(
        "SELECT image_id, before FROM events WHERE event_id = ? AND action = 'drop'", (event_id,)
    ).fetchone()
    if row is None:
        return None
    if db.execute(f"SELECT 1 WHERE ? IN ({UNDONE})", (event_id,)).fetchone() is not None:
        raise ConflictError(f"the dropping of {row[0]!r} was taken back already; nothing was written")
    return str(row[0]), json.loads(row[1])


def _insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))  # noqa: S608
