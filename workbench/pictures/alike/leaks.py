"""Leaks: pictures of one split that are copies (changed or not), frames or shots of pictures of another one.

A detector that has seen a test picture finds it again; the figures of that test are a lie then. The report works on
any `images` table that has splits, and through `with_folder_splits` on plain folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from workbench.machine.helpers import processors
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.session_options import progress_bar
from workbench.model.wording import as_html
from workbench.pictures.alike.near import near_pairs
from workbench.pictures.alike.perceptual_hash import as_numbers, mirrored
from workbench.pictures.alike.second_look import SecondLook
from workbench.pictures.alike.voted import Looks, voted_pairs
from workbench.pictures.augmented_names import copied_from
from workbench.pictures.frame_names import BURST_S, video_of
from workbench.pictures.split_words import split_of_folders
from workbench.pictures.surveying import Survey, measured, survey

LEAK_COLUMNS = ("image_id", "split", "other_image_id", "other_split", "why", "bits", "mirrored")
SURE_BITS = 6
"""Hashes of 64 bits that differ in at most this many are near-duplicates where the pictures are not there to be looked
at. Where they are, hashes that lie close are a reason to look."""

NEAR, CHANGED_COPY, COPY_OF_NAME = "near-duplicate", "changed copy", "changed copy, and named as one"
"""Why a picture that was looked at gives another one away: hashes that lie close, details that lie where one motion
puts them, and the same after names such as ``car_jpg.rf.1f0c.jpg``."""

_NEIGHBOURS = 10
_RANK = {"test": 0, "val": 1, "train": 2, "pool": 3}


@dataclass(frozen=True)
class Given:
    """A picture that another one gives away.

    Attributes:
        row: of `images`, the picture that should be unseen.
        other: the row of the picture that it resembles, which is learned from.
        why: ``same file``, ``same group``, ``same video``, ``same burst``, ``near-duplicate`` or ``changed copy``
            (cropped, turned, stretched, cut holes into; ``changed copy, and named as one`` where names say so, too).
        bits: of 64 in which the hashes differ, of pictures that were looked at.
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
            another split that gives it away, why (see `Given`), bits (of 64 in which the hashes differ) and mirrored.
            One row a picture and other split.
        pictures: how many pictures there are in each split.
        looked: how many pairs were so much alike, by hash, details or name, that their pictures were compared.
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
        for one in one_of_each(search.between(rows[unseen], rows[seen]), lambda given: given.row)
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


