"""Commands about the course: class-report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import JsonOption

app = typer.Typer()


@app.command("class-report")
def class_report(
    folders: Annotated[list[Path], typer.Argument(help="The students' folders, or one that holds them all.")],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("class.html"),
    as_json: JsonOption = False,
) -> None:
    """Lay a class's decisions, guesses, exercises and labels side by side, on one page."""
    from workbench.course.class_overview import class_report as gather
    from workbench.model import tables

    report = gather(folders)
    page = report.save(out)
    if as_json:
        found = {name: tables.records(table) for name, table in vars(report).items() if name != "students"}
        output.show_json({"students": report.students, **found})
        return
    output.say(str(report))
    output.say(str(page))
