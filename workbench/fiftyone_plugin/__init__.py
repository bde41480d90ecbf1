"""FiftyOne's App, connected to the project: thin operators and a panel that call the package and do nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from workbench.errors import WorkbenchError
from workbench.show import fiftyone_live, fiftyone_return
from workbench.show.fiftyone_content import PREDICTIONS, TRUTH


def chosen(ctx: Any) -> list[str]:
    """The ids of the labels that a person chose: labels, or patches, or all that the view shows of chosen pictures."""
    if ctx.selected_labels:
        return [one["label_id"] for one in ctx.selected_labels]
    if not ctx.selected:
        return []
    if ctx.view._is_patches:
        return [str(one) for one in ctx.selected]
    picked = ctx.view.select(ctx.selected)
    return [
        str(one)
        for field in (TRUTH, PREDICTIONS)
        if picked.has_field(field)
        for one in picked.values(f"{field}.detections.id", unwind=True)
        if one
    ]


def answer(ctx: Any, do: Callable[[], str]) -> None:
    """Do it and say what was done, or in one line why not."""
    try:
        said, kind = do(), "success"
    except WorkbenchError as error:
        said, kind = str(error), "error"
    ctx.ops.notify(said, variant=kind)
    if kind == "success":
        ctx.ops.reload_dataset()


class _OnLabels(foo.Operator):  # type: ignore[misc]
    """What is done to the labels chosen; `asks` names a text to be given first."""

    name, label, icon, asks = "", "", "label", ""

    @property
    def config(self) -> Any:
        return foo.OperatorConfig(
            name=self.name, label=f"Workbench: {self.label}", icon=self.icon, dynamic=bool(self.asks)
        )

    def resolve_input(self, ctx: Any) -> Any:
        inputs = types.Object()
        if self.asks:
            inputs.str("value", label=self.asks, required=True)
        count = len(chosen(ctx))
        inputs.md(f"{count} labels chosen" if count else "Choose labels or patches first.", name="count")
        return types.Property(inputs, view=types.View(label=self.label))

    def resolve_placement(self, ctx: Any) -> Any:
        return types.Placement(types.Places.SAMPLES_GRID_SECONDARY_ACTIONS, types.Button(label=self.label, prompt=True))

    def execute(self, ctx: Any) -> None:
        answer(ctx, lambda: self.do(ctx))

    def do(self, ctx: Any) -> str:
        raise NotImplementedError


class _Mark(_OnLabels):
    kind: Any = ""

    def do(self, ctx: Any) -> str:
        value = ctx.params["value"] if self.asks else True
        done = fiftyone_return.mark_labels(ctx.dataset, chosen(ctx), self.kind, value)
        return f"{done} kept in the project: {self.label.lower()}"


class SendToRelabel(_Mark):
    """The label is wrong: into the relabel queue."""

    name, label, icon, kind = "send_to_relabel", "Label is wrong: relabel", "edit", "relabel"


class MarkEdgeCase(_Mark):
    """An edge case."""

    name, label, icon, kind = "mark_edge_case", "Edge case", "star", "edge_case"


class MarkOutside(_Mark):
    """No job of the detector's, by the guide."""

    name, label, icon, kind = "mark_outside", "Not our job", "block", "outside"


class ConfirmCause(_Mark):
    """The cause, as a person says it."""

    name, label, icon, kind, asks = "confirm_cause", "Confirm the cause", "check", "cause", "The cause"


class Escalate(_OnLabels):
    """Somebody else has to decide; the note says what."""

    name, label, icon, asks = "escalate", "Escalate with a note", "flag", "What has to be decided"

    def do(self, ctx: Any) -> str:
        """Keep the note, then the flag."""
        ids = chosen(ctx)
        fiftyone_return.mark_labels(ctx.dataset, ids, "note", ctx.params["value"])
        return f"{fiftyone_return.mark_labels(ctx.dataset, ids, 'escalated')} escalated, the note kept in the project"


