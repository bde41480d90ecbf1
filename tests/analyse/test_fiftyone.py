"""Verdicts against FiftyOne's evaluate_detections, at the same settings, with a real mongod."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.analyse import evaluate

SIDE = 128
"""A power of two, so that FiftyOne's relative coordinates of whole pixels are exact."""


def fiftyone_verdicts(images, boxes, predictions, *, iou):
    """{box or prediction id: (outcome, matched id or "")} as FiftyOne gives them."""
    import fiftyone as fo

    def label(row, **extra):
        rel = [row.xmin / SIDE, row.ymin / SIDE, (row.xmax - row.xmin) / SIDE, (row.ymax - row.ymin) / SIDE]
        return fo.Detection(label=row.class_name, bounding_box=rel, **extra)

    dataset = fo.Dataset(persistent=False)
    try:
        samples = []
        for key in images["image_id"]:
            truth = [
                label(row, ours=str(row.box_id), iscrowd=bool(row.ignore))
                for row in boxes[boxes["image_id"] == key].itertuples()
            ]
            found = [
                label(row, ours=str(row.prediction_id), confidence=row.confidence)
                for row in predictions[predictions["image_id"] == key].itertuples()
            ]
            sample = fo.Sample(filepath=f"/{key}.jpg", truth=fo.Detections(detections=truth))
            sample["found"] = fo.Detections(detections=found)
            samples.append(sample)
        dataset.add_samples(samples)
        dataset.evaluate_detections(
            "found",
            gt_field="truth",
            eval_key="e",
            method="coco",
            iou=iou,
            classwise=True,
            iscrowd="iscrowd",
        )
        names, verdicts = {"": ""}, {}
        objects = [o for sample in dataset for field in ("truth", "found") for o in sample[field].detections]
        names |= {o.id: o["ours"] for o in objects}
        for o in objects:
            verdicts[o["ours"]] = (o["e"], names[o["e_id"]])
        return verdicts
    finally:
        dataset.delete()


@pytest.mark.mongod
@pytest.mark.slow
@pytest.mark.parametrize("ignore", [0.0, 0.2])
def test_verdicts__equal_fiftyone(mongod, world, ignore):
    parts = [world(seed, pictures=6, classes=1 + seed % 4, ignore=ignore) for seed in range(30)]
    for seed, part in enumerate(parts):
        for table in part:
            for column in ("image_id", "box_id", "prediction_id"):
                if column in table:
                    table[column] = f"{seed} " + table[column].astype(str)
    images, boxes, predictions = (pd.concat(column, ignore_index=True) for column in zip(*parts, strict=True))
    confidence, iou = 0.3, 0.5
    kept = predictions[predictions["confidence"] >= confidence]
    expected = fiftyone_verdicts(images, boxes, kept, iou=iou)
    ours = {}
    regions = set(boxes.loc[boxes["ignore"], "box_id"])
    for row in evaluate(images, boxes, predictions, confidence=confidence, iou=iou).verdicts.itertuples():
        box = "" if pd.isna(row.box_id) else row.box_id
        # FiftyOne calls a prediction on an ignore region "tp" with the region's id; we call it "ignored".
        outcome = "tp" if row.outcome == "ignored" else row.outcome
        if not pd.isna(row.prediction_id):
            ours[row.prediction_id] = (outcome, box)
        if box and box not in regions:
            ours[box] = (outcome, "" if pd.isna(row.prediction_id) else row.prediction_id)
    expected = {key: value for key, value in expected.items() if key not in regions}
    differing = {key: (value, expected[key]) for key, value in ours.items() if expected[key] != value}
    assert len(ours) == len(expected)
    assert differing == {}
