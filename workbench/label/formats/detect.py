"""Which format label files are in, found from names and first bytes, and why."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.label.formats import faces
from workbench.label.formats.csv_table import is_open_images
from workbench.label.formats.faces import Face
from workbench.label.formats.spec import FORMATS, SPECS
from workbench.label.formats.table_columns import cells_of, columns_of, columns_without_header
from workbench.label.formats.yolo_beside import is_label_file
from workbench.label.formats.yolo_data import folder_of_set
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.model.errors import InputError
from workbench.model.wording import counted
from workbench.pictures.file_names import base_name, nfc, suffix_of
from workbench.pictures.walking import Entry, walk

TABLES = (".csv", ".tsv", ".txt")
"""Endings of tables."""
_JSON = (".json", ".jsonl", ".ndjson", ".odgt", ".manifest")
_BESIDE = (".yaml", ".yml", ".data", ".names")
_SUFFIXES = frozenset({".xml", *_JSON, *TABLES, *_BESIDE})
_HEAD = 4096
_MORE = 2**17
_MOST = 2**24
_SAMPLE = 60
_NUMBERS = re.compile(r"\A\s*-?\d+(?:\.\d+)?(?:[ \t]+[-+.\deE]+){4,}\s*(?:\n|\r|\Z)")
_NUMBER = re.compile(faces.NUMBER)


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
        unread: formats seen beside it that are known and not read, by their key in the table of faces.
        remarks: what is to be said of a file's format, by the file's name.
    """

    format: str
    reason: str
    root: Path
    entries: list[Entry]
    others: dict[str, int] = field(default_factory=dict)
    given: Path | None = None
    unread: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the files look like: the face of each by its name, and how many of each kind there seem to be."""

    faces: dict[str, Face]
    counts: Counter[str]


def choose(labels: Path, asked: str | None) -> Chosen:
    """List the label files and decide their format.

    Raises:
        InputError: if `asked` is no known format, if nothing that looks like labels is there, or if they are in a
            format that is known and not read; then it says which, and what to do.
    """
    if asked is not None and asked not in FORMATS:
        raise InputError(f"format '{asked}' is unknown; use one of {', '.join(FORMATS)}")
    found = _choose(labels, asked)
    return found if labels.is_dir() else replace(found, given=labels)


def _choose(labels: Path, asked: str | None) -> Chosen:
    root, entries = _entries(labels)
    if asked is not None:
        return Chosen(asked, "as asked", root, entries)
    seen = _look(entries)
    looked = sum(seen.counts.values())
    read = {name: count for name, count in seen.counts.items() if name in SPECS}
    unread = {name: count for name, count in seen.counts.items() if name not in SPECS}
    # A file that holds a whole set outweighs any number of files that hold a picture each.
    whole = [name for name in read if SPECS[name].one_file]
    if unread and not whole and sum(unread.values()) > sum(read.values()):
        name, count = max(unread.items(), key=lambda item: item[1])
        asking = "".join(f"; {n} look like {other}, read these with --format {other}" for other, n in read.items())
        some = f"{count} of {looked} files {'is' if count == 1 else 'are'}"
        raise InputError(f"labels {labels}: {some} {faces.named(name).said}{asking}")
    if not read:
        return _nothing(labels, root, entries)
    best, count = max(read.items(), key=lambda item: (item[1], -FORMATS.index(item[0])))
    # VOC and LabelMe's XML have one root: which of the two a file is, the reader sees better than its first page.
    roots = {face.root for face in faces.faces() if face.kind == best and face.root}
    strange = {name for name, face in seen.faces.items() if face.kind != best and face.root not in roots}
    kept = [entry for entry in entries if entry.name not in strange]
    named = {base_name(entry.name).lower() for entry in entries}
    if best == "yolo" and (any(name.endswith(".data") for name in named) or "obj.names" in named):
        best = "yolo-mark"
    others = {name: n for name, n in read.items() if name not in (best, "yolo" if best == "yolo-mark" else best)}
    beside = "".join(f"; {n} look like {name}" for name, n in others.items())
    beside += "".join(f"; {n} are {faces.named(name).title}, which is not read" for name, n in unread.items())
    reason = f"{count} of {looked} files looked at hold {SPECS[best].why}{beside}"
    remarks = {name: face.remark for name, face in seen.faces.items() if face.remark}
    return Chosen(best, reason, root, kept, others, None, unread, remarks)


def _entries(labels: Path) -> tuple[Path, list[Entry]]:
    if labels.is_dir():
        return labels, walk(labels, _SUFFIXES)
    if suffix_of(labels.name) in (".yaml", ".yml", ".data"):
        folder = labels.parent if suffix_of(labels.name) == ".data" else folder_of_set(labels)
        return folder, walk(folder, _SUFFIXES)
    return labels.parent, [Entry(str(labels), nfc(labels.name))]


def _nothing(labels: Path, root: Path, entries: list[Entry]) -> Chosen:
    """What to make of files of which none is in a format that is known."""
    texts = [entry for entry in entries if suffix_of(entry.name) == ".txt" and is_label_file(entry)]
    strange = next((line for line in map(_strange_line, texts) if line), None) if texts else None
    if texts and strange is None:
        return Chosen("yolo", f"{len(texts)} txt files, none with a readable line", root, entries)
    if not texts:
        for suffix, name in ((".xml", "voc"), (".json", "coco")):
            found = [entry for entry in entries if suffix_of(entry.name) == suffix]
            if found and any(not _is_whole(entry, suffix) for entry in found):
                reason = f"{counted(len(found), suffix[1:] + ' files')}, none that could be recognised"
                return Chosen(name, reason, root, entries)
    others = entries if labels.is_file() else walk(labels)
    kinds = Counter(face.name for entry in others if (face := _face_by_name(entry, labels)))
    if kinds:
        name, count = kinds.most_common(1)[0]
        raise InputError(f"labels {labels}: {counted(count, 'files')} there, {faces.named(name).said}")
    beside = {entry.name for entry in entries if suffix_of(entry.name) == ".txt"} - {entry.name for entry in texts}
    there = [e for e in entries if suffix_of(e.name) not in _BESIDE and e.name not in beside]
    if not there:
        raise InputError(
            f"labels {labels}: no label files in it (xml, json, txt, csv); give the folder that holds them"
        )
    begins = f", such as {there[0].name}" if strange is None else f"; one has the line '{strange}'"
    raise InputError(
        f"labels {labels}: {counted(len(there), 'files')} of no format that is known{begins}; convert them to one of "
        f"{', '.join(FORMATS)}, or say with --format which of these they are"
    )


def _face_by_name(entry: Entry, labels: Path) -> Face | None:
    if labels.is_dir():
        # The folder's own name counts, too: somebody gives SegmentationClass itself.
        return faces.face_of_name(f"{labels.resolve().name}/{entry.name}")
    found = faces.face_of_name(entry.name)
    return found or (None if entry.outside else faces.face_of_text(entry.name, _text(_head(entry, _HEAD))))


def _strange_line(entry: Entry) -> str | None:
    """A line that is no attempt at YOLO's, where most are none: not class and numbers with spaces between them."""
    lines = [line.strip() for line in _text(_head(entry, _HEAD)).splitlines() if line.strip()]
    strange = [line for line in lines if not _attempts_yolo(line)]
    return strange[0][:60] if len(strange) * 2 > len(lines) else None


