"""Which picture a label file belongs to: by name, whatever system spelt it, and never out of the pictures folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from workbench.pictures.kinds import stem_of
from workbench.pictures.split_words import says_nothing, split_of_file, split_of_folders
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
    """Finds the picture of a label file by its folder and its whole name; built once per set.

    Folders whose names say nothing (``images``, ``labels``, ``Annotations``) are passed over on both sides, so that
    ``train/labels/a.txt`` belongs to ``train/images/a.jpg`` and never to ``valid/images/a.jpg``.
    """

    def __init__(self, entries: Sequence[Entry], *, pictures: Path | None = None, labels: Path | None = None) -> None:
        """Match among `entries`; where the two folders are known, one may lie deeper in its tree than the other."""
        self._names = [entry.name for entry in entries]
        self._pictures, self._labels = pictures, labels
        self._plain: dict[str, str] = {}

    # Most sets need one of these only: each is made when a name is first looked up in it.
    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self._names)}

    @cached_property
    def _by_key(self) -> dict[str, list[int]]:
        return _grouped(map(stem_of, self._names))

    @cached_property
    def _by_place(self) -> dict[str, list[int]]:
        return _grouped(f"{self._folder_of(name)}/{stem_of(base_name(name))}" for name in self._names)

    @cached_property
    def _by_stem(self) -> dict[str, list[int]]:
        return _grouped(stem_of(name).rsplit("/", 1)[-1] for name in self._names)

    @cached_property
    def _folders(self) -> set[str]:
        return {self._folder_of(name) for name in self._names}

    @cached_property
    def _leads(self) -> tuple[str, str]:
        """What the folder of the pictures, and that of the labels, lies below the other one."""
        if self._pictures is None or self._labels is None:
            return "", ""
        here, there = (_telling(folder.absolute().parts) for folder in (self._pictures, self._labels))
        if here[: len(there)] == there:
            return "/".join(here[len(there) :]), ""
        return ("", "/".join(there[len(here) :])) if there[: len(here)] == here else ("", "")

    def find_all(self, records: Sequence[RawFile]) -> list[int]:
        """Index of the picture of each label file, `ABSENT`, or `AMBIGUOUS` where several fit equally well.

        A picture whose label file lies where it belongs takes none from elsewhere.
        """
        found = [self._in_place(record) for record in records] if self._leads != ("", "") else self._beside(records)
        taken = {index for index in found if index is not None and index >= 0}
        labelled = {self._label_folder(_key(record)) for record in records} if None in found else set()
        places = [
            self._elsewhere(record, taken, labelled) if index is None else index
            for record, index in zip(records, found, strict=True)
        ]
        return self._of_one_split(records, places)

    def _of_one_split(self, records: Sequence[RawFile], places: list[int]) -> list[int]:
        """Where files of several splits name one picture, it is that of the split in whose folder it lies."""
        splits = [_split_of_set(record) for record in records]
        if len({*splits} - {None}) < 2:
            return places
        claimed: dict[int, set[str]] = {}
        for index, split in zip(places, splits, strict=True):
            if index >= 0 and split:
                claimed.setdefault(index, set()).add(split)
        own = {
            index: split_of_folders(self._folder_of(self._names[index]).split("/"))
            for index, claims in claimed.items()
            if len(claims) > 1
        }
        return [
            ABSENT if split and own.get(index) in claimed.get(index, ()) and own[index] != split else index
            for index, split in zip(places, splits, strict=True)
        ]

    def find(self, record: RawFile) -> int:
        """`find_all` for one label file, whatever others there are.

        The label file's own name comes first, as every tool that writes one file a picture does; the name inside the
        file decides only where that finds nothing, or between pictures that differ in their extension.
        """
        return self.find_all([record])[0]

    def _beside(self, records: Sequence[RawFile]) -> list[int | None]:
        """`_in_place` of every label file; nearly all are called as their picture, and those are looked up at once."""
        by_key = self._by_key
        found: list[int | None] = []
        for record in records:
            key = record.key
            hits = by_key.get(key)
            alone = hits is not None and len(hits) == 1 and record.name[: len(key) + 1] == f"{key}."
            found.append(hits[0] if hits is not None and alone else self._in_place(record))
        return found

    def _in_place(self, record: RawFile) -> int | None:
        """The picture in the folder that belongs to the label file's; None where there is no such folder."""
        key, beside = _key(record), _key_beside(record)
        if self._leads == ("", ""):
            for name in dict.fromkeys((beside, key)):
                hits = self._by_key.get(name)
                if hits:
                    return self._choose(hits, record)
        stem = key.rsplit("/", 1)[-1]
        if beside != key:
            # Of a file of many pictures the folder may say which of one name are meant.
            tails = _tails(self._label_folder(beside))
            hits = next((hits for tail in tails if tail and (hits := self._by_place.get(f"{tail}/{stem}"))), None)
            if hits:
                return self._choose(hits, record)
        folder = self._label_folder(key)
        for tail in _tails(folder):
            if tail in self._folders and (tail or not folder):
                hits = self._by_place.get(f"{tail}/{stem}")
                # The folder is there and the picture is not: one of the same name elsewhere is another picture.
                return self._choose(hits, record) if hits else self._named(record) if tail else None
        return None

    def _elsewhere(self, record: RawFile, taken: set[int], labelled: set[str]) -> int:
        """The only picture of that name, where neither its folder nor the label file's has a counterpart."""
        key, told = _key(record), self._label_folder(_key_beside(record))
        split = split_of_folders(told.split("/"))
        hits = []
        for index in self._by_stem.get(key.rsplit("/", 1)[-1], ()):
            folder = self._folder_of(self._names[index])
            other = split_of_folders(folder.split("/"))
            if index not in taken and not (folder and folder in labelled) and not (split and other and split != other):
                hits.append(index)
        if hits:
            return self._choose(hits, record)
        named = self._named(record)
        if named < 0:
            return named
        other = split_of_folders(self._folder_of(self._names[named]).split("/"))
        # What tells its folder is of no picture that has its own labels.
        theirs = named in taken and (told if _is_of_set(record) else self._plainly(record.picture or "")) != ""
        return ABSENT if theirs or (split and other and split != other) else named

    def _choose(self, hits: Sequence[int], record: RawFile) -> int:
        if len(hits) == 1:
            return hits[0]
        split = record.split or split_of_folders(record.name.split("/")[:-1]) or _split_of_set(record)
        same = [i for i in hits if split and split_of_folders(self._folder_of(self._names[i]).split("/")) == split]
        if len(same) == 1:
            return same[0]
        named = self._named(record)
        return named if named in hits else AMBIGUOUS

    def _named(self, record: RawFile) -> int:
        return ABSENT if record.picture is None else self.find_name(record.picture)

    def find_name(self, name: str) -> int:
        """Index of the picture that a file names: by its path or the end of it, with its extension or without."""
        if not self._names:
            return ABSENT
        safe = safe_name(name) or nfc(name.strip()).replace("\\", "/").lstrip("/")
        exact = self._by_name.get(safe)
        if exact is not None:
            return exact
        key = stem_of(safe)
        hits = self._by_key.get(key)
        if not hits:
            folder, stem = self._plainly(key), key.rsplit("/", 1)[-1]
            tail = next((tail for tail in _tails(folder) if tail and tail in self._folders), None)
            # Folders that say nothing name the place above all others, where there is such a picture.
            at_top = self._by_place.get(f"/{stem}") if key != stem and not folder else None
            hits = at_top or (self._by_stem.get(stem) if tail is None else self._by_place.get(f"{tail}/{stem}"))
        if not hits:
            return ABSENT
        if len(hits) == 1:
            return hits[0]
        same = [i for i in hits if base_name(self._names[i]) == base_name(safe)]
        return same[0] if len(same) == 1 else AMBIGUOUS

    def _folder_of(self, name: str) -> str:
        return _joined(self._leads[0], self._plainly(name))

    def _label_folder(self, key: str) -> str:
        return _joined(self._leads[1], self._plainly(key))

    def _plainly(self, name: str) -> str:
        """The folders of a name without those that say nothing."""
        folder = name[: max(name.rfind("/"), 0)]
        if folder not in self._plain:
            self._plain[folder] = "/".join(_telling(folder.split("/")))
        return self._plain[folder]


