"""What lies beside YOLO label files: the class list (data.yaml, classes.txt, obj.names) and the lists of pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from workbench.label.reading.raw import Listed, Problem, RawLabels
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.pictures.file_names import base_name, folders_of, nfc, suffix_of
from workbench.pictures.kinds import SUFFIXES
from workbench.pictures.walking import Entry

NAME_FILES = ("classes.txt", "obj.names", "labels.txt", "names.txt")
LISTS = {"train.txt": "train", "val.txt": "val", "valid.txt": "val", "test.txt": "test"}
_LABEL = re.compile(r"\s*\d+(?:\.\d*)?(?:\s+[-+.\de]+){4}", re.IGNORECASE)
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


def has_reserved_name(entry: Entry) -> bool:
    """Whether a file is called as class lists, lists of pictures and notes are; a picture's label file may be, too."""
    last = base_name(entry.name).lower()
    return last in NAME_FILES or last in LISTS or (last.startswith("readme") and last.endswith(".txt"))


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


def find_names(raw: RawLabels, entries: Sequence[Entry], root: Path) -> Names:
    """The class list beside the labels: data.yaml first, then classes.txt or obj.names, here or one folder up."""
    for entry in entries:
        if base_name(entry.name).lower() in _YAML_NAMES and not entry.outside:
            return _from_yaml(raw, entry.path, entry.name)
    for entry in entries:
        if base_name(entry.name).lower() in NAME_FILES and not entry.outside and not is_label_file(entry):
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
        split = LISTS.get(base_name(entry.name).lower())
        if split is None or entry.outside or is_label_file(entry):
            continue
        try:
            text, _ = decode_text(read_bytes(entry.path))
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        take_list(raw, entry.name, text.splitlines(), split)
    raw.split_places = [(names.file, split, one) for split, paths in names.splits.items() for one in paths]
    raw.folders = {part for entry in entries for part in [entry.name, *folders_of(entry.name)]}


def take_list(raw: RawLabels, file: str, lines: Sequence[str], split: str | None) -> None:
    """Note every picture that a list names."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            raw.listed.append(Listed(file, number, line.strip(), split))


def looks_like_list(line: str) -> bool:
    """Whether a line names a picture instead of holding numbers."""
    return suffix_of(line.strip()) in SUFFIXES
