"""Pictures that are there more than once: the same file, or the same photo re-encoded, resized, cropped or mirrored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.machine.helpers import processors
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.session_options import progress_bar
from workbench.model.wording import counted, facts_html
from workbench.pictures.alike.near import near_pairs
from workbench.pictures.alike.perceptual_hash import as_numbers, hash_of_file
from workbench.pictures.alike.second_look import SecondLook
from workbench.pictures.surveying import measured

PAIR_COLUMNS = ("first", "second", "kind", "bits", "mirrored")


@dataclass(frozen=True)
class Duplicates:
    """What `find_duplicates` found.

    Attributes:
        pairs: first, second (image ids), kind (``exact`` or ``near``), bits (of 64 in which the hashes differ),
            mirrored. Of n copies there are at least n − 1 pairs, enough to link them.
        groups: image_id and duplicate_group (from 1) of every picture that has a copy, the largest group first.
        images: the pictures that were compared, with their measures.
        root: what their paths are relative to.
        looked: how many pairs had hashes so near that their pictures were compared.
    """

    pairs: pd.DataFrame
    groups: pd.DataFrame
    images: pd.DataFrame
    root: Path
    looked: int

    def keep_best(self) -> pd.DataFrame:
        """Which picture of each group to keep; nothing is dropped here.

        The best one has labels before none, then the most pixels, then the highest sharpness, then the least
        compression.

        Returns:
            duplicate_group, image_id, keep, reason; one row for each picture of a group, the one to keep first.
        """
        rows = self.groups.merge(self.images, on="image_id", sort=False)
        if not len(rows):
            return pd.DataFrame({"duplicate_group": [], "image_id": [], "keep": [], "reason": []})
        rows = rows.assign(
            _labels=~rows["label_status"].isin(("unlabelled", "returned")), _pixels=rows["width"] * rows["height"]
        )
        by = ["_labels", "_pixels", "sharpness", "bits_per_pixel"]
        rows = rows.sort_values(["duplicate_group", *by, "image_id"], ascending=[True, *[False] * len(by), True])
        proposals: list[dict[str, Any]] = []
        for number, group in rows.groupby("duplicate_group", sort=True):
            best = group.iloc[0]
            for place, row in enumerate(tables.records(group)):
                reason = _why_best(group) if place == 0 else _why_not(row, best)
                proposals.append(
                    {"duplicate_group": number, "image_id": row["image_id"], "keep": place == 0, "reason": reason}
                )
        return pd.DataFrame(proposals)

    @property
    def summary(self) -> dict[str, int]:
        """Counts: pictures, groups and the pictures in them, pairs by kind, and how many pairs were looked at twice."""
        kinds = self.pairs["kind"].value_counts()
        return {
            "pictures": len(self.images),
            "groups": int(self.groups["duplicate_group"].nunique()),
            "in_groups": len(self.groups),
            "exact_pairs": int(kinds.get("exact", 0)),
            "near_pairs": int(kinds.get("near", 0)),
            "looked_at_twice": self.looked,
        }

    def __repr__(self) -> str:
        found = self.summary
        if not found["groups"]:
            return f"no copies among {counted(found['pictures'], 'pictures')}"
        pairs = f"{found['exact_pairs']} exact, {found['near_pairs']} near"
        groups = f"{counted(found['groups'], 'groups')} of copies, {found['in_groups']} of {found['pictures']} pictures"
        return f"{groups} (pairs: {pairs}); keep_best() says which to keep"

    def _repr_html_(self) -> str:
        return facts_html("Duplicates", {"": repr(self)}, self.keep_best())

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "summary": self.summary,
            "pairs": tables.records(self.pairs),
            "proposal": tables.records(self.keep_best()),
        }


def find_duplicates(
    images: pd.DataFrame,
    root: str | Path,
    *,
    within: int | None = None,
    look: SecondLook | None = None,
    workers: int | None = None,
) -> Duplicates:
    """Find copies among pictures, exact and near ones, whatever their source.

    Args:
        images: an `images` table; what was not measured yet is measured.
        root: the folder that ``path`` is relative to.
        within: the most bits of 64 in which the hashes of a near pair may differ; by default 14, and fewer among more
            than 5,000 pictures.
        look: what a survey remembers of the pictures (``survey(…).look``), so that they are not decoded again.
        workers: how many processors to use; as many as this process may if not given.

    Raises:
        TableError: if the table breaks its rules.
        InputError: if `within` is no number of bits, or a picture that is still to be measured cannot be read.
    """
    if within is not None and not 0 <= within <= 32:
        raise InputError(f"within is {within!r}; expected a number of bits from 0 to 32")
    root = Path(root)
    images = measured(images, root, workers=workers)
    ids = images["image_id"].tolist()
    union = Union(len(images))
    rows: list[dict[str, Any]] = []
    for first, second in exact_pairs(images["sha256"].tolist()):
        union.join(first, second)
        rows.append(_pair(ids[first], ids[second], "exact", 0, False))
    paths = [root / (path or str(name)) for path, name in zip(images["path"], ids, strict=True)]
    looked = 0
    # Of pictures that are one file only the first is compared with others.
    alone = [row for row in range(len(ids)) if union.find(row) == row]
    for one, other, bits, turned, same in look_again(
        [paths[row] for row in alone],
        images["phash"].iloc[alone].tolist(),
        within,
        workers,
        union,
        alone,
        look,
    ):
        looked += 1
        if same:
            rows.append(_pair(ids[one], ids[other], "near", bits, turned))
    pairs = pd.DataFrame(rows, columns=pd.Index(PAIR_COLUMNS))
    return Duplicates(pairs, _groups(ids, union), images, root, looked)


def exact_pairs(digests: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Rows with the same file, each linked to the one before."""
    places: dict[str, list[int]] = defaultdict(list)
    for row, digest in enumerate(digests):
        places[digest].append(row)
    for rows in places.values():
        yield from pairwise(rows)


