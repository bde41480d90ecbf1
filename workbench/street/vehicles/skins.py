"""The painted faces of vehicles: grille, lamps, bumper and doors as flat pictures that are bent round the solids."""

from __future__ import annotations

import numpy as np

from workbench.street.draw.brush import Brush, shade
from workbench.street.draw.raster import Colour, Picture

DARK: Colour = (26.0, 24.0, 24.0)
GLASS: Colour = (72.0, 62.0, 54.0)
SILVER: Colour = (186.0, 184.0, 182.0)
_WORDS = ("GLS", "TDI", "2.0", "SE", "EV", "LPG", "TURBO", "4WD", "XL", "DELUXE")


def car_front(paint: Colour, rng: np.random.Generator) -> Picture:
    """Bonnet edge, headlamps, grille with badge, bumper with a lower intake, shape (270, 720, 3)."""
    brush = Brush(paint, 720, 270, top=1.12, bottom=0.74)
    brush.light(0.5, 0.02, (0.6, 0.07), 0.25)
    top, bottom = 0.13, float(rng.uniform(0.34, 0.46))
    inner = float(rng.uniform(0.27, 0.33))
    _grille(brush, rng, inner + 0.02, top, bottom)
    _headlamps(brush, rng, inner, top, bottom)
    brush.line([(0.0, 0.5), (0.3, 0.53), (0.7, 0.53), (1.0, 0.5)], shade(paint, 0.62), px=2)
    brush.line([(0.0, 0.51), (0.3, 0.54), (0.7, 0.54), (1.0, 0.51)], shade(paint, 1.2), px=1)
    brush.box(0.37, 0.47, 0.63, 0.72, shade(paint, 0.8))
    wide = float(rng.uniform(0.2, 0.3))
    brush.shape([(wide, 0.76), (1 - wide, 0.76), (0.96 - wide, 0.93), (0.04 + wide, 0.93)], DARK, rim=shade(paint, 0.5))
    for y in np.arange(0.79, 0.93, 0.035):
        brush.line([(wide + 0.02, y), (0.98 - wide, y)], (52.0, 50.0, 50.0), px=1)
    fog = [(0.08, 0.7), (0.19, 0.72), (0.18, 0.88), (0.1, 0.9)]
    brush.shape(fog, DARK, twice=True)
    if rng.random() < 0.7:
        brush.disc(0.14, 0.8, 0.045, (176.0, 172.0, 166.0), twice=True)
        brush.disc(0.14, 0.8, 0.045, (90.0, 90.0, 90.0), twice=True, px=2)
    brush.box(0.0, 0.95, 1.0, 1.0, (36.0, 34.0, 34.0))
    brush.dirt(rng, float(rng.uniform(0.0, 0.5)))
    return brush.sheet


def _grille(brush: Brush, rng: np.random.Generator, left: float, top: float, bottom: float) -> None:
    lean = float(rng.uniform(-0.03, 0.05))
    outline = [(left, top), (1 - left, top), (1 - left - lean, bottom), (left + lean, bottom)]
    chrome = SILVER if rng.random() < 0.65 else (56.0, 54.0, 54.0)
    brush.shape(outline, DARK, rim=chrome, px=int(rng.integers(2, 6)))
    style = int(rng.integers(3))
    inside = max(left, left + lean) + 0.015
    if style == 0:
        for y in np.linspace(top, bottom, int(rng.integers(4, 9)))[1:-1]:
            brush.line([(inside, float(y)), (1 - inside, float(y))], chrome, px=3)
            brush.line([(inside, float(y) + 0.012), (1 - inside, float(y) + 0.012)], shade(chrome, 0.5), px=1)
    elif style == 1:
        for x in np.linspace(inside, 1 - inside, int(rng.integers(12, 26))):
            brush.line([(float(x), top + 0.03), (float(x), bottom - 0.03)], chrome, px=2)
    else:
        for x in np.arange(inside - 0.1, 1 - inside, 0.022):
            for way in (0.06, -0.06):
                ends = np.clip([x + 0.1 - way, x + 0.1 + way], inside, 1 - inside)
                brush.line([(float(ends[0]), top + 0.02), (float(ends[1]), bottom - 0.02)], (84.0, 82.0, 82.0), px=1)
    _badge(brush, rng, (top + bottom) / 2 if rng.random() < 0.75 else 0.06, 0.065)


