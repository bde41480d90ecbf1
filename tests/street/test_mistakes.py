"""The story's label files: what the converter gets right and wrong, and how wide the wide boxes are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.geometry import CORNERS
from workbench.street.story.label_mistakes import convert_as_in_the_story, far_too_wide
from workbench.street.story.sample_files import voc_text, yolo_text


def _voc(size: tuple[int, int], boxes: list[list[float]]) -> str:
    table = pd.DataFrame(boxes, columns=CORNERS).assign(truncated=False)
    return voc_text("photos", "a.jpg", size, table)


def test_convert_as_in_the_story__the_lecture_s_own_box_comes_out_right() -> None:
    line = convert_as_in_the_story(_voc((980, 551), [[330, 321, 744, 386]]))
    assert [float(v) for v in line.split()] == pytest.approx([0, 0.547959, 0.641561, 0.422449, 0.117967], abs=1e-6)


def test_convert_as_in_the_story__from_the_second_object_on_the_size_is_that_of_the_box_before() -> None:
    boxes = [[100, 50, 300, 90], [400, 60, 500, 80], [0, 0, 50, 10]]
    lines = convert_as_in_the_story(_voc((1000, 500), boxes)).splitlines()
    right = yolo_text((1000, 500), np.array(boxes, dtype=float)).splitlines()
    assert lines[0] == right[0]
    assert [float(v) for v in lines[1].split()] == pytest.approx([0, 450 / 200, 70 / 40, 100 / 200, 20 / 40])
    assert [float(v) for v in lines[2].split()] == pytest.approx([0, 25 / 100, 5 / 20, 50 / 100, 10 / 20])


def test_convert_as_in_the_story__nothing_in_it() -> None:
    assert convert_as_in_the_story(_voc((10, 10), [])) == ""


@given(
    x=st.floats(0, 500), y=st.floats(0, 400), width=st.floats(10, 140), height=st.floats(5, 80), seed=st.integers(0, 99)
)
def test_far_too_wide__holds_the_plate_and_much_more(
    x: float, y: float, width: float, height: float, seed: int
) -> None:
    box = np.array([[x, y, x + width, y + height]])
    wide = far_too_wide(box, (640, 480), np.random.default_rng(seed))
    assert (wide[:, :2] >= 0).all()
    assert (wide[:, 2:] <= [640, 480]).all()
    assert (wide[:, :2] <= box[:, :2] + 1e-9).all()
    assert (wide[:, 2:] >= box[:, 2:] - 1e-9).all()
    if x > 2.5 * width and y > 4 * height and x + 3.5 * width < 640 and y + 5 * height < 480:
        assert np.prod(wide[0, 2:] - wide[0, :2]) >= 1.6 * 2.2 * width * height - 1e-6


def test_far_too_wide__no_box() -> None:
    assert far_too_wide(np.zeros((0, 4)), (640, 480), np.random.default_rng(0)).shape == (0, 4)
