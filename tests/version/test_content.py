from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.version import content_sha256

CLASSES = ("plate", "light")
# What a version is called is a promise for years: this one was computed when the rule was set.
FROZEN = "201b7821d467f5c9a8e3f21aa0a820ba47fcca26b4f3c2c3debe98e3a6164f83"


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    images = pd.DataFrame(
        {
            "image_id": ["a", "b", "차"],
            "path": ["pictures/a", "pictures/b", "pictures/차"],
            "sha256": ["0" * 64, "1" * 64, "2" * 64],
            "width": 100,
            "height": 80,
            "source": ["web", "web", "video"],
            "group_id": ["g1", "g2", "clip"],
            "frame_s": [None, None, 0.5],
            "split": ["train", "val", "test"],
            "label_status": ["labelled", "empty", "unlabelled"],
            "sharpness": [1.0, 2.0, 3.0],
        }
    )
    boxes = pd.DataFrame(
        {
            "image_id": ["a", "a", "b"],
            "class_name": ["plate", "plate", "light"],
            "xmin": [1.0, 1.0, 0.0],
            "ymin": [2.0, 2.0, 0.1],
            "xmax": [30.0, 30.0, 7.5],
            "ymax": [40.0, 41.0, 9.0],
            "ignore": [False, True, False],
            "labeller": ["", "ann", ""],
            "truncated": [1.0, None, None],
            "note": ["번호판", None, "x"],
        }
    )
    return tables.validate(images, "images"), tables.validate(boxes, "boxes")


def test_content__is_the_same_for_ever(world):
    assert content_sha256(*world, CLASSES) == FROZEN


@given(data=st.data())
def test_content__order_and_names_of_rows_do_not_count(world, data):
    images, boxes = world
    rows = data.draw(st.permutations(range(len(images))))
    box_rows = data.draw(st.permutations(range(len(boxes))))
    columns = data.draw(st.permutations(list(boxes.columns)))
    shuffled = boxes.iloc[box_rows][columns].assign(box_id=[f"x{row}" for row in box_rows])
    assert content_sha256(images.iloc[rows], shuffled, CLASSES) == content_sha256(images, boxes, CLASSES)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("images", "path", "elsewhere/a"),
        ("images", "sharpness", 99.0),
        ("boxes", "box_id", "b77"),
        ("boxes", "truncated", 1),
        ("boxes", "xmin", np.float64("1")),
    ],
)
def test_content__these_do_not_count(world, table, column, value):
    changed = {"images": world[0].copy(), "boxes": world[1].copy()}
    changed[table].loc[0, column] = value
    assert content_sha256(changed["images"], changed["boxes"], CLASSES) == content_sha256(*world, CLASSES)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("images", "image_id", "aa"),
        ("images", "sha256", "f" * 64),
        ("images", "width", 101),
        ("images", "height", 81),
        ("images", "source", "phone"),
        ("images", "group_id", "g9"),
        ("images", "frame_s", 0.0),
        ("images", "split", "val"),
        ("images", "label_status", "approved"),
        ("boxes", "image_id", "b"),
        ("boxes", "class_name", "light"),
        ("boxes", "xmin", np.nextafter(1.0, 2.0)),
        ("boxes", "ymin", 1.0),
        ("boxes", "xmax", 31.0),
        ("boxes", "ymax", 39.0),
        ("boxes", "ignore", True),
        ("boxes", "labeller", "bob"),
        ("boxes", "truncated", 0.0),
        ("boxes", "truncated", 1.5),
        ("boxes", "note", "차"),
    ],
)
def test_content__these_count(world, table, column, value):
    changed = {"images": world[0].copy(), "boxes": world[1].copy()}
    changed[table].loc[0, column] = value
    assert content_sha256(changed["images"], changed["boxes"], CLASSES) != content_sha256(*world, CLASSES)


def test_content__a_box_more_or_less_counts(world):
    images, boxes = world
    names = {
        content_sha256(images, boxes, CLASSES),
        content_sha256(images, boxes.iloc[:2], CLASSES),
        content_sha256(images, pd.concat([boxes, boxes.iloc[:1]]), CLASSES),
        content_sha256(images.iloc[:2], boxes, CLASSES),
        content_sha256(images, tables.empty("boxes"), CLASSES),
    }
    assert len(names) == 5


def test_content__classes_count_in_their_order(world):
    names = {content_sha256(*world, classes) for classes in (CLASSES, CLASSES[::-1], ("plate",), (*CLASSES, "sign"))}
    assert len(names) == 4


def test_content__zero_has_no_sign(world):
    images, boxes = world
    minus = boxes.assign(xmin=boxes["xmin"].replace(0.0, -0.0))
    assert np.signbit(minus["xmin"]).any()
    assert content_sha256(images, minus, CLASSES) == content_sha256(images, boxes, CLASSES)


def test_content__a_gap_elsewhere_does_not_turn_a_number_into_another(world):
    """Among boxes without it, an attribute of 1 is read back as 1.0."""
    images, boxes = world
    alone = boxes.iloc[[0]]
    assert content_sha256(images, alone, CLASSES) == content_sha256(images, alone.astype({"truncated": int}), CLASSES)


def test_content__a_mapping_has_no_order(world):
    images, boxes = world
    one, other = ({"a": 1, "b": [2]}, {"b": [2], "a": 1})
    first, second = (boxes.assign(extra=pd.Series([value, None, None], dtype=object)) for value in (one, other))
    assert content_sha256(images, first, CLASSES) == content_sha256(images, second, CLASSES)


def test_content__of_nothing_is_a_hash():
    found = content_sha256(tables.empty("images"), tables.empty("boxes"), ())
    assert re.fullmatch("[0-9a-f]{64}", found)
    assert found != content_sha256(tables.empty("images"), tables.empty("boxes"), ("plate",))


def test_content__where_a_box_was_read_from_does_not_count(world):
    images, boxes = world
    read = boxes.assign(line=[3, 9, 1], label_file=["a.xml", "a.xml", "b.xml"])
    assert content_sha256(images, read, CLASSES) == FROZEN
