"""The pinhole camera: from metres in the street to pixels in the picture.

World: x to the right, y up, z along the road, in metres. Camera: x to the right, y down, z forward. The model is the
usual one (Hartley and Zisserman, *Multiple View Geometry*, chapter 6) with square pixels and the principal point in
the middle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NEAR_M = 0.3


@dataclass(frozen=True)
class Pinhole:
    """Where the camera stands and looks.

    Attributes:
        width: of the picture, pixels.
        height: of the picture, pixels.
        focal: focal length, pixels.
        position: x, y (height above the road), z in metres.
        yaw: radians, positive looks to the right.
        pitch: radians, positive looks up.
        roll: radians, positive leans the camera clockwise.
        bend: of the lens; negative bends straight lines outwards, as wide lenses do. The picture's corners stay.
    """

    width: int
    height: int
    focal: float
    position: tuple[float, float, float]
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    bend: float = 0.0

    def scaled(self, factor: int) -> Pinhole:
        """The same view on `factor` times as many pixels each way."""
        return replace(self, width=self.width * factor, height=self.height * factor, focal=self.focal * factor)

    @cached_property
    def rotation(self) -> Floats:
        """World to camera, shape (3, 3)."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cy, 0.0, -sy], [0.0, 1.0, 0.0], [sy, 0.0, cy]])
        nod = np.array([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
        lean = np.array([[cr, sr, 0.0], [-sr, cr, 0.0], [0.0, 0.0, 1.0]])
        flip = np.diag([1.0, -1.0, 1.0])
        rotation: Floats = lean @ flip @ nod @ turn
        return rotation

    @property
    def intrinsics(self) -> Floats:
        """The matrix K, shape (3, 3)."""
        return np.array([[self.focal, 0.0, self.width / 2], [0.0, self.focal, self.height / 2], [0.0, 0.0, 1.0]])

    def to_camera(self, points: npt.ArrayLike) -> Floats:
        """World points of shape (n, 3) in camera coordinates, shape (n, 3), metres."""
        moved = np.asarray(points, dtype=np.float64).reshape(-1, 3) - np.asarray(self.position)
        turned: Floats = moved @ self.rotation.T
        return turned

    def to_pixels(self, camera_points: Floats) -> Floats:
        """Camera points of shape (n, 3), all in front of the camera, as pixels of shape (n, 2)."""
        depth = camera_points[:, 2:3]
        middle = np.array([self.width / 2, self.height / 2])
        pixels: Floats = camera_points[:, :2] / depth * self.focal + middle
        return pixels

    def through_lens(self, pixels: Floats) -> Floats:
        """Where the lens puts ideal pixels, shape (n, 2): one radial term, so that a corner is where it was."""
        if self.bend == 0.0:
            return pixels
        from_middle = pixels - np.array([self.width / 2, self.height / 2])
        square = (from_middle**2).sum(axis=1, keepdims=True) / self.focal**2
        return np.asarray(pixels + from_middle * ((1 + self.bend * square) / (1 + self._corner_bend) - 1))

    def lens_maps(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """For each pixel behind the lens the ideal x and y it shows, as `cv2.remap` takes them."""
        return _lens_maps(self.width, self.height, self.focal, self.bend)

    @property
    def _corner_bend(self) -> float:
        return self.bend * (self.width**2 + self.height**2) / 4 / self.focal**2

    def sees(self, point: tuple[float, float, float], radius_m: float) -> bool:
        """Whether a ball around a world point may show in the picture."""
        x, _, z = self.to_camera(point)[0]
        reach = self.width / 2 / self.focal
        return bool(z > -radius_m and abs(x) < reach * max(z, 0.0) + radius_m * float(np.hypot(1.0, reach)))

    def project(self, points: npt.ArrayLike) -> Floats:
        """World points of shape (n, 3) as pixels of shape (n, 2); all must lie in front of the camera."""
        return self.to_pixels(self.to_camera(points))

    def outline(self, points: npt.ArrayLike) -> Floats:
        """A flat polygon's outline in pixels, shape (m, 2), cut at the near plane; m is 0 when it lies behind."""
        corners = self.to_camera(points)
        inside = corners[:, 2] > NEAR_M
        if inside.all():
            return self.to_pixels(corners)
        if not inside.any():
            return np.zeros((0, 2))
        kept: list[Floats] = []
        for i, here in enumerate(corners):
            there = corners[(i + 1) % len(corners)]
            if here[2] > NEAR_M:
                kept.append(here)
            if (here[2] > NEAR_M) != (there[2] > NEAR_M):
                share = (NEAR_M - here[2]) / (there[2] - here[2])
                kept.append(here + share * (there - here) + np.array([0.0, 0.0, 1e-9]))
        return self.to_pixels(np.array(kept))

    def plane(self, origin: npt.ArrayLike, right: npt.ArrayLike, down: npt.ArrayLike) -> Floats:
        """The homography, shape (3, 3), from (s, t) on the plane origin + s·right + t·down to pixels."""
        rotation = self.rotation
        columns = [
            rotation @ np.asarray(right, dtype=np.float64),
            rotation @ np.asarray(down, dtype=np.float64),
            rotation @ (np.asarray(origin, dtype=np.float64) - np.asarray(self.position)),
        ]
        homography: Floats = self.intrinsics @ np.stack(columns, axis=1)
        return homography


@lru_cache(maxsize=4)
def _lens_maps(
    width: int, height: int, focal: float, bend: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    x = (np.arange(width) + 0.5 - width / 2)[None, :] / focal
    y = (np.arange(height) + 0.5 - height / 2)[:, None] / focal
    bent = np.sqrt(x**2 + y**2) * (1 + bend * (width**2 + height**2) / 4 / focal**2)
    # Newton's method for r (1 + bend r²) = bent; from r = bent it settles to well below a thousandth of a pixel.
    radius = bent.copy()
    for _ in range(6):
        radius -= (radius * (1 + bend * radius**2) - bent) / (1 + 3 * bend * radius**2)
    share = focal * radius / np.maximum(np.sqrt(x**2 + y**2), 1e-9)
    return (x * share + width / 2 - 0.5).astype(np.float32), (y * share + height / 2 - 0.5).astype(np.float32)
