"""Predict first: a slider and a button in the notebook, that keep a guess before the answer is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.machine.extras import need

with need("notebook"):
    import ipywidgets as widgets


def ask(
    question: str,
    keep: Callable[[float], object],
    *,
    known: float | None = None,
    low: float = 0.0,
    high: float = 1.0,
    step: float = 0.01,
) -> Any:
    """Ask for a guess. The first one stands: once kept, slider and button are still.

    Args:
        question: what is asked.
        keep: called with the guess, once.
        known: what was guessed before; then it is only shown.
        low: least value.
        high: largest value.
        step: of the slider.
    """
    slider = widgets.FloatSlider(
        value=(low + high) / 2 if known is None else known, min=low, max=high, step=step, readout_format=".2f"
    )
    slider.layout.width = "24em"
    button = widgets.Button(description="That is my guess", tooltip="Keep it; it cannot be changed afterwards")
    said = widgets.Label()

    def show(value: float) -> None:
        slider.disabled = button.disabled = True
        said.value = f"You guessed {value:g}."

    def answer(_: object) -> None:
        keep(slider.value)
        show(slider.value)

    button.on_click(answer)
    if known is not None:
        show(known)
    return widgets.VBox([widgets.Label(question), widgets.HBox([slider, button, said])])
