"""The split of every picture as its user made it: the one place that decides it, whatever the format.

What names pictures comes before what only is called so: the folders and lists of data.yaml, other lists (train.txt,
``ImageSets/Main``), what the format itself says (CVAT's subset), the name of a file that holds many pictures
(``instances_val2017.json``), and last the folders (``train/images``). Of two splits that one of these gives a picture
the one further from training holds: test before val before train.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path, PurePosixPath

from workbench.label.formats.spec import SPECS
from workbench.label.reading.picture_names import Matcher, Pictures
from workbench.label.reading.raw import Listed, RawFile, RawLabels, SplitPlace
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.model.tables import SPLITS
from workbench.pictures.file_names import base_name, nfc, without_suffix
from workbench.pictures.kinds import stem_of
from workbench.pictures.split_words import LISTS, OUTER, says_nothing, split_of_file, split_of_folder, split_of_folders
from workbench.pictures.walking import Entry

_PLACES = ("ImageSets/Main", "ImageSets", "")

Slot = int
"""A picture's index, or ``-1 - n`` for the label file n whose picture is not there."""
Rank = dict[Slot, dict[str, tuple[str, int | None]]]
"""For each slot the splits that one kind of evidence gives it, each with the file and line that says so."""


def take_splits(raw: RawLabels, pictures: Pictures, found: Sequence[int], labels: Path) -> None:
    """Give label files and pictures the split that their user gave them.

    Args:
        raw: what was read; ``split`` of its files, ``picture_splits``, ``split_same`` and ``split_overlaps`` are set.
        pictures: the pictures.
        found: index of the picture per label file, or a negative number.
        labels: the folder that the label files' names are relative to.
    """
    # The others have txt files of their own.
    if SPECS[raw.format].suffix != ".txt":
        raw.listed += _lists_beside(labels, pictures)
    slots = [index if index >= 0 else -1 - number for number, index in enumerate(found)]
    ranks = [_named(raw, pictures, slots, labels), _listed(raw, pictures, named=False), _of_files(raw, slots)]
    for rank in ranks:
        _settle(raw, rank, pictures)
    names = _of_folders(raw, pictures, slots, labels)
    said = {slot: next(iter(splits)) for rank in reversed(ranks) for slot, splits in rank.items()}
    for record, slot in zip(raw.files, slots, strict=True):
        record.split = said.get(slot) or names.get(slot)
    for index, entry in enumerate(pictures.entries):
        split = said.get(index) or names.get(index)
        if split:
            raw.picture_splits[entry.name] = split


def _named(raw: RawLabels, pictures: Pictures, slots: Sequence[Slot], labels: Path) -> Rank:
    """What data.yaml says, through folders and through lists."""
    rank = _listed(raw, pictures, named=True)
    of_place: dict[tuple[Path, PurePosixPath], set[str]] = {}
    for place in raw.split_places:
        of_place.setdefault((place.folder, PurePosixPath(place.place)), set()).add(place.split)
    for place in raw.split_places:
        splits = of_place[place.folder, PurePosixPath(place.place)]
        if place.place.lower().endswith(".txt"):
            if len(splits) > 1:
                _say_same(raw, place.file, splits, f"'{place.place}' for both")
            continue
        others = [other for other in raw.split_places if other.split != place.split and other.place != place.place]
        for slot in _below(place, others, raw, pictures, slots, labels):
            rank.setdefault(slot, {})[place.split] = (place.file, None)
    return rank


def _listed(raw: RawLabels, pictures: Pictures, *, named: bool) -> Rank:
    rank: Rank = {}
    lists = [one for one in raw.listed if one.split and one.named is named]
    if not lists:
        return rank
    matcher = Matcher(pictures.entries)
    # Without pictures the lists still match label files: both are called like the picture.
    files = Matcher([Entry("", record.key) for record in raw.files])
    for one in lists:
        index = matcher.find_name(one.name)
        if index < 0:
            number = files.find_name(stem_of(one.name))
            index = -1 - number if number >= 0 else len(pictures.entries)
        if index < len(pictures.entries):
            rank.setdefault(index, {}).setdefault(str(one.split), (one.file, one.line))
    return rank


