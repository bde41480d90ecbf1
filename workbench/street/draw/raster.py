"""The canvas: filled polygons and textured planes, with a second layer that remembers who owns each pixel.

The owner layer is what truth is read from: a plate's pixels carry its number until something nearer is drawn over them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workbench.street.draw.pinhole import NEAR_M, Floats, Pinhole

Picture = npt.NDArray[np.uint8]
Colour = tuple[float, float, float]
Layers = Picture | tuple[Picture, ...]
_FRACTION_BITS = 4
_LIMIT = 20_000.0


@dataclass(frozen=True)
class Air:
    """What lies between the lens and a thing: haze that grows with distance.

    Attributes:
        colour: of the haze, B, G, R, 0 to 255.
        range_m: the distance at which 63 % is haze.
    """

    colour: Colour
    range_m: float

    def share(self, distance_m: float) -> float:
        """How much of a thing at this distance is haze, 0 to 1."""
        return float(1.0 - np.exp(-max(distance_m, 0.0) / self.range_m))

    def tint(self, colour: Colour, distance_m: float) -> Colour:
        """The colour as it looks from this distance."""
        share = self.share(distance_m)
        b, g, r = (c + share * (haze - c) for c, haze in zip(colour, self.colour, strict=True))
        return b, g, r


class Canvas:
    """A picture under way, drawn from far to near.

    Attributes:
        view: the camera; the canvas has its size.
        colour: shape (height, width, 3), B, G, R.
        owner: shape (height, width); 0 is nobody, 1 to 255 a plate's number.
    """

    def __init__(self, view: Pinhole, air: Air) -> None:
        self.view = view
        self.air = air
        self.colour: Picture = np.zeros((view.height, view.width, 3), dtype=np.uint8)
        self.owner: Picture = np.zeros((view.height, view.width), dtype=np.uint8)

    def polygon(self, points: npt.ArrayLike, colour: Colour, *, owner: int = 0) -> None:
        """Fill a flat convex polygon of world points, shape (n, 3)."""
        outline = self.view.outline(points)
        if self._outside(outline):
            return
        fixed = _fixed(outline)
        tinted = self.air.tint(colour, self.distance(points))
        cv2.fillConvexPoly(self.colour, fixed, tinted, lineType=cv2.LINE_8, shift=_FRACTION_BITS)
        cv2.fillConvexPoly(self.owner, fixed, (float(owner),), lineType=cv2.LINE_8, shift=_FRACTION_BITS)

    def disc(self, centre: npt.ArrayLike, radius_m: float, colour: Colour) -> None:
        """Fill a disc that faces the camera."""
        camera = self.view.to_camera(centre)[0]
        if camera[2] < 1.0:
            return
        middle = self.view.to_pixels(camera[None])
        radius = radius_m * self.view.focal / camera[2]
        if self._outside(np.concatenate([middle - radius, middle + radius])):
            return
        x, y = (int(v) for v in _fixed(middle)[0])
        fixed = round(radius * (1 << _FRACTION_BITS))
        cv2.circle(self.colour, (x, y), fixed, self.air.tint(colour, camera[2]), -1, cv2.LINE_8, _FRACTION_BITS)
        cv2.circle(self.owner, (x, y), fixed, (0.0,), -1, cv2.LINE_8, _FRACTION_BITS)

    def shadow(self, points: npt.ArrayLike, strength: float, *, soft_m: float = 0.12) -> None:
        """Darken what lies under a flat polygon of world points, its rim as soft as so many metres; owners stay."""
        outline = self.view.outline(points)
        if self._outside(outline) or strength <= 0:
            return
        pad = int(np.clip(soft_m * self.view.focal / max(self.distance(points), 1.0), 1, 24))
        y0, y1, x0, x1 = self._window(outline, pad=pad)
        mask: Picture = np.zeros((y1 - y0, x1 - x0), dtype=np.uint8)
        cv2.fillConvexPoly(mask, _fixed(outline - [x0, y0]), (255.0,), lineType=cv2.LINE_8, shift=_FRACTION_BITS)
        mask = np.asarray(cv2.blur(mask, (2 * pad + 1, pad + 1)), dtype=np.uint8)
        kept = 255 - cv2.convertScaleAbs(mask, alpha=strength)
        part = self.colour[y0:y1, x0:x1]
        part[:] = cv2.multiply(part, cv2.merge([kept, kept, kept]), scale=1 / 255)

    def glow(self, point: npt.ArrayLike, radius_m: float, colour: Colour, strength: float) -> None:
        """Add light around a world point; owners stay."""
        camera = self.view.to_camera(point)[0]
        if camera[2] < 1.0:
            return
        centre = self.view.to_pixels(camera[None])[0]
        radius = radius_m * self.view.focal / camera[2]
        corners = np.array([centre - 3 * radius, centre + 3 * radius])
        if radius < 0.7 or self._outside(corners):
            return
        y0, y1, x0, x1 = self._window(corners)
        ys = (np.arange(y0, y1) - centre[1]).astype(np.float32) / radius
        xs = (np.arange(x0, x1) - centre[0]).astype(np.float32) / radius
        light = strength * np.exp(-0.5 * ys**2)[:, None] * np.exp(-0.5 * xs**2)[None, :]
        part = self.colour[y0:y1, x0:x1]
        part[:] = cv2.add(part, cv2.merge([cv2.convertScaleAbs(light, alpha=share) for share in colour]))

    def texture(
        self,
        picture: Layers,
        origin: npt.ArrayLike,
        right: npt.ArrayLike,
        down: npt.ArrayLike,
        *,
        gain: float = 1.0,
        owner: int = 0,
    ) -> None:
        """Lay a picture on the world parallelogram that starts at `origin` and spans `right` and `down` (metres)."""
        start, across, along = (np.asarray(v, dtype=np.float64) for v in (origin, right, down))
        self.patch(picture, np.array([start, start + across, start + across + along, start + along]), gain, owner=owner)

    def patch(self, picture: Layers, corners: Floats, gain: float = 1.0, *, owner: int = 0) -> None:
        """Lay a picture on a flat quadrilateral of world points, shape (4, 3), from the picture's top left clockwise.

        A picture may come `halved` again and again, which saves shrinking it each time. Where it has a fourth channel,
        what is less than half opaque is left as it was.
        """
        seen = self.view.to_camera(corners)
        whole = bool(seen[:, 2].min() > NEAR_M)
        outline = self.view.to_pixels(seen) if whole else self.view.outline(corners)
        if self._outside(outline):
            return
        y0, y1, x0, x1 = self._window(outline, pad=1)
        picture = _fitted(picture, outline)
        height, width = picture.shape[:2]
        # Pixel centres lie at half integers on both sides, OpenCV counts them from 0.
        if whole:
            ends = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
            homography = cv2.getPerspectiveTransform(
                ends.astype(np.float32), (outline - [x0 + 0.5, y0 + 0.5]).astype(np.float32)
            )
        else:
            plane = self.view.plane(corners[0], (corners[1] - corners[0]) / width, (corners[3] - corners[0]) / height)
            shift_in = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
            shift_out = np.array([[1.0, 0.0, -0.5 - x0], [0.0, 1.0, -0.5 - y0], [0.0, 0.0, 1.0]])
            homography = shift_out @ plane @ shift_in
        size = (x1 - x0, y1 - y0)
        warped = cv2.warpPerspective(picture, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask: Picture = np.zeros(warped.shape[:2], dtype=np.uint8)
        cv2.fillConvexPoly(mask, _fixed(outline - [x0, y0]), (255.0,), lineType=cv2.LINE_8, shift=_FRACTION_BITS)
        if warped.shape[2] == 4:
            mask &= cv2.compare(warped[..., 3], (127.0, 0.0, 0.0, 0.0), cv2.CMP_GT)
            warped = cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR)
        share = self.air.share(self.distance(corners))
        scale = gain * (1.0 - share)
        if abs(scale - 1.0) > 1e-3:
            warped = cv2.convertScaleAbs(warped, alpha=scale)
        if share > 0.01:
            warped = cv2.add(warped, (*(float(round(c * share)) for c in self.air.colour), 0.0))
        cv2.copyTo(warped, mask, self.colour[y0:y1, x0:x1])
        cv2.copyTo(np.full_like(mask, owner), mask, self.owner[y0:y1, x0:x1])

    def standing(
        self, picture: Layers, foot: tuple[float, float, float], size: tuple[float, float], gain: float
    ) -> None:
        """Stand a picture of so many metres width and height up on the ground, turned to the camera."""
        sight = np.array([foot[0] - self.view.position[0], foot[2] - self.view.position[2]])
        away = float(np.linalg.norm(sight))
        if away < 0.6:
            return
        right = np.array([sight[1], 0.0, -sight[0]]) * (size[0] / away)
        top_left = np.asarray(foot) - right / 2 + [0.0, size[1], 0.0]
        self.texture(picture, top_left, right, (0.0, -size[1], 0.0), gain=gain)

    def count(self, owner: int, points: npt.ArrayLike) -> int:
        """How many pixels within the outline's bounds belong to an owner."""
        outline = self.view.outline(points)
        if self._outside(outline):
            return 0
        y0, y1, x0, x1 = self._window(outline, pad=1)
        return int(np.count_nonzero(self.owner[y0:y1, x0:x1] == owner))

    def distance(self, points: npt.ArrayLike) -> float:
        """Metres from the lens to the middle of world points, shape (n, 3)."""
        corners = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        away = np.add.reduce(corners) / len(corners) - self.view.position
        return math.sqrt(away.dot(away))

    def _outside(self, outline: Floats) -> bool:
        if len(outline) == 0:
            return True
        low, high = outline.min(axis=0), outline.max(axis=0)
        return bool(high[0] <= 0 or high[1] <= 0 or low[0] >= self.view.width or low[1] >= self.view.height)

    def _window(self, outline: Floats, pad: int = 0) -> tuple[int, int, int, int]:
        low, high = np.floor(outline.min(axis=0)) - pad, np.ceil(outline.max(axis=0)) + pad
        x0, y0 = int(max(low[0], 0)), int(max(low[1], 0))
        return y0, int(min(high[1], self.view.height)), x0, int(min(high[0], self.view.width))


