"""Commands on a project: init, collect, snapshot, diff, train, predict, decide, report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import (
    FormatOption,
    JsonOption,
    LabelsOption,
    ProjectOption,
    SplitOption,
    last_run,
    open_here,
)

app = typer.Typer()

_VIDEO_SUFFIXES = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".ts"}


class Choice(StrEnum):
    """What can be decided."""

    keep = "keep"
    revert = "revert"
    inconclusive = "inconclusive"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    classes: Annotated[list[str], typer.Option("--classes", "-c", help="A class name; several with commas.")],
) -> None:
    """Make a project."""
    from workbench.api import Project

    names = [name.strip() for text in classes for name in text.split(",") if name.strip()]
    project = Project.create(folder, classes=names)
    output.say(f"made {project.root} for {', '.join(project.classes)}; next: workbench collect PICTURES -p {folder}")


@app.command()
def collect(
    pictures: Annotated[Path, typer.Argument(help="A folder of pictures, one picture, or a video.")],
    labels: LabelsOption = None,
    format: FormatOption = None,
    source: Annotated[str | None, typer.Option(help="A word for where they come from.")] = None,
    split: Annotated[str | None, typer.Option(help="train, val, test or pool; by default by hash.")] = None,
    every_s: Annotated[float, typer.Option("--every", help="Seconds between frames of a video.")] = 0.5,
    workers: Annotated[int, typer.Option(help="Threads that decode.", min=1)] = 2,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Bring pictures or a video's frames in, with labels if there are any."""
    opened = open_here(project)
    if pictures.suffix.lower() in _VIDEO_SUFFIXES:
        report = opened.collect_video(pictures, every_s=every_s, source=source, split=split, progress=not as_json)
    else:
        report = opened.collect(
            pictures,
            labels=labels,
            format=format,
            source=source,
            split=split,
            workers=workers,
            progress=not as_json,
        )
    if as_json:
        output.show_json(report.to_json_dict())
    else:
        from workbench.cli.labels import show_problems

        show_problems(report.problems)
        output.say(repr(report))
    if (report.problems["severity"] == "error").any():
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def snapshot(
    note: Annotated[str, typer.Option("--note", "-m", help="What is in it that was not there before.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Freeze the working labels as a version."""
    version = open_here(project).snapshot(note)
    if as_json:
        output.show_json(version.manifest.model_dump(mode="json"))
    else:
        output.say(str(version))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A version.")],
    after: Annotated[str | None, typer.Argument(help="Another one; by default the working labels.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say what changed between two versions, box by box."""
    changes = open_here(project).diff(before, after)
    if as_json:
        output.show_json(changes.to_json_dict())
        return
    output.say(str(changes))
    if len(changes.images):
        output.show_table(changes.images, title="pictures")
    if len(changes.boxes):
        output.show_table(changes.boxes, title="boxes")


@app.command()
def train(
    version: Annotated[str | None, typer.Option(help="A version; by default the one just frozen.")] = None,
    detector: Annotated[str, typer.Option(help="The detector's name.")] = "yolo11n",
    weights: Annotated[str, typer.Option(help="base, plates, scratch, or a .pt file of your own.")] = "base",
    iterations: Annotated[int, typer.Option(help="The budget, in batches.", min=1)] = 120,
    batch: Annotated[int, typer.Option(help="Pictures in a batch.", min=1)] = 16,
    image_size: Annotated[int, typer.Option(help="Pixels of the longer side.", min=32)] = 320,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    device: Annotated[str | None, typer.Option(help="cpu, 0, …; by default the best there is.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Train a detector on a version."""
    run = open_here(project).train(
        version=version,
        detector=detector,
        weights=None if weights == "scratch" else weights,
        iterations=iterations,
        batch=batch,
        image_size=image_size,
        seed=seed,
        device=device,
        progress=not as_json,
    )
    if as_json:
        output.show_json(run.record.model_dump(mode="json"))
    else:
        record = run.record
        output.say(f"{run.run_id}: {record.budget}; {record.seconds or 0:.0f} s on {record.device}; {run.weights}")


@app.command()
def resume(
    run: Annotated[str | None, typer.Argument(help="A run that did not finish; by default the last.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, 0, …; by default the best there is.")] = None,
    project: ProjectOption = Path(),
) -> None:
    """Bring a training to its end that was killed or interrupted."""
    opened = open_here(project)
    done = opened.resume(last_run(opened, run), device=device)
    output.say(f"{done.run_id}: {done.record.state} after {done.record.iterations_done} iterations; {done.weights}")


@app.command()
def predict(
    run: Annotated[str | None, typer.Argument(help="A run; by default the last.")] = None,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Find objects in a split, once, down to confidence 0.01."""
    from workbench import tables

    opened = open_here(project)
    chosen = last_run(opened, run)
    predictions = opened.predict(chosen, split=split, progress=not as_json)
    if as_json:
        output.show_json({"run": chosen, "split": split, "predictions": tables.records(predictions)})
    else:
        output.say(f"{chosen}: {len(predictions)} predictions on {len(opened.split(split))} pictures of {split!r}")


@app.command()
def decide(
    number: Annotated[int, typer.Argument(help="The round, from 1.")],
    decision: Annotated[Choice, typer.Option("--decision", "-d", help="What was decided.")],
    because: Annotated[str, typer.Option("--because", "-b", help="Why.")],
    question: Annotated[str, typer.Option(help="What the round was to answer.")] = "",
    hypothesis: Annotated[str, typer.Option(help="What was believed.")] = "",
    next_step: Annotated[str, typer.Option("--next", help="What follows.")] = "",
    run: Annotated[str | None, typer.Option(help="The training it is about; by default the last.")] = None,
    split: SplitOption = "test",
    confidence: Annotated[float, typer.Option(help="Predictions from here on count.")] = 0.5,
    project: ProjectOption = Path(),
) -> None:
    """Write a round's decision down, with the figures it rests on."""
    opened = open_here(project)
    chosen = last_run(opened, run)
    record = opened.decide(
        number,
        keep={Choice.keep: True, Choice.revert: False, Choice.inconclusive: None}[decision],
        because=because,
        question=question,
        hypothesis=hypothesis,
        next_step=next_step,
        run=chosen,
        evaluation=opened.evaluate(chosen, split=split, confidence=confidence),
        test=split,
    )
    output.say(f"iteration {record.number}: {record.decision} – {record.reason}")


@app.command()
def report(
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("report.html"),
    project: ProjectOption = Path(),
) -> None:
    """Write all that was done and decided as one page."""
    output.say(str(open_here(project).report(out)))
