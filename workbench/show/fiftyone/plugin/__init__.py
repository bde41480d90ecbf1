"""FiftyOne's App, connected to the project: thin operators and a panel that call the package and do nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from workbench.analyse import CAUSES
from workbench.model.errors import WorkbenchError
from workbench.show.fiftyone import edits_back, live
from workbench.show.fiftyone.dataset_content import PREDICTIONS, TRUTH
from workbench.show.plots.plot_axes import BLUE, GREEN, ORANGE

# As in the explorer and the plots: the curves differ in their dashes, too.
_LINES = {
    "precision": ("precision", BLUE, "solid"),
    "recall": ("recall", ORANGE, "dash"),
    "f1": ("F1", GREEN, "dashdot"),
}
_LAYOUT = {
    "height": 280,
    "margin": {"t": 10, "r": 20},
    "showlegend": True,
    "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    "xaxis": {"title": {"text": "confidence"}, "range": [0, 1]},
    "yaxis": {"range": [0, 1.02]},
}


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
    """What is done to the labels chosen; `asks` names a text to be given first, `offers` the usual ones."""

    name, label, icon, asks = "", "", "label", ""
    offers: tuple[str, ...] = ()

    @property
    def config(self) -> Any:
        return foo.OperatorConfig(
            name=self.name, label=f"Workbench: {self.label}", icon=self.icon, dynamic=bool(self.asks)
        )

    def resolve_input(self, ctx: Any) -> Any:
        inputs = types.Object()
        if self.asks:
            view = types.AutocompleteView() if self.offers else types.View()
            for offer in self.offers:
                view.add_choice(offer, label=offer)
            inputs.str("value", label=self.asks, required=True, view=view)
        count = len(chosen(ctx))
        inputs.md(f"{count} chosen" if count else "Choose labels or patches first.", name="count")
        return types.Property(inputs, view=types.View(label=self.label))

    def resolve_placement(self, ctx: Any) -> Any:
        button = types.Button(label=self.label, icon=self.icon, prompt=True)
        return types.Placement(types.Places.SAMPLES_GRID_SECONDARY_ACTIONS, button)

    def execute(self, ctx: Any) -> None:
        answer(ctx, lambda: self.do(ctx))

    def do(self, ctx: Any) -> str:
        raise NotImplementedError


class _Mark(_OnLabels):
    kind: Any = ""

    def do(self, ctx: Any) -> str:
        value = ctx.params["value"] if self.asks else True
        done = edits_back.mark_labels(ctx.dataset, chosen(ctx), self.kind, value)
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
    offers = tuple(cause.name for cause in CAUSES)


class Escalate(_OnLabels):
    """Somebody else has to decide; the note says what."""

    name, label, icon, asks = "escalate", "Escalate with a note", "flag", "What has to be decided"

    def do(self, ctx: Any) -> str:
        """Keep the note, then the flag."""
        ids = chosen(ctx)
        edits_back.mark_labels(ctx.dataset, ids, "note", ctx.params["value"])
        return f"{edits_back.mark_labels(ctx.dataset, ids, 'escalated')} escalated, the note kept in the project"


class AcceptBox(_OnLabels):
    """A prediction is right: a box of its picture's labels."""

    name, label, icon = "accept_box", "Accept as a box", "add_box"

    def do(self, ctx: Any) -> str:
        """Add them as boxes."""
        done = edits_back.accept_predictions(ctx.dataset, chosen(ctx))
        return f"{done} {'box' if done == 1 else 'boxes'} added to the project's labels; p.fiftyone(...) shows them"


