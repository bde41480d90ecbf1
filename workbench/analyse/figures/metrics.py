"""Counts at a confidence and what follows: precision, recall, F1, false alarms per picture, each with its interval.

Also the whole sweep of confidences at once, and the confidences worth a look (operating points).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures.average_precision import AveragePrecision
from workbench.analyse.figures.bootstrap import Drawn, Floats, Ints, Units, effective, ratio
from workbench.analyse.inputs import Flags, TestSet
from workbench.analyse.match.matching import Matching

SHARES = ("precision", "recall", "f1", "false_alarms_per_picture")
"""The figures that follow from counts at one confidence."""

SWEEP = np.arange(1, 100) / 100
"""The confidences of a sweep, 0.01 to 0.99."""

STORY = (0.8, 0.6, 0.5, 0.3)
"""The thresholds of the course's story."""


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
        units: what is drawn for intervals.
    """

    hits: Floats
    hit_unit: Ints
    alarms: Floats
    alarm_unit: Ints
    boxes: Floats
    pictures: Floats
    units: Units

    def at(self, rising: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Hits and false alarms of each unit at each of n rising confidences, shape (units, n) each."""
        points = np.atleast_1d(np.asarray(rising, dtype=np.float64))
        return (
            _at_least(self.hit_unit, self.hits, points, len(self.units)),
            _at_least(self.alarm_unit, self.alarms, points, len(self.units)),
        )

    def drawn_at(self, rising: npt.ArrayLike) -> dict[str, Drawn]:
        """`SHARES` at each of n rising confidences."""
        return shares_of(self.units, *self.at(rising), self.boxes, self.pictures)


def tally(test_set: TestSet, matching: Matching) -> Tally:
    """Sort hits and false alarms by confidence once, so that every confidence is answered from there."""
    boxes, predictions, units = test_set.boxes, test_set.predictions, test_set.units

    def sorted_by_confidence(which: Flags) -> tuple[Floats, Ints]:
        rows = np.flatnonzero(which)
        confidence = predictions.confidence[rows]
        order = np.argsort(confidence, kind="stable")
        return confidence[order], units.of_image[predictions.image[rows[order]]]

    hits, hit_unit = sorted_by_confidence((matching.box_of >= 0) & ~matching.ignored)
    alarms, alarm_unit = sorted_by_confidence(matching.box_of < 0)
    counted = units.of_image[boxes.image[~boxes.ignore]]
    return Tally(
        hits,
        hit_unit,
        alarms,
        alarm_unit,
        np.bincount(counted, minlength=len(units)).astype(np.float64),
        np.bincount(units.of_image, minlength=len(units)).astype(np.float64),
        units,
    )


def shares_of(
    units: Units, tp: Floats | Ints, fp: Floats | Ints, boxes: Floats | Ints, pictures: Floats | Ints
) -> dict[str, Drawn]:
    """`SHARES` of counts, drawn again.

    Args:
        units: what is drawn.
        tp: hits of each unit, shape (units, n).
        fp: false alarms, likewise.
        boxes: of each unit, shape (units,).
        pictures: likewise.
    """
    n = tp.shape[1]
    sums = units.totals(np.column_stack([tp, fp, boxes, pictures]))
    hit, alarm, box, picture = sums[:, :n], sums[:, n : 2 * n], sums[:, 2 * n, None], sums[:, 2 * n + 1, None]
    some, all_pictures = boxes[:, None], np.broadcast_to(effective(pictures), n)
    return {
        "precision": Drawn(ratio(hit, hit + alarm), effective(tp + fp), "share"),
        "recall": Drawn(ratio(hit, box), np.broadcast_to(effective(boxes), n), "share"),
        "f1": Drawn(ratio(2 * hit, hit + alarm + box), effective(tp + fp + some), "share"),
        "false_alarms_per_picture": Drawn(ratio(alarm, picture), all_pictures, "rate"),
    }


def with_intervals(drawn: dict[str, Drawn]) -> dict[str, Floats]:
    """Each figure, then each one's ``_low`` and ``_high`` end."""
    ends: dict[str, Floats] = {}
    for name, one in drawn.items():
        ends[f"{name}_low"], ends[f"{name}_high"] = one.interval
    return {name: one.value for name, one in drawn.items()} | ends


