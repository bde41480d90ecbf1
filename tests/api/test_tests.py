"""A test evaluates a detector: on tables, on plain files; bad input gets one clear line: what, where, what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.__main__ import main
from workbench.api.held_evaluation import Evaluation
from workbench.api.tests import Test
from workbench.model.errors import InputError, TableError
from workbench.model.geometry import CORNERS
from workbench.project.marks import confirmed_causes

IMAGES = pd.DataFrame({"image_id": ["a", "b"], "label_status": "labelled"})
BOXES = pd.DataFrame(
    [["t0", "a", "plate", 0, 0, 9, 9], ["t1", "b", "plate", 20, 20, 60, 40]],
    columns=["box_id", "image_id", "class_name", *CORNERS],
)
FOUND = pd.DataFrame([["a", "plate", 0.9, 0, 0, 9, 9]], columns=["image_id", "class_name", "confidence", *CORNERS])


def evaluate(images: pd.DataFrame = IMAGES, boxes: pd.DataFrame = BOXES, found: pd.DataFrame = FOUND) -> Evaluation:
    return Test("test", images, boxes, Path()).evaluate(found)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Two pictures, their YOLO labels and predictions: a hit, a miss, and a false alarm."""
    for folder in ("images", "labels", "predictions"):
        (tmp_path / folder).mkdir()
    for name in "ab":
        Image.new("RGB", (100, 80), "#888888").save(tmp_path / "images" / f"{name}.png")
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25\n")
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    (tmp_path / "predictions" / "a.txt").write_text("0 0.5 0.5 0.4 0.25 0.9\n0 0.1 0.125 0.2 0.25 0.7\n")
    return tmp_path


def test_evaluate__of_plain_files_and_a_predictions_file(plain):
    test = wb.files(plain / "images", plain / "labels")
    assert repr(test) == f"Test {plain.name!r}: 2 pictures (2 labelled), 2 boxes of plate"
    held = test.evaluate(plain / "predictions")
    assert {name: held.metrics[name] for name in ("tp", "fp", "fn")} == {"tp": 1, "fp": 1, "fn": 1}
    assert held.detector_name == "predictions"
    with pytest.raises(InputError, match="there is no class 'car' to rename; there are 'plate'"):
        test.evaluate(plain / "predictions", rename={"car": "plate"})
    renamed = test.evaluate(plain / "predictions", rename={"plate": "number plate"})
    assert renamed.settings.classes == ("number plate",)


def test_evaluate__of_tables_is_the_same_thing_to_hold():
    held = wb.evaluate(IMAGES, BOXES, FOUND, name="two")
    assert isinstance(held, Evaluation)
    assert held.metrics == pytest.approx(evaluate().metrics, nan_ok=True)
    assert (held.test.name, held.at(confidence=0.95).metrics["tp"]) == ("two", 0)
    assert isinstance(held.at(confidence=0.95), Evaluation)


def test_evaluation__says_in_a_notebook_what_it_is():
    card = wb.evaluate(IMAGES, BOXES, FOUND, name="<b>")._repr_html_()
    assert "predictions on &lt;b&gt;" in card
    for name, value in (("hits", "1"), ("misses", "1"), ("pictures", "2"), ("operating point", "confidence 0.5")):
        assert f'>{name}</th><td style="text-align: left">{value}' in card
    test = Test("<t>", IMAGES, BOXES, Path())._repr_html_()
    assert "&lt;t&gt;" in test
    assert ">plate</th>" in test


