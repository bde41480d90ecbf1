"""Evaluate predictions against ground truth, at any confidence, and say why they fail."""

from __future__ import annotations

from workbench.analyse.compare import compare, compare_all, metrics_difference
from workbench.analyse.evaluate import evaluate, evaluate_inputs, judge
from workbench.analyse.evaluation import Evaluation
from workbench.analyse.hard_examples import hard_examples
from workbench.analyse.inputs import Inputs, Settings
from workbench.analyse.suspects import suspects
from workbench.analyse.video.video_report import VideoReport
from workbench.analyse.video.watch import Watched, watched
from workbench.analyse.why.causes import CAUSES, Cause

__all__ = [
    "CAUSES",
    "Cause",
    "Evaluation",
    "Inputs",
    "Settings",
    "VideoReport",
    "Watched",
    "compare",
    "compare_all",
    "evaluate",
    "evaluate_inputs",
    "hard_examples",
    "judge",
    "metrics_difference",
    "suspects",
    "watched",
]
