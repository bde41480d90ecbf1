"""Convex solids with painted faces, in a vehicle's own frame: x to its right, y up, z forward, metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from workbench.street.draw.pinhole import Floats
from workbench.street.draw.raster import Colour, Layers, Picture, halved


@dataclass(frozen=True)
class Face:
    """One flat face: corners of shape (n, 3), and a picture from the first corner clockwise if there are four."""

    corners: Floats
    colour: Colour
    picture: Layers | None = None

    @cached_property
    def centre(self) -> Floats:
        """The middle, shape (3,)."""
        return np.asarray(self.corners.mean(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Solid:
    """A convex body: its faces, and the unit normals that point out of it."""

    faces: tuple[Face, ...]

    @cached_property
    def middle(self) -> Floats:
        """The middle of all corners, shape (3,)."""
        return np.asarray(np.concatenate([face.corners for face in self.faces]).mean(axis=0), dtype=np.float64)

    @cached_property
    def corners(self) -> Floats:
        """All faces' corners one after another, shape (n, 3)."""
        return np.asarray(np.concatenate([face.corners for face in self.faces]), dtype=np.float64)

    @cached_property
    def ends(self) -> npt.NDArray[np.int64]:
        """Where in `corners` each face but the last ends."""
        return np.asarray(np.cumsum([len(face.corners) for face in self.faces])[:-1], dtype=np.int64)

    @cached_property
    def centres(self) -> Floats:
        """Each face's middle, shape (n, 3)."""
        return np.stack([face.centre for face in self.faces])

    @cached_property
    def normals(self) -> Floats:
        """One row a face, shape (n, 3)."""
        first = np.stack([face.corners[:3] for face in self.faces])
        rows = np.cross(first[:, 1] - first[:, 0], first[:, 2] - first[:, 0])
        rows *= np.where((rows * (self.centres - self.middle)).sum(axis=1) > 0, 1.0, -1.0)[:, None]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True)
class Bend:
    """How a front or rear is bent round the body.

    Attributes:
        across: places from one side to the other, metres, left to right as one looks at it.
        back: how far each of them lies behind the foremost, metres.
        up: heights from the top down, metres.
        lean: how far each of these lies behind the foremost, metres.
        narrow: the share of its width that each height has.
    """

    across: tuple[float, ...]
    back: tuple[float, ...]
    up: tuple[float, ...]
    lean: tuple[float, ...]
    narrow: tuple[float, ...]

    def points(self, end: float, way: int) -> Floats:
        """The corners of all patches, shape (rows, columns, 3), for a face at z = `end` that looks to `way` (±1)."""
        grid = np.empty((len(self.up), len(self.across), 3))
        # Whoever looks at a front has the vehicle's right on the left.
        grid[..., 0] = -way * np.array(self.across)[None, :] * np.array(self.narrow)[:, None]
        grid[..., 1] = np.array(self.up)[:, None]
        grid[..., 2] = end - way * (np.array(self.back)[None, :] + np.array(self.lean)[:, None])
        return grid


def bent_faces(bend: Bend, end: float, way: int, colour: Colour, skin: Picture) -> list[Face]:
    """A picture laid round a bend, one face a patch; its columns are as wide as the way round them is long."""
    grid = bend.points(end, way)
    steps = np.hypot(np.diff(bend.across), np.diff(bend.back))
    columns = np.round(np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum() * skin.shape[1]).astype(int)
    heights = (bend.up[0] - np.array(bend.up)) / (bend.up[0] - bend.up[-1])
    rows = np.round(heights * skin.shape[0]).astype(int)
    faces = []
    for i in range(len(rows) - 1):
        for j in range(len(columns) - 1):
            corners = np.stack([grid[i, j], grid[i, j + 1], grid[i + 1, j + 1], grid[i + 1, j]])
            part = skin[rows[i] : rows[i + 1], columns[j] : columns[j + 1]]
            faces.append(Face(corners, colour, halved(np.ascontiguousarray(part))))
    return faces


def quad(points: Sequence[tuple[float, float, float]], colour: Colour, picture: Picture | None = None) -> Face:
    """One face of given corners."""
    return Face(np.array(points, dtype=np.float64), colour, None if picture is None else halved(picture))


def placed(points: npt.ArrayLike, position: tuple[float, float], heading: float) -> Floats:
    """Points of shape (n, 3) in a vehicle's frame, in the world's frame; heading 0 looks along z, π at the viewer."""
    cos, sin = np.cos(heading), np.sin(heading)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    turned = np.asarray(points, dtype=np.float64).reshape(-1, 3) @ turn.T
    return np.asarray(turned + np.array([position[0], 0.0, position[1]]), dtype=np.float64)
