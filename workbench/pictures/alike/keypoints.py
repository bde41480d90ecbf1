"""What two pictures are compared by: details with their looks (ORB; Rublee et al. 2011), and the picture in small."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workbench.pictures.grey import Grey

DETAILS = 500
"""At most so many details are kept of a picture, the strongest."""

_RATIO, _PIXELS = 0.8, 3.5
_LEAST = 6
_FAINT = 10

Motion = npt.NDArray[np.float64]
"""Where one picture's pixels lie in another one: an affine map, shape (2, 3), for pictures at `COMMON_SIDE`."""


@dataclass(frozen=True)
class Details:
    """One picture, ready to be compared.

    Attributes:
        points: where its details are, in pixels at `COMMON_SIDE`, shape (n, 2).
        looks: how each looks, shape (n, 32): 256 comparisons of greys around it.
        small: the grey picture at half of `COMMON_SIDE`.
    """

    points: npt.NDArray[np.float32]
    looks: npt.NDArray[np.uint8]
    small: Grey

    def __len__(self) -> int:
        return len(self.points)


def details_of(grey: Grey) -> Details:
    """Look for details in a grey picture whose longer side has `COMMON_SIDE` pixels."""
    found, looks = cv2.ORB.create(DETAILS, fastThreshold=_FAINT).detectAndCompute(grey, None)
    points = np.array([point.pt for point in found], dtype=np.float32).reshape(-1, 2)
    half = (max(round(grey.shape[1] / 2), 1), max(round(grey.shape[0] / 2), 1))
    small = np.asarray(cv2.resize(grey, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return Details(points, np.zeros((0, 32), np.uint8) if looks is None else looks, small)


def counterparts(one: Details, other: Details) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Details of one picture that look like one of the other and like no second one there, or the other way round.

    Returns:
        Where they lie in each, shape (n, 2) both.
    """
    pairs = {(match.queryIdx, match.trainIdx) for match in clear(one, other)}
    pairs |= {(match.trainIdx, match.queryIdx) for match in clear(other, one)}
    rows = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return one.points[rows[:, 0]], other.points[rows[:, 1]]


def motion_between(
    here: npt.NDArray[np.float32], there: npt.NDArray[np.float32], *, stiff: bool = False
) -> tuple[Motion | None, npt.NDArray[np.bool_]]:
    """The one shift, turn, stretch and shear that puts most of the points here where they are there (RANSAC).

    Args:
        here: points of one picture, shape (n, 2).
        there: their counterparts in another one.
        stiff: do without stretch and shear.

    Returns:
        The motion, None where there is none, and which of the points it puts right, shape (n,).
    """
    none = np.zeros(len(here), dtype=bool)
    if len(here) < _LEAST:
        return None, none
    estimate = cv2.estimateAffinePartial2D if stiff else cv2.estimateAffine2D
    motion, agree = estimate(here, there, method=cv2.RANSAC, ransacReprojThreshold=_PIXELS)
    if motion is None:
        return None, none
    return np.asarray(motion, dtype=np.float64), agree.ravel().astype(bool)


def places(*points: npt.NDArray[np.float32]) -> int:
    """How many places these are in each picture: letters and grilles repeat themselves, and fall onto one place."""
    return min(len(np.unique(np.round(one / 2), axis=0)) for one in points)


def small_pixels(points: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """The pixels of `Details.small`, whose shape is given, at which points lie: x and y, shape (n, 2)."""
    return np.asarray(points / 2, dtype=np.int64).clip(0, np.array([shape[1] - 1, shape[0] - 1]))


def clear(one: Details, other: Details) -> list[cv2.DMatch]:
    """For each detail of a picture the one of the other that it looks like, where it looks like no second one there."""
    if min(len(one), len(other)) < 2:
        return []
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(one.looks, other.looks, k=2)
    return [pair[0] for pair in matches if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
