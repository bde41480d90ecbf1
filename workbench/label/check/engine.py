"""`check_labels` and `check_tables`: run every rule over what was read."""

from __future__ import annotations

from pathlib import Path

from workbench.label.check.boxes import check_boxes
from workbench.label.check.files import check_files
from workbench.label.check.names import check_names
from workbench.label.check.pictures import check_pictures
from workbench.label.check.report import CheckReport, make_report
from workbench.label.labels import Labels, read_labels


def check_labels(
    labels: Labels | Path | str, *, images: Path | str | None = None, format: str | None = None
) -> CheckReport:
    """Check label files against themselves and against their pictures.

    Args:
        labels: label files, or what `read_labels` made of them.
        images: the pictures folder; looked for beside the labels if not given.
        format: one of `FORMATS`; found out if not given.

    Raises:
        InputError: if `labels` or `images` is not there, or the format is unknown.
    """
    read = labels if isinstance(labels, Labels) else read_labels(labels, images=images, format=format)
    raw = read.found.raw
    problems = list(read.found.problems)
    problems += check_files(read.found, read.found.others)
    problems += check_names(raw.names, read.classes)
    problems += check_boxes(read.images, read.boxes, pixels=raw.unit == "px")
    problems += check_pictures(read.found)
    counts = {
        "format": read.format,
        "reason": read.reason,
        "files": len(raw.files),
        "pictures": len(read.found.pictures.entries),
        "boxes": len(raw),
        "boxes_taken": len(read.boxes),
    }
    return make_report(problems, (), counts, max(len(raw.files), 1))
