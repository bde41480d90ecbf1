"""A plate's empty sheet and what is drawn on it in shares of its size: borders, fills, bands, emblems."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.raster import Colour, Picture
from workbench.street.plates.lettering import Box

PALE, DARK, YELLOW = (238.0, 240.0, 240.0), (26.0, 24.0, 24.0), (40.0, 195.0, 245.0)
BLUE, GREEN, RED, BLACK = (150.0, 60.0, 20.0), (74.0, 110.0, 32.0), (40.0, 36.0, 170.0), (30.0, 28.0, 28.0)


def new_sheet(rng: np.random.Generator, aspect: float, height: int, ground: Colour) -> Picture:
    """A sheet of nearly that colour, `aspect` times as wide as high, shape (height, width, 3)."""
    sheet: Picture = np.empty((height, round(height * aspect), 3), dtype=np.uint8)
    sheet[:] = np.clip(np.asarray(ground) + rng.uniform(-12, 12, size=3), 0, 255)
    return sheet


def border(sheet: Picture, ink: Colour, inset: int, thick: int) -> None:
    """A line around the sheet, `inset` pixels from its edge."""
    height, width = sheet.shape[:2]
    cv2.rectangle(sheet, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, thick, cv2.LINE_AA)


def part(sheet: Picture, x0: float, y0: float, x1: float, y1: float) -> Box:
    """A box given in shares of the sheet, in its pixels."""
    height, width = sheet.shape[:2]
    return x0 * width, y0 * height, x1 * width, y1 * height


def fill(sheet: Picture, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
    """Fill a box given in shares of the sheet."""
    left, top, right, bottom = (round(v) for v in part(sheet, x0, y0, x1, y1))
    sheet[top:bottom, left:right] = colour


def band_colour(rng: np.random.Generator) -> Colour:
    """The colour of a country's band: any blue from bright to nearly black, now and then another."""
    if rng.random() < 0.8:
        tone = float(rng.uniform(0.35, 1.15))
        return 165.0 * tone, 75.0 * tone, 18.0 * tone
    b, g, r = (float(v) for v in rng.uniform(10, 200, size=3))
    return b, g, r


def blot(sheet: Picture, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    """An emblem, as it looks from afar."""
    height, width = sheet.shape[:2]
    tone = tuple(float(v) for v in rng.uniform(20, 220, size=3))
    middle = (round(x * width), round(y * height))
    axes = (round(radius * height * rng.uniform(0.6, 1.2)), round(radius * height))
    cv2.ellipse(sheet, middle, axes, 0, 0, 360, tone, -1 if rng.random() < 0.5 else 3, cv2.LINE_AA)
