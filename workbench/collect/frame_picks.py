"""Which frames of a video to take. Each way gets the frames in their order and hands on those it takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

import cv2
import numpy as np

from workbench.model.errors import InputError
from workbench.pictures.alike.near import NEAR_BITS
from workbench.pictures.alike.perceptual_hash import mirrored, perceptual_hash
from workbench.pictures.frames import Frame
from workbench.pictures.grey import Grey

Way = Literal["step", "scene", "sharpest", "softest", "different"]
WAYS: tuple[Way, ...] = get_args(Way)

# Half a millisecond of grace: container times are rounded to their time base.
_GRACE_S = 0.0005
_SCENE_CHANGE, _SCENE_JUMP, _BEFORE = 0.08, 3.0, 12


def pick_frames(frames: Iterable[Frame], way: str, every_s: float, *, there: Iterable[str] = ()) -> Iterator[Frame]:
    """Take some of the frames.

    Args:
        frames: in the order of their times.
        way: ``step``: the first frame at or after every `every_s` seconds. ``scene``: the first frame of every scene,
            at least `every_s` apart. ``sharpest`` and ``softest``: the frame with the highest or the lowest sharpness
            of every `every_s` seconds (softest, because a detector must see blurred plates, too). ``different``: as
            ``step``, but only frames that look like nothing that is `there` and like no frame taken before.
        every_s: seconds.
        there: perceptual hashes of the pictures that are there already, for ``different``.

    Raises:
        InputError: for another way, or seconds that are not above 0.
    """
    if way not in WAYS:
        raise InputError(f"pick is {way!r}; expected one of {', '.join(WAYS)}")
    if not 0 < every_s < float("inf"):
        raise InputError(f"every_s is {every_s}; expected seconds above 0")
    ways: dict[str, Callable[[], Iterator[Frame]]] = {
        "step": lambda: _by_step(frames, every_s),
        "scene": lambda: _by_scene(frames, every_s),
        "sharpest": lambda: _by_sharpness(frames, every_s, best=True),
        "softest": lambda: _by_sharpness(frames, every_s, best=False),
        "different": lambda: _different(_by_step(frames, every_s), there),
    }
    return ways[way]()


def _windows(frames: Iterable[Frame], every_s: float) -> Iterator[tuple[Frame, bool]]:
    """Each frame, and whether it is the first of a new window; windows are counted from the first frame."""
    first, current = None, -1
    for frame in frames:
        first = frame.time_s if first is None else first
        number = int((frame.time_s - first + _GRACE_S) / every_s)
        yield frame, number > current
        current = max(current, number)


def _by_step(frames: Iterable[Frame], every_s: float) -> Iterator[Frame]:
    return (frame for frame, new in _windows(frames, every_s) if new)


def _by_sharpness(frames: Iterable[Frame], every_s: float, *, best: bool) -> Iterator[Frame]:
    kept: tuple[float, Frame] | None = None
    for frame, new in _windows(frames, every_s):
        if new and kept is not None:
            yield kept[1]
            kept = None
        sharpness = float(cv2.Laplacian(frame.grey(), cv2.CV_16S).var()) * (1 if best else -1)
        if kept is None or sharpness > kept[0]:
            kept = (sharpness, frame)
    if kept is not None:
        yield kept[1]


def _by_scene(frames: Iterable[Frame], every_s: float) -> Iterator[Frame]:
    """A scene starts where a frame differs from the one before by much, and by far more than frames did lately."""
    before: Grey | None = None
    lately: deque[float] = deque(maxlen=_BEFORE)
    last_s = -float("inf")
    for frame in frames:
        small = frame.small()
        change = 1.0 if before is None else float(cv2.absdiff(small, before).mean()) / 255
        usual = float(np.median(lately)) if lately else 0.0
        if change >= max(_SCENE_CHANGE, _SCENE_JUMP * usual) and frame.time_s - last_s + _GRACE_S >= every_s:
            last_s = frame.time_s
            yield frame
        if before is not None:
            lately.append(change)
        before = small


def _different(frames: Iterable[Frame], there: Iterable[str]) -> Iterator[Frame]:
    known = [int(text, 16) for text in there if isinstance(text, str) and text]
    for frame in frames:
        text = perceptual_hash(frame.grey())
        if not text:
            continue
        number = np.uint64(int(text, 16))
        others = np.array(known, dtype=np.uint64)
        if len(known) and min(_least(others, number), _least(others, mirrored(number))) <= NEAR_BITS:
            continue
        known.append(int(number))
        yield frame


def _least(others: np.ndarray[tuple[int], np.dtype[np.uint64]], number: np.uint64 | object) -> int:
    return int(np.bitwise_count(others ^ np.asarray(number, dtype=np.uint64)).min())
