"""Pictures as tensors, in batches of one frame; torch is imported here, so import this late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from workbench.pictures.decoded import Picture


def as_tensor(pictures: Sequence[Picture], device: torch.device) -> torch.Tensor:
    """Pictures of one frame as a batch, shape (n, 3, height, width): R, G, B from 0 to 1."""
    stack = np.stack(list(pictures))[..., ::-1].transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(stack)).to(device).float() / 255


def batches_of_frames(pictures: Sequence[Picture], batch: int) -> Iterator[list[int]]:
    """The positions of pictures, a batch at a time; only pictures of one height and width share a batch."""
    frames: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, picture in enumerate(pictures):
        frames[picture.shape[:2]].append(number)
    for numbers in frames.values():
        for start in range(0, len(numbers), batch):
            yield numbers[start : start + batch]
