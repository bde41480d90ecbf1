"""What lies beside YOLO label files: class lists (classes.txt, obj.names) and lists of pictures (train.txt)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from workbench.label.formats.yolo_data import MAX_BYTES, find_data_files, folders_above
from workbench.label.reading.raw import Listed, Problem, RawLabels, SplitPlace
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.pictures.file_names import base_name, folders_of, nfc, suffix_of
from workbench.pictures.kinds import SUFFIXES
from workbench.pictures.split_words import LISTS
from workbench.pictures.walking import Entry

NAME_FILES = ("classes.txt", "obj.names", "labels.txt", "names.txt")
UNLABELLED = {f"unlabelled-{split}.txt": split for split in ("train", "val", "test")}
"""Our own lists of the pictures of a split that nobody has labelled yet: no trainer reads them as empty ones."""
_LABEL = re.compile(r"\s*\d+(?:\.\d*)?(?:\s+[-+.\de]+){4}", re.IGNORECASE)


@dataclass(slots=True)
class Names:
    """A class list and the file it came from; `names` maps an id to a name."""

    names: dict[int, str] = field(default_factory=dict)
    file: str = ""

    def of(self, number: int) -> str:
        """The name of a class id; an id without one is called ``class_7``."""
        return self.names.get(number, f"class_{number}")


@dataclass(slots=True)
class Beside:
    """What holds for the label files of a set.

    Attributes:
        names: the class list of files that have none of their own.
        of_folder: class lists by the folder that they lie in, for the files in it and below it.
        points: how many keypoints a box has and how many numbers each, or None.
    """

    names: Names = field(default_factory=Names)
    of_folder: Mapping[str, Names] = field(default_factory=dict)
    points: tuple[int, int] | None = None

    def names_of(self, file: str) -> Names:
        """The class list of a label file: the one in its folder, or the nearest above."""
        if self.of_folder:
            for folder in [*reversed(folders_of(file)), ""]:
                if folder in self.of_folder:
                    return self.of_folder[folder]
        return self.names

    def lists(self) -> list[Names]:
        """Every class list, the one for all first."""
        return [self.names, *self.of_folder.values()]


def has_reserved_name(entry: Entry) -> bool:
    """Whether a file is called as class lists, lists of pictures and notes are; a picture's label file may be, too."""
    last = base_name(entry.name).lower()
    known = last in NAME_FILES or last in LISTS or last in UNLABELLED
    return known or (last.startswith("readme") and last.endswith(".txt"))


def is_label_file(entry: Entry) -> bool:
    """Whether a file holds one picture's labels: a txt that is neither a class list nor a list of pictures.

    A picture may be called ``test.jpg`` and its label file ``test.txt``: of reserved names the content decides.
    """
    if not has_reserved_name(entry):
        return base_name(entry.name).lower().endswith(".txt")
    try:
        text, _ = decode_text(b"" if entry.outside else read_bytes(entry.path))
    except Refused:
        return False
    first = next((line for line in text.splitlines() if line.strip()), None)
    if first is None:
        return "labels" in (Path(entry.path).parent.name, *Path(entry.name).parts[:-1])
    return _LABEL.match(first) is not None


def find_beside(raw: RawLabels, entries: Sequence[Entry], root: Path, given: Path | None) -> Beside:
    """The class names of a set and its lists: data.yaml first, then each folder's classes.txt, here or above."""
    data = find_data_files(raw, entries, root, given)
    lists = _name_files(raw, entries)
    of_folder = {folder: Names(one.names, one.file) for folder, one in data.items() if one.names}
    if not of_folder:
        of_folder = lists if lists or data else {"": _names_above(raw, root)}
    # One list is for all, wherever it lies; of several each is for its own folder.
    distinct = {tuple(sorted(one.names.items())) for one in of_folder.values()}
    names = next(iter(of_folder.values())) if len(distinct) == 1 else Names()
    result = Beside(names, {} if len(distinct) == 1 else of_folder, next((one.points for one in data.values()), None))
    for folder, other in lists.items():
        _compare(raw, result.names_of(f"{folder}/" if folder else ""), other)
    _read_lists(raw, entries, [place for one in data.values() for place in one.places])
    return result