class GivenAway:
    """Which pictures of one set are copies, frames or shots of pictures of another: the one rule of what leaks.

    Attributes:
        looked: how many pairs were so much alike, by hash, details or name, that their pictures were compared.
    """

    def __init__(self, root: Path | None, *, workers: int | None = None) -> None:
        """Compare pictures whose paths start from `root`; those that are not there are judged by their hashes alone."""
        self._root, self._workers = root, workers
        self._look = SecondLook()
        self.looked = 0

    def between(self, unseen: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> list[Given]:
        """What pictures that are learned from have to do with pictures that should be unseen (rows of `images`).

        Every picture that has to do with one of the other side is in at least one pair, whichever side it is on; the
        strongest reasons come first.
        """
        found = _known_reasons(unseen, seen)
        done = ({one.row["image_id"] for one in found}, {one.other["image_id"] for one in found})
        candidates = [
            one
            for one in self._candidates(unseen, seen)
            if unseen[one.row]["image_id"] not in done[0] or seen[one.other]["image_id"] not in done[1]
        ]
        bar = progress_bar(total=len(candidates), desc="look again", unit="pair", show=len(candidates) > 0)
        with bar, ThreadPoolExecutor(processors(self._workers)) as pool:
            judged = pool.map(lambda one: self._judge(unseen[one.row], seen[one.other], one), candidates)
            for one, same in zip(candidates, judged, strict=True):
                bar.update()
                if same:
                    found.append(Given(unseen[one.row], seen[one.other], one.why, one.bits, one.turned))
        self.looked += len(candidates)
        return found

    def _candidates(self, unseen: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> Iterator[_Candidate]:
        """Pairs to look at, the likeliest first, each once as it is and once mirrored."""
        by_hash = _near(unseen, seen, self._workers)
        yield from by_hash
        near = {(one.row, one.other, one.turned) for one in by_hash}
        named = dict.fromkeys(_named(unseen, seen))
        looks = self._looks(seen, turned=False)
        for turned in (False, True):
            voted = [
                pair
                for pair in voted_pairs(self._looks(unseen, turned=turned), looks)
                if pair not in named and (*pair, turned) not in near
            ]
            for pairs, why in ((named, COPY_OF_NAME), (voted, CHANGED_COPY)):
                for row, other in pairs:
                    yield _Candidate(row, other, turned, why, _bits(unseen[row], seen[other], turned))

    def _looks(self, rows: Sequence[dict[str, Any]], *, turned: bool) -> list[Looks]:
        """The looks of the details of pictures; none where a picture is not there."""

        def of(row: dict[str, Any]) -> Looks:
            file = self._file(row)
            details = None if file is None else self._look.details(file, turned)
            return np.zeros((0, 32), dtype=np.uint8) if details is None else details.looks

        with (
            ThreadPoolExecutor(processors(self._workers)) as pool,
            progress_bar(total=len(rows), desc="look for details", unit="picture", show=self._root is not None) as bar,
        ):
            found = []
            for looks in pool.map(of, rows):
                bar.update()
                found.append(looks)
            return found

    def _judge(self, row: dict[str, Any], other: dict[str, Any], one: _Candidate) -> bool:
        files = self._file(row), self._file(other)
        if files[0] is None or files[1] is None:
            return one.why == NEAR and one.bits <= SURE_BITS
        if one.why == NEAR:
            return self._look.same(files[0], files[1], turned=one.turned)
        return self._look.copy(files[0], files[1], turned=one.turned, named=one.why == COPY_OF_NAME)

    def _file(self, row: dict[str, Any]) -> Path | None:
        if self._root is None:
            return None
        file = self._root / (row["path"] or str(row["image_id"]))
        return file if file.is_file() else None


def _known_reasons(unseen: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> list[Given]:
    """What is known without a look: for each picture of either side the strongest reason."""
    reasons: tuple[tuple[str, Callable[[dict[str, Any]], Any]], ...] = (
        ("same file", lambda row: row["sha256"] or None),
        ("same group", lambda row: row["group_id"] or None),
        ("same video", lambda row: video_of(str(PurePosixPath(str(row["image_id"])).with_suffix("").name))),
    )
    found: list[Given] = []
    done: tuple[set[Any], set[Any]] = (set(), set())

    def take(row: dict[str, Any], other: dict[str, Any], why: str) -> None:
        if row["image_id"] not in done[0] or other["image_id"] not in done[1]:
            found.append(Given(row, other, why))
            done[0].add(row["image_id"])
            done[1].add(other["image_id"])

    for why, key in reasons:
        firsts = [{key(row): row for row in reversed(rows) if key(row)} for rows in (unseen, seen)]
        for row in unseen:
            if row["image_id"] not in done[0] and (other := firsts[1].get(key(row))) is not None:
                take(row, other, why)
        for other in seen:
            if other["image_id"] not in done[1] and (first := firsts[0].get(key(other))) is not None:
                take(first, other, why)
    for row, other in _bursts([row for row in unseen if row["image_id"] not in done[0]], seen):
        take(row, other, "same burst")
    for other, row in _bursts([other for other in seen if other["image_id"] not in done[1]], unseen):
        take(row, other, "same burst")
    return found


@dataclass(frozen=True)
class _Candidate:
    """Two rows to be compared, the first perhaps mirrored, and what it is if they are one."""

    row: int
    other: int
    turned: bool
    why: str
    bits: int


def one_of_each(found: Iterable[Given], side: Callable[[Given], dict[str, Any]]) -> Iterator[Given]:
    """The first, strongest, reason of each picture of one side."""
    done: set[Any] = set()
    for one in found:
        name = side(one)["image_id"]
        if name not in done:
            done.add(name)
            yield one


def _bits(row: dict[str, Any], other: dict[str, Any], turned: bool) -> int:
    """In how many bits two hashes differ, the first perhaps mirrored; all where one has none."""
    (one, _), (another, _) = (as_numbers([each.get("phash") or ""]) for each in (row, other))
    if not (len(one) and len(another)):
        return 64
    return int(np.bitwise_count((mirrored(one) if turned else one) ^ another)[0])


def _near(unseen: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]], workers: int | None) -> list[_Candidate]:
    """Pairs whose hashes lie close: of each picture of either side the nearest few."""
    here, rows = as_numbers(row.get("phash") or "" for row in unseen)
    there, others = as_numbers(row.get("phash") or "" for row in seen)
    found: dict[tuple[int, int], _Candidate] = {}
    for back, pairs in enumerate(
        (
            near_pairs(here, there, most=_NEIGHBOURS, workers=workers),
            near_pairs(there, here, most=_NEIGHBOURS, workers=workers),
        )
    ):
        for (first, second, turned), bits in zip(pairs, pairs.bits.tolist(), strict=True):
            one, other = (second, first) if back else (first, second)
            key = (int(rows[one]), int(others[other]))
            found.setdefault(key, _Candidate(*key, turned, NEAR, bits))
    return sorted(found.values(), key=lambda one: (one.bits, one.row, one.other))


def _named(unseen: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Pairs that are called after one picture, at least one of the two as a copy of it."""
    places: dict[str, list[tuple[int, bool]]] = {}
    for place, row in enumerate(seen):
        original, copy = copied_from(str(row["image_id"]))
        places.setdefault(original, []).append((place, copy))
    for place, row in enumerate(unseen):
        original, copy = copied_from(str(row["image_id"]))
        yield from ((place, other) for other, copied in places.get(original, ()) if copy or copied)


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
