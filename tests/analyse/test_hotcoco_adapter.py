"""AP against pycocotools, which nobody here wrote."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.model.geometry import CORNERS

from ..depth import often

pycocotools = pytest.importorskip("pycocotools.cocoeval")


def oracle(images, boxes, predictions):
    from pycocotools.coco import COCO

    # COCO goes by the ids, whatever the order of the pictures: theirs are numbers or texts, and these have no gaps.
    keys = {key: i + 1 for i, key in enumerate(sorted(images["image_id"]))}
    names = sorted(set(boxes["class_name"]) | set(predictions["class_name"]))
    truth = []
    for i, row in enumerate(boxes.to_dict("records")):
        width, height = row["xmax"] - row["xmin"], row["ymax"] - row["ymin"]
        truth.append(
            {
                "id": i + 1,
                "image_id": keys[row["image_id"]],
                "category_id": names.index(row["class_name"]) + 1,
                "bbox": [row["xmin"], row["ymin"], width, height],
                "area": width * height,
                "iscrowd": int(row["ignore"]),
            }
        )
    found = [
        {
            "image_id": keys[row["image_id"]],
            "category_id": names.index(row["class_name"]) + 1,
            "bbox": [row["xmin"], row["ymin"], row["xmax"] - row["xmin"], row["ymax"] - row["ymin"]],
            "score": row["confidence"],
        }
        for row in predictions.to_dict("records")
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i} for i in keys.values()],
            "annotations": truth,
            "categories": [{"id": i + 1, "name": name} for i, name in enumerate(names)],
        }
        coco.createIndex()
        run = pycocotools.COCOeval(coco, coco.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run


@pytest.mark.parametrize("seed", range(often(24, 160)))
def test_average_precision__equals_pycocotools(world, seed):
    tables = world(
        seed, classes=1 + seed % 7, whole=seed % 2 == 0, pictures=4 + seed % 20, ids=("str", "int")[seed % 2]
    )
    run = oracle(*tables)
    evaluation = evaluate(*tables)
    found = [evaluation.metrics[name] for name in ("AP", "AP50", "AP75")]
    np.testing.assert_allclose(found, run.stats[:3], rtol=0, atol=1e-12)
    precision = run.eval["precision"][:, :, :, 0, 2]
    for name in ("AP", "AP50"):
        part = precision if name == "AP" else precision[:1]
        expected = [part[:, :, k].mean() if (part[:, :, k] > -1).all() else np.nan for k in range(part.shape[2])]
        np.testing.assert_allclose(evaluation.per_class[name], expected, rtol=0, atol=1e-12)


def test_average_precision__more_than_100_predictions_in_a_picture(world):
    rng = np.random.default_rng(5)
    images, boxes, _ = world(3, pictures=3, classes=1)
    low = rng.integers(0, 90, (700, 2)).astype(float)
    corners = np.concatenate([low, low + rng.integers(4, 40, (700, 2))], axis=1)
    predictions = pd.DataFrame(corners, columns=CORNERS).assign(
        image_id=rng.choice(images["image_id"], 700), class_name="class 0", confidence=rng.random(700).round(3)
    )
    run = oracle(images, boxes, predictions)
    found = evaluate(images, boxes, predictions).metrics
    np.testing.assert_allclose([found["AP"], found["AP50"]], run.stats[:2], rtol=0, atol=1e-12)


def test_average_precision__does_not_depend_on_confidence_or_iou(world):
    evaluation = evaluate(*world(1))
    assert evaluation.at(confidence=0.9, iou=0.7).metrics["AP"] == evaluation.metrics["AP"]
