"""Randomised scenes: the same again for the same numbers, boxes inside the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.street.draw.collage import Collage, Piece
from workbench.street.draw.glyphs import glyph
from workbench.street.plates.country_plates import country_plate
from workbench.street.plates.korean_plates import COMMERCIAL, PRIVATE, REGIONS, RENTAL
from workbench.street.plates.world_plates import world_plate
from workbench.street.scene import randomised
from workbench.street.scene import randomised_weather as weather
from workbench.street.scene.randomised import (
    LEAST_VISIBLE,
    compose,
    render_randomised,
)

from ..depth import often


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


def visible(collage: Collage, piece: Piece) -> np.ndarray:
    return collage.owner == piece.owner


@pytest.mark.slow
def test_compose__every_plate_that_shows_has_the_box_its_pixels_have() -> None:
    seen = hidden = 0
    for seed in range(30):
        collage = compose(np.random.default_rng([seed, 2]))
        _, boxes = collage.boxes(("plate",), least_visible=LEAST_VISIBLE)
        expected = []
        for piece in (piece for piece in collage.pieces if piece.class_name == "plate"):
            mask = visible(collage, piece)
            if mask.sum() < max(LEAST_VISIBLE * piece.pixels, 12):
                hidden += 1
                continue
            ys, xs = np.nonzero(mask)
            expected.append([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
        seen += len(expected)
        assert np.array_equal(boxes, np.array(expected, dtype=float).reshape(-1, 4))
    assert seen >= 30
    assert hidden >= 1


def test_boxes__a_later_piece_takes_a_plates_box_by_what_it_leaves_of_it() -> None:
    sheet = np.full((20, 40, 3), 255, dtype=np.uint8)
    square = np.array([[10, 10], [50, 10], [50, 30], [10, 30]], dtype=float)

    def covered(share: float) -> np.ndarray:
        collage = Collage(np.zeros((60, 80, 3), dtype=np.uint8))
        collage.glue(sheet, square, "plate")
        collage.glue(sheet, square - [(1 - share) * 40, 0], "vehicle")
        return collage.boxes(("plate",), least_visible=LEAST_VISIBLE)[1]

    assert covered(0.0).tolist() == [[10, 10, 50, 30]]
    assert covered(0.25).tolist() == [[20, 10, 50, 30]]
    assert covered(0.7).tolist() == []


def test_watermark__leaves_most_of_every_plate() -> None:
    for seed in range(often(8, 25)):
        collage = compose(np.random.default_rng([seed, 3]))
        before = collage.colour.copy()
        randomised._watermark(collage, np.random.default_rng(seed))
        changed = (collage.colour != before).any(axis=2)
        for piece in (piece for piece in collage.pieces if piece.class_name == "plate"):
            mask = visible(collage, piece)
            assert (changed & mask).sum() <= 0.75 * mask.sum()


@pytest.mark.parametrize(
    ("level", "noise", "shows"), [(60, 0, False), (60, 6, False), (60, 0, True)], ids=["flat", "noisy", "plate"]
)
def test_shows__a_plate_that_nobody_can_see_is_not_asked_for(level: int, noise: int, shows: bool) -> None:
    rng = np.random.default_rng(0)
    picture = np.full((40, 100, 3), level, dtype=float) + noise * rng.standard_normal((40, 100, 1))
    if shows:
        picture[14:26:2, 20:80:9] += 90
        picture[14:26, 20:50] += 30
    assert randomised._shows(picture.clip(0, 255).astype(np.uint8), np.array([18.0, 12, 82, 28])) is shows


@pytest.mark.parametrize("maker", [country_plate, world_plate], ids=["country", "world"])
def test_plates__are_sheets_of_many_shapes(maker: Any) -> None:
    rng = np.random.default_rng(5)
    aspects = []
    for _ in range(120):
        sheet = maker(rng)
        assert sheet.dtype == np.uint8
        assert sheet.shape[2] == 3
        assert 90 <= sheet.shape[0] <= 260
        assert sheet.std() > 3
        aspects.append(sheet.shape[1] / sheet.shape[0])
    assert min(aspects) < 1.6
    assert max(aspects) > 4.0


def test_under_weather__leaves_its_argument_and_keeps_plates_visible_at_night() -> None:
    picture = np.full((120, 160, 3), 120, dtype=np.uint8)
    picture[40:60, 50:110] = 240
    plates = np.zeros((120, 160), dtype=bool)
    plates[40:60, 50:110] = True
    before = picture.copy()
    dark = [weather._night(picture, plates, np.random.default_rng(seed)) for seed in range(20)]
    assert np.array_equal(picture, before)
    assert np.mean([p[plates].mean() > p[~plates].mean() for p in dark]) > 0.9
    assert np.mean([np.median(p[~plates]) < 100 for p in dark]) > 0.5


def test_glyph__every_letter_of_a_korean_plate_can_be_drawn() -> None:
    for letter in set(PRIVATE + COMMERCIAL + RENTAL + "".join(REGIONS)):
        ink = glyph(letter, 40, 60)
        assert ink.shape == (60, 40)
        assert ink.max() == 255
