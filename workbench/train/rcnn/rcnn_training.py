"""The training loop of the Faster R-CNN: exactly so many batches, whole files, a word to the watch after each."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from workbench.project import files
from workbench.train.detector import Job, Outcome, Watch
from workbench.train.rcnn import rcnn_model
from workbench.train.rcnn.rcnn_pictures import Sample, batches, padded, read_samples
from workbench.train.tensors import as_tensor
from workbench.train.torch_state import threads, torch_device

_SAVE_EVERY_S = 20.0
_LOSSES = {
    "loss_objectness": "objectness_loss",
    "loss_rpn_box_reg": "proposal_loss",
    "loss_classifier": "cls_loss",
    "loss_box_reg": "box_loss",
}
_SETTINGS: dict[str, Any] = {"optimizer": "AdamW", "lr0": 0.001, "weight_decay": 0.0005, "clip_norm": 10.0}


def train_rcnn(job: Job, watch: Watch) -> Outcome:
    """Train to the end of the budget; see `workbench.train.detector.Detector.train`."""
    recipe = job.recipe
    torch.manual_seed(recipe.seed)
    device = torch_device(job.device)
    model = rcnn_model.build(recipe.detector, classes=len(job.classes), image_size=recipe.image_size)
    transferred = None
    if job.start is not None:
        held = rcnn_model.read_checkpoint(job.start)
        transferred = rcnn_model.take_over(model, held, classes=job.classes, path=job.start)
    model.to(device)

    def read(images: pd.DataFrame) -> list[Sample]:
        told: Any = {
            "root": job.root,
            "classes": job.classes,
            "image_size": recipe.image_size,
            "threads": threads(),
        }
        return read_samples(images, job.selection.boxes, **told)

    samples, held_back = read(job.selection.train), read(job.selection.val)
    training = _Training(job, watch, model, device)
    try:
        training.run(samples)
    except KeyboardInterrupt:
        if training.done:
            training.save()
        raise
    training.save()
    metrics = _check(model, held_back, device)
    arguments = _SETTINGS | {
        "batch": job.budget.batch,
        "imgsz": recipe.image_size,
        "seed": recipe.seed,
        "device": job.device,
    }
    if recipe.learning_rate is not None:
        arguments["lr0"] = recipe.learning_rate
    return Outcome(training.done, arguments, transferred, metrics)


class _Training:
    def __init__(self, job: Job, watch: Watch, model: nn.Module, device: torch.device) -> None:
        self.done = 0
        self._job, self._watch, self._model, self._device = job, watch, model, device
        # As for most detectors, norms and biases do not decay.
        decaying = [parameter for parameter in model.parameters() if parameter.ndim > 1]
        others = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
        groups = [
            {"params": decaying, "weight_decay": _SETTINGS["weight_decay"]},
            {"params": others, "weight_decay": 0.0},
        ]
        self._rate = job.recipe.learning_rate or _SETTINGS["lr0"]
        self._optimizer = torch.optim.AdamW(groups, lr=self._rate)
        self._saved_at = time.monotonic()

    def run(self, samples: Sequence[Sample]) -> None:
        """Go over the set until the budget is spent."""
        recipe, budget = self._job.recipe, self._job.budget
        for epoch in range(budget.epochs):
            sums: dict[str, float] = dict.fromkeys(_LOSSES.values(), 0.0)
            steps = 0
            self._model.train()
            made = batches(
                samples,
                batch=budget.batch,
                image_size=recipe.image_size,
                seed=recipe.seed,
                epoch=epoch,
                threads=threads(),
            )
            for part in made:
                losses = self._step(part)
                steps += 1
                self.done += 1
                for name, value in losses.items():
                    sums[_LOSSES[name]] += value
                self._watch.batch(self.done, sum(losses.values()))
                if self.done >= budget.batches:
                    break
            rate = budget.rate(self.done - 1) * self._rate
            means = {name: value / steps for name, value in sums.items()}
            self._watch.epoch({"epoch": epoch + 1, "batches": self.done, **means, "learning_rate": rate})
            if not self._job_file().exists() or time.monotonic() - self._saved_at > _SAVE_EVERY_S:
                self.save()

    def _step(self, part: Sequence[Sample]) -> dict[str, float]:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * self._job.budget.rate(self.done)
        losses = self._model(*_tensors(part, self._device))
        total = torch.stack(list(losses.values())).sum()
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        nn.utils.clip_grad_norm_(self._model.parameters(), _SETTINGS["clip_norm"])
        self._optimizer.step()
        # One wait for the GPU, not one a loss.
        values = torch.stack([loss.detach() for loss in losses.values()]).tolist()
        return dict(zip(losses, values, strict=True))

    def save(self) -> None:
        """Write last.pt whole or not at all."""
        recipe, classes = self._job.recipe, self._job.classes
        held = rcnn_model.checkpoint(self._model, name=recipe.detector, classes=classes, image_size=recipe.image_size)
        # Through memory, because torch writes the file's name into the file.
        buffer = io.BytesIO()
        torch.save(held, buffer)
        self._job_file().parent.mkdir(exist_ok=True)
        files.write_bytes(self._job_file(), buffer.getvalue())
        self._saved_at = time.monotonic()

    def _job_file(self) -> Path:
        return self._job.folder / "weights" / "last.pt"


def _tensors(part: Sequence[Sample], device: torch.device) -> tuple[list[torch.Tensor], list[dict[str, torch.Tensor]]]:
    pictures = as_tensor([sample.picture for sample in part], device)
    targets = [
        {"boxes": torch.from_numpy(s.boxes.reshape(-1, 4)).to(device), "labels": torch.from_numpy(s.labels).to(device)}
        for s in part
    ]
    return list(pictures), targets


def _check(model: nn.Module, samples: Sequence[Sample], device: torch.device) -> dict[str, float]:
    """The mean losses on the val pictures, as they are; every seed draws the same regions."""
    torch.manual_seed(0)
    model.train()
    sums: dict[str, float] = dict.fromkeys(_LOSSES.values(), 0.0)
    with torch.no_grad():
        for sample in samples:
            framed = Sample(padded(sample.picture, rcnn_model.STRIDE), sample.boxes, sample.labels)
            for name, value in model(*_tensors([framed], device)).items():
                sums[_LOSSES[name]] += float(value) / len(samples)
    return {f"val/{name}": round(value, 5) for name, value in sums.items()}
