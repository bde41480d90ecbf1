"""Commands on a project: init, train, predict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import (
    DeviceOption,
    JsonOption,
    ProjectOption,
    SplitOption,
    VersionOption,
    last_run,
    open_here,
    takes_recipe,
    unfinished_run,
)
from workbench.train.recipe import Recipe

app = typer.Typer()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    classes: Annotated[list[str], typer.Option("--classes", "-c", help="A class name; several with commas.")],
) -> None:
    """Make a project."""
    from workbench.api.project import Project

    names = [name.strip() for text in classes for name in text.split(",") if name.strip()]
    project = Project.create(folder, classes=names)
    output.say(
        f"made {project.folder.root} for {', '.join(project.classes)}; next: workbench collect PICTURES -p {folder}"
    )


@app.command()
@takes_recipe
def train(
    recipe: Recipe,
    version: VersionOption = None,
    allow_copies: Annotated[
        bool, typer.Option("--allow-copies", help="Train on pictures that only resemble one of a frozen test.")
    ] = False,
    because: Annotated[
        str, typer.Option("--because", help="Why; needed with --allow-copies, kept in the record.")
    ] = "",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Train a detector on a version."""
    run = open_here(project).train(version, allow_copies=allow_copies, because=because, **recipe.options())
    if as_json:
        output.show_json(run.record.model_dump(mode="json"))
    else:
        record = run.record
        output.say(f"{run.run_id}: {record.budget}; {record.seconds or 0:.0f} s on {record.device}; {run.weights}")


@app.command()
def resume(
    run: Annotated[str | None, typer.Argument(help="A run that did not finish; by default the last such.")] = None,
    device: DeviceOption = None,
    project: ProjectOption = Path(),
) -> None:
    """Bring a training to its end that was killed or interrupted."""
    opened = open_here(project)
    done = opened.resume(unfinished_run(opened, run), device=device)
    output.say(f"{done.run_id}: {done.record.state} after {done.record.batches_done} batches; {done.weights}")


@app.command()
def runs(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List the trainings, oldest first, those that did not come to their end among them."""
    from workbench.model import tables

    found = open_here(project).runs
    if as_json:
        output.show_json({"runs": tables.records(found)})
    elif len(found):
        output.show_table(found.assign(started=found["started"].map("{:%Y-%m-%d %H:%M}".format)), limit=len(found))
    else:
        output.say("no run yet; train one with: workbench train")


@app.command()
def predict(
    run: Annotated[str | None, typer.Argument(help="A run; by default the last.")] = None,
    split: SplitOption = "test",
    images: Annotated[
        Path | None, typer.Option("--images", help="Plain pictures in place of a split: a folder, needs --weights.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option("--weights", help="plates, or a .pt file of your own (a pickle: only one you trust).")
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Pixels of the longer side of plain pictures; by default as trained.", min=32)
    ] = None,
    device: DeviceOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write COCO results JSON, as evaluate reads it.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Find objects in a split, once, down to confidence 0.01; or in plain pictures with weights of your choice."""
    from workbench.model import tables
    from workbench.train.weight_names import names_weights

    if (images is None) != (weights is None) or (images is not None and run is not None):
        raise typer.BadParameter("plain pictures need --images and --weights, both, and no run")
    if images is None or weights is None:
        if out is not None or image_size is not None or device is not None:
            raise typer.BadParameter("--out, --image-size and --device are for plain pictures (--images, --weights)")
        opened = open_here(project)
        chosen = last_run(opened, run)
        test = opened.test(split)
        predictions = test.predict(chosen)
        half_trained = None if names_weights(chosen) else opened.run(chosen).half_trained
        if half_trained is not None:
            output.hint(f"workbench: {half_trained}")
        if as_json:
            output.show_json({"run": chosen, "split": split, "predictions": tables.records(predictions)})
        else:
            output.say(f"{chosen}: {len(predictions)} predictions on {len(test.images)} pictures of {split!r}")
        return
    from workbench.train import predict_pictures

    found = predict_pictures(images, weights=weights, image_size=image_size, device=device)
    if out is not None:
        found.save(out)
    for name in found.not_read:
        output.hint(f"workbench: {name} is of a kind that is not read here; save it as JPEG or PNG")
    for name, reason in found.broken.items():
        output.hint(f"workbench: {name}: {reason}; nothing was looked for in it: repair or remove it")
    if as_json:
        said = {"weights": weights, "predictions": tables.records(found.predictions)}
        output.show_json(said | {"not_read": found.not_read, "broken": found.broken})
    else:
        made = found.prediction
        left = f", {len(found.broken)} could not be read" if found.broken else ""
        output.say(
            f"{weights}: {len(found.predictions)} predictions on {made.pictures} pictures{left} at "
            f"{made.settings.image_size} px, {made.frames_per_second:.1f} pictures a second on {made.settings.device}"
        )
        if out is not None:
            output.say(str(out.resolve()))
    if found.broken:
        raise typer.Exit(output.FOUND_PROBLEMS)
