"""The panel in FiftyOne's App: the confidence as a slider, with counts, curves and causes.

FiftyOne is there when this is imported: its App's plugin does it.
"""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from workbench.show.fiftyone import live
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
