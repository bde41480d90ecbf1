"""A scene: a street, the vehicles on it and the light; and what its picture shows of every plate.

Truth is not guessed: a plate's box comes from its projected corners, and from its own pixels where something stands
before it or the picture's edge cuts it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.sample.light import Light
from workbench.sample.pinhole import NEAR_M, Floats, Pinhole
from workbench.sample.plates import plate_picture
from workbench.sample.raster import Canvas, Picture
from workbench.sample.street import Prop, Street, draw_ground, draw_houses, draw_prop
from workbench.sample.vehicles import Mount, Vehicle, placed, wheels

SUPERSAMPLE = 2
LEAST_VISIBLE = 0.25
_STEEPEST_COS = 0.24


@dataclass(frozen=True)
class Actor:
    """A vehicle in its place.

    Attributes:
        vehicle: its looks.
        x: its middle, metres from the middle of the road.
        z: its middle, metres along the road.
        heading: radians; 0 looks along z (we see its rear), π comes towards us.
        speed: metres a second along its heading.
        track_id: its number in a clip, from 1.
    """

    vehicle: Vehicle
    x: float
    z: float
    heading: float
    speed: float = 0.0
    track_id: int = 1

    def later(self, seconds: float) -> Actor:
        """The same vehicle so many seconds later."""
        step = self.speed * seconds
        x, z = self.x + step * float(np.sin(self.heading)), self.z + step * float(np.cos(self.heading))
        return Actor(self.vehicle, x, z, self.heading, self.speed, self.track_id)


@dataclass(frozen=True)
class Scene:
    """All there is to draw."""

    street: Street
    actors: tuple[Actor, ...]
    light: Light
    props: tuple[Prop, ...] = ()


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
class Rendered:
    """A picture without a sensor's faults, the plates in it, and each pixel's owner at `supersample` times its size."""

    picture: Picture
    plates: tuple[PlateView, ...]
    owner: Picture


def render(scene: Scene, view: Pinhole, *, least_px: float = 10.0, supersample: int = SUPERSAMPLE) -> Rendered:
    """Draw a scene.

    A plate narrower than `least_px`, or hidden to more than three quarters, is left off its vehicle: nobody could say
    what it is, and a visible plate without a box would make the truth wrong.
    """
    hidden: frozenset[tuple[int, int]] = frozenset()
    while True:
        canvas, drawn = _draw(scene, view, least_px, hidden, supersample)
        views = [_measure(canvas, view, item, supersample) for item in drawn]
        too_few = {(v.track_id, v.facing) for v in views if v.visible < LEAST_VISIBLE}
        if not too_few:
            small = cv2.resize(canvas.colour, (view.width, view.height), interpolation=cv2.INTER_AREA)
            return Rendered(np.asarray(small, dtype=np.uint8), tuple(views), canvas.owner)
        hidden = hidden | too_few


@dataclass(frozen=True)
class _Drawn:
    owner: int
    actor: Actor
    mount: Mount
    corners: Floats
    pixels: int


def _draw(
    scene: Scene, view: Pinhole, least_px: float, hidden: frozenset[tuple[int, int]], supersample: int
) -> tuple[Canvas, list[_Drawn]]:
    canvas = Canvas(view.scaled(supersample), scene.light.air)
    ground = scene.light.ground
    draw_ground(canvas, scene.street, sky=scene.light.sky, light=ground)
    draw_houses(canvas, scene.street, ground)
    eye = np.asarray(view.position)
    things: list[tuple[float, Actor | Prop]] = []
    everything: list[Actor | Prop] = [*scene.actors, *scene.street.props, *scene.props]
    for thing in everything:
        away = float(np.hypot(thing.x - eye[0], thing.z - eye[2]))
        radius = thing.vehicle.shape.length if isinstance(thing, Actor) else 3.0
        if away < 130.0 and view.sees((thing.x, 0.5, thing.z), radius):
            things.append((away, thing))
    drawn: list[_Drawn] = []
    for _, thing in sorted(things, key=lambda pair: -pair[0]):
        if isinstance(thing, Prop):
            draw_prop(canvas, thing, ground)
            continue
        _draw_vehicle(canvas, thing, scene.light)
        for mount in thing.vehicle.mounts:
            if (thing.track_id, mount.facing) in hidden:
                continue
            corners = plate_corners(thing, mount)
            if _readable(view, corners, least_px):
                owner = len(drawn) + 1
                start, across, along = corners[0], corners[1] - corners[0], corners[3] - corners[0]
                gain = min(1.6, _shade(corners, scene.light) * scene.light.plate_gain)
                canvas.texture(plate_picture(thing.vehicle.plate), start, across, along, gain=gain, owner=owner)
                drawn.append(_Drawn(owner, thing, mount, corners, int((canvas.owner == owner).sum())))
        _draw_lamps(canvas, thing, scene.light)
    return canvas, drawn


def plate_corners(actor: Actor, mount: Mount) -> Floats:
    """The world corners of the plate on a mount, shape (4, 3), from its own top left clockwise."""
    half_w, half_h = (size / 2 for size in actor.vehicle.plate.kind.size_m)
    x, y, z = mount.centre
    left = x + mount.facing * half_w
    right = x - mount.facing * half_w
    local = [(left, y + half_h, z), (right, y + half_h, z), (right, y - half_h, z), (left, y - half_h, z)]
    return placed(local, (actor.x, actor.z), actor.heading)


def _readable(view: Pinhole, corners: Floats, least_px: float) -> bool:
    camera = view.to_camera(corners)
    if camera[:, 2].min() < NEAR_M:
        return False
    normal = _normal(corners)
    sight = np.asarray(view.position) - corners.mean(axis=0)
    if float(normal @ sight / np.linalg.norm(sight)) < _STEEPEST_COS:
        return False
    quad = view.to_pixels(camera)
    low, high = quad.min(axis=0), quad.max(axis=0)
    outside = high[0] <= 2 or high[1] <= 2 or low[0] >= view.width - 2 or low[1] >= view.height - 2
    return bool(not outside and high[0] - low[0] >= least_px and high[1] - low[1] >= 4.0)


def _normal(corners: Floats) -> Floats:
    normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
    unit: Floats = normal / np.linalg.norm(normal)
    return unit


def _measure(canvas: Canvas, view: Pinhole, item: _Drawn, supersample: int) -> PlateView:
    quad = view.project(item.corners)
    mask = canvas.owner == item.owner
    left = int(mask.sum())
    frame = np.array([[0, 0], [view.width, 0], [view.width, view.height], [0, view.height]], dtype=np.float32)
    inside, _ = cv2.intersectConvexConvex(quad.astype(np.float32), frame)
    area = abs(float(cv2.contourArea(quad.astype(np.float32))))
    inside_share = min(1.0, float(inside) / area) if area else 0.0
    uncovered = left / item.pixels if item.pixels else 0.0
    low, high = quad.min(axis=0), quad.max(axis=0)
    truncated = bool(low[0] < 0 or low[1] < 0 or high[0] > view.width or high[1] > view.height)
    if left and (uncovered < 0.999 or truncated):
        # A polygon's raster is half a pixel too wide on each side; the corners say how far the plate can reach at most.
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        seen_low = np.array([columns[0], rows[0]]) / supersample
        seen_high = np.array([columns[-1] + 1, rows[-1] + 1]) / supersample
        low, high = np.maximum(low, seen_low), np.minimum(high, seen_high)
    size = np.array([view.width, view.height], dtype=np.float64)
    low, high = np.clip(low, 0.0, size), np.clip(high, 0.0, size)
    sight = np.asarray(view.position) - item.corners.mean(axis=0)
    normal = _normal(item.corners)
    turn = np.degrees(np.arctan2(sight[0], sight[2]) - np.arctan2(normal[0], normal[2]))
    lift = np.degrees(np.arctan2(sight[1], np.hypot(sight[0], sight[2])))
    return PlateView(
        track_id=item.actor.track_id,
        facing=item.mount.facing,
        quad=quad,
        box=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        distance_m=float(np.linalg.norm(sight)),
        angle_h_deg=float((turn + 180.0) % 360.0 - 180.0),
        angle_v_deg=float(lift),
        visible=inside_share * uncovered,
        truncated=truncated,
        kind=item.actor.vehicle.plate.kind.name,
        text=item.actor.vehicle.plate.text,
    )


def _shade(corners: Floats, light: Light) -> float:
    """How bright a plate is: ambient light, and the sun where the plate looks at it (Lambert's law)."""
    return light.ambient + light.sun * max(0.0, float(_normal(corners) @ np.asarray(light.sun_from)))


def _draw_vehicle(canvas: Canvas, actor: Actor, light: Light) -> None:
    vehicle, place = actor.vehicle, (actor.x, actor.z)
    eye = np.asarray(canvas.view.position)
    half_l, half_w = vehicle.shape.length / 2 + 0.15, vehicle.shape.width / 2 + 0.15
    footprint = [(-half_w, 0.01, -half_l), (-half_w, 0.01, half_l), (half_w, 0.01, half_l), (half_w, 0.01, -half_l)]
    canvas.shadow(placed(footprint, place, actor.heading), 0.62)
    # What shows under the bumpers: tyres and the dark below.
    for z in (-half_l + 0.3, half_l - 0.3):
        for x0, x1 in ((-half_w + 0.2, -half_w + 0.45), (half_w - 0.45, half_w - 0.2)):
            tyre = [(x0, 0.0, z), (x0, 0.35, z), (x1, 0.35, z), (x1, 0.0, z)]
            canvas.polygon(placed(tyre, place, actor.heading), (24.0, 23.0, 22.0))
    local_eye = placed(eye - [actor.x, 0.0, actor.z], (0.0, 0.0), -actor.heading)[0]
    local_sun = placed(light.sun_from, (0.0, 0.0), -actor.heading)[0]
    solids = list(vehicle.solids)
    if vehicle.shape.name == "truck":
        solids.sort(key=lambda solid: -float(np.linalg.norm(solid.middle - local_eye)))
    for number, solid in enumerate(solids):
        for face, normal in zip(solid.faces, solid.normals, strict=True):
            if normal @ (local_eye - face.centre) <= 0:
                continue
            corners = placed(face.corners, place, actor.heading)
            gain = light.ambient + light.sun * max(0.0, float(normal @ local_sun))
            if face.picture is not None:
                canvas.texture(face.picture, corners[0], corners[1] - corners[0], corners[3] - corners[0], gain=gain)
            else:
                b, g, r = face.colour
                canvas.polygon(corners, (min(b * gain, 255.0), min(g * gain, 255.0), min(r * gain, 255.0)))
        if (number == 0 or vehicle.shape.name == "truck") and abs(local_eye[0]) > vehicle.shape.width / 2:
            tone = light.ambient + 0.5 * light.sun
            for disc, colour in wheels(vehicle.shape, 1 if local_eye[0] > 0 else -1):
                tinted = (colour[0] * tone, colour[1] * tone, colour[2] * tone)
                canvas.polygon(placed(disc, place, actor.heading), tinted)
    if vehicle.taxi:
        top = vehicle.shape.roof_y
        lamp = [(-0.3, top, -0.2), (-0.22, top + 0.18, -0.2), (0.22, top + 0.18, -0.2), (0.3, top, -0.2)]
        canvas.polygon(placed(lamp, place, actor.heading), (120.0, 220.0, 250.0))


def _draw_lamps(canvas: Canvas, actor: Actor, light: Light) -> None:
    if light.lamps <= 0 or actor.speed <= 0:
        return
    half_l, half_w = actor.vehicle.shape.length / 2, actor.vehicle.shape.width / 2 - 0.28
    eye = np.asarray(canvas.view.position)
    for z, colour, strength in ((half_l, (0.9, 0.97, 1.0), light.lamps), (-half_l, (0.1, 0.1, 1.0), 0.5 * light.lamps)):
        for x in (-half_w, half_w):
            point = placed([(x, 0.68, z)], (actor.x, actor.z), actor.heading)[0]
            ahead = placed([(0.0, 0.0, np.sign(z))], (0.0, 0.0), actor.heading)[0]
            facing = float(ahead @ (eye - point) / np.linalg.norm(eye - point))
            if facing > 0.1:
                canvas.glow(point, 0.16, colour, strength * facing)
                canvas.glow(point, 0.5, colour, 0.25 * strength * facing)
