"""Plates of nowhere in particular: a dozen layouts and many colour pairs, so that a detector learns what all share."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.sample.glyphs import FONTS, glyph, text_line
from workbench.sample.plates import plate_picture, random_plate
from workbench.sample.raster import Colour, Picture

_PALE, _DARK = (236, 238, 238), (26, 24, 24)
# Ground, ink, and how often.
_PAIRS: tuple[tuple[Colour, Colour, float], ...] = (
    (_PALE, _DARK, 0.48),
    ((40, 190, 245), (20, 20, 20), 0.14),
    ((30, 28, 28), _PALE, 0.06),
    ((160, 70, 30), _PALE, 0.05),
    ((70, 110, 40), _PALE, 0.05),
    (_PALE, (150, 50, 20), 0.07),
    (_PALE, (40, 30, 180), 0.05),
    ((226, 190, 140), _DARK, 0.05),
    ((40, 36, 170), _PALE, 0.05),
)
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_ASPECTS = (4.7, 4.4, 3.1, 2.0, 2.05, 1.5)
_ASPECT_SHARES = (0.42, 0.18, 0.12, 0.14, 0.06, 0.08)


def world_plate(rng: np.random.Generator) -> Picture:
    """A flat plate about 110 to 240 pixels high, dirt, screws and light included; Korean ones among them."""
    if rng.random() < 0.25:
        sheet = plate_picture(random_plate(rng, commercial=rng.random() < 0.3)).copy()
    else:
        sheet = _foreign(rng)
    return _weathered(_framed(sheet, rng), rng)


def _foreign(rng: np.random.Generator) -> Picture:
    shares = np.array([pair[2] for pair in _PAIRS])
    ground, ink, _ = _PAIRS[int(rng.choice(len(_PAIRS), p=shares / shares.sum()))]
    aspect = float(rng.choice(_ASPECTS, p=_ASPECT_SHARES)) * float(rng.uniform(0.94, 1.06))
    height = 120 if aspect > 2.5 else 200
    width = round(height * aspect)
    sheet: Picture = np.empty((height, width, 3), dtype=np.uint8)
    sheet[:] = np.clip(np.asarray(ground) + rng.uniform(-14, 14, size=3), 0, 255)
    if rng.random() < 0.7:
        inset = int(rng.integers(2, 6))
        cv2.rectangle(
            sheet, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, int(rng.integers(1, 5)), cv2.LINE_AA
        )
    left = right = round(0.035 * width)
    band: Colour = (170.0, 80.0, 20.0)
    if aspect > 2.5 and rng.random() < 0.45:
        left = round(0.42 * height)
        cv2.rectangle(sheet, (2, 2), (left - 4, height - 3), band, -1)
        cv2.circle(sheet, (left // 2, height // 3), height // 9, (60, 210, 240), 2, cv2.LINE_AA)
        _line(
            sheet,
            _LETTERS[int(rng.integers(23))],
            (left // 4, round(0.66 * height)),
            round(0.2 * height),
            (240, 240, 240),
        )
        if rng.random() < 0.25:
            right = left
            cv2.rectangle(sheet, (width - left + 4, 2), (width - 3, height - 3), band, -1)
    font = str(rng.choice(list(FONTS), p=(0.4, 0.2, 0.15, 0.07, 0.03, 0.15)))
    if aspect < 2.5 and rng.random() < 0.7:
        if rng.random() < 0.5:
            _spell(sheet, _code(rng, int(rng.integers(2, 5))), (left, 18, width - right, height // 2 - 4), ink, font)
            _spell(
                sheet,
                _code(rng, int(rng.integers(3, 6))),
                (left, height // 2 + 6, width - right, height - 16),
                ink,
                font,
            )
            return sheet
        caption = "".join(_LETTERS[int(i)] for i in rng.integers(23, size=int(rng.integers(5, 10))))
        _line(sheet, caption, (round(0.28 * width), 12), round(0.13 * height), ink)
        _spell(
            sheet,
            _code(rng, int(rng.integers(5, 8))),
            (left, round(0.26 * height), width - right, round(0.82 * height)),
            ink,
            font,
        )
        return sheet
    top = float(rng.uniform(0.1, 0.24))
    box = (left, round(top * height), width - right, round((1 - top) * height))
    _spell(sheet, _code(rng, int(rng.integers(5, 10))), box, ink, font)
    return sheet


def _code(rng: np.random.Generator, count: int) -> str:
    signs = "".join(
        _LETTERS[int(rng.integers(23))] if rng.random() < 0.45 else str(rng.integers(10)) for _ in range(count)
    )
    if count >= 5:
        for _ in range(int(rng.integers(0, 3))):
            cut = int(rng.integers(1, len(signs)))
            mark = " " if rng.random() < 0.75 else "-" if rng.random() < 0.6 else "·"
            signs = signs[:cut] + mark + signs[cut:]
    return signs


def _spell(sheet: Picture, text: str, box: tuple[int, int, int, int], ink: Colour, font: str) -> None:
    x0, y0, x1, y1 = box
    shares = np.array([0.4 if c in " -·" else 1.0 for c in text])
    # Letters keep a natural width where the plate is longer than its text.
    pace = min((x1 - x0) / shares.sum(), 0.82 * (y1 - y0))
    start = (x0 + x1 - pace * shares.sum()) / 2
    for character, share in zip(text, shares, strict=True):
        width = max(2, round(0.84 * pace * share))
        if character in "1I":
            width = max(2, round(0.55 * width))
        if character not in " ·":
            height = y1 - y0 if character != "-" else max(2, (y1 - y0) // 8)
            left = round(start + (pace * share - width) / 2)
            top = y0 if character != "-" else (y0 + y1) // 2
            _blend(sheet, glyph(character, width, height, font), (left, top), ink)
        start += pace * share


def _line(sheet: Picture, text: str, corner: tuple[int, int], height: int, ink: Colour) -> None:
    _blend(sheet, text_line(text, max(height, 4)), corner, ink)


def _blend(sheet: Picture, mask: Picture, corner: tuple[int, int], ink: Colour) -> None:
    x, y = max(corner[0], 0), max(corner[1], 0)
    part = sheet[y : y + mask.shape[0], x : x + mask.shape[1]]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255.0
    part[:] = (part + share * (np.asarray(ink, dtype=np.float32) - part)).astype(np.uint8)


def _framed(sheet: Picture, rng: np.random.Generator) -> Picture:
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
    height, width = sheet.shape[:2]
    level = sheet.astype(np.float32)
    if rng.random() < 0.6:
        across = np.linspace(rng.uniform(0.65, 1.1), rng.uniform(0.65, 1.1), width)[None, :, None]
        down = np.linspace(rng.uniform(0.75, 1.1), rng.uniform(0.75, 1.1), height)[:, None, None]
        level *= across * down
    if rng.random() < 0.35:
        dirt = cv2.resize(rng.random((6, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        share = (np.clip(dirt - 0.45, 0, 1) * rng.uniform(0.3, 1.0))[..., None]
        level += share * (np.array([70, 85, 100], dtype=np.float32) - level)
    if rng.random() < 0.15:
        x = rng.uniform(0, width)
        shine = np.exp(-0.5 * ((np.arange(width) - x) / (0.1 * width)) ** 2)[None, :, None] * rng.uniform(30, 110)
        level += shine
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
