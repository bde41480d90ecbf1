"""KITTI object text: ``type truncated occluded alpha x1 y1 x2 y2`` and seven values in space; corners in pixels.

``DontCare`` is a region in which nothing counts, whatever its class; read only.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.label.formats.picture_rows import four, texts
from workbench.label.formats.yolo_beside import LISTS, take_list
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.pictures.file_names import base_name, nfc, printable
from workbench.pictures.walking import Entry

DONT_CARE = "DontCare"
_FIELDS = (15, 16)
_BESIDE = ("calib", "velodyne", "oxts", "planes", "ImageSets", "poses", "times")
"""Folders of a KITTI set that hold other text than labels."""


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read KITTI label files, one a picture."""
    raw = RawLabels("kitti", "xyxy", "px")
    lists = [one for one in entries if base_name(one.name).lower() in LISTS]
    for entry, text in texts(raw, [one for one in entries if _is_label(one)], many=False):
        if (
            entry in lists
            and text.split()
            and all(len(line.split()) == 1 for line in text.splitlines() if line.strip())
        ):
            take_list(raw, entry.name, text.splitlines(), LISTS[base_name(entry.name).lower()])
            continue
        raw.files.append(RawFile(entry.name, _key(entry)))
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(raw, entry, number, line.split())
    for entry, text in texts(raw, [one for one in lists if not _is_label(one)], many=False):
        take_list(raw, entry.name, text.splitlines(), LISTS[base_name(entry.name).lower()])
    return raw


def _is_label(entry: Entry) -> bool:
    return not any(part in _BESIDE for part in entry.name.split("/")[:-1])


def _key(entry: Entry) -> str:
    """What the label file shares with its picture: ``label_2`` and ``image_2`` are the same camera."""
    *folders, last = entry.key.split("/")
    return "/".join([*(part.replace("label_", "image_") for part in folders), last])


def _take(raw: RawLabels, entry: Entry, line: int, parts: list[str]) -> None:
    said = printable(" ".join(part[:24] for part in parts[4:8]))
    if len(parts) not in _FIELDS:
        message = f"has {len(parts)} values; KITTI has 15: type, truncated, occluded, alpha, x1 y1 x2 y2 and seven more"
        raw.problems.append(Problem("line-syntax", message, entry.name, line, box=said))
        return
    values = four(parts[4:8])
    if values is None:
        raw.problems.append(Problem("not-a-number", "a value is not a number", entry.name, line, box=said))
        return
    row = raw.add(len(raw.files) - 1, line, nfc(parts[0]), values)
    if parts[0] == DONT_CARE:
        raw.mark("ignore", row, True)
        return
    for name, value in zip(("truncated", "occluded"), parts[1:3], strict=True):
        # -1 is "not said", as many converters write it.
        if (given := four([value, 0, 0, 0])) is not None and given[0] >= 0:
            raw.mark(name, row, value)
    # Datumaro gives every label a score of 1.
    if len(parts) == 16 and parts[15] not in ("1", "1.0"):
        raw.mark("confidence", row, parts[15])
        raw.note("confidence-in-labels")
