"""YOLO txt: ``class cx cy w h`` a line, relative to the picture; a ``data.yaml`` with the class names and splits.

Our own reader, because Ultralytics drops a whole picture for one bad value, takes a missing file for "no objects", and
no other tool keeps the line. What a longer line holds, `yolo_lines` says.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from workbench.label.formats.yolo_beside import Beside, Names, find_beside, is_label_file, looks_like_list, take_list
from workbench.label.formats.yolo_lines import bad_class, odd_line, settle_tails
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.machine.helpers import Helpers
from workbench.pictures.file_names import base_name, suffix_of
from workbench.pictures.kinds import NOT_READ, SUFFIXES, stem_of
from workbench.pictures.walking import Entry

Used = dict[str, set[int]]
"""The class ids of what was read, by the file of the class list that they are looked up in."""


def read(entries: Sequence[Entry], root: Path, helpers: Helpers, *, given: Path | None = None) -> RawLabels:
    """Read YOLO label files below `root`, with the class names and lists found beside them.

    Args:
        entries: the files of the set.
        root: the folder that their names are relative to.
        helpers: read beside this process.
        given: the data file, where it was named.
    """
    raw = RawLabels("yolo", "cxcywh", "rel")
    beside = find_beside(raw, entries, root, given)
    read_files(raw, _label_files(raw, entries), beside, helpers)
    return raw


def _label_files(raw: RawLabels, entries: Sequence[Entry]) -> list[Entry]:
    """The files to read: those below ``labels/`` and those beside a picture; all, where there is no such folder."""
    lists = {one.file for one in raw.listed} | {place.place for place in raw.split_places}
    labels = [entry for entry in entries if entry.name not in lists and is_label_file(entry)]
    below = [entry for entry in labels if "labels" in entry.name.split("/")[:-1]]
    if not below or len(below) == len(labels):
        return labels
    kept, passed = list(below), list[Entry]()
    in_labels = {_as_picture(entry.key) for entry in below}
    pictures: dict[str, set[str]] = {}
    for entry in labels:
        folder = str(Path(entry.path).parent)
        if "labels" in entry.name.split("/")[:-1]:
            continue
        if folder not in pictures:
            pictures[folder] = _pictures_in(folder)
        if base_name(entry.key) not in pictures[folder]:
            passed.append(entry)
        elif _as_picture(entry.key) in in_labels:
            message = f"'{entry.name}' lies beside its picture, and there is one below labels/, which is taken"
            raw.problems.append(Problem("labels-in-two-places", message, entry.name))
        else:
            kept.append(entry)
    if passed:
        folders = dict.fromkeys(entry.name.rpartition("/")[0] or "the folder itself" for entry in passed)
        few = ", ".join(list(folders)[:3]) + (", ..." if len(folders) > 3 else "")
        message = f"{len(passed)} txt files in {few} lie neither below labels/ nor beside a picture"
        raw.problems.append(Problem("files-passed-over", message, passed[0].name))
    return sorted(kept, key=lambda entry: entry.name)


def _as_picture(key: str) -> str:
    return "/".join(part for part in key.split("/") if part not in ("labels", "images"))


def _pictures_in(folder: str) -> set[str]:
    try:
        with os.scandir(folder) as listing:
            return {stem_of(one.name) for one in listing if suffix_of(one.name) in SUFFIXES | NOT_READ}
    except OSError:
        return set()


def read_files(raw: RawLabels, entries: Sequence[Entry], beside: Beside, helpers: Helpers) -> None:
    """Read one label file per picture into `raw`, some here and some in helpers."""
    used: Used = defaultdict(set)
    for part, ids in helpers.map_parts(partial(_read_part, beside), entries):
        raw.append(part)
        for file, numbers in ids.items():
            used[file] |= numbers
    settle_tails(raw)
    _report_classes(raw, beside, used)


def _read_part(beside: Beside, entries: Sequence[Entry]) -> tuple[RawLabels, Used]:
    """What some label files hold, and the class ids in them."""
    raw, used = RawLabels("yolo", "cxcywh", "rel"), dict[str, set[int]]()
    for entry in entries:
        try:
            if entry.outside:
                raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
            data = read_bytes(entry.path)
            text, encoding = (
                decode_text(data) if not data.isascii() or b"\0" in data else (data.decode("ascii"), "utf-8")
            )
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        if encoding != "utf-8":
            raw.note("encoding")
        lines = text.splitlines()
        if lines and looks_like_list(lines[0]):
            take_list(raw, entry.name, lines, None)
            continue
        index = len(raw.files)
        raw.files.append(RawFile(entry.name, entry.key))
        names = beside.names_of(entry.name)
        ids = used.setdefault(names.file, set())
        for number, line in enumerate(lines, start=1):
            parts = line.split()
            if len(parts) == 5:
                try:
                    kind = int(parts[0])
                    values = (float(parts[1]), float(parts[2]), float(parts[3]), float(parts[4]))
                except ValueError:
                    odd = odd_line(raw, index, entry.name, number, parts, names, beside.points)
                    ids |= set() if odd is None else {odd}
                    continue
                if kind < 0:
                    raw.problems.append(bad_class(entry.name, number, parts))
                    continue
                ids.add(kind)
                raw.add(index, number, names.of(kind), values)
            elif parts:
                odd = odd_line(raw, index, entry.name, number, parts, names, beside.points)
                ids |= set() if odd is None else {odd}
    return raw, used


def _report_classes(raw: RawLabels, beside: Beside, used: Used) -> None:
    lists = [one for one in beside.lists() if one.names or used.get(one.file)]
    ordered = [(one, number) for one in lists for number in sorted({*one.names, *used.get(one.file, ())})]
    raw.classes = tuple(dict.fromkeys(one.of(number) for one, number in ordered if number < 100_000))
    if len(lists) <= 1:
        raw.class_ids = {number: one.of(number) for one, number in ordered if number < 100_000}
    for one in lists:
        _report_list(raw, one, used.get(one.file, set()), only=len(lists) == 1)


def _report_list(raw: RawLabels, names: Names, used: set[int], *, only: bool) -> None:
    if not names.names:
        if used:
            where = "" if only else " in folders without a list of their own"
            message = f"ids {_few(used)}{where} have no names: no data.yaml, classes.txt or obj.names"
            raw.problems.append(Problem("class-names-missing", message))
        return
    for number in sorted(used - set(names.names))[:50]:
        message = f"class id {number} has no name in {names.file} ({len(names.names)} names)"
        raw.problems.append(Problem("class-id-unknown", message, names.file))
    missing = sorted(set(names.names) - used)
    if only and missing and used == {0} and len(names.names) > 1 and len(raw) >= 20:
        said = f"every one of {len(raw)} boxes has class id 0, though {names.file} names {len(names.names)} classes"
        raw.problems.append(Problem("class-id-always-0", said, names.file))


def _few(numbers: set[int]) -> str:
    ordered = sorted(numbers)
    return ", ".join(map(str, ordered[:6])) + (", ..." if len(ordered) > 6 else "")
