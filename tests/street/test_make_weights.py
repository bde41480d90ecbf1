"""Weights made from drawings: two stages, and a record that says both."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.project import files
from workbench.street.weights.base_weights import BASE, BASE_RCNN
from workbench.street.weights.drawn import Drawn, DrawnRecipe, Weights
from workbench.train import drawn_weights
from workbench.train.drawn_weights import make_weights, sources_sha256


def square(rng: np.random.Generator, index: int) -> Drawn:
    picture = np.full((64, 64, 3), 40, dtype=np.uint8)
    x, y = (int(v) for v in rng.integers(4, 30, size=2))
    cv2.rectangle(picture, (x, y), (x + 23, y + 23), (0, 0, 255), -1)
    return Drawn(cv2.imencode(".jpg", picture)[1].tobytes(), 64, 64, [("square", (x, y, x + 24, y + 24))])


SQUARES = Weights(
    name="squares",
    classes=("square",),
    draw=square,
    key=99,
    val_every=4,
    recipe=DrawnRecipe(pictures=8, batches=2, image_size=64, batch=4),
)


@pytest.mark.slow
def test_make_weights__goes_on_from_weights_and_says_so(tmp_path: Path) -> None:
    first = make_weights(SQUARES, tmp_path / "one", workers=1)
    again = make_weights(
        replace(SQUARES, recipe=replace(SQUARES.recipe, batches=1, seed=1)),
        tmp_path / "two",
        start=tmp_path / "one" / "squares.pt",
        workers=1,
    )
    assert again == json.loads((tmp_path / "two" / "squares.json").read_text())
    assert again["start"] == first
    assert first["start"] is None
    assert again["sha256"] == files.sha256_of(tmp_path / "two" / "squares.pt") != first["sha256"]
    assert again["sources_sha256"] == first["sources_sha256"] == sources_sha256()
    assert again["boxes"] == {"square": 8}


def test_base_rcnn__learns_from_the_pictures_of_base() -> None:
    assert BASE_RCNN.draw is BASE.draw
    assert (BASE_RCNN.key, BASE_RCNN.recipe.seed) == (BASE.key, BASE.recipe.seed)
    assert "plate" not in BASE_RCNN.classes


def test_main__takes_the_recipe_of_the_weights_and_what_is_asked_for(tmp_path, monkeypatch) -> None:
    made = []

    def make(wanted: Weights, out: Path, *, start: Path | None) -> dict[str, object]:
        made.append((wanted, out, start))
        return dict.fromkeys(("boxes", "sha256", "seconds", "metrics"))

    monkeypatch.setattr(drawn_weights, "make_weights", make)
    monkeypatch.setattr("sys.argv", ["drawn_weights", "base_rcnn", str(tmp_path), "--batches", "7"])
    drawn_weights.main()
    monkeypatch.setattr("sys.argv", ["drawn_weights", "squares", str(tmp_path)])
    with pytest.raises(SystemExit):
        drawn_weights.main()
    wanted = replace(BASE_RCNN, recipe=replace(BASE_RCNN.recipe, batches=7))
    assert made == [(wanted, tmp_path, None)]
