"""Average precision as COCO counts it: hotcoco's figures, and the same rules over again for what hotcoco cannot do.

The figures reported are hotcoco's, and this is the one place that knows it (the precision array is read rather than
`summarize` called, because that prints). `rank` follows the same rules to the last bits (a test holds the two together)
for what AP would be if some failures were mended, or units drawn again: hotcoco knows pictures and not what-ifs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures.bootstrap import DRAWS, Counts, Floats, Ints
from workbench.analyse.inputs import Flags, Objects, TestSet
from workbench.analyse.match.matching import Matching

MAX_DETECTIONS = 100
"""Predictions per picture and class that count for AP, the most confident ones: COCO's rule."""

IOUS = np.arange(10) * 0.05 + 0.5
"""Of COCO's AP."""

_RECALLS = np.linspace(0.0, 1.0, 101)

_CELLS = 2**23
"""Predictions times draws counted at a time."""


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
        return mean(self.at(iou))

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
    if not len(test_set.predictions.image):
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


@dataclass(frozen=True, eq=False)
class RankedClass:
    """One class's predictions by falling confidence, as COCO ranks them.

    Attributes:
        prediction: positions in the test set, shape (n,).
        hit: shape (n,).
        unit: of each, shape (n,).
        boxes: positions of the class's boxes that count, shape (m,).
        box_unit: of each, shape (m,).
    """

    prediction: Ints
    hit: Flags
    unit: Ints
    boxes: Ints
    box_unit: Ints

    def average_precision(self) -> float:
        """AP as it is; NaN without boxes."""
        hit = self.hit.astype(np.float64)
        return _average_precision(hit, 1.0 - hit, float(len(self.boxes)))

    def drawn(self, times: Counts) -> Floats:
        """AP with each unit counted so many times; NaN where no box is left.

        Args:
            times: shape (draws, units).

        Returns:
            Shape (draws,).
        """
        hits = np.flatnonzero(self.hit)
        boxes = times @ np.bincount(self.box_unit, minlength=times.shape[1]).astype(np.float64)
        result = np.full(len(times), np.nan)
        step = max(1, _CELLS // max(len(self.unit), 1))
        for start in range(0, len(times), step):
            here = slice(start, start + step)
            drawn = times[here].take(self.unit, axis=1)
            # Only at a hit does recall rise, and a false alarm never has the best precision from there on.
            seen = np.cumsum(drawn, axis=1, dtype=np.int32)[:, hits]
            found = np.cumsum(drawn[:, hits], axis=1, dtype=np.int32)
            precision = found / (seen + np.spacing(1.0))
            precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
            for draw in np.flatnonzero(boxes[here] > 0):
                result[start + draw] = _at_recalls(precision[draw], found[draw] / boxes[start + draw])
        return result

    def mended(self, prediction_gone: Flags, box_found: Flags) -> float:
        """AP if these predictions were not there and these boxes were found with certainty.

        Args:
            prediction_gone: by position in the test set.
            box_found: by position in the test set; predictions that find such a box late are to be gone as well.
        """
        kept = ~prediction_gone[self.prediction]
        hit = self.hit & kept
        certain = float(box_found[self.boxes].sum())
        first = np.array([certain])
        return _average_precision(
            np.concatenate([first, hit]), np.concatenate([[0.0], kept & ~self.hit]), float(len(self.boxes))
        )


def rank(test_set: TestSet, matching: Matching) -> list[RankedClass]:
    """Rank the predictions of each class that has boxes; those beyond COCO's limit a picture are left out."""
    boxes, predictions, of_image = test_set.boxes, test_set.predictions, test_set.units.of_image
    usable = ~matching.ignored & within_limit(test_set)
    ranked = []
    for label in range(len(test_set.classes)):
        mine = np.flatnonzero((boxes.label == label) & ~boxes.ignore)
        if not len(mine):
            continue
        found = np.flatnonzero(usable & (predictions.label == label))
        # Within a picture they lie by falling confidence already, and a stable sort leaves equal ones so.
        found = found[np.lexsort((test_set.place_by_id[predictions.image[found]], -predictions.confidence[found]))]
        ranked.append(
            RankedClass(
                found,
                matching.box_of[found] >= 0,
                of_image[predictions.image[found]],
                mine,
                of_image[boxes.image[mine]],
            )
        )
    return ranked


def within_limit(test_set: TestSet) -> Flags:
    """Predictions among the `MAX_DETECTIONS` surest of their picture and class, shape (predictions,)."""
    predictions = test_set.predictions
    key = predictions.image * max(len(test_set.classes), 1) + predictions.label
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    place = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    result = np.empty(len(key), dtype=bool)
    result[order] = place < MAX_DETECTIONS
    return result


def drawn(test_set: TestSet, ranked: list[RankedClass]) -> Floats:
    """Mean AP of the classes in every draw of the test set's units, shape (`DRAWS`,); NaN where no box is left."""
    if not ranked:
        return np.full(DRAWS, np.nan)
    times = np.ascontiguousarray(test_set.units.drawn.T)
    every = np.stack([one.drawn(times) for one in ranked])
    known = ~np.isnan(every)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, every, 0.0).sum(axis=0) / known.sum(axis=0), dtype=np.float64)


def mean(values: npt.ArrayLike) -> float:
    """Mean of the values that are numbers; NaN if there are none."""
    every = np.asarray(values, dtype=np.float64)
    known = every[~np.isnan(every)]
    return float(known.mean()) if len(known) else float("nan")


def _average_precision(hit: Floats, alarm: Floats, boxes: float) -> float:
    if boxes <= 0:
        return float("nan")
    found, wrong = np.cumsum(hit), np.cumsum(alarm)
    precision = found / (found + wrong + np.spacing(1.0))
    return _at_recalls(np.maximum.accumulate(precision[::-1])[::-1], found / boxes)


def _at_recalls(precision: Floats, recall: Floats) -> float:
    at = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.append(precision, 0.0)[np.minimum(at, len(precision))].mean())


def _run(test_set: TestSet, *, iou: float | None = None) -> Any:
    import hotcoco

    boxes, predictions, key = test_set.boxes, test_set.predictions, test_set.place_by_id + 1
    truth = hotcoco.COCO.from_arrays(
        [{"id": i + 1} for i in range(len(key))],
        [{"id": i + 1, "name": name} for i, name in enumerate(test_set.classes)],
        key[boxes.image],
        boxes.label + 1,
        _xywh(boxes),
        iscrowd=boxes.ignore.astype(np.int64),
    )
    rows = np.column_stack(
        [key[predictions.image], _xywh(predictions), predictions.confidence, predictions.label + 1]
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
