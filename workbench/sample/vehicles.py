"""Vehicles as solids: a body and a cabin with painted faces, wheels, and a place for a plate front and rear.

A vehicle's own frame: x to its right, y up, z forward, origin on the ground under its middle, metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from workbench.sample import skins
from workbench.sample.pinhole import Floats
from workbench.sample.plates import Plate, random_plate
from workbench.sample.raster import Colour, Picture

PAINTS: tuple[Colour, ...] = (
    (226.0, 226.0, 224.0), (214.0, 216.0, 214.0), (58.0, 54.0, 52.0), (40.0, 38.0, 38.0), (168.0, 166.0, 162.0),
    (128.0, 124.0, 120.0), (150.0, 92.0, 44.0), (52.0, 44.0, 158.0), (96.0, 76.0, 60.0), (90.0, 130.0, 150.0),
    (70.0, 110.0, 70.0), (190.0, 170.0, 120.0),
)  # fmt: skip
_GLASS: Colour = (84.0, 72.0, 60.0)


@dataclass(frozen=True)
class Shape:
    """The measures of a vehicle, metres: length, width, bonnet and belt and roof height, bonnet and boot length."""

    name: str
    length: float
    width: float
    bonnet_y: float
    belt_y: float
    roof_y: float
    bonnet: float
    boot: float
    screen: float = 0.7
    back: float = 0.6
    tall: bool = False
    plate_front_y: float = 0.44
    plate_rear_y: float = 0.78


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("saloon", 4.7, 1.82, 0.76, 0.94, 1.45, 1.25, 0.75),
        Shape("hatch", 4.1, 1.76, 0.78, 0.95, 1.5, 1.0, 0.12, back=0.35, plate_rear_y=0.7),
        Shape("suv", 4.6, 1.88, 0.92, 1.08, 1.7, 1.15, 0.08, back=0.3, plate_front_y=0.52, plate_rear_y=0.86),
        Shape("van", 5.0, 1.95, 1.95, 1.95, 1.97, 0.0, 0.0, tall=True, plate_front_y=0.5, plate_rear_y=0.66),
        Shape("truck", 5.2, 1.9, 2.5, 2.5, 2.52, 0.0, 0.0, tall=True, plate_front_y=0.55, plate_rear_y=0.62),
        Shape("bus", 10.5, 2.45, 3.0, 3.0, 3.02, 0.0, 0.0, tall=True, plate_front_y=0.6, plate_rear_y=0.7),
    )
}
_SHARES = {"saloon": 0.36, "hatch": 0.2, "suv": 0.24, "van": 0.08, "truck": 0.07, "bus": 0.05}


@dataclass(frozen=True)
class Face:
    """One flat face: corners of shape (n, 3) in the vehicle's frame, and a picture if it is a parallelogram."""

    corners: Floats
    colour: Colour
    picture: Picture | None = None

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
    def normals(self) -> Floats:
        """One row a face, shape (n, 3)."""
        rows = []
        for face in self.faces:
            normal = np.cross(face.corners[1] - face.corners[0], face.corners[2] - face.corners[0])
            sign = 1.0 if normal @ (face.centre - self.middle) > 0 else -1.0
            rows.append(sign * normal / np.linalg.norm(normal))
        return np.array(rows)


@dataclass(frozen=True)
class Mount:
    """Where a plate hangs: its middle, the way it faces along z (1 front, −1 rear)."""

    centre: tuple[float, float, float]
    facing: int


@dataclass(frozen=True)
class Vehicle:
    """A vehicle's looks, without a place in the world.

    Attributes:
        shape: its measures.
        solids: convex bodies, each a list of faces; a later one stands on an earlier one.
        mounts: where plates hang.
        plate: the one plate it carries, front and rear.
        taxi: whether it has a lamp on its roof.
    """

    shape: Shape
    solids: tuple[Solid, ...]
    mounts: tuple[Mount, ...]
    plate: Plate
    taxi: bool = False


def random_vehicle(rng: np.random.Generator, *, kinds: tuple[str, ...] = tuple(SHAPES)) -> Vehicle:
    """Draw a vehicle with its paint, lamps and plate."""
    shares = np.array([_SHARES[kind] for kind in kinds])
    shape = SHAPES[kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]]
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    taxi = shape.name == "saloon" and rng.random() < 0.15
    if taxi:
        paint = ((60.0, 130.0, 235.0), (200.0, 200.0, 198.0))[int(rng.integers(2))]
    commercial = taxi or (shape.name in ("truck", "bus") and rng.random() < 0.8)
    solids = _box_solids(shape, paint, rng) if shape.tall else _car_solids(shape, paint, rng)
    half = shape.length / 2
    mounts = (Mount((0.0, shape.plate_front_y, half + 0.02), 1), Mount((0.0, shape.plate_rear_y, -half - 0.02), -1))
    return Vehicle(shape, solids, mounts, random_plate(rng, commercial=commercial), taxi)


def wheels(shape: Shape, flank: int) -> list[tuple[Floats, Colour]]:
    """Tyres and hubs of one flank (1 right, −1 left) as flat discs, corners of shape (n, 3)."""
    radius = 0.33 if not shape.tall else 0.42
    angles = np.linspace(0, 2 * np.pi, 15)[:-1]
    discs: list[tuple[Floats, Colour]] = []
    for z in (0.3 * shape.length, -0.3 * shape.length):
        for share, colour in ((1.0, (26.0, 25.0, 24.0)), (0.6, (150.0, 148.0, 146.0)), (0.18, (60.0, 58.0, 56.0))):
            x = np.full_like(angles, flank * (shape.width / 2 + 0.012))
            disc = [x, radius + share * radius * np.sin(angles), z + share * radius * np.cos(angles)]
            discs.append((np.stack(disc, axis=1), colour))
    return discs


