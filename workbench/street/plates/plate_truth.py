"""What a picture shows of a plate: box, angles, visible share.

Truth is not guessed: a plate's box comes from its projected corners, and from its own pixels where something stands
before it or the picture's edge cuts it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.street.draw.pinhole import NEAR_M, Floats, Pinhole
from workbench.street.draw.raster import Picture
from workbench.street.scene.light import Light

LEAST_VISIBLE = 0.25
_STEEPEST_COS = 0.24
_EDGE_STEPS = 6


@dataclass(frozen=True)
class PlateView:
    """One plate as the picture shows it.

    Attributes:
        track_id: of the vehicle.
        facing: 1 is the front plate, −1 the rear one.
        quad: its corners in pixels, shape (4, 2), from its own top left clockwise; they may lie outside the picture.
        box: xmin, ymin, xmax, ymax of what is visible, pixels.
        distance_m: from the lens.
        angle_h_deg: between the plate's normal and the line of sight, seen from above.
        angle_v_deg: the same seen from the side; positive: the camera stands higher.
        visible: share of its whole area that the picture shows, 0 to 1.
        truncated: whether the picture's edge cuts it.
        kind: of plate.
        text: on it.
    """

    track_id: int
    facing: int
    quad: Floats
    box: tuple[float, float, float, float]
    distance_m: float
    angle_h_deg: float
    angle_v_deg: float
    visible: float
    truncated: bool
    kind: str
    text: str


@dataclass(frozen=True)
class Hung:
    """A plate that was drawn: whose, what, where, and how many pixels it had before anything covered it."""

    track_id: int
    facing: int
    kind: str
    text: str
    corners: Floats
    pixels: int


def normal_of(corners: Floats) -> Floats:
    """The unit normal of a plate, towards whoever reads it, shape (3,)."""
    normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
    unit: Floats = normal / np.linalg.norm(normal)
    return unit


def shade_of(corners: Floats, light: Light) -> float:
    """How bright a plate is: ambient light, and the sun where the plate looks at it (Lambert's law)."""
    return light.ambient + light.sun * max(0.0, float(normal_of(corners) @ np.asarray(light.sun_from)))


def readable(view: Pinhole, corners: Floats, least_px: float) -> bool:
    """Whether a plate faces the camera, is large enough and lies in the picture."""
    camera = view.to_camera(corners)
    if camera[:, 2].min() < NEAR_M:
        return False
    sight = np.asarray(view.position) - corners.mean(axis=0)
    if float(normal_of(corners) @ sight / np.linalg.norm(sight)) < _STEEPEST_COS:
        return False
    shown = view.through_lens(view.to_pixels(camera))
    low, high = shown.min(axis=0), shown.max(axis=0)
    outside = high[0] <= 2 or high[1] <= 2 or low[0] >= view.width - 2 or low[1] >= view.height - 2
    return bool(not outside and high[0] - low[0] >= least_px and high[1] - low[1] >= 4.0)


def measure(owner: Picture, view: Pinhole, number: int, plate: Hung, uncovered: float) -> PlateView:
    """What the picture shows of a plate.

    Args:
        owner: each pixel's plate, a whole number of times as wide and high as the picture.
        view: the camera.
        number: of this plate in `owner`.
        plate: what was drawn.
        uncovered: the share of its pixels over which nothing was drawn later.
    """
    supersample = owner.shape[1] // view.width
    outline = _outline(view, plate.corners)
    frame = np.array([[0, 0], [view.width, 0], [view.width, view.height], [0, view.height]], dtype=np.float32)
    quad = outline[::_EDGE_STEPS]
    inside, _ = cv2.intersectConvexConvex(quad.astype(np.float32), frame)
    area = abs(float(cv2.contourArea(quad.astype(np.float32))))
    inside_share = min(1.0, float(inside) / area) if area else 0.0
    low, high = outline.min(axis=0), outline.max(axis=0)
    truncated = bool(low[0] < 0 or low[1] < 0 or high[0] > view.width or high[1] > view.height)
    mask = owner == number if uncovered < 0.999 or truncated else None
    if mask is not None and mask.any():
        # A polygon's raster is half a pixel too wide on each side; the corners say how far the plate can reach at most.
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        seen_low = np.array([columns[0], rows[0]]) / supersample
        seen_high = np.array([columns[-1] + 1, rows[-1] + 1]) / supersample
        low, high = np.maximum(low, seen_low), np.minimum(high, seen_high)
    size = np.array([view.width, view.height], dtype=np.float64)
    low, high = np.clip(low, 0.0, size), np.clip(high, 0.0, size)
    sight = np.asarray(view.position) - plate.corners.mean(axis=0)
    normal = normal_of(plate.corners)
    turn = np.degrees(np.arctan2(sight[0], sight[2]) - np.arctan2(normal[0], normal[2]))
    lift = np.degrees(np.arctan2(sight[1], np.hypot(sight[0], sight[2])))
    return PlateView(
        track_id=plate.track_id,
        facing=plate.facing,
        quad=quad,
        box=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        distance_m=float(np.linalg.norm(sight)),
        angle_h_deg=float((turn + 180.0) % 360.0 - 180.0),
        angle_v_deg=float(lift),
        visible=inside_share * uncovered,
        truncated=truncated,
        kind=plate.kind,
        text=plate.text,
    )


def _outline(view: Pinhole, corners: Floats) -> Floats:
    """Points along a plate's edges in the picture, `_EDGE_STEPS` an edge: a lens bends straight edges."""
    ends = np.roll(corners, -1, axis=0)
    shares = np.arange(_EDGE_STEPS)[None, :, None] / _EDGE_STEPS
    points = (corners[:, None] + shares * (ends - corners)[:, None]).reshape(-1, 3)
    return view.through_lens(view.project(points))
