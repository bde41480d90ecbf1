"""The street itself: sky, houses, trees, lamps, signs and people. Nothing here carries a plate."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.street.draw.raster import Canvas, Picture, halved
from workbench.street.scene import props as figures
from workbench.street.scene.facades import facade, gable
from workbench.street.scene.ground import ground_tile
from workbench.street.scene.light import Light

_SKYLINE_M = 260.0


@dataclass(frozen=True)
class House:
    """A house along the road.

    Attributes:
        x: of its front, metres from the middle of the road, negative on the left.
        z0: where it begins along the road.
        z1: where it ends.
        height: metres.
        front: its picture in the street's light, then smaller ones of half the size each.
        side: the same of its bare side.
    """

    x: float
    z0: float
    z1: float
    height: float
    front: tuple[Picture, ...]
    side: tuple[Picture, ...]


@dataclass(frozen=True)
class Prop:
    """A tree, person, lamp, … standing at x, z; `variant` tells one from another."""

    kind: str
    x: float
    z: float
    variant: int = 0


@dataclass(frozen=True)
class Street:
    """A straight street along z.

    Attributes:
        half_width: from the middle to the kerb, metres.
        houses: their fronts.
        props: what stands on the pavement.
        tile: of the ground.
        crossings: where zebra crossings are, metres along z.
        clouds: the sky's pattern, 0 to 255.
        skyline: what closes the view, with a mask.
        reach: how far along z it goes, metres.
    """

    half_width: float
    houses: tuple[House, ...]
    props: tuple[Prop, ...]
    tile: tuple[Picture, ...]
    crossings: tuple[float, ...]
    clouds: Picture
    skyline: tuple[Picture, ...]
    reach: tuple[float, float]


def random_street(rng: np.random.Generator, light: Light, *, reach: tuple[float, float] = (-20.0, 120.0)) -> Street:
    """Build a street in a light: houses on both sides, and what stands before them."""
    half_width = float(rng.choice([5.5, 7.0, 8.5]))
    setback = half_width + float(rng.uniform(3.2, 5.0))
    houses: list[House] = []
    for side in (-1, 1):
        z = reach[0]
        while z < reach[1]:
            length = float(rng.uniform(9.0, 18.0))
            if rng.random() < 0.9:
                height = float(rng.choice([6.7, 9.8, 12.9, 16.0, 19.1]))
                houses.append(_house(rng, light, side * setback, (z, z + length), height))
            z += length + float(rng.choice([0.0, 0.0, 3.0]))
    crossings = tuple(float(z) for z in np.arange(reach[0] + rng.uniform(8, 50), reach[1], 60.0))
    props = _furnish(rng, half_width, reach, crossings)
    return Street(
        half_width,
        tuple(houses),
        tuple(props),
        ground_tile(rng, half_width),
        crossings,
        _clouds(rng),
        halved(figures.skyline(rng)),
        reach,
    )


def _house(rng: np.random.Generator, light: Light, x: float, ends: tuple[float, float], height: float) -> House:
    front, glow = facade(rng, ends[1] - ends[0], height)
    side = gable(rng, front)
    # The setting sun falls on one side of the street only.
    sunny = max(0.0, -np.sign(x) * light.sun_from[0])
    gain = light.ambient + light.sun * (0.25 + 0.75 * sunny)
    lit = cv2.addWeighted(front, gain, glow, light.windows, 0.0)
    bare = cv2.convertScaleAbs(side, alpha=light.ambient + 0.3 * light.sun)
    return House(
        x, ends[0], ends[1], height, halved(np.asarray(lit, dtype=np.uint8)), halved(np.asarray(bare, dtype=np.uint8))
    )


def _furnish(
    rng: np.random.Generator, half_width: float, reach: tuple[float, float], crossings: tuple[float, ...]
) -> list[Prop]:
    props: list[Prop] = []
    for side in (-1, 1):
        for i, z in enumerate(np.arange(reach[0], reach[1], float(rng.uniform(7.0, 10.0)))):
            kind = "lamp" if i % 4 == 2 else str(rng.choice(["tree", "tree", "tree", "sign", "bin", "none"]))
            if kind != "none":
                props.append(
                    Prop(
                        kind,
                        side * (half_width + 0.75),
                        float(z + rng.uniform(-1, 1)),
                        int(rng.integers(figures.VARIANTS)),
                    )
                )
        for _ in range(int(rng.integers(3, 4 + int(reach[1] - reach[0]) // 12))):
            x = side * (half_width + float(rng.uniform(1.0, 3.0)))
            props.append(Prop("person", x, float(rng.uniform(*reach)), int(rng.integers(figures.VARIANTS))))
    props += [Prop("lights", half_width + 0.6, z - 2.2) for z in crossings]
    return props


def draw_sky(canvas: Canvas, street: Street, light: Light) -> None:
    """Paint the sky and what closes the view; a low sun dazzles."""
    height, width = canvas.colour.shape[:2]
    zenith, horizon = (np.asarray(c, dtype=np.float32) for c in light.sky)
    share = np.linspace(0.0, 1.0, 64, dtype=np.float32)[:, None, None] ** 0.7
    small = zenith + share * (horizon - zenith) + np.zeros((1, 64, 1), dtype=np.float32)
    cloud = street.clouds.astype(np.float32)[..., None] / 255.0
    small += 0.4 * cloud * (np.float32(1.15) * horizon - small) * (1 - 0.5 * share)
    level = canvas.view.height / 2 + canvas.view.focal * np.tan(canvas.view.pitch)
    rows = int(np.clip(level + canvas.view.width / 2 * abs(np.tan(canvas.view.roll)) + 2, 2, height))
    picture = cv2.resize(np.clip(small, 0, 255).astype(np.uint8), (width, rows), interpolation=cv2.INTER_CUBIC)
    canvas.colour[:rows] = picture
    if light.dazzle > 0:
        sun = np.asarray(canvas.view.position) + 200.0 * np.asarray(light.sun_from)
        canvas.glow(sun, 45.0, (0.7, 0.92, 1.0), 80.0 * light.dazzle)
        canvas.glow(sun, 12.0, (0.9, 0.97, 1.0), 120.0 * light.dazzle)
        canvas.glow(sun, 4.0, (1.0, 1.0, 1.0), 200.0 * light.dazzle)
    z = canvas.view.position[2] + _SKYLINE_M
    wide = 2.2 * _SKYLINE_M
    gain = min(1.0, light.ambient + 0.6 * light.sun)
    canvas.texture(street.skyline, (-wide / 2, 34.0, z), (wide, 0.0, 0.0), (0.0, -34.0, 0.0), gain=gain)


def draw_houses(canvas: Canvas, street: Street) -> None:
    """Draw the house fronts and their bare sides, far to near."""
    camera = canvas.view.position
    for house in sorted(street.houses, key=lambda h: -abs((h.z0 + h.z1) / 2 - camera[2])):
        length = house.z1 - house.z0
        if house.z1 < camera[2] or not canvas.view.sees((house.x, 0.0, (house.z0 + house.z1) / 2), length):
            continue
        depth = 9.0 if house.x > 0 else -9.0
        if house.z0 > camera[2]:
            left = house.x if depth > 0 else house.x + depth
            canvas.texture(house.side, (left, house.height, house.z0), (9.0, 0.0, 0.0), (0.0, -house.height, 0.0))
        if house.x < 0:
            start, right = (house.x, house.height, house.z0), (0.0, 0.0, length)
        else:
            start, right = (house.x, house.height, house.z1), (0.0, 0.0, -length)
        canvas.texture(house.front, start, right, (0.0, -house.height, 0.0))


def draw_prop(canvas: Canvas, prop: Prop, light: Light) -> None:
    """Draw what stands on the pavement, with its shadow."""
    if prop.kind in ("tree", "person"):
        figure, size = (figures.tree if prop.kind == "tree" else figures.person)(prop.variant)
    else:
        figure, size = figures.furniture(prop.kind)
    _cast(canvas, prop, size, light)
    foot = (prop.x, 0.0, prop.z)
    if prop.kind == "lamp":
        # The arm reaches over the road.
        figure = figure if prop.x < 0 else tuple(np.ascontiguousarray(p[:, ::-1]) for p in figure)
        foot = (prop.x - float(np.sign(prop.x)) * 0.6, 0.0, prop.z)
    elif prop.kind == "lights":
        figure = tuple(np.ascontiguousarray(p[:, ::-1]) for p in figure)
    canvas.standing(figure, foot, size, light.ambient + 0.55 * light.sun)
    if light.windows > 0.3 and prop.kind == "lamp":
        head = (prop.x - float(np.sign(prop.x)) * 1.1, 6.7, prop.z)
        canvas.glow(head, 0.22, (0.75, 0.92, 1.0), 240.0 * light.windows)
        canvas.glow(head, 1.1, (0.55, 0.8, 1.0), 60.0 * light.windows)
    elif light.windows > 0.3 and prop.kind == "lights":
        canvas.glow((prop.x - 0.5, 4.15, prop.z), 0.3, (0.55, 1.0, 0.4), 220.0 * light.windows)


def _cast(canvas: Canvas, prop: Prop, size: tuple[float, float], light: Light) -> None:
    """A shadow on the ground: long and directed under the sun, a dark spot under a grey sky."""
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    half = (0.42 if prop.kind == "tree" else 0.3) * size[0]
    if light.sun > 0.2 and prop.kind in ("tree", "person"):
        away = -np.array([light.sun_from[0], light.sun_from[2]]) / max(light.sun_from[1], 0.25)
        middle = np.array([prop.x, prop.z]) + away * (0.7 if prop.kind == "tree" else 0.5) * size[1]
        long = half if prop.kind == "tree" else 0.5 * size[1] * float(np.linalg.norm(away))
        way = away / np.linalg.norm(away)
        across = np.array([-way[1], way[0]])
        ring = middle + np.cos(angles)[:, None] * way * long + np.sin(angles)[:, None] * across * half
        canvas.shadow(np.stack([ring[:, 0], np.full(12, 0.01), ring[:, 1]], axis=1), 0.34, soft_m=0.5)
    spot = np.stack(
        [prop.x + half * 0.8 * np.cos(angles), np.full(12, 0.01), prop.z + half * 0.5 * np.sin(angles)], axis=1
    )
    canvas.shadow(spot, 0.25, soft_m=0.3)


def _clouds(rng: np.random.Generator) -> Picture:
    layers = [
        cv2.resize(rng.random((n, n)).astype(np.float32), (64, 64), interpolation=cv2.INTER_CUBIC) for n in (4, 9, 20)
    ]
    mixed = 0.6 * layers[0] + 0.3 * layers[1] + 0.1 * layers[2]
    return np.asarray(np.clip((mixed - 0.45) * 2.4 * 255, 0, 255), dtype=np.uint8)
