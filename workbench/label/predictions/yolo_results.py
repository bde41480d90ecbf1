"""Predictions in YOLO txt: a file a picture, the confidence after the box, a track's id after that.

Boxes are ``class cx cy w h confidence``. A longer line is the outline of a segmentation (its hull is taken), and a
whole number at its end is a track's id (``yolo track``). Lines without a confidence are labels, and are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench.label.formats.faces import face_of_text
from workbench.label.formats.yolo_beside import is_label_file
from workbench.label.predictions.as_written import OtherReading, Written, confidence_of, number_of, where
from workbench.label.reading.outlines import hull
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.model.errors import InputError
from workbench.pictures.walking import Entry

_EXPECTED = "expected class cx cy w h confidence"
_BOX, _TRACKED = 6, 7


@dataclass
class _Lines:
    """All lines of a folder, and what their columns say only when seen together."""

    parts: list[list[str]] = field(default_factory=list)
    file: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)


def read_txt(source: Path, entries: Sequence[Entry]) -> Written:
    """Read a folder of YOLO txt predictions.

    Raises:
        InputError: naming the file and the first bad line.
    """
    files = [entry for entry in entries if is_label_file(entry)]
    written = Written(source, "YOLO txt", "cxcywh", "rel", "line", [entry.name for entry in files])
    lines = _Lines()
    for index, entry in enumerate(files):
        try:
            text = decode_text(read_bytes(entry.path))[0]
        except Refused as refusal:
            raise InputError(f"predictions {source / entry.name}: {refusal.reason}; write it again") from refusal
        for number, line in enumerate(text.splitlines(), start=1):
            parts = line.split()
            if parts:
                if "," in line:
                    place = where(source, entry.name, "line", number)
                    known = _known(entry.name, line)
                    raise InputError(
                        f"{place} holds commas; {known}{_EXPECTED}, with blanks between and a point in numbers"
                    )
                lines.parts.append(parts)
                lines.file.append(index)
                lines.place.append(number)
    tracked = _tracked(lines)
    _refuse_ids_for_confidence(written, lines)
    for row, parts in enumerate(lines.parts):
        _take(written, lines.file[row], lines.place[row], parts, tracked)
    _other_columns(written, lines)
    if tracked and any(len(parts) % 2 for parts in lines.parts):
        written.kind = "YOLO txt with track ids"
    return written


def _tracked(lines: _Lines) -> bool:
    """Whether all lines of an odd length end in a whole number, which then is a track's id."""
    return all(_is_whole(parts[-1]) for parts in lines.parts if len(parts) >= _TRACKED and len(parts) % 2)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _refuse_ids_for_confidence(written: Written, lines: _Lines) -> None:
    """``yolo track`` without ``save_conf`` ends its lines in the track's id, where the confidence belongs."""
    rows = [row for row, parts in enumerate(lines.parts) if len(parts) == _BOX and _is_class(parts[0])]
    last = [lines.parts[row][-1] for row in rows]
    if not rows or not all(map(_is_whole, last)):
        return
    # A track is once in a picture; a confidence of exactly 1 may well be there twice.
    once = len({(lines.file[row], text) for row, text in zip(rows, last, strict=True)}) == len(rows)
    if once:
        place = where(written.source, written.files[lines.file[rows[0]]], "line", lines.place[rows[0]])
        raise InputError(
            f"{place}: the sixth value is a whole number, {last[0]}, as in every line: track ids without a "
            "confidence, as yolo track writes them; run it with save_conf=True (or write a confidence of one as 1.0)"
        )


def _take(written: Written, file: int, line: int, parts: list[str], tracked: bool) -> None:
    place = where(written.source, written.files[file], "line", line)
    count = len(parts)
    if count < _BOX or (count > _TRACKED and count % 2 and not tracked):
        known = _known(written.files[file], " ".join(parts))
        what = "no confidence, as in labels: predict with save_conf=True; " if count >= _BOX - 1 else ""
        raise InputError(f"{place}: {known}{count} values; {what}{_EXPECTED}")
    if count == _TRACKED and not tracked:
        raise InputError(f"{place}: 7 values, and the last is no track's id; {_EXPECTED}")
    numbers = [number_of(part, place, "a box value") for part in parts[1 : _BOX - 1]]
    if count > _TRACKED:
        outline = [number_of(part, place, "a point") for part in parts[1 : count - (2 if count % 2 else 1)]]
        x0, y0, x1, y1 = hull(list(zip(outline[0::2], outline[1::2], strict=True)))
        numbers = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]
        written.kind = "YOLO txt of outlines, their hulls taken"
    if not _is_class(parts[0]):
        known = _known(written.files[file], " ".join(parts))
        raise InputError(f"{place}: {known}the class is {parts[0][:40]!r}, no class number; {_EXPECTED}")
    written.file.append(file)
    written.place.append(line)
    written.image_ids.append(None)
    written.file_names.append(None)
    written.classes.append(int(float(parts[0])))
    written.named.append(False)
    written.confidence.append(confidence_of(parts[-2 if count % 2 else -1], place))
    written.values.extend(numbers)


def _known(file: str, line: str) -> str:
    """What a line looks like that is none of ours, where its format is known by its face."""
    face = face_of_text(file, line)
    return "" if face is None or face.reads in ("yolo", "yolo-mark") else f"this looks like {face.title}; "


def _is_class(text: str) -> bool:
    try:
        return float(text) >= 0 and float(text).is_integer()
    except ValueError:
        return False


def _other_columns(written: Written, lines: _Lines) -> None:
    """What the columns may be besides: the confidence first, or a box before key points."""
    lengths = {len(parts) for parts in lines.parts}
    if lengths == {_BOX}:
        values = np.array([[float(part) for part in parts[2:]] for parts in lines.parts])
        written.other_readings = [
            OtherReading("class confidence cx cy w h", "cxcywh", "rel", values),
            OtherReading("class confidence xmin ymin xmax ymax in pixels", "xyxy", "px", values),
        ]
    elif lengths and min(lengths) > _TRACKED:
        values = np.array([[float(part) for part in parts[1:5]] for parts in lines.parts])
        written.other_readings = [OtherReading("class cx cy w h, key points, confidence", "cxcywh", "rel", values)]
