"""Plates in other scripts than Latin: signs of a province, Arabic digits, round letters.

What is right here is what a detector sees from afar: proportions, colours, bands, boxes and scripts.
"""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.raster import Picture
from workbench.street.plates import lettering
from workbench.street.plates.lettering import pick, set_line, some_font
from workbench.street.plates.plate_sheets import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    PALE,
    RED,
    YELLOW,
    band_colour,
    border,
    fill,
    new_sheet,
    part,
)


def chinese(rng: np.random.Generator) -> Picture:
    """A province's sign, a letter, a dot and five more: white on blue, black on green fading to white or on yellow."""
    kind = int(rng.choice(4, p=(0.6, 0.2, 0.14, 0.06)))
    ground, ink = (((140.0, 60.0, 12.0), PALE), ((110.0, 200.0, 70.0), DARK), (YELLOW, DARK), (PALE, DARK))[kind]
    sheet = new_sheet(rng, 3.14 if kind != 1 else 3.43, 130, ground)
    height, width = sheet.shape[:2]
    if kind == 1:
        fade = np.linspace(0.0, 1.0, height)[:, None, None]
        sheet[:] = (245 * (1 - fade) + np.asarray(ground) * fade).astype(np.uint8)
    tail = lettering.letters_or_digits(rng, 5 if kind != 1 else 6)
    if kind == 2 and rng.random() < 0.4:
        sheet = new_sheet(rng, 2.0, 180, ground)
        lettering.put_ink(sheet, lettering.ideographs(rng, 1), part(sheet, 0.2, 0.06, 0.45, 0.38), ink, 0.9)
        set_line(sheet, pick(rng, lettering.LATIN, 1), part(sheet, 0.55, 0.06, 0.8, 0.38), ink, "sans", 0.9)
        set_line(sheet, tail, part(sheet, 0.05, 0.42, 0.95, 0.94), ink, "sans", 1.0)
        border(sheet, ink, 3, 2)
        return sheet
    lettering.put_ink(sheet, lettering.ideographs(rng, 1), (0.03 * width, 17, 0.15 * width, 113), ink, 0.95, weight=1)
    set_line(sheet, pick(rng, lettering.LATIN, 1), (0.16 * width, 17, 0.28 * width, 113), ink, "sans", 1.0)
    cv2.circle(sheet, (round(0.305 * width), height // 2), 5, ink, -1, cv2.LINE_AA)
    set_line(sheet, tail, (0.33 * width, 17, 0.98 * width, 113), ink, str(rng.choice(["sans", "mono"])), 1.0)
    if rng.random() < 0.85:
        border(sheet, ink, 3, 2)
    return sheet


def japanese(rng: np.random.Generator) -> Picture:
    """A place and a class above, a small sign and four large digits below."""
    pairs = ((PALE, (60.0, 90.0, 20.0)), (YELLOW, DARK), (GREEN, PALE), (BLACK, YELLOW))
    ground, ink = pairs[int(rng.choice(4, p=(0.6, 0.26, 0.1, 0.04)))]
    sheet = new_sheet(rng, 2.0 if rng.random() < 0.85 else 1.85, 180, ground)
    place = part(sheet, 0.2, 0.06, 0.52, 0.36)
    lettering.put_ink(sheet, lettering.ideographs(rng, int(rng.integers(2, 4))), place, ink, 0.85)
    signs = pick(rng, "0123456789", int(rng.integers(2, 4)))
    set_line(sheet, signs, part(sheet, 0.54, 0.06, 0.8, 0.36), ink, "light", 0.9)
    lettering.put_ink(sheet, lettering.ideographs(rng, 1), part(sheet, 0.03, 0.52, 0.15, 0.8), ink, 0.7, weight=-1)
    digits = pick(rng, "0123456789", 4)
    large = f"{digits[:2]}-{digits[2:]}" if rng.random() < 0.75 else f"· {digits[:3]}"
    set_line(sheet, large, part(sheet, 0.17, 0.38, 0.98, 0.95), ink, str(rng.choice(["sans", "light"])), 0.95)
    return sheet


def arabic(rng: np.random.Generator) -> Picture:
    """Arabic or Persian digits, alone or above Latin ones, with a column or a strip for the country."""
    aspect = float(rng.choice([4.7, 2.0, 2.9, 1.6]))
    height = 120 if aspect > 2.5 else 180
    ground, ink = ((PALE, DARK), (PALE, DARK), (YELLOW, DARK), (RED, PALE))[int(rng.integers(4))]
    sheet = new_sheet(rng, aspect, height, ground)
    script = lettering.PERSIAN_DIGITS if rng.random() < 0.4 else lettering.ARABIC_DIGITS
    x0, y0, x1 = 0.03, 0.06, 0.97
    if rng.random() < 0.35:
        fill(sheet, 0, 0, 1, 0.25, band_colour(rng))
        set_line(sheet, lettering.word(rng, 4, 6), part(sheet, 0.05, 0.03, 0.45, 0.23), PALE, "sans", 0.8)
        set_line(sheet, pick(rng, lettering.ARABIC, 4), part(sheet, 0.55, 0.02, 0.95, 0.24), PALE, "sans", 0.85)
        y0 = 0.28
    elif rng.random() < 0.7:
        share, left = float(rng.uniform(0.1, 0.24)), rng.random() < 0.5
        column = (0.0, 0.0, share, 1.0) if left else (1 - share, 0.0, 1.0, 1.0)
        x0, x1 = (share + 0.02, 0.97) if left else (0.03, 1 - share - 0.02)
        lit = ink
        if rng.random() < 0.6:
            fill(sheet, *column, band_colour(rng))
            lit = PALE
        a, _, b, _ = column
        set_line(sheet, pick(rng, lettering.ARABIC, 3), part(sheet, a + 0.01, 0.08, b - 0.01, 0.42), lit, "sans", 0.8)
        set_line(sheet, lettering.word(rng, 3, 4), part(sheet, a + 0.01, 0.5, b - 0.01, 0.9), lit, "sans", 0.6)
    count = int(rng.integers(3, 8))
    gap = " " if rng.random() < 0.3 else ""
    arabic = gap.join(pick(rng, script, count)) + ("" if rng.random() < 0.5 else " " + pick(rng, lettering.ARABIC, 1))
    if rng.random() < 0.45:
        middle = (y0 + 0.96) / 2
        set_line(sheet, arabic, part(sheet, x0, y0, x1, middle), ink, "sans", 0.9)
        latin = gap.join(pick(rng, "0123456789", count))
        set_line(sheet, latin, part(sheet, x0, middle, x1, 0.96), ink, some_font(rng), 0.9)
        if rng.random() < 0.5:
            y = round(middle * height)
            cv2.line(sheet, (round(x0 * sheet.shape[1]), y), (round(x1 * sheet.shape[1]), y), ink, 2)
    else:
        set_line(sheet, arabic, part(sheet, x0, y0, x1, 0.95), ink, "sans", float(rng.uniform(0.6, 0.95)))
    if rng.random() < 0.6:
        border(sheet, ink, int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    return sheet


def two_scripts(rng: np.random.Generator) -> Picture:
    """Digits and round letters above, a province below in small, as in Thailand and Laos."""
    ground, ink = ((PALE, DARK), (PALE, GREEN), (YELLOW, DARK), (BLUE, PALE))[int(rng.integers(4))]
    sheet = new_sheet(rng, float(rng.uniform(1.25, 2.3)), 180, ground)
    first = pick(rng, lettering.LAO, 2) + " " + pick(rng, "0123456789", int(rng.integers(3, 5)))
    set_line(sheet, first, part(sheet, 0.04, 0.06, 0.96, 0.66), ink, "sans", float(rng.uniform(0.7, 1.0)))
    set_line(sheet, pick(rng, lettering.LAO, int(rng.integers(5, 11))), part(sheet, 0.12, 0.68, 0.88, 0.94), ink,
             "sans", 0.9)  # fmt: skip
    border(sheet, ink, int(rng.integers(2, 6)), int(rng.integers(1, 4)))
    return sheet
