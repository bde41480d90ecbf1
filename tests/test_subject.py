"""What is looked at, from plain tables: bad input gets one clear line, what, where and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from workbench.api.subject import Subject

import workbench as wb
from workbench.model.errors import InputError, TableError
from workbench.model.geometry import CORNERS
from workbench.project.marks import confirmed_causes

IMAGES = pd.DataFrame({"image_id": ["a", "b"]})
BOXES = pd.DataFrame([["a", "plate", 0, 0, 9, 9]], columns=["image_id", "class_name", *CORNERS])
FOUND = pd.DataFrame([["a", "plate", 0.9, 0, 0, 9, 9]], columns=["image_id", "class_name", "confidence", *CORNERS])


def subject(images=IMAGES, boxes=BOXES, found=FOUND):
    return Subject("test", images, boxes, found, Path())


def test_evaluate__classes_without_one_in_common_are_a_matter_of_names():
    with pytest.raises(
        InputError, match=r"know the classes 'car', the labels 'plate', and not one is common.*--rename"
    ):
        subject(found=FOUND.assign(class_name="car")).evaluate()
    # One that only predictions have is told of, and its predictions are false alarms.
    both = pd.concat([FOUND, FOUND.assign(class_name="car")])
    evaluation = subject(found=both).evaluate()
    assert evaluation.settings.unknown_classes == ("car",)
    assert evaluation.metrics["fp"] == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: subject(images=IMAGES.iloc[:0], boxes=BOXES.iloc[:0], found=FOUND.iloc[:0]),
            InputError,
            "holds no picture",
        ),
        (
            lambda: subject(images=IMAGES.assign(label_status="unlabelled")),
            InputError,
            "2 pictures, none of them labelled",
        ),
        (
            lambda: subject(found=FOUND.assign(confidence=np.nan)),
            TableError,
            r"confidence is missing \(NaN\) in row 0",
        ),
        (
            lambda: subject(found=FOUND.assign(confidence=1.3)),
            TableError,
            "confidence is 1.3 in row 0; expected 0 to 1",
        ),
        (lambda: subject(found=FOUND.assign(image_id="z")), TableError, "1 of 1 rows name a picture .* first 'z'"),
        (lambda: subject(found=FOUND.assign(xmin=np.inf)), TableError, "xmin is inf in row 0"),
    ],
    ids=["empty", "all unlabelled", "NaN confidence", "confidence over 1", "unknown picture", "infinite"],
)
def test_evaluate__bad_input_gets_one_clear_line(call, error, message):
    with pytest.raises(error, match=message) as raised:
        call().evaluate()
    assert len(str(raised.value).splitlines()) == 1


def test_public_names__are_all_there():
    for name in wb.__all__:
        assert getattr(wb, name) is not None


def test_confirm_causes__are_marks_and_come_back_for_the_same_place(tmp_path):
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    found = FOUND.assign(prediction_id=[f"p{n}" for n in range(len(FOUND))])
    said = pd.DataFrame(
        [
            {"image_id": "a", "box_id": "b1", "prediction_id": None, "cause": "hidden"},
            {"image_id": found["image_id"].iloc[0], "box_id": None, "prediction_id": "p0", "cause": "road sign"},
        ]
    )
    assert confirmed_causes(project.folder.store, found).empty
    project.confirm_causes(said, predictions=found, who="ann")
    assert project.marks["cause"].tolist() == ["hidden", "road sign"]
    assert set(project.marks["who"]) == {"ann"}
    # Another round's file calls the same prediction otherwise; what was said is of the place.
    later = found.assign(prediction_id=[f"q{n}" for n in range(len(found))])
    kept = confirmed_causes(project.folder.store, later)
    assert kept["cause"].tolist() == ["hidden", "road sign"]
    assert kept["box_id"].tolist()[0] == "b1"
    assert kept["prediction_id"].tolist()[1] == "q0"
    assert kept["prediction_id"].isna().tolist() == [True, False]
