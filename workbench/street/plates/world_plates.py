"""Plates of nowhere in particular: many layouts and colour pairs, so that a detector learns what all share.

Some carry stretched letters that fill the sheet, others letters of their own widths with much ground around them, and
others are set as one country sets them. All are needed: a detector that saw wide-set letters on shop signs alone took
such plates for signs.
"""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.raster import Colour, Picture
from workbench.street.plates.country_plates import country_plate
from workbench.street.plates.korean_plates import plate_picture, random_plate
from workbench.street.plates.lettering import code, grouped, pick, set_line, some_font, spell, word
from workbench.street.plates.plate_sheets import band_colour, border, new_sheet

_PALE, _DARK = (236, 238, 238), (26, 24, 24)
# Ground, ink, and how often.
_PAIRS: tuple[tuple[Colour, Colour, float], ...] = (
    (_PALE, _DARK, 0.42),
    ((40, 190, 245), (20, 20, 20), 0.13),
    ((30, 28, 28), _PALE, 0.05),
    ((30, 28, 28), (50, 190, 235), 0.06),
    ((160, 70, 30), _PALE, 0.04),
    ((70, 110, 40), _PALE, 0.04),
    ((60, 105, 30), (60, 200, 240), 0.02),
    (_PALE, (150, 50, 20), 0.06),
    (_PALE, (40, 30, 180), 0.04),
    ((226, 190, 140), _DARK, 0.04),
    ((40, 36, 170), _PALE, 0.1),
    ((178, 180, 180), _DARK, 0.04),
)
_ASPECTS = (4.7, 4.4, 3.1, 2.0, 2.05, 1.5)
_ASPECT_SHARES = (0.42, 0.18, 0.12, 0.14, 0.06, 0.08)


def world_plate(rng: np.random.Generator) -> Picture:
    """A flat plate about 110 to 240 pixels high, dirt, screws and light included; Korean ones among them."""
    choice = rng.random()
    if choice < 0.17:
        sheet = plate_picture(random_plate(rng, commercial=rng.random() < 0.3)).copy()
    elif choice < 0.41:
        sheet = _foreign(rng, *_pair(rng))
    elif choice < 0.69:
        sheet = _typeset(rng, *_pair(rng))
    else:
        sheet = country_plate(rng)
    return _weathered(_screwed(sheet, rng), rng)


def _pair(rng: np.random.Generator) -> tuple[Colour, Colour]:
    shares = np.array([pair[2] for pair in _PAIRS])
    ground, ink, _ = _PAIRS[int(rng.choice(len(_PAIRS), p=shares / shares.sum()))]
    return ground, ink


