"""The painted faces of vehicles: grille, lamps, bumper, glass and doors as flat pictures laid on the solids."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.sample.raster import Colour, Picture

_DARK: Colour = (26.0, 24.0, 24.0)
_GLASS: Colour = (78.0, 66.0, 56.0)
_SILVER: Colour = (176.0, 174.0, 172.0)


def _sheet(paint: Colour, width: int, height: int) -> Picture:
    """A painted sheet, lighter at its top, where the sky is mirrored."""
    rows = np.linspace(1.08, 0.82, height)[:, None, None]
    return np.clip(np.asarray(paint) * rows * np.ones((1, width, 1)), 0, 255).astype(np.uint8)


def _box(sheet: Picture, box: tuple[float, float, float, float], colour: Colour) -> None:
    """A filled box in shares of the sheet."""
    height, width = sheet.shape[:2]
    x0, y0, x1, y1 = box
    cv2.rectangle(sheet, (round(x0 * width), round(y0 * height)), (round(x1 * width), round(y1 * height)), colour, -1)


def _lamp(sheet: Picture, corners: list[tuple[float, float]], colour: Colour, *, rim: Colour = _DARK) -> None:
    """A lamp on the left and its mirror image on the right, corners in shares of the sheet."""
    height, width = sheet.shape[:2]
    for mirrored in (False, True):
        points = [((1 - x if mirrored else x) * width, y * height) for x, y in corners]
        outline = np.round(np.array(points)).astype(np.int32)
        cv2.fillPoly(sheet, [outline], colour, cv2.LINE_AA)
        cv2.polylines(sheet, [outline], True, rim, 2, cv2.LINE_AA)


def car_front(paint: Colour, rng: np.random.Generator) -> Picture:
    """Bonnet edge, headlamps, grille with badge, bumper with a lower intake, shape (220, 480, 3)."""
    sheet = _sheet(paint, 480, 220)
    slats = int(rng.integers(3, 8))
    top, bottom = 0.14, float(rng.uniform(0.4, 0.5))
    left = float(rng.uniform(0.24, 0.32))
    _box(sheet, (left, top, 1 - left, bottom), _DARK)
    chrome = _SILVER if rng.random() < 0.7 else (52.0, 50.0, 50.0)
    if rng.random() < 0.6:
        for i in range(1, slats):
            y = top + (bottom - top) * i / slats
            _box(sheet, (left + 0.01, y - 0.008, 0.99 - left, y + 0.008), chrome)
    else:
        for x in np.linspace(left + 0.02, 0.98 - left, 3 * slats):
            _box(sheet, (float(x) - 0.003, top + 0.02, float(x) + 0.003, bottom - 0.02), chrome)
    cv2.circle(sheet, (240, round(220 * (top + bottom) / 2)), 13, (200, 198, 196), -1, cv2.LINE_AA)
    cv2.circle(sheet, (240, round(220 * (top + bottom) / 2)), 13, (70, 70, 70), 2, cv2.LINE_AA)
    tip = float(rng.uniform(0.08, 0.2))
    _lamp(
        sheet,
        [(0.02, tip), (left - 0.02, top + 0.03), (left - 0.03, bottom - 0.05), (0.05, 0.42)],
        (232.0, 226.0, 214.0),
    )
    cv2.circle(sheet, (58, 70), 15, (250, 248, 244), -1, cv2.LINE_AA)
    cv2.circle(sheet, (422, 70), 15, (250, 248, 244), -1, cv2.LINE_AA)
    darker: Colour = (paint[0] * 0.7, paint[1] * 0.7, paint[2] * 0.7)
    _box(sheet, (0.0, 0.535, 1.0, 0.55), darker)
    _box(sheet, (0.2, 0.83, 0.8, 0.94), _DARK)
    _lamp(sheet, [(0.06, 0.74), (0.17, 0.76), (0.16, 0.86), (0.07, 0.86)], (150.0, 146.0, 140.0))
    _box(sheet, (0.0, 0.95, 1.0, 1.0), (40.0, 38.0, 38.0))
    return sheet


def car_rear(paint: Colour, rng: np.random.Generator) -> Picture:
    """Boot lid, tail lamps, badge, bumper with exhaust, shape (260, 480, 3)."""
    sheet = _sheet(paint, 480, 260)
    low = float(rng.uniform(0.3, 0.46))
    red: Colour = (38.0, 34.0, float(rng.uniform(150, 200)))
    _lamp(sheet, [(0.01, 0.08), (0.24, 0.1), (0.22, low), (0.03, low + 0.03)], red)
    _lamp(sheet, [(0.03, low - 0.1), (0.2, low - 0.1), (0.2, low - 0.04), (0.03, low - 0.02)], (208.0, 214.0, 226.0))
    if rng.random() < 0.4:
        _box(sheet, (0.24, 0.14, 0.76, 0.18), red)
    _box(sheet, (0.3, 0.2, 0.7, 0.225), _SILVER)
    cv2.circle(sheet, (240, 38), 11, (205, 203, 200), -1, cv2.LINE_AA)
    darker: Colour = (paint[0] * 0.68, paint[1] * 0.68, paint[2] * 0.68)
    _box(sheet, (0.0, 0.62, 1.0, 0.635), darker)
    _lamp(sheet, [(0.03, 0.72), (0.14, 0.72), (0.14, 0.76), (0.03, 0.76)], (40.0, 36.0, 150.0))
    _box(sheet, (0.14, 0.84, 0.86, 1.0), (44.0, 42.0, 42.0))
    cv2.ellipse(sheet, (110, 236), (16, 8), 0, 0, 360, (150, 150, 150), 3, cv2.LINE_AA)
    return sheet


def tall_front(paint: Colour, rng: np.random.Generator, *, bus: bool) -> Picture:
    """The flat face of a van, truck or bus: windscreen above, lamps and bumper below, shape (420, 440, 3)."""
    sheet = _sheet(paint, 440, 420)
    _box(sheet, (0.06, 0.14 if bus else 0.08, 0.94, 0.5), _GLASS)
    outline = np.array([[40, 200], [150, 60], [210, 60], [110, 200]], dtype=np.int32)
    cv2.fillPoly(sheet, [outline], (112, 100, 88), cv2.LINE_AA)
    if bus:
        _box(sheet, (0.2, 0.03, 0.8, 0.11), _DARK)
        cv2.putText(
            sheet, f"{rng.integers(10, 990)}", (180, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (60, 170, 250), 2, cv2.LINE_AA
        )
    _box(sheet, (0.3, 0.56, 0.7, 0.66), _DARK)
    for y in (0.58, 0.61, 0.64):
        _box(sheet, (0.31, y - 0.006, 0.69, y + 0.006), _SILVER)
    _lamp(sheet, [(0.04, 0.62), (0.22, 0.62), (0.22, 0.74), (0.04, 0.74)], (234.0, 228.0, 218.0))
    _box(sheet, (0.0, 0.78, 1.0, 0.99), (62.0, 60.0, 60.0) if rng.random() < 0.6 else paint)
    return sheet


def tall_rear(paint: Colour, rng: np.random.Generator, *, glass: bool) -> Picture:
    """The back of a van, truck or bus: doors, lamps low down, a bumper, shape (420, 440, 3)."""
    sheet = _sheet(paint, 440, 420)
    if glass:
        _box(sheet, (0.1, 0.08, 0.9, 0.4), _GLASS)
    else:
        cv2.line(sheet, (220, 10), (220, 330), (90, 90, 90), 3)
        for x in (190, 250):
            cv2.line(sheet, (x, 60), (x, 320), (130, 130, 130), 4)
    red: Colour = (36.0, 32.0, float(rng.uniform(150, 200)))
    _lamp(sheet, [(0.03, 0.62), (0.12, 0.62), (0.12, 0.8), (0.03, 0.8)], red)
    _box(sheet, (0.0, 0.86, 1.0, 1.0), (54.0, 52.0, 52.0))
    return sheet


def side(paint: Colour, panes: int, *, advert: str = "") -> Picture:
    """The flank of a van, truck or bus; the panes run along its upper half, shape (300, 900, 3)."""
    sheet = _sheet(paint, 900, 300)
    for i in range(panes):
        x0 = 0.03 + 0.94 * i / panes
        _box(sheet, (x0, 0.1, x0 + 0.94 / panes - 0.015, 0.45), _GLASS)
    if advert:
        cv2.putText(sheet, advert, (120, 215), cv2.FONT_HERSHEY_DUPLEX, 1.9, (245, 245, 245), 4, cv2.LINE_AA)
    _box(sheet, (0.0, 0.93, 1.0, 1.0), (48.0, 46.0, 46.0))
    return sheet
