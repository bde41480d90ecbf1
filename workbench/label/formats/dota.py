"""DOTA text, one file a picture: ``x1 y1 x2 y2 x3 y3 x4 y4 category difficult``, turned boxes by their corners.

The box is the hull of the four corners, which are kept as points; read only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.label.formats.picture_rows import label_texts
from workbench.label.reading.outlines import hull
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.pictures.file_names import nfc, printable
from workbench.pictures.walking import Entry

_HEAD = re.compile(r"\s*(?:imagesource|gsd)\s*:", re.IGNORECASE)


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read DOTA label files."""
    raw = RawLabels("dota", "xyxy", "px")
    for entry, text in label_texts(raw, entries):
        raw.files.append(RawFile(entry.name, entry.key))
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() and not _HEAD.match(line):
                _take(raw, entry, number, line.split())
    return raw


def _take(raw: RawLabels, entry: Entry, line: int, parts: list[str]) -> None:
    said = printable(" ".join(part[:24] for part in parts[:8]))
    if len(parts) not in (9, 10):
        message = f"has {len(parts)} values; DOTA has 10: four corners, category and difficult"
        raw.problems.append(Problem("line-syntax", message, entry.name, line, box=said))
        return
    try:
        numbers = [float(part) for part in parts[:8]]
        points = list(zip(numbers[0::2], numbers[1::2], strict=True))
        corners = hull(points)
    except ValueError:
        raw.problems.append(Problem("not-a-number", "a value is not a number", entry.name, line, box=said))
        return
    row = raw.add(len(raw.files) - 1, line, nfc(parts[8]), corners)
    raw.mark("points", row, points)
    raw.mark("shape", row, "polygon")
    if len(parts) == 10:
        raw.mark("difficult", row, parts[9])
