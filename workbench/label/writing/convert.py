"""`convert`: label files of one format into another, problems and losses said before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.label.check.check_report import CheckReport
from workbench.label.check.engine import check_with
from workbench.label.reading.read import read_with
from workbench.label.writing.fixing import fix_labels
from workbench.label.writing.write import Target, WriteReport, begin_to_write
from workbench.machine.collector import paused_collector
from workbench.machine.helpers import Helpers
from workbench.model.errors import InputError
from workbench.model.wording import as_html


@dataclass(frozen=True)
class ConvertReport:
    """What a conversion did.

    Attributes:
        check: what was wrong with the source.
        written: what was written, and what the target could not hold.
        fixed: what ``fix`` changed, one line each.
    """

    check: CheckReport
    written: WriteReport
    fixed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong with the source and nothing was lost."""
        return self.check.ok and not self.written.losses

    def __repr__(self) -> str:
        return "\n".join([self.check.words, *(f"fixed: {line}" for line in self.fixed), repr(self.written)])

    def _repr_html_(self) -> str:
        fixed = [f"fixed: {line}" for line in self.fixed]
        return as_html([self.check.words, *fixed, self.written.words], self.written.losses_table())

    def to_json_dict(self) -> dict[str, Any]:
        """The check's ``problems`` and ``summary``, with ``written`` and ``fixed`` beside them."""
        return {**self.check.to_json_dict(), "written": self.written.to_json_dict(), "fixed": list(self.fixed)}


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
        target = Target(Path(out), to, read.classes, read.found.pictures.root, overwrite)
        if not fix:
            # What is written does not wait for what the check says; it appears when both are done.
            with begin_to_write(helpers, read.images, read.boxes, target) as finish:
                report = check_with(helpers, read)
                return ConvertReport(report, finish())
        report = check_with(helpers, read)
        fixed = fix_labels(read, report.explanation)
        with begin_to_write(helpers, fixed.images, fixed.boxes, target) as finish:
            return ConvertReport(report, finish(), fixed.changes)
