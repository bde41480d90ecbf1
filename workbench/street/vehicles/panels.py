"""Faces of something like a vehicle for randomised scenes: paint, skins, outlines, wheels, a dealer's rim."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.brush import Detail, spokes
from workbench.street.draw.glyphs import text_line
from workbench.street.draw.raster import Colour, Picture
from workbench.street.draw.textures import texture_patch
from workbench.street.vehicles import skins
from workbench.street.vehicles.details import word
from workbench.street.vehicles.vehicle_kinds import PAINTS


def paint(rng: np.random.Generator) -> Colour:
    """A colour of cars, or any."""
    if rng.random() < 0.6:
        return PAINTS[int(rng.integers(len(PAINTS)))]
    b, g, r = (float(v) for v in rng.uniform(10, 240, size=3))
    return b, g, r


def skin(rng: np.random.Generator, colour: Colour) -> Picture:
    """A face in that colour: a drawn one, photo texture under paint, or plain paint; lit and mirroring unevenly."""
    choice = rng.random()
    if choice < 0.4:
        face = (skins.car_front, skins.car_rear)[int(rng.integers(2))](colour, rng)
    elif choice < 0.5:
        face = skins.tall_rear(colour, rng, glass=True)
    else:
        face = _plain(rng, colour, textured=choice < 0.78)
    return _lit(face, rng)


def rim(rng: np.random.Generator, ink: Colour) -> Picture:
    """The lower strip of a dealer's frame, often with a name on it, shape (24, 320, 3)."""
    sheet: Picture = np.full((24, 320, 3), ink, dtype=np.uint8)
    if rng.random() < 0.6:
        mask = text_line.__wrapped__(word(rng, 4, 18), 14)[:, :300]
        left = (320 - mask.shape[1]) // 2
        tone = 235 if sum(ink) < 380 else 30
        sheet[5:19, left : left + mask.shape[1]][mask > 110] = tone
    return sheet


def wheel(rng: np.random.Generator) -> Detail:
    """A tyre and a hub with spokes, as a disc."""
    sheet: Picture = np.full((96, 96, 3), int(rng.integers(14, 40)), dtype=np.uint8)
    mask: Picture = np.zeros((96, 96), dtype=np.uint8)
    cv2.circle(mask, (48, 48), 47, (255.0,), -1)
    tone = float(rng.uniform(80, 210))
    if rng.random() < 0.4:
        cv2.circle(sheet, (48, 48), int(rng.integers(20, 34)), (tone, tone, tone), -1, cv2.LINE_AA)
        return sheet, mask
    count, turn, thick = int(rng.integers(4, 11)), float(rng.uniform(0, 2 * np.pi)), int(rng.integers(2, 9))
    spokes(sheet, 33, count, turn, (tone, tone, tone), thick)
    cv2.circle(sheet, (48, 48), 34, (tone, tone, tone), 3, cv2.LINE_AA)
    cv2.circle(sheet, (48, 48), 8, (tone, tone, tone), -1, cv2.LINE_AA)
    return sheet, mask


def outline(rng: np.random.Generator, height: int, width: int) -> Picture:
    """The mask of a face that is no rectangle: round corners, sides that lean, a bulging bonnet."""
    mask: Picture = np.zeros((height, width), dtype=np.uint8)
    lean, bulge = rng.uniform(0.0, 0.1, size=2), float(rng.uniform(0.0, 0.14))
    across = np.linspace(lean[0], 1 - lean[0], 9)
    top = np.column_stack([across, bulge * (2 * np.abs(np.linspace(-0.5, 0.5, 9))) ** 2])
    low = float(rng.uniform(0.0, 0.08))
    lower = np.array(
        [[1.0, 0.4], [1 - lean[1], 1 - low], [0.9 - lean[1], 1.0], [0.1 + lean[1], 1.0], [lean[1], 1 - low]]
    )
    corners = np.concatenate([top, lower, [[0.0, 0.4]]]) * [width - 1, height - 1]
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (255.0,), cv2.LINE_AA)
    return mask


def _plain(rng: np.random.Generator, colour: Colour, *, textured: bool) -> Picture:
    height, width = 260, 480
    down = np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.4, 1.0), height)[:, None, None]
    sheet = np.broadcast_to(np.asarray(colour, dtype=np.float32) * down, (height, width, 3)).copy()
    if textured:
        sheet += rng.uniform(0.1, 0.6) * (texture_patch(rng, width, height).astype(np.float32) - 128)
    picture = np.asarray(np.clip(sheet, 0, 255), dtype=np.uint8)
    for _ in range(int(rng.integers(1, 6))):
        tone = tuple(float(v) for v in rng.uniform(0, 255) * rng.uniform(0.8, 1.2, size=3))
        y, x = int(rng.integers(height)), int(rng.integers(width))
        if rng.random() < 0.7:
            end = (width, y + int(rng.normal(0, 8)))
            cv2.line(picture, (0, y), end, tone, int(rng.integers(1, 14)), cv2.LINE_AA)
        else:
            axes = (int(rng.integers(8, 80)), int(rng.integers(5, 40)))
            cv2.ellipse(picture, (x, y), axes, 0, 0, 360, tone, -1, cv2.LINE_AA)
    return picture


def _lit(face: Picture, rng: np.random.Generator) -> Picture:
    """Soft light and shade, and blurred surroundings mirrored in the paint."""
    height, width = face.shape[:2]
    level = face.astype(np.float32)
    if rng.random() < 0.7:
        cells = rng.uniform(0.7, 1.2, size=(int(rng.integers(2, 5)), int(rng.integers(2, 6)))).astype(np.float32)
        level *= cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    if rng.random() < 0.5:
        mirrored = cv2.GaussianBlur(texture_patch(rng, width // 4, height // 4), (0, 0), float(rng.uniform(0.5, 6)))
        level += float(rng.uniform(0.05, 0.35)) * (cv2.resize(mirrored, (width, height)).astype(np.float32) - level)
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
