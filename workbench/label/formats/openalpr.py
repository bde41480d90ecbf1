"""OpenALPR benchmark: tab-separated ``file x y width height text``, the main plate of each picture. Read only."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.pictures.file_names import base_name, nfc, printable, safe_name
from workbench.pictures.walking import Entry

CLASS = "plate"


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read OpenALPR text files, of one picture or of many."""
    raw = RawLabels("openalpr", "xywh", "px", classes=(CLASS,))
    for entry in entries:
        try:
            if entry.outside:
                raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
            text, encoding = decode_text(read_bytes(entry.path))
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        if encoding != "utf-8":
            raw.note("encoding")
        places: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(raw, entry, number, line.split("\t"), places)
        if not places and not text.strip():
            raw.files.append(RawFile(entry.name, entry.key))
    return raw


def _take(raw: RawLabels, entry: Entry, line: int, parts: list[str], places: dict[str, int]) -> None:
    said = printable(" ".join(part[:24] for part in parts[1:5]))
    if len(parts) < 5:
        message = f"has {len(parts)} fields; expected file, x, y, width, height and text"
        raw.problems.append(Problem("line-syntax", message, entry.name, line, box=said))
        return
    picture = nfc(parts[0].strip())
    if safe_name(picture) is None:
        raw.problems.append(Problem("path-outside", f"the picture is '{printable(picture)[:120]}'", entry.name, line))
        picture = base_name(picture)
    try:
        values = (float(parts[1]), float(parts[2]), float(parts[3]), float(parts[4]))
    except ValueError:
        raw.problems.append(Problem("not-a-number", "a value is not a number", entry.name, line, picture, said))
        return
    index = places.get(picture)
    if index is None:
        index = places[picture] = len(raw.files)
        raw.files.append(RawFile(entry.name, entry.key, picture))
    row = raw.add(index, line, CLASS, values)
    if len(parts) > 5 and parts[5].strip():
        raw.mark("text", row, parts[5].strip())