def _badge(brush: Brush, rng: np.random.Generator, y: float, radius: float) -> None:
    flat = float(rng.choice([0.6, 1.0]))
    brush.disc(0.5, y, radius, (206.0, 204.0, 202.0), flat=flat)
    brush.disc(0.5, y, radius * 0.8, (96.0, 84.0, 70.0), flat=flat)
    brush.line([(0.482, y + 0.02), (0.5, y - 0.03), (0.518, y + 0.02)], (225.0, 224.0, 222.0), px=3)


def _headlamps(brush: Brush, rng: np.random.Generator, inner: float, top: float, bottom: float) -> None:
    swept, deep = float(rng.uniform(-0.02, 0.1)), bottom - 0.02
    upper = [(0.0, top - 0.06), (0.1, top - 0.05), (inner - 0.01, top + swept)]
    outline = [*upper, (inner - 0.02, deep), (0.07, deep + 0.03), (0.0, top + 0.1)]
    brush.shape(outline, (112.0, 106.0, 100.0), twice=True, rim=DARK, px=3)
    tall = 0.5 * (deep - top)
    for x in (0.105, inner - 0.085):
        brush.disc(x, top + tall + 0.01, min(0.1, 0.8 * tall), (64.0, 60.0, 58.0), twice=True)
        brush.disc(x, top + tall + 0.01, min(0.085, 0.66 * tall), (236.0, 232.0, 226.0), twice=True)
        brush.disc(x + 0.004, top + tall - 0.01, min(0.035, 0.3 * tall), (255.0, 253.0, 250.0), twice=True)
    strip = [(0.04, deep - 0.01), (inner - 0.04, deep - 0.03), (inner - 0.04, deep - 0.055), (0.04, deep - 0.035)]
    if rng.random() < 0.6:
        brush.shape(strip, (250.0, 248.0, 244.0), twice=True)
    else:
        brush.shape(
            [(0.0, top), (0.05, top), (0.045, deep - 0.03), (0.0, top + 0.08)], (40.0, 140.0, 235.0), twice=True
        )


def car_rear(paint: Colour, rng: np.random.Generator) -> Picture:
    """Boot lid, tail lamps, badge, bumper with exhaust, shape (330, 720, 3)."""
    brush = Brush(paint, 720, 330, top=1.1, bottom=0.72)
    brush.light(0.5, 0.03, (0.6, 0.06), 0.22)
    brush.line([(0.22, 0.0), (0.24, 0.5), (0.76, 0.5), (0.78, 0.0)], shade(paint, 0.5), px=2)
    low = float(rng.uniform(0.3, 0.44))
    red: Colour = (34.0, 30.0, float(rng.uniform(140, 190)))
    _tail_lamps(brush, rng, low, red)
    brush.box(0.34, 0.1, 0.66, 0.42, shade(paint, 0.84))
    brush.box(0.34, 0.085, 0.66, 0.115, SILVER if rng.random() < 0.7 else shade(paint, 0.6))
    brush.text(str(rng.choice(_WORDS)), 0.27, 0.36, 0.05, SILVER)
    if rng.random() < 0.6:
        brush.text(str(rng.choice(_WORDS)), 0.67, 0.36, 0.05, SILVER)
    _badge(brush, rng, 0.045, 0.045)
    brush.line([(0.0, 0.56), (1.0, 0.56)], shade(paint, 0.5), px=2)
    brush.line([(0.0, 0.57), (1.0, 0.57)], shade(paint, 1.18), px=1)
    brush.light(0.5, 0.62, (0.6, 0.04), 0.14)
    for x in (0.2, 0.4):
        brush.disc(x, 0.7, 0.014, shade(paint, 0.6), twice=True)
    brush.shape([(0.06, 0.74), (0.17, 0.75), (0.17, 0.785), (0.06, 0.78)], (40.0, 36.0, 150.0), twice=True)
    brush.shape([(0.14, 0.84), (0.86, 0.84), (0.9, 1.0), (0.1, 1.0)], (40.0, 38.0, 38.0))
    brush.disc(0.2, 0.93, 0.045, (150.0, 150.0, 150.0), flat=0.55, px=4, twice=rng.random() < 0.4)
    brush.dirt(rng, float(rng.uniform(0.0, 0.6)))
    return brush.sheet