class TakeEdits(foo.Operator):  # type: ignore[misc]
    """Boxes edited with the App's own tools, into the project."""

    @property
    def config(self) -> Any:
        """What FiftyOne asks of it."""
        return foo.OperatorConfig(name="take_edits", label="Workbench: take edited boxes into the project", icon="save")

    def execute(self, ctx: Any) -> None:
        """Take what differs."""

        def do() -> str:
            edits = edits_back.take_edits(ctx.dataset)
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
        ctx.panel.set_state({"confidence": _own(ctx), "follow": False, "why": False})
        self._move(ctx)

    def on_change_dataset(self, ctx: Any) -> None:
        """Begin again."""
        self.on_load(ctx)

    def moved(self, ctx: Any) -> None:
        """Follow the slider, and with it the grid if that was asked for."""
        ctx.panel.set_state("confidence", round(float(ctx.params["value"]), 2))
        self._move(ctx)

    def switched(self, ctx: Any) -> None:
        """Make the grid show what fails at this confidence, or everything again."""
        ctx.panel.set_state("follow", bool(ctx.params["value"]))
        if ctx.params["value"]:
            self._move(ctx)
        else:
            ctx.ops.clear_view()

    def asked_why(self, ctx: Any) -> None:
        """Show the causes at every confidence, for which the pictures have to be read once."""
        ctx.panel.set_state("why", bool(ctx.params["value"]))
        self._move(ctx)

    def _move(self, ctx: Any) -> None:
        confidence = float(ctx.panel.get_state("confidence"))
        evaluation = live.evaluation_of(ctx.dataset, confidence=confidence)
        m, sweep = evaluation.metrics, evaluation.curve()
        counts = (("hits", "tp"), ("misses", "fn"), ("false alarms", "fp"))
        said = [f"At {confidence:.2f}: " + ", ".join(f"{name} **{m[key]:.0f}**" for name, key in counts)]
        said += ["", f"precision {m['precision']:.2f}, recall {m['recall']:.2f}, F1 {m['f1']:.2f}"]
        ctx.panel.set_state("said", "\n".join(said))
        causes = self._causes(ctx, evaluation, confidence)
        rows = "".join(f"\n| {name} | {count} |" for name, count in causes.items())
        ctx.panel.set_state("causes", f"| cause | failures |\n|---|---|{rows}" if rows else "")
        lines = [
            # Where nothing is predicted there is no precision: a gap, and no fall to 0.
            {"x": known["confidence"].tolist(), "y": known[name].tolist(), **_drawn(*_LINES[name])}
            for name, known in ((name, sweep.dropna(subset=[name])) for name in _LINES)
        ]
        here = {"x": [confidence, confidence], "y": [0, 1], **_drawn("now", "#999999", "dot")}
        ctx.panel.set_data("curve", [*lines, here])
        if ctx.panel.get_state("follow"):
            failing = live.failing_labels(evaluation)
            ctx.ops.set_view(ctx.dataset.select_labels(ids=failing, omit_empty=True))

    def _causes(self, ctx: Any, evaluation: Any, confidence: float) -> dict[str, int]:
        if confidence == _own(ctx):
            return live.causes_shown(ctx.dataset)
        if not ctx.panel.get_state("why"):
            return {}
        causes = evaluation.causes
        return dict(zip(causes["cause"].tolist(), causes["failures"].tolist(), strict=True))

    def render(self, ctx: Any) -> Any:
        """The slider, the counts and causes, the curves, the switches."""
        panel = types.Object()
        slider = types.SliderView(label="Confidence", view_multiple_of=0.01, value_precision=2)
        panel.float("confidence", min=0.01, max=0.99, view=slider, on_change=self.moved)
        panel.md(ctx.panel.get_state("said") or "", name="said_now")
        panel.plot("curve", layout=_LAYOUT, config={"displayModeBar": False})
        panel.bool("follow", label="Show these failures in the grid", view=types.SwitchView(), on_change=self.switched)
        why = "Causes at every confidence (reads the pictures once)"
        panel.bool("why", label=why, view=types.SwitchView(), on_change=self.asked_why)
        panel.md(ctx.panel.get_state("causes") or "", name="causes_now")
        return types.Property(panel, view=types.GridView(orientation="vertical", pad=2))


def _drawn(name: str, colour: str, dash: str) -> dict[str, Any]:
    return {"name": name, "mode": "lines", "line": {"color": colour, "dash": dash}}


def _own(ctx: Any) -> float:
    return round(float(ctx.dataset.info.get("confidence", 0.5)), 2)


def register(plugin: Any) -> None:
    """FiftyOne calls this when it loads the plugin."""
    for one in (SendToRelabel, MarkEdgeCase, MarkOutside, ConfirmCause, Escalate, AcceptBox, TakeEdits, OperatingPoint):
        plugin.register(one)
