"""The small pictures beside a finding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workbench.label.check.drawing import AS_READ, SHOULD_BE, draw_boxes

SIZE = (400, 300)


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    path = tmp_path_factory.mktemp("drawing") / "grey.png"
    Image.new("RGB", SIZE, (90, 90, 90)).save(path)
    return str(path)


def places(picture, colour):
    """Where a colour is drawn: rows and columns."""
    return np.nonzero((np.asarray(picture) == colour).all(axis=-1))


@given(st.lists(st.tuples(*[st.one_of(st.floats(-1e6, 1e6), st.floats())] * 4), max_size=4))
def test_draw_boxes__any_numbers(grey, boxes):
    drawn = draw_boxes(grey, [(box, AS_READ) for box in boxes], side=200)
    assert max(drawn.size) <= 200
    finite = [box for box in boxes if np.isfinite(box).all()]
    assert bool(len(places(drawn, AS_READ)[0])) == bool(finite)


def test_draw_boxes__shows_the_part_with_the_boxes(grey):
    drawn = draw_boxes(grey, [((200, 100, 260, 120), AS_READ), ((210, 110, 270, 130), SHOULD_BE)], side=320)
    rows, columns = places(drawn, SHOULD_BE)
    # 70 x 30 px of boxes, 70 px of room on each side: 210 x 170 px shown in 320 px.
    scale = 320 / 210
    assert drawn.size == (320, round(170 * scale))
    assert columns.min() == pytest.approx((210 - 130) * scale, abs=2)
    assert columns.max() == pytest.approx((270 - 130) * scale, abs=2)
    assert rows.min() == pytest.approx((110 - 30) * scale, abs=2)


def test_draw_boxes__a_box_beside_the_picture_is_drawn_along_its_edge(grey):
    drawn = draw_boxes(grey, [((900, 100, 950, 120), AS_READ)], side=320)
    _, columns = places(drawn, AS_READ)
    assert columns.min() >= drawn.width - 3


def test_draw_boxes__no_boxes_show_the_whole_picture(grey):
    assert draw_boxes(grey, [], side=200).size == (200, 150)


def test_draw_boxes__no_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert draw_boxes(str(tmp_path / "a.png"), []) is None
