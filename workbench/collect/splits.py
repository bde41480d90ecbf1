"""Which split a group goes to: by the hash of its name, so that adding data moves nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from workbench.errors import InputError
from workbench.tables import SPLITS

SHARES: Mapping[str, float] = {"train": 0.7, "val": 0.1, "test": 0.2}


def split_of(group_id: str, shares: Mapping[str, float] = SHARES) -> str:
    """The split of a group; the same for ever, whatever else is collected.

    Args:
        group_id: a video, a burst or a single photo.
        shares: the wanted share of groups for each split; they sum to 1.

    Raises:
        InputError: if `shares` names an unknown split or does not sum to 1.
    """
    unknown = set(shares) - set(SPLITS)
    if unknown or abs(sum(shares.values()) - 1) > 1e-9:
        raise InputError(f"shares {dict(shares)} must name {', '.join(SPLITS)} and sum to 1")
    point = int.from_bytes(hashlib.sha256(group_id.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    for split, share in shares.items():
        reached += share
        if point < reached:
            return split
    return list(shares)[-1]
