"""What labelling took: every answer of a labeller, with its seconds and what became of the pre-labels."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from workbench import tables
from workbench.project import Store

_PRELABELS = ("shown", "accepted", "moved", "renamed", "removed", "added")
_COLUMNS = ("event_id", "at", "who", "image_id", "answer", "boxes", "seconds", *_PRELABELS)
_SPENT = ("label", "skip")


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
