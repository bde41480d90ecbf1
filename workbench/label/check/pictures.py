"""Rules about pictures: broken files, wrong extensions, declared sizes, EXIF turns, and copies."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from workbench.decoding import UNREADABLE
from workbench.label.labels import Found
from workbench.label.matching import Pictures
from workbench.label.pictures import extension_fits
from workbench.label.raw import Problem
from workbench.label.sources import suffix_of

LOOK_ALIKE_LIMIT = 400
"""Up to this many pictures every one is decoded (small) to find near-duplicates."""
_NEAR_BITS = 24
_SIDE = 16
_FRAME = re.compile(
    r"(?P<video>.+\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g))[#_@-](?:t|frame)?[=_-]?\d[\d.:]*$", re.IGNORECASE
)
"""``ride.mp4#t=735`` as VoTT writes it, ``ride.mp4_00012``, ``ride.mp4-frame12``."""


def check_pictures(found: Found) -> Iterator[Problem]:
    """Every rule of this chapter, one after the other."""
    label_of = {
        index: record.name for record, index in zip(found.raw.files, found.resolved.picture.tolist(), strict=True)
    }
    yield from check_headers(found.pictures, label_of)
    yield from _sizes(found)
    yield from check_copies(found.pictures)
    yield from _frames(found.pictures)


def check_headers(pictures: Pictures, label_of: dict[int, str]) -> Iterator[Problem]:
    """Broken and cut-off pictures, and extensions that are not the content's."""
    fits = lru_cache(extension_fits)  # A set has a handful of extensions.
    for index, (entry, header) in enumerate(zip(pictures.entries, pictures.headers, strict=True)):
        if not header.fault and header.kind and fits("a" + entry.name[entry.name.rfind(".") :], header.kind):
            continue
        file = label_of.get(index)
        if header.fault == "broken":
            what = "is empty" if header.size_bytes == 0 else "is no picture that can be read"
            yield Problem("picture-broken", f"'{entry.name}' {what}", file, image=entry.name)
        elif header.fault == "truncated":
            yield Problem("picture-truncated", f"'{entry.name}'", file, image=entry.name)
        if header.kind and not extension_fits(entry.name, header.kind):
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


def check_copies(pictures: Pictures) -> Iterator[Problem]:
    """Pictures that are the same file, and, in sets of up to `LOOK_ALIKE_LIMIT`, pictures that look nearly the same."""
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    looks = [(one.size_bytes, one.mark) if one.kind else None for one in pictures.headers]
    often = {look for look, count in Counter(looks).items() if count > 1 and look is not None}
    for index, look in enumerate(looks):
        if look in often:
            alike[look].append(index)
    same: set[tuple[int, int]] = set()
    for group in alike.values():
        first: dict[bytes, int] = {}
        for index in group:
            held = first.setdefault(_digest(pictures.entries[index].path), index)
            if held != index:
                same.add((held, index))
                yield Problem("duplicate-picture", _pair(pictures, held, index), image=pictures.entries[index].name)
    if 1 < len(pictures.entries) <= LOOK_ALIKE_LIMIT:
        for a, b in _look_alikes(pictures):
            if (a, b) not in same:
                yield Problem("near-duplicate-picture", _pair(pictures, a, b), image=pictures.entries[b].name)


def _frames(pictures: Pictures) -> Iterator[Problem]:
    """Pictures that are called after one video and a moment of it."""
    # A video's extension and the picture's: most names have one dot only.
    found = (_FRAME.match(entry.key) for entry in pictures.entries if entry.name.count(".") > 1)
    for video, count in Counter(match["video"] for match in found if match).items():
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


def _look_alikes(pictures: Pictures) -> list[tuple[int, int]]:
    rows = [index for index, header in enumerate(pictures.headers) if header.kind and not header.fault]
    hashes = [(index, bits) for index in rows if (bits := fingerprint(pictures.entries[index].path)) is not None]
    if len(hashes) < 2:
        return []
    signs = np.stack([bits for _, bits in hashes]).astype(np.float32) * 2 - 1
    distance = (signs.shape[1] - signs @ signs.T) / 2
    close = np.argwhere(np.triu(distance <= _NEAR_BITS, k=1))
    return [(hashes[a][0], hashes[b][0]) for a, b in close.tolist()]


def fingerprint(path: str) -> npt.NDArray[np.bool_] | None:
    """A 256-bit difference hash of the picture, or None if it is flat or cannot be decoded."""
    try:
        with Image.open(path) as picture:
            picture.draft("L", (128, 128))
            small = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    except UNREADABLE:
        return None
    pixels = np.asarray(small, dtype=np.int16)
    if int(pixels.max()) - int(pixels.min()) < 8:
        return None
    return (pixels[:, 1:] > pixels[:, :-1]).ravel()
