"""Which split a group goes to: by the hash of its name, so that adding data moves nothing; a frozen one takes none."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
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


def drawn_split(group_id: str, frozen: Collection[str]) -> str:
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

    def __init__(
        self,
        group_splits: dict[str, str],
        *,
        frozen: Mapping[str, Hold],
        filled: Collection[str] = (),
        force: bool = False,
    ) -> None:
        """Place among the groups of a project.

        Args:
            group_splits: the split of each group that is there; new ones are entered.
            frozen: the splits that take nothing new.
            filled: the splits that the new pictures' user filled: a picture without one is not drawn into these.
            force: whether a picture goes where it is wanted whatever group it belongs to.
        """
        self.group_splits = group_splits
        self.frozen, self._filled, self._force = frozen, frozenset(filled), force
        self._brought: set[str] = set()

    def place(
        self, own_group: str, related: Sequence[Relation], wanted: str | None = None, *, brought: bool = False
    ) -> Place:
        """The place of one new picture.

        Args:
            own_group: the group it founds where it belongs to none.
            related: the groups that it belongs to, the strongest bond first.
            wanted: the split that somebody gave it.
            brought: whether it came with that split: among what came together it is kept, whatever resembles what.
        """
        place = self._place(own_group, related, wanted, brought=brought)
        if place.split is not None and place.group_id == own_group:
            self.group_splits[own_group] = place.split
            if brought and place.split == wanted:
                self._brought.add(own_group)
        return place

    def _place(self, own_group: str, related: Sequence[Relation], wanted: str | None, *, brought: bool) -> Place:
        by_split: dict[str, Relation] = {}
        for relation in related:
            by_split.setdefault(self.group_splits[relation.group_id], relation)
        held = next((split for split in by_split if split in self.frozen), None)
        if held is not None:
            message = f"{_says(by_split[held])} of {self.frozen[held].by}; it was not taken"
            return Place(own_group, None, "test-duplicate", message, "leave it out: trained on, it makes the test easy")
        if wanted is not None and wanted in self.frozen:
            hold = self.frozen[wanted]
            message = f"its split {wanted!r} is {hold.by}: nothing new gets into it"
            return self._aside(own_group, "split-held", message, f"nothing; to change that test, {hold.release}")
        others = [relation for split, relation in by_split.items() if split not in (wanted, "pool")]
        stays = self._force or (brought and all(one.group_id in self._brought for one in others))
        if wanted is not None and stays and (others or self._force):
            group = by_split[wanted].group_id if wanted in by_split else own_group
            if not others:
                return Place(group, wanted)
            why = "forced" if self._force else "as it came"
            message = f"{_says(others[0])} in {self.group_splits[others[0].group_id]!r}; it is in {wanted!r}, {why}"
            return Place(group, wanted, "duplicate-across-splits", message, _LEAVE)
        # A picture of the pool is in nobody's way.
        if len(by_split) > 1:
            by_split.pop("pool", None)
        if len(by_split) > 1:
            seen = " and ".join(f"{_says(relation)} in {split!r}" for split, relation in by_split.items())
            return self._aside(own_group, "duplicate-across-splits", seen, _LEAVE)
        for split, relation in by_split.items():
            if wanted in (None, split):
                return Place(relation.group_id, split)
            message = f"{_says(relation)} in {split!r} already"
            if brought and wanted == "test":
                # What somebody tests on is never trained on.
                return self._aside(own_group, "duplicate-across-splits", message, _LEAVE)
            message = f"{message}; it goes there, not to {wanted!r}"
            return Place(relation.group_id, split, "duplicate-across-splits", message, _LEAVE)
        split = self.group_splits.get(own_group) or wanted or drawn_split(own_group, {*self.frozen, *self._filled})
        return Place(own_group, split)

    def _aside(self, own_group: str, code: str, why: str, fix: str) -> Place:
        """In the pool, where it is in nobody's way; nowhere, if that is frozen."""
        if "pool" in self.frozen:
            return Place(own_group, None, code, f"{why}; it was not taken", fix)
        return Place(own_group, "pool", code, f"{why}; it was set aside in 'pool'", fix)


_LEAVE = "leave it out of one of the two"


def _says(relation: Relation) -> str:
    if relation.why == "same file":
        return f"the same picture is there as {relation.image_id!r}"
    words = {"same video": "a frame of the same video", "same burst": "a shot of the same burst"}
    return f"{words.get(relation.why, 'nearly the same picture')} is there as {relation.image_id!r}"
