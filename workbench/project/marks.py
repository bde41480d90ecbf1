"""What people say of single boxes and predictions: a cause, a wrong label, an edge case, a note.

`mark` is the one way in, from the explorer, from FiftyOne and from code; every mark is an event in the store, so that
who said what and when is never lost, and `marks` reads what holds now. Nothing here changes a label: a wrong label
waits in `relabel_queue` until somebody edits its picture.

A mark belongs to a box by its id, and so holds for every later iteration. A false alarm has no box; its mark belongs
to the place: picture, class and corners to a tenth of a pixel, and so to the same prediction in any order of a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.project.store import Store

Kind = Literal["cause", "relabel", "edge_case", "outside", "escalated", "note"]
FLAGS: tuple[Kind, ...] = ("relabel", "edge_case", "outside", "escalated")
KINDS: tuple[Kind, ...] = ("cause", *FLAGS, "note")

_ACTION = "mark"
_TEXTS = {"cause": "a cause in words", "note": "a text"}
_SUBJECT = ("box_id", "prediction_id", "class_name", "confidence", *CORNERS)
_COLUMNS = ("key", "image_id", *_SUBJECT, "about", *KINDS, "who", "at", "event_id")


def keys(rows: pd.DataFrame) -> list[str]:
    """What each row is about, as one text that stays the same from iteration to iteration.

    Args:
        rows: box_id or, where that is NA, image_id, class_name and the corners of a prediction.
    """
    return [_key(row) for row in tables.records(rows)]


def mark(
    store: Store,
    rows: pd.DataFrame,
    kind: Kind,
    value: str | bool | None = True,
    *,
    about: str = "",
    who: str | None = None,
    seconds: float | None = None,
) -> int:
    """Say something of boxes and predictions; all of it is kept or, on an error, none.

    Args:
        store: the project's store.
        rows: verdicts with their corners: image_id, box_id (NA for a false alarm), class_name and, as far as there are
            any, prediction_id and confidence.
        kind: ``cause`` (confirmed or changed), ``relabel`` (the label is wrong), ``edge_case``, ``outside`` (no job of
            the detector's, by the guide), ``escalated`` or ``note``.
        value: the cause or the note in words, True for the others; None or False takes it back.
        about: the predictions looked at, such as a run's name.
        who: by default the user's login name.
        seconds: how long it took, over all rows.

    Returns:
        How many were marked.

    Raises:
        InputError: for an unknown kind, a value that does not fit it, or rows that name no box and no place.
    """
    said = _checked(kind, value)
    what = []
    for row in tables.records(rows):
        subject = {name: row.get(name) for name in _SUBJECT}
        what.append((str(row["image_id"]), {"key": _key(row), "kind": kind, "value": said, "about": about, **subject}))
    store.add_events(_ACTION, what, who=who, seconds=seconds)
    return len(what)


def marks(store: Store) -> pd.DataFrame:
    """What is said of each box and prediction now, in the order in which it was first said.

    Returns:
        key, image_id, box_id, prediction_id, class_name, confidence, the corners, about, then a column for each kind
        (cause and note as text or NA, the others as flags), who and at (UTC) of the last word, and its event_id.
        What was taken back altogether is not there.
    """
    held: dict[str, dict[str, Any]] = {}
    for event in tables.records(store.events(action=_ACTION)):
        said = json.loads(event["after"])
        fresh = {"key": said["key"], "image_id": event["image_id"], **dict.fromkeys(("cause", "note"))}
        row = held.setdefault(said["key"], fresh | dict.fromkeys(FLAGS, False) | {"asked": 0})
        row |= {name: said[name] for name in (*_SUBJECT, "about")}
        row |= {said["kind"]: said["value"], "who": event["who"], "at": event["at"], "event_id": event["event_id"]}
        if said["kind"] == "relabel" and said["value"]:
            row["asked"] = event["event_id"]
    rows = [row for row in held.values() if any(row[kind] for kind in KINDS)]
    table = pd.DataFrame(rows, columns=pd.Index([*_COLUMNS, "asked"]))
    texts = ["key", "image_id", "box_id", "prediction_id", "class_name", "about", "cause", "note", "who", "at"]
    return table.astype(
        {
            **dict.fromkeys(texts, "str"),
            **dict.fromkeys(FLAGS, "bool"),
            **dict.fromkeys(["confidence", *CORNERS], "float64"),
        }
    )


def confirmed_causes(store: Store, predictions: pd.DataFrame) -> pd.DataFrame:
    """Causes that people confirmed or changed, for an evaluation of these predictions.

    Returns:
        box_id, prediction_id (the other one is NA) and cause.
    """
    said = marks(store)
    said = said[said["cause"].notna()]
    of_boxes = said.loc[said["box_id"].notna(), ["box_id", "cause"]]
    alarms = said[said["box_id"].isna()].set_index("key")
    near = predictions[predictions["image_id"].isin(alarms["image_id"])]
    causes = alarms["cause"].reindex(keys(near[["image_id", "class_name", *CORNERS]])).to_numpy()
    of_alarms = near[["prediction_id"]].assign(cause=causes).dropna(subset="cause")
    return pd.concat([of_boxes, of_alarms], ignore_index=True)[["box_id", "prediction_id", "cause"]]


@dataclass(frozen=True, eq=False)
class Marked:
    """Marks, each with the box or the predictions of one subject that it is about.

    Attributes:
        of_box: box_id to what is said of it.
        of_prediction: prediction_id to what is said of it.
    """

    of_box: dict[Any, dict[str, Any]]
    of_prediction: dict[Any, dict[str, Any]]

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """What is said of one row of the verdicts: cause, note, and a flag a kind; empty if nothing is."""
        if row["box_id"] is not None:
            return self.of_box.get(row["box_id"], {})
        return self.of_prediction.get(row["prediction_id"], {})


def find_places(marks: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame) -> Marked:
    """Look up which of the subject's boxes and predictions the marks are about.

    Args:
        marks: from `workbench.project.marks.marks`.
        boxes: a checked table.
        predictions: a checked table.
    """
    of_key = {row["key"]: {k: row[k] for k in ("cause", "note", "who", "at", *FLAGS)} for row in tables.records(marks)}
    if not of_key:
        return Marked({}, {})
    named = boxes[boxes["box_id"].astype("str").isin(set(marks["box_id"].dropna()))]
    alarms = set(marks.loc[marks["box_id"].isna(), "image_id"])
    near = predictions[predictions["image_id"].astype("str").isin(alarms)]
    near = near[["prediction_id", "image_id", "class_name", *CORNERS]]
    found = []
    for table, key in ((named[["box_id"]], "box_id"), (near, "prediction_id")):
        ids = [row[key] for row in tables.records(table[[key]])]
        said = (of_key.get(name) for name in keys(table))
        found.append({ours: one for ours, one in zip(ids, said, strict=True) if one is not None})
    return Marked(found[0], found[1])


def relabel_queue(store: Store) -> pd.DataFrame:
    """The labels that somebody said are wrong and whose picture nobody has edited or dropped since, first said first.

    Returns:
        As `marks`.
    """
    said = marks(store)
    edited = store.last_edits()
    dropped = set(store.events(action="drop")["image_id"]) - set(store.images()["image_id"])
    waiting = [
        wrong and asked > edited.get(image_id, 0) and image_id not in dropped
        for wrong, asked, image_id in zip(said["relabel"], said["asked"], said["image_id"], strict=True)
    ]
    queue = said[pd.Series(waiting, index=said.index, dtype=bool)]
    return queue.sort_values("asked", kind="stable").reset_index(drop=True)


def _checked(kind: str, value: str | bool | None) -> str | bool | None:
    if kind not in KINDS:
        raise InputError(f"mark: kind is {kind!r}; expected one of {', '.join(KINDS)}")
    if kind in _TEXTS:
        if value is None or value is False or (isinstance(value, str) and not value.strip()):
            return None
        if not isinstance(value, str):
            raise InputError(f"mark: the value of {kind!r} is {value!r}; expected {_TEXTS[kind]}")
        return value.strip()
    if value is not None and not isinstance(value, bool):
        raise InputError(f"mark: the value of {kind!r} is {value!r}; expected True or False")
    return bool(value)


def _key(row: Mapping[str, Any]) -> str:
    if row.get("box_id") is not None:
        return f"box {row['box_id']}"
    missing = [name for name in ("image_id", "class_name", *CORNERS) if row.get(name) is None]
    if missing:
        raise InputError(f"mark: a row has neither a box_id nor a {missing[0]}; give verdicts with their corners")
    # Corners that went through shares of a picture's width come back a rounding error off, perhaps just beside a tie.
    place: Sequence[str] = [f"{round(row[name], 6):.1f}" for name in CORNERS]
    return f"place {row['image_id']} {row['class_name']} {' '.join(place)}"
