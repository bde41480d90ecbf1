"""How a training goes: a bar for who waits, the training curve for who looks later."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import pandas as pd

from workbench.model.session_options import progress_bar
from workbench.project import files
from workbench.train.recipe import Budget
from workbench.train.runs import CURVE, Run


class TrainingBar:
    """Shows the progress of a run and writes its curve; the `Watch` that a detector tells.

    Attributes:
        done: batches done.
    """

    def __init__(self, run: Run, budget: Budget) -> None:
        self.done = 0
        self._started = time.monotonic()
        self._rows: list[dict[str, float]] = []
        self._path = run.folder / CURVE
        self._bar = progress_bar(total=budget.batches, desc=run.run_id, unit="batch")
        self._bar.set_postfix_str(f"{budget.epochs} epochs of {budget.steps_per_epoch} x {budget.batch}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()

    def go_on(self, curve: pd.DataFrame, done: int) -> None:
        """Start from what a former process wrote: its curve and how many batches it holds."""
        self._rows = [{str(name): value for name, value in row.items()} for row in curve.to_dict("records")]
        self._bar.update(done)
        self.done = done

    def batch(self, done: int, loss: float) -> None:
        """Move the bar."""
        self._bar.update(done - self.done)
        self.done = done

    def epoch(self, row: Mapping[str, float]) -> None:
        """Add a row to the curve; the file is whole after every epoch."""
        losses = {name: value for name, value in row.items() if name.endswith("loss")}
        self._bar.set_postfix({"epoch": int(row["epoch"]), **{name: f"{value:.3f}" for name, value in losses.items()}})
        self._rows.append({**row, "seconds": self._seconds()})
        files.write_text(self._path, pd.DataFrame(self._rows).to_csv(index=False))

    def ending(self) -> dict[str, Any]:
        """What the record says at the end, however it came."""
        return {"batches_done": self.done, "finished": datetime.now(UTC), "seconds": self._seconds()}

    def _seconds(self) -> float:
        return round(time.monotonic() - self._started, 2)