def _name_files(raw: RawLabels, entries: Sequence[Entry]) -> dict[str, Names]:
    """The class list of each folder that has one."""
    found: dict[str, Names] = {}
    for wanted in NAME_FILES:
        for entry in entries:
            folder = entry.name[: max(entry.name.rfind("/"), 0)]
            fits = base_name(entry.name).lower() == wanted and folder not in found and not entry.outside
            if fits and not is_label_file(entry):
                found[folder] = names_file(raw, entry.path, entry.name)
    return found


def _names_above(raw: RawLabels, root: Path) -> Names:
    for folder, _ in folders_above(root):
        for last in NAME_FILES:
            if (folder / last).is_file():
                return names_file(raw, str(folder / last), last)
    return Names()


def _compare(raw: RawLabels, names: Names, other: Names) -> None:
    differs = [number for number, name in other.names.items() if names.names.get(number, name) != name]
    if differs:
        number = differs[0]
        message = f"class {number} is '{names.names[number]}' in {names.file}, which is taken, and "
        raw.problems.append(Problem("class-lists-differ", f"{message}'{other.names[number]}' here", other.file))


def names_file(raw: RawLabels, path: str, name: str) -> Names:
    """Class names one a line (classes.txt, obj.names)."""
    try:
        text, _ = decode_text(read_bytes(path, MAX_BYTES))
    except Refused as refusal:
        raw.problems.append(Problem(refusal.code, refusal.reason, name))
        return Names()
    if text and not text.endswith(("\n", "\r")):
        raw.problems.append(Problem("no-final-newline", "the last line has no line end", name, len(text.splitlines())))
    lines = [nfc(line.strip()) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        if not line:
            raw.problems.append(Problem("class-name-empty", f"class {number - 1} has an empty name", name, number))
    return Names({i: line for i, line in enumerate(lines) if line}, name)


def _read_lists(raw: RawLabels, entries: Sequence[Entry], places: list[SplitPlace]) -> None:
    """Note every picture that a list names, and the places that data.yaml names."""
    raw.split_places = places
    raw.folders = {part for entry in entries for part in [entry.name, *folders_of(entry.name)]}
    by_path = {Path(entry.path).absolute(): entry for entry in entries if suffix_of(entry.name) == ".txt"}
    named: set[Path] = set()
    for place in places:
        path = _list_at(place)
        shared = any(
            other.split != place.split and (other.folder, other.place) == (place.folder, place.place)
            for other in places
        )
        if path is None or path in named:
            continue
        named.add(path)
        entry = by_path.get(path, Entry(str(path), place.place))
        # A list that is named for two splits decides nothing by that; its own name may.
        _read_list(raw, entry, LISTS.get(base_name(entry.name).lower()) if shared else place.split, named=True)
    for entry in entries:
        last = base_name(entry.name).lower()
        split = LISTS.get(last) or UNLABELLED.get(last)
        if split and not entry.outside and Path(entry.path).absolute() not in named and not is_label_file(entry):
            _read_list(raw, entry, split)


def _list_at(place: SplitPlace) -> Path | None:
    """Where a list that data.yaml names lies: never outside of the folder of the data.yaml."""
    if suffix_of(place.place) != ".txt":
        return None
    top = place.folder.resolve()
    for inner in (f"{place.base}/{place.place}" if place.base else place.place, place.place, base_name(place.place)):
        path = place.folder / PurePosixPath(inner.replace("\\", "/"))
        if path.is_file() and path.resolve().is_relative_to(top):
            return path
    return None


def _read_list(raw: RawLabels, entry: Entry, split: str | None, *, named: bool = False) -> None:
    try:
        text, _ = decode_text(read_bytes(entry.path))
    except Refused as refusal:
        raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
        return
    take_list(raw, entry.name, text.splitlines(), split, named=named)


def take_list(raw: RawLabels, file: str, lines: Sequence[str], split: str | None, *, named: bool = False) -> None:
    """Note every picture that a list names."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            raw.listed.append(Listed(file, number, line.strip(), split, named))


def looks_like_list(line: str) -> bool:
    """Whether a line names a picture instead of holding numbers."""
    return suffix_of(line.strip()) in SUFFIXES
