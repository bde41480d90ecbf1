from __future__ import annotations

import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.analyse.why.causes import CAUSES
from workbench.model.geometry import CORNERS

BOX = ["image_id", "class_name", *CORNERS]
PREDICTION = ["image_id", "class_name", "confidence", *CORNERS]
USUAL = [[f"u{i}", "x", 100, 100, 140, 140] for i in range(10)]
FOUND = [[row[0], "x", 0.6 + i / 50, *row[2:]] for i, row in enumerate(USUAL)]


def failed(box, prediction):
    """One planted failure among ten boxes that are found."""
    boxes, predictions = list(USUAL), list(FOUND)
    if box:
        boxes.append(["t", "x", *box])
    if prediction:
        predictions.append(["t", *prediction])
    images = pd.DataFrame({"image_id": [row[0] for row in USUAL] + ["t"], "width": 640, "height": 480})
    return evaluate(images, pd.DataFrame(boxes, columns=BOX), pd.DataFrame(predictions, columns=PREDICTION)).failures


BOX_HERE = (200, 200, 240, 240)
PLANTED = {
    "small": ((*BOX_HERE[:2], 230, 215), None, "15 px high; of boxes like that 0% are found, of the others 100%"),
    "cut off": ((600, 200, 640, 240), None, "touches the picture's edge"),
    "low confidence": (BOX_HERE, ["x", 0.318, *BOX_HERE], "would be found at confidence 0.31 "),
    "unexplained": (BOX_HERE, None, "no prediction of its class"),
    "too wide a box": (BOX_HERE, ["x", 0.8, 180, 190, 260, 250], "2.00 × as wide, 1.50 × as high and 0 px off"),
    "too tight a box": (BOX_HERE, ["x", 0.8, 210, 210, 230, 230], "0.50 × as wide"),
    "shifted box": (BOX_HERE, ["x", 0.8, 220, 210, 260, 250], "22 px off centre"),
    "wrong class": (BOX_HERE, ["y", 0.8, *BOX_HERE], "'x'|'y'"),
    "look-alike": (None, ["x", 0.55, *BOX_HERE], "confidence 0.55 is less than the median hit's 0.69"),
    "label missing": (None, ["x", 0.95, *BOX_HERE], "confidence 0.95 is at least the median hit's 0.69"),
}


@pytest.mark.parametrize("cause", PLANTED)
def test_causes__planted(cause):
    box, prediction, evidence = PLANTED[cause]
    failures = failed(box, prediction)
    assert failures["cause"].unique().tolist() == [cause]
    assert failures["evidence"].str.contains(evidence).all()
    assert failures["action"].tolist() == [next(c.action for c in CAUSES if c.name == cause)] * len(failures)


def test_causes__duplicate():
    failures = failed(None, None)
    assert len(failures) == 0
    images = pd.DataFrame({"image_id": ["u0"]})
    rows = [FOUND[0], ["u0", "x", 0.55, 102, 100, 142, 140]]
    evaluation = evaluate(images, pd.DataFrame(USUAL[:1], columns=BOX), pd.DataFrame(rows, columns=PREDICTION))
    assert evaluation.failures["cause"].tolist() == ["duplicate"]
    assert evaluation.failures["other_box_id"].tolist() == ["b0"]


def test_causes__small_is_no_cause_where_small_boxes_are_found_as_often():
    tiny = [[row[0], "x", 300, 300, 310, 310] for row in USUAL]
    boxes = pd.DataFrame([*USUAL, *tiny, ["t", "x", 300, 300, 341, 341]], columns=BOX)
    found = FOUND + [[row[0], "x", 0.9, *row[2:]] for row in tiny[:9]]
    images = pd.DataFrame({"image_id": [row[0] for row in USUAL] + ["t"], "width": 640, "height": 480})
    lost_small = evaluate(
        images, boxes, pd.DataFrame([*found, ["t", "x", 0.9, 300, 300, 341, 341]], columns=PREDICTION)
    )
    assert lost_small.failures["cause"].tolist() == ["small"]
    lost_both = evaluate(images, boxes, pd.DataFrame(found[2:], columns=PREDICTION))
    assert "small" not in lost_both.failures["cause"].tolist()


def test_causes__roll_up(world):
    evaluation = evaluate(*world(9, pictures=40), confidence=0.4)
    causes, verdicts = evaluation.causes, evaluation.verdicts
    counted = verdicts[verdicts["outcome"].isin(["fp", "fn"])]["cause"].value_counts()
    assert dict(zip(causes["cause"], causes["failures"], strict=True)) == counted.to_dict()
    assert causes["failures"].is_monotonic_decreasing
    assert causes["share"].sum() == pytest.approx(1)
    for row in causes.itertuples():
        assert row.example in set(verdicts.loc[verdicts["cause"] == row.cause, "image_id"])