def _quad(points: list[tuple[float, float, float]]) -> Floats:
    return np.array(points, dtype=np.float64)


def _car_solids(shape: Shape, paint: Colour, rng: np.random.Generator) -> tuple[Solid, ...]:
    w, f, r = shape.width / 2, shape.length / 2, -shape.length / 2
    low, nose, belt = 0.2, shape.bonnet_y, shape.belt_y
    screen_z, back_z = f - shape.bonnet, r + shape.boot
    tail = belt - 0.02
    front = _quad([(w, nose, f), (-w, nose, f), (-w, low, f), (w, low, f)])
    rear = _quad([(-w, tail, r), (w, tail, r), (w, low, r), (-w, low, r)])
    body = [
        Face(rear, paint, skins.car_rear(paint, rng)),
        Face(front, paint, skins.car_front(paint, rng)),
        Face(_quad([(-w, tail, r), (-w, belt, back_z), (w, belt, back_z), (w, tail, r)]), paint),
        Face(_quad([(-w, belt, screen_z), (-w, nose, f), (w, nose, f), (w, belt, screen_z)]), paint),
    ]
    for x in (w, -w):
        flank = [(x, low, r), (x, tail, r), (x, belt, back_z), (x, belt, screen_z), (x, nose, f), (x, low, f)]
        body.append(Face(_quad(flank if x > 0 else flank[::-1]), paint))
    wb, wt, roof = w * 0.95, w * 0.76, shape.roof_y
    a, b, c, d = screen_z, screen_z - shape.screen, back_z + shape.back, back_z
    darker: Colour = (paint[0] * 0.82, paint[1] * 0.82, paint[2] * 0.82)
    cabin = [
        Face(_quad([(-wb, belt, d), (-wt, roof, c), (wt, roof, c), (wb, belt, d)]), darker),
        Face(_quad([(wb, belt, a), (wt, roof, b), (-wt, roof, b), (-wb, belt, a)]), darker),
        Face(_quad([(-wt, roof, c), (-wt, roof, b), (wt, roof, b), (wt, roof, c)]), paint),
        Face(_quad([(wb, belt, d), (wt, roof, c), (wt, roof, b), (wb, belt, a)]), darker),
        Face(_quad([(-wb, belt, a), (-wt, roof, b), (-wt, roof, c), (-wb, belt, d)]), darker),
    ]
    panes = [Face(_inset(face.corners, 0.07), _GLASS) for i, face in enumerate(cabin) if i != 2]
    return Solid(tuple(body)), Solid(tuple(cabin + panes))


def _box_solids(shape: Shape, paint: Colour, rng: np.random.Generator) -> tuple[Solid, ...]:
    w, f, r, low, top = shape.width / 2, shape.length / 2, -shape.length / 2, 0.32, shape.roof_y
    bus, truck = shape.name == "bus", shape.name == "truck"
    if not truck:
        flank = skins.side(paint, 7 if bus else 3, advert="1588-2580" if bus and rng.random() < 0.7 else "")
        front, rear = skins.tall_front(paint, rng, bus=bus), skins.tall_rear(paint, rng, glass=True)
        return (_box(w, r, f, low, top, paint, front, rear, flank),)
    load: Colour = ((205.0, 205.0, 203.0), (150.0, 110.0, 60.0), (80.0, 120.0, 80.0))[int(rng.integers(3))]
    split = f - 1.5
    cab = skins.tall_front(paint, rng, bus=False)
    hold = skins.tall_rear(load, rng, glass=False)
    return (
        _box(w, r, split, 0.45, top, load, hold, hold, skins.side(load, 0, advert="02-713-8254")),
        _box(w * 0.96, split + 0.02, f, low, 2.0, paint, cab, cab, skins.side(paint, 1)),
    )


def _box(
    w: float, r: float, f: float, low: float, top: float, paint: Colour, front: Picture, rear: Picture, flank: Picture
) -> Solid:
    faces = (
        Face(_quad([(-w, top, r), (w, top, r), (w, low, r), (-w, low, r)]), paint, rear),
        Face(_quad([(w, top, f), (-w, top, f), (-w, low, f), (w, low, f)]), paint, front),
        Face(_quad([(w, top, r), (w, top, f), (w, low, f), (w, low, r)]), paint, flank),
        Face(_quad([(-w, top, f), (-w, top, r), (-w, low, r), (-w, low, f)]), paint, flank),
        Face(_quad([(-w, top, r), (-w, top, f), (w, top, f), (w, top, r)]), paint),
    )
    return Solid(faces)


def _inset(corners: Floats, share: float) -> Floats:
    middle = corners.mean(axis=0)
    # A hair outwards, so that the pane is drawn in front of its frame.
    moved: Floats = corners + 2 * share * (middle - corners)
    return moved


def placed(points: npt.ArrayLike, position: tuple[float, float], heading: float) -> Floats:
    """Points of shape (n, 3) in a vehicle's frame, in the world's frame; heading 0 looks along z, π at the viewer."""
    cos, sin = np.cos(heading), np.sin(heading)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    turned = np.asarray(points, dtype=np.float64).reshape(-1, 3) @ turn.T
    return np.asarray(turned + np.array([position[0], 0.0, position[1]]), dtype=np.float64)
