from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.geometry import (
    CORNERS,
    area,
    as_boxes,
    clip,
    cxcywh_rel_to_xyxy,
    iou_matrix,
    paired_iou,
    xyxy_to_cxcywh_rel,
    xyxy_to_xywh,
)

# A thousandth of a pixel is fine enough; smaller sides only measure the float's own grain.
PLACE = st.floats(-200, 2000).map(lambda value: round(value, 3))
SIDE = st.floats(0, 800).map(lambda value: round(value, 3))
SIZE = st.integers(1, 5000)


@st.composite
def box_lists(draw, min_size=0, max_size=6, place=PLACE, side=SIDE):
    rows = draw(st.lists(st.tuples(place, place, side, side), min_size=min_size, max_size=max_size))
    return np.array([[x, y, x + w, y + h] for x, y, w, h in rows], dtype=float).reshape(-1, 4)


# Boxes on a coarse grid touch, coincide, contain one another and have no area more often than not.
GRID = box_lists(place=st.integers(0, 4), side=st.integers(0, 4))
BOXES = box_lists() | GRID


def exact_area(box) -> Fraction:
    xmin, ymin, xmax, ymax = (Fraction(float(value)) for value in box)
    return max(xmax - xmin, Fraction(0)) * max(ymax - ymin, Fraction(0))


def exact_iou(first, second, *, crowd: bool = False) -> float:
    """By fractions, as the words say: shared area over the area that either covers."""
    shared = exact_area([*map(max, first[:2], second[:2]), *map(min, first[2:], second[2:])])
    union = exact_area(first) if crowd else exact_area(first) + exact_area(second) - shared
    return float(shared / union) if union else 0.0


def test_corners__are_the_columns_of_a_box():
    assert CORNERS == ["xmin", "ymin", "xmax", "ymax"]


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ([], (0, 4)),
        (np.zeros((0, 4)), (0, 4)),
        (pd.DataFrame(columns=CORNERS), (0, 4)),
        ([1, 2, 3, 4], (1, 4)),
        ([(1, 2, 3, 4), (5, 6, 7, 8)], (2, 4)),
        (pd.DataFrame([[1, 2, 3, 4]], columns=CORNERS), (1, 4)),
    ],
    ids=["list", "array", "table", "one", "two", "rows of a table"],
)
def test_as_boxes__gives_rows_of_four(values, shape):
    boxes = as_boxes(values)
    assert (boxes.shape, boxes.dtype) == (shape, np.float64)


@pytest.mark.parametrize("values", [[1, 2, 3], [[1, 2, 3]], [[[1, 2, 3, 4]]], 5, [[1, 2, 3, 4, 5]]], ids=str)
def test_as_boxes__refuses_other_shapes(values):
    with pytest.raises(ValueError, match=r"boxes must have shape \(n, 4\), not \("):
        as_boxes(values)


def test_as_boxes__refuses_text():
    with pytest.raises(ValueError, match="could not convert string"):
        as_boxes([["a", "b", "c", "d"]])


def test_xywh__is_cocos():
    assert xyxy_to_xywh([10, 20, 40, 25]).tolist() == [[10, 20, 30, 5]]


@given(boxes=BOXES, data=st.data())
def test_cxcywh_rel__there_and_back_with_a_size_for_each(boxes, data):
    sizes = np.array(data.draw(st.lists(st.tuples(SIZE, SIZE), min_size=len(boxes), max_size=len(boxes))))
    width, height = sizes.reshape(-1, 2).T
    rel = xyxy_to_cxcywh_rel(boxes, width, height)
    np.testing.assert_allclose(cxcywh_rel_to_xyxy(rel, width, height), boxes, atol=1e-8)
    for number in range(len(boxes)):
        np.testing.assert_array_equal(rel[[number]], xyxy_to_cxcywh_rel(boxes[number], width[number], height[number]))


def test_cxcywh_rel__is_yolos():
    assert xyxy_to_cxcywh_rel([10, 20, 50, 30], 100, 50).tolist() == [[0.3, 0.5, 0.4, 0.2]]
    assert cxcywh_rel_to_xyxy([0.3, 0.5, 0.4, 0.2], 100, 50).tolist() == [pytest.approx([10, 20, 50, 30])]


@given(boxes=BOXES, width=SIZE, height=SIZE)
def test_clip__leaves_what_lies_inside(boxes, width, height):
    cut = clip(boxes, width, height)
    picture = [0, 0, width, height]
    assert ((cut >= 0) & (cut <= [width, height, width, height])).all()
    for box, now in zip(boxes, cut, strict=True):
        inside = [*map(max, box[:2], picture[:2]), *map(min, box[2:], picture[2:])]
        assert exact_area(now) == exact_area(inside)
        if exact_area(inside):
            assert now.tolist() == inside
    np.testing.assert_array_equal(clip(cut, width, height), cut)


