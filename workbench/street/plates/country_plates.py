"""Layouts of countries that look unlike each other: letters and numbers mean nobody, emblems are blots."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

from workbench.street.draw.raster import Colour, Picture
from workbench.street.draw.textures import texture_patch
from workbench.street.plates import lettering
from workbench.street.plates.lettering import pick, set_line, some_font
from workbench.street.plates.plate_sheets import (  # fmt: skip
    BLACK,
    BLUE,
    DARK,
    GREEN,
    PALE,
    RED,
    YELLOW,
    band_colour,
    blot,
    border,
    fill,
    new_sheet,
    part,
)
from workbench.street.plates.script_plates import arabic, chinese, japanese, two_scripts

_INKS: tuple[Colour, ...] = (DARK, DARK, (110.0, 40.0, 15.0), (40.0, 30.0, 150.0), (50.0, 90.0, 20.0))


def country_plate(rng: np.random.Generator) -> Picture:
    """A flat plate after the manner of one country, about 110 to 200 pixels high."""
    makers: tuple[tuple[Callable[[np.random.Generator], Picture], float], ...] = (
        (_american, 0.24), (_south_american, 0.14), (chinese, 0.12), (japanese, 0.1), (arabic, 0.1),
        (_british, 0.08), (_russian, 0.06), (two_scripts, 0.06), (_plain_black, 0.05), (_square, 0.05),
    )  # fmt: skip
    shares = np.array([share for _, share in makers])
    return makers[int(rng.choice(len(makers), p=shares / shares.sum()))][0](rng)


def _american(rng: np.random.Generator) -> Picture:
    """Twice as long as high: the state above, a motto below, a picture or a wash of colour behind, stickers."""
    height = 180
    sheet = new_sheet(rng, float(rng.uniform(1.9, 2.05)), height, PALE)
    ink = _INKS[int(rng.integers(len(_INKS)))]
    choice = rng.random()
    if choice < 0.4:
        ends = rng.uniform(150, 250, size=(2, 3))
        down = np.linspace(0, 1, height)[:, None, None] ** float(rng.uniform(0.5, 2.0))
        sheet[:] = (ends[0] * (1 - down) + ends[1] * down).astype(np.uint8)
    elif choice < 0.65:
        share = float(rng.uniform(0.1, 0.45))
        scenery = texture_patch(rng, sheet.shape[1], height).astype(np.float32)
        sheet[:] = (sheet * (1 - share) + share * scenery).astype(np.uint8)
    elif choice < 0.75:
        sheet[:], ink = ((BLUE, YELLOW), (BLACK, PALE), (YELLOW, BLUE))[int(rng.integers(3))]
    font, caption = some_font(rng), ink if rng.random() < 0.5 else band_colour(rng)
    top, bottom = 0.24, 0.96
    if rng.random() < 0.25:
        fill(sheet, 0, 0, 1, 0.2, caption)
        caption = PALE
    if rng.random() < 0.9:
        style = str(rng.choice(["sans", "serif", "italic", "narrow"]))
        set_line(sheet, lettering.word(rng, 4, 12), part(sheet, 0.15, 0.03, 0.85, 0.22), caption, style, 0.9)
    if rng.random() < 0.6:
        bottom = 0.84
        set_line(sheet, lettering.word(rng, 6, 18), part(sheet, 0.1, 0.85, 0.9, 0.97), caption, "sans", 0.85)
    signs = lettering.letters_or_digits(rng, int(rng.integers(4, 8)))
    if rng.random() < 0.5 and len(signs) > 4:
        signs = signs[:3] + str(rng.choice([" ", "-", "·", "  "])) + signs[3:]
    left, right = 0.03, 0.97
    if rng.random() < 0.2:
        left = 0.2
        blot(sheet, rng, 0.1, 0.5 * (top + bottom), 0.14)
    large, weight = float(rng.uniform(0.72, 1.0)), int(rng.integers(-1, 2))
    set_line(sheet, signs, part(sheet, left, top, right, bottom), ink, font, large, weight=weight)
    for x0, x1 in ((0.02, 0.13), (0.87, 0.98)):
        if rng.random() < 0.35:
            y = 0.03 if rng.random() < 0.5 else 0.8
            fill(sheet, x0, y, x1, y + 0.16, tuple(float(v) for v in rng.uniform(20, 250, size=3)))  # type: ignore[arg-type]
    if rng.random() < 0.4:
        border(sheet, ink, int(rng.integers(1, 5)), int(rng.integers(1, 4)))
    return sheet


def _south_american(rng: np.random.Generator) -> Picture:
    """Grey with a town above, or white under a blue band."""
    aspect = 3.08 if rng.random() < 0.75 else float(rng.uniform(1.15, 1.35))
    two = aspect < 2
    signs = pick(rng, lettering.LATIN, 3), pick(rng, "0123456789", 4)
    if rng.random() < 0.5:
        ground, ink = ((185.0, 186.0, 184.0), DARK) if rng.random() < 0.75 else (RED, PALE)
        sheet = new_sheet(rng, aspect, 150 if two else 120, ground)
        town = f"{pick(rng, lettering.LATIN, 2)}-{lettering.word(rng, 5, 11)}"
        set_line(sheet, town, part(sheet, 0.15, 0.03, 0.85, 0.2), ink, "sans", 0.85)
        border(sheet, ink, 1, 2)
        mark = str(rng.choice([" ", "·", "-"]))
    else:
        ground = PALE if rng.random() < 0.85 else BLACK
        ink = _INKS[int(rng.integers(len(_INKS)))] if ground == PALE else PALE
        sheet = new_sheet(rng, aspect, 150 if two else 120, ground)
        fill(sheet, 0, 0, 1, float(rng.uniform(0.17, 0.25)), band_colour(rng))
        set_line(sheet, lettering.word(rng, 5, 9), part(sheet, 0.25, 0.02, 0.75, 0.2), PALE, "sans", 0.75)
        fill(sheet, 0.9, 0.05, 0.96, 0.16, (60.0, 160.0, 60.0))
        if rng.random() < 0.7:
            border(sheet, ink, 2, 3)
        mark = ""
    large, font = float(rng.uniform(0.75, 0.95)), str(rng.choice(["sans", "narrow", "mono"]))
    if two:
        set_line(sheet, signs[0], part(sheet, 0.08, 0.22, 0.92, 0.58), ink, font, large)
        set_line(sheet, signs[1], part(sheet, 0.05, 0.6, 0.95, 0.98), ink, font, large)
    else:
        set_line(sheet, mark.join(signs), part(sheet, 0.04, 0.22, 0.96, 0.97), ink, font, large)
    return sheet


def _british(rng: np.random.Generator) -> Picture:
    """Two letters, two digits, three letters, high and narrow, white or yellow, the dealer's name below in small."""
    sheet = new_sheet(rng, 4.68 if rng.random() < 0.85 else 1.4, 120, YELLOW if rng.random() < 0.5 else PALE)
    left = 0.03
    if rng.random() < 0.35:
        colour = band_colour(rng) if rng.random() < 0.8 else (80.0, 150.0, 20.0)
        left = 0.1
        fill(sheet, 0, 0, left, 1, colour)
        set_line(sheet, "GB", part(sheet, 0.01, 0.6, 0.09, 0.9), PALE, "sans", 0.7)
    first = pick(rng, lettering.LATIN, 2) + pick(rng, "0123456789", 2)
    last = pick(rng, lettering.LATIN, 3)
    weight = int(rng.integers(0, 3))
    if sheet.shape[1] < 2 * sheet.shape[0]:
        sheet = np.asarray(cv2.resize(sheet, (252, 180)), dtype=np.uint8)
        set_line(sheet, first, part(sheet, 0.05, 0.06, 0.95, 0.48), DARK, "sans", 0.95, weight=weight)
        set_line(sheet, last, part(sheet, 0.1, 0.52, 0.9, 0.94), DARK, "sans", 0.95, weight=weight)
        return sheet
    set_line(sheet, f"{first} {last}", part(sheet, left, 0.12, 0.97, 0.88), DARK, "sans", 1.0, weight=weight)
    if rng.random() < 0.4:
        set_line(sheet, lettering.word(rng, 5, 16), part(sheet, 0.3, 0.9, 0.7, 0.99), DARK, "sans", 0.9)
    if rng.random() < 0.4:
        border(sheet, DARK, int(rng.integers(2, 6)), 2)
    return sheet