def _tail_lamps(brush: Brush, rng: np.random.Generator, low: float, red: Colour) -> None:
    style = int(rng.integers(3))
    inner = (0.25, 0.3, 0.18)[style]
    outline = [
        (0.0, 0.1),
        (inner - 0.03, 0.1),
        (inner, 0.17),
        (inner - 0.02, low - 0.03),
        (0.06, low),
        (0.0, low - 0.04),
    ]
    if style == 1 and rng.random() < 0.5:
        brush.box(0.28, 0.16, 0.72, 0.2, shade(red, 0.9))
    brush.shape(outline, red, twice=True, rim=DARK, px=3)
    glow = [(0.03, 0.14), (inner - 0.05, 0.14), (inner - 0.04, 0.19), (0.03, 0.19)]
    brush.shape(glow, (90.0, 84.0, 228.0), twice=True)
    white = [(0.06, low - 0.1), (inner - 0.05, low - 0.1), (inner - 0.06, low - 0.05), (0.07, low - 0.04)]
    brush.shape(white, (206.0, 212.0, 222.0), twice=True)
    if rng.random() < 0.6:
        amber = [(0.06, low - 0.17), (inner - 0.05, low - 0.17), (inner - 0.05, low - 0.115), (0.06, low - 0.115)]
        brush.shape(amber, (40.0, 130.0, 225.0), twice=True)


def tall_front(paint: Colour, rng: np.random.Generator, *, bus: bool) -> Picture:
    """The face of a van, truck or bus: windscreen above, lamps and bumper below, shape (560, 560, 3)."""
    brush = Brush(paint, 560, 560, top=1.05, bottom=0.8)
    glass_top = 0.15 if bus else 0.06
    brush.shape([(0.06, glass_top), (0.94, glass_top), (0.97, 0.5), (0.03, 0.5)], GLASS, rim=DARK, px=4)
    _pane(brush, 0.05, glass_top, 0.95, 0.5)
    if bus:
        brush.box(0.08, 0.03, 0.92, 0.125, DARK)
        brush.text(f"{rng.integers(10, 990)}", 0.36, 0.045, 0.07, (60.0, 170.0, 250.0))
        brush.text(str(rng.choice(["서울", "강남", "시청", "대학로"])), 0.62, 0.05, 0.055, (90.0, 200.0, 120.0))
    for x in (0.3, 0.7):
        brush.line([(x, 0.5), (x - 0.16, 0.44)], (16.0, 16.0, 16.0), px=3)
    brush.box(0.28, 0.55, 0.72, 0.66, DARK)
    for y in (0.575, 0.605, 0.635):
        brush.box(0.3, y - 0.006, 0.7, y + 0.006, SILVER if rng.random() < 0.5 else (70.0, 68.0, 68.0))
    _badge(brush, rng, 0.605, 0.03)
    brush.shape([(0.03, 0.58), (0.2, 0.6), (0.22, 0.7), (0.03, 0.7)], (110.0, 104.0, 98.0), twice=True, rim=DARK)
    brush.disc(0.09, 0.645, 0.036, (240.0, 236.0, 230.0), twice=True)
    brush.disc(0.16, 0.65, 0.028, (225.0, 222.0, 218.0), twice=True)
    brush.shape([(0.0, 0.6), (0.03, 0.6), (0.03, 0.68), (0.0, 0.68)], (40.0, 130.0, 235.0), twice=True)
    bumper = (60.0, 58.0, 58.0) if rng.random() < 0.5 else shade(paint, 0.86)
    brush.box(0.0, 0.76, 1.0, 0.98, bumper)
    brush.box(0.3, 0.86, 0.7, 0.93, DARK)
    brush.disc(0.14, 0.88, 0.025, (190.0, 186.0, 180.0), twice=True)
    brush.dirt(rng, float(rng.uniform(0.0, 0.6)), low=0.5)
    return brush.sheet


