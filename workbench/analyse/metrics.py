"""Counts at a confidence, and what follows from them: precision, recall, F1, false alarms per picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.hotcoco_adapter import AveragePrecision
from workbench.analyse.matching import Matching
from workbench.analyse.testset import Floats, TestSet

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

SWEEP = np.arange(1, 100) / 100
"""The confidences of a sweep, 0.01 to 0.99."""


def wilson_interval(hits: npt.ArrayLike, total: npt.ArrayLike) -> tuple[Floats, Floats]:
    """95 % interval of a share (Wilson 1927), which stays inside 0 to 1 and honest for few cases.

    It takes cases as independent; boxes of one picture or frames of one video are not quite, so read it as the least
    uncertainty there is.

    Args:
        hits: shape (n,) or a scalar.
        total: likewise; where it is 0 the interval is NaN.

    Returns:
        Lower and upper end, each of shape (n,).
    """
    k, n = np.broadcast_arrays(np.asarray(hits, dtype=np.float64), np.asarray(total, dtype=np.float64))
    share, square = ratio(k, n), Z_95**2
    centre = ratio(k + square / 2, n + square)
    half = Z_95 * np.sqrt(np.clip(share * (1 - share) * n + square / 4, 0, None)) / (n + square)
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """`part` / `whole`, NaN where `whole` is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    result = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=result, where=bottom != 0)
    return result


def count(test_set: TestSet, matching: Matching, confidences: npt.ArrayLike) -> pd.DataFrame:
    """Counts and shares at each confidence, one row each, from one matching.

    Returns:
        confidence, tp, fp, fn, precision, recall, f1, false_alarms_per_picture.
    """
    wanted = np.atleast_1d(np.asarray(confidences, dtype=np.float64))
    confidence = test_set.predictions.confidence
    tp = _at_least(confidence[(matching.box_of >= 0) & ~matching.ignored], wanted)
    fp = _at_least(confidence[matching.box_of < 0], wanted)
    return shares(
        pd.DataFrame({"confidence": wanted, "tp": tp, "fp": fp, "fn": int((~test_set.boxes.ignore).sum()) - tp}),
        pictures=len(test_set.image_ids),
    )


def shares(counts: pd.DataFrame, *, pictures: int) -> pd.DataFrame:
    """Add precision, recall, f1 and false_alarms_per_picture to a table with tp, fp and fn."""
    tp, fp, fn = (counts[name].to_numpy(dtype=np.float64) for name in ("tp", "fp", "fn"))
    return counts.assign(
        precision=ratio(tp, tp + fp),
        recall=ratio(tp, tp + fn),
        f1=ratio(2 * tp, 2 * tp + fp + fn),
        false_alarms_per_picture=ratio(fp, pictures),
    )


def summary(test_set: TestSet, matching: Matching, ap: AveragePrecision, confidence: float) -> dict[str, float]:
    """Every figure of an evaluation at one confidence; NaN where there is nothing to measure."""
    row = count(test_set, matching, confidence).iloc[0]
    tp, fp, fn = int(row["tp"]), int(row["fp"]), int(row["fn"])
    kept = test_set.predictions.confidence >= confidence
    precision_low, precision_high = wilson_interval(tp, tp + fp)
    recall_low, recall_high = wilson_interval(tp, tp + fn)
    return {
        "AP": ap.mean(),
        "AP50": ap.mean(0.5),
        "AP75": ap.mean(0.75),
        "precision": float(row["precision"]),
        "precision_low": float(precision_low),
        "precision_high": float(precision_high),
        "recall": float(row["recall"]),
        "recall_low": float(recall_low),
        "recall_high": float(recall_high),
        "f1": float(row["f1"]),
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "ignored": int((matching.ignored & kept).sum()),
        "boxes": tp + fn,
        "predictions": int(kept.sum()),
        "pictures": len(test_set.image_ids),
        "unlabelled_left_out": test_set.left_out,
        "false_alarms_per_picture": float(row["false_alarms_per_picture"]),
    }


def per_class(test_set: TestSet, matching: Matching, ap: AveragePrecision, confidence: float) -> pd.DataFrame:
    """One row a class: class_name, boxes, predictions, AP, AP50, AP75, tp, fp, fn, precision, recall, f1, ..."""
    boxes, predictions = test_set.boxes, test_set.predictions
    kept = predictions.confidence >= confidence
    classes = len(test_set.classes)
    total = np.bincount(boxes.label[~boxes.ignore], minlength=classes)
    tp = np.bincount(boxes.label[matching.found_at >= confidence], minlength=classes)
    counts = pd.DataFrame(
        {
            "class_name": pd.Series(list(test_set.classes), dtype="str"),
            "boxes": total,
            "predictions": np.bincount(predictions.label[kept], minlength=classes),
            "AP": ap.at(),
            "AP50": ap.at(0.5),
            "AP75": ap.at(0.75),
            "tp": tp,
            "fp": np.bincount(predictions.label[kept & (matching.box_of < 0)], minlength=classes),
            "fn": total - tp,
        }
    )
    return shares(counts, pictures=len(test_set.image_ids))


def _at_least(values: Floats, wanted: Floats) -> npt.NDArray[np.int64]:
    return len(values) - np.searchsorted(np.sort(values), wanted, side="left")
