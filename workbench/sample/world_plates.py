"""Plates of nowhere in particular: many layouts and colour pairs, so that a detector learns what all share.

Some carry stretched letters that fill the sheet, others letters of their own widths with much ground around them. Both
are needed: a detector that saw the second kind on shop signs alone took such plates for signs.
"""

from __future__ import annotations

import cv2
import numpy as np

from workbench.sample.glyphs import FONTS, glyph, text_line
from workbench.sample.plates import plate_picture, random_plate
from workbench.sample.raster import Colour, Picture

_PALE, _DARK = (236, 238, 238), (26, 24, 24)
# Ground, ink, and how often.
_PAIRS: tuple[tuple[Colour, Colour, float], ...] = (
    (_PALE, _DARK, 0.44),
    ((40, 190, 245), (20, 20, 20), 0.13),
    ((30, 28, 28), _PALE, 0.05),
    ((30, 28, 28), (50, 190, 235), 0.05),
    ((160, 70, 30), _PALE, 0.04),
    ((70, 110, 40), _PALE, 0.04),
    (_PALE, (150, 50, 20), 0.06),
    (_PALE, (40, 30, 180), 0.04),
    ((226, 190, 140), _DARK, 0.04),
    ((40, 36, 170), _PALE, 0.07),
    ((178, 180, 180), _DARK, 0.04),
)
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_ASPECTS = (4.7, 4.4, 3.1, 2.0, 2.05, 1.5)
_ASPECT_SHARES = (0.42, 0.18, 0.12, 0.14, 0.06, 0.08)


def world_plate(rng: np.random.Generator) -> Picture:
    """A flat plate about 110 to 240 pixels high, dirt, screws and light included; Korean ones among them."""
    choice = rng.random()
    if choice < 0.22:
        sheet = plate_picture(random_plate(rng, commercial=rng.random() < 0.3)).copy()
    elif choice < 0.56:
        sheet = _foreign(rng, *_pair(rng))
    else:
        sheet = _typeset(rng, *_pair(rng))
    return _weathered(_framed(sheet, rng), rng)


def _pair(rng: np.random.Generator) -> tuple[Colour, Colour]:
    shares = np.array([pair[2] for pair in _PAIRS])
    ground, ink, _ = _PAIRS[int(rng.choice(len(_PAIRS), p=shares / shares.sum()))]
    return ground, ink


def _foreign(rng: np.random.Generator, ground: Colour, ink: Colour) -> Picture:
    """Letters stretched to fill the sheet."""
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
        _line(sheet, _word(rng, 5, 9), (round(0.28 * width), 12), round(0.13 * height), ink)
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