def test_failures__say_where_they_are(plain, capsys):
    held = wb.files(plain / "images", plain / "labels").evaluate(plain / "predictions")
    corners = held.failures.set_index("outcome")[CORNERS].T.to_dict("list")
    assert corners == {"fp": pytest.approx([0, 0, 20, 20]), "fn": pytest.approx([30, 30, 70, 50])}
    told = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "predictions"]
    with pytest.raises(SystemExit):
        main([str(word) for word in ("failures", *told, "--json")])
    listed = {row["outcome"]: row for row in json.loads(capsys.readouterr().out)["failures"]}
    assert [listed["fn"][name] for name in CORNERS] == pytest.approx([30, 30, 70, 50])
    assert [listed["fp"][name] for name in CORNERS] == pytest.approx([0, 0, 20, 20])
    assert len(evaluate(found=FOUND.iloc[:0]).failures[CORNERS]) == 2
    assert len(evaluate(boxes=BOXES.iloc[:1]).failures[CORNERS]) == 0


def test_evaluate__classes_without_one_in_common_are_a_matter_of_names():
    with pytest.raises(
        InputError, match=r"know the classes 'car', the labels 'plate', and not one is common.*--rename"
    ):
        evaluate(found=FOUND.assign(class_name="car"))
    # One that only predictions have is told of, and its predictions are false alarms.
    both = pd.concat([FOUND, FOUND.assign(class_name="car")])
    held = evaluate(found=both)
    assert held.settings.unknown_classes == ("car",)
    assert held.metrics["fp"] == 1


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((IMAGES.iloc[:0], BOXES.iloc[:0], FOUND.iloc[:0]), InputError, "holds no picture"),
        (
            (IMAGES.assign(label_status="unlabelled"), BOXES, FOUND),
            InputError,
            "2 pictures, none of them labelled",
        ),
        (
            (IMAGES, BOXES, FOUND.assign(confidence=np.nan)),
            TableError,
            r"confidence is missing \(NaN\) in row 0",
        ),
        ((IMAGES, BOXES, FOUND.assign(confidence=1.3)), TableError, "confidence is 1.3 in row 0; expected 0 to 1"),
        ((IMAGES, BOXES, FOUND.assign(image_id="z")), TableError, "1 of 1 rows name a picture .* first 'z'"),
        ((IMAGES, BOXES, FOUND.assign(xmin=np.inf)), TableError, "xmin is inf in row 0"),
    ],
    ids=["empty", "all unlabelled", "NaN confidence", "confidence over 1", "unknown picture", "infinite"],
)
def test_evaluate__bad_input_gets_one_clear_line(given, error, message):
    for call in (wb.evaluate, evaluate):
        with pytest.raises(error, match=message) as raised:
            call(*given)
        assert len(str(raised.value).splitlines()) == 1


def test_mark__causes_come_back_for_the_same_place(tmp_path):
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    images = IMAGES.assign(path=["a.png", "b.png"], width=100, height=80, split="test", sha256=IMAGES["image_id"])
    project.folder.store.add_images(images.assign(group_id=["a", "b"]), BOXES)
    alarm = FOUND.assign(image_id="b", xmin=60.0, ymin=60.0, xmax=80.0, ymax=80.0)
    found = pd.concat([FOUND, alarm], ignore_index=True)
    found.insert(0, "prediction_id", ["p0", "p1"])
    held = project.test().evaluate(found)
    assert confirmed_causes(project.folder.store, found).empty
    said = held.failures.assign(cause=held.failures["outcome"].map({"fn": "hidden", "fp": "road sign"}))
    assert held.mark(said, who="ann") == 2
    assert set(project.marks["who"]) == {"ann"}
    # Another file calls the same prediction otherwise; what was said is of the place.
    later = project.test().evaluate(found.assign(prediction_id=["q0", "q1"]))
    assert later.failures.set_index("outcome")["cause"].to_dict() == {"fn": "hidden", "fp": "road sign"}
    assert later.failures["cause_confirmed"].all()
    assert held.mark(held.failures.iloc[:1], "relabel") == 1
    assert len(project.relabel_queue) == 1
    with pytest.raises(InputError, match="marks are kept in a project"):
        evaluate().mark(evaluate().failures)


def test_public_names__are_all_there():
    for name in wb.__all__:
        assert getattr(wb, name) is not None
