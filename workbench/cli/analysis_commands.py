"""Commands that say how good a detector is and where it fails: evaluate, failures, suspects, compare, fiftyone.

Each works on a project's run, or without a project on plain files (--images, --labels, --predictions).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import output
from workbench.cli.label_commands import say_format
from workbench.cli.looked_at import LookedAt, looks, pairs, say_how_read
from workbench.cli.options import (
    ConfidenceOption,
    IouOption,
    JsonOption,
    ProjectOption,
    SplitOption,
    VersionOption,
    finished_runs,
    last_run,
    open_here,
    run_names,
    takes_recipe,
)
from workbench.train.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()


@app.command()
@looks
def evaluate(
    looked_at: LookedAt,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="A column to part the test set by, such as source or height.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="A part by rule: NAME=RULE, such as 'near=height > 20'.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """AP, precision, recall, hits, false alarms and misses."""
    from workbench.model import tables

    result = looked_at.evaluate()
    points = result.operating_points()
    rules = pairs(rule, "--rule")
    slices = result.slices(*(by or ()), rules=rules) if by or rules else None
    labels = result.test.labels
    if as_json:
        parts = {} if slices is None else {"slices": tables.records(slices)}
        chosen = {} if labels is None else {"labels": labels.chosen}
        output.show_json({**result.to_json_dict(), "operating_points": tables.records(points), **parts, **chosen})
        return
    settings = result.settings
    few = settings.pictures_with_predictions
    named = f" ({few} with predictions)" if looked_at.is_plain and few < settings.pictures else ""
    title = (
        f"{result.inputs.name}: {settings.pictures} pictures{named}, "
        f"confidence {settings.confidence:g}, IoU {settings.iou:g}"
        + (f"; {settings.unlabelled_left_out} unlabelled left out" if settings.unlabelled_left_out else "")
    )
    if labels is not None:
        say_format(labels.chosen)
    say_how_read(result)
    output.show_pairs(dict(result.metrics), title=title)
    shown = ["point", "confidence", "precision", "recall", "f1", "tp", "fn", "fp", "false_alarms_per_picture"]
    output.show_table(points[shown], title=f"other confidences (intervals by {settings.intervals})")
    if slices is not None:
        columns = ["by", "slice", "boxes", "recall", "recall_low", "recall_high", "precision", "f1", "warning"]
        output.show_table(slices[columns], title="parts of the test set")


@app.command()
@looks
def failures(
    looked_at: LookedAt,
    out: Annotated[Path | None, typer.Option("--out", help="Write a page with pictures.")] = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option("--confirm", help="What a person says of a failure of a run: BOX=CAUSE or PREDICTION=CAUSE."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Misses and false alarms with their errors, likely causes and what to do; --json has every one."""
    from workbench.model import tables

    result = looked_at.evaluate()
    if confirm:
        result.mark(_confirmations(result.failures, pairs(confirm, "--confirm")))
        result = looked_at.evaluate()
    causes = result.next_steps
    if out is not None:
        result.save(out)
    if as_json:
        found = {"causes": tables.records(causes), "failures": tables.records(result.failures)}
        output.show_json({**found, **result.to_json_dict()})
    else:
        say_how_read(result)
        shown = ["cause", "failures", "misses", "false_alarms", "f1_gain", "ap_gain", "action", "example"]
        output.show_table(causes[shown], title=f"{result.inputs.name}: why it failed, and what to do next")
        if out is not None:
            from workbench.show.pages.failures_page import LIMIT

            output.say(str(out.resolve()))
            if len(result.failures) > LIMIT:
                output.say(f"the page shows {LIMIT} of {len(result.failures)} failures; --json lists every one")


@app.command()
@looks
@takes_recipe
def suspects(
    recipe: Recipe,
    looked_at: LookedAt,
    limit: Annotated[int, typer.Option("--limit", help="Show so many.", min=1)] = 50,
    folds: Annotated[
        int | None,
        typer.Option(help="The labels to learn from: train so many detectors, each without a part of them.", min=2),
    ] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Labels that look wrong to a detector that never saw them: missing, loose, shifted, of the wrong class.

    With --folds, --version and the options from --detector to --device say how each detector is trained, as for train;
    folds that were trained so before are not trained again.
    """
    from workbench.model import tables

    if folds is None:
        result = looked_at.evaluate()
    else:
        if looked_at.is_plain or looked_at.run is not None:
            raise typer.BadParameter("--folds trains detectors of its own; leave --labels, --predictions, --run out")
        result = looked_at.opened().out_of_fold(version, folds=folds, **recipe.options())
    found = result.suspects.head(limit)
    if as_json:
        output.show_json({"suspects": tables.records(found)})
        return
    say_how_read(result)
    shown = ["kind", "score", "image_id", "box_id", "evidence", "fix"]
    output.show_table(found[shown], title="labels to look at, the most suspicious first", limit=limit)


@app.command()
def compare(
    runs: Annotated[list[str] | None, typer.Argument(help="Two runs or more; by default all finished ones.")] = None,
    confidence: ConfidenceOption = 0.5,
    iou: IouOption = 0.5,
    split: SplitOption = "test",
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What runs fixed and broke against one another, on the same pictures."""
    from workbench.analyse import compare_all
    from workbench.model import tables

    opened = open_here(project)
    test = opened.test(split)
    named = [last_run(opened, run) for run in runs] if runs else finished_runs(opened)
    found = test.evaluate_all(*named, confidence=confidence, iou=iou)
    for remark in dict.fromkeys(remark for one in found.values() for remark in one.settings.remarks):
        output.hint(f"workbench: {remark}")
    if len(named) != 2:
        every = compare_all(found)
        if as_json:
            output.show_json({"iterations": tables.records(every)})
            return
        shown = ["iteration", "AP", "AP_change", "recall", "recall_low", "recall_high", "recall_change", "f1"]
        output.show_table(every[[*shown, "fixed", "broken", "stayed"]], title=f"all on {split!r}")
        return
    first, second = found.values()
    ledger, metrics = second.ledger(first), second.difference(first)
    if as_json:
        output.show_json({"metrics": tables.records(metrics), "ledger": tables.records(ledger)})
        return
    output.show_table(metrics, title=f"{named[0]} → {named[1]}; 95 % interval of the difference by paired bootstrap")
    output.show_table(ledger.groupby(["kind", "change"]).size().reset_index(name="count"), title="ledger")


@app.command()
@looks
def fiftyone(
    looked_at: LookedAt,
    name: Annotated[str | None, typer.Option(help="The dataset's name in FiftyOne.")] = None,
    port: Annotated[int | None, typer.Option(help="By default a free one from 5151 on.")] = None,
    app_too: Annotated[bool, typer.Option("--app/--no-app", help="Open the App and wait, or only build.")] = True,
    rounds: Annotated[
        str | None,
        typer.Option("--rounds", help="Further ones to hold, in a field each: all, or numbers and runs: 1,2,r007."),
    ] = None,
) -> None:
    """Browse predictions against ground truth in FiftyOne."""
    from workbench.show import launch

    if looked_at.is_plain and rounds is not None:
        raise typer.BadParameter("--rounds needs a project; plain files have one set of predictions")
    further = rounds if rounds in (None, "all") else run_names(rounds)
    held = looked_at.evaluate()
    dataset = held.fiftyone(rounds=further, name=name)
    say_how_read(held)
    views = ", ".join(dataset.list_saved_views())
    output.say(f"FiftyOne dataset {dataset.name}: {len(dataset)} pictures; saved views: {views}")
    looked_at.said.speak()
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
