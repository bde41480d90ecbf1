"""What is looked at, from plain tables: bad input gets one clear line, what, where and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import InputError, TableError
from workbench.geometry import CORNERS
from workbench.subject import Subject

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


def test_confirmed_causes__are_kept_with_the_run(tmp_path, monkeypatch):
    from types import SimpleNamespace

    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    run = SimpleNamespace(run_id="r001-x")
    monkeypatch.setattr(project, "run", lambda which: run)
    assert project.confirmed_causes("r001") is None
    project.confirm_causes("r001", pd.DataFrame([{"image_id": "a", "box_id": "b1", "cause": "hidden"}]), who="ann")
    project.confirm_causes("r001", pd.DataFrame([{"prediction_id": "p1", "cause": "road sign"}]), seconds=4)
    kept = project.confirmed_causes("r001")
    assert kept["cause"].tolist() == ["hidden", "road sign"]
    assert kept["box_id"].tolist()[0] == "b1"
    events = project.store.events()
    assert events["action"].tolist() == ["cause", "cause"]
    assert events["who"].tolist()[0] == "ann"
    monkeypatch.setattr(project, "run", lambda which: SimpleNamespace(run_id="r002-x"))
    assert project.confirmed_causes("r002") is None
