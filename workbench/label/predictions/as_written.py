"""Predictions as a tool wrote them, before anyone asked which picture, which class and which corners they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from workbench.label.reading.raw import Layout, Unit
from workbench.label.reading.resolve import LARGEST
from workbench.model.errors import InputError
from workbench.model.geometry import Boxes


@dataclass(frozen=True)
class OtherReading:
    """Other columns that the same lines may mean.

    Attributes:
        words: what the columns would be.
        layout: of `values`.
        unit: of `values`.
        values: shape (n, 4).
    """

    words: str
    layout: Layout
    unit: Unit
    values: Boxes


@dataclass
class Written:
    """All predictions of one source, a row each, in the order of the source.

    Attributes:
        source: the file or folder that was given.
        kind: what it is, in words.
        layout: what the four numbers are.
        unit: what they count.
        row_word: what a row is called in a message: ``entry``, ``row`` or ``line``.
        files: the files below `source`, or one empty text where `source` is a file.
        file: index into `files` per row.
        place: number of the entry or line in its file per row.
        image_ids: what a row gives as its picture's id, or None.
        file_names: what a row gives as its picture's name, or None.
        classes: name or number of the class per row.
        named: whether this is surely a name, per row.
        confidence: per row.
        values: four numbers per row, flat.
        own_images: names of pictures by id, where the source brings a table of its own.
        own_classes: names of classes by id, likewise.
        counted_from_1: the tool is known to count classes from 1.
        other_readings: what else the columns may be.
        called_so: no row names its picture, and the source's own name stands for it.
        box_asked: why the source's boxes cannot be read without ``box_format``, or empty.
        notes: what a person should know of the source.
    """

    source: Path
    kind: str
    layout: Layout = "xywh"
    unit: Unit = "px"
    row_word: str = "entry"
    files: list[str] = field(default_factory=lambda: [""])
    file: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    image_ids: list[Any] = field(default_factory=list)
    file_names: list[str | None] = field(default_factory=list)
    classes: list[Any] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    own_images: dict[str, str] = field(default_factory=dict)
    own_classes: dict[str, str] = field(default_factory=dict)
    counted_from_1: bool = False
    other_readings: list[OtherReading] = field(default_factory=list)
    called_so: bool = False
    box_asked: str = ""
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """How many predictions."""
        return len(self.confidence)

    @property
    def is_txt(self) -> bool:
        """Whether these are text files of class numbers, as YOLO's tools write them."""
        return self.row_word == "line"

    def array(self) -> Boxes:
        """The numbers as written, shape (n, 4)."""
        return np.asarray(self.values, dtype=np.float64).reshape(-1, 4)

    def where(self, row: int) -> str:
        """Where a row stands, as a message begins."""
        return where(self.source, self.files[self.file[row]], self.row_word, self.place[row])


def where(source: Path, file: str, word: str, number: int) -> str:
    """Where an entry stands, as a message begins."""
    if word == "line":
        return f"predictions {source / file}, line {number}"
    return f"predictions {source / file if file else source}: {word} {number}"


def confidence_of(value: Any, place: str) -> float:
    """A confidence from 0 to 1.

    Raises:
        InputError: if it is missing, no number or out of range.
    """
    if value is None or value == "":
        raise InputError(f"{place}: no confidence ('score'); every prediction needs one from 0 to 1")
    number = number_of(value, place, "confidence")
    if not 0 <= number <= 1:
        advice = "; if it is in percent, divide by 100" if 1 < number <= 100 else ""
        raise InputError(f"{place}: confidence is {number:g}; expected a value from 0 to 1{advice}")
    return number


def number_of(value: Any, place: str, what: str) -> float:
    """A finite number.

    Raises:
        InputError: if it is none.
    """
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{place}: {what} is {str(value)[:40]!r}; expected a number") from error
    if not abs(number) < LARGEST:
        raise InputError(f"{place}: {what} is {value}; expected a finite number, drop or mend the entry")
    return number


def four_numbers(values: Any, place: str) -> tuple[float, float, float, float]:
    """The four numbers of a box.

    Raises:
        InputError: if they are not four finite numbers.
    """
    if not isinstance(values, list | tuple) or len(values) != 4:
        raise InputError(f"{place}: bbox is {str(values)[:40]}; expected four numbers x, y, width, height")
    a, b, c, d = (number_of(value, place, "a box value") for value in values)
    return a, b, c, d