def test_clip__takes_a_size_for_each():
    boxes = [[-5, -5, 50, 50], [-5, -5, 50, 50], [60, 60, 70, 70]]
    assert clip(boxes, [10, 20, 30], [40, 60, 30]).tolist() == [[0, 0, 10, 40], [0, 0, 20, 50], [30, 30, 30, 30]]


@given(BOXES)
def test_area__equals_fractions(boxes):
    np.testing.assert_allclose(area(boxes), [float(exact_area(box)) for box in boxes], rtol=1e-9, atol=1e-9)


def test_area__of_swapped_corners_is_none():
    assert area([[5, 0, 3, 4], [0, 5, 4, 3], [5, 5, 3, 3], [0, 0, 2, 3]]).tolist() == [0, 0, 0, 6]


@given(first=BOXES, second=BOXES)
def test_iou_matrix__equals_fractions(first, second):
    found = iou_matrix(first, second)
    assert found.shape == (len(first), len(second))
    for row, one in zip(found, first, strict=True):
        np.testing.assert_allclose(row, [exact_iou(one, other) for other in second], rtol=1e-6, atol=1e-9)


@given(first=BOXES, second=BOXES)
def test_iou_matrix__is_symmetric_and_bounded(first, second):
    found = iou_matrix(first, second)
    np.testing.assert_array_equal(found, iou_matrix(second, first).T)
    assert ((found >= 0) & (found <= 1)).all()


@given(BOXES)
def test_iou_matrix__of_a_box_with_itself_is_one_where_it_has_an_area(boxes):
    np.testing.assert_array_equal(np.diag(iou_matrix(boxes, boxes)), (area(boxes) > 0).astype(float))


@given(boxes=BOXES, other=BOXES, right=st.integers(-500, 500), down=st.integers(-500, 500))
def test_iou_matrix__does_not_care_where_the_two_lie(boxes, other, right, down):
    shift = [right, down, right, down]
    np.testing.assert_allclose(iou_matrix(boxes + shift, other + shift), iou_matrix(boxes, other), atol=1e-6)


@given(first=BOXES, second=BOXES, data=st.data())
def test_iou_matrix__in_a_crowd_counts_the_first_boxs_area_only(first, second, data):
    crowd = data.draw(st.lists(st.booleans(), min_size=len(second), max_size=len(second)))
    found = iou_matrix(first, second, crowd=crowd)
    for row, one in zip(found, first, strict=True):
        expected = [exact_iou(one, other, crowd=flag) for other, flag in zip(second, crowd, strict=True)]
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_iou_matrix__equals_pycocotools(seed):
    mask = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 60, (2, 30, 2))
    first, second = np.concatenate([low, low + rng.uniform(1, 60, (2, 30, 2))], axis=2)
    crowd = rng.random(30) < 0.5
    expected = mask.iou(xyxy_to_xywh(first), xyxy_to_xywh(second), crowd.astype(np.uint8))
    np.testing.assert_allclose(iou_matrix(first, second, crowd=crowd), expected, atol=1e-12)


@given(st.integers(0, 6).flatmap(lambda n: st.tuples(*[box_lists(min_size=n, max_size=n)] * 2)))
def test_paired_iou__is_the_matrix_diagonal(pair):
    first, second = pair
    np.testing.assert_array_equal(paired_iou(first, second), np.diag(iou_matrix(first, second)))


@pytest.mark.parametrize(("first", "second", "shape"), [([], [], (0, 0)), ([], [0, 0, 1, 1], (0, 1))])
def test_iou__of_nothing(first, second, shape):
    assert iou_matrix(first, second).shape == shape
    assert iou_matrix(second, first).shape == shape[::-1]
    assert paired_iou([], []).shape == (0,)


@given(boxes=BOXES)
def test_geometry__changes_nothing_it_is_given(boxes):
    before = boxes.copy()
    for work in (xyxy_to_xywh, area, as_boxes):
        work(boxes)
    clip(boxes, 50, 40)
    xyxy_to_cxcywh_rel(boxes, 50, 40)
    cxcywh_rel_to_xyxy(boxes, 50, 40)
    iou_matrix(boxes, boxes)
    paired_iou(boxes, boxes)
    np.testing.assert_array_equal(boxes, before)
