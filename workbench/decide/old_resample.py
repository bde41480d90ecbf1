"""How sure is a difference? Paired bootstrap: the same pictures drawn again and again for both detectors.

Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13 (percentile interval). Both detectors saw the
same pictures, so what makes a picture hard cancels out: the interval is narrower than two Wilson intervals suggest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

MEASURES = ("recall", "precision", "f1", "false_alarms_per_picture")
"""What `differences` gives; of the last one less is better."""

LESS_IS_BETTER = frozenset({"false_alarms_per_picture"})

LEAST_GROUPS = 10
"""With fewer groups (videos, bursts) single pictures are drawn: so few groups say nothing of other groups."""

_DRAWS, _SEED, _CHUNK = 2000, 0, 250
_LEVEL = (2.5, 97.5)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A difference, after less before, with its 95 % interval; NaN where there is nothing to measure."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Differences:
    """Intervals by measure, and what was drawn: ``groups`` or ``pictures``, and how many."""

    of: dict[str, Interval]
    unit: str
    units: int


def differences(images: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> Differences:
    """Differences between two detectors on the same test pictures.

    Args:
        images: the `images` table of the pictures that were evaluated.
        before: `verdicts` of the earlier detector.
        after: `verdicts` of the later one.
    """
    group = images["group_id"].where(images["group_id"] != "", images["image_id"].astype("str"))
    unit = "groups" if group.nunique() >= LEAST_GROUPS else "pictures"
    keys = group if unit == "groups" else images["image_id"].astype("str")
    codes, names = pd.factorize(keys)
    place = dict(zip(images["image_id"], codes.tolist(), strict=True))
    pictures = np.bincount(codes, minlength=len(names)).astype(np.float64)
    sides = [np.column_stack([_counts(verdicts, place, len(names)), pictures]) for verdicts in (before, after)]
    whole = np.ones((1, len(names)))
    rng = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(_DRAWS // _CHUNK):
        weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=_CHUNK).astype(np.float64)
        drawn.append(_measures(weights @ sides[1]) - _measures(weights @ sides[0]))
    value = (_measures(whole @ sides[1]) - _measures(whole @ sides[0]))[0]
    spread = np.concatenate(drawn)
    of = {}
    for column, name in enumerate(MEASURES):
        known = spread[~np.isnan(spread[:, column]), column]
        low, high = np.percentile(known, _LEVEL) if len(known) else (np.nan, np.nan)
        of[name] = Interval(float(value[column]), float(low), float(high))
    return Differences(of, unit, len(names))


def _counts(verdicts: pd.DataFrame, place: dict[object, int], units: int) -> Floats:
    """Hits, false alarms and misses of each unit, shape (units, 3)."""
    result = np.zeros((units, 3))
    rows = np.array([place[image_id] for image_id in verdicts["image_id"]], dtype=np.int64)
    for column, outcome in enumerate(("tp", "fp", "fn")):
        wanted = (verdicts["outcome"] == outcome).to_numpy(dtype=bool)
        result[:, column] = np.bincount(rows[wanted], minlength=units)
    return result


def _measures(sums: Floats) -> Floats:
    """The measures of sums of hits, false alarms, misses and pictures; shape (n, 4) to (n, 4)."""
    tp, fp, fn, pictures = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        # Without a single prediction there is no precision; F1 is 0 then, as long as there is something to find.
        return np.column_stack([tp / (tp + fn), tp / (tp + fp), 2 * tp / (2 * tp + fp + fn), fp / pictures])
