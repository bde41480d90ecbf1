"""The working labels: one SQLite file in which every edit is an event and every change one transaction.

The tables come out as those of `workbench.model.tables`. Columns a table does not name (a picture's measures, a
box's attributes) are kept as JSON beside it and come out as columns again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project.store_drops import DropStore, bring_back, dropping
from workbench.project.store_editing import (
    insert_classes,
    insert_rows,
    new_box_ids,
    refuse_other_classes,
    skip_box_ids,
)
from workbench.project.store_events import EDITED, EventStore, insert_event, refuse_later_edit
from workbench.project.store_reading import BOX_COLUMNS, IMAGE_COLUMNS, read_classes, state_of


class Store(DropStore, EventStore):
    """The working labels of one project, to read and to edit."""

    def set_note(self, name: str, value: str) -> None:
        """Keep a fact about the whole project; a former value of that name is replaced."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def add_classes(self, names: Sequence[str]) -> None:
        """Append class names that are not there yet; the order of the others stays. Nothing else adds a class."""
        with self.transaction() as db:
            insert_classes(db, names)

    def check_classes(self, names: Iterable[str]) -> None:
        """Refuse class names that the project does not have.

        Raises:
            InputError: naming the first of them, and those that the project has.
        """
        refuse_other_classes(self.classes(), names)

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
            refuse_other_classes(read_classes(db), boxes["class_name"])
            try:
                insert_rows(db, "images", images, IMAGE_COLUMNS, "measures")
            except sqlite3.IntegrityError as error:
                raise InputError(
                    f"{self.path}: a picture is already in the project ({error}); collect skips those"
                ) from error
            insert_rows(db, "boxes", boxes.assign(box_id=new_box_ids(db, len(boxes))), BOX_COLUMNS, "attributes")
            for image_id, status in zip(images["image_id"], images["label_status"], strict=True):
                after = {"label_status": status, "boxes": int(counts.get(image_id, 0))}
                insert_event(db, who=who, action=action, image_id=image_id, after=after)

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
            before = state_of(db, image_id)
            if since is not None:
                refuse_later_edit(db, image_id, since)
            known = {box["box_id"] for box in before["boxes"]} if brought else set()
            fresh = ~frame["box_id"].isin(known)
            frame.loc[fresh, "box_id"] = new_box_ids(db, int(fresh.sum()))
            db.execute("DELETE FROM boxes WHERE image_id = ?", (image_id,))
            refuse_other_classes(read_classes(db), frame["class_name"])
            insert_rows(db, "boxes", frame, BOX_COLUMNS, "attributes")
            db.execute("UPDATE images SET label_status = ? WHERE image_id = ?", (status, image_id))
            after = state_of(db, image_id) | dict(notes or {})
            return insert_event(
                db, who=who, action=action, image_id=image_id, seconds=seconds, before=before, after=after
            )

    def undo(self, event_id: int, *, who: str | None = None) -> int:
        """Take one edit back: its picture's boxes, their ids and its status are again as they were before.

        Of a dropping it brings the picture back, with all that was known of it.

        Args:
            event_id: of the edit or of the dropping.
            who: by default the user's login name.

        Returns:
            The id of the event that this is.

        Raises:
            InputError: if there is no such edit, or a former box has a class that the project does not have any more.
            ConflictError: if the picture was edited since; nothing is written then.
        """
        with self.transaction() as db:
            gone = dropping(db, event_id)
            if gone is not None:
                return bring_back(db, event_id, *gone, who=who, frozen=self.frozen_splits())
            asked = f"SELECT image_id, before FROM events WHERE event_id = ? AND {EDITED}"  # noqa: S608
            row = db.execute(asked, (event_id,)).fetchone()
            if row is None:
                raise InputError(f"the event {event_id} is no edit of boxes; p.folder.store.events() lists them")
            image_id, former = str(row[0]), json.loads(row[1])
            refuse_later_edit(db, image_id, event_id)
            refuse_other_classes(read_classes(db), [box["class_name"] for box in former["boxes"]])
            before = state_of(db, image_id)
            db.execute("DELETE FROM boxes WHERE image_id = ?", (image_id,))
            for box in former["boxes"]:
                names = ", ".join(f'"{name}"' for name in ("image_id", *box))
                values = (image_id, *box.values())
                db.execute(f"INSERT INTO boxes ({names}) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
            db.execute("UPDATE images SET label_status = ? WHERE image_id = ?", (former["label_status"], image_id))
            after = state_of(db, image_id) | {"undoes": event_id}
            return insert_event(db, who=who, action="undo", image_id=image_id, before=before, after=after)

    def set_split(self, image_ids: Sequence[str], split: str, *, who: str | None = None) -> None:
        """Move pictures to a split; whole groups only, so that no group ever crosses.

        Raises:
            InputError: for an unknown split or picture, where a group would be torn apart, or where a frozen split
                would change.
        """
        if split not in tables.SPLITS:
            raise InputError(f"split is {split!r}; expected one of {', '.join(tables.SPLITS)}")
        wanted = set(image_ids)
        with self.transaction() as db:
            rows = db.execute("SELECT image_id, group_id, split FROM images").fetchall()
            groups = {group for image_id, group, _ in rows if image_id in wanted}
            unknown = wanted - {image_id for image_id, _, _ in rows}
            if unknown:
                raise InputError(f"{min(unknown)!r} is not in the project; p.images lists its pictures")
            left = [i for i, group, now in rows if group in groups and i not in wanted and now != split]
            if left:
                raise InputError(
                    f"{left[0]!r} belongs to the same group as a picture you move to {split!r}; move the whole group"
                )
            moved = {now for image_id, _, now in rows if image_id in wanted and now != split}
            for name, hold in self.frozen_splits().items():
                if moved and name in moved | {split}:
                    raise InputError(
                        f"the split {name!r} is {hold.by}: no picture moves into it or out of it; "
                        f"to change it, {hold.release}"
                    )
            for image_id, _, now in rows:
                if image_id in wanted and now != split:
                    db.execute("UPDATE images SET split = ? WHERE image_id = ?", (split, image_id))
                    insert_event(
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
            insert_classes(db, classes)
            insert_rows(db, "images", images, IMAGE_COLUMNS, "measures")
            insert_rows(db, "boxes", boxes, BOX_COLUMNS, "attributes")
            skip_box_ids(db, boxes["box_id"].tolist())
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", notes.items())
            insert_event(
                db, who=who, action="restore", after={"version": why, "pictures": len(images), "boxes": len(boxes)}
            )