def _settle(raw: RawLabels, rank: Rank, pictures: Pictures) -> None:
    """Leave one split for each slot, and note the pictures that had several."""
    members: dict[str, set[Slot]] = {split: set() for split in OUTER}
    for slot, splits in rank.items():
        for split in splits:
            members[split].add(slot)
    same = [pair for pair in combinations(OUTER, 2) if members[pair[0]] and members[pair[0]] == members[pair[1]]]
    for pair in same:
        files = dict.fromkeys(rank[next(iter(members[pair[0]]))][split][0] for split in reversed(pair))
        _say_same(raw, next(iter(files)), set(pair), f"{len(members[pair[0]])} pictures, by {' and '.join(files)}")
        if pair == ("val", "train"):
            # Who names one set for both has made no split.
            for slot in members["val"]:
                rank[slot] = {split: said for split, said in rank[slot].items() if split == "test"}
    for slot, splits in list(rank.items()):
        if not splits:
            del rank[slot]
        elif len(splits) > 1:
            held, other = sorted(splits, key=OUTER.index)[:2]
            if (held, other) not in same:
                name = pictures.entries[slot].name if slot >= 0 else raw.files[-1 - slot].name
                (first, _), (file, line) = splits[other], splits[held]
                raw.split_overlaps.append((file, line, name, f"{other} by {first}, {held} by {file}"))
            rank[slot] = {held: splits[held]}


def _say_same(raw: RawLabels, file: str, splits: set[str], what: str) -> None:
    message = f"{' and '.join(sorted(splits, key=SPLITS.index))}: {what}"
    if (file, message) not in raw.split_same:
        raw.split_same.append((file, message))


def _of_files(raw: RawLabels, slots: Sequence[Slot]) -> Rank:
    """What the format itself says, or the name of a file that holds the labels of many pictures."""
    one_file = bool(SPECS[raw.format].one_file)
    rank: Rank = {}
    for record, slot in zip(raw.files, slots, strict=True):
        split = record.split
        if split is None and one_file:
            split = split_of_file(without_suffix(base_name(record.name)))
        if split:
            rank.setdefault(slot, {}).setdefault(split, (record.name, record.line))
    return rank


def _of_folders(raw: RawLabels, pictures: Pictures, slots: Sequence[Slot], labels: Path) -> dict[Slot, str]:
    """What folders are called: first those of the picture, then those of the label file."""
    above = _split_above(pictures.root) if pictures.root is not None else None
    found: dict[Slot, str] = {}
    for index, entry in enumerate(pictures.entries):
        split = _split_of_name(entry.name) or above
        if split:
            found[index] = split
    above = _split_above(labels)
    for record, slot in zip(raw.files, slots, strict=True):
        if slot not in found:
            split = _split_of_name(record.name) or _split_of_name(record.picture or "") or above
            if split:
                found[slot] = split
    return found


def splits_of_pictures(root: Path, names: Sequence[str]) -> dict[str, str]:
    """The splits that the folders of pictures without labels are called after.

    Args:
        root: the folder of the pictures.
        names: their paths below it.

    Returns:
        The split of each picture that has one; none where a name stands alone: a folder called ``test`` is a part of
        something only where ``train`` or ``val`` lies beside it.
    """
    found = {name: split for name in names if (split := _split_of_name(name))}
    above = _split_above(root)
    if len({*found.values(), above} - {None}) < 2 and above is None:
        return {}
    return {name: split for name in names if (split := found.get(name, above))}


def _split_of_name(name: str) -> str | None:
    return _split_of_path(name.rpartition("/")[0]) if "/" in name else None


@lru_cache(maxsize=4096)
def _split_of_path(folder: str) -> str | None:
    return split_of_folders(folder.split("/"))


def _split_above(root: Path) -> str | None:
    """The split of a whole folder: its name's, or that of the one it lies in, where another split lies beside it."""
    here = root.absolute()
    for folder in (here, *here.parents[:2]):
        split = split_of_folder(folder.name)
        if split:
            beside = (one.name for one in _folders_in(folder.parent))
            return split if any((split_of_folder(name) or split) != split for name in beside) else None
        if not says_nothing(folder.name):
            return None
    return None


