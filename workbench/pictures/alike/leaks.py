"""Leaks: pictures of one split that are copies, near-duplicates, frames or shots of pictures of another one.

A detector that has seen a test picture finds it again; the figures of that test are a lie then. The report works on
any `images` table that has splits, and through `with_folder_splits` on plain folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.session_options import progress_bar
from workbench.model.wording import as_html
from workbench.pictures.alike.near import near_pairs
from workbench.pictures.alike.perceptual_hash import as_numbers
from workbench.pictures.alike.second_look import SecondLook
from workbench.pictures.frame_names import BURST_S, video_of
from workbench.pictures.split_words import split_of_folders
from workbench.pictures.surveying import Survey, measured, survey

LEAK_COLUMNS = ("image_id", "split", "other_image_id", "other_split", "why", "bits", "mirrored")
SURE_BITS = 6
"""Hashes of 64 bits that differ in at most this many are near-duplicates where the pictures are not there to be looked
at. Where they are, hashes that lie close are a reason to look."""

_NEIGHBOURS = 10
_RANK = {"test": 0, "val": 1, "train": 2, "pool": 3}


@dataclass(frozen=True)
class Given:
    """A picture that another one gives away.

    Attributes:
        row: of `images`.
        other: the row of the picture that it resembles.
        why: ``same file``, ``same group``, ``same video``, ``same burst`` or ``near-duplicate``.
        bits: of 64 in which near hashes differ.
        turned: whether one is mirrored.
    """

    row: dict[str, Any]
    other: dict[str, Any]
    why: str
    bits: int = 0
    turned: bool = False


@dataclass(frozen=True)
class Leaks:
    """What `find_leaks` found.

    Attributes:
        table: image_id and split of the picture that should be unseen (test before val before train), the picture of
            another split that gives it away, why (``same file``, ``near-duplicate``, ``same video``, ``same burst``,
            ``same group``), bits (of 64 in which near hashes differ) and mirrored. One row a picture and other split.
        pictures: how many pictures there are in each split.
        looked: how many pairs had hashes so near that their pictures were compared.
    """

    table: pd.DataFrame
    pictures: Mapping[str, int]
    looked: int

    @property
    def ok(self) -> bool:
        """Whether nothing leaks."""
        return not len(self.table)

    @property
    def summary(self) -> dict[str, Any]:
        """Counts: pictures in each split, and how many of them leak, by reason."""
        leaking = self.table.drop_duplicates(["image_id", "split"]).groupby("split").size()
        reasons = self.table["why"].value_counts()
        return {
            "pictures": dict(self.pictures),
            "leaking": {name: int(leaking.get(name, 0)) for name in self.pictures},
            "why": {str(name): int(count) for name, count in reasons.items()},
            "looked_at_twice": self.looked,
        }

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"summary": self.summary, "leaks": tables.records(self.table)}

    def __repr__(self) -> str:
        counts = [
            f"{leaking} of {self.pictures[name]} in {name!r}" for name, leaking in self.summary["leaking"].items()
        ]
        return f"leaks: {', '.join(counts)}"

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.table)


def find_leaks(images: pd.DataFrame, root: str | Path, *, workers: int | None = None) -> Leaks:
    """Find what one split gives away of another.

    Args:
        images: an `images` table with splits; pictures without one and those of the pool are in nobody's way. What was
            not measured yet is measured.
        root: the folder that ``path`` is relative to.
        workers: how many processors to use; as many as this process may if not given.

    Raises:
        TableError: if the table breaks its rules.
        InputError: if fewer than two splits have pictures, or a picture that is still to be measured cannot be read.
    """
    images = tables.validate(images, "images")
    images = images[images["split"].isin(("train", "val", "test"))].reset_index(drop=True)
    names = sorted(images["split"].unique(), key=_RANK.__getitem__)
    if len(names) < 2:
        there = ", ".join(names) or "none"
        raise InputError(f"leaks are between splits, and there is only: {there}; give pictures of train and test")
    images = measured(images, Path(root), workers=workers)
    search = GivenAway(Path(root), workers=workers)
    rows = {name: tables.records(images[images["split"] == name]) for name in names}
    found = [
        (one.row["image_id"], unseen, one.other["image_id"], seen, one.why, one.bits, one.turned)
        for unseen, seen in combinations(names, 2)
        for one in search.between(rows[unseen], rows[seen])
    ]
    table = pd.DataFrame(found, columns=pd.Index(LEAK_COLUMNS))
    return Leaks(table, {name: len(rows[name]) for name in names}, search.looked)


def with_folder_splits(found: Survey) -> pd.DataFrame:
    """A survey's `images` table with the splits that folders are named after: ``images/train/a.jpg`` is in train."""
    splits = [split_of_folders(PurePosixPath(str(name)).parts[:-1]) for name in found.images["image_id"]]
    return found.images.assign(split=pd.Series(splits, index=found.images.index, dtype="str"))


