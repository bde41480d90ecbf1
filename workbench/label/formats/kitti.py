"""KITTI object text: ``type truncated occluded alpha x1 y1 x2 y2`` and seven values in space; corners in pixels.

``DontCare`` is a region in which nothing counts, whatever its class; read only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.label.formats.faces import NUMBER
from workbench.label.formats.picture_rows import four, label_texts
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.pictures.file_names import base_name, nfc, printable
from workbench.pictures.split_words import LISTS
from workbench.pictures.walking import Entry

DONT_CARE = "DontCare"
_NUMBER = re.compile(NUMBER)
_BESIDE = ("calib", "velodyne", "oxts", "planes", "ImageSets", "poses", "times")
"""Folders of a KITTI set that hold other text than labels."""


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read KITTI label files, one a picture."""
    raw = RawLabels("kitti", "xyxy", "px")
    wanted = [one for one in entries if _is_label(one) or base_name(one.name).lower() in LISTS]
    for entry, text in label_texts(raw, wanted):
        if not _is_label(entry):
            continue
        raw.files.append(RawFile(entry.name, _key(entry)))
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(raw, entry, number, line.split())
    return raw


def _is_label(entry: Entry) -> bool:
    return not any(part in _BESIDE for part in entry.name.split("/")[:-1])


def _key(entry: Entry) -> str:
    """What the label file shares with its picture: ``label_2`` and ``image_2`` are the same camera."""
    *folders, last = entry.key.split("/")
    return "/".join([*(part.replace("label_", "image_") for part in folders), last])


def _take(raw: RawLabels, entry: Entry, line: int, parts: list[str]) -> None:
    split = _parts(parts)
    said = printable(" ".join(part[:24] for part in parts[4:8]))
    if split is None:
        message = f"has {len(parts)} values; KITTI has 15: type, truncated, occluded, alpha, x1 y1 x2 y2 and seven more"
        raw.problems.append(Problem("line-syntax", message, entry.name, line, box=said))
        return
    name, numbers = split
    values = four(numbers[3:7])
    if values is None:
        raw.problems.append(Problem("not-a-number", "a value is not a number", entry.name, line, box=said))
        return
    row = raw.add(len(raw.files) - 1, line, nfc(name), values)
    if name == DONT_CARE:
        raw.mark("ignore", row, True)
        return
    for column, value in zip(("truncated", "occluded"), numbers[:2], strict=True):
        # -1 is "not said", as many converters write it.
        if (given := four([value, 0, 0, 0])) is not None and given[0] >= 0:
            raw.mark(column, row, value)
    # Datumaro gives every label a score of 1.
    if len(numbers) == 15 and numbers[14] not in ("1", "1.0"):
        raw.mark("confidence", row, numbers[14])
        raw.note("confidence-in-labels")


def _parts(parts: list[str]) -> tuple[str, list[str]] | None:
    """The class and its 14 or 15 numbers; some converters write a class with a space in it."""
    for count in (14, 15):
        name, numbers = parts[:-count], parts[-count:]
        if name and not _NUMBER.fullmatch(name[-1]) and all(map(_NUMBER.fullmatch, numbers)):
            return " ".join(name), numbers
    return (parts[0], parts[1:]) if len(parts) in (15, 16) else None
