"""What was measured of a claim: one figure out of an evaluation, and whether it agrees with the story."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analyse import Evaluation
from workbench.course.story import Claim, Round
from workbench.model.errors import InputError

HIDDEN = 0.6
"""A plate of which less than this shows is half hidden."""

EvaluationOf = Callable[[str, int, str, float, float], Evaluation]
"""The evaluation of a training (name, seed) on a part of the test set at a confidence and an IoU."""


@dataclass(frozen=True)
class Verdict:
    """A claim beside its figures.

    Attributes:
        claim: what the story says.
        values: the figure, one a seed.
        agree: ``yes`` if every seed's lies in the claim's range, ``no`` if none does, ``in n of m seeds`` else, and
            ``not measured`` where there is no run.
    """

    claim: Claim
    values: tuple[float, ...]
    agree: str


def figure(evaluation: Evaluation, measure: str) -> float:
    """One measure out of an evaluation.

    Raises:
        InputError: for a measure that is not known.
    """
    metrics, verdicts = evaluation.metrics, evaluation.verdicts
    hits = verdicts[verdicts["outcome"] == "tp"]
    if measure in metrics:
        return metrics[measure]
    if measure == "mean_confidence":
        return float(hits["confidence"].mean())
    if measure == "median_iou":
        return float(hits["iou"].median())
    if measure == "hidden_recall":
        return float(evaluation.slices(rules={"hidden": f"visible < {HIDDEN}"})["recall"].iloc[0])
    error = measure.removesuffix("_per_picture")
    if error in ("duplicate", "localization", "background"):
        alarms = verdicts[(verdicts["outcome"] == "fp") & (verdicts["error"] == error)]
        return len(alarms) / max(int(metrics["pictures"]), 1)
    raise InputError(f"the measure {measure!r} is not known")


def judge(
    one: Round, evaluation_of: EvaluationOf, *, seeds: Mapping[str, Sequence[int]], speeds: Mapping[str, float]
) -> list[Verdict]:
    """Measure every claim of a round.

    Args:
        one: the round.
        evaluation_of: see `EvaluationOf`.
        seeds: of which there are runs, by the training's name.
        speeds: pictures a second on a processor, by the training's name.
    """
    return [_judge(claim, evaluation_of, seeds, speeds) for claim in one.claims]


def _judge(
    claim: Claim, evaluation_of: EvaluationOf, seeds: Mapping[str, Sequence[int]], speeds: Mapping[str, float]
) -> Verdict:
    if claim.measure == "frames_per_second":
        values = [speeds[claim.training]] if claim.training in speeds else []
    else:
        others = seeds.get(claim.against, ()) if claim.against else None
        shared = [s for s in seeds.get(claim.training, ()) if others is None or s in others]
        values = [_value(claim, seed, evaluation_of) for seed in shared]
    agreeing = [claim.low <= value <= claim.high for value in values]
    if not values:
        agree = "not measured"
    elif len(set(agreeing)) == 1:
        agree = "yes" if agreeing[0] else "no"
    else:
        agree = f"in {sum(agreeing)} of {len(agreeing)} seeds"
    return Verdict(claim, tuple(values), agree)


def _value(claim: Claim, seed: int, evaluation_of: EvaluationOf) -> float:
    value = figure(evaluation_of(claim.training, seed, claim.part, claim.confidence, claim.iou), claim.measure)
    if not claim.against:
        return value
    at = claim.confidence if claim.against_confidence is None else claim.against_confidence
    return value - figure(evaluation_of(claim.against, seed, claim.part, at, claim.iou), claim.measure)


def story_table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Claims and figures as a table: the story said, measured as, we measured, agree?"""
    rows = []
    for verdict in verdicts:
        claim, values = verdict.claim, np.array(verdict.values)
        at = "" if claim.measure == "frames_per_second" else f" at confidence {claim.confidence:g}"
        against = f", more than in {claim.against}" if claim.against else ""
        eye = f", IoU {claim.iou:g}" if claim.iou != 0.5 else ""
        measure = claim.measure.replace("_", " ")
        rows.append(
            {
                "the story said": claim.says,
                "measured as": f"{measure} of {claim.training} on {claim.part}{at}{eye}{against}",
                "agrees from": _bound(claim.low),
                "to": _bound(claim.high),
                "we measured": " / ".join(_number(value) for value in values) or "–",
                "agree?": verdict.agree,
            }
        )
    return pd.DataFrame(rows)


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"


def _bound(value: float) -> str:
    return "" if np.isinf(value) else f"{value:g}"
