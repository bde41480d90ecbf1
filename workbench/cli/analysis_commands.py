"""Commands that say how good a detector is and where it fails: evaluate, failures, suspects, compare, fiftyone.

Each works on a project's run, or without a project on plain files (--images, --labels, --predictions).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import output
from workbench.cli.options import (
    BatchOption,
    ConfidenceOption,
    DetectorOption,
    DeviceOption,
    FormatOption,
    ImageSizeOption,
    ImagesOption,
    IouOption,
    IterationsOption,
    JsonOption,
    LabelsOption,
    PredictionsOption,
    ProjectOption,
    RenameOption,
    RunOption,
    SeedOption,
    SplitOption,
    VersionOption,
    WeightsOption,
    last_run,
    open_here,
    run_names,
)
from workbench.cli.subjects import pairs, subject_here

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()


@app.command()
def evaluate(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    rename: RenameOption = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    run: RunOption = None,
    split: SplitOption = "test",
    by: Annotated[
        list[str] | None, typer.Option("--by", help="A column to part the test set by, such as source or height.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="A part by rule: NAME=RULE, such as 'near=height > 20'.")
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """AP, precision, recall, hits, false alarms and misses."""
    subject = subject_here(images, labels, predictions, format, rename, project, run, split)
    from workbench.model import tables

    result = subject.evaluate(confidence=confidence, iou=iou)
    points = result.operating_points()
    rules = pairs(rule, "--rule")
    slices = result.slices(*(by or ()), rules=rules) if by or rules else None
    if as_json:
        parts = {} if slices is None else {"slices": tables.records(slices)}
        output.show_json({**result.to_json_dict(), "operating_points": tables.records(points), **parts})
        return
    settings = result.settings
    title = (
        f"{subject.name}: {settings.pictures} pictures, confidence {settings.confidence:g}, IoU {settings.iou:g}"
        + (f"; {settings.unlabelled_left_out} unlabelled left out" if settings.unlabelled_left_out else "")
    )
    output.show_pairs(dict(result.metrics), title=title)
    shown = ["point", "confidence", "precision", "recall", "f1", "tp", "fn", "fp", "false_alarms_per_picture"]
    output.show_table(points[shown], title=f"other confidences (intervals by {settings.intervals})")
    if slices is not None:
        few = ["by", "slice", "boxes", "recall", "recall_low", "recall_high", "precision", "f1", "warning"]
        output.show_table(slices[few], title="parts of the test set")


@app.command()
def failures(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    rename: RenameOption = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with pictures.")] = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", help="What a person says of a failure of a run: BOX=CAUSE or PREDICTION=CAUSE."),
    ] = None,
    run: RunOption = None,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Every miss and false alarm with its error, its likely cause and what to do."""
    from dataclasses import replace

    from workbench.model import tables

    subject = subject_here(images, labels, predictions, format, rename, project, run, split)
    result = subject.evaluate(confidence=confidence, iou=iou)
    if confirm:
        said = _confirmations(result.failures, pairs(confirm, "--confirm"))
        opened = open_here(project)
        opened.confirm_causes(said, predictions=subject.predictions)
        result = replace(subject, confirmed=said).evaluate(confidence=confidence, iou=iou)
    causes = result.next_steps
    if out is not None:
        subject.write_failures(result, out)
    if as_json:
        found = {"causes": tables.records(causes), "failures": tables.records(result.failures)}
        output.show_json({**found, **result.to_json_dict()})
    else:
        shown = ["cause", "failures", "misses", "false_alarms", "f1_gain", "ap_gain", "action", "example"]
        output.show_table(causes[shown], title=f"{subject.name}: why it failed, and what to do next")
        if out is not None:
            output.say(str(out.resolve()))


