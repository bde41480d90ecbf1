from __future__ import annotations

import json
import math
import subprocess
import sys

import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.model import tables
from workbench.model.errors import InputError, TableError
from workbench.model.geometry import CORNERS

BOX = ["image_id", "class_name", *CORNERS]
PREDICTION = ["image_id", "class_name", "confidence", *CORNERS]


@pytest.mark.parametrize("ids", ["str", "int"])
def test_verdicts__keep_the_callers_ids_and_pass_validation(world, ids):
    images, boxes, predictions = world(2, ids=ids)
    verdicts = evaluate(images, boxes, predictions, confidence=0.2).verdicts
    checked = tables.validate(verdicts, "verdicts")
    pd.testing.assert_frame_equal(checked, verdicts)
    kind = pd.api.types.is_integer_dtype if ids == "int" else pd.api.types.is_string_dtype
    assert all(kind(verdicts[name].dtype) for name in ("image_id", "box_id", "prediction_id"))
    assert verdicts["image_id"].isin(images["image_id"]).all()


def test_verdicts__agree_with_metrics_at_every_confidence(world):
    evaluation = evaluate(*world(4, pictures=30))
    sweep = evaluation.sweep
    assert len(sweep) == 99
    for row in sweep.iloc[[0, 29, 49, 98]].itertuples():
        moved = evaluation.at(confidence=row.confidence)
        counts = moved.verdicts["outcome"].value_counts()
        for name in ("tp", "fp", "fn"):
            assert counts.get(name, 0) == moved.metrics[name] == getattr(row, name)
        for name in ("precision", "recall", "f1", "false_alarms_per_picture"):
            assert moved.metrics[name] == pytest.approx(getattr(row, name), nan_ok=True)
        per_class = moved.per_class
        assert [per_class[name].sum() for name in ("tp", "fp", "fn")] == [row.tp, row.fp, row.fn]
        assert len(moved.failures) == row.fp + row.fn == moved.causes["failures"].sum()


def test_at__equals_a_fresh_evaluation(world):
    images, boxes, predictions = world(6)
    moved = evaluate(images, boxes, predictions).at(confidence=0.21, iou=0.05)
    fresh = evaluate(images, boxes, predictions, confidence=0.21, iou=0.05)
    pd.testing.assert_frame_equal(moved.failures, fresh.failures)
    assert moved.metrics == fresh.metrics
    assert moved.settings == fresh.settings


def test_evaluate__no_predictions():
    images = pd.DataFrame({"image_id": ["a"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 10, 10]], columns=BOX)
    evaluation = evaluate(images, boxes, tables.empty("predictions"))
    assert (evaluation.metrics["AP"], evaluation.metrics["recall"], evaluation.metrics["fn"]) == (0, 0, 1)
    assert math.isnan(evaluation.metrics["precision"])
    assert evaluation.failures["cause"].tolist() == ["unexplained"]
    assert len(evaluation.sweep) == 99


def test_evaluate__no_boxes():
    images = pd.DataFrame({"image_id": [1, 2], "label_status": "empty"})
    predictions = pd.DataFrame([[1, "x", 0.9, 0, 0, 10, 10]], columns=PREDICTION)
    evaluation = evaluate(images, tables.empty("boxes"), predictions)
    assert evaluation.metrics["fp"] == 1
    assert evaluation.metrics["false_alarms_per_picture"] == 0.5
    assert evaluation.settings.unknown_classes == ("x",)
    assert evaluation.verdicts["image_id"].tolist() == [1]
    known = json.loads(json.dumps(evaluation.to_json_dict(), allow_nan=False))
    assert known["metrics"]["AP"] is None
    assert known["settings"]["confidence"] == 0.5


