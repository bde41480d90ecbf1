"""What the pixels say of a box: how blurred, dark or dazzled it is, what it and what is around it look like, its edges.

The pictures are read once, several at a time. Measures are made on the box cut out of the picture as it stands, so that
they mean the same whatever the detector shrinks pictures to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workbench.analyse.inputs import Flags, Floats, Objects, TestSet
from workbench.analyse.why.cache import Kept
from workbench.model.errors import SetupError
from workbench.model.session_options import progress_bar
from workbench.pictures.decoded import read_grey

if TYPE_CHECKING:
    import cv2

LEAST_CONFIDENCE = 0.05
"""Less confident predictions are not looked at: there are many, and hardly anybody lowers the confidence that far."""

GLARE_LEVEL = 245
"""Grey levels from here on are dazzled."""

PATCH = (32, 16)
"""Width and height, in pixels, to which a box is brought before it is described."""

_BLOCK, _CELL, _ANGLES = (16, 16), (8, 8), 9
_LENGTH = ((PATCH[0] - _BLOCK[0]) // _CELL[0] + 1) * ((PATCH[1] - _BLOCK[1]) // _CELL[1] + 1) * 4 * _ANGLES
"""Numbers of a descriptor: blocks that overlap by a cell, four cells each, and the gradient's angles."""

AROUND, SQUARE = 3, (40, 40)
"""What is around a box: a square so many times as wide as its longer side, and the pixels that it is brought to."""

