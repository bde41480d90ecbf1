"""Train: detectors behind one small interface, a budget in iterations, predictions made once.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.train.budget import Budget
    from workbench.train.detector import Detector, detector_for
    from workbench.train.embedding import embed
    from workbench.train.folds import OutOfFold, share_out, together, train_folds, without_fold
    from workbench.train.predicting import (
        Prediction,
        PredictionSettings,
        has_predictions,
        load_predictions,
        predict,
        save_predictions,
    )
    from workbench.train.resuming import resume
    from workbench.train.runs import FoldOf, Run, RunRecord, list_runs, load_run
    from workbench.train.selection import Counts, Selection, select
    from workbench.train.training import train

_HOMES = {
    "Budget": "budget",
    "Counts": "selection",
    "Detector": "detector",
    "FoldOf": "runs",
    "OutOfFold": "folds",
    "Prediction": "predicting",
    "PredictionSettings": "predicting",
    "Run": "runs",
    "RunRecord": "runs",
    "Selection": "selection",
    "detector_for": "detector",
    "embed": "embedding",
    "has_predictions": "predicting",
    "list_runs": "runs",
    "load_predictions": "predicting",
    "load_run": "runs",
    "predict": "predicting",
    "resume": "resuming",
    "save_predictions": "predicting",
    "select": "selection",
    "share_out": "folds",
    "together": "folds",
    "train": "training",
    "train_folds": "folds",
    "without_fold": "folds",
}

__all__ = [
    "Budget",
    "Counts",
    "Detector",
    "FoldOf",
    "OutOfFold",
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
    "share_out",
    "together",
    "train",
    "train_folds",
    "without_fold",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
