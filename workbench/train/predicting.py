"""Predict once, down to a confidence of 0.01; thresholds are applied when looking, never when saving."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import geometry, tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.session_options import progress_bar
from workbench.pictures import decoded
from workbench.pictures.decoded import Picture
from workbench.project import files
from workbench.train.detector import Detector, Found, Predictor
from workbench.train.families import detector_for, family_of
from workbench.train.prediction_parts import Part, Parts
from workbench.train.run_predictions import (
    Prediction,
    PredictionSettings,
    has_predictions,
    is_by_present_weights,
    load_predictions,
    name_of_predictions,
    save_predictions,
)
from workbench.train.runs import Run
from workbench.train.weight_names import resolve_weights

_LIMIT = 300
_CHUNKS = 4


def predict(
    run_or_weights: Run | Path | str,
    images: pd.DataFrame,
    *,
    root: Path,
    confidence: float = 0.01,
    iou: float = 0.7,
    batch: int = 16,
    image_size: int | None = None,
    device: str | None = None,
    leave_out: bool = False,
) -> Prediction:
    """Find objects in pictures.

    What is found is kept by the part until all is there: one that is interrupted, and called again with the same
    weights and settings, looks only at the pictures that are left.

    Args:
        run_or_weights: a run, a name of weights (``base``, ``plates``), or a .pt file. **A .pt file is a pickle:
            loading it runs code that lies in it**, so name only files you trust. Nothing is downloaded.
        images: an `images` table; every row is looked at, whatever its split or label_status.
        root: what the pictures' paths are relative to.
        confidence: the least confidence to keep.
        iou: of two boxes of one class that overlap more, only the surer is kept (non-maximum suppression).
        batch: pictures in a batch.
        image_size: the longer side pictures are brought to, in pixels; by default as trained.
        device: ``cpu`` or the number of a GPU; by default a GPU if there is one.
        leave_out: go on without pictures that cannot be read, and name them in `Prediction.unread`.

    Returns:
        Boxes in pixels of the upright picture, cut at its edges; the same input gives the same output.

    Raises:
        TableError: if the table breaks its rules.
        InputError: if pictures cannot be read or an argument makes no sense.
        SetupError: if the device or the weights are not there.
    """
    for name, value in (("confidence", confidence), ("iou", iou)):
        if not 0.0 <= value <= 1.0:
            raise InputError(f"{name} is {value!r}; expected a number from 0 to 1")
    for name, number in (("batch", batch), ("image_size", image_size or 1)):
        if number < 1:
            raise InputError(f"{name} is {number!r}; expected a whole number of at least 1")
    images = tables.validate(images, "images")
    decoded.check_present(images, root)
    weights, family = _weights(run_or_weights)
    from workbench.train.torch_state import choose_device

    chosen = choose_device(device)
    predictor = family.load(weights, device=chosen)
    settings = PredictionSettings(
        weights=run_or_weights.run_id if isinstance(run_or_weights, Run) else str(run_or_weights),
        weights_sha256=files.sha256_of(weights),
        classes=predictor.class_names,
        confidence=confidence,
        iou=iou,
        limit=_LIMIT,
        image_size=image_size or predictor.image_size,
        batch=batch,
        device=chosen,
    )
    look = _Look(predictor, settings)
    paths = [root / path for path in images["path"]]
    chunks = [paths[start : start + batch * _CHUNKS] for start in range(0, len(paths), batch * _CHUNKS)]
    parts = Parts(settings)
    with progress_bar(total=len(paths), desc="predict", unit="picture") as bar:
        for chunk in chunks:
            known = parts.load(chunk)
            if known is not None:
                look.take(known)
            elif (made := look.at_files(chunk)) is not None and len(chunks) > 1:
                parts.save(chunk, made)
            bar.update(len(chunk))
    if look.unread and not (leave_out and look.found):
        raise InputError(
            f"{len(look.unread)} of {len(paths)} pictures cannot be read, first {str(paths[look.unread[0]])!r}; "
            "replace them or leave their rows out"
        )
    seen = images["image_id"].drop(images.index[look.unread])
    unread = tuple(str(images["image_id"].iloc[row]) for row in look.unread)
    table = _table(seen, look, predictor.class_names)
    parts.remove(chunks)
    return Prediction(table, len(seen), look.seconds, look.decode_seconds, settings, unread)


def predict_once(run: Run, images: pd.DataFrame, *, root: Path, name: str) -> Prediction:
    """What a run's detector finds in pictures: looked for once, then kept with it as long as its weights are the same.

    What was found by weights that the run no longer has (it was trained further) is looked for again.

    Args:
        run: a run with weights.
        images: an `images` table.
        root: what the pictures' paths are relative to.
        name: of these pictures, such as ``test``; other pictures under the same name make other predictions.

    Raises:
        InputError: if pictures cannot be read or the run has no weights.
    """
    name = name_of_predictions(name, images)
    if has_predictions(run, name):
        kept = load_predictions(run, name)
        if is_by_present_weights(run, kept):
            return kept
    made = predict(run, images, root=root)
    save_predictions(run, name, made)
    return made


class _Look:
    """Looks at pictures and measures how long that takes."""

    def __init__(self, predictor: Predictor, settings: PredictionSettings) -> None:
        self.found: list[Found] = []
        self.sizes: list[tuple[int, int]] = []
        self.unread: list[int] = []
        self._looked = 0
        self.seconds = 0.0
        self.decode_seconds = 0.0
        self._predictor = predictor
        self._settings = settings
        self._warm = False

    def at_files(self, paths: list[Path]) -> Part | None:
        """Decode pictures and look at them; the places of unreadable ones are noted, and then it is no part."""
        began, seconds = len(self.found), self.seconds
        started = time.perf_counter()
        pictures = decoded.read_all(paths, threads=min(os.cpu_count() or 1, 8))
        decode_seconds = time.perf_counter() - started
        self.decode_seconds += decode_seconds
        self.unread += [self._looked + row for row, picture in enumerate(pictures) if picture is None]
        self._looked += len(paths)
        there = [picture for picture in pictures if picture is not None]
        if there:
            self.at_pictures(there)
        if len(there) < len(pictures):
            return None
        return Part(self.found[began:], self.sizes[began:], self.seconds - seconds, decode_seconds)

    def take(self, part: Part) -> None:
        """Take over what was found before."""
        self._looked += len(part.found)
        self.found += part.found
        self.sizes += part.sizes
        self.seconds += part.seconds
        self.decode_seconds += part.decode_seconds

    def at_pictures(self, pictures: list[Picture]) -> None:
        """Look at decoded pictures; the first batch is looked at twice, so that warming up is not measured."""
        if not self._warm:
            self._find(pictures[: self._settings.batch])
            self._warm = True
        started = time.perf_counter()
        self.found += self._find(pictures)
        self.seconds += time.perf_counter() - started
        self.sizes += [(picture.shape[1], picture.shape[0]) for picture in pictures]

    def _find(self, pictures: list[Picture]) -> list[Found]:
        s = self._settings
        return self._predictor.find(
            pictures, confidence=s.confidence, iou=s.iou, image_size=s.image_size, batch=s.batch, limit=s.limit
        )


def _table(image_ids: pd.Series[Any], look: _Look, classes: tuple[str, ...]) -> pd.DataFrame:
    counts = [len(rows) for rows in look.found]
    if not sum(counts):
        return tables.empty("predictions")
    rows = np.concatenate(look.found)
    order: npt.NDArray[np.int64] = np.repeat(np.arange(len(counts)), counts)
    sizes = np.array(look.sizes, dtype=np.float64)[order]
    corners = geometry.clip(rows[:, :4], sizes[:, 0], sizes[:, 1])
    # The surest first, and among equals by place, so that the order never depends on how a batch was worked off.
    by = np.lexsort((corners[:, 1], corners[:, 0], rows[:, 5], -rows[:, 4], order))
    table = pd.DataFrame(
        {
            "prediction_id": [f"p{number:06d}" for number in range(len(by))],
            "image_id": image_ids.to_numpy()[order[by]],
            "class_name": [classes[int(number)] for number in rows[by, 5]],
            "confidence": rows[by, 4],
            **dict(zip(CORNERS, corners[by].T, strict=True)),
        }
    )
    return tables.validate(table, "predictions")


def _weights(run_or_weights: Run | Path | str) -> tuple[Path, Detector]:
    if isinstance(run_or_weights, Run):
        if not run_or_weights.weights.is_file():
            raise InputError(f"the run {run_or_weights.run_id} has no weights yet; train it to its first epoch's end")
        return run_or_weights.weights, detector_for(run_or_weights.record.detector)
    path = resolve_weights(run_or_weights)
    if path is None:
        raise InputError("weights is None; give a run, a name such as 'plates', or a .pt file")
    return path, detector_for(family_of(path))
