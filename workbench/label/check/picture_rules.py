"""Rules about pictures: broken files, wrong extensions, declared sizes, EXIF turns, and copies."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from workbench.label.reading.picture_names import Pictures
from workbench.label.reading.raw import Problem
from workbench.label.reading.read import Found
from workbench.model import tables
from workbench.pictures.file_names import suffix_of
from workbench.pictures.finding import why_link_is_not_read
from workbench.pictures.frame_names import video_of
from workbench.pictures.kinds import suffix_fits

LOOK_ALIKE_LIMIT = 400
"""Up to this many pictures every one is decoded (small) to find near-duplicates."""
LEAK_LIMIT = 5000
"""The same for a set whose pictures are in several splits."""


def check_pictures(found: Found) -> Iterator[Problem]:
    """Every rule of this chapter, one after the other."""
    label_of = {
        index: record.name for record, index in zip(found.raw.files, found.resolved.picture.tolist(), strict=True)
    }
    yield from check_headers(found.pictures, label_of)
    for entry in found.pictures.not_read:
        link = why_link_is_not_read(entry.path)
        what = f"'{entry.name}': {link or f'{suffix_of(entry.name)} pictures are not read here'}"
        fix = "Bring the picture itself here." if link else "Save it as JPEG or PNG."
        yield Problem("picture-broken", what, image=entry.name, fix=fix, severity="warning")
    yield from _sizes(found)
    yield from check_copies(found.pictures, splits_of(found))
    yield from _frames(found.pictures)


def check_headers(pictures: Pictures, label_of: dict[int, str]) -> Iterator[Problem]:
    """Broken and cut-off pictures, and extensions that are not the content's."""
    fits = lru_cache(suffix_fits)  # A set has a handful of extensions.
    for index, (entry, header) in enumerate(zip(pictures.entries, pictures.headers, strict=True)):
        if not header.fault and header.kind and fits(header.kind, f"a{suffix_of(entry.name)}"):
            continue
        file = label_of.get(index)
        if header.fault == "broken":
            what = "is empty" if header.size_bytes == 0 else "is no picture that can be read"
            said = f"'{entry.name}': {header.reason}" if header.reason else f"'{entry.name}' {what}"
            yield Problem("picture-broken", said, file, image=entry.name)
        elif header.fault == "truncated":
            yield Problem("picture-truncated", f"'{entry.name}'", file, image=entry.name)
        if header.kind and not suffix_fits(header.kind, entry.name):
            yield Problem(
                "wrong-extension",
                f"'{entry.name}' is {header.kind}, not {suffix_of(entry.name)}",
                file,
                image=entry.name,
            )


def _sizes(found: Found) -> Iterator[Problem]:
    picture = found.resolved.picture
    declared = found.resolved.declared
    other = (declared != found.resolved.true).any(axis=1) & np.isfinite(declared).all(axis=1) & (picture >= 0)
    for number in np.flatnonzero(other).tolist():
        record, index = found.raw.files[number], int(picture[number])
        header, said_size = found.pictures.headers[index], (record.width, record.height)
        name = found.pictures.entries[index].name
        said = f"{record.width} x {record.height} declared, {header.width} x {header.height} true"
        if header.orientation >= 5 and said_size == header.stored:
            yield Problem(
                "exif-unrotated", f"{said} (EXIF orientation {header.orientation})", record.name, record.line, name
            )
        elif said_size == (header.height, header.width):
            yield Problem("size-swapped", said, record.name, record.line, name)
        else:
            yield Problem("size-mismatch", said, record.name, record.line, name)


def splits_of(found: Found) -> list[str | None]:
    """The split of each picture: as the lists or the label files say, else as its folder is called."""
    from workbench.pictures import split_of_folders

    said = dict(found.raw.picture_splits)
    for record, index in zip(found.raw.files, found.resolved.picture.tolist(), strict=True):
        if record.split and index >= 0:
            said.setdefault(found.pictures.entries[index].name, record.split)
    of_folder: dict[str, str | None] = {}  # A set has a handful of folders.
    splits = []
    for entry in found.pictures.entries:
        folder = entry.name.rpartition("/")[0]
        if folder not in of_folder:
            of_folder[folder] = split_of_folders(PurePosixPath(folder).parts)
        splits.append(said.get(entry.name) or of_folder[folder])
    return splits


