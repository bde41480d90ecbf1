"""Drawing a vehicle in its place: shadow, tyres, the faces that look at the camera, lamps and their glare."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.pinhole import Floats
from workbench.street.draw.raster import Canvas, Colour
from workbench.street.scene.light import Light
from workbench.street.scene.weather import beam_gain
from workbench.street.vehicles.solids import Solid, placed
from workbench.street.vehicles.vehicle_kinds import Vehicle
from workbench.street.vehicles.vehicle_shapes import Shape

_NEAR_PX = 70.0
Place = tuple[float, float]


def draw_vehicle(
    canvas: Canvas,
    vehicle: Vehicle,
    place: Place,
    heading: float,
    light: Light,
    *,
    shadow: bool = True,
    coarse: bool = False,
) -> None:
    """Draw a vehicle without its plates; `coarse` takes the fewer faces of far away."""
    shape = vehicle.shape
    eye = placed(np.asarray(canvas.view.position) - [place[0], 0.0, place[1]], (0.0, 0.0), -heading)[0]
    sun = placed(light.sun_from, (0.0, 0.0), -heading)[0]
    away = float(np.linalg.norm(eye))
    if shadow:
        _shadows(canvas, shape, place, heading, sun, light)
    if shape.name != "motorcycle":
        _tyres(canvas, shape, place, heading)
    small = canvas.view.focal * shape.width / max(away, 1.0) < _NEAR_PX
    solids = list(vehicle.distant if coarse or small else vehicle.solids)
    if shape.name == "motorcycle":
        # Of its two flat pictures the one that is seen more squarely.
        solids = solids[:1] if shows_side(eye) else solids[1:]
    elif shape.name == "truck":
        solids.sort(key=lambda solid: -float(np.linalg.norm(solid.middle - eye)))
    elif not coarse and not small:
        body = 1 if shape.tall else 2
        mirrors = solids[body:]
        solids = [
            *(m for m in mirrors if _behind(m, eye)), *solids[:body], *(m for m in mirrors if not _behind(m, eye))
        ]  # fmt: skip
    beam = 0.6 * beam_gain(away, light)
    for solid in solids:
        _draw_solid(canvas, solid, place, heading, eye, sun, light, beam)
    if vehicle.taxi:
        _taxi_lamp(canvas, shape, place, heading, eye, light)


def shows_side(eye: Floats) -> bool:
    """Whether a motorcycle is shown from its side to a camera at `eye`, shape (3,), in its own frame."""
    return bool(abs(eye[0]) > 1.2 * abs(eye[2]))


def _behind(solid: Solid, eye: Floats) -> bool:
    """Whether a mirror is hidden by the cabin where they overlap: it lies on the far side, or the camera is behind."""
    far_side = solid.middle[0] * eye[0] < 0 and abs(eye[0]) > 1.3
    return bool(far_side or (eye[2] < solid.middle[2] and abs(eye[0]) < 1.3))


def _draw_solid(
    canvas: Canvas, solid: Solid, place: Place, heading: float, eye: Floats, sun: Floats, light: Light, beam: float
) -> None:
    to_eye = eye - solid.centres
    facing = (solid.normals * to_eye).sum(axis=1) / np.linalg.norm(to_eye, axis=1)
    lit = np.maximum(0.0, solid.normals @ sun)
    # What looks up mirrors more of the sky than what looks down the street.
    gains = light.ambient * (0.9 + 0.16 * solid.normals[:, 1]) + light.sun * lit + beam * np.maximum(facing, 0.0)
    turned = np.split(placed(solid.corners, place, heading), solid.ends)
    for face, corners, towards, gain in zip(solid.faces, turned, facing, gains, strict=True):
        if towards <= 0:
            continue
        if face.picture is not None:
            canvas.patch(face.picture, corners, min(float(gain), 1.5))
        else:
            b, g, r = (min(c * float(gain), 255.0) for c in face.colour)
            canvas.polygon(corners, (b, g, r))


def _shadows(canvas: Canvas, shape: Shape, place: Place, heading: float, sun: Floats, light: Light) -> None:
    half_l, half_w = shape.length / 2, shape.width / 2
    box = [(x, 0.01, z) for x, z in ((-half_w, -half_l), (-half_w, half_l), (half_w, half_l), (half_w, -half_l))]
    if light.sun > 0.2:
        # The roof's shadow, joined to the body's: the outline of both on the ground.
        reach = shape.roof_y / max(float(sun[1]), 0.25)
        shift = np.array([-sun[0], 0.0, -sun[2]]) * reach
        inner = np.array(box) * [0.85, 1.0, 0.7]
        points = np.concatenate([np.array(box), inner + shift])[:, [0, 2]].astype(np.float32)
        outline = cv2.convexHull(points)[:, 0]
        ring = np.stack([outline[:, 0], np.full(len(outline), 0.01), outline[:, 1]], axis=1)
        canvas.shadow(placed(ring, place, heading), 0.42, soft_m=0.15)
    canvas.shadow(placed(np.array(box) * [0.96, 1.0, 0.98], place, heading), 0.72, soft_m=0.22)


def _tyres(canvas: Canvas, shape: Shape, place: Place, heading: float) -> None:
    """What shows under the bumpers: tyres, and the dark below."""
    half_w = shape.width / 2
    low = 0.34 if not shape.tall else 0.5
    for z in shape.wheel_z:
        for x0, x1 in ((-half_w + 0.04, -half_w + 0.26), (half_w - 0.26, half_w - 0.04)):
            tyre = [(x0, 0.0, z), (x0, low, z), (x1, low, z), (x1, 0.0, z)]
            canvas.polygon(placed(tyre, place, heading), (20.0, 19.0, 18.0))


def _taxi_lamp(canvas: Canvas, shape: Shape, place: Place, heading: float, eye: Floats, light: Light) -> None:
    top = shape.roof_y + 0.03
    colour: Colour = (90.0, 200.0, 245.0)
    gain = min(1.0, light.ambient + light.sun + light.windows)
    for half, height, z, tone in ((0.36, 0.2, 0.0, 0.7), (0.33, 0.17, -0.02 * np.sign(eye[2]), 1.0)):
        lamp = [(-half, top, z), (-half + 0.06, top + height, z), (half - 0.06, top + height, z), (half, top, z)]
        b, g, r = (c * gain * tone for c in colour)
        canvas.polygon(placed(lamp, place, heading), (b, g, r))
    # A dark bar stands for its lettering.
    way = 0.02 * float(np.sign(eye[2]))
    bar = [(-0.2, top + 0.06, way), (-0.2, top + 0.12, way), (0.2, top + 0.12, way), (0.2, top + 0.06, way)]
    canvas.polygon(placed(bar, place, heading), (60.0 * gain, 50.0 * gain, 50.0 * gain))


def draw_lamps(canvas: Canvas, vehicle: Vehicle, place: Place, heading: float, light: Light, *, moving: bool) -> None:
    """Add the glow of head- and tail-lamps of a moving vehicle, and the glare of those that look at the camera."""
    if light.lamps <= 0 or not moving:
        return
    shape = vehicle.shape
    half_l, half_w = shape.length / 2, shape.width / 2 - 0.26
    front_y, rear_y = shape.plate_front_y + 0.18, shape.plate_rear_y + (0.02 if shape.tall else 0.06)
    sides = (0.0,) if shape.name == "motorcycle" else (-half_w, half_w)
    eye = np.asarray(canvas.view.position)
    lamps = (
        (half_l, front_y + (0.2 if shape.name == "motorcycle" else 0.0), (0.9, 0.97, 1.0), light.lamps),
        (-half_l, rear_y, (0.1, 0.12, 1.0), 0.6 * light.lamps),
    )
    for z, y, colour, strength in lamps:
        ahead = placed([(0.0, 0.0, np.sign(z))], (0.0, 0.0), heading)[0]
        for x in sides:
            point = placed([(x, y, z)], place, heading)[0]
            facing = float(ahead @ (eye - point) / np.linalg.norm(eye - point))
            if facing <= 0.1:
                continue
            canvas.glow(point, 0.11, colour, 1.4 * strength * facing)
            canvas.glow(point, 0.38, colour, 0.3 * strength * facing)
            if z > 0 and light.windows >= 0.5:
                # Oncoming headlights glare: the nearer to their axis, the more.
                canvas.glow(point, 1.1, colour, 0.3 * strength * facing**8)
