"""What changed between two rounds: computed from their versions and runs, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changed_arguments(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Training arguments that differ, as ``name: before → after``."""
    return {
        name: f"{before.get(name)} → {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def describe_change(data: Mapping[str, int] | None, arguments: Mapping[str, str] | None) -> dict[str, Any]:
    """The change of a round, with a warning where both the data and the training changed.

    Args:
        data: counts of what changed in the data; None in the first round.
        arguments: what changed in the training; None in the first round.
    """
    change: dict[str, Any] = {}
    if data is not None:
        change["data"] = dict(data) or "nothing"
    if arguments is not None:
        change["training"] = dict(arguments) or "nothing"
    if data and arguments:
        change["warning"] = "data and training both changed; this round cannot tell which of them helped"
    return change or {"first": "the first round; there is nothing to compare with"}
