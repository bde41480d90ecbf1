"""Which picture a label file belongs to: by name, whatever system spelt it, and never out of the pictures folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.label.reading.raw import RawFile
from workbench.machine.helpers import Helpers
from workbench.pictures.file_names import base_name, nfc, safe_name, without_suffix
from workbench.pictures.finding import pictures_below
from workbench.pictures.header import Header, read_headers
from workbench.pictures.walking import Entry

_PICTURE_FOLDERS = ("images", "JPEGImages", "Images", "imgs", "img", "data/images", "image_2", "img1")
_ABOVE = ("../images", "../JPEGImages", "../Images", "../imgs", "../img", "../image_2", "../img1")
Listing = tuple[list[Entry], list[Entry]]
"""Pictures that are read, and those of kinds that are not."""

AMBIGUOUS = -2
ABSENT = -1


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder with their headers, in the order of names.

    Attributes:
        root: the pictures folder, or None where none was found.
        entries: one per picture file.
        headers: one per entry.
        not_read: pictures of kinds that are not read here.
    """

    root: Path | None
    entries: list[Entry] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    not_read: list[Entry] = field(default_factory=list)

    @cached_property
    def size(self) -> npt.NDArray[np.int64]:
        """Upright width and height of every picture, shape (n, 2), 0 where unknown."""
        return np.array([(one.width, one.height) for one in self.headers], dtype=np.int64).reshape(-1, 2)

    @cached_property
    def orientation(self) -> npt.NDArray[np.int64]:
        """EXIF value of every picture, shape (n,)."""
        return np.array([one.orientation for one in self.headers], dtype=np.int64)


def find_pictures(labels: Path, images: Path | None, files: Sequence[RawFile], helpers: Helpers) -> Pictures:
    """List the pictures that belong to a labels folder and read their headers.

    Args:
        labels: the labels folder, or the one file that holds all labels.
        images: the pictures folder, if the caller knows it.
        files: what was read; it decides between several folders that hold pictures.
        helpers: read headers beside this process.
    """
    if images is not None:
        return _with_headers(images, pictures_below(images), helpers)
    folder = labels if labels.is_dir() else labels.parent
    names = {base_name(record.key) for record in files}
    names |= {base_name(without_suffix(record.picture)) for record in files if record.picture}
    names |= {base_name(without_suffix(record.other)) for record in files if record.other}
    best: tuple[int, Path | None, Listing] = (-1, None, ([], []))
    for candidate in _candidates(folder):
        found = pictures_below(candidate)
        hits = len(names & {base_name(entry.key) for entry in chain(*found)})
        if any(found) and hits > best[0]:
            best = (hits, candidate, found)
        if best[0] and best[0] >= len(names):
            break
    # A folder full of other pictures is not the one; nothing is better than somebody's holiday photos.
    if best[0] <= 0 and files and best[1] not in (folder, folder / "images"):
        return Pictures(None)
    return _with_headers(best[1], best[2], helpers)


def _with_headers(root: Path | None, listing: Listing, helpers: Helpers) -> Pictures:
    entries, not_read = listing
    parts = helpers.map_parts(read_headers, [entry.path for entry in entries])
    return Pictures(root, entries, list(chain.from_iterable(parts)), not_read)


def _candidates(folder: Path) -> list[Path]:
    inside = [folder / name for name in _PICTURE_FOLDERS]
    parts = folder.absolute().parts
    mirrored = []
    if "labels" in parts:
        at = len(parts) - 1 - parts[::-1].index("labels")
        mirrored = [Path(*parts[:at], "images", *parts[at + 1 :])]
    above = [folder / name for name in _ABOVE]
    return [path for path in [*inside, folder, *mirrored, *above] if path.is_dir()]


class Matcher:
    """Finds the picture of a label file; built once per set."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._names = [entry.name for entry in entries]

    # Most sets need one of these only: each is made when a name is first looked up in it.
    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self._names)}

    @cached_property
    def _by_key(self) -> dict[str, list[int]]:
        return _grouped(map(without_suffix, self._names))

    @cached_property
    def _by_stem(self) -> dict[str, list[int]]:
        return _grouped(without_suffix(name).rsplit("/", 1)[-1] for name in self._names)

    def find(self, record: RawFile) -> int:
        """Index of the picture, `ABSENT`, or `AMBIGUOUS` where several fit equally well.

        The label file's own name comes first, as every tool that writes one file a picture does; the name inside the
        file decides only where that finds nothing, or between pictures that differ in their extension.
        """
        key = record.key
        hits = (
            self._by_key.get(key)
            or self._by_key.get(_images_for_labels(key))
            or self._by_stem.get(key.rsplit("/", 1)[-1])
        )
        if hits and len(hits) == 1:
            return hits[0]
        if record.picture is None:
            return AMBIGUOUS if hits else ABSENT
        named = self.find_name(record.picture)
        if not hits:
            return named
        return named if named in hits else AMBIGUOUS

    def find_name(self, name: str) -> int:
        """Index of the picture that a file names, by path, by last part, or by either without extension."""
        if not self._names:
            return ABSENT
        safe = safe_name(name) or base_name(name)
        exact = self._by_name.get(safe)
        if exact is not None:
            return exact
        for key in (safe, without_suffix(safe)):
            hits = self._by_key.get(key)
            if hits and len(hits) == 1:
                return hits[0]
        last = base_name(safe)
        hits = self._by_stem.get(last) or self._by_stem.get(without_suffix(last))
        if not hits:
            return ABSENT
        same = [i for i in hits if base_name(self._names[i]) == nfc(last)]
        if len(same) == 1:
            return same[0]
        return hits[0] if len(hits) == 1 else AMBIGUOUS

    def find_listed(self, name: str) -> int:
        """Index of the picture that a list entry means, by path or by its last part."""
        index = self.find_name(name)
        return index if index >= 0 else self.find_name(base_name(name))


def _grouped(keys: Iterable[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for i, key in enumerate(keys):
        places.setdefault(key, []).append(i)
    return places


def _images_for_labels(key: str) -> str:
    parts = key.split("/")
    return "/".join(part for part in parts if part not in ("labels", "Annotations", "annotations"))
