"""The sides and the glass of vehicles: doors, wheels and windows as pictures with a mask for what is not there.

A side is drawn as the right one, its rear on the left of the picture; the left side is its mirror image.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from workbench.street.draw.brush import Brush, Point, shade
from workbench.street.draw.glyphs import text_line
from workbench.street.draw.raster import Colour, Picture
from workbench.street.scene.facades import phone_number
from workbench.street.vehicles.skins import DARK, GLASS

PX_PER_M = 150
_TYRE: Colour = (30.0, 29.0, 28.0)
_SEAT: Colour = (44.0, 38.0, 34.0)
SHINE: Colour = (176.0, 174.0, 172.0)


def flank(
    paint: Colour,
    rng: np.random.Generator,
    *,
    size_m: tuple[float, float],
    skirt_m: float,
    wheels_m: Sequence[float],
    radius_m: float,
    doors_m: Sequence[float] = (),
) -> Brush:
    """A side without windows or lettering, on a brush; `cut_flank` gives it its outline.

    Args:
        paint: of the body.
        rng: draws rims and dirt.
        size_m: length and height from the ground up, metres.
        skirt_m: how high above the ground the body begins.
        wheels_m: middles of the wheels, from the rear end.
        radius_m: of the tyres.
        doors_m: gaps between doors, from the rear end.
    """
    length, height = size_m
    brush = Brush(paint, round(length * PX_PER_M), round(height * PX_PER_M), top=1.1, bottom=0.66)
    brush.light(0.5, 0.1, (1.0, 0.06), 0.22)
    brush.light(0.5, 0.5, (1.0, 0.05), -0.12)
    waist = 0.38
    brush.line([(0.0, 0.42), (1.0, 0.45)], shade(paint, 0.72), px=2)
    brush.line([(0.0, 0.435), (1.0, 0.465)], shade(paint, 1.25), px=1)
    sill = 1 - (skirt_m + 0.02) / height
    for at in doors_m:
        x = at / length
        brush.line([(x, 0.0), (x, 0.6), (x - 0.006, sill)], shade(paint, 0.4), px=2)
        brush.box(x + 0.012, waist - 0.26, x + 0.012 + 0.16 / length, waist - 0.22, shade(paint, 0.55))
        brush.box(x + 0.012, waist - 0.265, x + 0.012 + 0.16 / length, waist - 0.235, shade(paint, 1.3))
    brush.box(0.0, 1 - (skirt_m + 0.07) / height, 1.0, 1.0, (40.0, 38.0, 38.0))
    brush.dirt(rng, float(rng.uniform(0.0, 0.6)), low=0.45)
    spokes, tone = int(rng.integers(5, 11)), float(rng.uniform(110, 205))
    for at in wheels_m:
        _wheel(brush, (at / length, 1 - radius_m / height), radius_m / height, spokes, (tone, tone, tone * 0.98))
    return brush


def _wheel(brush: Brush, middle: Point, radius: float, spokes: int, rim: Colour) -> None:
    x, y = middle
    brush.disc(x, y, radius * 1.17, (14.0, 13.0, 13.0))
    brush.disc(x, y, radius, _TYRE)
    brush.disc(x, y, radius * 0.86, (44.0, 43.0, 42.0), px=2)
    brush.disc(x, y, radius * 0.7, (48.0, 46.0, 44.0))
    across = brush.height / brush.width
    for angle in np.linspace(0.3, 2 * np.pi + 0.3, spokes + 1)[:-1]:
        end = (x + 0.66 * radius * across * float(np.cos(angle)), y + 0.66 * radius * float(np.sin(angle)))
        brush.line([(x, y), end], rim, px=max(2, round(0.13 * radius * brush.height)))
    brush.disc(x, y, radius * 0.68, rim, px=max(2, round(0.06 * radius * brush.height)))
    brush.disc(x, y, radius * 0.17, shade(rim, 0.8))


def cut_flank(
    brush: Brush, *, size_m: tuple[float, float], skirt_m: float, wheels_m: Sequence[float], radius_m: float,
    outline: Sequence[Point],
) -> Picture:  # fmt: skip
    """The side cut out: the body above its skirt, below `outline` (shares of the sheet), and the wheels.

    Returns:
        Shape (height, width, 4).
    """
    length, height = size_m
    mask: Picture = np.zeros(brush.sheet.shape[:2], dtype=np.uint8)
    skirt = 1 - skirt_m / height
    body = [*outline, (1.0, skirt), (0.0, skirt)]
    fixed = np.round(np.array([(px * brush.width, py * brush.height) for px, py in body])).astype(np.int32)
    cv2.fillPoly(mask, [fixed], (255.0,))
    for at in wheels_m:
        middle = (round(at / length * brush.width), round((1 - radius_m / height) * brush.height))
        cv2.circle(mask, middle, round(radius_m / height * brush.height), (255.0,), -1)
    return brush.cut(mask)


def side_windows(frame: Colour, rng: np.random.Generator, *, panes: int = 2, width: int = 420) -> Picture:
    """The glass above the doors, with its pillars, shape (110, width, 3)."""
    brush = Brush(frame, width, 110)
    brush.box(0.0, 0.0, 1.0, 0.06, shade(frame, 1.15))
    edges = np.linspace(0.03, 0.97, panes + 1)
    for x0, x1 in itertools.pairwise(edges):
        a, b = float(x0) + 0.012, float(x1) - 0.012
        brush.shape([(a, 0.12), (b, 0.12), (b, 0.97), (a, 0.97)], GLASS, rim=DARK, px=3)
        _sky_in(brush, (a, 0.12, b, 0.97))
        seat = a + 0.55 * (b - a)
        back = [(seat, 0.97), (seat, 0.52), (seat + 0.05, 0.44), (seat + 0.09, 0.52), (seat + 0.1, 0.97)]
        brush.shape(back, _SEAT)
    brush.box(0.0, 0.95, 1.0, 1.0, SHINE if rng.random() < 0.5 else DARK)
    return brush.sheet


def windscreen(frame: Colour, rng: np.random.Generator) -> Picture:
    """Glass with the sky in it, mirror, seats, wheel, wipers and what people leave behind it, shape (200, 380, 3)."""
    brush = Brush(frame, 380, 200)
    brush.shape([(0.03, 0.06), (0.97, 0.06), (0.985, 0.98), (0.015, 0.98)], GLASS, rim=DARK, px=4)
    for x in (0.27, 0.73):
        back = [(-0.1, 0.98), (-0.09, 0.5), (-0.04, 0.3), (0.04, 0.3), (0.09, 0.5), (0.1, 0.98)]
        brush.shape([(x + dx, y) for dx, y in back], (50.0, 44.0, 40.0))
    if rng.random() < 0.5:
        brush.disc(0.73, 0.4, 0.13, (84.0, 104.0, 128.0), flat=1.2)
        brush.shape([(0.62, 0.98), (0.64, 0.6), (0.82, 0.6), (0.84, 0.98)], (70.0, 62.0, 66.0))
        brush.disc(0.73, 0.33, 0.13, (30.0, 28.0, 28.0), flat=0.7)
    brush.disc(0.73, 0.86, 0.17, (22.0, 20.0, 20.0), flat=0.5, px=5)
    brush.box(0.03, 0.86, 0.97, 0.98, (34.0, 30.0, 28.0))
    _sky_in(brush, (0.03, 0.06, 0.97, 0.98), strength=1.5)
    brush.box(0.44, 0.08, 0.56, 0.17, (24.0, 22.0, 22.0))
    for x in (0.2, 0.55):
        brush.line([(x, 0.98), (x + 0.28, 0.9)], (16.0, 16.0, 16.0), px=4)
    if rng.random() < 0.45:
        # A telephone number behind the glass, as people leave it when they park: light card, dark digits.
        brush.box(0.14, 0.82, 0.42, 0.94, (226.0, 228.0, 226.0))
        brush.text(phone_number(rng).replace("-", " "), 0.155, 0.845, 0.07, (40.0, 36.0, 36.0))
    if rng.random() < 0.5:
        brush.box(0.86, 0.1, 0.93, 0.22, (210.0, 190.0, 120.0))
    return brush.sheet


def rear_glass(frame: Colour, rng: np.random.Generator) -> Picture:
    """Glass with heating wires, a high brake lamp, often a sticker, shape (170, 380, 3)."""
    brush = Brush(frame, 380, 170)
    brush.shape([(0.04, 0.08), (0.96, 0.08), (0.98, 0.95), (0.02, 0.95)], GLASS, rim=DARK, px=4)
    for x in (0.28, 0.72):
        brush.shape([(x - 0.07, 0.95), (x - 0.06, 0.5), (x + 0.06, 0.5), (x + 0.07, 0.95)], (50.0, 44.0, 40.0))
    _sky_in(brush, (0.03, 0.08, 0.97, 0.95), strength=1.3)
    for y in np.arange(0.22, 0.9, 0.09):
        brush.line([(0.06, float(y)), (0.94, float(y))], (96.0, 88.0, 80.0), px=1)
    brush.box(0.42, 0.1, 0.58, 0.15, (40.0, 34.0, 170.0))
    choice = rng.random()
    if choice < 0.3:
        # A learner's or a baby's sticker: a light strip with dark letters is taken for a plate easily.
        words = str(rng.choice(["초보운전", "아기", "BABY IN CAR", "양보"]))
        end = 0.16 + text_line(words, round(0.13 * brush.height)).shape[1] / brush.width
        brush.box(0.12, 0.62, end, 0.84, (70.0, 210.0, 245.0) if choice < 0.15 else (232.0, 234.0, 232.0))
        brush.text(words, 0.14, 0.66, 0.13, (30.0, 30.0, 30.0))
    elif choice < 0.45:
        brush.disc(0.8, 0.72, 0.1, (60.0, 60.0, 200.0))
    if rng.random() < 0.4:
        brush.line([(0.5, 0.95), (0.66, 0.7)], (16.0, 16.0, 16.0), px=4)
    return brush.sheet


def top(paint: Colour, *, length: int = 160, crease: bool = False) -> Picture:
    """A bonnet, roof or boot lid with the sky in it; the far end is lighter. Shape (length, 300, 3)."""
    brush = Brush(paint, 300, length, top=1.3, bottom=1.0)
    brush.light(0.5, 0.2, (0.35, 0.3), 0.16)
    if crease:
        for sign in (-1, 1):
            brush.line([(0.5 + 0.22 * sign, 0.0), (0.5 + 0.14 * sign, 1.0)], shade(paint, 0.82), px=3)
            brush.line([(0.5 + 0.23 * sign, 0.0), (0.5 + 0.15 * sign, 1.0)], shade(paint, 1.3), px=2)
        brush.box(0.0, 0.95, 1.0, 1.0, shade(paint, 0.6))
    return brush.sheet


def _sky_in(brush: Brush, box: tuple[float, float, float, float], *, strength: float = 0.9) -> None:
    """Mirror the sky in the upper part of a pane and the houses' edge below it."""
    x0, y0, x1, y1 = box
    columns = slice(round(x0 * brush.width), round(x1 * brush.width))
    rows = slice(round(y0 * brush.height), round(y1 * brush.height))
    part = brush.sheet[rows, columns]
    share = np.linspace(1.0, 0.0, part.shape[0], dtype=np.float32)[:, None, None] ** 1.6
    steps = np.repeat(np.array([0.0, 0.25, 0.1, 0.4, 0.2, 0.05, 0.3, 0.15], dtype=np.float32), part.shape[1] // 8 + 1)
    share = np.clip(share - steps[None, : part.shape[1], None] * 0.6, 0, 1)
    sky = np.array([196.0, 178.0, 160.0], dtype=np.float32)
    part[:] = (part + 0.42 * strength * share * (sky - part)).astype(np.uint8)
