"""A YOLO training goes on from the last epoch it saved: weights, averages, the optimizer's state and the epoch."""

from __future__ import annotations

from typing import Any

import torch
from ultralytics.nn.tasks import load_checkpoint

from workbench.train.families import Job, Outcome, Watch
from workbench.train.yolo.yolo_detector import _plain
from workbench.train.yolo.yolo_folder import write_folder
from workbench.train.yolo.yolo_state import contained
from workbench.train.yolo.yolo_training import BudgetedYolo


class ResumedYolo(BudgetedYolo):
    """`BudgetedYolo` from its own ``last.pt`` on."""

    def setup_model(self) -> Any:
        """Build the model as it was saved and hand Ultralytics what else was."""
        last = self.job.folder / "weights" / "last.pt"
        model, checkpoint = load_checkpoint(str(last))
        self.model = self.get_model(cfg=self.architecture, weights=model, verbose=False)
        self.transferred = None
        self.resume = True
        return checkpoint


def go_on(job: Job, watch: Watch) -> Outcome:
    """Train to the end of the budget from the last saved epoch on."""
    pictures = write_folder(job.folder / "dataset", job.selection, root=job.root, classes=job.classes)
    with contained(seeded=True):
        # Draws of the rest must not repeat those of the beginning.
        torch.manual_seed(job.seed + 1)
        trainer = ResumedYolo(job, watch, pictures)
        trainer.train()
    metrics = {str(name): float(value) for name, value in trainer.metrics.items()}
    return Outcome(trainer.done, _plain(dict(vars(trainer.args))), trainer.transferred, metrics)
