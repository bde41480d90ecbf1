"""What else a picture of the street shows: vehicles and wheels, for a detector that knows streets but no plates."""

from __future__ import annotations

import numpy as np

from workbench.model.geometry import Boxes, as_boxes, clip
from workbench.street.draw.pinhole import NEAR_M, Floats, Pinhole
from workbench.street.scene.scene import Scene
from workbench.street.vehicles.actors import Actor
from workbench.street.vehicles.solids import placed
from workbench.street.vehicles.vehicle_shapes import wheels
from workbench.street.vehicles.vehicle_view import shows_side

CLASSES = ("car", "van", "truck", "bus", "wheel", "motorcycle")
_CLASS_OF = {
    "saloon": "car", "hatch": "car", "suv": "car", "van": "van", "truck": "truck", "bus": "bus",
    "motorcycle": "motorcycle",
}  # fmt: skip
_LEAST_PX = 6.0
_MOST_HIDDEN = 0.7


def visible_parts(scene: Scene, view: Pinhole) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Class and box (xmin, ymin, xmax, ymax in pixels, cut at the picture's edge) of each vehicle and wheel.

    A vehicle that nearer ones hide by more than 70 % of its box is left out with its wheels; a wheel shows on the flank
    that looks at the camera.
    """
    eye = np.asarray(view.position)
    near: list[Boxes] = []
    found: list[tuple[str, tuple[float, float, float, float]]] = []
    for actor in sorted(scene.actors, key=lambda a: float(np.hypot(a.x - eye[0], a.z - eye[2]))):
        corners = np.concatenate([face.corners for solid in actor.vehicle.solids for face in solid.faces])
        body = _box(view, placed(corners, (actor.x, actor.z), actor.heading))
        if body is None:
            continue
        hidden = _hidden_share(body, near)
        near.append(body)
        if hidden > _MOST_HIDDEN:
            continue
        found.append((_CLASS_OF[actor.vehicle.shape.name], _plain(body)))
        if hidden == 0.0:
            found += [("wheel", _plain(box)) for box in _wheels(actor, view, eye)]
    return found


def _wheels(actor: Actor, view: Pinhole, eye: Floats) -> list[Boxes]:
    shape = actor.vehicle.shape
    local_eye = placed(eye - [actor.x, 0.0, actor.z], (0.0, 0.0), -actor.heading)[0]
    if abs(local_eye[0]) <= shape.width / 2 or (shape.name == "motorcycle" and not shows_side(local_eye)):
        return []
    flank = 1 if local_eye[0] > 0 else -1
    boxes = (_box(view, placed(disc, (actor.x, actor.z), actor.heading)) for disc, _ in wheels(shape, flank))
    return [box for box in boxes if box is not None]


def _box(view: Pinhole, points: Floats) -> Boxes | None:
    camera = view.to_camera(points)
    if not (camera[:, 2] > NEAR_M).all():
        return None
    pixels = view.to_pixels(camera)
    box = as_boxes([*pixels.min(axis=0), *pixels.max(axis=0)])
    inside = clip(box, view.width, view.height)
    size = inside[0, 2:] - inside[0, :2]
    return inside if (size >= _LEAST_PX).all() else None


def _hidden_share(box: Boxes, nearer: list[Boxes]) -> float:
    if not nearer:
        return 0.0
    others = np.concatenate(nearer)
    sides = np.clip(np.minimum(box[:, 2:], others[:, 2:]) - np.maximum(box[:, :2], others[:, :2]), 0.0, None)
    return float((sides[:, 0] * sides[:, 1]).max() / np.prod(box[0, 2:] - box[0, :2]))


def _plain(box: Boxes) -> tuple[float, float, float, float]:
    xmin, ymin, xmax, ymax = (round(float(v), 2) for v in box[0])
    return xmin, ymin, xmax, ymax
