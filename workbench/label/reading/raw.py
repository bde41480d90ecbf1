"""Label files as they were read, before anyone asked what they mean.

A reader fills one `RawLabels`: a row per object with the four numbers as the file wrote them. What these numbers are
(corners or centre, pixels or shares of the picture) stands once for the whole set, so that the check can try another
reading of the same numbers without opening a file again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Layout = Literal["xyxy", "xywh", "cxcywh"]
Unit = Literal["px", "rel", "percent"]


_OURS = frozenset({"ignore", "labeller", "points", "keypoints", "shape"})
"""Sparse columns that mean something to whoever reads them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one place; `code` is a key of the catalogue, which also holds its severity.

    Attributes:
        code: the catalogue's code.
        message: what is wrong, with the values.
        file: label file, relative to the labels folder.
        line: 1-based line in that file.
        image: the picture's image_id.
        box: the values as written.
        fix: what to do; the catalogue's advice if not given.
        severity: another severity than the catalogue's, where one case is milder.
    """

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    image: str | None = None
    box: str | None = None
    fix: str | None = None
    severity: str | None = None


@dataclass(slots=True)
class RawFile:
    """The labels of one picture: a file of its own, or one entry of a file for many.

    Attributes:
        name: label file relative to the labels folder, POSIX, NFC.
        key: what it shares with its picture: a path without extension.
        picture: the picture's name as the file writes it, or None.
        width: the width the file declares, 0 if it does not.
        height: the height the file declares, 0 if it does not.
        line: where this entry starts in a file of many.
        split: ``train``, ``val``, ``test`` where the format says so.
        labelled: false for an entry that only lists a picture nobody has labelled yet.
        labeller: who labelled it, where the format says so.
        extra: what else the format says of the picture (lead time, ids).
        other: another name that the picture may have, where none is called `picture` (an upload without its prefix).
        unread: how many objects on it are known to be there and could not be read, beside those that `problems` name.
    """

    name: str
    key: str
    picture: str | None = None
    width: int = 0
    height: int = 0
    line: int | None = None
    split: str | None = None
    labelled: bool = True
    labeller: str = ""
    extra: dict[str, Any] | None = None
    other: str | None = None
    unread: int = 0

    def __reduce__(self) -> tuple[type[RawFile], tuple[Any, ...]]:
        """As arguments: helpers send many of these, and a dataclass with slots would be three times as slow."""
        return RawFile, tuple(getattr(self, name) for name in self.__slots__)


@dataclass(slots=True)
class RawLabels:
    """All that one read of a labels folder or file found; row i is `file[i]`, `line[i]`, `names[i]`, `values[4i:4i+4]`.

    Attributes:
        format: the format's name.
        layout: what the four numbers are.
        unit: what they count.
        files: one per label file or entry.
        file: index into `files` per row.
        line: 1-based line per row, 0 if the format has none.
        names: class name per row.
        values: four numbers per row, flat.
        extras: sparse columns: name to {row: value}.
        problems: what the reader could not take.
        classes: in the order the format gives; empty if it has no list.
        class_ids: the numbers the format gives its classes, where it does (COCO's category ids, YOLO's).
        unclear_ids: numbers that several files of the set use for several classes, with these.
        listed: pictures that lists name, as (list file, line, name, split).
        picture_splits: split per picture name, as the lists say.
        split_places: the folders and lists that data.yaml names.
        split_same: two splits that are the same pictures, as a sentence each with the file that says so.
        split_overlaps: pictures that stand in two splits, as (file, line, picture, who says what).
        folders: files and folders seen beside the labels, against which these places are held.
        notes: counts of habits worth one line (absolute paths, character entities, ...).
    """

    format: str
    layout: Layout
    unit: Unit
    files: list[RawFile] = field(default_factory=list)
    file: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    extras: dict[str, dict[int, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    classes: tuple[str, ...] = ()
    class_ids: dict[int, str] = field(default_factory=dict)
    unclear_ids: dict[int, tuple[str, ...]] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    picture_splits: dict[str, str] = field(default_factory=dict)
    split_places: list[SplitPlace] = field(default_factory=list)
    split_same: list[tuple[str, str]] = field(default_factory=list)
    split_overlaps: list[tuple[str, int | None, str, str]] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        """How many objects were read."""
        return len(self.file)

    def add(self, file: int, line: int, name: str, values: tuple[float, float, float, float]) -> int:
        """Append one object and return its row."""
        self.file.append(file)
        self.line.append(line)
        self.names.append(name)
        self.values.extend(values)
        return len(self.file) - 1

    def extend(self, file: int, lines: list[int], names: list[str], values: list[float]) -> None:
        """Append all objects of one file."""
        self.file += [file] * len(lines)
        self.line += lines
        self.names += names
        self.values += values

    def append(self, part: RawLabels) -> None:
        """Append what was read from further files of the same set."""
        first_file, first_row = len(self.files), len(self)
        self.files += part.files
        self.file += [first_file + index for index in part.file]
        self.line += part.line
        self.names += part.names
        self.values += part.values
        for column, cells in part.extras.items():
            self.extras.setdefault(column, {}).update({first_row + row: value for row, value in cells.items()})
        self.problems += part.problems
        self.listed += part.listed
        for habit, count in part.notes.items():
            self.note(habit, count)

    def mark(self, column: str, row: int, value: Any) -> None:
        """Set one cell of a sparse column."""
        self.extras.setdefault(column, {})[row] = value

    def mark_attribute(self, name: str, row: int, value: Any) -> None:
        """Set one cell of what a file says besides; its name is the file's, and never one whose meaning is ours."""
        self.mark(f"{name}_attribute" if name in _OURS else name, row, value)

    def note(self, habit: str, count: int = 1) -> None:
        """Count a habit of the files that deserves one line in the report, not one per file."""
        self.notes[habit] = self.notes.get(habit, 0) + count

    def array(self) -> npt.NDArray[np.float64]:
        """The numbers as written, shape (n, 4)."""
        import numpy as np  # a helper only reads, and would be ready a tenth of a second later

        return np.asarray(self.values, dtype=np.float64).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class Listed:
    """A picture that a list file names.

    Attributes:
        file: the list file, relative to the labels folder.
        line: 1-based line.
        name: the path as written.
        split: which part of the set the list is for.
        named: whether data.yaml names the list; what it says comes before what other lists say.
    """

    file: str
    line: int
    name: str
    split: str | None
    named: bool = False


@dataclass(frozen=True, slots=True)
class SplitPlace:
    """A folder or a list that data.yaml gives a split.

    Attributes:
        file: the data.yaml, as it is called in messages.
        split: ``train``, ``val`` or ``test``.
        place: the path as written.
        folder: where the data.yaml lies.
        base: its ``path``, or empty.
    """

    file: str
    split: str
    place: str
    folder: Path
    base: str = ""


def side_of(value: Any) -> int:
    """A side of a picture as a file declares it, a number or its text; 0 where it declares none."""
    try:
        number = 0.0 if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    return int(number) if 0 < number < 2**31 else 0


def written(values: Iterable[float]) -> str:
    """Numbers as a message shows them: no more digits than they need."""
    return " ".join(f"{value:.6g}" for value in values)