def _russian(rng: np.random.Generator) -> Picture:
    """A letter, three digits, two letters, and a box on the right for the region."""
    ground = PALE if rng.random() < 0.85 else YELLOW
    sheet = new_sheet(rng, 4.64, 120, ground)
    signs = pick(rng, lettering.CYRILLIC, 1), pick(rng, "0123456789", 3), pick(rng, lettering.CYRILLIC, 2)
    set_line(sheet, "".join(signs), part(sheet, 0.03, 0.12, 0.75, 0.9), DARK, "sans", float(rng.uniform(0.85, 1.0)))
    region = pick(rng, "0123456789", int(rng.integers(2, 4)))
    set_line(sheet, region, part(sheet, 0.78, 0.1, 0.98, 0.64), DARK, "sans", 0.95)
    set_line(sheet, "RUS", part(sheet, 0.78, 0.68, 0.9, 0.92), DARK, "sans", 0.9)
    for i, colour in enumerate(((235.0, 235.0, 235.0), BLUE, RED)):
        fill(sheet, 0.91, 0.7 + 0.07 * i, 0.97, 0.77 + 0.07 * i, colour)
    x = round(0.765 * sheet.shape[1])
    cv2.line(sheet, (x, 2), (x, sheet.shape[0] - 3), DARK, 2)
    border(sheet, DARK, 2, 3)
    return sheet


