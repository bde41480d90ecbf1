"""The second look at two pictures whose hashes lie close together: do they show the same thing at corresponding places?

Hashes know how light and shade lie; two cars in the middle of two roads agree in that. The second look finds details
(ORB; Rublee et al. 2011) and counts how many of them lie in both pictures where one shift, turn and scale puts them
(RANSAC). Re-encoded, cropped and mirrored copies keep most of their details, two shots of one car a good part, two cars
hardly any.
Where the details did not move at all, a standing camera may have seen other cars in the same street: then most of the
details must be there again, or the greys must agree.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
import numpy.typing as npt

from workbench.pictures.decoded import read_grey
from workbench.pictures.grey import COMMON_SIDE, Grey, brought_to

LEAST_DETAILS = 15
"""Details that must correspond."""
LEAST_SHARE = 0.03
"""Share of the details of the picture that has fewer of them."""

_MOST, _KEPT = 500, 1500
_RATIO, _PIXELS = 0.8, 3.5
_FEW = 20
_SMALL = 64
_SAME, _ALIKE = 0.93, 0.9
_UNMOVED, _MOST_OF_THEM = 0.02, 0.4


@dataclass(frozen=True)
class _Details:
    points: npt.NDArray[np.float32]
    looks: npt.NDArray[np.uint8]
    small: npt.NDArray[np.float32]


class SecondLook:
    """Compares picture files in pairs; what it found in a file is kept for the next pair."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, bool], _Details | None] = OrderedDict()
        self._greys: OrderedDict[Path, Grey] = OrderedDict()
        self._lock = Lock()

    def remember(self, path: Path, small: Grey) -> None:
        """Keep a picture that was decoded just now, grey and at `COMMON_SIDE`, so that it is not decoded again."""
        with self._lock:
            self._greys[path] = small
            while len(self._greys) > _KEPT:
                self._greys.popitem(last=False)

    def same(self, one: Path, other: Path, *, turned: bool = False) -> bool:
        """Whether two pictures show the same; `turned` mirrors the first. A file that cannot be read shows nothing."""
        first, second = self._details(one, turned), self._details(other, False)
        if first is None or second is None:
            return False
        fewer = min(len(first.points), len(second.points))
        agreement = float((first.small * second.small).mean())
        if fewer < _FEW:
            # Too smooth for details.
            return agreement >= _SAME
        count, moved = _corresponding(first, second)
        enough = count >= max(LEAST_DETAILS, LEAST_SHARE * fewer)
        return enough and (moved or count >= _MOST_OF_THEM * fewer or agreement >= _ALIKE)

    def _details(self, path: Path, turned: bool) -> _Details | None:
        key = (path, turned)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            grey = self._greys.get(path)
        found = _look(path, turned, grey)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def _look(path: Path, turned: bool, grey: Grey | None) -> _Details | None:
    if grey is None:
        read = read_grey(path, least=(COMMON_SIDE, COMMON_SIDE))
        if read is None:
            return None
        grey = brought_to(read, COMMON_SIDE)
    if turned:
        grey = np.ascontiguousarray(grey[:, ::-1])
    found, looks = cv2.ORB.create(_MOST, fastThreshold=10).detectAndCompute(grey, None)
    points = np.array([point.pt for point in found], dtype=np.float32).reshape(-1, 2)
    small = cv2.resize(grey, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = (small - small.mean()) / max(float(small.std()), 1e-6)
    return _Details(points, np.zeros((0, 32), np.uint8) if looks is None else looks, small)


def _corresponding(first: _Details, second: _Details) -> tuple[int, bool]:
    """How many details lie in both where one shift, turn and scale puts them, and whether that moves anything."""
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(first.looks, second.looks, k=2)
    good = [pair[0] for pair in matches if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
    if len(good) < LEAST_DETAILS:
        return 0, True
    here = first.points[[match.queryIdx for match in good]]
    there = second.points[[match.trainIdx for match in good]]
    motion, agree = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=_PIXELS)
    if motion is None:
        return 0, True
    still = motion - np.eye(2, 3)
    still[:, 2] /= COMMON_SIDE
    # Several details of one place that fall onto one place count once: letters and grilles repeat themselves.
    kept = agree.ravel().astype(bool)
    count = min(len(np.unique(np.round(points[kept] / 2), axis=0)) for points in (here, there))
    return count, bool(np.abs(still).max() > _UNMOVED)
