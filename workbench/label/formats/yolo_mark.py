"""YOLO-Mark (darknet): txt beside each picture, ``obj.data``, ``obj.names`` and lists of pictures.

Our own reader: no library reads ``obj.data``, and none says that a listed picture is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.label.formats import yolo, yolo_text
from workbench.label.formats.yolo_beside import (
    NAME_FILES,
    Beside,
    Names,
    has_reserved_name,
    is_label_file,
    names_file,
    take_list,
)
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.label.writing.records import Picture
from workbench.machine.helpers import Helpers
from workbench.pictures.file_names import base_name, nfc
from workbench.pictures.kinds import stem_of
from workbench.pictures.walking import Entry

_SPLITS = {"train": "train", "valid": "val", "test": "test"}


def read(entries: Sequence[Entry], helpers: Helpers) -> RawLabels:
    """Read a YOLO-Mark folder; pictures that obj.data's lists name are noted, and checked later."""
    raw = RawLabels("yolo-mark", "cxcywh", "rel")
    # A label file may have the name of a list or class list: the picture is called so.
    beside = [e for e in entries if not (e.outside or (has_reserved_name(e) and is_label_file(e)))]
    by_last = {base_name(entry.name).lower(): entry for entry in beside}
    settings = _settings(raw, next((e for name, e in by_last.items() if name.endswith(".data")), None))
    named = by_last.get(base_name(settings.get("names", "")).lower()) or by_last.get("obj.names")
    if named is None:
        named = next((by_last[last] for last in NAME_FILES if last in by_last), None)
    names = names_file(raw, named.path, named.name) if named else Names()
    count = settings.get("classes", "")
    if names.names and count.isdecimal() and int(count) != len(names.names):
        raw.problems.append(
            Problem("class-count", f"classes is {count}, {names.file} lists {len(names.names)}", "obj.data")
        )
    lists = {key: by_last.get(base_name(settings.get(key, "")).lower()) for key in _SPLITS}
    # obj.data often names one list for training and for validation: then there is no split.
    used = {base_name(settings[key]).lower() for key in _SPLITS if settings.get(key)}
    for key, split in _SPLITS.items():
        entry = lists[key]
        if entry is not None and base_name(entry.name).lower() in used:
            used.discard(base_name(entry.name).lower())
            shared = [one for one in lists.values() if one is entry]
            _read_list(raw, entry, split if len(shared) == 1 else None)
    if not any(lists.values()) and "train.txt" in by_last:
        _read_list(raw, by_last["train.txt"], None)
    skip = {entry.name for entry in (named, *lists.values()) if entry}
    # Where obj.data says which files are lists, any other of such a name belongs to a picture.
    told = any(lists.values())
    labels = [e for e in entries if e.name not in skip and (is_label_file(e) or (told and has_reserved_name(e)))]
    yolo.read_files(raw, labels, Beside(names), helpers)
    return raw


def _settings(raw: RawLabels, entry: Entry | None) -> dict[str, str]:
    if entry is None:
        return {}
    try:
        text, _ = decode_text(read_bytes(entry.path, 2**20))
    except Refused as refusal:
        raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip().lower(): nfc(value.strip()) for key, _, value in pairs}


def _read_list(raw: RawLabels, entry: Entry, split: str | None) -> None:
    try:
        text, _ = decode_text(read_bytes(entry.path))
    except Refused as refusal:
        raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
        return
    take_list(raw, entry.name, text.splitlines(), split)


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """One file a picture, below ``img/``."""
    ids = {name: number for number, name in enumerate(classes)}
    for record in records:
        if record.status != "unlabelled" or record.boxes:
            yield f"img/{stem_of(record.image_id)}.txt", yolo_text.render(record, ids)


def write_beside(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What a set has besides: lists of pictures, ``obj.names`` and ``obj.data``."""
    lists: dict[str, list[str]] = {}
    split_used = any(record.split in ("train", "val", "test") for record in records)
    for record in records:
        key = next((key for key, split in _SPLITS.items() if split == record.split), None) if split_used else "train"
        if key is not None and (split_used or record.status != "unlabelled"):
            lists.setdefault(key, []).append(f"img/{record.image_id}\n")
    for key, lines in lists.items():
        yield f"{key}.txt", "".join(lines).encode("utf-8")
    yield "obj.names", "".join(f"{name}\n" for name in classes).encode("utf-8")
    where = [f"{key} = {key}.txt" for key in lists] if split_used else ["train = train.txt", "valid = train.txt"]
    lines = [f"classes = {len(classes)}", *where, "names = obj.names", "backup = backup/"]
    yield "obj.data", ("\n".join(lines) + "\n").encode("utf-8")
