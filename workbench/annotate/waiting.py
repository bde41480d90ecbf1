"""Which pictures wait for a person, in which order, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.annotate.editing import OpenBox, open_boxes
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import Store

DONE = tables.COUNTED_STATUSES
"""Label statuses that need no hand any more."""


@dataclass(frozen=True)
class Waiting:
    """A picture in a queue.

    Attributes:
        image_id: the picture.
        path: relative to the project.
        width: of the upright picture in pixels.
        height: of the upright picture in pixels.
        reason: why it is in the queue, in words, or empty.
        about: box_ids that the queue is about, to look at first.
    """

    image_id: str
    path: str
    width: int
    height: int
    reason: str = ""
    about: tuple[str, ...] = ()


def waiting(images: pd.DataFrame, queue: pd.DataFrame | Sequence[str] | None) -> list[Waiting]:
    """Line up pictures, each once, in the queue's order.

    Args:
        images: the project's pictures.
        queue: image ids, or a table with image_id and, where it has them, reason, evidence, note and box_id; None for
            all that are returned, then all that are unlabelled.

    Raises:
        InputError: if it has no image_id, or names a picture that the project does not have.
    """
    if queue is None:
        order = {"returned": 0, "unlabelled": 1}
        rank = images["label_status"].map(order)
        queue = images[rank.notna()].iloc[rank.dropna().to_numpy().argsort(kind="stable")]
        queue = queue[["image_id", "label_status"]]
    table = queue if isinstance(queue, pd.DataFrame) else pd.DataFrame({"image_id": list(queue)})
    if "image_id" not in table.columns:
        raise InputError(f"label: the queue has no column image_id; it has {', '.join(map(str, table.columns))}")
    known = {str(row["image_id"]): row for row in tables.records(images[["image_id", "path", "width", "height"]])}
    reasons: dict[str, list[str]] = {}
    about: dict[str, list[str]] = {}
    for row in tables.records(table):
        name = str(row["image_id"])
        if name not in known:
            raise InputError(f"label: {name!r} is not in the project; p.images lists its pictures")
        reasons.setdefault(name, []).append(_reason(row))
        about.setdefault(name, []).extend([str(row["box_id"])] if row.get("box_id") is not None else [])
    return [
        Waiting(
            name,
            str(known[name]["path"]),
            int(known[name]["width"]),
            int(known[name]["height"]),
            "; ".join(dict.fromkeys(filter(None, reasons[name]))),
            tuple(about[name]),
        )
        for name in reasons
    ]


def is_about_labels(queue: object) -> bool:
    """Whether a queue is of labels to look at again (`relabel_queue`, `suspects`) and not of pictures without any."""
    return isinstance(queue, pd.DataFrame) and "box_id" in queue.columns


def begun(store: Store, queue: Sequence[Waiting]) -> int:
    """The event after which a picture of this queue of labelled pictures counts as looked at again.

    It is kept in the project, so that the queue goes on where it was left; once all are looked at, it begins anew.
    """
    names = "\n".join(sorted(one.image_id for one in queue))
    note = f"queue {hashlib.sha256(names.encode()).hexdigest()[:16]}"
    edited, start = store.last_edits(), store.note(note)
    if start is not None and any(edited.get(one.image_id, 0) <= int(start) for one in queue):
        return int(start)
    now = store.last_event()
    store.set_note(note, str(now))
    return now


def prelabels_of(
    predictions: pd.DataFrame, confidence: float, classes: Sequence[str]
) -> dict[str, tuple[OpenBox, ...]]:
    """For each picture the predictions to begin with.

    Args:
        predictions: a `predictions` table.
        confidence: the least that is shown.
        classes: of the project.

    Raises:
        TableError: if the table breaks its rules.
        InputError: if the confidence is out of range, or a class is not the project's.
    """
    if not 0 <= confidence <= 1:
        raise InputError(f"label: confidence is {confidence}; expected 0 to 1")
    table = tables.validate(predictions, "predictions")
    table = table[table["confidence"] >= confidence]
    foreign = sorted(set(table["class_name"]) - set(classes))
    if foreign:
        raise InputError(
            f"label: the pre-labels have the class {foreign[0]!r}, the project has {', '.join(classes)}; rename it: "
            f"predictions.replace({{'class_name': {{{foreign[0]!r}: {classes[0]!r}}}}})"
        )
    return {str(name): open_boxes(part) for name, part in table.groupby("image_id", sort=False)}


def _reason(row: dict[str, Any]) -> str:
    if row.get("reason"):
        return str(row["reason"])
    if row.get("kind") and row.get("evidence"):
        return f"{row['kind']}: {row['evidence']}"
    if row.get("relabel"):
        said = f" (“{row['note']}”)" if row.get("note") else ""
        return f"{row.get('who') or 'somebody'} says that a label is wrong{said}"
    return "returned for another look" if row.get("label_status") == "returned" else ""
