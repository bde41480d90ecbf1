"""Tables of boxes: CSV with a line of names (TensorFlow, VoTT, makesense, Kaggle …), RetinaNet's without, Open Images.

What the four columns are, their names say; whether they are pixels or shares of the picture, their values: where none
of a set is above 1, they are shares. Open Images always has shares, and the classes' names in a table beside.
"""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterator, Sequence

from workbench.label.formats.picture_rows import PictureRows, are_shares, four, texts
from workbench.label.formats.table_columns import (
    WORDS,
    Columns,
    cells_of,
    columns_of,
    columns_without_header,
    delimiter_of,
)
from workbench.label.reading.raw import Problem, RawFile, RawLabels, side_of
from workbench.pictures.file_names import nfc
from workbench.pictures.split_words import OUTER, split_of_cell
from workbench.pictures.walking import Entry

NO_CLASS = "object"
_TRUE = ("1", "1.0", "true", "yes")


def columns_at(text: str) -> Columns | None:
    """What the columns of a table are, from its first line; None where it is no table of boxes."""
    line = next((one for one in text.splitlines() if one.strip()), "")
    cells = cells_of(line)
    return columns_of(cells) or columns_without_header(cells)


def is_open_images(header: Sequence[str]) -> bool:
    """Whether a table's first line is that of Open Images."""
    return {"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"} <= set(header)


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read tables of boxes; all must have their boxes in the same way."""
    return _read("csv", entries)


def read_open_images(entries: Sequence[Entry]) -> RawLabels:
    """Read Open Images' tables of boxes."""
    raw = _read("open-images", entries)
    raw.unit = "rel"
    words = _descriptions(entries)
    raw.names = [words.get(name, name) for name in raw.names]
    if any(name.startswith("/m/") for name in raw.names):
        message = "the classes are ids such as /m/01g317; class-descriptions-boxable.csv has their names"
        raw.problems.append(Problem("class-names-missing", message, fix="Put that table beside the others."))
    return raw


def _read(name: str, entries: Sequence[Entry]) -> RawLabels:
    raw = RawLabels(name, "xyxy", "px")
    known: Columns | None = None
    for entry, text in texts(raw, entries):
        columns = columns_at(text)
        if columns is None:
            if _is_descriptions(entry, text):
                continue
            message = "its first line names no picture and box, as filename,class,xmin,ymin,xmax,ymax do"
            # Beside tables of boxes lie others, of pictures or of results.
            severity = "info" if len(entries) > 1 else None
            raw.problems.append(Problem("not-this-format", message, entry.name, severity=severity))
            continue
        if known is not None and columns.layout != known.layout:
            message = f"has {WORDS[columns.layout]}, the tables before have {WORDS[known.layout]}"
            raw.problems.append(Problem("not-this-format", message, entry.name, fix="Read each by itself."))
            continue
        known = known or columns
        raw.layout = known.layout
        _take(raw, entry, text, columns)
    if are_shares(raw.values):
        raw.unit = "rel"
    if known is not None and known.kind < 0:
        message = f"no column holds the class; every box is called '{NO_CLASS}'"
        raw.problems.append(Problem("class-names-missing", message, fix="Add a column 'class'."))
    return raw


def _take(raw: RawLabels, entry: Entry, text: str, columns: Columns) -> None:
    pictures = PictureRows(raw, entry)
    needed = max(columns.picture, *columns.box)
    for line, cells in _rows(raw, entry, text):
        if line < columns.first:
            continue
        said = " ".join(cells[place] for place in columns.box if place < len(cells))
        index = pictures.index(cells[columns.picture], line) if columns.picture < len(cells) else None
        if len(cells) <= needed:
            message = f"has {len(cells)} cells, expected {needed + 1} or more"
            pictures.refuse("line-syntax", message, line, pictures.picture(index), said)
            continue
        if index is None:
            continue
        record = raw.files[index]
        if columns.size[0] >= 0 and not record.width and max(columns.size) < len(cells):
            record.width, record.height = (side_of(cells[place]) for place in columns.size)
        if 0 <= columns.split < len(cells):
            _take_split(raw, record, line, split_of_cell(cells[columns.split]))
        given = _box(cells, columns)
        if not any(str(one).strip() for one in given):
            continue  # a picture that was looked at and has nothing
        values = four(given)
        if values is None:
            pictures.refuse("not-a-number", "the box is not four numbers", line, record.picture, said)
            continue
        name = NO_CLASS
        if columns.kind >= 0:
            name = nfc(cells[columns.kind]) if columns.kind < len(cells) else ""
            if not name:
                pictures.refuse("class-name-empty", "the row has no class", line, record.picture, said)
                continue
        if columns.by_number and name.isdecimal():
            name = f"class_{name}"
        row = raw.add(index, line, name, values)
        _mark(raw, row, cells, columns)


def _take_split(raw: RawLabels, record: RawFile, line: int, said: str | None) -> None:
    """Of the splits that rows give a picture, the one further from training holds."""
    if said and record.split and said != record.split:
        who = f"{record.split} by a row before, {said} by this one"
        raw.split_overlaps.append((record.name, line, record.picture or record.key, who))
        record.split = min(said, record.split, key=OUTER.index)
    else:
        record.split = said or record.split


def _mark(raw: RawLabels, row: int, cells: Sequence[str], columns: Columns) -> None:
    if 0 <= columns.ignore < len(cells) and cells[columns.ignore].lower() in _TRUE:
        raw.mark("ignore", row, True)
    # Open Images writes how sure a person was, and always 1.
    if 0 <= columns.confidence < len(cells) and cells[columns.confidence] and raw.format != "open-images":
        raw.mark("confidence", row, cells[columns.confidence])
        raw.note("confidence-in-labels")
    for place, name in columns.others:
        if place < len(cells) and cells[place]:
            raw.mark_attribute(nfc(name), row, cells[place])


def _rows(raw: RawLabels, entry: Entry, text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((one for one in text.splitlines() if one.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(first))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raw.problems.append(Problem("line-syntax", f"{error}; the rest was not read", entry.name, reader.line_num))


def _box(cells: Sequence[str], columns: Columns) -> Sequence[object]:
    """The four values, also out of one cell such as ``[834.0, 222.0, 56.0, 36.0]``."""
    if len(columns.box) == 4:
        return [cells[place] for place in columns.box]
    cell = cells[columns.box[0]]
    try:
        found = ast.literal_eval(cell) if len(cell) < 200 else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        found = None
    return found if isinstance(found, list | tuple) else cell.split()


def _is_descriptions(entry: Entry, text: str) -> bool:
    cells = cells_of(next(iter(text.splitlines()), ""))
    called = "class-descriptions" in entry.name.rsplit("/", 1)[-1].lower()
    return len(cells) == 2 and (called or cells[0].startswith("/m/"))


def _descriptions(entries: Sequence[Entry]) -> dict[str, str]:
    """Names of Open Images' class ids, from the tables beside."""
    found: dict[str, str] = {}
    for entry, text in texts(RawLabels("csv", "xyxy", "px"), entries):
        if _is_descriptions(entry, text):
            found.update(
                (cells[0].strip(), nfc(cells[1].strip())) for cells in csv.reader(io.StringIO(text)) if len(cells) == 2
            )
    return found