def summary(
    test_set: TestSet,
    matching: Matching,
    counted: Tally,
    ap: AveragePrecision,
    drawn: dict[str, Drawn],
    confidence: float,
) -> dict[str, float]:
    """Every figure of an evaluation at one confidence; NaN where there is nothing to measure."""
    tp, fp = (len(values) - int(np.searchsorted(values, confidence)) for values in (counted.hits, counted.alarms))
    boxes = int(counted.boxes.sum())
    kept = test_set.predictions.confidence[matching.ignored] >= confidence
    figures: dict[str, float] = {}
    for name, one in drawn.items():
        low, high = one.interval
        figures |= {name: float(one.value[0]), f"{name}_low": float(low[0]), f"{name}_high": float(high[0])}
    return {
        "AP": ap.mean(),
        "AP50": ap.mean(0.5),
        "AP75": ap.mean(0.75),
        **figures,
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
    fp = np.bincount(predictions.label[kept & (matching.box_of < 0)], minlength=classes)
    return pd.DataFrame(
        {
            "class_name": pd.Series(list(test_set.classes), dtype="str"),
            "boxes": total,
            "predictions": np.bincount(predictions.label[kept], minlength=classes),
            "AP": ap.at(),
            "AP50": ap.at(0.5),
            "AP75": ap.at(0.75),
            "tp": tp,
            "fp": fp,
            "fn": total - tp,
            "precision": ratio(tp, tp + fp),
            "recall": ratio(tp, total),
            "f1": ratio(2 * tp, tp + fp + total),
            "false_alarms_per_picture": ratio(fp, len(test_set.image_ids)),
        }
    )


def sweep(counted: Tally, confidences: npt.ArrayLike = SWEEP, *, intervals: bool = True) -> pd.DataFrame:
    """Counts, shares and their intervals at each confidence, one row each.

    Args:
        counted: from `tally`.
        confidences: in any order, shape (n,).
        intervals: with them; without it is only counting.

    Returns:
        confidence, tp, fp, fn, precision, recall, f1, false_alarms_per_picture, and of each ``_low`` and ``_high``.
    """
    wanted = np.atleast_1d(np.asarray(confidences, dtype=np.float64))
    tp = len(counted.hits) - np.searchsorted(counted.hits, wanted, side="left")
    fp = len(counted.alarms) - np.searchsorted(counted.alarms, wanted, side="left")
    boxes = int(counted.boxes.sum())
    figures = {
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, boxes),
        "f1": ratio(2 * tp, tp + fp + boxes),
        "false_alarms_per_picture": ratio(fp, counted.pictures.sum()),
    }
    if intervals:
        order = np.argsort(wanted, kind="stable")
        back = np.argsort(order, kind="stable")
        figures = {name: values[back] for name, values in with_intervals(counted.drawn_at(wanted[order])).items()}
    return pd.DataFrame({"confidence": wanted, "tp": tp, "fp": fp, "fn": boxes - tp, **figures})


def points(counted: Tally, *, asked: float, false_alarms_per_picture: float) -> pd.DataFrame:
    """The confidences worth a look, each as a row of `sweep` with a name before it.

    The one asked for; the best F1; the most recall with few false alarms (the lowest confidence from which on there are
    no more of them than allowed); and the story's.

    Args:
        counted: from `tally`.
        asked: the evaluation's own confidence.
        false_alarms_per_picture: how many are allowed.
    """
    named = [("asked for", asked)]
    best = _best_f1(counted)
    if best is not None:
        named.append(("best F1", best))
    allowed = _few_alarms(counted, false_alarms_per_picture)
    per_hundred = f"{100 * false_alarms_per_picture:g}"
    named.append((f"at most {per_hundred} false alarm{'' if per_hundred == '1' else 's'} in 100 pictures", allowed))
    named += [(f"{share:.0%}".replace("%", " %"), share) for share in STORY]
    result = sweep(counted, [confidence for _, confidence in named])
    result.insert(0, "point", pd.Series([name for name, _ in named], dtype="str"))
    return result


def _best_f1(counted: Tally) -> float | None:
    """The confidence with the best F1 of all that change anything, the highest of equals; None without a hit."""
    if not len(counted.hits):
        return None
    confidences = np.unique(counted.hits)
    tp = len(counted.hits) - np.searchsorted(counted.hits, confidences)
    fp = len(counted.alarms) - np.searchsorted(counted.alarms, confidences)
    f1 = ratio(2 * tp, tp + fp + counted.boxes.sum())
    return float(confidences[len(f1) - 1 - int(np.argmax(f1[::-1]))])


def _few_alarms(counted: Tally, per_picture: float) -> float:
    """The lowest confidence of a hit from which on there are no more false alarms than allowed.

    Where even the surest hit comes with more, just above the surest false alarm that is too many.
    """
    allowed = int(np.floor(per_picture * counted.pictures.sum() + 1e-9))
    if allowed >= len(counted.alarms):
        return float(counted.hits[0]) if len(counted.hits) else 0.0
    too_many = counted.alarms[len(counted.alarms) - 1 - allowed]
    above = counted.hits[np.searchsorted(counted.hits, too_many, side="right") :]
    return float(above[0]) if len(above) else float(min(np.nextafter(too_many, 2.0), 1.0))


def _at_least(unit: Ints, confidence: Floats, points: Floats, units: int) -> Floats:
    """How many have a confidence of at least each of the rising points, shape (units, points)."""
    if len(points) == 1:
        counts = np.bincount(unit[np.searchsorted(confidence, points[0]) :], minlength=units)
        return counts[:, None].astype(np.float64)
    n = len(points) + 1
    cells = np.bincount(unit * n + np.searchsorted(points, confidence, side="right"), minlength=units * n)
    return np.cumsum(cells.reshape(units, n)[:, :0:-1], axis=1)[:, ::-1].astype(np.float64)
