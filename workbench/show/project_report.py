"""Gather a project's facts, versions, decisions and last failures for the report, and write it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import tables
from workbench.decide import IterationRecord, read_records
from workbench.project import files
from workbench.show import plots
from workbench.show.report import Picture, ReportData, render_report
from workbench.version import versions

if TYPE_CHECKING:
    from workbench.api import Project


def write_project_report(project: Project, path: str | Path) -> Path:
    """Write the report of a project as one self-contained page, whole or not at all.

    The figures of each round are those of its record; plots and pictures are of the last round that has a run.

    Returns:
        Where it lies.
    """
    target = Path(path).expanduser().resolve()
    records = read_records(project)
    data = ReportData(
        title=project.root.name,
        made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        facts=_facts(project),
        versions=_versions(project),
        iterations=[record.model_dump(mode="json") for record in records],
        **_last_look(project, records),
    )
    files.write_text(target, render_report(data))
    return target


def _facts(project: Project) -> dict[str, object]:
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


def _versions(project: Project) -> list[dict[str, Any]]:
    found = versions(project)
    found["at"] = found["at"].str.slice(0, 16).str.replace("T", " ")
    return tables.records(found[["version", "at", "author", "note", "parent", "pictures", "boxes"]])


def _last_look(project: Project, records: tuple[IterationRecord, ...]) -> dict[str, Any]:
    last = next((record for record in reversed(records) if record.run and record.figures), None)
    if last is None or last.run is None:
        return {}
    settings = last.settings
    subject = project.subject(last.run, split=last.test, progress=False)
    evaluation = subject.evaluate(confidence=settings["confidence"], iou=settings["iou"])
    return {
        "plots": (
            Picture("Precision, recall and F1 against confidence", plots.svg(plots.plot_sweep, evaluation)),
            Picture("Precision against recall", plots.svg(plots.plot_precision_recall, evaluation)),
        ),
        "plots_caption": (
            f"Run {last.run} of round {last.number} on the present labels of {last.test!r}, "
            f"confidence {settings['confidence']:g}, IoU {settings['iou']:g}"
        ),
        "failures": subject.gallery(evaluation, limit=24),
    }
