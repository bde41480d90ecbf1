"""What a detector's backbone makes of pictures: a vector each, near for pictures that look alike to the detector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.model.errors import InputError
from workbench.model.session_options import progress_bar
from workbench.pictures import decoded
from workbench.train.families import detector_for, family_of
from workbench.train.runs import Run
from workbench.train.weight_names import resolve_weights

_THREADS, _BATCH, _IMAGE_SIZE = 2, 16, 320


def embed(
    run_or_weights: Run | Path | str,
    paths: Sequence[Path],
    *,
    image_size: int = _IMAGE_SIZE,
    device: str | None = None,
) -> npt.NDArray[np.float32]:
    """Embed picture files, shape (n, d), in their order.

    Args:
        run_or_weights: a run, a name of weights that ship (``base``, ``plates``), or a .pt file you trust.
        paths: the pictures.
        image_size: the longer side pictures are brought to, in pixels.
        device: ``cpu`` or the number of a GPU; by default a GPU if there is one.

    Raises:
        InputError: if a picture cannot be read or the weights make no sense.
        SetupError: if the weights or the device are not there.
    """
    weights = run_or_weights.weights if isinstance(run_or_weights, Run) else resolve_weights(run_or_weights)
    if weights is None or not weights.is_file():
        raise InputError("there are no weights to embed with; give a trained run, a name such as 'base', or a .pt file")
    family = detector_for(run_or_weights.record.detector if isinstance(run_or_weights, Run) else family_of(weights))
    from workbench.train.torch_state import choose_device

    predictor = family.load(weights, device=choose_device(device))
    parts: list[npt.NDArray[np.float32]] = []
    with progress_bar(total=len(paths), desc="embed", unit="picture") as bar:
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            pictures = decoded.read_all(batch, threads=_THREADS)
            for path, picture in zip(batch, pictures, strict=True):
                if picture is None:
                    raise InputError(f"{path} cannot be read; replace it or leave its row out")
            parts.append(predictor.embed([one for one in pictures if one is not None], image_size=image_size))
            bar.update(len(batch))
    return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)