def _key(record: RawFile) -> str:
    """What a label file shares with its picture; in a file of many it is the picture's name."""
    if record.picture is None or not _is_of_set(record):
        return record.key
    return stem_of(safe_name(record.picture) or base_name(record.picture))


def _key_beside(record: RawFile) -> str:
    """The same with the folder of the file of many, which the names in it may start from."""
    key, folder = _key(record), record.name[: record.name.rfind("/") + 1]
    return key if key.startswith(folder) else folder + key


def _is_of_set(record: RawFile) -> bool:
    """Whether it is an entry of a file that holds many pictures."""
    return record.picture is not None and without_suffix(record.name) != record.key


def _split_of_set(record: RawFile) -> str | None:
    """The split in the name of the file that an entry is of, where it holds many pictures."""
    return split_of_file(base_name(without_suffix(record.name))) if _is_of_set(record) else None


def _telling(folders: Iterable[str]) -> list[str]:
    return [folder for folder in folders if not says_nothing(folder)]


def _joined(lead: str, folder: str) -> str:
    return f"{lead}/{folder}" if lead and folder else lead or folder


def _tails(folder: str) -> Iterator[str]:
    """The ends of a path, the whole first and the empty one last."""
    while folder:
        yield folder
        folder = folder.partition("/")[2]
    yield ""


def _grouped(keys: Iterable[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for i, key in enumerate(keys):
        places.setdefault(key, []).append(i)
    return places
