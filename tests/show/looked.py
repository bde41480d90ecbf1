"""A small set to look at: pictures, truth and predictions, and what they are shown with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.analyse import Evaluation, Inputs, evaluate_inputs
from workbench.show import Explorer, explore, show_in_fiftyone
from workbench.show.explorer.state import ExplorerState


@dataclass(frozen=True)
class Looked:
    """Tables and the folder of their pictures."""

    name: str
    images: pd.DataFrame
    boxes: pd.DataFrame
    predictions: pd.DataFrame
    root: Path

    def with_predictions(self, predictions: pd.DataFrame, name: str) -> Looked:
        """The same pictures and truth beside another detector's predictions."""
        return replace(self, name=name, predictions=predictions)

    def evaluate(self, confidence: float = 0.5, iou: float = 0.5) -> Evaluation:
        inputs = Inputs(self.name, self.images, self.boxes, self.predictions, self.root)
        return evaluate_inputs(inputs, confidence=confidence, iou=iou)

    def state(self, *, confidence: float = 0.5, before: Looked | None = None, **options: Any) -> ExplorerState:
        earlier = None if before is None else before.evaluate(confidence)
        return ExplorerState(self.evaluate(confidence), before=earlier, **options)

    def explore(self, *, confidence: float = 0.5, **options: Any) -> Explorer:
        return explore(self.evaluate(confidence), **options)

    def fiftyone(
        self,
        *,
        confidence: float = 0.5,
        before: Looked | None = None,
        rounds: Mapping[str, Looked] | None = None,
        **options: Any,
    ) -> Any:
        further = {name: one.evaluate(confidence) for name, one in (rounds or {}).items()}
        earlier = None if before is None else before.evaluate(confidence)
        return show_in_fiftyone(self.evaluate(confidence), before=earlier, rounds=further, **options)
