"""YOLO txt: ``class cx cy w h`` a line, relative to the picture; a ``data.yaml`` with the class names and splits.

Our own reader, because Ultralytics drops a whole picture for one bad value, takes a missing file for "no objects", and
no other tool keeps the line. A line of more than five numbers is a polygon (Ultralytics' segmentation labels); its box
is taken and its points are kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from workbench.label.raw import Listed, Problem, RawFile, RawLabels
from workbench.label.sources import (
    PICTURE_SUFFIXES,
    Entry,
    Refused,
    base_name,
    decode_text,
    nfc,
    printable,
    read_bytes,
    suffix_of,
    without_suffix,
)
from workbench.label.writing import Picture, rounded

NAME_FILES = ("classes.txt", "obj.names", "labels.txt", "names.txt")
_LISTS = {"train.txt": "train", "val.txt": "val", "valid.txt": "val", "test.txt": "test"}
_MAX_YAML = 2**20
_YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")


@dataclass(slots=True)
class Names:
    """The class list of a set and the file it came from; `names` maps an id to a name."""

    names: dict[int, str] = field(default_factory=dict)
    file: str = ""
    splits: dict[str, list[str]] = field(default_factory=dict)

    def of(self, number: int) -> str:
        """The name of a class id; an id without one is called ``class_7``."""
        return self.names.get(number, f"class_{number}")


def read(entries: Sequence[Entry], root: Path) -> RawLabels:
    """Read YOLO label files below `root`, with the class names and lists found beside them."""
    raw = RawLabels("yolo", "cxcywh", "rel")
    names = find_names(raw, entries, root)
    read_lists(raw, entries, names)
    labels = [entry for entry in entries if is_label_name(entry.name)]
    below = [entry for entry in labels if "labels" in Path(entry.name).parts[:-1]]
    read_files(raw, below or labels, names)
    split_of = {"train": "train", "val": "val", "valid": "val", "test": "test"}
    for record in raw.files:
        record.split = next((split_of[part] for part in Path(record.name).parts[:-1] if part in split_of), None)
    return raw


def is_label_name(name: str) -> bool:
    """Whether a file name can be one picture's labels: a txt that is neither a class list nor a list of pictures."""
    last = base_name(name).lower()
    return last.endswith(".txt") and last not in NAME_FILES and last not in _LISTS and not last.startswith("readme")


def read_files(raw: RawLabels, entries: Sequence[Entry], names: Names) -> None:
    """Read one label file per picture into `raw`."""
    used: set[int] = set()
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
    _report_classes(raw, names, used)


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


def find_names(raw: RawLabels, entries: Sequence[Entry], root: Path) -> Names:
    """The class list beside the labels: data.yaml first, then classes.txt or obj.names, here or one folder up."""
    for entry in entries:
        if base_name(entry.name).lower() in _YAML_NAMES and not entry.outside:
            return _from_yaml(raw, entry.path, entry.name)
    for entry in entries:
        if base_name(entry.name).lower() in NAME_FILES and not entry.outside:
            return names_file(raw, entry.path, entry.name)
    up = root.absolute().parent
    for folder in (up, up.parent) if root.absolute().parent.name == "labels" else (up,):
        for last in _YAML_NAMES:
            if (folder / last).is_file():
                return _from_yaml(raw, str(folder / last), last)
        for last in NAME_FILES:
            if (folder / last).is_file():
                return names_file(raw, str(folder / last), last)
    return Names()


def names_file(raw: RawLabels, path: str, name: str) -> Names:
    """Class names one a line (classes.txt, obj.names)."""
    try:
        text, _ = decode_text(read_bytes(path, _MAX_YAML))
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


