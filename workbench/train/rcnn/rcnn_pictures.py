"""Pictures as the Faster R-CNN takes them: fitted into a frame, and turned into many by chance while it learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.pictures import decoded
from workbench.pictures.decoded import Picture

Boxes = npt.NDArray[np.float32]
_GREY = (114, 114, 114)
_AHEAD = 3


@dataclass(frozen=True)
class Sample:
    """A picture with its boxes.

    Attributes:
        picture: shape (height, width, 3), B, G, R.
        boxes: shape (n, 4), pixels of the picture.
        labels: shape (n,), class numbers from 1 on.
    """

    picture: Picture
    boxes: Boxes
    labels: npt.NDArray[np.int64]


def fit(picture: Picture, image_size: int) -> tuple[Picture, float]:
    """Bring the longer side to `image_size`; returns the picture and the factor."""
    factor = image_size / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way), dtype=np.uint8), factor


def padded(picture: Picture, stride: int) -> Picture:
    """Fill up with grey below and on the right, to a multiple of `stride`."""
    height, width = (-(-side // stride) * stride for side in picture.shape[:2])
    frame: Picture = np.full((height, width, 3), _GREY, dtype=np.uint8)
    frame[: picture.shape[0], : picture.shape[1]] = picture
    return frame


def read_samples(
    images: pd.DataFrame, boxes: pd.DataFrame, *, root: Path, classes: Sequence[str], image_size: int, threads: int
) -> list[Sample]:
    """Read pictures with their boxes, brought to `image_size`.

    Raises:
        InputError: if pictures cannot be read.
    """
    paths = [root / path for path in images["path"]]
    with ThreadPoolExecutor(threads) as pool:
        read = list(pool.map(lambda path: _small(path, image_size), paths))
    lost = [path for path, picture in zip(images["path"], read, strict=True) if picture is None]
    if lost:
        raise InputError(
            f"{len(lost)} of {len(paths)} pictures cannot be read, first {lost[0]!r}; "
            "replace them or leave them out (set their split to pool)"
        )
    numbers = {name: number for number, name in enumerate(classes, start=1)}
    by_image = dict(iter(boxes.groupby("image_id")))
    samples = []
    for image_id, found in zip(images["image_id"], read, strict=True):
        picture, factor = found if found else (np.zeros((1, 1, 3), dtype=np.uint8), 1.0)
        rows = by_image.get(image_id, boxes.iloc[:0])
        corners = (rows[CORNERS].to_numpy(dtype=np.float64) * factor).astype(np.float32)
        labels = np.array([numbers[name] for name in rows["class_name"]], dtype=np.int64)
        samples.append(Sample(picture, corners, labels))
    return samples


def _small(path: Path, image_size: int) -> tuple[Picture, float] | None:
    picture = decoded.read(path)
    return None if picture is None else fit(picture, image_size)


def vary(sample: Sample, rng: np.random.Generator, image_size: int) -> Sample:
    """Mirror, move, shrink, enlarge and recolour by chance, into a square frame of `image_size`."""
    height, width = sample.picture.shape[:2]
    scale = float(np.exp(rng.uniform(np.log(0.6), np.log(1.5))))
    middle = np.array([width, height]) / 2 + rng.uniform(-0.2, 0.2, size=2) * [width, height]
    flip = rng.random() < 0.5
    matrix = np.array([[scale, 0, image_size / 2 - scale * middle[0]], [0, scale, image_size / 2 - scale * middle[1]]])
    if flip:
        matrix[0] = [-matrix[0, 0], 0, image_size - matrix[0, 2]]
    moved = cv2.warpAffine(sample.picture, matrix, (image_size, image_size), borderValue=_GREY)
    gain = rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, size=3)
    table = np.clip(np.arange(256)[:, None] * gain + rng.uniform(-25, 25), 0, 255).astype(np.uint8)[:, None]
    picture = np.asarray(cv2.LUT(moved, table.reshape(256, 1, 3)), dtype=np.uint8)
    boxes = sample.boxes * scale
    boxes[:, 0::2] += matrix[0, 2] if not flip else 0
    if flip:
        boxes[:, 0::2] = (matrix[0, 2] - boxes[:, 0::2])[:, ::-1]
    boxes[:, 1::2] += matrix[1, 2]
    full = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    cut = boxes.clip(0, image_size)
    sides = cut[:, 2:] - cut[:, :2]
    kept = (sides.min(axis=1, initial=np.inf) > 2) & (sides.prod(axis=1) > 0.3 * full)
    return Sample(picture, cut[kept].astype(np.float32), sample.labels[kept])


def batches(
    samples: Sequence[Sample], *, batch: int, image_size: int, seed: int, epoch: int, threads: int
) -> Iterator[list[Sample]]:
    """One pass over the set in an order of chance, each picture varied; a few batches are made ahead.

    The seed, the epoch and the place in the pass decide everything, whatever the number of threads.
    """
    order = np.random.default_rng([seed, epoch]).permutation(len(samples))
    parts = [order[start : start + batch] for start in range(0, len(order), batch)]

    def one(at: tuple[int, int]) -> Sample:
        place, number = at
        return vary(samples[number], np.random.default_rng([seed, epoch, place]), image_size)

    with ThreadPoolExecutor(threads) as pool:
        waiting = []
        for number, part in enumerate(parts):
            waiting.append([pool.submit(one, (number * batch + i, int(n))) for i, n in enumerate(part)])
            if len(waiting) > _AHEAD:
                yield [job.result() for job in waiting.pop(0)]
        for jobs in waiting:
            yield [job.result() for job in jobs]
