"""YOLO through Ultralytics: the one module by which torch and ultralytics come in; import it late."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.machine import quiet

quiet.apply()
_OMP = os.environ.get("OMP_NUM_THREADS")

# ruff: noqa: E402  -- the environment must be quiet first.
import numpy as np
import numpy.typing as npt
import torch
import torchvision  # noqa: F401  -- Ultralytics takes torchvision's NMS only where it is imported already.
from ultralytics.data.augment import LetterBox
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils import nms, ops

from workbench.model.errors import InputError
from workbench.pictures.decoded import Picture
from workbench.train.detector import Found, Job, Outcome, Watch
from workbench.train.tensors import as_tensor, batches_of_frames
from workbench.train.torch_state import enough_memory, torch_device
from workbench.train.yolo.yolo_folder import write_folder
from workbench.train.yolo.yolo_training import BudgetedYolo, architecture, contained, saved_epochs

# Ultralytics sets it to 1 for every process that this one starts.
if _OMP is None:
    os.environ.pop("OMP_NUM_THREADS", None)

_NO_TIME_LIMIT = 1e9


class Yolo:
    """Any YOLO of Ultralytics that finds boxes."""

    def check(self, name: str) -> None:
        """Refuse an architecture that Ultralytics does not have.

        Raises:
            InputError: with names that it has.
        """
        architecture(name)

    def train(self, job: Job, watch: Watch, *, resumed: bool = False) -> Outcome:
        """Train to the end of the budget (see `workbench.train.detector.Detector`)."""
        pictures = write_folder(job.folder / "dataset", job.selection, root=job.root, classes=job.classes)
        with contained(seeded=True), enough_memory(batch=job.budget.batch, image_size=job.recipe.image_size):
            trainer = BudgetedYolo(job, watch, pictures, resumed=resumed)
            try:
                trainer.train()
            except KeyboardInterrupt:
                trainer.save_interrupted()
                raise
            finally:
                trainer.close_loaders()
        metrics = {str(name): float(value) for name, value in trainer.metrics.items()}
        return Outcome(trainer.done, _plain(dict(vars(trainer.args))), trainer.transferred, metrics)

    def saved_epochs(self, folder: Path) -> int:
        """How many whole epochs an unfinished training left to go on from."""
        return saved_epochs(folder)

    def load(self, weights: Path, *, device: str) -> YoloPredictor:
        """Load weights for finding. Unpickling a .pt file runs code that lies in it."""
        return YoloPredictor(weights, device=device)


class YoloPredictor:
    """Trained YOLO weights, loaded."""

    def __init__(self, weights: Path, *, device: str) -> None:
        self._device = torch_device(device)
        with contained():
            try:
                self._model, checkpoint = load_checkpoint(str(weights), device=self._device, fuse=True)
            except (TypeError, RuntimeError, EOFError, KeyError, AttributeError, ImportError, pickle.PickleError) as e:
                raise InputError(f"{weights} holds no weights that Ultralytics can load; choose another file") from e
        if self._model.task != "detect":
            raise InputError(f"{weights} holds a model for {self._model.task!r}, not one that finds boxes")
        self._names = tuple(str(name) for _, name in sorted(self._model.names.items()))
        self._image_size = int(checkpoint.get("train_args", {}).get("imgsz", 640))
        self._stride = max(int(self._model.stride.max()), 32)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in the order of the class numbers."""
        return self._names

    @property
    def image_size(self) -> int:
        """The picture size it was trained at, in pixels."""
        return self._image_size

    def find(
        self, pictures: Sequence[Picture], *, confidence: float, iou: float, image_size: int, batch: int, limit: int
    ) -> list[Found]:
        """Find objects, one result for each picture, in order.

        Each picture is brought to the smallest frame that holds it, and only pictures of one frame share a batch. So
        what is found in a picture does not depend on its neighbours, as it does where Ultralytics pads a mixed batch.
        """
        side = -(-image_size // self._stride) * self._stride
        fit = LetterBox(new_shape=side, auto=True, stride=self._stride)
        results: list[Found] = [np.zeros((0, 6)) for _ in pictures]
        with contained(), torch.inference_mode():
            fitted = [fit(image=np.asarray(picture)) for picture in pictures]
            for part in batches_of_frames(fitted, batch):
                tensor = as_tensor([fitted[n] for n in part], self._device)
                kept = nms.non_max_suppression(
                    self._model(tensor),
                    confidence,
                    iou,
                    max_det=limit,
                    max_time_img=_NO_TIME_LIMIT,
                    end2end=getattr(self._model, "end2end", False),
                )
                for number, rows in zip(part, kept, strict=True):
                    rows[:, :4] = ops.scale_boxes(tensor.shape[2:], rows[:, :4], pictures[number].shape)
                    results[number] = rows[:, :6].cpu().numpy().astype(np.float64)
        return results

    def embed(self, pictures: Sequence[Picture], *, image_size: int) -> npt.NDArray[np.float32]:
        """What the last layer of the backbone makes of pictures, averaged over the picture, shape (n, d), in order.

        Each picture is seen alone in one square frame, so that its vector does not depend on its neighbours.
        """
        side = -(-image_size // self._stride) * self._stride
        fit = LetterBox(new_shape=side, auto=False, stride=self._stride)
        last = len(self._model.yaml["backbone"]) - 1
        with contained(), torch.inference_mode():
            tensor = as_tensor([fit(image=np.asarray(one)) for one in pictures], self._device)
            vectors = self._model.predict(tensor, embed=[last])
        return np.stack([vector.flatten().cpu().numpy() for vector in vectors]).astype(np.float32)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    simple = (str, int, float, bool, type(None))
    return {name: value if isinstance(value, simple) else str(value) for name, value in sorted(values.items())}
