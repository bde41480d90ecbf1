"""Flat figures that stand in the street: people, trees, lamps, lights, signs, and riders on motorcycles.

Each is a picture with a mask as its fourth channel, `halved` again and again; those that `cache` keeps must not be
changed.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from workbench.street.draw.brush import Brush, Point, shade
from workbench.street.draw.raster import Colour, Picture, halved

Figure = tuple[Picture, ...]
VARIANTS = 12
_CLOTH: tuple[Colour, ...] = (
    (60.0, 50.0, 46.0), (130.0, 90.0, 60.0), (70.0, 60.0, 150.0), (200.0, 196.0, 190.0), (90.0, 110.0, 80.0),
    (150.0, 140.0, 130.0), (60.0, 120.0, 170.0), (40.0, 38.0, 40.0),
)  # fmt: skip


class _Cutout:
    """A brush that remembers what it touched: everything else is transparent."""

    def __init__(self, ground: Colour, width: int, height: int) -> None:
        self.colour = Brush(ground, width, height)
        self.mask = Brush((0.0, 0.0, 0.0), width, height)

    def shape(self, points: list[Point], colour: Colour) -> None:
        self.colour.shape(points, colour)
        self.mask.shape(points, (255.0, 255.0, 255.0))

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, flat: float = 1.0, px: int = -1) -> None:
        self.colour.disc(x, y, radius, colour, flat=flat, px=px)
        self.mask.disc(x, y, radius, (255.0, 255.0, 255.0), flat=flat, px=px)

    def limb(self, points: list[Point], colour: Colour, px: int) -> None:
        self.colour.line(points, colour, px=px)
        self.mask.line(points, (255.0, 255.0, 255.0), px=px)

    def figure(self) -> Figure:
        return halved(self.colour.cut(np.ascontiguousarray(self.mask.sheet[..., 0])))


@cache
def person(variant: int) -> tuple[Figure, tuple[float, float]]:
    """Somebody standing or walking, and width and height in metres."""
    rng = np.random.default_rng([77, variant])
    coat, legs = (_CLOTH[int(i)] for i in rng.integers(len(_CLOTH), size=2))
    skin: Colour = (float(rng.uniform(110, 160)), float(rng.uniform(140, 180)), float(rng.uniform(180, 215)))
    step, height = float(rng.uniform(0.0, 0.22)), float(rng.uniform(1.5, 1.82))
    cut = _Cutout(shade(coat, 0.8), 120, 280)
    for sign in (-1, 1):
        foot = 0.5 + sign * (0.09 + step)
        cut.limb(
            [(0.5 + 0.07 * sign, 0.52), (0.5 + sign * (0.08 + 0.5 * step), 0.74), (foot, 0.96)],
            shade(legs, 1.0 + 0.12 * sign),
            19,
        )
        cut.limb([(foot - 0.02, 0.97), (foot + 0.09, 0.975)], (36.0, 34.0, 34.0), 13)
    cut.shape([(0.27, 0.2), (0.4, 0.16), (0.6, 0.16), (0.73, 0.2), (0.7, 0.56), (0.3, 0.56)], coat)
    cut.shape([(0.6, 0.17), (0.73, 0.2), (0.7, 0.56), (0.6, 0.56)], shade(coat, 0.75))
    for sign in (-1, 1):
        hand = 0.5 + sign * 0.32 - 0.5 * step
        cut.limb([(0.5 + 0.21 * sign, 0.2), (0.5 + 0.27 * sign, 0.37), (hand, 0.5)], shade(coat, 0.88), 15)
        cut.disc(hand, 0.515, 0.022, skin)
    cut.shape([(0.44, 0.12), (0.56, 0.12), (0.56, 0.18), (0.44, 0.18)], shade(skin, 0.85))
    hair: Colour = (float(rng.uniform(18, 60)), float(rng.uniform(18, 60)), float(rng.uniform(20, 70)))
    long = rng.random() < 0.4
    if long:
        cut.shape([(0.36, 0.06), (0.64, 0.06), (0.66, 0.2), (0.34, 0.2)], hair)
    cut.disc(0.5, 0.085, 0.055, skin, flat=1.25)
    cut.disc(0.5, 0.06, 0.058, hair, flat=0.75)
    if rng.random() < 0.5:
        cut.shape([(0.66, 0.34), (0.86, 0.34), (0.86, 0.5), (0.66, 0.5)], _CLOTH[int(rng.integers(len(_CLOTH)))])
    return cut.figure(), (height * 120 / 280, height)


@cache
def tree(variant: int) -> tuple[Figure, tuple[float, float]]:
    """A street tree with leaves in light and shade, and width and height in metres."""
    rng = np.random.default_rng([78, variant])
    green: Colour = (float(rng.uniform(28, 60)), float(rng.uniform(88, 124)), float(rng.uniform(58, 100)))
    if variant % 5 == 4:
        green = (40.0, 120.0, 176.0)
    cut = _Cutout(shade(green, 0.7), 280, 380)
    bark: Colour = (58.0, 70.0, 84.0)
    cut.shape([(0.47, 0.5), (0.53, 0.5), (0.545, 1.0), (0.455, 1.0)], bark)
    cut.shape([(0.5, 0.5), (0.53, 0.5), (0.545, 1.0), (0.51, 1.0)], shade(bark, 0.7))
    for x in (0.3, 0.4, 0.62, 0.7):
        cut.limb([(0.5, 0.66), (x, 0.42)], bark, 7)
    crowns = rng.normal(0.0, 1.0, size=(11, 2)) * [0.15, 0.1] + [0.5, 0.32]
    for layer in np.linspace(0.0, 1.0, 7):
        for x, y in crowns:
            for dx, dy in rng.normal(0.0, 0.055 - 0.022 * layer, size=(13, 2)):
                # Light falls from above: the later, nearer leaves lie a little higher and are lighter.
                at = (float(np.clip(x + dx, 0.05, 0.95)), float(np.clip(y + dy - 0.05 * layer, 0.04, 0.62)))
                tone = (0.5 + 0.75 * layer) * float(rng.uniform(0.8, 1.2)) * (1.1 - 0.7 * (at[1] - 0.3))
                cut.disc(*at, float(rng.uniform(0.011, 0.024)), shade(green, tone), flat=float(rng.uniform(0.6, 1.0)))
    height = float(rng.uniform(4.2, 6.5))
    return cut.figure(), (height * 280 / 380, height)


@cache
def furniture(kind: str) -> tuple[Figure, tuple[float, float]]:
    """A ``lamp``, ``lights``, ``sign``, ``bin`` or ``pole``, and width and height in metres.

    Raises:
        KeyError: for another kind.
    """
    grey: Colour = (112.0, 114.0, 114.0)
    size = {"lamp": (1.6, 7.0), "lights": (1.4, 4.6), "sign": (0.8, 2.8), "bin": (0.6, 1.0), "pole": (0.22, 1.1)}[kind]
    cut = _Cutout(grey, max(24, round(size[0] * 60)), round(size[1] * 60))
    if kind == "lamp":
        cut.shape([(0.1, 0.03), (0.17, 0.03), (0.2, 1.0), (0.08, 1.0)], grey)
        cut.limb([(0.13, 0.05), (0.5, 0.015), (0.9, 0.02)], grey, 6)
        cut.shape([(0.6, 0.012), (0.97, 0.012), (0.94, 0.035), (0.62, 0.035)], (150.0, 152.0, 152.0))
        cut.shape([(0.64, 0.033), (0.92, 0.033), (0.92, 0.042), (0.64, 0.042)], (214.0, 232.0, 240.0))
    elif kind == "lights":
        cut.shape([(0.08, 0.1), (0.18, 0.1), (0.18, 1.0), (0.08, 1.0)], grey)
        cut.limb([(0.12, 0.12), (0.95, 0.1)], grey, 6)
        cut.shape([(0.3, 0.04), (0.98, 0.04), (0.98, 0.15), (0.3, 0.15)], (34.0, 32.0, 32.0))
        for x, lamp in ((0.41, (40.0, 36.0, 90.0)), (0.64, (30.0, 70.0, 90.0)), (0.87, (150.0, 235.0, 90.0))):
            cut.disc(x, 0.095, 0.038, lamp)
    elif kind == "sign":
        cut.shape([(0.46, 0.1), (0.54, 0.1), (0.54, 1.0), (0.46, 1.0)], grey)
        cut.disc(0.5, 0.14, 0.13, (40.0, 36.0, 190.0))
        cut.disc(0.5, 0.14, 0.098, (240.0, 242.0, 242.0))
        cut.colour.text("50", 0.3, 0.105, 0.07, (30.0, 28.0, 28.0))
    elif kind == "bin":
        cut.shape([(0.1, 0.2), (0.9, 0.2), (0.82, 1.0), (0.18, 1.0)], (90.0, 110.0, 60.0))
        cut.shape([(0.06, 0.08), (0.94, 0.08), (0.94, 0.24), (0.06, 0.24)], (60.0, 76.0, 40.0))
    else:
        cut.shape([(0.1, 0.04), (0.9, 0.04), (0.9, 1.0), (0.1, 1.0)], (40.0, 130.0, 225.0))
        for y in (0.2, 0.5, 0.8):
            cut.shape([(0.1, y), (0.9, y), (0.9, y + 0.12), (0.1, y + 0.12)], (230.0, 232.0, 232.0))
    return cut.figure(), size


def rider_side(paint: Colour, rng: np.random.Generator) -> Picture:
    """A motorcycle and its rider from the right, rear on the left, 1.9 by 1.65 m, shape (264, 304, 4)."""
    coat, legs = (_CLOTH[int(i)] for i in rng.integers(len(_CLOTH), size=2))
    cut = _Cutout((50.0, 48.0, 48.0), 304, 264)
    for x in (0.19, 0.81):
        cut.disc(x, 0.82, 0.18, (28.0, 27.0, 26.0))
        cut.disc(x, 0.82, 0.12, (120.0, 118.0, 116.0), px=5)
        cut.disc(x, 0.82, 0.05, (90.0, 88.0, 86.0))
    cut.shape([(0.34, 0.62), (0.64, 0.6), (0.66, 0.84), (0.36, 0.86)], (66.0, 64.0, 62.0))
    cut.limb([(0.1, 0.9), (0.42, 0.88)], (150.0, 148.0, 146.0), 9)
    cut.limb([(0.81, 0.82), (0.7, 0.5), (0.66, 0.42)], (130.0, 128.0, 126.0), 9)
    cut.shape([(0.46, 0.5), (0.72, 0.48), (0.7, 0.62), (0.48, 0.66)], paint)
    cut.shape([(0.08, 0.54), (0.5, 0.54), (0.46, 0.64), (0.16, 0.62)], (34.0, 32.0, 32.0))
    cut.shape([(0.04, 0.34), (0.24, 0.34), (0.24, 0.52), (0.06, 0.52)], shade(paint, 0.8))
    cut.disc(0.78, 0.47, 0.05, (230.0, 226.0, 220.0))
    cut.limb([(0.4, 0.54), (0.58, 0.6), (0.52, 0.86)], legs, 26)
    cut.shape([(0.32, 0.22), (0.46, 0.2), (0.5, 0.54), (0.32, 0.56)], coat)
    cut.limb([(0.42, 0.27), (0.52, 0.42), (0.66, 0.43)], shade(coat, 0.82), 19)
    cut.disc(0.44, 0.11, 0.11, shade(paint, 0.9))
    cut.shape([(0.46, 0.08), (0.535, 0.08), (0.53, 0.15), (0.46, 0.15)], (60.0, 52.0, 46.0))
    return cut.colour.cut(np.ascontiguousarray(cut.mask.sheet[..., 0]))


def rider_end(paint: Colour, rng: np.random.Generator, *, rear: bool) -> Picture:
    """A motorcycle and its rider from the front or the rear, 0.8 by 1.65 m, shape (264, 128, 4)."""
    coat = _CLOTH[int(rng.integers(len(_CLOTH)))]
    cut = _Cutout((50.0, 48.0, 48.0), 128, 264)
    cut.shape([(0.42, 0.62), (0.58, 0.62), (0.58, 1.0), (0.42, 1.0)], (30.0, 29.0, 28.0))
    for sign in (-1, 1):
        cut.limb([(0.5 + 0.14 * sign, 0.54), (0.5 + 0.22 * sign, 0.68), (0.5 + 0.18 * sign, 0.9)], shade(coat, 0.7), 18)
        cut.limb(
            [(0.5 + 0.2 * sign, 0.26), (0.5 + 0.36 * sign, 0.42), (0.5 + 0.38 * sign, 0.48)], shade(coat, 0.85), 15
        )
        cut.limb([(0.5 + 0.4 * sign, 0.46), (0.5 + 0.46 * sign, 0.36)], (90.0, 88.0, 86.0), 4)
        cut.disc(0.5 + 0.43 * sign, 0.345, 0.028, (110.0, 104.0, 98.0), flat=0.7)
    cut.shape([(0.3, 0.22), (0.7, 0.22), (0.66, 0.58), (0.34, 0.58)], coat)
    if rear:
        cut.shape([(0.28, 0.4), (0.72, 0.4), (0.72, 0.56), (0.28, 0.56)], shade(paint, 0.8))
        cut.shape([(0.36, 0.57), (0.64, 0.57), (0.62, 0.61), (0.38, 0.61)], (40.0, 34.0, 190.0))
    else:
        cut.shape([(0.34, 0.4), (0.66, 0.4), (0.6, 0.66), (0.4, 0.66)], paint)
        cut.disc(0.5, 0.49, 0.048, (240.0, 236.0, 230.0))
    cut.disc(0.5, 0.12, 0.1, shade(paint, 0.9), flat=1.1)
    if not rear:
        cut.shape([(0.36, 0.09), (0.64, 0.09), (0.62, 0.16), (0.38, 0.16)], (60.0, 52.0, 46.0))
    return cut.colour.cut(np.ascontiguousarray(cut.mask.sheet[..., 0]))


def skyline(rng: np.random.Generator) -> Picture:
    """Hills and tower blocks far away, shape (96, 1024, 4)."""
    cut = Brush((168.0, 160.0, 150.0), 1024, 96)
    mask: Picture = np.zeros((96, 1024), dtype=np.uint8)
    waves = np.cumsum(rng.normal(0, 1, size=33))
    hills = np.interp(np.linspace(0, 32, 1024), np.arange(33), waves - np.linspace(waves[0], waves[-1], 33))
    edge = np.clip(60 - 5 * hills, 24, 88).astype(int)
    for x, y in enumerate(edge):
        mask[y:, x] = 255
    cut.sheet[:] = (150, 146, 128)
    x = 0
    while x < 1024:
        width, tall = int(rng.integers(10, 46)), int(rng.integers(14, 80))
        if rng.random() < 0.8:
            tone = float(rng.uniform(140, 190))
            cv2.rectangle(cut.sheet, (x, 96 - tall), (x + width, 96), (tone * 1.04, tone, tone * 0.97), -1)
            mask[96 - tall :, x : x + width] = 255
            for y in range(98 - tall, 94, 5):
                cv2.line(cut.sheet, (x + 2, y), (x + width - 2, y), (tone * 0.84, tone * 0.8, tone * 0.78), 1)
        x += width + int(rng.integers(0, 16))
    return cut.cut(mask)
