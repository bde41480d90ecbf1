"""`write_labels`: tables as label files, after saying what the format cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.label.formats import registry
from workbench.label.formats.spec import Spec
from workbench.label.writing.losses import Loss, held, losses_of, spec_to_write, writable
from workbench.label.writing.records import Columns
from workbench.label.writing.target import filled_folder, write_part
from workbench.machine.collector import paused_collector
from workbench.machine.helpers import Helpers, Task
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.wording import as_html, counted
from workbench.pictures.kinds import stem_of

_PART = 500
_NO_EXTRA = frozenset({*tables.TABLES["boxes"], *tables.READ_FROM})
_LOSSES = pd.Index(["what", "count", "message"])


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What was written, and what could not be.

    Attributes:
        out: the folder or file written.
        files: how many label files, with the class list and lists of pictures.
        boxes: how many boxes.
        losses: what the format could not hold, found before the first file was written.
        note: what the files say that the tables do not, because the format demands it; empty if nothing.
    """

    out: Path
    files: int
    boxes: int
    losses: tuple[Loss, ...]
    note: str = ""

    def to_json_dict(self) -> dict[str, object]:
        """The report as plain JSON values."""
        losses = [{"what": one.what, "count": one.count, "message": one.message} for one in self.losses]
        return {"out": str(self.out), "files": self.files, "boxes": self.boxes, "losses": losses, "note": self.note}

    @property
    def words(self) -> str:
        """What was written, in a sentence."""
        lost = "; nothing was lost" if not self.losses else ""
        note = f"; {self.note}" if self.note else ""
        return f"wrote {counted(self.boxes, 'boxes')} in {counted(self.files, 'label files')} to {self.out}{lost}{note}"

    def losses_table(self) -> pd.DataFrame:
        """The losses: what, count, message."""
        return pd.DataFrame([(one.what, one.count, one.message) for one in self.losses], columns=_LOSSES)

    def __repr__(self) -> str:
        return "\n".join([self.words, *map(repr, self.losses)])

    def _repr_html_(self) -> str:
        return as_html(self.words, self.losses_table())


class Target(NamedTuple):
    """Where to write what.

    Attributes:
        out: the folder to fill; for a format of one file it may be that file.
        format: one of `WRITABLE`.
        classes: all class names, in the order of their numbers.
        overwrite: replace label files that are there.
        refuse_losses: raise instead of writing where the format cannot hold everything.
    """

    out: Path
    format: str
    classes: Sequence[str]
    overwrite: bool = False
    refuse_losses: bool = False


@paused_collector()
def write_labels(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    out: Path | str,
    *,
    format: str,
    classes: Sequence[str],
    overwrite: bool = False,
    refuse_losses: bool = False,
    workers: int | None = None,
) -> WriteReport:
    """Write the tables as label files: all of them or none.

    Unlabelled pictures get no label file, empty ones an empty one. Boxes are written as they are; where the format
    holds shares of the picture they are cut at its edge, and the report says so.

    Args:
        images: the `images` table; ``image_id`` is the picture's relative path.
        boxes: the `boxes` table.
        out: the folder to fill; for a format of one file it may be that file. It must be new or empty.
        format: one of `WRITABLE`.
        classes: all class names, in the order of their numbers.
        overwrite: replace label files that are there.
        refuse_losses: raise instead of writing where the format cannot hold everything.
        workers: how many processors to use; as many as this process may if not given.

    Raises:
        InputError: for an unknown format, a class that `classes` lacks, a taken target, or losses when refused.
        TableError: if a table breaks the rules.
    """
    images = tables.validate(images, "images")
    boxes = tables.validate(boxes, "boxes")
    tables.check_references(images, boxes, "boxes")
    to = Target(Path(out), format, classes, overwrite, refuse_losses)
    with Helpers(workers) as helpers, begin_to_write(helpers, images, boxes, to) as finish:
        return finish()