def _fixed(outline: Floats) -> npt.NDArray[np.int32]:
    """Pixels as OpenCV's fixed-point numbers; its pixel centres lie at whole numbers."""
    limited = np.minimum(np.maximum(outline, -_LIMIT), _LIMIT) - 0.5
    return np.rint(limited * (1 << _FRACTION_BITS)).astype(np.int32)


def halved(picture: Picture) -> tuple[Picture, ...]:
    """The picture, and smaller ones of half the size each, as long as both sides keep 8 pixels."""
    levels = [picture]
    while min(levels[-1].shape[:2]) >= 16:
        height, width = levels[-1].shape[:2]
        half = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, dtype=np.uint8))
    return tuple(levels)


def _fitted(picture: Layers, outline: Floats) -> Picture:
    """The picture shrunk by area to about the size it will have, so that fine detail does not flicker."""
    span = outline.max(axis=0) - outline.min(axis=0)
    if isinstance(picture, tuple):
        enough = [p for p in picture if p.shape[1] >= span[0] and p.shape[0] >= span[1]]
        return enough[-1] if enough else picture[0]
    height, width = picture.shape[:2]
    target_w, target_h = max(2, round(1.4 * span[0])), max(2, round(1.4 * span[1]))
    if target_w >= width and target_h >= height:
        return picture
    size = (min(width, target_w), min(height, target_h))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
