"""Commands about label files: check, convert, label-stats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import output
from workbench.cli.options import FormatOption, ImagesOption, JsonOption, ProjectOption, WorkersOption, open_here
from workbench.label.formats.spec import WRITABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

app = typer.Typer()


@app.command()
def check(
    labels: Annotated[Path | None, typer.Argument(help="Label files; without it, the project's labels.")] = None,
    images: ImagesOption = None,
    format: FormatOption = None,
    project: ProjectOption = Path(),
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for mistakes in labels; each has a name, a place and a fix."""
    from workbench.label import check_labels

    if labels is None:
        report = open_here(project).check()
    else:
        report = check_labels(labels, images=images, format=format, workers=workers)
    if as_json:
        output.show_json(report.to_json_dict())
    else:
        if labels is not None:
            say_format(report.summary)
        show_problems(report.problems)
        output.say(report.words)
        for note in report.summary["notes"]:
            output.say(note)
    if not report.ok:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def convert(
    labels: Annotated[Path, typer.Argument(help="The label files: a folder or one file.")],
    out: Annotated[Path, typer.Argument(help="A new folder or file.")],
    to: Annotated[str, typer.Option("--to", help=f"{' '.join(WRITABLE)}.")],
    source: Annotated[str | None, typer.Option("--from", help="The present format; told from the files.")] = None,
    images: ImagesOption = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend the systematic mistakes that the check names.")] = False,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write labels in another format; the originals stay as they are."""
    from workbench.label import convert as convert_labels

    report = convert_labels(labels, out, to=to, format=source, images=images, fix=fix, workers=workers)
    if as_json:
        output.show_json(report.to_json_dict())
    else:
        say_format(report.check.summary)
        show_problems(report.check.problems)
        for line in report.fixed:
            output.say(f"fixed: {line}")
        if report.written.losses:
            output.show_table(report.written.losses_table(), title=f"what {to} cannot hold")
        output.say(report.written.words)
        if report.left_out:
            output.say(report.left_out_words)
    if not report.ok:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command("label-stats")
def label_stats(
    labels: Annotated[Path | None, typer.Argument(help="Label files; without it, the project's labels.")] = None,
    images: ImagesOption = None,
    format: FormatOption = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Count boxes and their sizes, class by class."""
    from workbench.label import label_stats as stats_of
    from workbench.label import read_labels, stats_of_tables
    from workbench.model import tables

    read = None if labels is None else read_labels(labels, images=images, format=format)
    stats = stats_of_tables(*open_here(project).folder.store.read_all()) if read is None else stats_of(read)
    if as_json:
        chosen = {} if read is None else {"labels": read.chosen}
        output.show_json({"classes": tables.records(stats), **chosen})
        return
    if read is not None:
        say_format(read.chosen)
    output.show_table(stats)


def say_format(chosen: Mapping[str, Any]) -> None:
    """One line that says which format label files were read as, and why."""
    output.say(f"read as {chosen['format']}: {chosen['reason']}")


def show_problems(problems: pd.DataFrame) -> None:
    """One line for each kind of problem, with its first place, a count and the fix."""
    from workbench.model import tables

    by_code: dict[str, list[dict[str, Any]]] = {}
    for row in tables.records(problems):
        by_code.setdefault(row["code"], []).append(row)
    for code, rows in by_code.items():
        first = rows[0]
        place = ":".join(str(first[name]) for name in ("file", "line") if first[name] is not None)
        more = f" (and {len(rows) - 1} more like it; --json lists them)" if len(rows) > 1 else ""
        output.say(f"{first['severity']:<7} {code}: {place + ': ' if place else ''}{first['message']}{more}")
        if first["fix"]:
            output.say(f"        → {first['fix']}")
