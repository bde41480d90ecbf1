"""The one place that knows hotcoco: average precision as pycocotools computes it, TIDE's table, and calibration.

The precision array is read rather than `summarize` called, because that prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse.match.test_arrays import Floats, Objects, TestSet

MAX_DETECTIONS = 100
"""Predictions per picture and class that count for AP, the most confident ones: COCO's rule."""


@dataclass(frozen=True, eq=False)
class AveragePrecision:
    """AP per class and IoU, computed when it is first asked for.

    Attributes:
        version: of hotcoco.
    """

    version: str
    _test_set: TestSet = field(repr=False)

    @cached_property
    def values(self) -> Floats:
        """Shape (classes, 10), IoU 0.50 to 0.95; NaN for a class without boxes."""
        if not self._test_set.classes:
            return np.zeros((0, 10))
        run = _run(self._test_set)
        run.accumulate()
        precision = np.asarray((run.eval or {})["precision"])[:, :, :, 0, 0]
        return np.where((precision > -1).all(axis=1), precision.mean(axis=1), np.nan).T

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

    return AveragePrecision(str(hotcoco.__version__), test_set)


TIDE_NAMES = {
    "Cls": "classification",
    "Loc": "localization",
    "Both": "both",
    "Dupe": "duplicate",
    "Bkg": "background",
    "Miss": "missed",
}
"""hotcoco's names for TIDE's errors, and ours."""


def tide(test_set: TestSet, iou: float) -> pd.DataFrame:
    """TIDE's errors over all predictions: error, count, ap_gain (AP at this IoU if the error were mended)."""
    if not test_set.classes:
        return pd.DataFrame({"error": list(TIDE_NAMES.values()), "count": 0, "ap_gain": float("nan")})
    run = _run(test_set)
    run.accumulate()
    found = run.tide_errors(pos_thr=iou)
    return pd.DataFrame(
        {
            "error": pd.Series(list(TIDE_NAMES.values()), dtype="str"),
            "count": [int(found["counts"].get(name, 0)) for name in TIDE_NAMES],
            "ap_gain": [float(found["delta_ap"].get(name, 0.0)) for name in TIDE_NAMES],
        }
    )


def calibration(test_set: TestSet, iou: float, *, bins: int) -> pd.DataFrame:
    """How often predictions of a confidence are right: one row a bin; see `Evaluation.calibration`."""
    columns = ["confidence_low", "confidence_high", "predictions", "mean_confidence", "precision"]
    if not len(test_set.predictions):
        table = pd.DataFrame({name: np.zeros(0) for name in columns})
        table.attrs["expected_calibration_error"] = float("nan")
        return table
    run = _run(test_set, iou=iou)
    found = run.calibration(n_bins=bins, iou_threshold=iou)
    names = ("bin_lower", "bin_upper", "count", "avg_confidence", "avg_accuracy")
    table = pd.DataFrame(
        {column: [row[name] for row in found["bins"]] for column, name in zip(columns, names, strict=True)}
    )
    empty = table["predictions"] == 0
    table.loc[empty, ["mean_confidence", "precision"]] = float("nan")
    table.attrs["expected_calibration_error"] = float(found["ece"])
    return table


def _run(test_set: TestSet, *, iou: float | None = None) -> Any:
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
    rows = np.column_stack(
        [predictions.image + 1, _xywh(predictions), predictions.confidence, predictions.label + 1]
    ).astype(np.float64)
    run = hotcoco.COCOeval(truth, truth.load_res(rows), "bbox")
    run.params.area_rng = [[0.0, 1e10]]
    run.params.area_rng_lbl = ["all"]
    run.params.max_dets = [MAX_DETECTIONS]
    if iou is not None:
        run.params.iou_thrs = [iou]
    run.evaluate()
    return run


def _xywh(objects: Objects) -> Floats:
    return np.concatenate([objects.xyxy[:, :2], objects.xyxy[:, 2:] - objects.xyxy[:, :2]], axis=1)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
