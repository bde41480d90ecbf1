"""The predict-first widget, driven as the browser drives it."""

from __future__ import annotations

from workbench.show.labeller.guess import ask


def test_ask__keeps_the_first_guess_and_shows_it_again() -> None:
    kept: list[float] = []
    row = ask("Recall on video?", kept.append).children[1]
    slider, button, said = row.children
    slider.value = 0.8
    button.click()
    assert kept == [0.8]
    assert (slider.disabled, button.disabled, said.value) == (True, True, "You guessed 0.8.")
    again = ask("Recall on video?", kept.append, known=0.8).children[1].children
    assert (again[0].value, again[0].disabled, again[2].value) == (0.8, True, "You guessed 0.8.")