def tall_rear(paint: Colour, rng: np.random.Generator, *, glass: bool) -> Picture:
    """The back of a van, truck or bus: doors, lamps low down, a bumper, shape (560, 560, 3)."""
    brush = Brush(paint, 560, 560, top=1.05, bottom=0.8)
    if glass:
        brush.shape([(0.1, 0.08), (0.9, 0.08), (0.93, 0.4), (0.07, 0.4)], GLASS, rim=DARK, px=4)
        _pane(brush, 0.1, 0.08, 0.9, 0.4)
        brush.line([(0.5, 0.4), (0.38, 0.3)], (16.0, 16.0, 16.0), px=4)
        brush.box(0.36, 0.56, 0.64, 0.74, shade(paint, 0.84))
    else:
        brush.line([(0.5, 0.02), (0.5, 0.78)], shade(paint, 0.45), px=4)
        for x in (0.44, 0.56):
            brush.line([(x, 0.08), (x, 0.76)], (140.0, 140.0, 140.0), px=5)
            brush.box(x - 0.02, 0.5, x + 0.02, 0.53, (90.0, 90.0, 90.0))
        for y in (0.15, 0.4, 0.65):
            brush.box(0.01, y, 0.06, y + 0.03, (120.0, 120.0, 120.0))
            brush.box(0.94, y, 0.99, y + 0.03, (120.0, 120.0, 120.0))
    brush.line([(0.02, 0.5), (0.98, 0.5)], shade(paint, 0.7), px=2)
    red: Colour = (34.0, 30.0, float(rng.uniform(140, 190)))
    brush.shape([(0.02, 0.56), (0.11, 0.56), (0.11, 0.78), (0.02, 0.78)], red, twice=True, rim=DARK)
    brush.shape([(0.03, 0.64), (0.1, 0.64), (0.1, 0.69), (0.03, 0.69)], (40.0, 130.0, 225.0), twice=True)
    brush.shape([(0.03, 0.7), (0.1, 0.7), (0.1, 0.74), (0.03, 0.74)], (210.0, 214.0, 220.0), twice=True)
    if rng.random() < 0.5:
        brush.text(str(rng.choice(_WORDS)), 0.14, 0.53, 0.03, SILVER)
    brush.box(0.0, 0.84, 1.0, 1.0, (50.0, 48.0, 48.0))
    for x in np.arange(0.0, 1.0, 0.1):
        if not glass:
            brush.shape([(x, 0.93), (x + 0.05, 0.93), (x + 0.08, 0.98), (x + 0.03, 0.98)], (40.0, 60.0, 200.0))
    brush.dirt(rng, float(rng.uniform(0.0, 0.7)), low=0.5)
    return brush.sheet


def _pane(brush: Brush, x0: float, y0: float, x1: float, y1: float) -> None:
    """Sky in the upper part of a pane, and a slanting reflection."""
    wide, high = x1 - x0, y1 - y0
    brush.light(x0 + wide / 2, y0, (0.4 * wide, 0.4 * high), 0.9)
    slant = [(x0 + 0.2 * wide, y1), (x0 + 0.38 * wide, y0), (x0 + 0.5 * wide, y0), (x0 + 0.32 * wide, y1)]
    brush.shape(slant, (116.0, 106.0, 96.0))
