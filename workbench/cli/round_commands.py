"""Commands about rounds: decide, amend, rerun, timeline, report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import output
from workbench.cli.options import ConfidenceOption, IouOption, JsonOption, ProjectOption, last_run, open_here

app = typer.Typer()


class Choice(StrEnum):
    """What can be decided."""

    keep = "keep"
    revert = "revert"
    inconclusive = "inconclusive"


_KEEP = {Choice.keep: True, Choice.revert: False, Choice.inconclusive: None}
NumberArgument = Annotated[int, typer.Argument(help="The round, from 1.")]


@app.command()
def decide(
    number: NumberArgument,
    decision: Annotated[Choice, typer.Option("--decision", "-d", help="What was decided.")],
    because: Annotated[str, typer.Option("--because", "-b", help="Why.")],
    question: Annotated[str, typer.Option(help="What the round was to answer.")] = "",
    hypothesis: Annotated[str, typer.Option(help="What was believed.")] = "",
    expectation: Annotated[str, typer.Option(help="By how much it was to help, in words.")] = "",
    gain: Annotated[float | None, typer.Option(help="The same as a number, of --measure on --part.")] = None,
    measure: Annotated[str, typer.Option(help="recall, precision, f1 or false_alarms_per_picture.")] = "f1",
    part: Annotated[str, typer.Option(help="all, stills or video.")] = "all",
    despite: Annotated[str, typer.Option(help="Why it is kept although the difference may be nothing.")] = "",
    next_step: Annotated[str, typer.Option("--next", help="What follows.")] = "",
    seconds: Annotated[float | None, typer.Option(help="Time spent.")] = None,
    run: Annotated[str | None, typer.Option(help="The training it is about; by default the last.")] = None,
    test: Annotated[str, typer.Option("--split", "--test", help="A split, or the name of a frozen test.")] = "test",
    video: Annotated[
        list[str] | None, typer.Option(help="A source whose pictures are frames of videos; may be given again.")
    ] = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write a round's decision down, with the figures it rests on."""
    from workbench.decide.timeline import verdict

    opened = open_here(project)
    record = opened.decide(
        opened.test(test).evaluate(last_run(opened, run), confidence=confidence, iou=iou),
        number=number,
        keep=_KEEP[decision],
        because=because,
        question=question,
        hypothesis=hypothesis,
        expectation=expectation,
        expected_gain=gain,
        measure=measure,
        part=part,
        despite=despite,
        next_step=next_step,
        seconds=seconds,
        video=video,
    )
    if as_json:
        output.show_json(record.model_dump(mode="json"))
        return
    output.say(f"round {record.number}: {record.decision} – {record.reason}")
    output.say(f"  {verdict(record)}")
    for warning in (*([record.change["warning"]] if "warning" in record.change else []), *record.warnings):
        output.say(f"  caution: {warning}")


@app.command()
def amend(
    number: NumberArgument,
    because: Annotated[str, typer.Option("--because", "-b", help="What was learned.")],
    decision: Annotated[Choice | None, typer.Option("--decision", "-d", help="What holds from now on.")] = None,
    project: ProjectOption = Path(),
) -> None:
    """Add to a round's record; nothing written before is changed."""
    keep = None if decision is None else _KEEP[decision]
    if decision is Choice.inconclusive:
        raise typer.BadParameter("an amendment keeps or reverts; without --decision it only adds")
    output.say(str(open_here(project).amend(number, because=because, keep=keep)))


@app.command()
def rerun(
    number: NumberArgument,
    seeds: Annotated[int, typer.Option(help="Train so many times, to know the spread between seeds.", min=1)] = 1,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Train and evaluate a round again, and say whether its figures come out again."""
    result = open_here(project).rerun(number, seeds=seeds)
    if as_json:
        output.show_json(result.to_json_dict())
    else:
        output.show_table(result.figures)
        output.say(str(result))
    if not result.agrees or result.differs:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def timeline(
    out: Annotated[Path | None, typer.Option("--out", help="Draw the figure: a .svg, .png or .pdf.")] = None,
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """All rounds: what changed, what it did on stills and video, what was decided."""
    from workbench.model import tables

    opened = open_here(project)
    found = opened.rounds
    if out is not None:
        from workbench.show import save_timeline

        save_timeline(opened.records, out)
    if as_json:
        output.show_json({"rounds": tables.records(found)})
        return
    shares = [name for name in found.columns if "_recall_" in name]
    names = {name: name.replace("_recall_", " ") for name in shares}
    output.show_table(found[["round", "changed", *shares, "verdict", "decision"]].rename(columns=names))
    if (found["same_test_as_before"] == False).any():  # noqa: E712 - a column that may hold None
        output.say("rows with another test set than the row above are not comparable with it; --json tells which")
    if out is not None:
        output.say(str(out.resolve()))


@app.command()
def report(
    out: Annotated[Path, typer.Option("--out", help="The page to write: .html, or .md for a pull request.")] = Path(
        "report.html"
    ),
    project: ProjectOption = Path(),
) -> None:
    """Write all that was done and decided as one page."""
    output.say(str(open_here(project).report(out)))
