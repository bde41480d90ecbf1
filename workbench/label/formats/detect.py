"""Which format label files are in, found from names and first bytes, and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.label.formats.yolo_beside import is_label_file
from workbench.label.formats.yolo_data import folder_of_set
from workbench.label.reading.sources import Refused, read_bytes
from workbench.model.errors import InputError
from workbench.pictures.file_names import base_name, nfc, suffix_of
from workbench.pictures.walking import Entry, walk

FORMATS = ("voc", "yolo", "yolo-mark", "coco", "labelme", "cvat", "label-studio", "openalpr")
_SUFFIXES = frozenset({".xml", ".json", ".txt", ".yaml", ".yml", ".data", ".names", ".tsv"})
_HEAD = 4096
_SAMPLE = 60
_NUMBERS = re.compile(rb"\A\s*-?\d+(?:\.\d+)?(?:[ \t]+[-+.\deE]+){4,}\s*(?:\n|\r|\Z)")
_OPENALPR = re.compile(rb"\A[^\t\n]+\t[-\d.]+\t[-\d.]+\t[-\d.]+\t[-\d.]+(?:\t|\s*(?:\n|\Z))")


@dataclass(frozen=True)
class Chosen:
    """What will be read and as what.

    Attributes:
        format: one of `FORMATS`.
        reason: why.
        root: the folder that names are relative to.
        entries: the files to read.
        others: other formats seen beside it, with the number of their files.
        given: the file that was named, where one was and not a folder.
    """

    format: str
    reason: str
    root: Path
    entries: list[Entry]
    others: dict[str, int] = field(default_factory=dict)
    given: Path | None = None


def choose(labels: Path, asked: str | None) -> Chosen:
    """List the label files and decide their format.

    Raises:
        InputError: if `asked` is no known format, or nothing that looks like labels is there.
    """
    if asked is not None and asked not in FORMATS:
        raise InputError(f"format '{asked}' is unknown; use one of {', '.join(FORMATS)}")
    found = _choose(labels, asked)
    return found if labels.is_dir() else replace(found, given=labels)


def _choose(labels: Path, asked: str | None) -> Chosen:
    root, entries = _entries(labels)
    if asked is not None:
        return Chosen(asked, "as asked", root, entries)
    seen = _sniff(entries)
    if not seen:
        return _nothing(labels, root, entries)
    best, count = max(seen.items(), key=lambda item: (item[1], -FORMATS.index(item[0])))
    named = {base_name(entry.name).lower() for entry in entries}
    if best == "yolo" and (any(name.endswith(".data") for name in named) or "obj.names" in named):
        best, why = "yolo-mark", "number lines beside obj.data or obj.names"
    else:
        why = _WHY[best]
    others = {name: n for name, n in seen.items() if name not in (best, "yolo" if best == "yolo-mark" else best)}
    looked = sum(seen.values())
    beside = "".join(f"; {n} look like {name}" for name, n in others.items())
    return Chosen(best, f"{count} of {looked} files looked at hold {why}{beside}", root, entries, others)


_WHY = {
    "voc": "<annotation> with <bndbox>",
    "labelme": "LabelMe shapes or polygons",
    "cvat": "<annotations> of CVAT",
    "coco": "a JSON object with images and annotations",
    "label-studio": "a JSON list of tasks with annotations",
    "openalpr": "tab-separated 'file x y w h text'",
    "yolo": "lines of a class number and relative values",
}


def _entries(labels: Path) -> tuple[Path, list[Entry]]:
    if labels.is_dir():
        return labels, walk(labels, _SUFFIXES)
    if suffix_of(labels.name) in (".yaml", ".yml", ".data"):
        folder = labels.parent if suffix_of(labels.name) == ".data" else folder_of_set(labels)
        return folder, walk(folder, _SUFFIXES)
    return labels.parent, [Entry(str(labels), nfc(labels.name))]


def _nothing(labels: Path, root: Path, entries: list[Entry]) -> Chosen:
    texts = [entry for entry in entries if suffix_of(entry.name) == ".txt" and is_label_file(entry)]
    if texts:
        return Chosen("yolo", f"{len(texts)} txt files, none with a readable line", root, entries)
    for suffix, name in ((".xml", "voc"), (".json", "coco")):
        count = sum(suffix_of(entry.name) == suffix for entry in entries)
        if count:
            return Chosen(name, f"{count} {suffix[1:]} files, none that could be recognised", root, entries)
    raise InputError(f"labels {labels}: no label files in it (xml, json, txt); give the folder that holds them")


def _sniff(entries: list[Entry]) -> Counter[str]:
    seen: Counter[str] = Counter()
    by_suffix: dict[str, list[Entry]] = {}
    for entry in entries:
        if not entry.outside:
            by_suffix.setdefault(suffix_of(entry.name), []).append(entry)
    for suffix, found in by_suffix.items():
        step = max(1, len(found) // _SAMPLE)
        for entry in found[::step]:
            kind = sniff(entry, suffix)
            if kind:
                seen[kind] += step if step > 1 else 1
    return seen


def sniff(entry: Entry, suffix: str) -> str | None:
    """The format one file seems to be in, by its first bytes."""
    try:
        with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - many small reads
            head = file.read(_HEAD)
    except OSError:
        return None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    if suffix == ".xml":
        return _sniff_xml(head)
    if suffix == ".json":
        return _sniff_json(head, entry)
    if suffix in (".txt", ".tsv"):
        if _OPENALPR.match(head):
            return "openalpr"
        if is_label_file(entry) and _NUMBERS.match(head):
            return "yolo"
    return None


def _sniff_xml(head: bytes) -> str | None:
    if b"<annotations" in head:
        return "cvat"
    if b"<annotation" in head:
        labelme = b"<polygon>" in head or b"<imagesize>" in head or b"LabelMe" in head
        return "labelme" if labelme and b"<bndbox>" not in head else "voc"
    return None


def _sniff_json(head: bytes, entry: Entry) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        return "label-studio"
    if start != b"{":
        return None
    if b'"shapes"' in head or b'"imagePath"' in head:
        return "labelme"
    if b'"annotations"' in head or b'"categories"' in head or (b'"images"' in head):
        return "coco"
    try:
        data = read_bytes(entry.path, 64 * 2**20)
    except Refused:
        return None
    if b'"shapes"' in data:
        return "labelme"
    return "coco" if b'"annotations"' in data and b'"images"' in data else None
