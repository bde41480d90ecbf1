"""MOTChallenge ``gt.txt``: ``frame,id,x,y,w,h,considered,class,visibility``, one file a sequence, pixels; read only.

The pictures are ``img1/000001.jpg`` beside ``gt/``, or as ``seqinfo.ini`` says; track ids are kept, and what is not
considered is ignored. Values are taken as written: the benchmark counts its first pixel as 1, most other writers as 0.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.label.formats.picture_rows import PictureRows, four, texts
from workbench.label.reading.frame_pictures import last_number
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.pictures.file_names import base_name, nfc, printable, suffix_of, without_suffix
from workbench.pictures.kinds import SUFFIXES
from workbench.pictures.walking import Entry

_BENCHMARK = (
    *("pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non motorized vehicle", "static person"),
    *("distractor", "occluder", "occluder on the ground", "occluder full", "reflection", "crowd"),
)
"""Classes of MOT16, MOT17 and MOT20, from 1."""
_FRAME_LIMIT = 10**6


@dataclass(slots=True)
class _Sequence:
    """What lies beside one ``gt.txt``: the names of its pictures and classes."""

    prefix: str
    extension: str = ".jpg"
    length: int = 0
    names: dict[int, str] = field(default_factory=dict)
    pictures: dict[int, str] = field(default_factory=dict)

    def picture(self, frame: int) -> str:
        return self.prefix + self.pictures.get(frame, f"{frame:06d}{self.extension}")


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read MOT files, one a sequence."""
    raw = RawLabels("mot", "xywh", "px")
    lists = [entry for entry in entries if base_name(entry.name).lower() == "labels.txt"]
    nameless = False
    for entry, text in texts(raw, [entry for entry in entries if entry not in lists]):
        sequence = _beside(entry)
        pictures = PictureRows(raw, entry)
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(raw, pictures, sequence, number, [part.strip() for part in line.strip().rstrip(",").split(",")])
        # The whole sequence was labelled: a frame that no line names is empty.
        for frame in range(1, sequence.length + 1):
            pictures.index(sequence.picture(frame))
        nameless |= not sequence.names
        raw.classes = tuple(dict.fromkeys([*raw.classes, *sequence.names.values()]))
    if raw.classes:
        raw.classes = tuple(dict.fromkeys([*raw.classes, *raw.names]))
    if nameless and len(raw):
        message = "no labels.txt lies beside gt.txt; classes are called by their number"
        raw.problems.append(Problem("class-names-missing", message, fix="Add gt/labels.txt, a name a line."))
    return raw


def _take(raw: RawLabels, pictures: PictureRows, sequence: _Sequence, line: int, parts: list[str]) -> None:
    said = " ".join(part[:24] for part in parts[2:6])
    if not (parts[0].isdecimal() and int(parts[0]) < _FRAME_LIMIT):
        pictures.refuse("line-syntax", f"frame '{printable(parts[0])[:20]}' is no whole number", line, None, said)
        return
    index = pictures.index(sequence.picture(int(parts[0])), line)
    picture = pictures.picture(index)
    if not 7 <= len(parts) <= 10:
        message = f"has {len(parts)} values; MOT has 9: frame, id, x, y, w, h, considered, class, visibility"
        pictures.refuse("line-syntax", message, line, picture, said)
        return
    values, considered = four(parts[2:6]), four([parts[6], 0, 0, 0])
    if index is None or values is None or considered is None:
        pictures.refuse("not-a-number", "a value is not a number", line, picture, said)
        return
    # Seven values have no class, and ten are of MOT 2015, where places in space take its place.
    number = parts[7] if len(parts) in (8, 9) else "1"
    name = sequence.names.get(int(number)) if number.isdecimal() else None
    row = raw.add(index, line, name or f"class_{number}", values)
    raw.mark("track_id", row, parts[1])
    if considered[0] == 0:
        raw.mark("ignore", row, True)
    elif considered[0] not in (1, -1):
        raw.mark("confidence", row, considered[0])
        raw.note("confidence-in-labels")
    if len(parts) == 9:
        raw.mark("visibility", row, parts[8])


def _beside(entry: Entry) -> _Sequence:
    """Read what lies beside a file; what is missing or broken is left at what MOT has by default."""
    folder, above = Path(entry.path).parent, entry.name.split("/")[:-1]
    if folder.name in ("gt", "det"):
        folder, above = folder.parent, above[:-1]
    settings = _settings(folder / "seqinfo.ini")
    where = base_name(settings.get("imdir", "img1")) or "img1"
    sequence = _Sequence("/".join([*above, where, ""]))
    if suffix_of(f"a{settings.get('imext', '')}") in SUFFIXES:
        sequence.extension = settings["imext"]
    length = settings.get("seqlength", "")
    sequence.length = int(length) if length.isdecimal() and int(length) < _FRAME_LIMIT else 0
    sequence.names = _names(Path(entry.path).parent / "labels.txt")
    if not sequence.names and settings.get("name", "").upper().startswith("MOT"):
        sequence.names = dict(enumerate(_BENCHMARK, start=1))
    sequence.pictures = _by_number(folder / where)
    return sequence


def _settings(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    reader = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        reader.read_string(decode_text(read_bytes(str(file), 2**16))[0])
    except (Refused, configparser.Error):
        return {}
    return {key: value.strip() for section in reader.sections() for key, value in reader.items(section)}


def _names(file: Path) -> dict[int, str]:
    if not file.is_file():
        return {}
    try:
        lines = decode_text(read_bytes(str(file), 2**20))[0].splitlines()
    except Refused:
        return {}
    return {number: nfc(line.strip()) for number, line in enumerate(lines, start=1) if line.strip()}


def _by_number(folder: Path) -> dict[int, str]:
    """Pictures by the number that their name ends in: writers differ in how many digits they give it."""
    if not folder.is_dir():
        return {}
    found: dict[int, list[str]] = {}
    for name in os.listdir(folder):  # noqa: PTH208 - names only
        number = last_number(without_suffix(name))
        if number is not None and suffix_of(name) in SUFFIXES:
            found.setdefault(number, []).append(nfc(name))
    return {number: names[0] for number, names in found.items() if len(names) == 1}
