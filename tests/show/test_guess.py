"""The predict-first widget, driven as the browser drives it."""

from __future__ import annotations

from pathlib import Path

from workbench.course.guesses import Guesses
from workbench.show.labeller.guess import ask


def test_ask__keeps_the_first_guess_and_shows_it_again(tmp_path: Path) -> None:
    guesses = Guesses(tmp_path / "guesses.json", who="민아")
    row = ask(guesses, "Recall on video?").children[1]
    slider, button, said = row.children
    slider.value = 0.8
    button.click()
    assert guesses.of("Recall on video?") == 0.8
    assert (slider.disabled, button.disabled, said.value) == (True, True, "You guessed 0.8.")
    again = ask(guesses, "Recall on video?").children[1].children
    assert (again[0].value, again[0].disabled, again[2].value) == (0.8, True, "You guessed 0.8.")