def _foreign(rng: np.random.Generator, ground: Colour, ink: Colour) -> Picture:
    """Letters stretched to fill the sheet."""
    aspect = float(rng.choice(_ASPECTS, p=_ASPECT_SHARES)) * float(rng.uniform(0.94, 1.06))
    sheet = new_sheet(rng, aspect, 120 if aspect > 2.5 else 200, ground)
    height, width = sheet.shape[:2]
    if rng.random() < 0.7:
        border(sheet, ink, int(rng.integers(2, 6)), int(rng.integers(1, 5)))
    left = right = round(0.035 * width)
    if aspect > 2.5 and rng.random() < 0.45:
        left, colour = round(0.42 * height), band_colour(rng)
        cv2.rectangle(sheet, (2, 2), (left - 4, height - 3), colour, -1)
        cv2.circle(sheet, (left // 2, height // 3), height // 9, (60, 210, 240), 2, cv2.LINE_AA)
        place = (0.05 * left, 0.62 * height, 0.9 * left, 0.92 * height)
        set_line(sheet, pick(rng, "BCDEFGHIKLMNPRST", int(rng.integers(1, 3))), place, (240, 240, 240), "sans", 0.8)
        if rng.random() < 0.25:
            right = left
            cv2.rectangle(sheet, (width - left + 4, 2), (width - 3, height - 3), colour, -1)
    font = some_font(rng)
    if aspect < 2.5 and rng.random() < 0.7:
        middle = height // 2
        if rng.random() < 0.5:
            spell(sheet, code(rng, int(rng.integers(2, 5))), (left, 18, width - right, middle - 4), ink, font)
            spell(sheet, code(rng, int(rng.integers(3, 6))), (left, middle + 6, width - right, height - 16), ink, font)
            return sheet
        set_line(sheet, word(rng, 5, 9), (0.1 * width, 12, 0.9 * width, 12 + 0.13 * height), ink, "sans", 1.0)
        box = (left, round(0.26 * height), width - right, round(0.82 * height))
        spell(sheet, code(rng, int(rng.integers(5, 8))), box, ink, font)
        return sheet
    top = float(rng.uniform(0.1, 0.24))
    box = (left, round(top * height), width - right, round((1 - top) * height))
    spell(sheet, code(rng, int(rng.integers(5, 10))), box, ink, font)
    return sheet


def _typeset(rng: np.random.Generator, ground: Colour, ink: Colour) -> Picture:
    """Letters of their own widths, large or small on the sheet, with captions, small words between and side bands."""
    two = rng.random() < 0.32
    aspect = float(rng.uniform(1.2, 2.6) if two else np.exp(rng.uniform(np.log(2.4), np.log(5.4))))
    sheet = new_sheet(rng, aspect, 200 if two else 130, ground)
    height, width = sheet.shape[:2]
    if rng.random() < 0.45:
        border(sheet, ink, int(rng.integers(1, 9)), int(rng.integers(1, 6)))
    font, weight = some_font(rng), int(rng.choice([-1, 0, 0, 0, 1, 2]))
    x0, x1 = round(float(rng.uniform(0.02, 0.08)) * width), round(float(rng.uniform(0.92, 0.98)) * width)
    y0, y1 = float(rng.uniform(0.02, 0.14)) * height, float(rng.uniform(0.86, 0.98)) * height
    if rng.random() < 0.25:
        tone = (150.0, 60.0, 20.0) if rng.random() < 0.6 else ink
        set_line(
            sheet, "IND" if rng.random() < 0.5 else code(rng, 3), (x0, y0, x0 + 0.09 * width, y1), tone, font, 0.14
        )
        x0 += round(0.1 * width)
    if rng.random() < 0.2:
        caption, share = word(rng), float(rng.uniform(0.12, 0.24)) * height
        over = rng.random() < 0.5
        set_line(sheet, caption, (x0, y0, x1, y0 + share) if over else (x0, y1 - share, x1, y1), ink, font, 0.8)
        y0, y1 = (y0 + share, y1) if over else (y0, y1 - share)
    large = float(rng.uniform(0.5, 1.0))
    if two:
        split = y0 + float(rng.uniform(0.36, 0.54)) * (y1 - y0)
        set_line(sheet, grouped(rng, 3, 6), (x0, y0, x1, split), ink, font, min(large, 0.9), weight=weight)
        set_line(sheet, grouped(rng, 2, 6), (x0, split, x1, y1), ink, font, large, weight=weight)
    elif rng.random() < 0.15:
        # A small word or two small lines stand between or before large ones.
        left, right = sorted(float(v) for v in rng.uniform(0.2, 0.7, size=2))
        middle = (y0 + y1) / 2
        edge, end = x0 + left * (x1 - x0), x0 + max(right, left + 0.15) * (x1 - x0)
        set_line(sheet, grouped(rng, 2, 4), (x0, y0, edge, y1), ink, font, large)
        set_line(sheet, word(rng)[:5], (edge, y0, end, middle), ink, font, 0.5)
        if rng.random() < 0.5:
            set_line(sheet, code(rng, 2), (edge, middle, end, y1), ink, font, 0.6)
        set_line(sheet, grouped(rng, 3, 4), (end, y0, x1, y1), ink, font, large)
    else:
        set_line(sheet, grouped(rng, 4, 11), (x0, y0, x1, y1), ink, font, large, weight=weight)
    return sheet


def _screwed(sheet: Picture, rng: np.random.Generator) -> Picture:
    """Screws, and now and then a badge. A dealer's frame is not part of the plate and is drawn by the scene."""
    height, width = sheet.shape[:2]
    for x in rng.choice([0.12, 0.2, 0.3, 0.5, 0.7, 0.8, 0.88], size=int(rng.integers(0, 4))):
        y = 0.08 if rng.random() < 0.7 else 0.92
        tone = float(rng.uniform(60, 200))
        cv2.circle(sheet, (int(x * width), int(y * height)), max(2, height // 28), (tone, tone, tone), -1, cv2.LINE_AA)
    if rng.random() < 0.2:
        colour = tuple(float(v) for v in rng.uniform(0, 255, size=3))
        cv2.circle(
            sheet, (int(rng.uniform(0.25, 0.75) * width), int(0.5 * height)), height // 9, colour, -1, cv2.LINE_AA
        )
    return sheet


def _weathered(sheet: Picture, rng: np.random.Generator) -> Picture:
    """Light, dirt, glare, and the edge of a shadow that the bumper or the boot lid throws."""
    height, width = sheet.shape[:2]
    level = sheet.astype(np.float32)
    if rng.random() < 0.6:
        across = np.linspace(rng.uniform(0.65, 1.1), rng.uniform(0.65, 1.1), width)[None, :, None]
        down = np.linspace(rng.uniform(0.6, 1.1), rng.uniform(0.7, 1.1), height)[:, None, None]
        level *= across * down
    if rng.random() < 0.35:
        dirt = cv2.resize(rng.random((6, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        share = (np.clip(dirt - rng.uniform(0.25, 0.5), 0, 1) * rng.uniform(0.3, 1.2))[..., None].clip(0, 0.9)
        level += share * (np.array([70, 85, 100], dtype=np.float32) - level)
    if rng.random() < 0.2:
        # Flash or sun on the reflecting ground: washed out, the ink grey.
        level = 255 - (255 - level) * float(rng.uniform(0.45, 0.95)) + float(rng.uniform(0, 25))
    elif rng.random() < 0.12:
        # Faded: ink and ground nearer to each other.
        level += float(rng.uniform(0.2, 0.6)) * (level.mean(axis=(0, 1)) - level)
    if rng.random() < 0.15:
        x = rng.uniform(0, width)
        shine = np.exp(-0.5 * ((np.arange(width) - x) / (0.1 * width)) ** 2)[None, :, None] * rng.uniform(30, 110)
        level += shine
    if rng.random() < 0.18:
        edge = rng.uniform(0.05, 0.9) * height + rng.uniform(-0.4, 0.4) * np.linspace(-height / 2, height / 2, width)
        hidden = np.clip(edge[None, :] - np.arange(height)[:, None], 0, 1)[..., None]
        level *= 1 - hidden * rng.uniform(0.25, 0.65)
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