def _plain_black(rng: np.random.Generator) -> Picture:
    """White letters straight on black, at times with a date below."""
    sheet = new_sheet(rng, float(rng.choice([4.6, 3.4, 2.9, 1.5])), 130, BLACK)
    bottom = 0.93
    if rng.random() < 0.4:
        bottom = 0.76
        set_line(sheet, "05·27", part(sheet, 0.3, 0.78, 0.7, 0.97), PALE, "sans", 0.8)
        border(sheet, PALE, 3, 2)
    if sheet.shape[1] < 2 * sheet.shape[0]:
        set_line(sheet, pick(rng, lettering.LATIN, 3), part(sheet, 0.05, 0.05, 0.95, bottom / 2), PALE, "sans", 0.9)
        set_line(sheet, pick(rng, "0123456789", 4), part(sheet, 0.05, bottom / 2, 0.95, bottom), PALE, "sans", 0.9)
    else:
        text = lettering.grouped(rng, 5, 8)
        set_line(sheet, text, part(sheet, 0.03, 0.07, 0.97, bottom), PALE, some_font(rng), float(rng.uniform(0.6, 1)))
    return sheet


def _square(rng: np.random.Generator) -> Picture:
    """A motorcycle's: nearly square, two or three lines."""
    pairs = ((PALE, DARK), (PALE, BLUE), (YELLOW, DARK), (PALE, RED), (GREEN, PALE))
    ground, ink = pairs[int(rng.choice(5, p=(0.5, 0.12, 0.2, 0.08, 0.1)))]
    sheet = new_sheet(rng, float(rng.uniform(0.95, 1.45)), 190, ground)
    left = 0.04
    if rng.random() < 0.3:
        fill(sheet, 0, 0, 0.16, 0.5 if rng.random() < 0.6 else 1.0, band_colour(rng))
        left = 0.18
    lines = 3 if rng.random() < 0.25 else 2
    edges = np.linspace(0.05, 0.95, lines + 1)
    font, large = some_font(rng), float(rng.uniform(0.7, 0.95))
    for number, (y0, y1) in enumerate(pairwise(edges)):
        text = lettering.grouped(rng, 2, 4)
        set_line(sheet, text, part(sheet, 0.04 if number else left, y0, 0.96, y1), ink, font, large)
    if rng.random() < 0.6:
        border(sheet, ink, int(rng.integers(1, 6)), int(rng.integers(1, 5)))
    return sheet