def check_copies(pictures: Pictures, splits: list[str | None] | None = None) -> Iterator[Problem]:
    """Pictures that are the same file, that look nearly the same, and what leaks from one split into another.

    Near-duplicates are looked for in sets of up to `LOOK_ALIKE_LIMIT` pictures, or `LEAK_LIMIT` where there are splits.
    """
    splits = splits or [None] * len(pictures.entries)
    apart: set[tuple[int, int]] = set()
    for held, index in _same_files(pictures):
        apart.add((held, index))
        yield Problem("duplicate-picture", _pair(pictures, held, index), image=pictures.entries[index].name)
        if splits[held] != splits[index] and splits[held] and splits[index]:
            yield _leak(pictures, splits, held, index, "the same file")
    if len(pictures.entries) > 1 and not not_looked_for(pictures, splits):
        from workbench.pictures import near_files

        rows = [index for index, header in enumerate(pictures.headers) if header.kind and not header.fault]
        for a, b in near_files([Path(pictures.entries[row].path) for row in rows]):
            first, second = rows[a], rows[b]
            videos = [video_of(pictures.entries[index].key) for index in (first, second)]
            # Of one video it is said once that its frames look alike.
            if (first, second) in apart or (videos[0] and videos[0] == videos[1]):
                continue
            yield Problem("near-duplicate-picture", _pair(pictures, first, second), image=pictures.entries[second].name)
            if splits[first] != splits[second] and splits[first] and splits[second]:
                yield _leak(pictures, splits, first, second, "nearly the same picture")


def not_looked_for(pictures: Pictures, splits: list[str | None] | None = None) -> str:
    """Why `check_copies` looks for no near-duplicates among these pictures, and what to do; empty if it does."""
    parted = len({split for split in splits or () if split}) > 1
    limit = LEAK_LIMIT if parted else LOOK_ALIKE_LIMIT
    if len(pictures.entries) <= limit:
        return ""
    words, command = ("in several splits", "leaks") if parted else ("without splits", "duplicates")
    return (
        f"near-duplicates were not looked for: {len(pictures.entries)} pictures {words}, and the check looks at "
        f"{limit} at most; `workbench {command} DIR` looks at any number"
    )


def check_measured(images: pd.DataFrame, root: Path) -> Iterator[Problem]:
    """`check_copies` for the pictures of a project, of any number: their hashes are known."""
    from workbench.pictures import find_duplicates, find_leaks

    group_of = dict(zip(images["image_id"], images["group_id"], strict=True))
    for row in tables.records(find_duplicates(images, root).pairs):
        if row["kind"] == "exact":
            yield Problem("duplicate-picture", f"'{row['first']}' and '{row['second']}'", image=str(row["second"]))
        elif group_of[row["first"]] != group_of[row["second"]]:
            yield Problem("near-duplicate-picture", f"'{row['first']}' and '{row['second']}'", image=str(row["second"]))
    if images["split"].isin(("train", "val", "test")).sum() and images["split"].nunique() > 1:
        yield from map(_leak_of_table, tables.records(find_leaks(images, root).table))


def _leak_of_table(row: dict[str, Any]) -> Problem:
    message = (
        f"'{row['image_id']}' in {row['split']} and '{row['other_image_id']}' in {row['other_split']}: {row['why']}"
    )
    return Problem("split-leak", message, image=str(row["image_id"]))


def _leak(pictures: Pictures, splits: list[str | None], a: int, b: int, why: str) -> Problem:
    names = [f"'{pictures.entries[index].name}' in {splits[index]}" for index in (a, b)]
    return Problem("split-leak", f"{' and '.join(names)}: {why}", image=pictures.entries[b].name)


def _same_files(pictures: Pictures) -> Iterator[tuple[int, int]]:
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    looks = [(one.size_bytes, one.mark) if one.kind else None for one in pictures.headers]
    often = {look for look, count in Counter(looks).items() if count > 1 and look is not None}
    for index, look in enumerate(looks):
        if look in often:
            alike[look].append(index)
    for group in alike.values():
        first: dict[bytes, int] = {}
        for index in group:
            held = first.setdefault(_digest(pictures.entries[index].path), index)
            if held != index:
                yield held, index


def _frames(pictures: Pictures) -> Iterator[Problem]:
    """Pictures that are called after one video and a moment of it."""
    videos = (video_of(entry.key) for entry in pictures.entries)
    for video, count in Counter(video for video in videos if video).items():
        if count > 1:
            yield Problem("frames-of-one-video", f"{count} pictures are frames of '{video}'")


def _pair(pictures: Pictures, a: int, b: int) -> str:
    return f"'{pictures.entries[a].name}' and '{pictures.entries[b].name}'"


def _digest(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return path.encode("utf-8", "surrogateescape")
