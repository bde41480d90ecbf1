"""VisDrone text, one file a picture: ``x,y,w,h,score,category,truncation,occlusion`` in pixels; read only.

A score of 0 marks a box that does not count, and category 0 is a region in which nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.label.formats.picture_rows import four, label_texts
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.pictures.file_names import printable
from workbench.pictures.walking import Entry

IGNORED = "ignored regions"
CLASSES = (
    *(IGNORED, "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle", "bus", "motor"),
    "others",
)


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read VisDrone label files of still pictures."""
    raw = RawLabels("visdrone", "xywh", "px", classes=CLASSES[1:])
    for entry, text in label_texts(raw, entries):
        raw.files.append(RawFile(entry.name, entry.key))
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(raw, entry, number, [part.strip() for part in line.strip().rstrip(",").split(",")])
    return raw


def _take(raw: RawLabels, entry: Entry, line: int, parts: list[str]) -> None:
    said = printable(" ".join(part[:24] for part in parts[:4]))
    if len(parts) != 8:
        message = f"has {len(parts)} values; VisDrone has 8: x, y, w, h, score, category, truncation, occlusion"
        raw.problems.append(Problem("line-syntax", message, entry.name, line, box=said))
        return
    values = four(parts[:4])
    if values is None:
        raw.problems.append(Problem("not-a-number", "a value is not a number", entry.name, line, box=said))
        return
    if not (parts[5].isdecimal() and int(parts[5]) < len(CLASSES)):
        message = f"category {printable(parts[5][:20])}; VisDrone has 0 to {len(CLASSES) - 1}"
        raw.problems.append(Problem("class-id-unknown", message, entry.name, line, box=said))
        return
    row = raw.add(len(raw.files) - 1, line, CLASSES[int(parts[5])], values)
    if parts[4] == "0" or parts[5] == "0":
        raw.mark("ignore", row, True)
    raw.mark("truncated", row, parts[6])
    raw.mark("occluded", row, parts[7])