@app.command()
def suspects(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    rename: RenameOption = None,
    limit: Annotated[int, typer.Option("--limit", help="Show so many.", min=1)] = 50,
    run: RunOption = None,
    split: SplitOption = "test",
    folds: Annotated[
        int | None,
        typer.Option(help="The labels to learn from: train so many detectors, each without a part of them.", min=2),
    ] = None,
    version: VersionOption = None,
    detector: DetectorOption = "yolo11n",
    weights: WeightsOption = "base",
    iterations: IterationsOption = 120,
    batch: BatchOption = 16,
    image_size: ImageSizeOption = 320,
    seed: SeedOption = 0,
    device: DeviceOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Labels that look wrong to a detector that never saw them: missing, loose, shifted, of the wrong class.

    With --folds, the options from --version to --device say how each detector is trained, as for train; folds that were
    trained so before are not trained again.
    """
    from workbench.analyse import suspects as look
    from workbench.model import tables

    if folds is not None:
        if labels is not None or predictions is not None or run is not None:
            raise typer.BadParameter("--folds trains detectors of its own; leave --labels, --predictions, --run out")
        opened = open_here(project)
        predicted = opened.out_of_fold(
            version=version,
            folds=folds,
            detector=detector,
            weights=None if weights == "scratch" else weights,
            iterations=iterations,
            batch=batch,
            image_size=image_size,
            seed=seed,
            device=device,
            progress=not as_json,
        )
        found = opened.suspects(predicted)
    elif labels is None and predictions is None:
        opened = open_here(project)
        found = opened.suspects(last_run(opened, run), split=split)
    else:
        subject = subject_here(images, labels, predictions, format, rename, project, run, split)
        found = look(subject.evaluate())
    found = found.head(limit)
    if as_json:
        output.show_json({"suspects": tables.records(found)})
        return
    shown = ["kind", "score", "image_id", "box_id", "evidence", "fix"]
    output.show_table(found[shown], title="labels to look at, the most suspicious first", limit=limit)


@app.command()
def compare(
    runs: Annotated[list[str] | None, typer.Argument(help="Two runs or more, in order; by default all.")] = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What runs fixed and broke against one another, on the same pictures."""
    from workbench.analyse import compare as ledger_of
    from workbench.analyse import metrics_difference
    from workbench.model import tables

    opened = open_here(project)
    if not runs or len(runs) != 2:
        every = opened.compare(*(runs or ()), split=split, confidence=confidence, iou=iou)
        if as_json:
            output.show_json({"iterations": tables.records(every)})
            return
        shown = ["iteration", "AP", "AP_change", "recall", "recall_low", "recall_high", "recall_change", "f1"]
        output.show_table(every[[*shown, "fixed", "broken", "stayed"]], title=f"all on {split!r}")
        return
    before, after = runs
    first, second = (opened.evaluate(r, split=split, confidence=confidence, iou=iou) for r in (before, after))
    ledger, metrics = ledger_of(first, second), metrics_difference(first, second)
    if as_json:
        output.show_json({"metrics": tables.records(metrics), "ledger": tables.records(ledger)})
        return
    output.show_table(metrics, title=f"{before} → {after}; 95 % interval of the difference by paired bootstrap")
    output.show_table(ledger.groupby(["kind", "change"]).size().reset_index(name="count"), title="ledger")


@app.command()
def fiftyone(
    images: ImagesOption = None,
    labels: LabelsOption = None,
    predictions: PredictionsOption = None,
    format: FormatOption = None,
    rename: RenameOption = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    name: Annotated[str | None, typer.Option(help="The dataset's name in FiftyOne.")] = None,
    port: Annotated[int | None, typer.Option(help="By default a free one from 5151 on.")] = None,
    app_too: Annotated[bool, typer.Option("--app/--no-app", help="Open the App and wait, or only build.")] = True,
    run: RunOption = None,
    iterations: Annotated[
        str | None,
        typer.Option("--iterations", help="Further ones to hold, in a field each: all, or numbers and runs: 1,2,r007."),
    ] = None,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
) -> None:
    """Browse predictions against ground truth in FiftyOne."""
    from workbench.show import launch

    if images or labels or predictions:
        if iterations is not None:
            raise typer.BadParameter("--iterations needs a project; plain files have one set of predictions")
        subject = subject_here(images, labels, predictions, format, rename, project, run, split)
        dataset = subject.fiftyone(confidence=confidence, iou=iou, name=name)
    else:
        opened = open_here(project)
        further = iterations if iterations in (None, "all") else run_names(iterations)
        options: dict[str, Any] = {"split": split, "confidence": confidence, "iou": iou, "name": name}
        dataset = opened.fiftyone(last_run(opened, run), iterations=further, **options)
    views = ", ".join(dataset.list_saved_views())
    output.say(f"FiftyOne dataset {dataset.name}: {len(dataset)} pictures; saved views: {views}")
    if app_too:
        session = launch(dataset, port=port)
        output.say(f"{session.url}  (stop with Ctrl+C)")
        session.wait(-1)


def _confirmations(failures: pd.DataFrame, said: dict[str, str]) -> pd.DataFrame:
    """The failures that were named by the id of their box or prediction, with the causes that were said."""
    import pandas as pd

    named = failures["box_id"].astype("str").where(failures["outcome"] == "fn", failures["prediction_id"].astype("str"))
    for name in said:
        if name not in set(named):
            raise typer.BadParameter(f"--confirm names {name!r}, which is no failure here; failures --json lists them")
    chosen = failures[named.isin(said)]
    return pd.DataFrame(chosen.assign(cause=named[named.isin(said)].map(said)))