def _attempts_yolo(line: str) -> bool:
    """Whether a line is like YOLO's, if broken: a class, and at least as many numbers as other words after it."""
    first, *others = line.split()
    numbers = sum(_NUMBER.fullmatch(word) is not None for word in others)
    return 2 * numbers >= max(len(others), 1) or (not others and first.isdecimal())


def _is_whole(entry: Entry, suffix: str) -> bool:
    """Whether a file of no known format is at least what its ending says; a broken one is the reader's to report."""
    try:
        text, _ = decode_text(b"" if entry.outside else read_bytes(entry.path))
    except Refused:
        return False
    if suffix == ".xml":
        return (
            faces.xml_root(text) not in (None, "annotation", "annotations")
            and f"</{faces.xml_root(text)}" in text.lower()
        )
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _look(entries: list[Entry]) -> _Seen:
    seen = _Seen({}, Counter())
    by_suffix: dict[str, list[Entry]] = {}
    for entry in entries:
        if not entry.outside:
            by_suffix.setdefault(suffix_of(entry.name), []).append(entry)
    for suffix, found in by_suffix.items():
        step = max(1, len(found) // _SAMPLE)
        known = _faces(found[::step], suffix)
        if step > 1 and len({face.kind for face in known.values()}) > 1:
            # Where formats are mixed, each reader gets its own files: then every file must be looked at.
            step, known = 1, _faces(found, suffix)
        seen.faces.update(known)
        for face in known.values():
            seen.counts[face.kind] += step
    return seen


def _faces(entries: Sequence[Entry], suffix: str) -> dict[str, Face]:
    found = ((entry.name, sniff(entry, suffix)) for entry in entries)
    return {name: face for name, face in found if face}


def sniff(entry: Entry, suffix: str) -> Face | None:
    """The face of one file, by its first bytes; None where it is none that is known."""
    head = _head(entry, _HEAD)
    text = _text(head)
    if suffix == ".xml":
        return faces.face_of_xml(text)
    if suffix in _JSON:
        return _sniff_json(entry, head)
    if suffix in TABLES:
        return _sniff_text(entry, text, suffix)
    return None


def _sniff_text(entry: Entry, text: str, suffix: str) -> Face | None:
    line = next((one for one in text.splitlines() if one.strip()), "")
    cells = cells_of(line)
    # Names of columns say more than the values below them.
    if columns_of(cells) is not None:
        return faces.named("open-images" if is_open_images(cells) else "csv")
    face = faces.face_of_text(entry.name, text) or faces.face_of_header(cells)
    if face is not None:
        return face
    if suffix == ".txt" and _NUMBERS.match(text):
        return faces.named("yolo") if is_label_file(entry) else None
    return faces.named("csv") if columns_without_header(cells) is not None else None


def _sniff_json(entry: Entry, head: bytes) -> Face | None:
    text = _text(head)
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return None
    face = faces.face_of_json(text)
    # One long value, such as a picture in base64, can fill the first page.
    for size, more in ((_HEAD, _MORE), (_MORE, _MOST)):
        if face is not None or len(head) < size:
            break
        head = _head(entry, more)
        face = faces.face_of_json(_text(head))
    return face


def _head(entry: Entry, size: int) -> bytes:
    try:
        with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - many small reads
            return file.read(size)
    except OSError:
        return b""


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace").lstrip("\ufeff")
    return head.decode("utf-8-sig", "replace")
