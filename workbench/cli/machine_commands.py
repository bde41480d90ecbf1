"""Commands about this machine and the sample: doctor, sample, lab."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import JsonOption, WorkersOption

app = typer.Typer()


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Is this machine ready, and what to do if not."""
    from dataclasses import asdict

    from workbench.machine.doctor import examine

    findings = examine()
    if as_json:
        output.show_json({"findings": [asdict(finding) for finding in findings]})
    else:
        mark = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
        for finding in findings:
            output.say(f"{mark[finding.state]}  {finding.name:<12} {finding.found}")
            if finding.mend:
                output.say(f"{'':<19}→ {finding.mend}")
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    size: Annotated[str, typer.Option(help="tiny, quick or full.")] = "quick",
    seed: Annotated[int, typer.Option(help="The same seed draws the same pictures.")] = 0,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the made-up street: photos, clips and labels to learn with."""
    from dataclasses import asdict

    from workbench.street import make_sample

    report = make_sample(folder, size=size, seed=seed, workers=workers)
    if as_json:
        output.show_json(asdict(report))
    else:
        output.say(str(report))


@app.command()
def weights(as_json: JsonOption = False) -> None:
    """List the weights that ship: what they are, whether the files are whole, and what their licence means."""
    from dataclasses import asdict

    import pandas as pd

    from workbench.train.shipped_weights import describe_weights

    shipped = describe_weights()
    if as_json:
        output.show_json({"weights": [asdict(one) for one in shipped]})
    else:
        rows = [
            {
                "name": one.name,
                "detector": one.detector,
                "finds": ", ".join(one.classes),
                "px": one.image_size,
                "MB": one.megabytes,
                "file": one.state,
                "what it is for": one.purpose,
            }
            for one in shipped
        ]
        output.show_table(pd.DataFrame(rows))
        for licence in dict.fromkeys(one.licence for one in shipped):
            output.say(f"{', '.join(one.name for one in shipped if one.licence == licence)}: {licence}")
    for one in shipped:
        if one.state == "changed":
            output.hint(f"workbench: {one.file} is not the file its record describes; run `git checkout {one.file}`")
    if not shipped or any(one.state == "changed" for one in shipped):
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def lab(
    port: Annotated[int | None, typer.Option(help="By default a free one from 8888 on.")] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    print_command: Annotated[bool, typer.Option("--print", help="Print what would be run.")] = False,
) -> None:
    """Open JupyterLab at the first notebook."""
    import os
    import shlex

    from workbench.machine.lab import lab_command, lab_environment

    command = lab_command(port=port, browser=browser)
    if print_command:
        output.say(shlex.join(command))
        return
    os.execve(command[0], command, lab_environment())  # noqa: S606
