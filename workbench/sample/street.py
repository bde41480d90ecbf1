"""The street itself: sky, road and pavement, houses, trees, lamps and people. Nothing here carries a plate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from workbench.sample.facades import facade
from workbench.sample.raster import Canvas, Colour, Picture, halved


@dataclass(frozen=True)
class House:
    """A house along the road.

    Attributes:
        x: of its front, metres from the middle of the road, negative on the left.
        z0: where it begins along the road.
        z1: where it ends.
        height: metres.
        front: its picture, then smaller ones of half the size each.
    """

    x: float
    z0: float
    z1: float
    height: float
    front: tuple[Picture, ...]


@dataclass(frozen=True)
class Prop:
    """A tree, lamp, pole or person standing at x, z; `tone` varies its colour."""

    kind: str
    x: float
    z: float
    tone: float


@dataclass(frozen=True)
class Street:
    """A straight street along z.

    Attributes:
        half_width: from the middle to the kerb, metres.
        houses: their fronts.
        props: what stands on the pavement.
        asphalt: a tile of 8 m by 8 m.
        clouds: the sky's pattern, 0 to 1.
        reach: how far along z it goes, metres.
    """

    half_width: float
    houses: tuple[House, ...]
    props: tuple[Prop, ...]
    asphalt: Picture
    clouds: Picture
    reach: tuple[float, float]


def random_street(rng: np.random.Generator, *, reach: tuple[float, float] = (-20.0, 120.0)) -> Street:
    """Build a street: houses on both sides, trees and lamps before them."""
    half_width = float(rng.choice([5.5, 7.0, 8.5]))
    setback = half_width + float(rng.uniform(3.0, 5.0))
    houses: list[House] = []
    props: list[Prop] = []
    for side in (-1, 1):
        z = reach[0]
        while z < reach[1]:
            length = float(rng.uniform(9.0, 18.0))
            if rng.random() < 0.88:
                height = float(rng.choice([7.0, 10.0, 13.5, 17.0]))
                houses.append(House(side * setback, z, z + length, height, halved(facade(rng, length, height))))
            z += length + float(rng.choice([0.0, 0.0, 3.0]))
        for z in np.arange(reach[0], reach[1], float(rng.uniform(8.0, 15.0))):
            kind = str(rng.choice(["tree", "tree", "lamp", "person", "none"]))
            x = side * (half_width + (0.9 if kind != "person" else float(rng.uniform(0.8, 2.5))))
            if kind != "none":
                props.append(Prop(kind, x, float(z + rng.uniform(-1, 1)), float(rng.uniform(0.8, 1.2))))
    return Street(half_width, tuple(houses), tuple(props), _asphalt(rng), _clouds(rng), reach)


def draw_ground(canvas: Canvas, street: Street, *, sky: tuple[Colour, Colour], light: float) -> None:
    """Paint sky, road, pavement and marks; `sky` is zenith and horizon, `light` the gain of the ground."""
    _sky(canvas, street, sky)
    far = max(street.reach[1], canvas.view.position[2] + 150.0)
    near = canvas.view.position[2] - 1.0
    _road(canvas, street, light)
    edge, walk = street.half_width, 14.0
    grey: Colour = (150 * light, 152 * light, 154 * light)
    kerb: Colour = (186 * light, 188 * light, 188 * light)
    white: Colour = (222 * light, 224 * light, 224 * light)
    yellow: Colour = (60 * light, 176 * light, 222 * light)
    for z in np.arange(far - 6.0, near - 6.0, -6.0):
        for side in (-1, 1):
            canvas.polygon(_strip(side * edge, side * (edge + walk), z, z + 6.0), grey)
            canvas.polygon(_strip(side * edge, side * (edge + 0.25), z, z + 6.0), kerb)
            canvas.polygon(_strip(side * (edge - 0.4), side * (edge - 0.28), z, z + 6.0), white)
        canvas.polygon(_strip(-0.16, -0.06, z, z + 6.0), yellow)
        canvas.polygon(_strip(0.06, 0.16, z, z + 6.0), yellow)
        if edge > 6.0 and round(z / 6.0) % 2 == 0:
            for side in (-1, 1):
                canvas.polygon(_strip(side * edge / 2 - 0.07, side * edge / 2 + 0.07, z, z + 3.5), white)


def draw_houses(canvas: Canvas, street: Street, light: float) -> None:
    """Draw the house fronts, far to near."""
    camera = canvas.view.position
    for house in sorted(street.houses, key=lambda h: -abs((h.z0 + h.z1) / 2 - camera[2])):
        length = house.z1 - house.z0
        if not canvas.view.sees((house.x, 0.0, (house.z0 + house.z1) / 2), length):
            continue
        side: Colour = (118 * light, 124 * light, 132 * light)
        depth = 8.0 if house.x > 0 else -8.0
        gable = [(house.x, y, house.z0) for y in (0.0, house.height)]
        gable += [(house.x + depth, y, house.z0) for y in (house.height, 0.0)]
        canvas.polygon(gable, side)
        if house.x < 0:
            start, right = (house.x, house.height, house.z0), (0.0, 0.0, length)
        else:
            start, right = (house.x, house.height, house.z1), (0.0, 0.0, -length)
        canvas.texture(house.front, start, right, (0.0, -house.height, 0.0), gain=light)


def draw_prop(canvas: Canvas, prop: Prop, light: float) -> None:
    """Draw a tree, a lamp, a pole or a person."""
    tone = light * prop.tone
    if prop.kind == "tree":
        _post(canvas, prop.x, prop.z, 0.14, 2.6, (50 * tone, 66 * tone, 84 * tone))
        for dx, dy, radius, shade in (
            (0, 3.6, 1.5, 0.8),
            (-0.8, 3.3, 1.0, 0.95),
            (0.8, 3.5, 1.0, 1.05),
            (0.1, 4.4, 1.1, 1.2),
        ):
            colour: Colour = (44 * tone * shade, 112 * tone * shade, 72 * tone * shade)
            canvas.disc((prop.x + dx, dy, prop.z), radius, colour)
    elif prop.kind == "lamp":
        _post(canvas, prop.x, prop.z, 0.08, 6.0, (110 * tone, 112 * tone, 112 * tone))
        canvas.disc((prop.x, 6.0, prop.z), 0.25, (200 * tone, 215 * tone, 220 * tone))
    elif prop.kind == "pole":
        _post(canvas, prop.x, prop.z, 0.1, 1.1, (40 * light, 150 * light, 220 * light))
    else:
        hue = int(prop.tone * 1000) % 3
        coat = ((150 * light, 70 * light, 50 * light), (50 * light, 60 * light, 150 * light), (70 * light,) * 3)[hue]
        _post(canvas, prop.x - 0.1, prop.z, 0.09, 0.85, (70 * light, 58 * light, 50 * light))
        _post(canvas, prop.x + 0.1, prop.z, 0.09, 0.85, (64 * light, 52 * light, 46 * light))
        _post(canvas, prop.x, prop.z, 0.24, 1.45, coat, bottom=0.75)
        canvas.disc((prop.x, 1.6, prop.z), 0.13, (120 * light, 150 * light, 190 * light))


def _post(canvas: Canvas, x: float, z: float, half: float, top: float, colour: Colour, bottom: float = 0.0) -> None:
    canvas.polygon([(x - half, bottom, z), (x - half, top, z), (x + half, top, z), (x + half, bottom, z)], colour)


def _strip(x0: float, x1: float, z0: float, z1: float) -> list[tuple[float, float, float]]:
    return [(x0, 0.0, z0), (x0, 0.0, z1), (x1, 0.0, z1), (x1, 0.0, z0)]


def _sky(canvas: Canvas, street: Street, sky: tuple[Colour, Colour]) -> None:
    height, width = canvas.colour.shape[:2]
    zenith, horizon = (np.asarray(c, dtype=np.float32) for c in sky)
    share = np.linspace(0.0, 1.0, 64, dtype=np.float32)[:, None, None] ** 0.7
    small = zenith + share * (horizon - zenith) + np.zeros((1, 64, 1), dtype=np.float32)
    cloud = street.clouds.astype(np.float32)[..., None] / 255.0
    small += 0.35 * cloud * (np.float32(1.15) * horizon - small) * (1 - 0.5 * share)
    level = canvas.view.height / 2 + canvas.view.focal * np.tan(canvas.view.pitch)
    rows = int(np.clip(level + 2, 2, height))
    picture = cv2.resize(np.clip(small, 0, 255).astype(np.uint8), (width, rows), interpolation=cv2.INTER_CUBIC)
    canvas.colour[:rows] = picture


def _road(canvas: Canvas, street: Street, light: float) -> None:
    # The grain of the road needs no finer pixels than the picture's own.
    full = canvas.view
    view = replace(full, width=full.width // 2, height=full.height // 2, focal=full.focal / 2)
    level = view.height / 2 + view.focal * np.tan(view.pitch)
    top = int(np.clip(level - view.width / 2 * abs(np.tan(view.roll)), 0, view.height))
    tile_m = 8.0
    scale = tile_m / street.asphalt.shape[0]
    homography = view.plane((0.0, 0.0, 0.0), (scale, 0.0, 0.0), (0.0, 0.0, scale))
    shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -float(top)], [0.0, 0.0, 1.0]])
    size = (view.width, view.height - top)
    if size[1] < 2:
        return
    tile = cv2.convertScaleAbs(street.asphalt, alpha=light)
    road = cv2.warpPerspective(tile, shift @ homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    # Far away the grain is finer than a pixel: there the mean colour and the haze take over, row by row.
    rows = np.arange(top, view.height) + 0.5 - level
    distance = view.position[1] * view.focal / np.maximum(rows, 0.5)
    near = np.clip(14.0 / distance, 0.0, 1.0)[:, None, None].astype(np.float32)
    mean = np.asarray(tile.reshape(-1, 3).mean(axis=0), dtype=np.float32)
    haze = (1.0 - np.exp(-distance / canvas.air.range_m))[:, None, None].astype(np.float32)
    flat = mean + haze * (np.asarray(canvas.air.colour, dtype=np.float32) - mean)
    ground = (flat + near * (road - flat)).astype(np.uint8)
    canvas.colour[2 * top :] = cv2.resize(ground, (full.width, full.height - 2 * top), interpolation=cv2.INTER_LINEAR)


def _asphalt(rng: np.random.Generator) -> Picture:
    fine = rng.normal(0.0, 9.0, size=(512, 512)).astype(np.float32)
    coarse = cv2.resize(
        rng.normal(0.0, 7.0, size=(16, 16)).astype(np.float32), (512, 512), interpolation=cv2.INTER_CUBIC
    )
    grey = np.clip(float(rng.uniform(88, 116)) + fine + coarse, 0, 255)
    tile = np.stack([grey * 1.02, grey, grey * 0.98], axis=2)
    return np.asarray(np.clip(tile, 0, 255), dtype=np.uint8)


def _clouds(rng: np.random.Generator) -> Picture:
    layers = [
        cv2.resize(rng.random((n, n)).astype(np.float32), (64, 64), interpolation=cv2.INTER_CUBIC) for n in (4, 9, 20)
    ]
    mixed = 0.6 * layers[0] + 0.3 * layers[1] + 0.1 * layers[2]
    return np.asarray(np.clip((mixed - 0.45) * 2.4 * 255, 0, 255), dtype=np.uint8)
