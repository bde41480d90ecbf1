"""All rounds in one table: what was changed, what it did on stills and on video, what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.decide.evidence import CONFIDENCES, LESS_IS_BETTER
from workbench.decide.record import RoundRecord
from workbench.model.wording import counted

COLUMNS = (
    *("round", "question", "changed", "decision", "verdict", "test", "same_test_as_before"),
    *(f"{part}_recall_{confidence:g}" for part in ("stills", "video") for confidence in CONFIDENCES),
    *("stills_false_alarms", "video_false_alarms", "version", "run", "who", "at"),
)


def timeline(records: Sequence[RoundRecord]) -> pd.DataFrame:
    """One row a round, in order.

    Returns:
        `COLUMNS`: recall on stills and on video at the story's confidences, false alarms per picture at the round's own
        one, and in ``same_test_as_before`` whether the figures may be held against the row above (None: the first
        round, or not known).
    """
    rows = []
    former: RoundRecord | None = None
    for record in records:
        recalls = {(one.part, one.confidence): one.recall.value for one in record.at_confidence}
        alarms = {part.part: part.figures["false_alarms_per_picture"].value for part in record.parts}
        known = former is not None and former.test_id and record.test_id
        same = former.test_id == record.test_id if former is not None and known else None
        shares = [recalls.get((part, c)) for part in ("stills", "video") for c in CONFIDENCES]
        rows.append(
            (
                *(record.number, record.question, what_changed(record.change), record.stands, verdict(record)),
                *(f"{record.test} {record.test_id}".strip(), same, *shares, alarms.get("stills"), alarms.get("video")),
                *(record.version, record.run, record.who, record.at),
            )
        )
        former = record
    table = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    numbers = [name for name in COLUMNS if "recall" in name or "false_alarms" in name]
    return table.astype(dict.fromkeys(numbers, "float64"))


def what_changed(change: Mapping[str, Any]) -> str:
    """The change of a record in one line."""
    parts = []
    for name, value in change.items():
        if name == "warning":
            continue
        if isinstance(value, Mapping):
            what = (counted(inner, key) if name == "data" else f"{key} {inner}" for key, inner in value.items())
            parts.append(", ".join(what))
        elif name in ("first", "unknown"):
            parts.append(str(value))
    return "; ".join(parts) or "nothing"


def verdict(record: RoundRecord) -> str:
    """Did it help, and how sure are we? In one sentence, for the figure that the decision rests on."""
    found = record.difference()
    if found is None:
        return "nothing to compare with" if record.against is None else f"{record.measure} cannot be measured"
    less = found.measure in LESS_IS_BETTER
    low, high = (-found.high, -found.low) if less else (found.low, found.high)
    words = "helped" if low > 0 else "harmed" if high < 0 else "may be nothing"
    name = {"f1": "F1"}.get(found.measure, found.measure.replace("_", " "))
    return (
        f"{words}: {name} on {found.part} {found.value:+.3f} (95 %: {found.low:+.3f} to {found.high:+.3f}) "
        f"against {record.held_against}"
    )
