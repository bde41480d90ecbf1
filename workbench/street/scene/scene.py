"""A scene: a street, the vehicles on it and the light; and what its picture shows of every plate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from workbench.street.draw.pinhole import Pinhole
from workbench.street.draw.raster import Canvas, Picture
from workbench.street.plates.plate_truth import LEAST_VISIBLE, Hung, PlateView, measure, readable, shade_of
from workbench.street.scene import weather
from workbench.street.scene.ground import Pool, crossing, draw_ground
from workbench.street.scene.houses import Prop, Street, draw_houses, draw_prop, draw_sky
from workbench.street.scene.light import Light
from workbench.street.vehicles.actors import Actor, plate_corners
from workbench.street.vehicles.vehicle_kinds import Mount
from workbench.street.vehicles.vehicle_view import draw_lamps, draw_vehicle

SUPERSAMPLE = 2
_FAR_M = 130.0
# A vehicle's number and which of its plates.
PlateKey = tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """All there is to draw.

    Attributes:
        street: what does not move.
        actors: vehicles.
        light: time and weather.
        props: what else stands about.
        moment: tells apart what changes from one picture to the next, like rain.
        behind_glass: whether the camera looks through a windscreen.
    """

    street: Street
    actors: tuple[Actor, ...]
    light: Light
    props: tuple[Prop, ...] = ()
    moment: int = 0
    behind_glass: bool = False


@dataclass(frozen=True)
class Rendered:
    """A picture without a sensor's faults, and its plates.

    Attributes:
        picture: shape (height, width, 3), B, G, R.
        plates: what it shows of each.
        owner: the number in `plates`, from 1, of the plate that a pixel belongs to, or 0; `supersample` times as wide
            and high as the picture.
    """

    picture: Picture
    plates: tuple[PlateView, ...]
    owner: Picture = field(repr=False)


def render(
    scene: Scene,
    view: Pinhole,
    *,
    least_px: float = 10.0,
    supersample: int = SUPERSAMPLE,
    instants: Sequence[tuple[Scene, Pinhole]] = (),
) -> Rendered:
    """Draw a scene.

    A plate narrower than `least_px`, or hidden to more than three quarters, is left off its vehicle: nobody could say
    what it is, and a visible plate without a box would make the truth wrong.

    Args:
        scene: what there is.
        view: from where.
        least_px: width of the smallest plate.
        supersample: how many times as wide and high as the picture it is drawn.
        instants: the scene and the camera at other moments while the shutter is open. The picture is the mean of all;
            truth is that of `scene` and `view`.
    """
    hidden: set[PlateKey] = set()
    fine = view.scaled(supersample)
    mirror = _mirrored(scene, fine) if scene.light.wet > 0 else None
    while True:
        canvas, hung = _draw(scene, view, fine, mirror, least_px, without=hidden)
        owner = _through_lens(canvas.owner, fine, cv2.INTER_NEAREST)
        left = [canvas.count(number, item.corners) for number, item in enumerate(hung, start=1)]
        views = [
            measure(owner, view, number, item, left[number - 1] / item.pixels if item.pixels else 0.0)
            for number, item in enumerate(hung, start=1)
        ]
        too_few = {(v.track_id, v.facing) for v in views if v.visible < LEAST_VISIBLE}
        if not too_few:
            break
        hidden |= too_few
    colour = _through_lens(canvas.colour, fine, cv2.INTER_LINEAR)
    picture = np.asarray(cv2.resize(colour, (view.width, view.height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if instants:
        shown = {(item.track_id, item.facing) for item in hung}
        picture = _mean_of(picture, instants, mirror, shown)
    picture = weather.between(picture, view, scene.light, moment=scene.moment, behind_glass=scene.behind_glass)
    return Rendered(picture, tuple(views), owner)


def _mean_of(
    picture: Picture, instants: Sequence[tuple[Scene, Pinhole]], mirror: Picture | None, shown: set[PlateKey]
) -> Picture:
    """The mean of a picture and of others that show the same plates."""
    total = picture.astype(np.float32)
    small = None if mirror is None else np.asarray(cv2.resize(mirror, None, fx=0.5, fy=0.5), dtype=np.uint8)
    for scene, view in instants:
        canvas, _ = _draw(scene, view, view, small, 0.0, only=shown, coarse=True)
        cv2.accumulate(_through_lens(canvas.colour, view, cv2.INTER_LINEAR), total)
    return np.asarray(np.round(total / (1 + len(instants))), dtype=np.uint8)


def _through_lens(picture: Picture, view: Pinhole, way: int) -> Picture:
    if view.bend == 0.0:
        return picture
    return np.asarray(cv2.remap(picture, *view.lens_maps(), way), dtype=np.uint8)


def _draw(
    scene: Scene, view: Pinhole, fine: Pinhole, mirror: Picture | None, least_px: float, *,
    without: Collection[PlateKey] = (), only: Collection[PlateKey] | None = None, coarse: bool = False,
) -> tuple[Canvas, list[Hung]]:  # fmt: skip
    canvas, light, street = Canvas(fine, scene.light.air), scene.light, scene.street
    draw_sky(canvas, street, light)
    draw_ground(canvas, street.tile, street.half_width, light=light, pools=_pools(scene, view), mirror=mirror)
    for z in street.crossings:
        if view.sees((0.0, 0.0, z), 12.0) and z > view.position[2] - 2.0:
            for corners, colour in crossing(street.half_width, z):
                b, g, r = (c * light.ground for c in colour)
                canvas.polygon(corners, (b, g, r))
    draw_houses(canvas, street)
    hung: list[Hung] = []
    for _, thing in _far_to_near(scene, view):
        if isinstance(thing, Prop):
            draw_prop(canvas, thing, light)
            continue
        draw_vehicle(canvas, thing.vehicle, (thing.x, thing.z), thing.heading, light, coarse=coarse)
        wanted = [
            mount
            for mount, key in ((m, (thing.track_id, m.facing)) for m in thing.vehicle.mounts)
            if key not in without and (only is None or key in only)
        ]
        hung += _hang_plates(canvas, view, thing, wanted, light, least_px, len(hung))
        draw_lamps(canvas, thing.vehicle, (thing.x, thing.z), thing.heading, light, moving=thing.speed > 0)
    return canvas, hung


def _far_to_near(scene: Scene, view: Pinhole) -> Iterable[tuple[float, Actor | Prop]]:
    things: list[tuple[float, Actor | Prop]] = []
    everything: list[Actor | Prop] = [*scene.actors, *scene.street.props, *scene.props]
    for thing in everything:
        if isinstance(thing, Actor):
            # A lamp beside the middle of a bus stands behind the bus's face: what is nearest of a vehicle counts.
            away, radius = thing.away(view.position[0], view.position[2]), thing.vehicle.shape.length
        else:
            away, radius = float(np.hypot(thing.x - view.position[0], thing.z - view.position[2])), 3.0
        if away < _FAR_M and view.sees((thing.x, 0.5, thing.z), radius):
            things.append((away, thing))
    return sorted(things, key=lambda pair: -pair[0])


def _hang_plates(
    canvas: Canvas, view: Pinhole, actor: Actor, mounts: list[Mount], light: Light, least_px: float, before: int
) -> list[Hung]:
    hung: list[Hung] = []
    vehicle = actor.vehicle
    for mount in mounts:
        corners = plate_corners(actor, mount)
        if not readable(view, corners, least_px):
            continue
        owner = before + len(hung) + 1
        if vehicle.frame > 0:
            canvas.polygon(
                plate_corners(actor, mount, grown=vehicle.frame * vehicle.plate.kind.size_m[1]), (34.0, 32.0, 32.0)
            )
        beam = weather.beam_gain(canvas.distance(corners), light)
        canvas.patch(vehicle.sheet, corners, min(1.6, shade_of(corners, light) * light.plate_gain + beam), owner=owner)
        pixels = canvas.count(owner, corners)
        hung.append(Hung(actor.track_id, mount.facing, vehicle.plate.kind.name, vehicle.plate.text, corners, pixels))
    return hung


def _pools(scene: Scene, view: Pinhole) -> list[Pool]:
    """Light on the ground: of street lamps, of oncoming headlights and of the camera car's own."""
    light, pools = scene.light, list[Pool]()
    if light.windows < 0.5:
        return pools
    for prop in scene.street.props:
        if prop.kind == "lamp" and abs(prop.z - view.position[2]) < 70:
            pools.append(Pool(prop.x - float(np.sign(prop.x)) * 1.1, prop.z, 3.2, 4.0, 1.7 * light.windows))
    for actor in scene.actors:
        if actor.speed > 0 and abs(actor.z - view.position[2]) < 60:
            way = float(np.cos(actor.heading))
            pools.append(
                Pool(actor.x, actor.z + way * (actor.vehicle.shape.length / 2 + 5.0), 1.6, 3.5, 2.4 * light.beam)
            )
    if light.beam > 0:
        x, _, z = view.position
        pools += [Pool(x, z + 10.0, 2.0, 4.0, 3.2 * light.beam), Pool(x, z + 24.0, 3.5, 13.0, 2.4 * light.beam)]
    return pools


def _mirrored(scene: Scene, fine: Pinhole) -> Picture:
    """What wet ground mirrors: the world as a camera below the ground sees it, upside down, half as wide and high."""
    x, y, z = fine.position
    below = replace(
        fine, width=fine.width // 2, height=fine.height // 2, focal=fine.focal / 2, position=(x, -y, z),
        pitch=-fine.pitch, roll=-fine.roll, bend=0.0,
    )  # fmt: skip
    canvas, light = Canvas(below, scene.light.air), scene.light
    draw_sky(canvas, scene.street, light)
    draw_houses(canvas, scene.street)
    for _, thing in _far_to_near(scene, below):
        if isinstance(thing, Prop):
            draw_prop(canvas, thing, light)
        else:
            place = (thing.x, thing.z)
            draw_vehicle(canvas, thing.vehicle, place, thing.heading, light, shadow=False, coarse=True)
            draw_lamps(canvas, thing.vehicle, place, thing.heading, light, moving=thing.speed > 0)
    # Ripples draw what is mirrored out towards the viewer.
    return np.asarray(cv2.blur(canvas.colour[::-1], (3, max(3, below.height // 18))), dtype=np.uint8)
