"""One picture laid over another: do they show the same wherever both show anything?

A copy that was turned, cropped, stretched, recoloured, blurred or cut holes into agrees everywhere once it lies right.
A standing camera that sees another car agrees everywhere but where the car is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workbench.pictures.alike.keypoints import Details, Motion
from workbench.pictures.grey import Grey

_Mask = npt.NDArray[np.bool_]
_Plane = npt.NDArray[np.float32]

_WINDOW, _BLUR, _FAINT = 11, 1.2, 40.0
_CONTRAST = 40.0
"""Standard deviation of the greys that both are brought to: a darker copy is a copy."""
_OTHER = 0.4
"""Structure below this is another thing."""
_PLAIN = 2.0
_SHADE, _FITS = 25.0, 3
_HARDER, _LIGHTER = 0.12, 12.0
_BLACK, _WHITE, _NOT_BLACK = 14, 250, 30
_SCALES = (0.2, 5.0)
_LEAST_PIXELS = 200
_ROUNDS, _TURNED_BY, _SHIFTED_BY = 50, 0.15, 8.0
_RIM = 9
_HOPELESS, _EXACT = 0.3, 0.99
"""Agreement before the motion is made exact: below, it never comes right; above, it lies right already."""


@dataclass(frozen=True)
class Agreement:
    """How far two pictures agree where one lies over the other.

    Attributes:
        structure: mean structural agreement (the contrast and structure terms of SSIM; Wang et al. 2004) of what is not
            plain in either, from -1 to 1.
        elsewhere: the same without the largest part that differs.
        differing: the largest coherent part that differs, by what was compared.
        covers: the share of the smaller field of view that lies over the other.
        drawn: the share of the picture that is not plain in either.
        changed: whether one of them was made lighter, or has holes: not all of it can be compared then.
        part: the largest coherent part that differs, in pixels of the picture that was laid on (`Details.small`).
        laid: which of the two was laid onto the other: 0 the first, 1 the second.
    """

    structure: float
    elsewhere: float
    differing: float
    covers: float
    drawn: float
    changed: bool
    part: _Mask
    laid: int


def lay_over(one: Details, other: Details, motion: Motion, *, still: bool) -> Agreement | None:
    """Lay one picture onto the other, the larger one onto the smaller, and compare them part by part.

    What is black in one of them only is a hole that was cut, or the rim of a turned picture: it is left out.

    Args:
        one: a picture.
        other: another one.
        motion: where the pixels of `one` lie in `other`.
        still: whether the camera stood still: what is lighter or darker than the rest is another thing then.

    Returns:
        None where nothing can be said: they hardly overlap, or there is nothing in them.
    """
    motion = motion.copy()
    motion[:, 2] /= 2
    scale = float(np.sqrt(abs(np.linalg.det(motion[:, :2]))))
    if not _SCALES[0] < scale < _SCALES[1]:
        return None
    laid = int(scale > 1)
    if laid:
        one, other, motion = other, one, np.asarray(cv2.invertAffineTransform(motion))
    found = _laid(one, other, motion, laid=laid, still=still)
    if found is None or not _HOPELESS < found.structure < _EXACT:
        return found
    exact = _refined(one.small, other.small, motion)
    return found if exact is None else _laid(one, other, exact, laid=laid, still=still)


def _laid(one: Details, other: Details, motion: Motion, *, laid: int, still: bool) -> Agreement | None:
    over, shared = _warped(one.small, motion, other.small)
    both: _Mask = cv2.erode(shared, np.ones((_RIM, _RIM), np.uint8), borderValue=1) > 0
    holes = _holes(over, other.small, both)
    lightened = _is_lightened(over, other.small, both & ~holes)
    compared = both & ~_widened(holes, 9)
    if lightened:
        compared &= ~_widened(((over >= _WHITE) | (other.small >= _WHITE)), 3)
    count = int(compared.sum())
    if count < _LEAST_PIXELS:
        return None
    planes = [_plane(grey, compared) for grey in (over, other.small)]
    structure, drawn = _structure(planes[0], planes[1], compared)
    if not drawn.any():
        return None
    unlike = structure < _OTHER
    if still and not lightened:
        unlike |= _other_shade(planes[0], planes[1], compared)
    part = _largest(compared & unlike)
    elsewhere = drawn & ~_widened(part, _WINDOW)
    own = abs(float(np.linalg.det(motion[:, :2]))) * one.small.size
    return Agreement(
        structure=float(structure[drawn].mean()),
        elsewhere=float(structure[elsewhere].mean()) if elsewhere.any() else 0.0,
        differing=float(part.sum()) / count,
        covers=float(both.sum()) / min(own, float(both.size)),
        drawn=float(drawn.mean()),
        changed=bool(lightened or holes.any()),
        part=part,
        laid=laid,
    )


def _warped(one: Grey, motion: Motion, under: Grey) -> tuple[Grey, Grey]:
    """The picture where the motion puts it in another one, and where there is any of it."""
    size = (under.shape[1], under.shape[0])
    over = cv2.warpAffine(one, motion, size, flags=cv2.INTER_AREA)
    shared = cv2.warpAffine(np.ones_like(one), motion, size, flags=cv2.INTER_NEAREST)
    return np.asarray(over, dtype=np.uint8), np.asarray(shared, dtype=np.uint8)


def _refined(one: Grey, other: Grey, motion: Motion) -> Motion | None:
    """The motion made exact (ECC; Evangelidis and Psarakis 2008); None where that leads astray."""
    over, shared = _warped(one, motion, other)
    # It moves one picture onto the other, and only of that one may holes be left out.
    holed = _holed(over, other, shared > 0)
    pictures = (one, other)
    start = np.asarray(motion if holed else cv2.invertAffineTransform(motion), dtype=np.float32)
    lit = (~_widened(_black(pictures[holed]), 5)).astype(np.uint8) * 255
    ending = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, 1e-4)
    try:
        _, found = cv2.findTransformECC(pictures[1 - holed], pictures[holed], start, cv2.MOTION_AFFINE, ending, lit, 3)
    except cv2.error:
        return None
    exact = found.astype(np.float64)
    better: Motion = exact if holed else np.asarray(cv2.invertAffineTransform(exact))
    change = np.abs(better - motion)
    return better if change[:, :2].max() < _TURNED_BY and change[:, 2].max() < _SHIFTED_BY else None


def _holed(over: Grey, under: Grey, both: _Mask) -> int:
    """Which of two pictures, one laid over the other, has more that is black in it alone."""
    black = [_black(grey) & both for grey in (over, under)]
    alone = [_opened(black[0] & ~black[1]), _opened(black[1] & ~black[0])]
    cut = [int((lit[hole] > _NOT_BLACK).sum()) for hole, lit in zip(alone, (under, over), strict=True)]
    return int(cut[1] > cut[0])


def _holes(over: Grey, under: Grey, both: _Mask) -> _Mask:
    """What is black in the picture that has more of it: somebody cuts holes into one of the two."""
    holed = _holed(over, under, both)
    black = [_black(grey) for grey in (over, under)]
    alone = _opened(black[holed] & ~black[1 - holed] & both)
    return _opened(black[holed]) if alone.any() else alone


def _black(grey: Grey) -> _Mask:
    return np.asarray(cv2.dilate((grey > _BLACK).astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)


def _plane(grey: Grey, compared: _Mask) -> _Plane:
    """The picture at common brightness and contrast, a little blurred."""
    plane = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _BLUR)
    mean, deviation = float(plane[compared].mean()), float(plane[compared].std())
    return np.asarray((plane - mean) / max(deviation, _PLAIN) * _CONTRAST, dtype=np.float32)


def _structure(over: _Plane, under: _Plane, compared: _Mask) -> tuple[_Plane, _Mask]:
    """Structural agreement around each pixel, and where there is any structure."""
    weight = compared.astype(np.float32)
    total = np.maximum(_sums(weight), 1)
    first, second = (_sums(plane * weight) / total for plane in (over, under))
    own = _sums(over * over * weight) / total - first * first
    others = _sums(under * under * weight) / total - second * second
    shared = _sums(over * under * weight) / total - first * second
    structure = np.asarray((2 * shared + _FAINT) / (own + others + _FAINT), dtype=np.float32)
    return structure, compared & (np.maximum(own, others) > _FAINT)


def _other_shade(over: _Plane, under: _Plane, compared: _Mask) -> _Mask:
    """Where one is lighter or darker than the tones of the rest make one expect: a red car where a blue one was."""
    fitted = _tones(over, under, compared)
    if fitted is None:
        return np.zeros_like(compared)
    return _opened(compared & (np.abs(fitted[0] * over + fitted[1] - under) > _SHADE))


def _is_lightened(over: Grey, under: Grey, compared: _Mask) -> bool:
    """Whether one is a lighter, darker, harder or softer print of the other."""
    fitted = _tones(over.astype(np.float32), under.astype(np.float32), compared)
    return fitted is not None and (abs(fitted[0] - 1) > _HARDER or abs(fitted[0] * 128 + fitted[1] - 128) > _LIGHTER)


def _tones(over: _Plane, under: _Plane, compared: _Mask) -> tuple[float, float] | None:
    """Slope and level of the line that takes most tones of one picture to those of the other."""
    known = compared
    for _ in range(_FITS):
        if known.sum() < _LEAST_PIXELS:
            return None
        slope, level = np.polyfit(over[known], under[known], 1)
        known = compared & (np.abs(slope * over + level - under) <= _SHADE)
    return float(slope), float(level)


def _sums(plane: npt.NDArray[np.float32]) -> _Plane:
    return np.asarray(cv2.boxFilter(plane, -1, (_WINDOW, _WINDOW), normalize=False), dtype=np.float32)


def _largest(mask: _Mask) -> _Mask:
    count, numbered, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros_like(mask)
    return np.asarray(numbered == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _widened(mask: _Mask, pixels: int) -> _Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((pixels, pixels), np.uint8)) > 0)


def _opened(mask: _Mask) -> _Mask:
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0)
