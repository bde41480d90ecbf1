"""Lamps that look like glass: bowls and bulbs behind a clear pane, and ribbed panes in cells, red, orange and white.

A white cell in ribs of light and dark is what is most often taken for a plate.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from workbench.street.draw.brush import Detail, rounded
from workbench.street.draw.raster import Picture
from workbench.street.draw.textures import texture_patch

# White twice, red, dark red, orange.
_CELLS = ((235.0, 238.0, 240.0), (215.0, 218.0, 215.0), (35.0, 25.0, 185.0), (30.0, 20.0, 130.0), (40.0, 130.0, 235.0))


def ribbed_lamp(rng: np.random.Generator) -> Detail:
    """A tail or head lamp of one to four cells under fine ribs, in a frame."""
    height, width = int(rng.integers(44, 130)), int(rng.integers(70, 220))
    sheet = np.zeros((height, width, 3), dtype=np.float32)
    count, upright = int(rng.integers(1, 5)), rng.random() < 0.5
    long = height if upright else width
    edges = np.concatenate([[0], np.sort(rng.uniform(0.15, 0.85, size=count - 1)) * long, [long]]).astype(int)
    for start, stop in pairwise(edges):
        tone = np.asarray(_CELLS[int(rng.integers(len(_CELLS)))]) * rng.uniform(0.6, 1.05)
        (sheet[start:stop] if upright else sheet[:, start:stop])[:] = tone
    sheet *= _ribs(rng, width)[None, :, None]
    if rng.random() < 0.6:
        sheet *= _ribs(rng, height)[:, None, None]
    sheet *= _glow(rng, height, width)
    mirrored = cv2.resize(texture_patch(rng, 24, 16), (width, height)).astype(np.float32)
    sheet += float(rng.uniform(0.05, 0.3)) * (mirrored - sheet)
    picture = np.asarray(np.clip(sheet, 0, 255), dtype=np.uint8)
    return _framed(picture, rng)


def glass_lamp(rng: np.random.Generator) -> Detail:
    """A headlamp: one to three shining bowls, bulbs and gleams behind clear glass, a dark or chromed frame around."""
    height, width = int(rng.integers(60, 150)), int(rng.integers(70, 240))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    base = cv2.resize(texture_patch(rng, 20, 12), (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    grey = base.mean(axis=2, keepdims=True)
    sheet = grey + 0.25 * (base - grey)
    sheet = float(rng.uniform(40, 190)) + float(rng.uniform(0.5, 1.4)) * (sheet - sheet.mean())
    for number in range(int(rng.integers(1, 4))):
        x, y = float(rng.uniform(0.15, 0.85)) * width, float(rng.uniform(0.35, 0.65)) * height
        radius = float(rng.uniform(0.25, 0.55)) * height
        far = np.hypot(xs - x, ys - y) / radius
        # Rings of light and dark, as a bowl mirrors itself and the sky.
        bowl = 150 + 100 * np.cos(far * float(rng.uniform(3, 9)) + float(rng.uniform(0, 6))) * np.sign(ys - y + 0.1)
        inside = np.clip(9.0 * (1.05 - far), 0, 1)[..., None]
        sheet += inside * (bowl[..., None] - sheet)
        if number == 0 or rng.random() < 0.5:
            core = float(rng.uniform(0.06, 0.25))
            sheet += (np.exp(-((far / core) ** 2)) * float(rng.uniform(60, 220)))[..., None]
    if rng.random() < 0.4:
        sheet *= _ribs(rng, width)[None, :, None]
    sheet *= rng.uniform(0.9, 1.1, size=3)
    if rng.random() < 0.35:
        x0 = int(rng.uniform(0, 0.8) * width)
        sheet[:, x0 : x0 + width // 5] = 0.5 * sheet[:, x0 : x0 + width // 5] + [15, 65, 118]
    for _ in range(int(rng.integers(0, 5))):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), float(rng.uniform(2, 12))
        sheet += (np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * size**2)) * float(rng.uniform(60, 200)))[..., None]
    return _framed(np.asarray(np.clip(sheet, 0, 255), dtype=np.uint8), rng)


def _ribs(rng: np.random.Generator, length: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Brightness along a line of ribs."""
    pitch, depth = float(rng.uniform(4, 22)), float(rng.uniform(0.05, 0.45))
    wave = np.sin(np.arange(length) * (2 * np.pi / pitch) + float(rng.uniform(0, 6)))
    return np.asarray(1 - depth + depth * (np.sign(wave) if rng.random() < 0.3 else wave), dtype=np.float64)


def _glow(rng: np.random.Generator, height: int, width: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    cells = rng.uniform(0.6, 1.2, size=(3, 4)).astype(np.float32)
    return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)[..., None], dtype=np.float64)


def _framed(picture: Picture, rng: np.random.Generator) -> Detail:
    """Cut to a rounded, elliptic or slanting outline with an edge of rubber, paint or chrome."""
    height, width = picture.shape[:2]
    kind, tone = int(rng.integers(3)), float(rng.choice([15, 30, 60, 150, 230]))
    edge = int(rng.integers(1, 8))
    if kind == 0:
        mask = rounded(height, width, int(rng.integers(1, height // 2)))
        inner = rounded(height - 2 * edge, width - 2 * edge, int(rng.integers(1, height // 2)))
        rim: Picture = np.zeros((height, width), dtype=np.uint8)
        rim[edge : height - edge, edge : width - edge] = inner
        picture[rim < 128] = tone
        return picture, mask
    mask = np.zeros((height, width), dtype=np.uint8)
    if kind == 1:
        middle, axes = (width // 2, height // 2), (width // 2 - 1, height // 2 - 1)
        cv2.ellipse(mask, middle, axes, 0, 0, 360, (255.0,), -1)
        cv2.ellipse(picture, middle, axes, 0, 0, 360, (tone, tone, tone), edge, cv2.LINE_AA)
    else:
        corners = np.array([[0.02, 0.05], [0.98, 0.05], [0.98, 0.95], [0.02, 0.95]])
        corners[:, 0] += rng.uniform(-0.02, 0.22, size=4) * [1, -1, -1, 1]
        corners[:, 1] += rng.uniform(-0.02, 0.3, size=4) * [1, 1, -1, -1]
        points = np.round(corners * [width, height]).astype(np.int32)
        cv2.fillPoly(mask, [points], (255.0,), cv2.LINE_AA)
        cv2.polylines(picture, [points], True, (tone, tone, tone), 2 * edge, cv2.LINE_AA)
    return picture, mask
