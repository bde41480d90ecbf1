"""A picture glued together from flat pieces seen under any angle, with an owner for each pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workbench.street.draw.pinhole import Floats
from workbench.street.draw.raster import Picture

Owners = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Piece:
    """One thing that was glued on: its class, its number in the owner layer, and how many pixels it had in all."""

    class_name: str
    owner: int
    pixels: float


class Collage:
    """A picture under way.

    Attributes:
        colour: shape (height, width, 3), B, G, R.
        owner: shape (height, width); 0 is nobody.
        pieces: what was glued on and has a class.
    """

    def __init__(self, background: Picture) -> None:
        self.colour = background
        self.owner: Owners = np.zeros(background.shape[:2], dtype=np.uint16)
        self.pieces: list[Piece] = []

    def glue(self, picture: Picture, quad: Floats, class_name: str = "", *, mask: Picture | None = None) -> None:
        """Lay a picture on a quad, shape (4, 2), clockwise from its top left; only what the mask shows is glued."""
        low = np.floor(quad.min(axis=0)).astype(int) - 1
        high = np.ceil(quad.max(axis=0)).astype(int) + 1
        height, width = self.colour.shape[:2]
        x0, y0, x1, y1 = max(low[0], 0), max(low[1], 0), min(high[0], width), min(high[1], height)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        span = quad.max(axis=0) - quad.min(axis=0)
        size = (
            int(np.clip(1.4 * span[0], 4, picture.shape[1])),
            int(np.clip(1.4 * span[1], 4, picture.shape[0])),
        )
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float32)
        homography = cv2.getPerspectiveTransform(corners - 0.5, (quad - [x0, y0] - 0.5).astype(np.float32))
        window = (x1 - x0, y1 - y0)
        warped = cv2.warpPerspective(small, homography, window, borderMode=cv2.BORDER_REPLICATE)
        whole = np.full(picture.shape[:2], 255, dtype=np.uint8) if mask is None else mask
        cover = cv2.warpPerspective(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), homography, window)
        share = cover[..., None].astype(np.float32) / 255.0
        part = self.colour[y0:y1, x0:x1]
        part[:] = (part + share * (warped.astype(np.float32) - part)).astype(np.uint8)
        number = 0
        if class_name:
            number = len(self.pieces) + 1
            full = abs(float(cv2.contourArea(quad.astype(np.float32))))
            if mask is not None:
                full *= float((mask > 127).mean())
            self.pieces.append(Piece(class_name, number, full))
        self.owner[y0:y1, x0:x1][cover > 127] = number

    def mask_of(self, class_name: str) -> npt.NDArray[np.bool_]:
        """The pixels, shape (height, width), that pieces of a class own."""
        owners = [piece.owner for piece in self.pieces if piece.class_name == class_name]
        return np.isin(self.owner, np.array(owners, dtype=np.uint16))

    def boxes(self, class_names: tuple[str, ...], *, least_visible: float) -> tuple[list[str], Floats]:
        """The classes and tight boxes, shape (n, 4), of all pieces of these classes that are visible enough."""
        names: list[str] = []
        rows: list[list[float]] = []
        for piece in self.pieces:
            if piece.class_name not in class_names:
                continue
            mask = self.owner == piece.owner
            if mask.sum() < max(least_visible * piece.pixels, 12):
                continue
            ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            names.append(piece.class_name)
            rows.append([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1])
        return names, np.array(rows, dtype=np.float64).reshape(-1, 4)


def tilted_quad(
    rng: np.random.Generator, centre: tuple[float, float], width: float, height: float, *, most_yaw: float = 60.0
) -> Floats:
    """The corners, shape (4, 2), of a rectangle turned in space and seen through a pinhole, `width` pixels wide."""
    # Most cars are photographed nearly straight on; a few from far aside.
    calm = 1.0 if rng.random() < 0.55 else float(rng.uniform(0.0, 0.6))
    yaw, pitch, roll = (np.radians(calm * v) for v in (
        np.clip(rng.normal(0, most_yaw / 2.2), -most_yaw, most_yaw), rng.normal(0, 14), rng.normal(0, 7)
    ))  # fmt: skip
    flat = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * [width / 2, height / 2, 1]
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    lean = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    solid = flat @ (lean @ nod @ turn).T
    depth = float(rng.uniform(2.5, 8.0)) * max(width, height)
    seen: Floats = solid[:, :2] * (depth / (depth + solid[:, 2:3]))
    seen *= width / max(float(np.ptp(seen[:, 0])), 1.0)
    return np.asarray(seen + np.asarray(centre), dtype=np.float64)
