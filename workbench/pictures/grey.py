"""How good a grey picture is, in figures: one pass each over its pixels, no other copy of it made."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
"""A grey picture, shape (height, width)."""

COMMON_SIDE = 320
"""Pixels of the longer side at which pictures of different sizes are compared: what our detector is shown."""

_BLACK, _WHITE = 2, 253
_NOISE = np.array([1, -2, 1], dtype=np.float32)


@dataclass(frozen=True)
class Quality:
    """Figures of one grey picture.

    Attributes:
        sharpness: variance of the Laplacian, in grey levels squared (Pech-Pacheco et al. 2000); a blurred picture has
            a low one. It is about these pixels: the same photo made smaller is sharper.
        sharpness_320: the same after the picture was brought to `COMMON_SIDE` pixels on its longer side, so that
            pictures of different sizes can be compared.
        brightness: mean grey level, 0 to 255.
        contrast: standard deviation of the grey levels.
        clipped_dark: share of the pixels that are black (grey level 2 at most): underexposed.
        clipped_bright: share of the pixels that are white (grey level 253 at least): overexposed.
        noise: standard deviation of the noise in grey levels (Immerkær 1996, "Fast Noise Variance Estimation"); fine
            texture counts as noise, so it is an upper bound.
    """

    sharpness: float
    sharpness_320: float
    brightness: float
    contrast: float
    clipped_dark: float
    clipped_bright: float
    noise: float


def quality(grey: Grey, small: Grey | None = None) -> Quality:
    """Measure a grey picture, shape (height, width); `small` is the same at `COMMON_SIDE`, where it is known."""
    mean, deviation = _moments(grey)
    dark = cv2.countNonZero(cv2.inRange(grey, 0, _BLACK)) / grey.size
    bright = cv2.countNonZero(cv2.inRange(grey, _WHITE, 255)) / grey.size
    common = _sharpness(brought_to(grey, COMMON_SIDE) if small is None else small)
    return Quality(_sharpness(grey), common, mean, deviation, dark, bright, _noise(grey))


def halved(grey: Grey, least: int) -> Grey:
    """The picture halved as often as both sides stay at `least` pixels or more: cheap, and every pixel counts.

    An odd row or column at the far edge is left out.
    """
    while min(grey.shape) >= 2 * least:
        high, wide = grey.shape[0] // 2, grey.shape[1] // 2
        grey = cv2.resize(grey[: 2 * high, : 2 * wide], (wide, high), interpolation=cv2.INTER_AREA)
    return grey


def brought_to(grey: Grey, side: int) -> Grey:
    """The picture with its longer side at `side` pixels, its shorter one at 1 at least."""
    longer = max(grey.shape)
    while longer >= 2 * side and min(grey.shape) >= 2:
        grey = halved(grey, min(grey.shape) // 2)
        longer = max(grey.shape)
    scale = side / longer
    size = (max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=method), dtype=np.uint8)


def _sharpness(grey: Grey) -> float:
    return _moments(cv2.Laplacian(grey, cv2.CV_16S))[1] ** 2


def _noise(grey: Grey) -> float:
    response = cv2.sepFilter2D(grey, cv2.CV_16S, _NOISE, _NOISE)
    return float(np.sqrt(np.pi / 2) * cv2.norm(response, cv2.NORM_L1) / (6 * grey.size))


def _moments(values: npt.NDArray[np.generic]) -> tuple[float, float]:
    mean, deviation = cv2.meanStdDev(values)
    return float(mean[0, 0]), float(deviation[0, 0])
