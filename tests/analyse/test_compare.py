from __future__ import annotations

import pandas as pd
import pytest

from workbench.analyse import compare, evaluate, metrics_difference
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

BOX = ["box_id", "image_id", "class_name", *CORNERS]
PREDICTION = ["prediction_id", "image_id", "class_name", "confidence", *CORNERS]
IMAGES = pd.DataFrame({"image_id": ["a", "b"]})
BOXES = pd.DataFrame([[f"b{i}", "a", "x", 100 * i, 0, 100 * i + 50, 50] for i in range(4)], columns=BOX)


def run(*found):
    return pd.DataFrame(list(found), columns=PREDICTION)


def hit(i, name):
    return [name, "a", "x", 0.9, 100 * i, 0, 100 * i + 50, 50]


def test_compare__by_hand():
    before = run(hit(0, "p0"), hit(1, "p1"), ["f0", "b", "x", 0.9, 0, 0, 10, 10], ["f1", "b", "x", 0.8, 50, 0, 60, 10])
    after = run(hit(0, "q0"), hit(2, "q2"), ["g0", "b", "x", 0.7, 1, 0, 11, 10], ["g1", "b", "x", 0.8, 80, 80, 90, 90])
    first, second = evaluate(IMAGES, BOXES, before), evaluate(IMAGES, BOXES, after)
    ledger = compare(first, second)
    told = ledger[["kind", "change", "box_id", "prediction_before", "prediction_after"]].fillna("")
    rows = {
        (row.kind, row.change, row.box_id if row.kind == "miss" else row.prediction_before, row.prediction_after)
        for row in told.itertuples()
    }
    assert rows == {
        ("miss", "fixed", "b2", "q2"),
        ("miss", "broken", "b1", ""),
        ("miss", "stayed", "b3", ""),
        ("false alarm", "fixed", "f1", ""),
        ("false alarm", "broken", "", "g1"),
        ("false alarm", "stayed", "f0", "g0"),
    }
    assert ledger["image_id"].notna().all()
    difference = metrics_difference(first, second).set_index("metric")["difference"]
    assert (difference["tp"], difference["fp"]) == (0, 0)


def test_metrics_difference__of_one_piece_of_video_has_no_interval():
    frames = IMAGES.assign(group_id="clip", frame_s=[0.0, 0.5])
    found = run(hit(0, "p0"), hit(1, "p1")), run(hit(0, "q0"))
    first, second = (evaluate(frames, BOXES, one) for one in found)
    table = metrics_difference(first, second).set_index("metric")
    assert table.loc["recall", "difference"] == -0.25
    assert table[["low", "high"]].isna().all(axis=None)
    assert not table["clear"].any()
    assert first.intervals[["low", "high"]].isna().all(axis=None)
    # Two pieces tell something of each other, but only of what is in both of them.
    further, both = frames.assign(frame_s=[0.0, 5.0]), BOXES.assign(image_id=["a", "a", "b", "b"])
    sides = [
        metrics_difference(*(evaluate(further, boxes, one) for one in found)).set_index("metric")
        for boxes in (BOXES, both)
    ]
    assert [table.loc["recall", ["low", "high"]].notna().all() for table in sides] == [False, True]


@pytest.mark.parametrize("ids", ["str", "int"])
def test_compare__adds_up(world, ids):
    images, boxes, predictions = world(3, pictures=20, ids=ids)
    half = len(predictions) // 2
    first = evaluate(images, boxes, predictions.iloc[:half], confidence=0.2)
    # The same pictures in another order are the same test set.
    second = evaluate(images.iloc[::-1], boxes, predictions.iloc[half // 2 :], confidence=0.3)
    ledger = compare(first, second)
    for kind, metric in (("miss", "fn"), ("false alarm", "fp")):
        changes = ledger.loc[ledger["kind"] == kind, "change"].value_counts()
        assert changes.get("fixed", 0) + changes.get("stayed", 0) == first.metrics[metric]
        assert changes.get("broken", 0) + changes.get("stayed", 0) == second.metrics[metric]


def test_compare__with_itself(world):
    evaluation = evaluate(*world(5))
    assert set(compare(evaluation, evaluation)["change"]) == {"stayed"}
    difference = metrics_difference(evaluation, evaluation).set_index("metric")["difference"]
    assert difference[["precision", "recall", "f1", "tp", "fp", "fn"]].tolist() == [0.0] * 6
    assert set(difference.dropna()) == {0.0}


def test_compare__refuses_another_test_set():
    evaluation = evaluate(IMAGES, BOXES, run(hit(0, "p")))
    moved = BOXES.assign(xmax=BOXES["xmax"] + 1)
    for other, message in (
        (evaluate(IMAGES.iloc[:1], BOXES, run(hit(0, "p"))), "differ in 1 pictures"),
        (evaluate(IMAGES, moved, run(hit(0, "p"))), "same pictures but other boxes"),
        (evaluation.at(iou=0.7), "IoU 0.5, the other at 0.7"),
    ):
        with pytest.raises(InputError, match=message):
            compare(evaluation, other)


def test_compare__nothing_predicted():
    nothing = evaluate(IMAGES, BOXES, run())
    assert compare(nothing, nothing)["change"].tolist() == ["stayed"] * 4
