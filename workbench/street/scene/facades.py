"""House fronts with windows and shops; a sign's telephone number is there to be mistaken for a plate."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.brush import blend_text, shade
from workbench.street.draw.glyphs import text_line
from workbench.street.draw.raster import Colour, Picture

__all__ = ["PX_PER_M", "WALLS", "blend_text", "facade", "gable", "phone_number", "sign"]

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
PX_PER_M = 24
_WARM: Colour = (130.0, 190.0, 235.0)
_COLD: Colour = (225.0, 225.0, 215.0)


def phone_number(rng: np.random.Generator) -> str:
    """A telephone number of no one: the digits are random, the first block names no real exchange."""
    return f"0{rng.integers(2, 7)}-{rng.integers(100, 1000)}-{rng.integers(1000, 10000)}"


def sign(rng: np.random.Generator, width: int, height: int) -> Picture:
    """A shop sign: a name, and often a telephone number, shape (height, width, 3)."""
    ground, ink = _SIGNS[int(rng.integers(len(_SIGNS)))]
    sheet: Picture = np.empty((height, width, 3), dtype=np.uint8)
    sheet[:] = ground
    name = _NAMES[int(rng.integers(len(_NAMES)))]
    number = phone_number(rng) if rng.random() < 0.7 else ""
    # A number stands beside the name where there is room for both.
    if number and text_line(name, round(0.6 * height)).shape[1] < 0.44 * width:
        blend_text(sheet, name, (round(0.04 * width), round(0.2 * height)), round(0.6 * height), ink)
        blend_text(sheet, number, (round(0.5 * width), round(0.34 * height)), round(0.36 * height), ink)
    else:
        blend_text(sheet, name, (round(0.12 * width), round(0.16 * height)), round(0.68 * height), ink)
    cv2.rectangle(sheet, (1, 1), (width - 2, height - 2), ink, 2)
    return sheet


def facade(rng: np.random.Generator, width_m: float, height_m: float) -> tuple[Picture, Picture]:
    """A house front seen straight on, `PX_PER_M` pixels a metre: rows of windows over shops.

    Returns:
        The front by day, and the light that its windows, shops and signs give; both of shape (height, width, 3).
    """
    width, height = round(width_m * PX_PER_M), round(height_m * PX_PER_M)
    front = _wall(rng, width, height)
    glow: Picture = np.zeros_like(front)
    floor, shop = 3.1 * PX_PER_M, 3.6 * PX_PER_M
    bay = float(rng.uniform(2.2, 3.4)) * PX_PER_M
    style, barred = int(rng.integers(3)), rng.random() < 0.35
    y = height - shop - floor
    while y > -0.3 * floor:
        cv2.line(front, (0, int(y + floor)), (width, int(y + floor)), _darker(front), 2)
        x = 0.2 * bay
        while x + 0.7 * bay < width:
            box = (
                int(x),
                int(y + 0.2 * floor),
                int(x + (0.62, 0.72, 0.5)[style] * bay),
                int(y + (0.76, 0.7, 0.82)[style] * floor),
            )
            _window(front, glow, rng, box, style, barred=barred)
            x += bay
        y -= floor
    cv2.rectangle(front, (0, 0), (width, 8), _darker(front), -1)
    _shops(front, glow, rng, int(height - shop))
    if rng.random() < 0.6 and height > shop + 1.5 * floor:
        _hanging_sign(front, glow, rng, int(height - shop - 0.2 * floor))
    return front, glow


def gable(rng: np.random.Generator, front: Picture) -> Picture:
    """The bare side of a house, in the colour of its front: stains, a few windows, shape (240, 200, 3)."""
    tone = front[12 : front.shape[0] // 2].reshape(-1, 3).mean(axis=0) * 0.86
    side = _grained(rng, (float(tone[0]), float(tone[1]), float(tone[2])), 200, 240)
    for y in range(18, 170, 60):
        for x in (40, 130):
            if rng.random() < 0.5:
                cv2.rectangle(side, (x, y), (x + 28, y + 32), (84, 74, 66), -1)
                cv2.rectangle(side, (x, y), (x + 28, y + 32), (200, 200, 200), 1)
    return side


def _darker(front: Picture) -> Colour:
    b, g, r = (float(c) * 0.72 for c in front[front.shape[0] // 3, front.shape[1] // 2])
    return b, g, r


def _grained(rng: np.random.Generator, colour: Colour, width: int, height: int) -> Picture:
    small = (width // 3 + 1, height // 3 + 1)
    coarse = cv2.resize(rng.standard_normal((6, 8), dtype=np.float32), small, interpolation=cv2.INTER_CUBIC)
    grain = rng.standard_normal((small[1], small[0]), dtype=np.float32)
    rows = np.linspace(4.0, -14.0, small[1], dtype=np.float32)[:, None]
    level = np.asarray(colour, dtype=np.float32) + (7.0 * coarse + 5.0 * grain + rows)[..., None]
    return np.asarray(cv2.resize(np.clip(level, 0, 255).astype(np.uint8), (width, height)), dtype=np.uint8)


def _wall(rng: np.random.Generator, width: int, height: int) -> Picture:
    colour = WALLS[int(rng.integers(len(WALLS)))]
    front = _grained(rng, colour, width, height)
    kind = int(rng.integers(3))
    joint = shade(colour, 0.86)
    if kind == 0:
        for y in range(0, height, 6):
            cv2.line(front, (0, y), (width, y), joint, 1)
            for x in range((y // 6 % 2) * 7, width, 14):
                cv2.line(front, (x, y), (x, y + 6), joint, 1)
    elif kind == 1:
        for x in range(0, width, 58):
            cv2.line(front, (x, 0), (x, height), joint, 2)
    return front


def _window(
    front: Picture, glow: Picture, rng: np.random.Generator, box: tuple[int, int, int, int], style: int, *, barred: bool
) -> None:
    x0, y0, x1, y1 = box[0], max(box[1], 0), box[2], box[3]
    if y1 - y0 < 8:
        return
    tone = float(rng.uniform(44, 84))
    rows = np.linspace(2.3, 0.8, y1 - y0)[:, None, None]
    front[y0:y1, x0:x1] = np.clip(np.array([tone * 1.15, tone, tone * 0.9]) * rows, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        curtain = round((x1 - x0) * float(rng.uniform(0.2, 0.5)))
        front[y0:y1, x0 : x0 + curtain] = rng.uniform(130, 210, size=3).astype(np.uint8)
    if rng.random() < 0.4:
        glow[y0:y1, x0:x1] = _WARM if rng.random() < 0.7 else _COLD
    frame = (226, 226, 224) if style < 2 else (70, 72, 76)
    cv2.rectangle(front, (x0, y0), (x1, y1), frame, 2)
    for at in np.linspace(x0, x1, 3 if style != 1 else 4)[1:-1]:
        cv2.line(front, (int(at), y0), (int(at), y1), frame, 2)
        cv2.line(glow, (int(at), y0), (int(at), y1), (20, 20, 20), 2)
    cv2.line(front, (x0 - 3, y1 + 2), (x1 + 3, y1 + 2), (206, 208, 210), 3)
    cv2.line(front, (x0 - 3, y1 + 5), (x1 + 3, y1 + 5), (90, 92, 94), 1)
    if barred:
        for bar in range(x0 + 5, x1, 6):
            cv2.line(front, (bar, y0), (bar, y1), (60, 60, 60), 1)
    elif rng.random() < 0.25:
        cv2.rectangle(front, (x0 + 4, y1 + 6), (x0 + 24, y1 + 20), (206, 206, 204), -1)
        cv2.circle(front, (x0 + 14, y1 + 13), 5, (120, 120, 120), 1)


def _shops(front: Picture, glow: Picture, rng: np.random.Generator, top: int) -> None:
    height, width = front.shape[:2]
    x = 4
    while x + 3.0 * PX_PER_M < width:
        end = min(width - 4, x + round(float(rng.uniform(4.0, 8.0)) * PX_PER_M))
        if width - end < 3.0 * PX_PER_M:
            end = width - 4
        _shop(front, glow, rng, (x, top, end, height))
        x = end + 6


def _shop(front: Picture, glow: Picture, rng: np.random.Generator, box: tuple[int, int, int, int]) -> None:
    x0, top, x1, height = box
    glass_top, bottom = top + round(1.1 * PX_PER_M), height - 8
    if rng.random() < 0.15:
        for y in range(glass_top, bottom, 4):
            cv2.line(front, (x0, y), (x1, y), (150, 152, 152) if y % 8 else (118, 120, 120), 4)
    else:
        rows = np.linspace(1.5, 0.8, bottom - glass_top)[:, None, None]
        front[glass_top:bottom, x0:x1] = (np.array([70.0, 64.0, 58.0]) * rows).astype(np.uint8)
        glow[glass_top:bottom, x0:x1] = (np.asarray(_WARM if rng.random() < 0.5 else _COLD) * 0.8).astype(np.uint8)
        for _ in range(int(rng.integers(2, 6))):
            left, up = int(rng.integers(x0, x1 - 16)), int(rng.integers(glass_top + 20, bottom - 8))
            goods = tuple(float(v) for v in rng.uniform(50, 190, size=3))
            cv2.rectangle(front, (left, up), (left + int(rng.integers(8, 24)), bottom), goods, -1)
            cv2.rectangle(glow, (left, up), (left + 14, bottom), shade((goods[0], goods[1], goods[2]), 0.7), -1)
        for at in np.linspace(x0, x1, max(3, (x1 - x0) // 50)):
            cv2.line(front, (int(at), glass_top), (int(at), bottom), (186, 188, 188), 3)
            cv2.line(glow, (int(at), glass_top), (int(at), bottom), (20, 20, 20), 3)
        if rng.random() < 0.5:
            poster = sign(rng, min(100, x1 - x0 - 12), 30)
            front[bottom - 52 : bottom - 22, x0 + 6 : x0 + 6 + poster.shape[1]] = poster
    if rng.random() < 0.3:
        stripe = round(0.5 * PX_PER_M)
        for i, x in enumerate(range(x0, x1, stripe)):
            colour = (60, 60, 190) if i % 2 else (236, 236, 234)
            cv2.rectangle(front, (x, glass_top), (min(x + stripe, x1), glass_top + 12), colour, -1)
            cv2.rectangle(glow, (x, glass_top), (min(x + stripe, x1), glass_top + 12), (0, 0, 0), -1)
    board = sign(rng, x1 - x0, round(0.95 * PX_PER_M))
    front[top : top + board.shape[0], x0:x1] = board
    glow[top : top + board.shape[0], x0:x1] = (board * 0.85).astype(np.uint8)


def _hanging_sign(front: Picture, glow: Picture, rng: np.random.Generator, bottom: int) -> None:
    """A tall sign on the wall, its letters one below the other."""
    ground, ink = _SIGNS[int(rng.integers(len(_SIGNS)))]
    name = _NAMES[int(rng.integers(9))]
    side = round(0.8 * PX_PER_M)
    x0 = int(rng.integers(2, max(3, front.shape[1] - side - 2)))
    y0 = max(10, bottom - side * len(name))
    board: Picture = np.empty((bottom - y0, side, 3), dtype=np.uint8)
    board[:] = ground
    for i, letter in enumerate(name):
        blend_text(board, letter, (3, i * side + 3), side - 6, ink)
    cv2.rectangle(board, (0, 0), (side - 1, board.shape[0] - 1), ink, 1)
    front[y0:bottom, x0 : x0 + side] = board[:, : front.shape[1] - x0]
    glow[y0:bottom, x0 : x0 + side] = (board[:, : front.shape[1] - x0] * 0.85).astype(np.uint8)
