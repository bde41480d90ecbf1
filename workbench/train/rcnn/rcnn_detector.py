"""Faster R-CNN through torchvision: the second detector behind the interface; import it late, it brings torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from workbench.pictures.decoded import Picture
from workbench.train.detector import Found, Job, Outcome, Watch
from workbench.train.rcnn import rcnn_model
from workbench.train.rcnn.rcnn_pictures import fit, padded
from workbench.train.rcnn.rcnn_training import train_rcnn
from workbench.train.tensors import as_tensor, batches_of_frames
from workbench.train.torch_state import enough_memory, kept, torch_device


class Rcnn:
    """The Faster R-CNNs of `workbench.train.rcnn.rcnn_model.ARCHITECTURES`."""

    def check(self, name: str) -> None:
        """Refuse an architecture that is not there.

        Raises:
            InputError: with the names there are.
        """
        rcnn_model.check_name(name)

    def train(self, job: Job, watch: Watch, *, resumed: bool = False) -> Outcome:
        """Train to the end of the budget, always from the start (see `workbench.train.detector.Detector`)."""
        with kept(seeded=True), enough_memory(batch=job.budget.batch, image_size=job.recipe.image_size):
            return train_rcnn(job, watch)

    def saved_epochs(self, folder: Path) -> int:
        """None: the optimizer's state is not saved, and the seed makes it the same training from the start."""
        return 0

    def load(self, weights: Path, *, device: str) -> RcnnPredictor:
        """Load weights for finding. These files hold tensors and names only; no code in them is run."""
        return RcnnPredictor(weights, device=device)


class RcnnPredictor:
    """Trained Faster R-CNN weights, loaded."""

    def __init__(self, weights: Path, *, device: str) -> None:
        held = rcnn_model.read_checkpoint(weights)
        self._device = torch_device(device)
        self._names = tuple(str(name) for name in held["classes"])
        self._image_size = int(held["image_size"])
        with kept(seeded=True):
            self._model = rcnn_model.build(held["detector"], classes=len(self._names), image_size=self._image_size)
        rcnn_model.take_over(self._model, held, classes=self._names, path=weights)
        self._model.to(self._device).eval()

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
        """Find objects, one result for each picture, in order; only pictures of one frame share a batch."""
        heads = self._model.roi_heads
        heads.score_thresh, heads.nms_thresh, heads.detections_per_img = confidence, iou, limit
        results: list[Found] = [np.zeros((0, 6)) for _ in pictures]
        fitted = [fit(picture, image_size) for picture in pictures]
        ready = [padded(picture, rcnn_model.STRIDE) for picture, _ in fitted]
        with kept(), torch.inference_mode():
            for part in batches_of_frames(ready, batch):
                tensor = as_tensor([ready[n] for n in part], self._device)
                for number, found in zip(part, self._model(list(tensor)), strict=True):
                    corners = found["boxes"].cpu().numpy().astype(np.float64) / fitted[number][1]
                    rest = [found[name].cpu().numpy().astype(np.float64) for name in ("scores", "labels")]
                    results[number] = np.column_stack([corners, rest[0], rest[1] - 1])
        return results

    def embed(self, pictures: Sequence[Picture], *, image_size: int) -> npt.NDArray[np.float32]:
        """The backbone's coarsest features of pictures, averaged over the picture, shape (n, d), in order."""
        vectors = []
        with kept(), torch.inference_mode():
            for picture in pictures:
                seen = as_tensor([padded(fit(picture, image_size)[0], rcnn_model.STRIDE)], self._device)
                batch, _ = self._model.transform(list(seen))
                coarsest = list(self._model.backbone(batch.tensors).values())[-1]
                vectors.append(coarsest.mean(dim=(0, 2, 3)).cpu().numpy())
        return np.stack(vectors).astype(np.float32)
