from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from workbench.model.errors import InputError
from workbench.pictures.crops import context_region, encode_jpeg
from workbench.pictures.decoded import with_sizes
from workbench.show.drawn_boxes import DrawnBox, cut_crop, draw_boxes
from workbench.show.fonts import hangul_font, load_font
from workbench.show.style import COLOURS


def share_of_blue(jpeg: bytes) -> float:
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)
    return float(((pixels[..., 2] - pixels[..., 0]) > 80).mean())


@given(
    st.tuples(*[st.floats(-50, 700)] * 4), st.integers(1, 640), st.integers(1, 480), st.floats(0.5, 3), st.floats(1, 6)
)
def test_context_region__lies_in_the_picture(values, width, height, aspect, context):
    xs, ys = sorted(values[:2]), sorted(values[2:])
    left, top, right, bottom = context_region(
        (xs[0], ys[0], xs[1], ys[1]), width, height, aspect=aspect, context=context
    )
    assert -1e-9 <= left < right <= width + 1e-9
    assert -1e-9 <= top < bottom <= height + 1e-9


def test_context_region__holds_a_box_that_lies_inside():
    left, top, right, bottom = context_region((600, 440, 640, 480), 640, 480)
    assert left <= 600
    assert top <= 440
    assert (right, bottom) == (640, 480)


@pytest.mark.parametrize("picture", ["a 1.jpg", "turned 1.jpg"], ids=["upright", "EXIF-turned"])
def test_cut_crop__shows_the_plate_where_the_upright_box_is(world, picture):
    row = world.boxes[world.boxes["image_id"] == picture.split()[0]].iloc[0]
    around = (row.xmin, row.ymin, row.xmax, row.ymax)
    crop = cut_crop(world.root / picture, around, [], context=1.0, size=(300, 90))
    inside = Image.open(io.BytesIO(crop.jpeg)).crop((100, 30, 200, 60))
    buffer = io.BytesIO()
    inside.save(buffer, "PNG")
    assert share_of_blue(buffer.getvalue()) > 0.95


def test_cut_crop__draft_decoding_shows_the_same_place(tmp_path):
    picture = Image.new("RGB", (4000, 3000), "#B8B8B0")
    picture.paste("#2255DD", (2000, 1500, 3000, 2000))
    picture.save(tmp_path / "big.jpg", quality=92)
    crop = cut_crop(tmp_path / "big.jpg", (2000, 1500, 3000, 2000), [])
    assert crop.region == (1000.0, 625.0, 4000.0, 2875.0)
    assert share_of_blue(crop.jpeg) == pytest.approx(1000 * 500 / (3000 * 2250), abs=0.01)


def test_cut_crop__draws_the_box_in_its_colour_and_keeps_the_byte_limit(world):
    box = DrawnBox((40, 60, 140, 90), "fn", "번호판")
    crop = cut_crop(world.root / "a 1.jpg", box.corners, [box], max_bytes=9_000)
    pixels = np.asarray(Image.open(io.BytesIO(crop.jpeg)).convert("RGB")).astype(int)
    wanted = np.array([int(COLOURS["fn"][i : i + 2], 16) for i in (1, 3, 5)])
    assert (np.abs(pixels - wanted).sum(axis=2) < 60).sum() > 300
    assert len(crop.jpeg) <= 9_000


def test_encode_jpeg__lowers_quality_until_it_fits():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8))
    assert len(encode_jpeg(noise, max_bytes=30_000)) <= 30_000 < len(encode_jpeg(noise, max_bytes=10**6))


@pytest.mark.parametrize(
    "corners",
    [(10, 10, 10, 10), (-40, -40, -20, -20), (0, 0, 320, 240), (318, 238, 330, 260), (5.2, 5.9, 5.3, 6.0)],
    ids=["no area", "outside", "whole picture", "over the edge", "below a pixel"],
)
@pytest.mark.parametrize("role", COLOURS)
def test_draw_boxes__takes_any_box(corners, role):
    picture = Image.new("RGB", (320, 240), "white")
    draw_boxes(picture, [DrawnBox(corners, role, "a long class name that does not fit the picture's width at all")])
    assert ImageChops.difference(picture, Image.new("RGB", (320, 240), "white")).getbbox() is not None


def test_load_font__writes_different_hangul_letters_differently():
    if hangul_font() is None:
        pytest.skip("no font with Hangul on this machine")
    font = load_font(20)
    assert font.getmask("번").getbbox() is not None
    assert bytes(font.getmask("번")) != bytes(font.getmask("호"))


@pytest.mark.parametrize("content", [None, b"", b"\xff\xd8\xff\xe0 not a picture"], ids=["missing", "empty", "broken"])
def test_cut_crop__bad_picture_is_one_clear_line(tmp_path, content):
    path = tmp_path / "x.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read the picture .*x\.jpg") as caught:
        cut_crop(path, (0, 0, 5, 5), [])
    assert "\n" not in str(caught.value)


def test_with_sizes__fills_in_upright_sizes_and_changes_nothing_else(world):
    images = world.images.assign(width=pd.Series([320, None, None, 320, 320], dtype="Int64"))
    filled = with_sizes(images, world.root)
    assert filled[["width", "height"]].astype(int).equals(world.images[["width", "height"]].astype(int))
    assert images["width"].isna().sum() == 2
