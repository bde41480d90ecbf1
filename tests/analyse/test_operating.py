"""Operating points against counting by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.analyse.figures import bootstrap
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS


@pytest.mark.parametrize("seed", range(6))
def test_sweep__equals_one_evaluation_after_the_other(world, seed):
    images, boxes, predictions = world(seed, pictures=15)
    images = images.assign(group_id=[f"g{i % 9}" for i in range(15)])
    evaluation = evaluate(images, boxes, predictions)
    sweep = evaluation.sweep.set_index("confidence")
    for confidence in (0.01, 0.3, 0.5, 0.99):
        metrics = evaluation.at(confidence=confidence).metrics
        row = sweep.loc[confidence]
        for name in row.index:
            assert row[name] == pytest.approx(metrics[name], abs=1e-12, nan_ok=True), name


def test_sweep__chunks_of_units_make_no_difference(world, monkeypatch):
    tables = world(4, pictures=30)
    whole = evaluate(*tables).sweep
    monkeypatch.setattr(bootstrap, "_CHUNK", 7)
    pd.testing.assert_frame_equal(evaluate(*tables).sweep, whole)


def test_curve__is_the_sweep_without_its_intervals(world):
    evaluation = evaluate(*world(4, pictures=30))
    curve = evaluation.curve()
    pd.testing.assert_frame_equal(curve, evaluation.sweep[list(curve.columns)])


@pytest.mark.parametrize("seed", range(12))
def test_operating_points__best_f1_and_few_alarms_by_brute_force(world, seed):
    evaluation = evaluate(*world(seed, pictures=40, ignore=0.0))
    points = evaluation.operating_points(false_alarms_per_picture=0.5).set_index("point")
    every = sorted(set(evaluation._test_set.predictions.confidence))
    metrics = {confidence: evaluation.at(confidence=confidence).metrics for confidence in every}
    assert points.loc["best F1", "f1"] == pytest.approx(max(m["f1"] for m in metrics.values()))
    allowed = [m["recall"] for m in metrics.values() if m["false_alarms_per_picture"] <= 0.5]
    row = points.loc["at most 50 false alarms in 100 pictures"]
    assert row["false_alarms_per_picture"] <= 0.5
    assert row["recall"] == pytest.approx(max(allowed, default=0.0))


def test_operating_points__names_the_story_and_what_was_asked(world):
    points = evaluate(*world(1), confidence=0.42).operating_points()
    assert points["point"].tolist()[0] == "asked for"
    assert points["confidence"].tolist()[0] == 0.42
    assert points["point"].tolist()[-4:] == ["80 %", "60 %", "50 %", "30 %"]
    assert points.attrs["settings"]["iou"] == 0.5


def test_operating_points__nothing_predicted_and_wrong_use():
    images = pd.DataFrame({"image_id": ["a"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 9, 9]], columns=["image_id", "class_name", *CORNERS])
    nothing = evaluate(images, boxes, pd.DataFrame(columns=["image_id", "class_name", "confidence", *CORNERS]))
    points = nothing.operating_points()
    assert "best F1" not in points["point"].tolist()
    assert (points["fn"] == 1).all()
    with pytest.raises(InputError, match="false_alarms_per_picture is -1"):
        nothing.operating_points(false_alarms_per_picture=-1)


def test_calibration__by_hand(world):
    images = pd.DataFrame({"image_id": ["a", "b"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 9, 9], ["b", "x", 0, 0, 9, 9]], columns=["image_id", "class_name", *CORNERS])
    rows = [["a", "x", 0.9, 0, 0, 9, 9], ["b", "x", 0.86, 50, 50, 59, 59], ["b", "x", 0.2, 0, 0, 9, 9]]
    predictions = pd.DataFrame(rows, columns=["image_id", "class_name", "confidence", *CORNERS])
    table = evaluate(images, boxes, predictions).calibration(bins=2)
    assert table["predictions"].tolist() == [1, 2]
    np.testing.assert_allclose(table["mean_confidence"], [0.2, 0.88])
    np.testing.assert_allclose(table["precision"], [1.0, 0.5])
    assert table.attrs["expected_calibration_error"] == pytest.approx((0.8 + 2 * 0.38) / 3)
    with pytest.raises(InputError, match="bins is 0"):
        evaluate(images, boxes, predictions).calibration(bins=0)
