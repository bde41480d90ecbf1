"""Vehicles: which kinds there are, how often, in what paint, and where their plates hang."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.street.draw.raster import Colour, Picture, halved
from workbench.street.plates.korean_plates import Plate, plate_picture, random_plate
from workbench.street.scene import props
from workbench.street.vehicles.bodies import Bodies, car_bodies, tall_bodies
from workbench.street.vehicles.solids import Solid, quad
from workbench.street.vehicles.vehicle_shapes import SHAPES, Shape

PAINTS: tuple[Colour, ...] = (
    (226.0, 226.0, 224.0), (214.0, 216.0, 214.0), (58.0, 54.0, 52.0), (40.0, 38.0, 38.0), (168.0, 166.0, 162.0),
    (128.0, 124.0, 120.0), (150.0, 92.0, 44.0), (52.0, 44.0, 158.0), (96.0, 76.0, 60.0), (90.0, 130.0, 150.0),
    (70.0, 110.0, 70.0), (190.0, 170.0, 120.0),
)  # fmt: skip
# White, silver, grey and black are what people drive; the rest is rare.
_PAINT_SHARES = (0.2, 0.1, 0.1, 0.17, 0.13, 0.1, 0.06, 0.06, 0.03, 0.02, 0.015, 0.015)
_BUS_PAINTS: tuple[Colour, ...] = (
    (196.0, 120.0, 30.0),
    (90.0, 150.0, 40.0),
    (50.0, 60.0, 200.0),
    (214.0, 216.0, 214.0),
)
_SHARES = {"saloon": 0.33, "hatch": 0.19, "suv": 0.23, "van": 0.08, "truck": 0.07, "bus": 0.05, "motorcycle": 0.05}


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
        distant: the same with fewer faces, for far away.
        mounts: where plates hang.
        plate: the one plate it carries, front and rear.
        sheet: the plate's picture with its frame, dirt and wear.
        taxi: whether it has a lamp on its roof.
        frame: share of the plate's height by which a dark frame stands out around it.
    """

    shape: Shape
    solids: Bodies
    distant: Bodies
    mounts: tuple[Mount, ...]
    plate: Plate
    sheet: tuple[Picture, ...]
    taxi: bool = False
    frame: float = 0.0


def random_vehicle(rng: np.random.Generator, *, kinds: tuple[str, ...] = tuple(SHAPES)) -> Vehicle:
    """Draw a vehicle with its paint, lamps and plate."""
    shares = np.array([_SHARES[kind] for kind in kinds])
    shape = SHAPES[kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]]
    paint = PAINTS[int(rng.choice(len(PAINTS), p=np.array(_PAINT_SHARES) / sum(_PAINT_SHARES)))]
    taxi = shape.name == "saloon" and rng.random() < 0.15
    if taxi:
        paint = ((60.0, 130.0, 235.0), (200.0, 200.0, 198.0))[int(rng.integers(2))]
    if shape.name == "bus":
        paint = _BUS_PAINTS[int(rng.integers(len(_BUS_PAINTS)))]
    commercial = taxi or (shape.name in ("truck", "bus") and rng.random() < 0.8)
    if shape.name == "motorcycle":
        solids = distant = _motorcycle(shape, paint, rng)
    else:
        solids, distant = (tall_bodies if shape.tall else car_bodies)(shape, paint, rng)
    plate = random_plate(rng, commercial=commercial, motorcycle=shape.name == "motorcycle")
    frame = float(rng.choice([0.0, 0.07, 0.12], p=[0.6, 0.25, 0.15]))
    sheet = halved(_worn(plate_picture(plate), rng))
    return Vehicle(shape, solids, distant, _mounts(shape), plate, sheet, taxi, frame)


def _mounts(shape: Shape) -> tuple[Mount, ...]:
    half = shape.length / 2
    if shape.name == "motorcycle":
        return (Mount((0.0, shape.plate_rear_y, -half), -1),)
    # A car's boot lid leans forward above the bumper, and its plate with it.
    lean = 0.0 if shape.tall else 0.08 * max(0.0, shape.plate_rear_y - 0.5) / (shape.belt_y - 0.52)
    rear = -half - 0.02 + lean
    return Mount((0.0, shape.plate_front_y, half + 0.02), 1), Mount((0.0, shape.plate_rear_y, rear), -1)


def _motorcycle(shape: Shape, paint: Colour, rng: np.random.Generator) -> tuple[Solid, ...]:
    """Two flat pictures along its length and two across: `vehicle_view` shows the one that fits."""
    side, front, rear = (
        props.rider_side(paint, rng),
        props.rider_end(paint, rng, rear=False),
        props.rider_end(paint, rng, rear=True),
    )
    half, top, w = shape.length / 2, shape.roof_y, 0.4
    mirrored = np.ascontiguousarray(side[:, ::-1])
    along = (
        quad([(0.01, top, -half), (0.01, top, half), (0.01, 0.0, half), (0.01, 0.0, -half)], paint, side),
        quad([(-0.01, top, half), (-0.01, top, -half), (-0.01, 0.0, -half), (-0.01, 0.0, half)], paint, mirrored),
    )
    across = (
        quad([(w, top, 0.01), (-w, top, 0.01), (-w, 0.0, 0.01), (w, 0.0, 0.01)], paint, front),
        quad([(-w, top, -0.01), (w, top, -0.01), (w, 0.0, -0.01), (-w, 0.0, -0.01)], paint, rear),
    )
    return Solid(along), Solid(across)


def _worn(sheet: Picture, rng: np.random.Generator) -> Picture:
    """A plate after some years: dust, uneven light, a dent's shadow."""
    height, width = sheet.shape[:2]
    blotch = cv2.resize(rng.random((4, 10)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    slope = np.linspace(float(rng.uniform(0.92, 1.06)), float(rng.uniform(0.86, 1.02)), height, dtype=np.float32)
    share = np.clip(float(rng.choice([0.04, 0.12, 0.3], p=[0.6, 0.3, 0.1])) * blotch, 0, 0.6)[..., None]
    dust = np.array([112.0, 128.0, 138.0], dtype=np.float32)
    worn = (sheet + share * (dust - sheet)) * slope[:, None, None]
    return np.asarray(np.clip(worn, 0, 255), dtype=np.uint8)