@contextmanager
def begin_to_write(
    helpers: Helpers, images: pd.DataFrame, boxes: pd.DataFrame, to: Target
) -> Iterator[Callable[[], WriteReport]]:
    """Let helpers begin with the writing; the function that this gives does the rest of it and returns the report.

    The files appear when the block ends. The tables have been validated before.
    """
    spec = spec_to_write(to.format)
    names = _checked_classes(to.classes, boxes)
    losses = losses_of(images, boxes, spec)
    if losses and to.refuse_losses:
        raise InputError(
            f"{to.format} cannot hold everything: {losses[0].message}; write another format or accept the loss"
        )
    kept_images, kept = writable(images, boxes, spec)
    columns = _columns_of(kept_images, held(kept, spec))
    _refuse_twins(columns, spec)
    single = bool(spec.one_file) and to.out.suffix.lower() == Path(spec.one_file).suffix
    if single:
        _refuse_taken(to.out, to.overwrite)
    writer = registry.WRITERS[to.format]
    with filled_folder(to.out.parent if single else to.out, overwrite=to.overwrite or single) as folder:
        tasks: list[Task[int]] = []
        if not spec.one_file:
            helpers.start(len(columns.counts))
            some = partial(write_part, folder.base, writer, names)
            tasks = [helpers.submit(some, part) for part in columns.parts(_PART)]

        def finish() -> WriteReport:
            files = sum(task.result() for task in reversed(tasks))
            beside = registry.BESIDE.get(to.format)
            rest = writer(columns.records(), names) if spec.one_file else iter(())
            if beside is not None:
                rest = beside(columns.records(), names)
            for name, data in rest:
                folder.put(to.out.name if single and name == spec.one_file else name, data)
                files += 1
            say = registry.SAYS.get(to.format)
            return WriteReport(to.out, files, len(kept), losses, say(columns.pictures[4]) if say else "")

        try:
            yield finish
        finally:
            for task in tasks:
                task.drop()


def _checked_classes(classes: Sequence[str], boxes: pd.DataFrame) -> tuple[str, ...]:
    if isinstance(classes, str):
        raise InputError(f"classes: expected a list of names, got the text '{classes}'; write ['{classes}']")
    names = tuple(classes)
    for name in names:
        if (
            not name
            or name != name.strip()
            or any(ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029" for letter in name)
        ):
            raise InputError(
                f"classes: {name!r} is empty, has spaces at its ends or control characters; give a plain name"
            )
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"classes: '{twice}' is listed twice; every class needs its own number")
    unknown = sorted(set(boxes["class_name"].tolist()) - set(names))
    if unknown:
        count = int(boxes["class_name"].isin(unknown).sum())
        raise InputError(f"classes: {count} boxes have the class '{unknown[0]}', which the list lacks; add it")
    return names


def _refuse_twins(columns: Columns, spec: Spec) -> None:
    if spec.one_file:
        return
    seen: dict[str, str] = {}
    for image in columns.pictures[0]:
        key = stem_of(image)
        if key in seen:
            raise InputError(f"'{image}' and '{seen[key]}' would share one label file; rename one picture")
        seen[key] = image


def _refuse_taken(target: Path, overwrite: bool) -> None:
    if target.is_symlink() or target.is_dir() or (target.exists() and not overwrite):
        raise InputError(f"{target} is there already; choose another name or ask to overwrite")


def _columns_of(images: pd.DataFrame, boxes: pd.DataFrame) -> Columns:
    """The two tables with the boxes in the order of `images`; a box of no such picture is left out."""
    ids = images["image_id"].tolist()
    place = {name: index for index, name in enumerate(ids)}
    owner = np.array([place.get(name, -1) for name in boxes["image_id"].tolist()], dtype=np.int64)
    rows = np.argsort(owner, kind="stable")[np.count_nonzero(owner < 0) :]
    if len(rows) < len(owner) or (np.diff(owner) < 0).any():
        boxes, owner = boxes.iloc[rows], owner[rows]
    wide, high = (images[side].fillna(0).astype(int).tolist() for side in ("width", "height"))
    splits = [value if isinstance(value, str) else None for value in images["split"].tolist()]
    return Columns(
        (list(map(str, ids)), wide, high, images["label_status"].tolist(), splits),
        np.bincount(owner, minlength=len(ids)).tolist(),
        tuple(boxes[name].tolist() for name in ("class_name", *CORNERS, "ignore", "labeller")),
        {str(key): list(map(_set, boxes[key].tolist())) for key in boxes.columns if key not in _NO_EXTRA},
    )


def _set(value: Any) -> Any:
    """The value, or None where nothing is set."""
    if value is pd.NA or (isinstance(value, float) and value != value) or (isinstance(value, str) and not value):
        return None
    return value
