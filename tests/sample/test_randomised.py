"""Randomised scenes: the same again for the same numbers, boxes inside the picture, a dataset that YOLO can read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.sample.glyphs import glyph
from workbench.sample.plates import COMMERCIAL, PRIVATE, REGIONS, RENTAL
from workbench.sample.randomised import OBJECTS, render_objects, render_randomised, write_randomised


def test_render_randomised__same_numbers_same_picture() -> None:
    first, boxes = render_randomised(np.random.default_rng(3))
    second, again = render_randomised(np.random.default_rng(3))
    assert np.array_equal(first, second)
    assert np.array_equal(boxes, again)


def test_render_randomised__boxes_lie_in_the_picture_and_plates_are_common() -> None:
    total = 0
    for seed in range(12):
        picture, boxes = render_randomised(np.random.default_rng([seed, 1]))
        height, width = picture.shape[:2]
        assert boxes.shape == (len(boxes), 4)
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2] <= width).all()
        assert (boxes[:, 3] <= height).all()
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        total += len(boxes)
    assert total >= 8


def test_render_objects__labels_no_plate() -> None:
    _, names, boxes = render_objects(np.random.default_rng(4))
    assert len(names) == len(boxes)
    assert set(names) <= set(OBJECTS)
    assert "plate" not in OBJECTS


def test_write_randomised__dataset(tmp_path: Path) -> None:
    write_randomised(tmp_path, 3, seed=1)
    assert len(list((tmp_path / "images").glob("*.jpg"))) == len(list((tmp_path / "labels").glob("*.txt"))) == 3
    for file in (tmp_path / "labels").glob("*.txt"):
        values = np.array([[float(v) for v in line.split()] for line in file.read_text().splitlines()])
        assert ((values >= 0) & (values <= 1)).all()
    assert "0: plate" in (tmp_path / "data.yaml").read_text()


def test_glyph__every_letter_of_a_korean_plate_can_be_drawn() -> None:
    for letter in set(PRIVATE + COMMERCIAL + RENTAL + "".join(REGIONS)):
        ink = glyph(letter, 40, 60)
        assert ink.shape == (60, 40)
        assert ink.max() == 255
