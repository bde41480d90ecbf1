"""Bootstrap over units (videos, pictures): intervals of AP, and of differences of evaluations on one test set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures import ranking
from workbench.analyse.figures.intervals import Floats, ratio
from workbench.analyse.match.matching import match
from workbench.model.errors import InputError

if TYPE_CHECKING:
    from workbench.analyse.evaluation import Evaluation

METRICS = ("AP", "AP50", "AP75", "precision", "recall", "f1", "false_alarms_per_picture")
IOUS = np.arange(10) * 0.05 + 0.5
_ENDS = (2.5, 97.5)


def draw_weights(units: int, draws: int, seed: int) -> npt.NDArray[np.float64]:
    """How often each unit is drawn, shape (draws + 1, units); the first row draws each once.

    A single unit is never drawn: it would be the same each time, an interval without width that promises certainty.

    Raises:
        InputError: if `draws` is below 1.
    """
    if draws < 1:
        raise InputError(f"draws is {draws}; expected at least 1")
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(units, np.full(units, 1 / units), size=draws) if units > 1 else np.zeros((draws, units))
    return np.concatenate([np.ones((1, units)), drawn]).astype(np.float64)


def bootstrap(evaluation: Evaluation, *, draws: int, seed: int) -> pd.DataFrame:
    """Every metric with its percentile interval: metric, value, low, high, draws, unit."""
    weights = draw_weights(evaluation._test_set.clusters.count, draws, seed)
    values = _values(evaluation, weights)
    low, high = _ends(values)
    return pd.DataFrame(
        {
            "metric": pd.Series(list(METRICS), dtype="str"),
            "value": [float(values[name][0]) for name in METRICS],
            "low": low,
            "high": high,
            "draws": draws,
            "unit": evaluation.settings.intervals,
        }
    )


def paired(evaluations: list[Evaluation], *, draws: int, seed: int) -> list[dict[str, Floats]]:
    """Every metric of every evaluation for the same draws of units, so that differences are paired.

    The evaluations must have been made on one test set; the units are the first one's.
    """
    first = evaluations[0]
    weights = draw_weights(first._test_set.clusters.count, draws, seed)
    # Pictures may come in another order, and units with them: the pictures say which unit is which.
    order = pd.Index(first._test_set.image_ids)
    result = []
    for evaluation in evaluations:
        clusters = evaluation._test_set.clusters
        theirs = first._test_set.clusters.of_image[order.get_indexer(pd.Index(evaluation._test_set.image_ids))]
        same = np.zeros(clusters.count, dtype=np.int64)
        same[clusters.of_image] = theirs
        result.append(_values(evaluation, weights[:, same]))
    return result


def interval(values: Floats) -> tuple[float, float]:
    """2.5 and 97.5 % of the draws (all but the first value); NaN if none is a number."""
    known = values[1:][~np.isnan(values[1:])]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, _ENDS)
    return float(low), float(high)


def _ends(values: dict[str, Floats]) -> tuple[list[float], list[float]]:
    ends = [interval(values[name]) for name in METRICS]
    return [low for low, _ in ends], [high for _, high in ends]


def _values(evaluation: Evaluation, weights: Floats) -> dict[str, Floats]:
    test_set = evaluation._test_set
    per_iou = np.empty((len(IOUS), len(weights)))
    for row, iou in enumerate(IOUS):
        matched = match(evaluation._pairs_for(iou), test_set.predictions, test_set.boxes, iou=float(iou))
        ranked = ranking.rank(test_set, matched)
        per_iou[row] = [ranking.mean([one.average_precision(weight=w) for one in ranked]) for w in weights]
    tally = evaluation._tally
    tp_of, fp_of = tally.at(evaluation.settings.confidence)
    tp, fp, boxes, pictures = (weights @ part for part in (tp_of, fp_of, tally.boxes, tally.pictures))
    return {
        "AP": per_iou.mean(axis=0),
        "AP50": per_iou[0],
        "AP75": per_iou[5],
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, boxes),
        "f1": ratio(2 * tp, tp + fp + boxes),
        "false_alarms_per_picture": ratio(fp, pictures),
    }