class AcceptBox(_OnLabels):
    """A prediction is right: a box of its picture's labels."""

    name, label, icon = "accept_box", "Accept as a box", "add_box"

    def do(self, ctx: Any) -> str:
        """Add them as boxes."""
        done = fiftyone_return.accept_predictions(ctx.dataset, chosen(ctx))
        return f"{done} boxes added to the project's labels; p.fiftyone(...) shows them"


class TakeEdits(foo.Operator):  # type: ignore[misc]
    """Boxes edited with the App's own tools, into the project."""

    @property
    def config(self) -> Any:
        """What FiftyOne asks of it."""
        return foo.OperatorConfig(name="take_edits", label="Workbench: take edited boxes into the project", icon="save")

    def execute(self, ctx: Any) -> None:
        """Take what differs."""

        def do() -> str:
            edits = fiftyone_return.take_edits(ctx.dataset)
            left = int((~edits["taken"].astype(bool)).sum())
            more = f"; {left} were edited elsewhere meanwhile and are left alone" if left else ""
            return f"the boxes of {len(edits) - left} pictures taken into the project{more}"

        answer(ctx, do)


class OperatingPoint(foo.Panel):  # type: ignore[misc]
    """The confidence as a slider: counts, curves, causes, and the view that goes with it."""

    @property
    def config(self) -> Any:
        """What FiftyOne asks of it."""
        return foo.PanelConfig(name="operating_point", label="Operating point", icon="tune", surfaces="grid")

    def on_load(self, ctx: Any) -> None:
        """Begin at the dataset's own confidence."""
        self._move(ctx, float(ctx.dataset.info.get("confidence", 0.5)))

    def moved(self, ctx: Any) -> None:
        """Follow the slider."""
        self._move(ctx, float(ctx.params["value"]))

    def show_failures(self, ctx: Any) -> None:
        """Make the grid show what fails at this confidence."""
        evaluation = fiftyone_live.evaluation_of(ctx.dataset, confidence=float(ctx.panel.get_state("confidence")))
        ctx.ops.set_view(ctx.dataset.select_labels(ids=fiftyone_live.failing_labels(evaluation), omit_empty=True))

    def _move(self, ctx: Any, confidence: float) -> None:
        evaluation = fiftyone_live.evaluation_of(ctx.dataset, confidence=confidence)
        m, sweep = evaluation.metrics, evaluation.sweep()
        ctx.panel.set_state("confidence", confidence)
        said = [f"**{m['tp']:.0f}** hits, **{m['fn']:.0f}** misses, **{m['fp']:.0f}** false alarms", ""]
        said += [
            f"precision {m['precision']:.2f}, recall {m['recall']:.2f}, F1 {m['f1']:.2f}",
            "",
            "| cause | failures |",
        ]
        said += ["|---|---|", *(f"| {row.cause} | {row.failures} |" for row in evaluation.causes().itertuples())]
        ctx.panel.set_state("said", "\n".join(said))
        lines = [
            {"x": sweep["confidence"].tolist(), "y": sweep[name].fillna(0).tolist(), "name": name, "mode": "lines"}
            for name in ("precision", "recall", "f1")
        ]
        here = {"x": [confidence, confidence], "y": [0, 1], "name": "now", "mode": "lines", "line": {"dash": "dot"}}
        ctx.panel.set_data("curve", [*lines, here])

    def render(self, ctx: Any) -> Any:
        """The slider, the counts and causes, the curves, the button."""
        panel = types.Object()
        slider = types.SliderView(label="Confidence")
        panel.float("confidence", min=0.01, max=0.99, view=slider, on_change=self.moved)
        panel.md(ctx.panel.get_state("said") or "", name="said_now")
        panel.plot("curve", layout={"height": 260, "margin": {"t": 10}}, config={"displayModeBar": False})
        panel.btn("show", label="Show these failures", on_click=self.show_failures)
        return types.Property(panel, view=types.GridView(orientation="vertical"))


def register(plugin: Any) -> None:
    """FiftyOne calls this when it loads the plugin."""
    for one in (SendToRelabel, MarkEdgeCase, MarkOutside, ConfirmCause, Escalate, AcceptBox, TakeEdits, OperatingPoint):
        plugin.register(one)
