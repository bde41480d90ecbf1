"""Error types against tidecv, and by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.model.geometry import CORNERS

from ..depth import often

NAMES = {"Cls": "classification", "Loc": "localization", "Both": "both", "Dupe": "duplicate", "Bkg": "background"}


def tide(images, boxes, predictions):
    tidecv = pytest.importorskip("tidecv")
    from tidecv.quantify import TIDERun

    classes = sorted(set(boxes["class_name"]) | set(predictions["class_name"]))
    # tidecv limits predictions per picture over all classes together; COCO and we do not.
    truth, found = tidecv.Data("truth", max_dets=1000), tidecv.Data("found", max_dets=1000)
    for key in images["image_id"]:
        truth.add_image(key, key)
    for data, table in ((truth, boxes), (found, predictions)):
        for row in table.itertuples():
            box = [row.xmin, row.ymin, row.xmax - row.xmin, row.ymax - row.ymin]
            if data is truth:
                data.add_ground_truth(row.image_id, classes.index(row.class_name), box)
            else:
                data.add_detection(row.image_id, classes.index(row.class_name), row.confidence, box)
    run = TIDERun(truth, found, 0.5, 0.1, "bbox", 1000)
    verdict = {}
    covered = set()
    for error in run.errors:
        if error.short_name == "Miss":
            verdict[boxes["box_id"].iloc[error.gt["_id"]]] = "missed"
            continue
        verdict[predictions["prediction_id"].iloc[error.pred["_id"]]] = NAMES[error.short_name]
        if getattr(error, "match", None) is not None:
            covered.add(boxes["box_id"].iloc[error.gt["_id"]])
    return verdict, covered


@pytest.mark.parametrize("seed", range(often(12, 80)))
@pytest.mark.parametrize("confidence", [0.0, 0.4])
def test_errors__equal_tidecv(world, seed, confidence):
    # Differences by intent, kept out of these sets: among boxes of exactly equal IoU tidecv takes the first where COCO
    # takes the last (hence no whole pixels); tidecv gives predictions on ignore regions an error, we call them ignored.
    images, boxes, predictions = world(seed, classes=1 + seed % 4, ignore=0.0, whole=False)
    expected, covered = tide(images, boxes, predictions[predictions["confidence"] >= confidence])
    failures = evaluate(images, boxes, predictions, confidence=confidence).failures
    false, missed = failures[failures["outcome"] == "fp"], failures[failures["outcome"] == "fn"]
    ours = dict(zip(false["prediction_id"], false["error"], strict=True))
    alone = missed[missed["error"] == "missed"]
    ours |= dict(zip(alone["box_id"], alone["error"], strict=True))
    assert ours == expected
    assert set(missed.loc[missed["error"] != "missed", "box_id"]) == covered


BY_HAND = {
    "localization": (["a", "x", 0.9, 0, 0, 10, 30], None),
    "classification": (["a", "y", 0.9, 0, 0, 10, 10], None),
    "both": (["a", "y", 0.9, 0, 0, 10, 30], None),
    "duplicate": (["a", "x", 0.8, 0, 0, 10, 9], ["a", "x", 0.9, 0, 0, 10, 10]),
    "background": (["a", "x", 0.9, 50, 50, 60, 60], None),
}


@pytest.mark.parametrize("error", BY_HAND)
def test_errors__by_hand(error):
    images = pd.DataFrame({"image_id": ["a"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 10, 10]], columns=["image_id", "class_name", *CORNERS])
    rows = [row for row in BY_HAND[error] if row]
    predictions = pd.DataFrame(rows, columns=["image_id", "class_name", "confidence", *CORNERS])
    failures = evaluate(images, boxes, predictions).failures
    assert failures.loc[failures["outcome"] == "fp", "error"].tolist() == [error]
    covers = error if error in ("localization", "classification") else "missed"
    assert failures.loc[failures["outcome"] == "fn", "error"].tolist() == ([] if error == "duplicate" else [covers])
