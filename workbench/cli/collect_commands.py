"""Commands that bring pictures in and look at them: collect, duplicates, leaks, coverage, pick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.looked_at import pairs
from workbench.cli.options import FormatOption, JsonOption, LabelsOption, ProjectOption, WorkersOption, open_here
from workbench.model.wording import counted
from workbench.pictures.kinds import VIDEOS

app = typer.Typer()


@app.command()
def collect(
    pictures: Annotated[list[Path], typer.Argument(help="Folders of pictures, pictures, globs, or one video.")],
    labels: LabelsOption = None,
    format: FormatOption = None,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", help="A class name of the labels to change: OLD=NEW. Repeat for more."),
    ] = None,
    add_classes: Annotated[
        bool, typer.Option("--add-classes", help="Add classes of the labels that the project does not have.")
    ] = False,
    source: Annotated[str | None, typer.Option(help="A word for where they come from.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="train, val, test or pool for all, or a list of pictures (test.txt, ImageSets/Main); by default as "
            "the labels have it, else by hash."
        ),
    ] = None,
    force_split: Annotated[
        bool, typer.Option("--force-split", help="Whatever the pictures resemble, they go where --split says.")
    ] = False,
    every_s: Annotated[float, typer.Option("--every", help="Seconds between frames of a video.")] = 0.5,
    pick: Annotated[
        str, typer.Option("--pick", help="Frames of a video: step, scene, sharpest, softest or different.")
    ] = "step",
    workers: WorkersOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Bring pictures or a video's frames in, with labels if there are any."""
    opened = open_here(project)
    if len(pictures) == 1 and pictures[0].suffix.lower() in VIDEOS:
        report = opened.collect(pictures[0], every_s=every_s, pick=pick, source=source, split=split)
    else:
        report = opened.collect(
            pictures[0] if len(pictures) == 1 else pictures,
            labels=labels,
            format=format,
            rename=pairs(rename),
            add_classes=add_classes,
            source=source,
            split=split,
            force_split=force_split,
            workers=workers,
        )
    if as_json:
        output.show_json(report.to_json_dict())
    else:
        from workbench.cli.label_commands import say_format, show_problems

        if report.labels:
            say_format(report.labels)
        show_problems(report.problems)
        output.say(repr(report))
    if (report.problems["severity"] == "error").any():
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def drop(
    image_ids: Annotated[list[str] | None, typer.Argument(help="Pictures of the project, by image_id.")] = None,
    because: Annotated[str, typer.Option("--because", help="Why; it is kept.")] = "",
    undo: Annotated[
        list[int] | None, typer.Option("--undo", help="Bring a picture back: the number that its dropping said.")
    ] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Take pictures out of the project; versions stay as they are, and it can be undone."""
    if bool(image_ids) == bool(undo):
        raise typer.BadParameter("give pictures to drop, with --because, or --undo and the number of a dropping")
    opened = open_here(project)
    events = [opened.folder.store.undo(event) for event in undo or ()]
    if image_ids:
        events = opened.drop(image_ids, because=because)
    if as_json:
        output.show_json({"dropped": image_ids or [], "undone": undo or [], "events": events})
    elif image_ids:
        back = " ".join(f"--undo {event}" for event in events)
        output.say(f"dropped {', '.join(image_ids)}; to have them back: workbench drop {back}")
    else:
        output.say(f"brought back {counted(len(events), 'pictures')}")


@app.command()
def duplicates(
    pictures: Annotated[
        list[Path] | None, typer.Argument(help="Folders; without them, the project's pictures.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with the pictures.")] = None,
    workers: WorkersOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Find pictures that are there more than once, and propose which to keep; nothing is dropped."""
    from workbench.pictures import find_duplicates, survey

    if pictures:
        there = survey(pictures, workers=workers)
        found = find_duplicates(there.images, there.root, look=there.look, workers=workers)
    else:
        found = open_here(project).duplicates(workers=workers)
    if out is not None:
        from workbench.project import files
        from workbench.show import duplicates_page

        files.write_text(out, duplicates_page(found))
    summary = found.to_json_dict()
    if as_json:
        output.show_json(summary)
    else:
        output.show_table(found.keep_best(), title="which to keep")
        output.show_pairs(summary["summary"])
    if len(found.groups):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def leaks(
    pictures: Annotated[
        Path | None, typer.Argument(help="A folder with train, val and test below it; without it, the project.")
    ] = None,
    train: Annotated[Path | None, typer.Option(help="The folder of the training pictures.")] = None,
    val: Annotated[Path | None, typer.Option(help="The folder of the val pictures.")] = None,
    test: Annotated[Path | None, typer.Option(help="The folder of the test pictures.")] = None,
    workers: WorkersOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Find pictures of one split that give away pictures of another."""
    from workbench.pictures import find_leaks, survey, survey_splits, with_folder_splits

    folders = {name: folder for name, folder in (("train", train), ("val", val), ("test", test)) if folder}
    if folders:
        images, _, root = survey_splits(folders, workers=workers)
        found = find_leaks(images, root, workers=workers)
    elif pictures is not None:
        there = survey(pictures, workers=workers)
        found = find_leaks(with_folder_splits(there), there.root, workers=workers)
    else:
        found = open_here(project).leaks(workers=workers)
    if as_json:
        output.show_json(found.to_json_dict())
    else:
        if len(found.table):
            output.show_table(found.table)
        output.say(repr(found))
    if not found.ok:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def coverage(
    ours: Annotated[str, typer.Argument(help="A folder; in a project, a split or a source.")],
    reference: Annotated[str, typer.Option("--reference", help="The same of what the detector must work on.")],
    labels: LabelsOption = None,
    reference_labels: Annotated[Path | None, typer.Option("--reference-labels", help="Its label files.")] = None,
    format: FormatOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plot as PNG or SVG.")] = None,
    workers: WorkersOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say what is missing in pictures that are trained on, held against those the detector must work on."""
    if Path(ours).is_dir():
        from workbench.collect.labelled_folders import coverage_of_folders

        found = coverage_of_folders(
            Path(ours),
            Path(reference),
            labels=labels,
            reference_labels=reference_labels,
            format=format,
            workers=workers,
        )
    else:
        found = open_here(project).coverage(ours, reference=reference, workers=workers)
    if out is not None:
        from workbench.show import write_coverage

        write_coverage(found, out)
    if as_json:
        output.show_json(found.to_json_dict())
    else:
        output.say(repr(found))
    if found.table["missing"].any():
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def pick(
    count: Annotated[int, typer.Argument(help="How many pictures.", min=1)],
    by: Annotated[str, typer.Option("--by", help="diversity, coverage, likeness or mix.")] = "mix",
    pool: Annotated[str, typer.Option("--pool", help="The split to pick from.")] = "pool",
    like: Annotated[list[str] | None, typer.Option("--like", help="Pictures (image ids) to look for.")] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", help="A split or source whose gaps are to be filled.")
    ] = None,
    weights: Annotated[str, typer.Option(help="Whose backbone compares them: base, plates, or a .pt file.")] = "base",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Propose which pictures of the pool to label next, each with the reason why."""
    from workbench.model import tables

    chosen = open_here(project).pick(count, by=by, pool=pool, like=like or (), reference=reference, weights=weights)
    if as_json:
        output.show_json({"pictures": tables.records(chosen)})
    else:
        output.show_table(chosen.drop(columns="path"), limit=len(chosen))
