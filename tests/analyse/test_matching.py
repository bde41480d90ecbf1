"""Matching against a plain loop written from COCO's rules, at every confidence and IoU."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analyse import evaluate
from workbench.analyse.match.matching import marry
from workbench.model.geometry import CORNERS, iou_matrix

from ..depth import examples, often


def by_hand(boxes, predictions, *, confidence, iou):
    """{prediction_id: (box_id or None, outcome)}, one prediction after the other."""
    result, taken = {}, set()
    kept = predictions[predictions["confidence"] >= confidence].sort_values(
        "confidence", ascending=False, kind="stable"
    )
    for row in kept.itertuples():
        mine = boxes[(boxes["image_id"] == row.image_id) & (boxes["class_name"] == row.class_name)]
        overlap = iou_matrix([[row.xmin, row.ymin, row.xmax, row.ymax]], mine[CORNERS], crowd=mine["ignore"])[0]
        best, best_overlap = None, min(iou, 1 - 1e-10)
        for ignore in (False, True):
            for box_id, region, measure in zip(mine["box_id"], mine["ignore"], overlap, strict=True):
                if region == ignore and box_id not in taken and measure >= best_overlap:
                    best, best_overlap = (box_id, ignore), measure
            if best:
                break
        if best is None:
            result[row.prediction_id] = (None, "fp")
        else:
            result[row.prediction_id] = (best[0], "ignored" if best[1] else "tp")
            if not best[1]:
                taken.add(best[0])
    return result


@pytest.mark.parametrize("seed", range(often(6, 40)))
@pytest.mark.parametrize("iou", [0.05, 0.5, 0.75, 1.0])
def test_verdicts__equal_a_plain_loop(world, seed, iou):
    images, boxes, predictions = world(seed, pictures=5, classes=1 + seed % 3, ids=("str", "int")[seed % 2])
    evaluation = evaluate(images, boxes, predictions, confidence=0.01, iou=iou)
    for confidence in (0.0, 0.3, 0.71):
        verdicts = evaluation.at(confidence=confidence).verdicts
        expected = by_hand(boxes, predictions, confidence=confidence, iou=iou)
        rows = verdicts[verdicts["prediction_id"].notna()]
        found = {
            row.prediction_id: (None if pd.isna(row.box_id) else row.box_id, row.outcome) for row in rows.itertuples()
        }
        assert found == expected
        hit = {box for box, outcome in expected.values() if outcome == "tp"}
        missed = set(boxes.loc[~boxes["ignore"], "box_id"]) - hit
        assert set(verdicts.loc[verdicts["outcome"] == "fn", "box_id"]) == missed
        assert set(verdicts["box_id"].dropna()) == set(boxes["box_id"])


@pytest.mark.parametrize("seed", range(often(12, 60)))
def test_verdicts__equal_cocoeval_box_by_box_among_equals(tied, seed):
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    from pycocotools.coco import COCO

    images, boxes, predictions = tied(seed)

    def records(table):
        corners = table[CORNERS].to_numpy()
        xywh = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        return [{"image_id": 1, "category_id": 1, "bbox": row.tolist()} for row in xywh]

    truth = records(boxes)
    for number, (row, ignore) in enumerate(zip(truth, boxes["ignore"], strict=True)):
        row.update(id=number + 1, area=row["bbox"][2] * row["bbox"][3], iscrowd=int(ignore))
    found = [row | {"score": c} for row, c in zip(records(predictions), predictions["confidence"], strict=True)]
    coco = COCO()
    coco.dataset = {"images": [{"id": 1}], "annotations": truth, "categories": [{"id": 1, "name": "x"}]}
    coco.createIndex()
    run = cocoeval.COCOeval(coco, coco.loadRes(found), "bbox")
    run.evaluate()
    picture = next(row for row in run.evalImgs if row)
    expected = {
        f"p{prediction - 1}": f"b{int(box) - 1}" if box else None
        for prediction, box in zip(picture["dtIds"], picture["dtMatches"][0], strict=True)
    }
    verdicts = evaluate(images, boxes, predictions, confidence=0.0).verdicts
    rows = verdicts[verdicts["prediction_id"].notna()]
    assert {row.prediction_id: None if pd.isna(row.box_id) else row.box_id for row in rows.itertuples()} == expected


@examples(100)
@given(
    wishes=st.lists(st.lists(st.integers(0, 7), unique=True, min_size=1, max_size=8), max_size=12),
)
def test_marry__first_come_first_served(wishes):
    suitor = np.array([i for i, boxes in enumerate(wishes) for _ in boxes], dtype=np.int64)
    box = np.array([b for boxes in wishes for b in boxes], dtype=np.int64)
    winner = marry(suitor, box, boxes=8)
    expected: dict[int, int] = {}
    for i, boxes in enumerate(wishes):
        free = next((b for b in boxes if b not in expected), None)
        if free is not None:
            expected[free] = i
    assert {b: int(suitor[row]) for b, row in enumerate(winner) if row >= 0} == expected
    assert all(box[row] == b for b, row in enumerate(winner) if row >= 0)


def test_verdicts__a_match_may_lie_exactly_on_the_threshold():
    images = pd.DataFrame({"image_id": ["a"]})
    boxes = pd.DataFrame([["a", "x", 0, 0, 10, 10]], columns=["image_id", "class_name", *CORNERS])
    predictions = pd.DataFrame(
        [["a", "x", 0.5, 0, 0, 10, 5]], columns=["image_id", "class_name", "confidence", *CORNERS]
    )
    evaluation = evaluate(images, boxes, predictions, confidence=0.5, iou=0.5)
    assert evaluation.metrics["tp"] == 1
    assert evaluation.at(confidence=0.51).metrics["tp"] == 0
    assert evaluation.at(iou=0.51).metrics["tp"] == 0