def _typeset(rng: np.random.Generator, ground: Colour, ink: Colour) -> Picture:
    """Letters of their own widths, large or small on the sheet, with captions, small words between and side bands."""
    two = rng.random() < 0.32
    aspect = float(rng.uniform(1.3, 2.6) if two else np.exp(rng.uniform(np.log(2.4), np.log(5.4))))
    height = 200 if two else 130
    width = round(height * aspect)
    sheet: Picture = np.empty((height, width, 3), dtype=np.uint8)
    sheet[:] = np.clip(np.asarray(ground) + rng.uniform(-14, 14, size=3), 0, 255)
    if rng.random() < 0.45:
        inset = int(rng.integers(1, 9))
        thick = int(rng.integers(1, 6))
        cv2.rectangle(sheet, (inset, inset), (width - 1 - inset, height - 1 - inset), ink, thick, cv2.LINE_AA)
    font = str(rng.choice(list(FONTS), p=(0.38, 0.3, 0.15, 0.05, 0.02, 0.1)))
    x0, x1 = round(float(rng.uniform(0.02, 0.08)) * width), round(float(rng.uniform(0.92, 0.98)) * width)
    y0, y1 = float(rng.uniform(0.02, 0.14)) * height, float(rng.uniform(0.86, 0.98)) * height
    if rng.random() < 0.25:
        tone = (150.0, 60.0, 20.0) if rng.random() < 0.6 else ink
        _set(sheet, "IND" if rng.random() < 0.5 else _code(rng, 3), (x0, y0, x0 + 0.09 * width, y1), tone, font, 0.14)
        x0 += round(0.1 * width)
    if rng.random() < 0.2:
        caption, share = _word(rng), float(rng.uniform(0.12, 0.24)) * height
        over = rng.random() < 0.5
        _set(sheet, caption, (x0, y0, x1, y0 + share) if over else (x0, y1 - share, x1, y1), ink, font, 0.8)
        y0, y1 = (y0 + share, y1) if over else (y0, y1 - share)
    large = float(rng.uniform(0.5, 1.0))
    if two:
        split = y0 + float(rng.uniform(0.36, 0.54)) * (y1 - y0)
        _set(sheet, _grouped(rng, 3, 6), (x0, y0, x1, split), ink, font, min(large, 0.9))
        _set(sheet, _grouped(rng, 2, 6), (x0, split, x1, y1), ink, font, large)
    elif rng.random() < 0.15:
        # A small word or two small lines stand between or before large ones.
        left, right = sorted(float(v) for v in rng.uniform(0.2, 0.7, size=2))
        middle = (y0 + y1) / 2
        edge, end = x0 + left * (x1 - x0), x0 + max(right, left + 0.15) * (x1 - x0)
        _set(sheet, _grouped(rng, 2, 4), (x0, y0, edge, y1), ink, font, large)
        _set(sheet, _word(rng)[:5], (edge, y0, end, middle), ink, font, 0.5)
        if rng.random() < 0.5:
            _set(sheet, _code(rng, 2), (edge, middle, end, y1), ink, font, 0.6)
        _set(sheet, _grouped(rng, 3, 4), (end, y0, x1, y1), ink, font, large)
    else:
        _set(sheet, _grouped(rng, 4, 11), (x0, y0, x1, y1), ink, font, large)
    return sheet


def _set(
    sheet: Picture, text: str, box: tuple[float, float, float, float], ink: Colour, font: str, large: float
) -> None:
    """Set a line in the middle of a box, `large` of its height at most, narrowed down to a third if it is too long."""
    wide, high = max(box[2] - box[0], 4.0), max(box[3] - box[1], 4.0)
    line = text_line.__wrapped__(text, 64, font)
    tall = max(4, round(large * high))
    natural = line.shape[1] * tall / 64
    # What is left after narrowing decides: letters that are far too many become lower, not hair-thin.
    narrow = min(1.0, 0.96 * wide / natural)
    if narrow < 0.5:
        tall = max(4, round(tall * narrow / 0.5))
    mask = cv2.resize(line, (max(2, round(natural * narrow)), tall), interpolation=cv2.INTER_AREA)
    corner = (round((box[0] + box[2] - mask.shape[1]) / 2), round((box[1] + box[3] - mask.shape[0]) / 2))
    _blend(sheet, np.asarray(mask, dtype=np.uint8), corner, ink)


def _grouped(rng: np.random.Generator, fewest: int, most: int) -> str:
    """Letters and digits in runs, as most countries group them: "MH 02 CB 4545", "84-PL-FJ", "AB12 CDE"."""
    left = int(rng.integers(fewest, most + 1))
    mark = str(rng.choice([" ", " ", " ", "", "-", ".", "  "]))
    groups: list[str] = []
    letters = rng.random() < 0.6
    while left > 0:
        size = min(left, int(rng.integers(1, 5)))
        groups.append("".join(_LETTERS[int(i)] if letters else str(i % 10) for i in rng.integers(23, size=size)))
        left -= size
        letters = not letters if rng.random() < 0.85 else letters
    return mark.join(groups)


def _word(rng: np.random.Generator, fewest: int = 3, most: int = 13) -> str:
    return "".join(_LETTERS[int(i)] for i in rng.integers(23, size=int(rng.integers(fewest, most + 1))))


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
    if rng.random() < 0.2:
        # Flash or sun on the reflecting ground: washed out, the ink grey.
        level = 255 - (255 - level) * float(rng.uniform(0.45, 0.95)) + float(rng.uniform(0, 25))
    if rng.random() < 0.15:
        x = rng.uniform(0, width)
        shine = np.exp(-0.5 * ((np.arange(width) - x) / (0.1 * width)) ** 2)[None, :, None] * rng.uniform(30, 110)
        level += shine
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