_LENGTH_AROUND = ((SQUARE[0] - _BLOCK[0]) // _CELL[0] + 1) ** 2 * 4 * _ANGLES

NAMES = ("brightness", "contrast", "blur", "glare", "edges")


KEPT_BYTES = 2**29
"""How much of what was measured stays in memory: some 190,000 boxes."""

_PATIENCE_S = 15.0
"""A look that takes no longer shows no bar: it comes in the midst of other work."""

_PORTION = 16

Descriptors = npt.NDArray[np.float32]
Described = tuple[Floats, Descriptors, Descriptors]
_KEPT: Kept[tuple[str, int, int, bytes], Described] = Kept(KEPT_BYTES)


@dataclass(frozen=True, eq=False)
class Pixels:
    """Measures of every box and prediction, in the test set's order; NaN where the picture could not be read.

    Attributes:
        boxes: a column for each of `NAMES`.
        predictions: likewise; NaN for those below `LEAST_CONFIDENCE`.
        box_looks: descriptors of unit length, shape (boxes, d); zero where there is none.
        prediction_looks: likewise.
        prediction_surroundings: likewise, of the square around it; shape (predictions, e).
        read: number of pictures read.
        unread: number of pictures that are missing or broken.
    """

    boxes: dict[str, Floats]
    predictions: dict[str, Floats]
    box_looks: Descriptors
    prediction_looks: Descriptors
    prediction_surroundings: Descriptors
    read: int
    unread: int


def measure(test_set: TestSet, root: Path, *, threads: int = 4) -> Pixels:
    """Read the pictures that hold boxes or predictions and measure them.

    Args:
        test_set: its `images` carry the paths.
        root: the folder that these start from.
        threads: pictures read at a time.
    """
    boxes, predictions = test_set.boxes, test_set.predictions
    wanted = predictions.confidence >= LEAST_CONFIDENCE
    paths = [root / (path or str(key)) for path, key in zip(test_set.images["path"], test_set.image_ids, strict=True)]
    of_boxes, of_predictions = _rows_of(boxes, None, len(paths)), _rows_of(predictions, wanted, len(paths))
    values = [np.full((len(objects.image), len(NAMES)), np.nan) for objects in (boxes, predictions)]
    looks = [np.zeros((len(objects.image), _LENGTH), dtype=np.float32) for objects in (boxes, predictions)]
    around = np.zeros((len(predictions.image), _LENGTH_AROUND), dtype=np.float32)

    def one(number: int) -> bool | None:
        mine = of_boxes(number), of_predictions(number)
        if not sum(map(len, mine)):
            return None
        corners = np.concatenate([boxes.xyxy[mine[0]], predictions.xyxy[mine[1]]])
        described = describe_all(paths[number], corners)
        if described is None:
            return False
        for side, start, rows in ((0, 0, mine[0]), (1, len(mine[0]), mine[1])):
            values[side][rows], looks[side][rows] = (part[start : start + len(rows)] for part in described[:2])
        around[mine[1]] = described[2][len(mine[0]) :]
        return True

    # Handed out some at a time: what was kept is there faster than a thread takes up a task.
    portions = [range(start, min(start + _PORTION, len(paths))) for start in range(0, len(paths), _PORTION)]
    done: list[bool | None] = []
    # A set of thousands takes a minute.
    bar = progress_bar(total=len(paths), desc="look", unit="picture", delay=_PATIENCE_S)
    with ThreadPoolExecutor(threads) as pool, bar:
        for some in pool.map(lambda portion: list(map(one, portion)), portions):
            done += some
            bar.update(len(some))
    tables = [dict(zip(NAMES, side.T, strict=True)) for side in values]
    return Pixels(tables[0], tables[1], looks[0], looks[1], around, done.count(True), done.count(False))


def describe_all(path: Path, corners: Floats) -> Described | None:
    """`describe` and `surroundings` of each of a picture's boxes; None where it is missing or broken.

    What was measured is kept: the same file and the same boxes are not read again by the next evaluation.

    Args:
        path: of the picture.
        corners: shape (n, 4).
    """
    try:
        stat = path.stat()
    except OSError:
        return None
    said = hashlib.blake2b(np.ascontiguousarray(corners).tobytes(), digest_size=16).digest()
    key = (str(path), stat.st_mtime_ns, stat.st_size, said)
    held = _KEPT.get(key)
    if held is None:
        grey = read_grey(path)
        if grey is None:
            return None
        described = [describe(grey, box) for box in corners]
        held = (
            np.stack([one for one, _ in described]),
            np.stack([look for _, look in described]),
            np.stack([surroundings(grey, box) for box in corners]),
        )
        _KEPT.put(key, held, sum(part.nbytes for part in held))
    return held


def describe(grey: npt.NDArray[np.uint8], xyxy: Floats) -> tuple[Floats, Descriptors]:
    """The measures of one box in the order of `NAMES`, and its descriptor.

    - brightness: mean grey level; contrast: 5 to 95 % range of grey levels.
    - blur: width of an edge in pixels: that range over the steepest slope, across and along, the larger.
    - glare: share of the box's pixels that are dazzled.
    - edges: the step in grey level across the box's sides, of the two sides where it is least, wherever along the side
      it is least (lower quartile): high only where the box ends on all sides with what it holds.
    """
    height, width = grey.shape
    x0, y0 = (int(max(np.floor(v), 0)) for v in xyxy[:2])
    x1, y1 = (int(min(np.ceil(v), most)) for v, most in zip(xyxy[2:], (width, height), strict=True))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return np.full(len(NAMES), np.nan), np.zeros(_LENGTH, dtype=np.float32)
    part = grey[y0:y1, x0:x1].astype(np.float32)
    low, high = _quantiles(part, (0.05, 0.95))
    contrast = high - low
    across, along = np.abs(part[:, 1:] - part[:, :-1]), np.abs(part[1:] - part[:-1])
    slopes = [_quantiles(slope, (0.98,))[0] for slope in (across, along)]
    blur = max(contrast / max(slope, 1.0) for slope in slopes)
    glare = np.count_nonzero(part >= GLARE_LEVEL) / part.size
    values = [float(part.mean()), contrast, blur, glare, _support(grey, xyxy)]
    return np.array(values), _look(part, PATCH)


def surroundings(grey: npt.NDArray[np.uint8], xyxy: Floats) -> Descriptors:
    """The descriptor of the square around a box; beyond the picture its last pixels go on. Zero outside of it."""
    import cv2

    height, width = grey.shape
    centre, half = (xyxy[:2] + xyxy[2:]) / 2, AROUND / 2 * float((xyxy[2:] - xyxy[:2]).max())
    (x0, y0), (x1, y1) = np.floor(centre - half).astype(int).tolist(), np.ceil(centre + half).astype(int).tolist()
    part = grey[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    if not part.size:
        return np.zeros(_LENGTH_AROUND, dtype=np.float32)
    beyond = max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0)
    whole = cv2.copyMakeBorder(part, *beyond, cv2.BORDER_REPLICATE)
    # Of a large square some pixels are enough: averaging all of them takes longer than everything else.
    step = max(1, min(whole.shape) // (4 * SQUARE[0]))
    return _look(np.ascontiguousarray(whole[::step, ::step], dtype=np.float32), SQUARE)


def _support(grey: npt.NDArray[np.uint8], xyxy: Floats) -> float:
    height, width = grey.shape
    x0, y0, x1, y1 = (round(float(v)) for v in xyxy)
    deep = max(1, round(0.08 * min(x1 - x0, y1 - y0)))
    across, along = slice(max(x0, 0), min(x1, width)), slice(max(y0, 0), min(y1, height))
    steps: list[float] = []
    for at, side in ((x0, grey[along].T), (x1, grey[along].T), (y0, grey[:, across]), (y1, grey[:, across])):
        outer, inner = side[max(at - deep, 0) : max(at, 0)], side[max(at, 0) : max(at + deep, 0)]
        if outer.size and inner.size:
            steps.append(_quantiles(np.abs(_mean(outer) - _mean(inner)), (0.25,))[0])
    least = sorted(steps)[:2]
    return sum(least) / len(least) if least else float("nan")


def _mean(rows: npt.NDArray[np.uint8]) -> Floats:
    return np.asarray(np.add.reduce(rows, axis=0, dtype=np.float64) / len(rows), dtype=np.float64)


def _quantiles(values: npt.NDArray[np.floating[Any]], shares: tuple[float, ...]) -> list[float]:
    """What `np.quantile` gives, which on the few pixels of a box is busy with its own checks most of the time."""
    places = [share * (values.size - 1) for share in shares]
    ends = [end for place in places for end in (int(place), min(int(place) + 1, values.size - 1))]
    ranked = np.partition(values, ends, axis=None)[ends].tolist()
    return [
        below + (above - below) * (place % 1)
        for place, below, above in zip(places, ranked[::2], ranked[1::2], strict=True)
    ]


@lru_cache(maxsize=2)
def _hog(size: tuple[int, int]) -> cv2.HOGDescriptor:
    """The descriptor for patches of a size, made when a picture is first described.

    Raises:
        SetupError: if this OpenCV has none: version 5 moved it out of the main package.
    """
    import cv2

    if not hasattr(cv2, "HOGDescriptor"):
        raise SetupError(
            f"causes look at the pixels with OpenCV's HOGDescriptor, which OpenCV {cv2.__version__} lacks; "
            "install one before 5: pip install 'opencv-python-headless>=4.13,<5' 'opencv-python>=4.13,<5'"
        )
    return cv2.HOGDescriptor(size, _BLOCK, _CELL, _CELL, _ANGLES)


def _look(part: Descriptors, size: tuple[int, int]) -> Descriptors:
    """Histogram of gradients (Dalal & Triggs 2005) of a part of a picture brought to a size; of unit length."""
    import cv2

    patch = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    low, high = float(patch.min()), float(patch.max())
    scaled = np.asarray((patch - low) * (255.0 / max(high - low, 1.0)), dtype=np.uint8)
    described = np.asarray(_hog(size).compute(scaled), dtype=np.float32).reshape(-1)
    length = float(np.linalg.norm(described))
    return described / length if length else described


def _rows_of(objects: Objects, keep: Flags | None, pictures: int) -> Callable[[int], npt.NDArray[np.int64]]:
    rows = np.arange(len(objects.image)) if keep is None else np.flatnonzero(keep)
    bounds: npt.NDArray[Any] = np.searchsorted(objects.image[rows], np.arange(pictures + 1))
    return lambda number: rows[bounds[number] : bounds[number + 1]]
