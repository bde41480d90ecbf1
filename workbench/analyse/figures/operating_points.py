"""Operating points: what a detector does at any confidence, the whole sweep at once, and confidences worth a look."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures.intervals import Floats, Sums, ratio
from workbench.analyse.figures.metrics import Tally, ratios, with_intervals
from workbench.analyse.match.test_arrays import Ints

SWEEP = np.arange(1, 100) / 100
"""The confidences of a sweep, 0.01 to 0.99."""

STORY = (0.8, 0.6, 0.5, 0.3)
"""The thresholds of the course's story."""

_CHUNK_UNITS = 20_000
"""Units counted at a time, so that memory does not grow with the test set."""


def table(counted: Tally, confidences: npt.ArrayLike) -> pd.DataFrame:
    """Counts, shares and their intervals at each confidence, one row each.

    Args:
        counted: from `tally`.
        confidences: in any order, shape (n,).

    Returns:
        confidence, tp, fp, fn, precision, recall, f1, false_alarms_per_picture, and of each ``_low`` and ``_high``.
    """
    wanted = np.atleast_1d(np.asarray(confidences, dtype=np.float64))
    order = np.argsort(wanted, kind="stable")
    tp = len(counted.hits) - np.searchsorted(counted.hits, wanted, side="left")
    fp = len(counted.alarms) - np.searchsorted(counted.alarms, wanted, side="left")
    figures: dict[str, Floats] = {}
    for name, values in with_intervals(_ratios(counted, wanted[order]), independent=counted.independent).items():
        figures[name] = np.empty(len(wanted))
        figures[name][order] = values
    boxes = int(counted.boxes.sum())
    plain = {name: values for name, values in figures.items() if not name.endswith(("_low", "_high"))}
    ends = {name: values for name, values in figures.items() if name not in plain}
    return pd.DataFrame({"confidence": wanted, "tp": tp, "fp": fp, "fn": boxes - tp, **plain, **ends})


def points(counted: Tally, *, asked: float, false_alarms_per_picture: float) -> pd.DataFrame:
    """The confidences worth a look, each as a row of `table` with a name before it.

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
    result = table(counted, [confidence for _, confidence in named])
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


def _ratios(counted: Tally, rising: Floats) -> dict[str, Sums]:
    """Sums over units at each of the rising confidences, taken in chunks of units."""
    units, points = len(counted.pictures), len(rising)
    slot = [
        (unit, np.searchsorted(rising, values, side="right"))
        for values, unit in ((counted.hits, counted.hit_unit), (counted.alarms, counted.alarm_unit))
    ]
    if units > _CHUNK_UNITS:
        by_unit = [np.argsort(unit, kind="stable") for unit, _ in slot]
        slot = [(unit[by], at[by]) for (unit, at), by in zip(slot, by_unit, strict=True)]
    total: dict[str, list[Floats]] = {}
    for start in range(0, max(units, 1), _CHUNK_UNITS):
        stop = min(start + _CHUNK_UNITS, units)
        parts = []
        for unit, at in slot:
            if units > _CHUNK_UNITS:
                low, high = np.searchsorted(unit, [start, stop])
                unit, at = unit[low:high], at[low:high]
            parts.append(_counts(unit - start, at, stop - start, points))
        here = slice(start, stop)
        found = ratios(parts[0], parts[1], counted.boxes[here, None], counted.pictures[here, None])
        for name, each in found.items():
            values = [each.a, each.b, each.aa, each.ab, each.bb, each.units]
            if name in total:
                values = [former + value for former, value in zip(total[name], values, strict=True)]
            total[name] = values
    return {name: Sums(*(np.broadcast_to(v, (points,)) for v in values)) for name, values in total.items()}


def _counts(unit: Ints, at: Ints, units: int, points: int) -> Floats:
    """How many have a confidence of at least each point, shape (units, points)."""
    cells = np.bincount(unit * (points + 1) + at, minlength=units * (points + 1)).reshape(units, points + 1)
    return np.cumsum(cells[:, :0:-1], axis=1)[:, ::-1].astype(np.float64)