def _from_yaml(raw: RawLabels, path: str, name: str) -> Names:
    try:
        text, _ = decode_text(read_bytes(path, _MAX_YAML))
        if "&" in text and "*" in text:
            raise Refused("yaml-syntax", "uses anchors and aliases; not read")
        content = yaml.safe_load(text)
    except Refused as refusal:
        raw.problems.append(Problem(refusal.code, refusal.reason, name))
        return Names()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "cannot be read"
        raw.problems.append(Problem("yaml-syntax", str(what), name, mark.line + 1 if mark else None))
        return Names()
    if not isinstance(content, dict):
        raw.problems.append(Problem("yaml-syntax", "holds no names", name))
        return Names()
    given = content.get("names")
    pairs: list[tuple[Any, Any]] = (
        list(given.items()) if isinstance(given, dict) else list(enumerate(given)) if isinstance(given, list) else []
    )
    names = {int(key): nfc(str(value).strip()) for key, value in pairs if str(key).isdecimal()}
    if not names:
        raw.problems.append(Problem("class-names-missing", "'names' is missing or empty", name))
    count = content.get("nc")
    if isinstance(count, int) and names and count != len(names):
        raw.problems.append(Problem("class-count", f"nc is {count}, names lists {len(names)}", name))
    result = Names(names, name)
    for split in ("train", "val", "test"):
        value = content.get(split)
        result.splits[split] = [str(one) for one in (value if isinstance(value, list) else [value] if value else [])]
    return result


def read_lists(raw: RawLabels, entries: Sequence[Entry], names: Names) -> None:
    """Note every picture that a list (train.txt, ...) names, and the places that data.yaml names."""
    for entry in entries:
        split = _LISTS.get(base_name(entry.name).lower())
        if split is None or entry.outside:
            continue
        try:
            text, _ = decode_text(read_bytes(entry.path))
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        take_list(raw, entry.name, text.splitlines(), split)
    raw.split_places = [(names.file, split, one) for split, paths in names.splits.items() for one in paths]
    raw.folders = {part for entry in entries for part in [entry.name, *folders_of(entry.name)]}


def folders_of(name: str) -> list[str]:
    """Every folder on the way to a file, relative."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[:i]) for i in range(1, len(parts) + 1)]


def take_list(raw: RawLabels, file: str, lines: Sequence[str], split: str | None) -> None:
    """Note every picture that a list names."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            raw.listed.append(Listed(file, number, line.strip(), split))


def looks_like_list(line: str) -> bool:
    """Whether a line names a picture instead of holding numbers."""
    return suffix_of(line.strip()) in PICTURE_SUFFIXES


def render(picture: Picture, ids: dict[str, int]) -> bytes:
    """One YOLO file, at the precision of `rounded`: boxes read back within a thousandth of a pixel."""
    width, height = float(picture.width or 1), float(picture.height or 1)
    lines = []
    for box in picture.boxes:
        x0, y0, x1, y1 = box.corners
        lines.append(
            f"{ids[box.class_name]} {rounded((x0 + x1) / 2 / width)} {rounded((y0 + y1) / 2 / height)} "
            f"{rounded((x1 - x0) / width)} {rounded((y1 - y0) / height)}\n"
        )
    return "".join(lines).encode("ascii")


def render_yaml(classes: Sequence[str], splits: dict[str, str]) -> bytes:
    """The ``data.yaml`` of a set: JSON strings are YAML, so every name survives."""
    lines = ["path: .\n", *(f"{split}: {json.dumps(place, ensure_ascii=False)}\n" for split, place in splits.items())]
    lines += [f"nc: {len(classes)}\n", "names:\n"]
    lines += [f"  {i}: {json.dumps(name, ensure_ascii=False)}\n" for i, name in enumerate(classes)]
    return "".join(lines).encode("utf-8")


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
    """The files of a set: ``labels/``, a list of pictures per split, and ``data.yaml``."""
    ids = {name: number for number, name in enumerate(classes)}
    by_split: dict[str, list[str]] = {}
    for record in records:
        if record.status != "unlabelled" or record.boxes:
            yield f"labels/{without_suffix(record.image_id)}.txt", render(record, ids)
        if record.split in ("train", "val", "test"):
            by_split.setdefault(record.split, []).append(f"./images/{record.image_id}\n")
    for split, lines in by_split.items():
        yield f"{split}.txt", "".join(lines).encode("utf-8")
    places: dict[str, str] = {split: f"{split}.txt" for split in ("train", "val", "test") if split in by_split}
    yield "data.yaml", render_yaml(classes, places or {"train": "images", "val": "images"})
