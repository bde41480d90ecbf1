"""`read_labels`: label files of any known format as tables, with every problem beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.formats import detect, faces, registry
from workbench.label.reading.picture_names import Pictures, find_pictures
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.resolve import Resolved, resolve
from workbench.label.reading.sources import existing
from workbench.label.reading.to_tables import boxes_table, images_table
from workbench.label.reading.unread import unread_objects
from workbench.label.reading.user_splits import take_splits
from workbench.machine.collector import paused_collector
from workbench.machine.helpers import Helpers
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.wording import as_html, counted
from workbench.pictures.file_names import id_key


@dataclass(frozen=True)
class Labels:
    """What label files say, as they say it.

    Attributes:
        format: the format they were read as.
        reason: why this format was chosen, or ``as asked``.
        images: the `images` table: every picture of the pictures folder, and label files whose picture is missing.
            ``label_status`` is ``labelled``, ``empty`` (a label file without objects) or ``unlabelled`` (no file).
            Further columns: declared_width, declared_height, label_file, picture_file (where it lies on this disk).
        boxes: the `boxes` table of valid boxes in upright pixels, as written. Further columns: line, label_file, and
            what the format has (points, truncated, difficult, ...).
        problems: the `problems` table; every object that could not be taken is here with its values.
        classes: in the order of the format's own list, else by first appearance.
    """

    format: str
    reason: str
    images: pd.DataFrame
    boxes: pd.DataFrame
    problems: pd.DataFrame
    classes: tuple[str, ...]
    found: Found = field(repr=False)

    def __repr__(self) -> str:
        counts = self.images["label_status"].value_counts()
        kinds = f" ({', '.join(f'{count} {status}' for status, count in counts.items())})" if len(counts) else ""
        classes = f" of {', '.join(self.classes)}" if self.classes else ""
        return (
            f"{self.format} labels ({self.reason}): {counted(len(self.images), 'pictures')}{kinds}, "
            f"{counted(len(self.boxes), 'boxes')}{classes}; {counted(len(self.problems), 'problems')}"
        )

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.problems[["severity", "code", "file", "message", "fix"]])

    def renamed(self, names: Mapping[str, str]) -> Labels:
        """The same labels with other class names; several may become one.

        Args:
            names: old name to new one.

        Raises:
            InputError: if there is no class of an old name.
        """
        known = dict.fromkeys([*self.classes, *self.boxes["class_name"]])
        unknown = [name for name in names if name not in known]
        if unknown:
            there = ", ".join(map(repr, known)) or "none"
            raise InputError(f"there is no class {unknown[0]!r} to rename; the labels have: {there}")
        boxes = self.boxes.assign(class_name=self.boxes["class_name"].replace(dict(names)))
        return replace(self, boxes=boxes, classes=tuple(dict.fromkeys(names.get(name, name) for name in self.classes)))

    @property
    def unread(self) -> dict[str, int]:
        """How many objects could not be read, for every picture (image_id) of which that is so.

        Such a picture is never *empty*: nobody knows what its labels say, or only in part.
        """
        return self.found.unread

    def as_work(self) -> pd.DataFrame:
        """The `images` table as a project takes it: where objects could not be read, the picture is ``returned``.

        Such a picture keeps its boxes and waits for another look; until then it is neither learned from nor counted.
        """
        partly = self.images["image_id"].isin(list(self.unread)) & (self.images["label_status"] == "labelled")
        return self.images.assign(label_status=self.images["label_status"].mask(partly, "returned"))

    @property
    def chosen(self) -> dict[str, str]:
        """The format and why it was chosen, for JSON."""
        return {"format": self.format, "reason": self.reason}

    @property
    def class_ids(self) -> dict[Any, str]:
        """The numbers that the format gives its classes itself, as COCO does."""
        return dict(self.found.raw.class_ids)

    @property
    def unclear_class_ids(self) -> dict[int, tuple[str, ...]]:
        """Numbers that several files use for several classes."""
        return dict(self.found.raw.unclear_ids)

    @property
    def picture_ids(self) -> dict[str, tuple[str, ...]]:
        """The image_id of the pictures to which the label files give an id of their own (COCO), by that id."""
        places: dict[str, dict[str, None]] = {}
        for record, image_id in zip(self.found.raw.files, self.found.resolved.image_ids, strict=True):
            number = (record.extra or {}).get("coco_id")
            if number is not None:
                places.setdefault(id_key(number), {})[image_id] = None
        return {number: tuple(names) for number, names in places.items()}

    @property
    def picture_names(self) -> dict[str, tuple[str, ...]]:
        """The image_id of the pictures that the label files name, by the name as they write it."""
        places: dict[str, dict[str, None]] = {}
        for record, image_id in zip(self.found.raw.files, self.found.resolved.image_ids, strict=True):
            if record.picture is not None:
                places.setdefault(record.picture, {})[image_id] = None
        return {name: tuple(ids) for name, ids in places.items()}


@dataclass(frozen=True)
class Found:
    """The rows as read, for the check: numbers as written, their pictures, and problems that are not yet a table."""

    source: Path
    raw: RawLabels
    pictures: Pictures
    resolved: Resolved
    problems: list[Problem]
    others: dict[str, int]

    @cached_property
    def unread(self) -> dict[str, int]:
        """See `unread_objects`."""
        return unread_objects(self.raw, self.resolved, self.pictures)


def read_labels(
    labels: Path | str, *, images: Path | str | None = None, format: str | None = None, workers: int | None = None
) -> Labels:
    """Read label files of any known format; what cannot be read is reported, never dropped in silence.

    Args:
        labels: the labels folder, or the one file that holds them all (COCO, CVAT, Label Studio, data.yaml, obj.data).
        images: the pictures folder; looked for beside the labels if not given.
        format: one of `FORMATS`; found out from the content if not given.
        workers: how many processors to use; as many as this process may if not given. The result is the same.

    Raises:
        InputError: if `labels` or `images` is not there, or the format is unknown.
    """
    with Helpers(workers) as helpers:
        return read_with(helpers, labels, images=images, format=format)


@paused_collector()
def read_with(helpers: Helpers, labels: Path | str, *, images: Path | str | None, format: str | None) -> Labels:
    """`read_labels` with helpers that run already."""
    source = existing(Path(labels), "labels")
    folder = existing(Path(images), "pictures") if images is not None else None
    chosen = detect.choose(source, format)
    if not source.is_dir() and chosen.root != source.parent:
        source = chosen.root  # A data.yaml may lie apart from its set.
    raw = registry.read(chosen, helpers)
    raw.problems += _said_of(chosen)
    found = find_rows(source, raw, find_pictures(source, folder, raw.files, helpers), chosen.others)
    return Labels(
        chosen.format,
        chosen.reason,
        images_table(raw, found.resolved, found.pictures, found.unread),
        boxes_table(raw, found.resolved),
        problems_table(found.problems),
        raw.classes or tuple(dict.fromkeys(raw.names)),
        found,
    )


def _said_of(chosen: detect.Chosen) -> list[Problem]:
    """What the choice of the format leaves to say: files beside that are not read, and what a kind of file lacks."""
    problems = [Problem("classes-not-everywhere", said, name) for name, said in chosen.remarks.items()]
    for name, count in chosen.unread.items():
        face = faces.named(name)
        are = "is" if count == 1 else "are"
        message = f"{counted(count, 'files')} {are} {face.title}, which is not read"
        problems.append(Problem("mixed-formats", message, fix=f"{face.advice[:1].upper()}{face.advice[1:]}."))
    return problems


def find_rows(source: Path, raw: RawLabels, pictures: Pictures, others: dict[str, int]) -> Found:
    """Match what was read with its pictures, and convert it."""
    problems = list(raw.problems)
    folder = source if source.is_dir() else source.parent
    resolved = resolve(raw, pictures, problems, folder)
    take_splits(raw, pictures, resolved.picture.tolist(), folder)
    return Found(source, raw, pictures, resolved, problems, others)


def problems_table(problems: list[Problem]) -> pd.DataFrame:
    """The `problems` table of a list of findings, severities and advice filled in from the catalogue."""
    rows: list[dict[str, Any]] = []
    for problem in problems:
        code = CATALOGUE[problem.code]
        rows.append(
            {
                "code": problem.code,
                "severity": problem.severity or code.severity,
                "file": problem.file,
                "line": problem.line,
                "image": problem.image,
                "box": problem.box,
                "message": f"{code.title}: {problem.message}",
                "fix": problem.fix or code.fix,
            }
        )
    return tables.from_rows("problems", rows)
