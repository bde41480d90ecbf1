"""Evaluate predictions against ground truth, at any confidence, and say why they fail."""

from __future__ import annotations

from workbench.analyse.causes import CAUSES, Cause
from workbench.analyse.compare import compare, compare_all, metrics_difference
from workbench.analyse.evaluating import evaluate, judge
from workbench.analyse.evaluation import Evaluation
from workbench.analyse.hard_examples import hard_examples
from workbench.analyse.intervals import wilson_interval
from workbench.analyse.settings import Settings
from workbench.analyse.suspects import suspects
from workbench.analyse.video import VideoReport
from workbench.analyse.watch import Watched, watched

__all__ = [
    "CAUSES",
    "Cause",
    "Evaluation",
    "Settings",
    "VideoReport",
    "Watched",
    "compare",
    "compare_all",
    "evaluate",
    "hard_examples",
    "judge",
    "metrics_difference",
    "suspects",
    "watched",
    "wilson_interval",
]
