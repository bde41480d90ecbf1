"""Commands about versions: snapshot, versions, diff, restore, verify, export, freeze-test, close-test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import JsonOption, ProjectOption, SplitOption, open_here

app = typer.Typer()


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
def versions(project: ProjectOption = Path(), as_json: JsonOption = False) -> None:
    """List the versions, oldest first."""
    from workbench.model import tables

    found = open_here(project).versions
    if as_json:
        output.show_json({"versions": tables.records(found)})
    else:
        output.show_table(found)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A version.")],
    after: Annotated[str | None, typer.Argument(help="Another one; by default the working labels.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with the boxes before and after.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say what changed between two versions, box by box."""
    opened = open_here(project)
    changes = opened.diff(before, after, out=out)
    if as_json:
        output.show_json(changes.to_json_dict())
        return
    output.say(str(changes))
    if len(changes.images):
        output.show_table(changes.images, title="pictures")
    if len(changes.boxes):
        shown = [
            "image_id",
            "change",
            "also",
            "box_id_before",
            "box_id_after",
            "iou",
            "area_ratio",
            "shift_px",
            "source",
        ]
        output.show_table(changes.boxes[shown], title="boxes")
        output.show_table(changes.by_how_much(), title="by how much (medians)")
        output.show_table(changes.counts("source", "labeller"), title="boxes by source and labeller")
    if out is not None:
        output.say(str(out.resolve()))


@app.command()
def restore(
    version: Annotated[str, typer.Argument(help="A version.")],
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Bring a version back as the working labels; what they are is frozen first."""
    opened = open_here(project)
    restored = opened.restore(version)
    if as_json:
        output.show_json(restored.manifest.model_dump(mode="json"))
    else:
        output.say(f"the working labels are {restored} again")


@app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="A version; by default all.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Compare versions with what was frozen, every picture included."""
    from workbench.model import tables

    opened = open_here(project)
    problems = opened.verify(version)
    if as_json:
        output.show_json({"problems": tables.records(problems)})
    else:
        for row in tables.records(problems):
            output.say(f"{row['version']}: {row['file']} {row['problem']}")
        count = 1 if version is not None else len(opened.versions) if not len(problems) else 0
        if not len(problems):
            output.say(f"{count} versions are what was frozen, pictures included")
    if len(problems):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def export(
    version: Annotated[str, typer.Argument(help="A version.")],
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    to: Annotated[str, typer.Option("--to", help="voc yolo yolo-mark coco labelme cvat label-studio.")] = "yolo",
    splits: Annotated[list[str] | None, typer.Option("--split", help="Only this split; may be given again.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write a version as pictures, labels of any format and a data card."""
    from workbench.model.tables import SPLITS

    report = open_here(project).export(version, out, format=to, splits=splits or SPLITS)
    if as_json:
        output.show_json(report.to_json_dict())
        return
    for loss in report.losses:
        output.say(f"lost: {loss}")
    output.say(str(report))


@app.command("freeze-test")
def freeze_test(
    name: Annotated[str | None, typer.Argument(help="A word for the test; without one, all are listed.")] = None,
    split: SplitOption = "test",
    note: Annotated[str, typer.Option("--note", "-m", help="Why.")] = "",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Put a split under lock as a test set: it takes nothing new, and training refuses what leaks into it."""
    from workbench.model import tables

    opened = open_here(project)
    if name is not None:
        frozen = opened.freeze_test(name, split=split, note=note)
        if as_json:
            output.show_json(frozen.lock.model_dump(mode="json"))
        else:
            output.say(str(frozen))
        return
    found = opened.tests
    if as_json:
        output.show_json({"tests": tables.records(found)})
    else:
        output.show_table(found)


@app.command("close-test")
def close_test(project: ProjectOption = Path()) -> None:
    """Freeze the split test under the name `closed`, as freeze-test does: nothing new gets into it."""
    frozen = open_here(project).freeze_test("closed")
    output.say(f"closed: {frozen.lock.pictures} test pictures, {frozen.test_id}")
