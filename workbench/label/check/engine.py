"""`check_labels` and `check_tables`: run every rule over what was read, and name the mistake behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.label.check.box_rules import check_boxes
from workbench.label.check.check_report import CheckReport, Finding, make_report
from workbench.label.check.file_rules import check_files
from workbench.label.check.name_rules import check_names
from workbench.label.check.picture_rules import (
    check_copies,
    check_headers,
    check_measured,
    check_pictures,
    not_looked_for,
    splits_of,
)
from workbench.label.check.systematic import Explanation, explain
from workbench.label.reading.picture_names import Matcher, Pictures, find_pictures
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.read import Found, Labels, read_with
from workbench.label.reading.resolve import resolve
from workbench.machine.collector import paused_collector
from workbench.machine.helpers import Helpers
from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.pictures.kinds import stem_of

_SYMPTOMS = frozenset(
    {
        "box-outside",
        "no-area",
        "min-max-swapped",
        "sliver",
        "odd-aspect",
        "odd-size",
        "near-duplicate-box",
        "whole-picture",
    }
)


def check_labels(
    labels: Labels | Path | str,
    *,
    images: Path | str | None = None,
    format: str | None = None,
    workers: int | None = None,
) -> CheckReport:
    """Check label files against themselves and against their pictures.

    Args:
        labels: label files, or what `read_labels` made of them.
        images: the pictures folder; looked for beside the labels if not given.
        format: one of `FORMATS`; found out if not given.
        workers: how many processors to use; as many as this process may if not given. The result is the same.

    Raises:
        InputError: if `labels` or `images` is not there, or the format is unknown.
    """
    with Helpers(workers) as helpers:
        read = labels if isinstance(labels, Labels) else read_with(helpers, labels, images=images, format=format)
        return check_with(helpers, read)


@paused_collector()
def check_with(helpers: Helpers, read: Labels) -> CheckReport:
    """`check_labels` of what was read, with helpers that run already."""
    found = read.found
    problems = list(found.problems)
    problems += check_files(found, helpers)
    problems += check_names(found.raw.names, read.classes)
    problems += check_boxes(read.images, read.boxes, pixels=found.raw.unit == "px")
    problems += check_pictures(found)
    counts = {
        "format": read.format,
        "reason": read.reason,
        "files": len(found.raw.files),
        "pictures": len(found.pictures.entries),
        "boxes": len(found.raw),
        "boxes_taken": len(read.boxes),
        "notes": _notes(not_looked_for(found.pictures, splits_of(found))),
    }
    return _report(found, problems, counts)


def check_tables(images: pd.DataFrame, boxes: pd.DataFrame, *, pictures: Path | str | None = None) -> CheckReport:
    """The same check on a project's own tables.

    Args:
        images: the `images` table.
        boxes: the `boxes` table, upright pixels.
        pictures: the folder that ``path`` is relative to; without it the picture files are not looked at.

    Raises:
        TableError: if a table breaks the rules, or a box belongs to no picture.
        InputError: if `pictures` is not there.
    """
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    tables.check_references(images, boxes, "boxes")
    found = _found_of_tables(images, boxes, Path(pictures) if pictures is not None else None)
    problems = [one for one in found.problems if pictures is not None or one.code != "label-without-picture"]
    problems += check_names(found.raw.names, ())
    problems += check_boxes(images, boxes, pixels=False)
    notes: list[str] = []
    if pictures is not None:
        label_of: dict[int, str] = {}
        problems += check_headers(found.pictures, label_of)
        # A picture whose file is gone or broken is named by its header; copies are looked for among the others.
        faults = zip(found.pictures.entries, found.pictures.headers, strict=True)
        whole = {entry.name for entry, header in faults if not header.fault}
        here = images[images["path"].isin(whole)]
        if "phash" in here.columns and here["phash"].notna().all():
            problems += check_measured(here, Path(pictures))
        else:
            problems += check_copies(found.pictures)
            notes = _notes(not_looked_for(found.pictures))
    unlabelled = images[images["label_status"] == "unlabelled"]
    problems += [Problem("picture-without-label", f"'{name}'", image=str(name)) for name in unlabelled["image_id"]]
    counts = {
        "format": "tables",
        "files": len(images),
        "pictures": len(images),
        "boxes": len(boxes),
        "boxes_taken": len(boxes),
        "notes": notes,
    }
    return _report(found, problems, counts)


def _notes(*said: str) -> list[str]:
    return [one for one in said if one]


def _found_of_tables(images: pd.DataFrame, boxes: pd.DataFrame, folder: Path | None) -> Found:
    raw = RawLabels("voc", "xyxy", "px")
    place: dict[Any, int] = {}
    for name, path, width, height in images[["image_id", "path", "width", "height"]].itertuples(index=False):
        place[name] = len(raw.files)
        picture = path or str(name)
        wide, high = (0 if pd.isna(side) else int(side) for side in (width, height))
        raw.files.append(RawFile(str(name), stem_of(picture), picture, wide, high))
    for name, kind, *corners in boxes[["image_id", "class_name", *CORNERS]].itertuples(index=False):
        x0, y0, x1, y1 = corners
        raw.add(place[name], 0, kind, (x0, y0, x1, y1))
    found = Pictures(None)
    if folder is not None:
        with Helpers() as helpers:
            found = find_pictures(folder, folder, raw.files, helpers)
        matcher = Matcher(found.entries)
        used = {index for index in map(matcher.find, raw.files) if index >= 0}
        kept = sorted(used)
        found = Pictures(found.root, [found.entries[i] for i in kept], [found.headers[i] for i in kept])
    problems: list[Problem] = []
    resolved = resolve(raw, found, problems)
    return Found(folder or Path(), raw, found, resolved, problems, {})


def _report(found: Found, problems: list[Problem], counts: dict[str, Any]) -> CheckReport:
    explanation = explain(found)
    findings: tuple[Finding, ...] = ()
    counts["explained"] = 0
    if explanation is not None:
        findings = (finding_of(found, explanation),)
        if explanation.share < 1:
            part = f"{len(explanation.files)} of {len(found.raw.files)} label files"
            doubt = [found.raw.files[i].name for i in explanation.unsure.tolist()]
            left = (
                f"; {len(doubt)} cannot be told apart and are left as they are: {', '.join(doubt[:5])}" if doubt else ""
            )
            message = f"{part} have '{explanation.name}', the rest has not{left}"
            problems.append(Problem("mixed-frames", message))
        problems, counts["explained"] = _without_symptoms(found, problems, explanation)
    total = max(len(found.raw.files), 1)
    return make_report(problems, findings, counts, total, explanation=explanation, found=found)


def finding_of(found: Found, explanation: Explanation) -> Finding:
    """The explanation as one line with its counts."""
    files = tuple(found.raw.files[i].name for i in explanation.files.tolist())
    total, count = len(found.raw), len(explanation.rows)
    where = (
        f"{count} of {total} boxes"
        if explanation.share == 1
        else f"{count} of {total} boxes, in {len(files)} files only"
    )
    detail = f" ({explanation.detail})" if explanation.detail else ""
    message = (
        f"explains {where}{detail}: so read, {explanation.explained} of them lie inside their picture, "
        f"as written {explanation.inside_as_read}; {min(explanation.confidence, 0.999):.1%} sure"
    )
    fix = "write a corrected copy with `workbench convert ... --fix` and look at it"
    shown = files if explanation.share < 1 else ()
    return Finding(explanation.name, count, total, explanation.confidence, shown, message, fix)


def _without_symptoms(found: Found, problems: list[Problem], explanation: Explanation) -> tuple[list[Problem], int]:
    """Leave out what is only a consequence of the named mistake."""
    names = {found.raw.files[i].name for i in np.unique(np.asarray(found.raw.file)[explanation.rows]).tolist()}
    images = {found.resolved.image_ids[i] for i in np.unique(np.asarray(found.raw.file)[explanation.rows]).tolist()}

    def is_symptom(one: Problem) -> bool:
        if one.code == explanation.name:
            return True
        return one.code in _SYMPTOMS and (one.image in images if one.image is not None else one.file in names)

    kept = [one for one in problems if not is_symptom(one)]
    return kept, len(problems) - len(kept)