def look_again(
    paths: Sequence[Path],
    hashes: Sequence[str],
    within: int | None,
    workers: int | None,
    union: Union,
    row_of: Sequence[int],
    look: SecondLook | None = None,
    *,
    show: bool = True,
) -> Iterator[tuple[int, int, int, bool, bool]]:
    """Compare the pictures whose hashes lie close together, nearest first; what is joined already is passed over."""
    numbers, rows = as_numbers(hashes)
    pairs = near_pairs(numbers, within=within, workers=workers)
    look = look or SecondLook()
    bar = progress_bar(total=len(pairs), desc="look again", unit="pair", show=show and len(pairs) > 0)
    with bar:
        for (first, second, turned), bits in zip(pairs, pairs.bits.tolist(), strict=True):
            bar.update()
            here, there = int(rows[first]), int(rows[second])
            one, other = row_of[here], row_of[there]
            if union.find(one) == union.find(other):
                continue
            same = look.same(paths[here], paths[there], turned=turned)
            if same:
                union.join(one, other)
            yield one, other, bits, turned, same


def near_files(paths: Sequence[Path], *, workers: int | None = None) -> list[tuple[int, int]]:
    """Pairs of picture files that show nearly the same; copies of one picture are linked by one pair each.

    Args:
        paths: picture files; one that cannot be decoded is like no other.
        workers: how many processors to use; as many as this process may if not given.
    """
    with ThreadPoolExecutor(processors(workers)) as pool:
        hashes = list(pool.map(hash_of_file, paths))
    found = look_again(paths, hashes, None, workers, Union(len(paths)), range(len(paths)), show=False)
    return [(one, other) for one, other, _, _, same in found if same]


class Union:
    """Which rows belong together (disjoint sets; the least row stands for its set)."""

    def __init__(self, count: int) -> None:
        self._parent = np.arange(count)

    def find(self, row: int) -> int:
        """The row that stands for this row's set."""
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = int(parent[row])
        return row

    def join(self, one: int, other: int) -> None:
        """Make two sets one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low


def _groups(ids: Sequence[Any], union: Union) -> pd.DataFrame:
    members: dict[int, list[int]] = defaultdict(list)
    for row in range(len(ids)):
        members[union.find(row)].append(row)
    several = sorted((rows for rows in members.values() if len(rows) > 1), key=lambda rows: (-len(rows), rows[0]))
    numbered = [(number, ids[row]) for number, rows in enumerate(several, start=1) for row in rows]
    return pd.DataFrame(numbered, columns=pd.Index(["duplicate_group", "image_id"]))


def _pair(first: Any, second: Any, kind: str, bits: int, turned: bool) -> dict[str, Any]:
    return {"first": first, "second": second, "kind": kind, "bits": bits, "mirrored": turned}


def _why_best(group: pd.DataFrame) -> str:
    best, rest = group.iloc[0], group.iloc[1:]
    if best["_labels"] and not rest["_labels"].all():
        return "has labels"
    if (rest["_pixels"] < best["_pixels"]).all():
        return f"has the most pixels ({best['width']} × {best['height']})"
    if (rest["sha256"] == best["sha256"]).all():
        return "the same file as the others; the first by name"
    return "sharpest of the largest"


def _why_not(row: dict[str, Any], best: pd.Series[Any]) -> str:
    if row["sha256"] == best["sha256"]:
        return f"the same file as {best['image_id']}"
    size = f"{row['width']} × {row['height']} against {best['width']} × {best['height']}"
    if best["_labels"] and not row["_labels"]:
        return f"nearly the same as {best['image_id']}, without labels ({size})"
    return f"nearly the same as {best['image_id']} ({size})"