def test_evaluate__neither_boxes_nor_predictions():
    evaluation = evaluate(pd.DataFrame({"image_id": ["a"]}), tables.empty("boxes"), tables.empty("predictions"))
    assert evaluation.metrics["pictures"] == 1
    assert [len(t) for t in (evaluation.verdicts, evaluation.failures, evaluation.causes, evaluation.per_class)] == [
        0
    ] * 4


def test_evaluate__unlabelled_is_not_empty():
    images = pd.DataFrame({"image_id": list("abcd"), "label_status": ["labelled", "unlabelled", "returned", "empty"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 10, 10], ["c", "x", 0, 0, 9, 9]], columns=BOX)
    rows = [[key, "x", 0.9, 0, 0, 10, 10] for key in "abcd"]
    metrics = evaluate(images, boxes, pd.DataFrame(rows, columns=PREDICTION)).metrics
    assert (metrics["tp"], metrics["fp"], metrics["fn"], metrics["pictures"]) == (1, 1, 0, 2)
    assert metrics["unlabelled_left_out"] == 2


@pytest.mark.parametrize("status", ["unlabelled", "returned"])
def test_evaluate__nothing_labelled(status):
    images = pd.DataFrame({"image_id": ["a"], "label_status": status})
    with pytest.raises(InputError, match=r"^evaluate: images holds 1 pictures, none of them labelled"):
        evaluate(images, tables.empty("boxes"), tables.empty("predictions"))


def test_evaluate__no_pictures():
    with pytest.raises(InputError, match="images holds no picture"):
        evaluate(tables.empty("images"), tables.empty("boxes"), tables.empty("predictions"))


@pytest.mark.parametrize(("row", "message"), [
    (["a", "x", math.nan, 0, 0, 1, 1], r"predictions: confidence is missing \(NaN\) in row 0"),
    (["a", "x", 1.5, 0, 0, 1, 1], "predictions: confidence is 1.5"),
    (["z", "x", 0.5, 0, 0, 1, 1], "predictions: 1 of 1 rows name a picture that images does not hold, first 'z'"),
], ids=["nan", "above one", "unknown picture"])  # fmt: skip
def test_evaluate__bad_predictions(row, message):
    images = pd.DataFrame({"image_id": ["a"]})
    with pytest.raises(TableError, match=message):
        evaluate(images, tables.empty("boxes"), pd.DataFrame([row], columns=PREDICTION))


@pytest.mark.parametrize("asked", [{"confidence": -0.1}, {"confidence": math.nan}, {"iou": 0}, {"iou": 1.1}], ids=str)
def test_at__out_of_range(world, asked):
    with pytest.raises(InputError, match="expected"):
        evaluate(*world(0)).at(**asked)


def test_evaluate__leaves_its_arguments_alone(world):
    given = world(8)
    before = [table.copy() for table in given]
    assert len(evaluate(*given).failures)
    for table, copy in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_import__loads_no_hotcoco():
    heavy = "('hotcoco', 'torch', 'fiftyone')"
    code = f"import sys, workbench.analyse; sys.exit(any(name.startswith({heavy}) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_repr__says_the_operating_point_and_its_counts(world):
    evaluation = evaluate(*world(3), confidence=0.3)
    metrics = evaluation.metrics
    text = repr(evaluation)
    assert "confidence 0.3, IoU 0.5" in text
    assert f"{metrics['tp']:.0f} hits, {metrics['fp']:.0f} false alarms, {metrics['fn']:.0f} misses" in text
    assert len(text.splitlines()) == 4


def test_evaluation__says_what_it_is_in_words():
    images = pd.DataFrame({"image_id": ["a"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 9, 9]], columns=BOX)
    one = evaluate(images, boxes, pd.DataFrame([["a", "x", 0.9, 0, 0, 9, 9]], columns=PREDICTION))
    assert repr(one).splitlines()[2] == (
        "  precision 1.00 (no interval: too little to go by), recall 1.00 (no interval: too little to go by), "
        "F1 1.00 (no interval: too little to go by)"
    )
    assert one._repr_html_().count("<p>") == 4
