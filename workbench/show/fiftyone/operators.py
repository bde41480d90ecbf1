"""What a person can do to labels in FiftyOne's App: thin operators that call the package and do nothing else.

FiftyOne is there when this is imported: its App's plugin does it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from workbench.analyse import CAUSES
from workbench.model.errors import WorkbenchError
from workbench.show.fiftyone import edits_back
from workbench.show.fiftyone.dataset_content import PREDICTIONS, TRUTH


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


OPERATORS = (SendToRelabel, MarkEdgeCase, MarkOutside, ConfirmCause, Escalate, AcceptBox, TakeEdits)
