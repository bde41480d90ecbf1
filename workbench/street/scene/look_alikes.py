"""Things that are taken for plates and are none: signs with telephone numbers, grilles, bars, stickers, lettering."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.glyphs import FONTS, prose, text_line
from workbench.street.draw.raster import Picture
from workbench.street.draw.textures import texture_patch
from workbench.street.scene.facades import phone_number, sign
from workbench.street.vehicles.details import lettering, word
from workbench.street.vehicles.lamps import glass_lamp, ribbed_lamp


def look_alike(rng: np.random.Generator) -> tuple[Picture, Picture | None, str]:
    """Draw one; returns the picture, the mask of what is to be glued (or None for all) and a class name or ``""``."""
    choice = int(rng.integers(11))
    if choice <= 1:
        width = int(rng.integers(300, 620))
        return sign(rng, width, int(rng.integers(60, 130))), None, "sign"
    if choice == 2:
        return _grille(rng), None, ""
    if choice == 3:
        return _lettering(rng)
    if choice == 4:
        return _poster(rng), None, "sign"
    if choice == 5:
        blank: Picture = np.full((64, 64 * int(rng.integers(1, 7)), 3), int(rng.integers(30, 250)), dtype=np.uint8)
        return blank, None, ""
    if choice == 6:
        return _road_sign(rng), None, "sign"
    if choice == 7:
        return _windows(rng), None, ""
    if choice == 8:
        picture, mask = lettering(rng)
        return picture, mask, ""
    if choice == 9:
        picture, mask = (ribbed_lamp, glass_lamp)[int(rng.integers(2))](rng)
        return picture, mask, ""
    return texture_patch(rng, 160, int(rng.integers(30, 160))), None, ""


def _road_sign(rng: np.random.Generator) -> Picture:
    """Places in small letters, distances and arrows, in two to four lines on blue, green or brown."""
    grounds = ((140, 70, 20), (80, 110, 20), (40, 70, 110))
    lines, ink = int(rng.integers(2, 5)), (240.0, 240.0, 240.0)
    height, width = 46 * lines + 16, int(rng.integers(140, 320))
    sheet: Picture = np.full((height, width, 3), grounds[int(rng.integers(3))], dtype=np.uint8)
    cv2.rectangle(sheet, (3, 3), (width - 4, height - 4), ink, 2, cv2.LINE_AA)
    for i in range(lines):
        text = word(rng, 4, 11).title() + (f" {rng.integers(1, 100)}" if rng.random() < 0.4 else "")
        line = prose(text, int(rng.integers(20, 34)), str(rng.choice(["sans", "light"])))[:, : width - 60]
        sheet[12 + 46 * i : 12 + 46 * i + line.shape[0], 14 : 14 + line.shape[1]][line > 120] = ink
    if rng.random() < 0.6:
        y = int(rng.integers(24, height - 24))
        cv2.arrowedLine(sheet, (width - 40, y), (width - 14, y), ink, 5, cv2.LINE_AA, 0, 0.5)
    return sheet


def _windows(rng: np.random.Generator) -> Picture:
    """Panes in rows on a wall, dark or mirroring, as they look from across the street."""
    rows, columns = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    wide, high = int(rng.integers(24, 60)), int(rng.integers(20, 60))
    gap = int(rng.integers(3, 26))
    sheet: Picture = np.empty((rows * (high + gap) + gap, columns * (wide + gap) + gap, 3), dtype=np.uint8)
    sheet[:] = np.clip(rng.uniform(70, 230) * rng.uniform(0.85, 1.1, size=3), 0, 255)
    dark = rng.random() < 0.75
    for row in range(rows):
        for column in range(columns):
            y, x = gap + row * (high + gap), gap + column * (wide + gap)
            pane = texture_patch(rng, wide, high) * (0.4 if dark else 0.9) + rng.uniform(0, 50)
            sheet[y : y + high, x : x + wide] = np.clip(pane, 0, 255)
            if rng.random() < 0.5:
                cv2.rectangle(sheet, (x, y), (x + wide, y + high), (220, 220, 220), 2)
                cv2.line(sheet, (x + wide // 2, y), (x + wide // 2, y + high), (215, 215, 215), 2)
    return sheet


def _grille(rng: np.random.Generator) -> Picture:
    sheet: Picture = np.full((90, int(rng.integers(120, 420)), 3), int(rng.integers(15, 60)), dtype=np.uint8)
    tone = int(rng.integers(90, 220))
    step, upright = int(rng.integers(6, 26)), rng.random() < 0.5
    for at in range(step // 2, sheet.shape[1] if upright else 90, step):
        start, end = ((at, 4), (at, 86)) if upright else ((4, at), (int(sheet.shape[1]) - 4, at))
        cv2.line(sheet, start, end, (tone, tone, tone), max(1, step // 4), cv2.LINE_AA)
    return sheet


def _lettering(rng: np.random.Generator) -> tuple[Picture, Picture | None, str]:
    """Letters straight on whatever lies beneath, as on the side of a van."""
    text = (
        phone_number(rng)
        if rng.random() < 0.6
        else str(rng.choice(["TAXI", "EXPRESS", "TURBO", "SALE", "2.0 GT", "배달"]))
    )
    mask = text_line(text, 60, str(rng.choice(list(FONTS))))
    colour = rng.uniform(0, 255, size=3)
    sheet = np.broadcast_to(colour.astype(np.uint8), (*mask.shape, 3)).copy()
    return sheet, mask, ""


def _poster(rng: np.random.Generator) -> Picture:
    """A sheet of several lines, as notices and number tables have."""
    width, lines = int(rng.integers(120, 300)), int(rng.integers(3, 7))
    sheet: Picture = np.full((lines * 30 + 20, width, 3), int(rng.integers(180, 250)), dtype=np.uint8)
    for i in range(lines):
        mask = text_line(phone_number(rng), 18)[:, : width - 20]
        sheet[12 + 30 * i : 30 + 30 * i, 10 : 10 + mask.shape[1]][mask > 127] = int(rng.integers(10, 90))
    return sheet
