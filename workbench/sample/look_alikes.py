"""Things that are taken for plates and are none: signs with telephone numbers, grilles, bars, stickers, lettering."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.sample.facades import phone_number, sign
from workbench.sample.glyphs import FONTS, text_line
from workbench.sample.raster import Picture
from workbench.sample.textures import texture_patch


def look_alike(rng: np.random.Generator) -> tuple[Picture, Picture | None, str]:
    """Draw one; returns the picture, the mask of what is to be glued (or None for all) and a class name or ``""``."""
    choice = int(rng.integers(7))
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
    return texture_patch(rng, 160, int(rng.integers(30, 160))), None, ""


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
