"""What labelling took: every answer of a labeller, with its seconds and what became of the pre-labels."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.project import Store

_PRELABELS = ("shown", "accepted", "moved", "renamed", "removed", "added")
_COLUMNS = ("event_id", "at", "who", "image_id", "answer", "boxes", "seconds", *_PRELABELS)
_SPENT = ("label", "skip")

DRAW_S = 7.0
"""Seconds to draw a box, or to put one right: what Papadopoulos et al. measured (Extreme clicking for efficient object
annotation, ICCV 2017), a fifth of the 35 s that they give for a box drawn corner to corner."""
REMOVE_S = 2.0
"""Seconds to remove a box or to change its class: our guess, for a click and a key."""


def label_log(store: Store) -> pd.DataFrame:
    """The answers that people gave picture by picture, oldest first; one that was taken back is not there.

    Returns:
        event_id, at (UTC), who, image_id, answer (a label_status, or ``skipped``), boxes (how many were saved), seconds
        (pauses over a minute count as one; NA where nobody counted), then of the pre-labels that the picture began with
        shown, accepted (saved as they were), moved, renamed, removed, and added boxes; NA where it began without any.
    """
    events = store.events()
    undone = {json.loads(text)["undoes"] for text in events.loc[events["action"] == "undo", "after"]}
    rows: list[dict[str, Any]] = []
    for event in tables.records(events[events["action"].isin(_SPENT) & ~events["event_id"].isin(undone)]):
        after = json.loads(event["after"]) if event["after"] else {}
        answer = "skipped" if event["action"] == "skip" else after["label_status"]
        said = {"answer": answer, "boxes": len(after.get("boxes", ())), **after.get("prelabels", {})}
        rows.append({name: event.get(name) for name in _COLUMNS} | said)
    table = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    texts = dict.fromkeys(("at", "who", "image_id", "answer"), "str")
    whole = dict.fromkeys(_PRELABELS, "Int64") | {"event_id": "int64", "boxes": "int64"}
    return table.astype({**texts, **whole, "seconds": "float64"})


def hand_work(log: pd.DataFrame, *, draw_s: float = DRAW_S, remove_s: float = REMOVE_S) -> pd.Series[Any]:
    """What pre-labels saved: counted corrections, times an assumed time for each; an estimate, no measurement.

    To look at a picture and say that it is right takes as long with pre-labels as without, and is left out.

    Args:
        log: what `label_log` gave; answers for pictures that began without pre-labels, and skipped ones, are left out.
        draw_s: seconds to draw a box, or to move its edges.
        remove_s: seconds to remove a box, or to give it another class.

    Returns:
        pictures, untouched (those whose pre-labels needed no correction and nothing was added), shown, accepted, moved,
        renamed, removed, added; minutes_from_nothing (to draw every box), minutes_to_correct, minutes_saved.
    """
    rows = log[log["shown"].notna()]
    corrections = rows[["moved", "renamed", "removed", "added"]].sum(axis=1)
    total = {name: int(rows[name].sum()) for name in _PRELABELS}
    nothing = draw_s * int(rows["boxes"].sum()) / 60
    correct = (draw_s * (total["moved"] + total["added"]) + remove_s * (total["renamed"] + total["removed"])) / 60
    minutes = {"from_nothing": nothing, "to_correct": correct, "saved": nothing - correct}
    return pd.Series(
        {
            "pictures": len(rows),
            "untouched": int((corrections == 0).sum()),
            **total,
            **{f"minutes_{name}": round(value, 1) for name, value in minutes.items()},
        },
        dtype="object",
    )
