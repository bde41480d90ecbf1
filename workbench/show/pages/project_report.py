"""Gather a project's facts, versions, decisions and last failures for the report, and write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.decide import RoundRecord, read_records, read_reruns
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import files
from workbench.show.pages.changes_page import change_cards, diff_tables
from workbench.show.pages.gallery import gallery_of
from workbench.show.pages.report_content import Picture, ReportData
from workbench.show.pages.report_html import render_report
from workbench.show.pages.report_markdown import render_markdown
from workbench.show.pages.report_rounds import RoundChanges
from workbench.show.plots import evaluation_plots
from workbench.show.plots.timeline_plot import timeline_svg
from workbench.version import diff, list_tests, load, versions
from workbench.version.picture_files import find_pictures

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.project import ProjectFolder


_CARDS = 6


def write_project_report(project: ProjectFolder, path: str | Path, *, last: Evaluation | None = None) -> Path:
    """Write the report of a project as one self-contained page, or as Markdown, whole or not at all.

    The figures of each round are those of its record.

    Args:
        project: the project.
        path: a name that ends in .html or .htm, or in .md for Markdown without pictures.
        last: of the last round that has a run, for plots and pictures of failures.

    Returns:
        Where it lies.

    Raises:
        InputError: for another ending.
    """
    target = Path(path).expanduser().resolve()
    kind = target.suffix.lower()
    if kind not in (".html", ".htm", ".md"):
        raise InputError(f"{path}: a report ends in .html, or in .md for Markdown; give such a name")
    pictures = kind != ".md"
    records = read_records(project)
    data = ReportData(
        title=project.root.name,
        made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        facts=_facts(project),
        tests=_tests(project),
        versions=_versions(project),
        rounds=records,
        reruns={record.number: _reruns(project, record.number) for record in records},
        changes=_changes(project, records) if pictures else {},
        timeline=timeline_svg(records) if pictures and any(record.at_confidence for record in records) else "",
        **(_last_look(last, records) if pictures and last is not None else {}),
    )
    files.write_text(target, render_report(data) if pictures else render_markdown(data))
    return target


def _facts(project: ProjectFolder) -> dict[str, object]:
    images, boxes, classes = project.store.read_all()
    status = images["label_status"].value_counts()
    splits = images["split"].value_counts()
    return {
        "classes": ", ".join(classes),
        "pictures": len(images),
        "labels": ", ".join(f"{count} {name}" for name, count in status.items()) or "none",
        "boxes": len(boxes),
        "splits": ", ".join(f"{count} {name}" for name, count in splits.items()) or "none",
        "sources": ", ".join(sorted(images["source"].unique())) or "none",
    }


def _versions(project: ProjectFolder) -> list[dict[str, Any]]:
    found = versions(project)
    found["at"] = found["at"].str.slice(0, 16).str.replace("T", " ")
    return tables.records(found[["version", "at", "author", "note", "parent", "pictures", "boxes"]])


def _tests(project: ProjectFolder) -> list[dict[str, Any]]:
    found = list_tests(project)
    found["at"] = found["at"].str.slice(0, 16).str.replace("T", " ")
    return tables.records(found)


def _reruns(project: ProjectFolder, number: int) -> list[str]:
    lines = []
    for note in read_reruns(project, number):
        verdict = "all figures agree" if note.agrees else "not all figures agree"
        differs = f" Not as it was: {'; '.join(note.differs)}." if note.differs else ""
        lines.append(f"Done again by {note.who}, {note.at} ({', '.join(note.runs)}): {verdict}.{differs}")
    return lines


def _changes(project: ProjectFolder, records: tuple[RoundRecord, ...]) -> dict[int, RoundChanges]:
    """What changed in the data of each round, with some of the boxes whose pictures are there."""
    found: dict[int, RoundChanges] = {}
    for record in records:
        if record.version is None or record.parent_version in (None, record.version):
            continue
        first, second = (load(project, str(name)) for name in (record.parent_version, record.version))
        before, after = ((version.images, version.boxes) for version in (first, second))
        changes = diff(before, after, classes=(first.classes, second.classes))
        known = [
            (images.assign(path=find_pictures(project, images)[0]["path"]), boxes) for images, boxes in (before, after)
        ]
        both = set(before[0]["image_id"]) & set(after[0]["image_id"])
        paths = pd.concat([images.set_index("image_id")["path"] for images, _ in known])
        paths = paths[paths.index.isin(changes.boxes["image_id"])]
        there = {image_id for image_id, path in paths.items() if (project.root / path).is_file()}
        boxes = changes.boxes[changes.boxes["image_id"].isin(there)]
        seen = boxes[boxes["image_id"].isin(both)]
        shown = replace(changes, boxes=seen if len(seen) else boxes)
        cards = change_cards(shown, known[0], known[1], root=project.root, limit=_CARDS)
        found[record.number] = RoundChanges(diff_tables(changes), cards, len(changes.boxes) - len(cards))
    return found


def _last_look(evaluation: Evaluation, records: tuple[RoundRecord, ...]) -> dict[str, Any]:
    last = last_with_run(records)
    if last is None:
        return {}
    settings = evaluation.settings
    return {
        "plots": (
            Picture(
                "Precision, recall and F1 against confidence",
                evaluation_plots.svg(evaluation_plots.plot_sweep, evaluation),
            ),
            Picture(
                "Precision against recall", evaluation_plots.svg(evaluation_plots.plot_precision_recall, evaluation)
            ),
        ),
        "plots_caption": (
            f"Run {last.run} of round {last.number} on the present labels of {last.test!r}, "
            f"confidence {settings.confidence:g}, IoU {settings.iou:g}"
        ),
        "failures": gallery_of(evaluation, limit=24),
    }


def last_with_run(records: Sequence[RoundRecord]) -> RoundRecord | None:
    """The last round that has a run and figures; plots and failures of the report are its own."""
    return next((record for record in reversed(records) if record.run and record.figures), None)
