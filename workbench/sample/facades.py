"""House fronts with windows and shop signs; a sign's telephone number is there to be mistaken for a plate."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.sample.glyphs import text_line
from workbench.sample.raster import Colour, Picture

WALLS: tuple[Colour, ...] = (
    (150.0, 168.0, 186.0), (176.0, 182.0, 190.0), (120.0, 134.0, 168.0), (96.0, 110.0, 150.0), (196.0, 200.0, 204.0),
    (140.0, 150.0, 156.0), (168.0, 160.0, 140.0), (110.0, 130.0, 140.0),
)  # fmt: skip
_SIGNS: tuple[tuple[Colour, Colour], ...] = (
    ((240.0, 240.0, 238.0), (30.0, 30.0, 30.0)), ((40.0, 40.0, 180.0), (250.0, 250.0, 250.0)),
    ((60.0, 110.0, 40.0), (245.0, 245.0, 245.0)), ((50.0, 200.0, 245.0), (30.0, 30.0, 40.0)),
    ((150.0, 80.0, 30.0), (250.0, 250.0, 250.0)), ((30.0, 30.0, 30.0), (120.0, 220.0, 250.0)),
)  # fmt: skip
_NAMES = ("부동산", "미용실", "약국", "치킨", "노래방", "세탁소", "사진", "분식", "피자", "CAFE", "MART", "PHARMACY")
PX_PER_M = 22


def phone_number(rng: np.random.Generator) -> str:
    """A telephone number of no one: the digits are random, the first block names no real exchange."""
    return f"0{rng.integers(2, 7)}-{rng.integers(100, 1000)}-{rng.integers(1000, 10000)}"


def blend_text(
    sheet: Picture, text: str, corner: tuple[int, int], height: int, ink: Colour, font: str = "sans"
) -> None:
    """Write a line of text with its top-left corner there; what does not fit is cut off."""
    mask = text_line(text, height, font)
    x, y = corner
    part = sheet[y : y + mask.shape[0], x : x + mask.shape[1]]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255.0
    part[:] = (part + share * (np.asarray(ink, dtype=np.float32) - part)).astype(np.uint8)


def sign(rng: np.random.Generator, width: int, height: int) -> Picture:
    """A shop sign: a name, and often a telephone number, shape (height, width, 3)."""
    ground, ink = _SIGNS[int(rng.integers(len(_SIGNS)))]
    sheet: Picture = np.empty((height, width, 3), dtype=np.uint8)
    sheet[:] = ground
    name = _NAMES[int(rng.integers(len(_NAMES)))]
    if rng.random() < 0.7:
        blend_text(sheet, name, (round(0.04 * width), round(0.2 * height)), round(0.6 * height), ink)
        blend_text(sheet, phone_number(rng), (round(0.5 * width), round(0.34 * height)), round(0.36 * height), ink)
    else:
        blend_text(sheet, name, (round(0.3 * width), round(0.16 * height)), round(0.68 * height), ink)
    cv2.rectangle(sheet, (1, 1), (width - 2, height - 2), ink, 2)
    return sheet


def facade(rng: np.random.Generator, width_m: float, height_m: float) -> Picture:
    """A house front seen straight on: rows of windows over a shop, `PX_PER_M` pixels a metre."""
    width, height = round(width_m * PX_PER_M), round(height_m * PX_PER_M)
    wall = np.asarray(WALLS[int(rng.integers(len(WALLS)))])
    grain = rng.normal(0.0, 6.0, size=(height // 4 + 1, width // 4 + 1, 1)).astype(np.float32)
    grain = cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    sheet = np.clip(wall + grain, 0, 255).astype(np.uint8)
    floor, shop = 3.1 * PX_PER_M, 3.6 * PX_PER_M
    bay = float(rng.uniform(2.0, 3.4)) * PX_PER_M
    barred = rng.random() < 0.35
    y = height - shop - floor
    while y > -0.3 * floor:
        x = 0.2 * bay
        while x + 0.7 * bay < width:
            top_left, bottom_right = (int(x), int(y + 0.22 * floor)), (int(x + 0.62 * bay), int(y + 0.78 * floor))
            tone = float(rng.uniform(50, 120))
            cv2.rectangle(sheet, top_left, bottom_right, (tone * 1.12, tone, tone * 0.9), -1)
            cv2.rectangle(sheet, top_left, bottom_right, (225, 225, 225), 2)
            if barred:
                for bar in range(top_left[0] + 6, bottom_right[0], 7):
                    cv2.line(sheet, (bar, top_left[1]), (bar, bottom_right[1]), (60, 60, 60), 1)
            x += bay
        y -= floor
    _shop(sheet, rng, int(height - shop))
    return np.asarray(sheet, dtype=np.uint8)


def _shop(sheet: Picture, rng: np.random.Generator, top: int) -> None:
    height, width = sheet.shape[:2]
    glass_top = top + round(1.05 * PX_PER_M)
    cv2.rectangle(sheet, (6, glass_top), (width - 7, height - 12), (64, 58, 52), -1)
    for x in np.linspace(6, width - 7, max(3, width // 70)):
        cv2.line(sheet, (int(x), glass_top), (int(x), height - 12), (190, 190, 190), 3)
    shine = np.array([[0.2, 1.0], [0.32, 0.0], [0.42, 0.0], [0.3, 1.0]])
    outline = np.round(shine * [width, height - 12 - glass_top] + [0, glass_top]).astype(np.int32)
    cv2.fillPoly(sheet, [outline], (104, 98, 92), cv2.LINE_AA)
    board = sign(rng, width - 12, round(0.95 * PX_PER_M))
    sheet[top : top + board.shape[0], 6 : 6 + board.shape[1]] = board
