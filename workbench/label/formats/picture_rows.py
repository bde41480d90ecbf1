"""Text of boxes, read without trust: a file a picture, or rows of many pictures, each of which gets an entry."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from workbench.label.formats.yolo_beside import take_list
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import MAX_DATASET_BYTES, MAX_LABEL_BYTES, Refused, decode_text, read_bytes
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, without_suffix
from workbench.pictures.split_words import LISTS
from workbench.pictures.walking import Entry

_SEVERAL = re.compile(r"[\s,]")
_ROOT = re.compile(r"\A(?:[A-Za-z][\w+.-]*:[\\/]*|[\\/]+|(?:\.\.?[\\/])+)")


def texts(raw: RawLabels, entries: Sequence[Entry], *, many: bool = True) -> Iterator[tuple[Entry, str]]:
    """The text of each file; what cannot be read is a problem.

    Args:
        raw: where problems go.
        entries: the files.
        many: whether a file holds a whole set, and may be large.
    """
    for entry in entries:
        try:
            if entry.outside:
                raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
            text, encoding = decode_text(read_bytes(entry.path, MAX_DATASET_BYTES if many else MAX_LABEL_BYTES))
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        if encoding != "utf-8":
            raw.note("encoding")
        yield entry, text


def label_texts(raw: RawLabels, entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """The text of each file of one picture's labels; of a list of pictures (``train.txt``) the names are noted."""
    for entry, text in texts(raw, entries, many=False):
        split = LISTS.get(base_name(entry.name).lower())
        lines = text.splitlines()
        # A picture may be called test.jpg, and its label file test.txt.
        if split and text.split() and not any(_SEVERAL.search(line.strip()) for line in lines):
            take_list(raw, entry.name, lines, split)
        else:
            yield entry, text


class PictureRows:
    """The pictures of one file, each with one entry."""

    def __init__(self, raw: RawLabels, entry: Entry) -> None:
        """Take the pictures of `entry`."""
        self._raw = raw
        self._entry = entry
        self._places: dict[str, int] = {}

    def index(self, named: str, line: int | None = None, *, labelled: bool = True) -> int | None:
        """The place of a picture in ``raw.files``, where it is entered when it is first named; None without a name."""
        place = self._places.get(named)
        if place is not None:
            return place
        picture = nfc(named.strip())
        if not picture:
            self._raw.problems.append(Problem("missing-field", "names no picture", self._entry.name, line))
            return None
        # A path of another machine is only compared with the pictures here: what it starts with does not matter.
        safe = safe_name(_ROOT.sub("", picture))
        if safe is None:
            message = f"the picture is '{printable(picture)[:120]}'"
            self._raw.problems.append(Problem("path-outside", message, self._entry.name, line))
            safe = base_name(picture)
        record = RawFile(self._entry.name, without_suffix(safe), safe, line=line, labelled=labelled)
        self._raw.files.append(record)
        self._places[named] = len(self._raw.files) - 1
        return self._places[named]

    def picture(self, index: int | None) -> str | None:
        """What the picture at a place is called; None where there is none."""
        return None if index is None else self._raw.files[index].picture

    def refuse(self, code: str, message: str, line: int | None, picture: str | None, said: str | None = None) -> None:
        """Report a row that was not taken."""
        self._raw.problems.append(
            Problem(code, message, self._entry.name, line, picture, said and printable(said)[:60])
        )


def four(values: Sequence[object]) -> tuple[float, float, float, float] | None:
    """Four numbers, or None where one is none."""
    try:
        a, b, c, d = (float(value) for value in values)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return a, b, c, d


def are_shares(values: Sequence[float]) -> bool:
    """Whether values are shares of the picture: none is above 1, and not all are whole."""
    finite = [value for value in values if math.isfinite(value)]
    return bool(finite) and max(finite) <= 1 and not all(value.is_integer() for value in finite)