def _folders_in(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            yield from (one for one in listing if one.is_dir())
    except OSError:
        return


def _below(
    place: SplitPlace,
    others: Sequence[SplitPlace],
    raw: RawLabels,
    pictures: Pictures,
    slots: Sequence[Slot],
    labels: Path,
) -> list[Slot]:
    """The slots that lie in a folder which data.yaml names: where it says, or where its end says."""
    lost = [(slot, record) for record, slot in zip(raw.files, slots, strict=True) if slot < 0]
    folder = next((path for path in _targets(place) if path.is_dir()), None)
    if folder is not None:
        start = f"{nfc(str(folder.resolve())).rstrip('/')}/"
        root = nfc(str(pictures.root.resolve())) if pictures.root is not None else ""
        hits = [i for i, entry in enumerate(pictures.entries) if f"{root}/{entry.name}".startswith(start)]
        there, here = _told(folder.resolve().parts), labels.resolve().parts
        return hits + [slot for slot, record in lost if _told([*here, *_folders(record)])[: len(there)] == there]
    taken = {tail for other in others for tail in _ends(other)}
    for tail in _ends(place):
        if tail in taken:
            continue
        hits = [i for i, entry in enumerate(pictures.entries) if _starts(entry.name, pictures.root, tail)]
        told = _told(tail.split("/"))
        hits += [slot for slot, record in lost if told and _told(_folders(record))[: len(told)] == told]
        if hits:
            return hits
    return []


def _targets(place: SplitPlace) -> Iterator[Path]:
    """Where a place may lie, as Ultralytics looks for it."""
    for base in (place.folder / place.base, place.folder):
        yield base / place.place
        if place.place.startswith("../"):
            yield base / place.place[3:]


def _ends(place: SplitPlace) -> list[str]:
    """The ends of a place as written, the longest first, without what leads up or to another machine's disk."""
    parts = [part for part in nfc(place.place.replace("\\", "/")).split("/") if part not in ("", ".", "..")]
    return ["/".join(parts[i:]) for i in range(len(parts))]


def _starts(name: str, root: Path | None, tail: str) -> bool:
    whole = f"{root.absolute().name}/{name}" if root is not None else name
    return name.startswith(f"{tail}/") or whole.startswith(f"{tail}/")


def _folders(record: RawFile) -> list[str]:
    return record.name.split("/")[:-1]


def _told(folders: Sequence[str]) -> list[str]:
    return [folder for folder in folders if not says_nothing(folder)]


def _lists_beside(labels: Path, pictures: Pictures) -> list[Listed]:
    """Lists of pictures that lie with labels of a format that has none of its own, as VOC's ``ImageSets/Main``."""
    roots = [labels, *([pictures.root] if pictures.root else [])]
    roots += [root.absolute().parent for root in roots if says_nothing(root.absolute().name)]
    matcher = Matcher(pictures.entries)
    for folder in dict.fromkeys(root / inner for root in roots for inner in _PLACES):
        found = lists_in(folder, matcher)
        if any(matcher.find_name(one.name) >= 0 for one in found) or (found and not pictures.entries):
            return found
    return []


def lists_in(folder: Path, matcher: Matcher) -> list[Listed]:
    """The pictures that ``train.txt``, ``val.txt`` and ``test.txt`` of a folder name; ``trainval.txt`` is no split."""
    found: list[Listed] = []
    if folder.is_symlink() or not folder.is_dir():
        return found
    for path in sorted(folder.glob("*.txt")):
        split = LISTS.get(path.name.casefold())
        if split and not path.is_symlink():
            try:
                text, _ = decode_text(read_bytes(str(path)))
            except Refused:
                continue
            name = f"{folder.parent.name}/{folder.name}/{path.name}" if folder.name == "Main" else path.name
            found += listed_in(text, name, split, matcher)
    return found


def listed_in(text: str, file: str, split: str, matcher: Matcher) -> list[Listed]:
    """The pictures of one list: a name or a path a line; what follows the name (a flag, the label file) is left."""
    found = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if line:
            shorter = (line, line.rsplit(maxsplit=1)[0], line.split(maxsplit=1)[0])
            name = next((name for name in shorter if matcher.find_name(name) >= 0), line)
            found.append(Listed(file, number, name, split))
    return found


def splits_by_picture(lists: Sequence[Listed], names: Sequence[str]) -> Mapping[str, str]:
    """The split of each of some pictures that lists name; one in two lists goes to the one further from training."""
    matcher = Matcher([Entry("", name) for name in names])
    found: dict[str, set[str]] = {}
    for one in lists:
        index = matcher.find_name(one.name)
        if index >= 0 and one.split:
            found.setdefault(names[index], set()).add(one.split)
    return {name: min(splits, key=(*OUTER, "pool").index) for name, splits in found.items()}
