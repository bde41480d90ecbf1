"""YOLO txt: ``class cx cy w h`` a line, relative to the picture; a ``data.yaml`` with the class names and splits.

Our own reader, because Ultralytics drops a whole picture for one bad value, takes a missing file for "no objects", and
no other tool keeps the line. A line of more than five numbers is a polygon (Ultralytics' segmentation labels); its box
is taken and its points are kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from workbench.label.formats.yolo_beside import Names, find_names, is_label_file, looks_like_list, read_lists, take_list
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.machine.helpers import Helpers
from workbench.pictures.file_names import printable
from workbench.pictures.walking import Entry


def read(entries: Sequence[Entry], root: Path, helpers: Helpers) -> RawLabels:
    """Read YOLO label files below `root`, with the class names and lists found beside them."""
    raw = RawLabels("yolo", "cxcywh", "rel")
    names = find_names(raw, entries, root)
    read_lists(raw, entries, names)
    labels = [entry for entry in entries if is_label_file(entry)]
    below = [entry for entry in labels if "labels" in Path(entry.name).parts[:-1]]
    read_files(raw, below or labels, names, helpers)
    split_of = {"train": "train", "val": "val", "valid": "val", "test": "test"}
    for record in raw.files:
        record.split = next((split_of[part] for part in Path(record.name).parts[:-1] if part in split_of), None)
    return raw


def read_files(raw: RawLabels, entries: Sequence[Entry], names: Names, helpers: Helpers) -> None:
    """Read one label file per picture into `raw`, some here and some in helpers."""
    used: set[int] = set()
    for part, ids in helpers.map_parts(partial(_read_part, names), entries):
        raw.append(part)
        used |= ids
    _report_classes(raw, names, used)


def _read_part(names: Names, entries: Sequence[Entry]) -> tuple[RawLabels, set[int]]:
    """What some label files hold, and the class ids of their plain boxes."""
    raw, used = RawLabels("yolo", "cxcywh", "rel"), set[int]()
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
        for number, line in enumerate(lines, start=1):
            parts = line.split()
            if len(parts) == 5:
                try:
                    kind = int(parts[0])
                    values = (float(parts[1]), float(parts[2]), float(parts[3]), float(parts[4]))
                except ValueError:
                    _odd_line(raw, index, entry.name, number, parts, names)
                    continue
                if kind < 0:
                    raw.problems.append(_bad_class(entry.name, number, parts))
                    continue
                used.add(kind)
                raw.add(index, number, names.of(kind), values)
            elif parts:
                _odd_line(raw, index, entry.name, number, parts, names)
    return raw, used


def _odd_line(raw: RawLabels, index: int, file: str, line: int, parts: list[str], names: Names) -> None:
    """A line that is not five plain numbers: a polygon, a box with its confidence, or a fault."""
    said = printable(" ".join(part[:24] for part in parts[1:6]))
    if len(parts) < 5:
        message = f"has {len(parts)} values where class and four numbers are expected"
        raw.problems.append(Problem("line-syntax", message, file, line, box=said))
        return
    try:
        numbers = [float(part) for part in parts[1:]]
    except ValueError:
        raw.problems.append(Problem("not-a-number", "a value is not a number", file, line, box=said))
        return
    try:
        kind = int(parts[0])
    except ValueError:
        as_float = _as_float(parts[0])
        if as_float is None or as_float != int(as_float):
            raw.problems.append(_bad_class(file, line, parts))
            return
        kind = int(as_float)
        raw.note("class-id-float")
    if kind < 0:
        raw.problems.append(_bad_class(file, line, parts))
        return
    name = names.of(kind)
    if len(numbers) == 4:
        raw.add(index, line, name, (numbers[0], numbers[1], numbers[2], numbers[3]))
    elif len(numbers) == 5:
        row = raw.add(index, line, name, (numbers[0], numbers[1], numbers[2], numbers[3]))
        raw.mark("confidence", row, numbers[4])
        raw.note("confidence-in-labels")
    elif len(numbers) % 2 == 0 and all(math.isfinite(number) for number in numbers):
        xs, ys = numbers[0::2], numbers[1::2]
        box = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys))
        raw.mark("points", raw.add(index, line, name, box), list(zip(xs, ys, strict=True)))
    else:
        message = f"has {len(parts)} values; expected class and 4 numbers, or class and pairs of a polygon"
        raw.problems.append(Problem("line-syntax", message, file, line, box=said))


def _as_float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _bad_class(file: str, line: int, parts: list[str]) -> Problem:
    said = printable(" ".join(part[:24] for part in parts[1:5]))
    return Problem("class-id-syntax", f"'{parts[0][:40]}' is not a class number", file, line, box=said)


def _report_classes(raw: RawLabels, names: Names, used: set[int]) -> None:
    top = max([*names.names, *(number for number in used if number < 100_000)], default=-1)
    raw.classes = tuple(names.of(number) for number in range(top + 1) if number in names.names or number in used)
    raw.class_ids = {number: names.of(number) for number in sorted(used | set(names.names)) if number < 100_000}
    if not names.names:
        if used:
            raw.problems.append(
                Problem(
                    "class-names-missing", f"ids {_few(used)} have no names: no data.yaml, classes.txt or obj.names"
                )
            )
        return
    for number in sorted(used - set(names.names))[:50]:
        message = f"class id {number} has no name in {names.file} ({len(names.names)} names)"
        raw.problems.append(Problem("class-id-unknown", message, names.file))
    missing = sorted(set(names.names) - used)
    if missing and used == {0} and len(names.names) > 1 and len(raw) >= 20:
        said = f"every one of {len(raw)} boxes has class id 0, though {names.file} names {len(names.names)} classes"
        raw.problems.append(Problem("class-id-always-0", said, names.file))


def _few(numbers: set[int]) -> str:
    ordered = sorted(numbers)
    return ", ".join(map(str, ordered[:6])) + (", ..." if len(ordered) > 6 else "")
