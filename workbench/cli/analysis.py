"""Commands that say how good a detector is and where it fails: evaluate, failures, compare, fiftyone.

Each works on a project's run, or without a project on plain files (--images, --labels, --predictions).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import output
from workbench.cli.options import (
    ConfidenceOption,
    FormatOption,
    ImagesOption,
    IouOption,
    JsonOption,
    LabelsOption,
    PredictionsOption,
    ProjectOption,
    RunOption,
    SplitOption,
    last_run,
    open_here,
)

if TYPE_CHECKING:
    from workbench.subject import Subject

app = typer.Typer()


@app.command()
def evaluate(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    run: RunOption = None,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """AP, precision, recall, hits, false alarms and misses."""
    subject = _subject(images, labels, predictions, format, project, run, split)
    result = subject.evaluate(confidence=confidence, iou=iou)
    if as_json:
        output.show_json(result.to_json_dict())
        return
    settings = result.settings
    title = (
        f"{subject.name}: {settings.pictures} pictures, confidence {settings.confidence:g}, IoU {settings.iou:g}"
        + (f"; {settings.unlabelled_left_out} unlabelled left out" if settings.unlabelled_left_out else "")
    )
    output.show_pairs(dict(result.metrics), title=title)


@app.command()
def failures(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with pictures.")] = None,
    run: RunOption = None,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Every miss and false alarm with its error, its likely cause and what to do."""
    from workbench import tables

    subject = _subject(images, labels, predictions, format, project, run, split)
    result = subject.evaluate(confidence=confidence, iou=iou)
    causes = result.causes()
    if out is not None:
        subject.write_failures(result, out)
    if as_json:
        found = {"causes": tables.records(causes), "failures": tables.records(result.failures())}
        output.show_json({**found, **result.to_json_dict()})
    else:
        output.show_table(causes, title=f"{subject.name}: why it failed")
        if out is not None:
            output.say(str(out.resolve()))


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="A run.")],
    after: Annotated[str, typer.Argument(help="A later run.")],
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What a run fixed and broke against another, on the same pictures."""
    from workbench import tables
    from workbench.analyse import compare as ledger_of
    from workbench.analyse import metrics_difference

    opened = open_here(project)
    first, second = (opened.evaluate(r, split=split, confidence=confidence, iou=iou) for r in (before, after))
    ledger, metrics = ledger_of(first, second), metrics_difference(first, second)
    if as_json:
        output.show_json({"metrics": tables.records(metrics), "ledger": tables.records(ledger)})
        return
    output.show_table(metrics, title=f"{before} → {after}")
    output.show_table(ledger.groupby(["outcome", "change"]).size().reset_index(name="count"), title="ledger")


@app.command()
def fiftyone(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    name: Annotated[str | None, typer.Option(help="The dataset's name in FiftyOne.")] = None,
    port: Annotated[int | None, typer.Option(help="By default a free one from 5151 on.")] = None,
    app_too: Annotated[bool, typer.Option("--app/--no-app", help="Open the App and wait, or only build.")] = True,
    run: RunOption = None,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
) -> None:
    """Browse predictions against ground truth in FiftyOne."""
    from workbench.show import launch

    subject = _subject(images, labels, predictions, format, project, run, split)
    dataset = subject.fiftyone(confidence=confidence, iou=iou, name=name)
    views = ", ".join(dataset.list_saved_views())
    output.say(f"FiftyOne dataset {dataset.name}: {len(dataset)} pictures; saved views: {views}")
    if app_too:
        session = launch(dataset, port=port)
        output.say(f"{session.url}  (stop with Ctrl+C)")
        session.wait(-1)


def _subject(
    images: Path | None,
    labels: Path | None,
    predictions: Path | None,
    format: str | None,
    project: Path,
    run: str | None,
    split: str,
) -> Subject:
    from workbench.subject import subject_from_files

    given = {"--images": images, "--labels": labels, "--predictions": predictions}
    if not any(given.values()):
        opened = open_here(project)
        return opened.subject(last_run(opened, run), split=split)
    missing = [name for name, value in given.items() if value is None and name != "--images"]
    if missing:
        raise typer.BadParameter(f"{' and '.join(missing)} missing; plain files need --images, --labels, --predictions")
    return subject_from_files(labels, predictions, images=images, format=format)  # type: ignore[arg-type]
