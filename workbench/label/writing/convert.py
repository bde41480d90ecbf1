"""`convert`: label files of one format into another, problems and losses said before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.label.check.check_report import CheckReport
from workbench.label.check.engine import check_with
from workbench.label.reading.read import read_with
from workbench.label.writing.fixing import fix_labels
from workbench.label.writing.write import Target, WriteReport, begin_to_write
from workbench.machine.collector import paused_collector
from workbench.machine.helpers import Helpers
from workbench.model.errors import InputError
from workbench.model.wording import as_html, counted


@dataclass(frozen=True)
class ConvertReport:
    """What a conversion did.

    Attributes:
        check: what was wrong with the source.
        written: what was written, and what the target could not hold.
        fixed: what ``fix`` changed, one line each.
        left_out: pictures of which a label could not be read, with the number of such labels. Nothing is written for
            them: a file that lacks an object, or is empty, would say that there is nothing.
    """

    check: CheckReport
    written: WriteReport
    fixed: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong with the source, nothing was lost and no picture left out."""
        return self.check.ok and not self.written.losses and not self.left_out

    @property
    def left_out_words(self) -> str:
        """Which pictures were left out and why, in a sentence; empty where none was."""
        if not self.left_out:
            return ""
        some = ", ".join(list(self.left_out)[:5]) + (", ..." if len(self.left_out) > 5 else "")
        return (
            f"left out {counted(len(self.left_out), 'pictures')} with {counted(sum(self.left_out.values()), 'labels')} "
            f"that could not be read: {some}; mend these and convert again"
        )

    def __repr__(self) -> str:
        left_out = [self.left_out_words] if self.left_out else []
        fixed = [f"fixed: {line}" for line in self.fixed]
        return "\n".join([self.check.words, *fixed, repr(self.written), *left_out])

    def _repr_html_(self) -> str:
        fixed = [f"fixed: {line}" for line in self.fixed]
        left_out = [self.left_out_words] if self.left_out else []
        return as_html([self.check.words, *fixed, self.written.words, *left_out], self.written.losses_table())

    def to_json_dict(self) -> dict[str, Any]:
        """The check's ``problems`` and ``summary``, with ``written``, ``fixed`` and ``left_out`` beside them."""
        return {
            **self.check.to_json_dict(),
            "written": self.written.to_json_dict(),
            "fixed": list(self.fixed),
            "left_out": self.left_out,
        }


@paused_collector()
def convert(
    labels: Path | str,
    out: Path | str,
    *,
    to: str,
    format: str | None = None,
    images: Path | str | None = None,
    fix: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
) -> ConvertReport:
    """Read, check, and write in another format; the source is never touched.

    Args:
        labels: label files.
        out: a new or empty folder (or file, for formats of one file).
        to: the format to write.
        format: the format to read; found out if not given.
        images: the pictures folder.
        fix: write what the check says the boxes should be.
        overwrite: replace label files that are in `out`.
        workers: how many processors to use; as many as this process may if not given.
            What is written is the same.

    Raises:
        InputError: for unreadable input, an unknown format or a taken target.
    """
    source = Path(labels).resolve()
    if Path(out).resolve() == (source if source.is_dir() else source.parent) and overwrite:
        raise InputError(f"{out} holds the source; choose another folder, the original is never overwritten")
    with Helpers(workers) as helpers:
        read = read_with(helpers, labels, images=images, format=format)
        target = Target(Path(out), to, read.classes, overwrite)
        if not fix:
            # What is written does not wait for what the check says; it appears when both are done.
            unread = read.unread
            with begin_to_write(helpers, *_without(unread, read.images, read.boxes), target) as finish:
                report = check_with(helpers, read)
                return ConvertReport(report, finish(), left_out=unread)
        report = check_with(helpers, read)
        fixed = fix_labels(read, report.explanation)
        with begin_to_write(helpers, *_without(fixed.unread, fixed.images, fixed.boxes), target) as finish:
            return ConvertReport(report, finish(), fixed.changes, fixed.unread)


def _without(unread: dict[str, int], images: pd.DataFrame, boxes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not unread:
        return images, boxes
    kept = (table[~table["image_id"].isin(list(unread))].reset_index(drop=True) for table in (images, boxes))
    return next(kept), next(kept)
