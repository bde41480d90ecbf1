"""The one place that knows hotcoco: average precision as pycocotools computes it.

The precision array is read rather than `summarize` called, because that prints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analyse.testset import Floats, Objects, TestSet

MAX_DETECTIONS = 100
"""Predictions per picture and class that count for AP, the most confident ones: COCO's rule."""


@dataclass(frozen=True, eq=False)
class AveragePrecision:
    """AP per class and IoU.

    Attributes:
        values: shape (classes, 10), IoU 0.50 to 0.95; NaN for a class without boxes.
        version: of hotcoco.
    """

    values: Floats
    version: str

    def mean(self, iou: float | None = None) -> float:
        """Mean over the classes that have boxes, at one IoU or over all ten; NaN if no class has boxes."""
        return _mean(self.at(iou))

    def at(self, iou: float | None = None) -> Floats:
        """AP of every class, shape (classes,), at one of the ten IoUs or the mean over them."""
        if iou is None:
            return np.asarray(self.values.mean(axis=1), dtype=np.float64)
        return np.asarray(self.values[:, round((iou - 0.5) / 0.05)], dtype=np.float64)


def average_precision(test_set: TestSet) -> AveragePrecision:
    """AP of a test set, over all its predictions, whatever confidence anybody asks for."""
    import hotcoco

    boxes, predictions = test_set.boxes, test_set.predictions
    truth = hotcoco.COCO.from_arrays(
        [{"id": i + 1} for i in range(len(test_set.image_ids))],
        [{"id": i + 1, "name": name} for i, name in enumerate(test_set.classes)],
        boxes.image + 1,
        boxes.label + 1,
        _xywh(boxes),
        iscrowd=boxes.ignore.astype(np.int64),
    )
    version = str(hotcoco.__version__)
    if not test_set.classes:
        return AveragePrecision(np.zeros((0, 10)), version)
    rows = np.column_stack(
        [predictions.image + 1, _xywh(predictions), predictions.confidence, predictions.label + 1]
    ).astype(np.float64)
    run = hotcoco.COCOeval(truth, truth.load_res(rows), "bbox")
    run.params.area_rng = [[0.0, 1e10]]
    run.params.area_rng_lbl = ["all"]
    run.params.max_dets = [MAX_DETECTIONS]
    run.evaluate()
    run.accumulate()
    precision = np.asarray((run.eval or {})["precision"])[:, :, :, 0, 0]
    values = np.where((precision > -1).all(axis=1), precision.mean(axis=1), np.nan).T
    return AveragePrecision(values, version)


def _xywh(objects: Objects) -> Floats:
    return np.concatenate([objects.xyxy[:, :2], objects.xyxy[:, 2:] - objects.xyxy[:, :2]], axis=1)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
