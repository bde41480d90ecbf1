"""Train: detectors behind one small interface, a budget in iterations, predictions made once."""

from __future__ import annotations

from workbench.train.budget import Budget
from workbench.train.detector import Detector, detector_for
from workbench.train.embedding import embed
from workbench.train.predicting import (
    Prediction,
    PredictionSettings,
    has_predictions,
    load_predictions,
    predict,
    save_predictions,
)
from workbench.train.resuming import resume
from workbench.train.runs import Run, RunRecord, list_runs, load_run
from workbench.train.selection import Counts, Selection, select
from workbench.train.training import train

__all__ = [
    "Budget",
    "Counts",
    "Detector",
    "Prediction",
    "PredictionSettings",
    "Run",
    "RunRecord",
    "Selection",
    "detector_for",
    "embed",
    "has_predictions",
    "list_runs",
    "load_predictions",
    "load_run",
    "predict",
    "resume",
    "save_predictions",
    "select",
    "train",
]
