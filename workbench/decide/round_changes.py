"""What changed between two rounds: computed from their versions and runs, never typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.version import Diff

_REDRAWN = ("tightened", "loosened", "moved")
_COUNTS = {
    **dict.fromkeys(_REDRAWN, "boxes redrawn"),
    "added": "boxes added",
    "removed": "boxes removed",
    "relabelled": "boxes relabelled",
    "ignored": "boxes ignored",
    "unignored": "boxes ignored",
}
"""What a change of a box does to a training; attributes and labellers do nothing."""


def changed_arguments(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Training arguments that differ, as ``name: before → after``."""
    return {
        name: f"{before.get(name)} → {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def changed_things(data: Diff, images: pd.DataFrame, arguments: Sequence[str]) -> list[str]:
    """The things that changed, as a person counts them: each of them alone could have made the difference.

    Boxes of a picture that was added belong to that picture, and all that happened to pictures of the split test is one
    thing.

    Args:
        data: what changed in the data.
        images: the `images` tables of both versions, one below the other.
        arguments: names of the training arguments that changed.
    """
    split = images.drop_duplicates("image_id").set_index("image_id")["split"]
    tested = set(split.index[split == "test"])
    things: dict[str, None] = {}
    whole = data.images[data.images["change"].isin(("added", "removed"))]
    for change, image_id, source in zip(whole["change"], whole["image_id"], whole["source"], strict=True):
        words = f"pictures {change} from {source}" if source else f"pictures {change}"
        things["the test set" if image_id in tested else words] = None
    came_or_went = set(whole["image_id"])
    for name, words in (("split", "pictures re-split"), ("bytes", "pictures exchanged")):
        if (data.images["change"] == name).any():
            things[words] = None
    for change, image_id in zip(data.boxes["change"], data.boxes["image_id"], strict=True):
        if image_id not in came_or_went and change in _COUNTS:
            things["the test set" if image_id in tested else _COUNTS[change]] = None
    things |= dict.fromkeys((f"the classes ({line})" for line in data.classes), None)
    return [*things, *arguments]


def describe_change(
    data: Mapping[str, int] | None, arguments: Mapping[str, str] | None, things: Sequence[str] = ()
) -> dict[str, Any]:
    """The change of a round, with a warning where more than one thing changed.

    Args:
        data: counts of what changed in the data; None in the first round.
        arguments: what changed in the training; None in the first round.
        things: what changed, as a person counts, from `changed_things`.
    """
    change: dict[str, Any] = {}
    if data is not None:
        change["data"] = dict(data) or "nothing"
    if arguments is not None:
        change["training"] = dict(arguments) or "nothing"
    if len(things) > 1:
        change["warning"] = (
            f"{len(things)} things changed ({', '.join(things)}); this round cannot tell which of them helped"
        )
    elif data and arguments:
        change["warning"] = "data and training both changed; this round cannot tell which of them helped"
    return change or {"first": "the first round; there is nothing to compare with"}
