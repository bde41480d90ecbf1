"""Which split a group goes to: by the hash of its name, so that adding data moves nothing; a frozen one takes none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.collect.groups import Relation
from workbench.model.errors import InputError
from workbench.model.tables import SPLITS
from workbench.project.frozen_splits import Hold

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


def check_split(split: str | None, frozen: Mapping[str, Hold]) -> None:
    """Refuse a split that there is not, and one that takes nothing new.

    Raises:
        InputError: naming those there are, or what holds it.
    """
    if split is not None and split not in SPLITS:
        raise InputError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
    if split is not None and split in frozen:
        raise InputError(
            f"the split {split!r} is {frozen[split].by}: nothing new gets into it; choose another split, such as "
            f"{next((name for name in reversed(SPLITS) if name not in frozen), 'a new project')!r}"
        )


def drawn_split(group_id: str, frozen: Mapping[str, Hold]) -> str:
    """The split that a new group falls to by its name; one that is frozen takes none, and the others share its part."""
    split = split_of(group_id)
    if split not in frozen:
        return split
    rest = {name: share for name, share in SHARES.items() if name not in frozen}
    total = sum(rest.values())
    return split_of(group_id, {name: share / total for name, share in rest.items()}) if rest else "pool"


@dataclass(frozen=True)
class Place:
    """Where a new picture goes.

    Attributes:
        group_id: its group.
        split: its split; None where it is refused.
        code: of the problem to report, or empty.
        message: what to say of it.
        fix: what to do.
    """

    group_id: str
    split: str | None
    code: str = ""
    message: str = ""
    fix: str = ""


class Placing:
    """Gives every new picture its group and split."""

    def __init__(self, group_splits: dict[str, str], wanted: str | None, *, frozen: Mapping[str, Hold]) -> None:
        self.group_splits = group_splits
        self._wanted, self._frozen = wanted, frozen

    def place(self, own_group: str, related: Sequence[Relation]) -> Place:
        """The place of one new picture.

        Args:
            own_group: the group it founds where it belongs to none.
            related: the groups that it belongs to, the strongest bond first.
        """
        by_split: dict[str, Relation] = {}
        for relation in related:
            by_split.setdefault(self.group_splits[relation.group_id], relation)
        held = next((split for split in by_split if split in self._frozen), None)
        if held is not None:
            message = f"{_says(by_split[held])} of {self._frozen[held].by}; it was not taken"
            return Place(own_group, None, "test-duplicate", message, "leave it out: trained on, it makes the test easy")
        # A picture of the pool is in nobody's way.
        if len(by_split) > 1:
            by_split.pop("pool", None)
        if len(by_split) > 1:
            seen = " and ".join(f"{_says(relation)} in {split!r}" for split, relation in by_split.items())
            if "pool" in self._frozen:
                return Place(own_group, None, "duplicate-across-splits", f"{seen}; it was not taken", _LEAVE)
            self.group_splits[own_group] = "pool"
            return Place(own_group, "pool", "duplicate-across-splits", f"{seen}; it was set aside in 'pool'", _LEAVE)
        for split, relation in by_split.items():
            if self._wanted in (None, split):
                return Place(relation.group_id, split)
            message = f"{_says(relation)} in {split!r} already; it goes there, not to {self._wanted!r}"
            return Place(relation.group_id, split, "duplicate-across-splits", message, _LEAVE)
        split = self.group_splits.get(own_group) or self._wanted or drawn_split(own_group, self._frozen)
        self.group_splits[own_group] = split
        return Place(own_group, split)


_LEAVE = "leave it out of one of the two"


def _says(relation: Relation) -> str:
    if relation.why == "same file":
        return f"the same picture is there as {relation.image_id!r}"
    words = {"same video": "a frame of the same video", "same burst": "a shot of the same burst"}
    return f"{words.get(relation.why, 'nearly the same picture')} is there as {relation.image_id!r}"
