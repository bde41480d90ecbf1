"""Evaluate predictions against ground truth, at any confidence, and say why they fail."""

from __future__ import annotations

from workbench.analyse.compare import compare, metrics_difference
from workbench.analyse.evaluation import Evaluation, Settings, evaluate
from workbench.analyse.metrics import wilson_interval

__all__ = ["Evaluation", "Settings", "compare", "evaluate", "metrics_difference", "wilson_interval"]
