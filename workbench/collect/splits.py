"""Which split a group goes to: by the hash of its name, so that adding data moves nothing; and the closed test set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.collect.groups import Relation
from workbench.model.errors import InputError
from workbench.model.tables import SPLITS
from workbench.project import ProjectFolder
from workbench.project.store import CLOSED_NOTE

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


def check_split(split: str | None) -> None:
    """Refuse a split that there is not.

    Raises:
        InputError: naming those there are.
    """
    if split is not None and split not in SPLITS:
        raise InputError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")


@dataclass(frozen=True)
class Closed:
    """A test set that takes no new pictures.

    Attributes:
        at: when it was closed (UTC, ISO 8601).
        pictures: how many pictures it holds.
        digest: SHA-256 over their files' hashes.
    """

    at: str
    pictures: int
    digest: str


def close_test(project: ProjectFolder) -> Closed:
    """Close the test set: nothing new gets into it, and copies of its pictures are refused from then on.

    Raises:
        InputError: if there are no test pictures, or it is closed already.
    """
    if (before := closed_test(project)) is not None:
        raise InputError(f"the test set has been closed since {before.at}; reopen it first if it must change")
    images = project.images()
    hashes = sorted(images.loc[images["split"] == "test", "sha256"])
    if not hashes:
        raise InputError("there are no pictures in 'test' yet; collect some, then close them")
    digest = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    closed = Closed(datetime.now(UTC).isoformat(timespec="seconds"), len(hashes), digest)
    project.store.set_note(CLOSED_NOTE, json.dumps(vars(closed)))
    return closed


def reopen_test(project: ProjectFolder) -> None:
    """Let the test set change again; figures from before and after are about different tests then."""
    project.store.set_note(CLOSED_NOTE, "")


def closed_test(project: ProjectFolder) -> Closed | None:
    """The project's closed test set, or None while it may grow."""
    note = project.store.note(CLOSED_NOTE)
    return Closed(**json.loads(note)) if note else None


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

    def __init__(self, group_splits: dict[str, str], wanted: str | None, *, closed: bool) -> None:
        self.group_splits = group_splits
        self._wanted, self._closed = wanted, closed

    def place(self, own_group: str, related: Sequence[Relation]) -> Place:
        """The place of one new picture.

        Args:
            own_group: the group it founds where it belongs to none.
            related: the groups that it belongs to, the strongest bond first.
        """
        by_split: dict[str, Relation] = {}
        for relation in related:
            by_split.setdefault(self.group_splits[relation.group_id], relation)
        if self._closed and "test" in by_split:
            found = by_split["test"]
            message = f"{_says(found)} of the closed test set; it was not taken"
            return Place(own_group, None, "test-duplicate", message, "leave it out: trained on, it makes the test easy")
        # A picture of the pool is in nobody's way.
        if len(by_split) > 1:
            by_split.pop("pool", None)
        if len(by_split) > 1:
            seen = " and ".join(f"{_says(relation)} in {split!r}" for split, relation in by_split.items())
            self.group_splits[own_group] = "pool"
            return Place(own_group, "pool", "duplicate-across-splits", f"{seen}; it was set aside in 'pool'", _LEAVE)
        for split, relation in by_split.items():
            if self._wanted in (None, split):
                return Place(relation.group_id, split)
            message = f"{_says(relation)} in {split!r} already; it goes there, not to {self._wanted!r}"
            return Place(relation.group_id, split, "duplicate-across-splits", message, _LEAVE)
        split = self.group_splits.get(own_group) or self._wanted or self._drawn(own_group)
        self.group_splits[own_group] = split
        return Place(own_group, split)

    def _drawn(self, group: str) -> str:
        split = split_of(group)
        if split == "test" and self._closed:
            rest = {name: share for name, share in SHARES.items() if name != "test"}
            total = sum(rest.values())
            return split_of(group, {name: share / total for name, share in rest.items()})
        return split


_LEAVE = "leave it out of one of the two"


def _says(relation: Relation) -> str:
    if relation.why == "same file":
        return f"the same picture is there as {relation.image_id!r}"
    words = {"same video": "a frame of the same video", "same burst": "a shot of the same burst"}
    return f"{words.get(relation.why, 'nearly the same picture')} is there as {relation.image_id!r}"