def survey_splits(
    folders: Mapping[str, str | Path], *, workers: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    """Measure folders that are a split each.

    Args:
        folders: split to folder.
        workers: how many processors to use; as many as this process may if not given.

    Returns:
        An `images` table whose paths are absolute, the `problems`, and the root of these paths.
    """
    tables_, problems = [], []
    for split, folder in folders.items():
        one = survey(folder, workers=workers)
        paths = [str((one.root / path).absolute()) for path in one.images["path"]]
        tables_.append(
            one.images.assign(image_id=[f"{split}/{n}" for n in one.images["image_id"]], path=paths, split=split)
        )
        problems.append(one.problems)
    return (
        tables.validate(pd.concat(tables_, ignore_index=True), "images"),
        tables.validate(pd.concat(problems, ignore_index=True), "problems"),
        Path("/"),
    )


def near_rows(
    mine: Sequence[dict[str, Any]],
    others: Sequence[dict[str, Any]],
    same: Callable[[dict[str, Any], dict[str, Any], int, bool], bool],
    *,
    workers: int | None = None,
) -> Iterator[tuple[dict[str, Any], dict[str, Any], int, bool]]:
    """Rows of `images` that nearly are one of the others, each with the first that `same` agrees to.

    Args:
        mine: rows with ``phash``.
        others: likewise.
        same: takes a row, another one whose hash lies close, in how many bits they differ, and whether that holds of
            the mirrored first one; says whether the two are one picture.
        workers: how many processors to use; as many as this process may if not given.

    Yields:
        The two rows, the bits, and whether one is mirrored.
    """
    here, my_rows = as_numbers(row.get("phash") or "" for row in mine)
    there, other_rows = as_numbers(row.get("phash") or "" for row in others)
    pairs = near_pairs(here, there, most=_NEIGHBOURS, workers=workers)
    done: set[int] = set()
    with progress_bar(total=len(pairs), desc="look again", unit="pair", show=len(pairs) > 0) as bar:
        for (first, second, turned), bits in zip(pairs, pairs.bits.tolist(), strict=True):
            bar.update()
            row, other = mine[my_rows[first]], others[other_rows[second]]
            if first not in done and same(row, other, bits, turned):
                done.add(first)
                yield row, other, bits, turned


class GivenAway:
    """Which pictures of one set are copies, frames or shots of pictures of another: the one rule of what leaks.

    Attributes:
        looked: how many pairs had hashes so near that their pictures were compared.
    """

    def __init__(self, root: Path | None, *, workers: int | None = None) -> None:
        """Compare pictures whose paths start from `root`; those that are not there are judged by their hashes alone."""
        self._root, self._workers = root, workers
        self._look = SecondLook()
        self.looked = 0

    def between(self, mine: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> Iterator[Given]:
        """What pictures of `others` have to do with those of `mine` (rows of `images`), one strongest reason each."""
        reasons = (
            ("same file", lambda row: row["sha256"] or None),
            ("same group", lambda row: row["group_id"] or None),
            ("same video", lambda row: video_of(str(PurePosixPath(str(row["image_id"])).with_suffix("").name))),
        )
        done: set[Any] = set()
        for why, key in reasons:
            held = {key(row): row for row in reversed(others) if key(row)}
            for row in mine:
                if row["image_id"] not in done and (other := held.get(key(row))) is not None:
                    done.add(row["image_id"])
                    yield Given(row, other, why)
        for row, other in _bursts([row for row in mine if row["image_id"] not in done], others):
            done.add(row["image_id"])
            yield Given(row, other, "same burst")
        left = [row for row in mine if row["image_id"] not in done]
        for row, other, bits, turned in near_rows(left, others, self._same, workers=self._workers):
            yield Given(row, other, "near-duplicate", bits, turned)

    def _same(self, row: dict[str, Any], other: dict[str, Any], bits: int, turned: bool) -> bool:
        self.looked += 1
        files = [self._root / (one["path"] or str(one["image_id"])) for one in (row, other)] if self._root else []
        if len(files) == 2 and all(file.is_file() for file in files):
            return self._look.same(*files, turned=turned)
        return bits <= SURE_BITS


def _bursts(
    mine: Iterable[dict[str, Any]], others: Iterable[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    by_camera: dict[str, list[tuple[pd.Timestamp, dict[str, Any]]]] = {}
    for other in others:
        if other.get("camera") and other.get("taken_at"):
            by_camera.setdefault(other["camera"], []).append((pd.Timestamp(other["taken_at"]), other))
    for row in mine:
        if row.get("camera") and row.get("taken_at"):
            moment = pd.Timestamp(row["taken_at"])
            for at, other in by_camera.get(row["camera"], []):
                if abs((at - moment).total_seconds()) <= BURST_S:
                    yield row, other
                    break
