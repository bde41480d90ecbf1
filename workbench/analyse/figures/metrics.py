"""Counts at a confidence, and what follows: precision, recall, F1, false alarms per picture, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analyse.figures.hotcoco_adapter import AveragePrecision
from workbench.analyse.figures.intervals import Floats, Sums, rate_interval, ratio, share_interval, sums
from workbench.analyse.match.matching import Matching
from workbench.analyse.match.test_arrays import Flags, Ints, TestSet


@dataclass(frozen=True, eq=False)
class Tally:
    """What is counted, each prediction and box with the unit (video, picture) that it lies in.

    Attributes:
        hits: confidences of the predictions that found a box, rising.
        hit_unit: their units.
        alarms: confidences of the false alarms, rising.
        alarm_unit: their units.
        boxes: number of boxes in each unit, shape (units,).
        pictures: number of pictures in each unit, shape (units,).
        independent: whether nothing is known of groups.
    """

    hits: Floats
    hit_unit: Ints
    alarms: Floats
    alarm_unit: Ints
    boxes: Floats
    pictures: Floats
    independent: bool

    def at(self, confidence: float) -> tuple[Floats, Floats]:
        """Hits and false alarms of each unit, shape (units,) each."""
        units = len(self.pictures)
        return tuple(  # type: ignore[return-value]
            np.bincount(unit[np.searchsorted(values, confidence) :], minlength=units).astype(np.float64)
            for values, unit in ((self.hits, self.hit_unit), (self.alarms, self.alarm_unit))
        )


def tally(test_set: TestSet, matching: Matching) -> Tally:
    """Sort hits and false alarms by confidence once, so that every confidence is answered from there."""
    boxes, predictions, clusters = test_set.boxes, test_set.predictions, test_set.clusters

    def sorted_by_confidence(which: Flags) -> tuple[Floats, Ints]:
        rows = np.flatnonzero(which)
        confidence = predictions.confidence[rows]
        order = np.argsort(confidence, kind="stable")
        return confidence[order], clusters.of_image[predictions.image[rows[order]]]

    hits, hit_unit = sorted_by_confidence((matching.box_of >= 0) & ~matching.ignored)
    alarms, alarm_unit = sorted_by_confidence(matching.box_of < 0)
    counted = clusters.of_image[boxes.image[~boxes.ignore]]
    return Tally(
        hits,
        hit_unit,
        alarms,
        alarm_unit,
        np.bincount(counted, minlength=clusters.count).astype(np.float64),
        np.bincount(clusters.of_image, minlength=clusters.count).astype(np.float64),
        not clusters.known,
    )


def ratios(tp: Floats, fp: Floats, boxes: Floats, pictures: Floats) -> dict[str, Sums]:
    """The four ratios as sums over units; shapes (units,) or (units, n)."""
    return {
        "precision": sums(tp, tp + fp),
        "recall": sums(tp, boxes),
        "f1": sums(2 * tp, tp + fp + boxes),
        "false_alarms_per_picture": sums(fp, pictures),
    }


def with_intervals(of: dict[str, Sums], *, independent: bool) -> dict[str, Floats]:
    """Each ratio with its ``_low`` and ``_high`` end."""
    result: dict[str, Floats] = {}
    for name, each in of.items():
        if name == "false_alarms_per_picture":
            low, high = rate_interval(each)
        else:
            # F1 is no share of cases, so that its interval always comes from the units.
            low, high = share_interval(each, independent=independent and name != "f1")
        result |= {name: ratio(each.a, each.b), f"{name}_low": low, f"{name}_high": high}
    return result


def shares(counts: pd.DataFrame, *, pictures: int) -> pd.DataFrame:
    """Add precision, recall, f1 and false_alarms_per_picture to a table with tp, fp and fn."""
    tp, fp, fn = (counts[name].to_numpy(dtype=np.float64) for name in ("tp", "fp", "fn"))
    return counts.assign(
        precision=ratio(tp, tp + fp),
        recall=ratio(tp, tp + fn),
        f1=ratio(2 * tp, 2 * tp + fp + fn),
        false_alarms_per_picture=ratio(fp, pictures),
    )


def summary(
    test_set: TestSet, matching: Matching, counted: Tally, ap: AveragePrecision, confidence: float
) -> dict[str, float]:
    """Every figure of an evaluation at one confidence; NaN where there is nothing to measure."""
    tp_of, fp_of = counted.at(confidence)
    tp, fp, boxes = int(tp_of.sum()), int(fp_of.sum()), int(counted.boxes.sum())
    kept = test_set.predictions.confidence[matching.ignored] >= confidence
    figures = with_intervals(ratios(tp_of, fp_of, counted.boxes, counted.pictures), independent=counted.independent)
    return {
        "AP": ap.mean(),
        "AP50": ap.mean(0.5),
        "AP75": ap.mean(0.75),
        **{name: float(value) for name, value in figures.items()},
        "tp": tp,
        "fp": fp,
        "fn": boxes - tp,
        "ignored": int(kept.sum()),
        "boxes": boxes,
        "predictions": tp + fp + int(kept.sum()),
        "pictures": len(test_set.image_ids),
        "unlabelled_left_out": test_set.left_out,
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
