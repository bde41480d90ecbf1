"""Predict first: a slider and a button in the notebook, that keep a guess before the answer is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.machine.extras import need

with need("notebook"):
    import ipywidgets as widgets

if TYPE_CHECKING:
    from workbench.course.guesses import Guesses


def ask(guesses: Guesses, question: str, *, low: float = 0.0, high: float = 1.0, step: float = 0.01) -> Any:
    """Ask for a guess. The first one stands: once kept, slider and button are still.

    Args:
        guesses: where it is kept.
        question: what is asked; the same question is answered once.
        low: least value.
        high: largest value.
        step: of the slider.
    """
    known = guesses.of(question)
    slider = widgets.FloatSlider(
        value=(low + high) / 2 if known is None else known, min=low, max=high, step=step, readout_format=".2f"
    )
    slider.layout.width = "24em"
    button = widgets.Button(description="That is my guess", tooltip="Keep it; it cannot be changed afterwards")
    said = widgets.Label()

    def show(value: float) -> None:
        slider.disabled = button.disabled = True
        said.value = f"You guessed {value:g}."

    def keep(_: object) -> None:
        guesses.keep(question, slider.value)
        show(slider.value)

    button.on_click(keep)
    if known is not None:
        show(known)
    return widgets.VBox([widgets.Label(question), widgets.HBox([slider, button, said])])
