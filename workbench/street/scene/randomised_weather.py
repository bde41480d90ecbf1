"""Light and weather over a finished scene: hard shadows, night with lamps, rain on the lens and in the air."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from workbench.street.draw.raster import Picture

Mask = npt.NDArray[np.bool_]
# What night light is tinted with, B, G, R: none, sodium lamps, tail lamps, cold lamps, dusk.
_TINTS = ((1.0, 1.0, 1.0), (0.55, 0.85, 1.2), (0.55, 0.5, 1.35), (1.25, 1.05, 0.9), (1.2, 0.9, 0.85))


def under_weather(picture: Picture, plates: Mask, rng: np.random.Generator) -> Picture:
    """Return the picture in some light and weather, most often plain daylight.

    Args:
        picture: not changed.
        plates: the pixels of plates, shape (height, width); at night these throw light back.
        rng: where the weather comes from.
    """
    if rng.random() < 0.25:
        picture = _shadowed(picture, rng)
    if rng.random() < 0.12:
        picture = _night(picture, plates, rng)
    if rng.random() < 0.1:
        picture = _rain(picture, rng)
    if rng.random() < 0.2:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[..., None].astype(np.float32)
        picture = _levels(grey + float(rng.uniform(0.3, 1.7)) * (picture.astype(np.float32) - grey))
    return picture


def _levels(values: npt.NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _shadowed(picture: Picture, rng: np.random.Generator) -> Picture:
    """The shadow of a house or a tree falls over a part, its edge sharp or soft, its colour the sky's."""
    height, width = picture.shape[:2]
    veil: Picture = np.zeros((height, width), dtype=np.uint8)
    middle = rng.uniform([0, 0], [width, height])
    count = int(rng.integers(3, 8))
    angles = np.sort(rng.uniform(0, 2 * np.pi, size=count))
    reach = rng.uniform(0.15, 0.9, size=(count, 1)) * width
    corners = middle + reach * np.column_stack([np.cos(angles), np.sin(angles)])
    cv2.fillPoly(veil, [np.round(corners).astype(np.int32)], (255.0,), cv2.LINE_AA)
    if rng.random() < 0.6:
        veil = np.asarray(cv2.blur(veil, (2 * int(rng.integers(1, 9)) + 1,) * 2), dtype=np.uint8)
    dark = float(rng.uniform(0.25, 0.7)) * np.array([rng.uniform(0.85, 1.0), 0.95, 1.0], dtype=np.float32)
    share = veil[..., None].astype(np.float32) / 255
    return _levels(picture * (1 - share * dark))


def _night(picture: Picture, plates: Mask, rng: np.random.Generator) -> Picture:
    """Nearly dark, tinted, with lamps and their halos; plates are lit by their lamp or throw headlamps back."""
    height, width = picture.shape[:2]
    tint = np.asarray(_TINTS[int(rng.integers(len(_TINTS)))], dtype=np.float32)
    ambient = float(np.exp(rng.uniform(np.log(0.08), np.log(0.6))))
    level = picture.astype(np.float32) * (ambient * tint)
    lit = cv2.GaussianBlur(plates.astype(np.float32), (0, 0), 0.6)[..., None]
    gain = float(rng.uniform(max(0.35, ambient), 1.5)) * (0.4 + 0.6 * tint)
    level += lit * (picture.astype(np.float32) * gain - level)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(int(rng.integers(1, 6))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        red = rng.random() < 0.5
        colour = np.array([40, 40, 255] if red else [235, 245, 255], dtype=np.float32)
        near = (xs - x) ** 2 + (ys - y) ** 2
        core, halo = float(rng.uniform(2, 14)), float(rng.uniform(12, 110))
        glow = np.exp(-near / (2 * core**2)) * float(rng.uniform(0.5, 1.3))
        glow += np.exp(-np.sqrt(near) / halo) * float(rng.uniform(0.05, 0.5))
        level += glow[..., None] * colour
    level += float(rng.uniform(2, 14)) * rng.standard_normal((height, width, 1), dtype=np.float32)
    if rng.random() < 0.2:
        # A camera that sees infrared light.
        level[:] = level.mean(axis=2, keepdims=True)
    return _levels(level)


def _rain(picture: Picture, rng: np.random.Generator) -> Picture:
    """Grey air, streaks, and drops on the glass that blur what is behind them."""
    height, width = picture.shape[:2]
    level = picture.astype(np.float32)
    haze = float(rng.uniform(0.05, 0.4))
    level += haze * (float(rng.uniform(100, 200)) - level)
    length = int(rng.integers(6, 26))
    streak = np.zeros((length, length), dtype=np.float32)
    lean = int(rng.integers(0, length))
    cv2.line(streak, (lean, 0), (length - 1 - lean, length - 1), (1.0,), 1)
    spots = (rng.random((height, width)) < rng.uniform(0.0005, 0.006)).astype(np.float32)
    level += cv2.filter2D(spots, -1, streak)[..., None].clip(0, 1) * float(rng.uniform(25, 90))
    drops: Picture = np.zeros((height, width), dtype=np.uint8)
    for _ in range(int(rng.integers(0, 30))):
        middle = (int(rng.integers(width)), int(rng.integers(height)))
        radius = int(rng.integers(2, 13))
        cv2.ellipse(drops, middle, (radius, int(radius * rng.uniform(0.8, 1.6))), 0, 0, 360, (255.0,), -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(level, (0, 0), 3.0) * float(rng.uniform(0.85, 1.15))
    share = drops[..., None].astype(np.float32) / 255
    return _levels(level + share * (soft - level))
