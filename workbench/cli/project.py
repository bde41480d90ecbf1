"""Commands on a project: init, train, predict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import (
    JsonOption,
    ProjectOption,
    SplitOption,
    last_run,
    open_here,
)

app = typer.Typer()


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
def train(
    version: Annotated[str | None, typer.Option(help="A version; by default the one just frozen.")] = None,
    detector: Annotated[str, typer.Option(help="yolo11n, …, or rcnn-small.")] = "yolo11n",
    weights: Annotated[
        str,
        typer.Option(
            help="base, plates, scratch, a .pt file you trust, or ultralytics:yolo11n (fetched; loading runs its code)."
        ),
    ] = "base",
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
