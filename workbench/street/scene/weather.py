"""What lies between the street and the lens: headlights' reach, bloom, a veil of low sun, rain in the air."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.pinhole import Pinhole
from workbench.street.draw.raster import Picture
from workbench.street.scene.light import Light


def beam_gain(distance_m: float, light: Light) -> float:
    """How much the camera car's own headlights brighten what faces them at this distance."""
    if light.beam <= 0:
        return 0.0
    return float(light.beam * np.exp(-0.5 * ((distance_m - 9.0) / 14.0) ** 2))


def between(picture: Picture, view: Pinhole, light: Light, *, moment: int, behind_glass: bool) -> Picture:
    """The picture as it arrives at the lens, shape (height, width, 3).

    Args:
        picture: not changed.
        view: the camera.
        light: time and weather.
        moment: tells one fall of rain from another.
        behind_glass: whether drops lie on a windscreen before the lens.
    """
    if light.windows >= 0.5:
        picture = _bloom(picture)
    if light.dazzle > 0:
        picture = _veil(picture, view, light)
    if light.weather == "rain":
        rng = np.random.default_rng([moment, view.width])
        picture = _streaks(picture, rng, light)
        picture = _drops(picture, rng) if behind_glass else picture
    return picture


def _bloom(picture: Picture) -> Picture:
    """Light from lamps spreads in the lens."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    bright = cv2.subtract(small, np.full_like(small, 150))
    wide = cv2.addWeighted(cv2.GaussianBlur(bright, (0, 0), 2.0), 0.9, cv2.GaussianBlur(bright, (0, 0), 9.0), 1.6, 0.0)
    return np.asarray(cv2.add(picture, cv2.resize(wide, (width, height))), dtype=np.uint8)


def _veil(picture: Picture, view: Pinhole, light: Light) -> Picture:
    """A low sun ahead takes the contrast away, most near itself."""
    sun = view.to_camera(np.asarray(view.position) + 100.0 * np.asarray(light.sun_from))
    if sun[0, 2] <= 0:
        return picture
    x, y = view.to_pixels(sun)[0]
    step = 8
    ys, xs = np.mgrid[0 : view.height : step, 0 : view.width : step]
    far = np.hypot(xs - x, ys - y) / view.width
    veil = light.dazzle * (0.5 * np.exp(-3.2 * far) + 0.05)
    share = cv2.resize(veil.astype(np.float32), (view.width, view.height), interpolation=cv2.INTER_LINEAR)[..., None]
    haze = np.array([190.0, 226.0, 255.0], dtype=np.float32)
    level = picture + share * (haze - picture)
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)


def _streaks(picture: Picture, rng: np.random.Generator, light: Light) -> Picture:
    """Drops that fall while the shutter is open."""
    height, width = picture.shape[:2]
    streaks: Picture = np.zeros((height, width), dtype=np.uint8)
    slant = float(rng.uniform(-0.12, 0.12))
    for x, y, near in rng.random((round(width * height / 1500), 3)):
        long = (0.012 + 0.05 * near**3) * height
        start = (round(x * width), round(y * height))
        end = (round(x * width + slant * long), round(y * height + long))
        cv2.line(streaks, start, end, (40.0 + 50.0 * near,), 1, cv2.LINE_AA)
    tone = 0.6 if light.windows < 0.5 else 0.4
    return np.asarray(cv2.add(picture, cv2.merge([cv2.convertScaleAbs(streaks, alpha=tone)] * 3)), dtype=np.uint8)


def _drops(picture: Picture, rng: np.random.Generator) -> Picture:
    """Drops on the glass blur what lies behind them."""
    height, width = picture.shape[:2]
    glass: Picture = np.zeros((height, width), dtype=np.uint8)
    for x, y, size in rng.random((18, 3)):
        radius = (0.004 + 0.012 * size**2) * width
        middle, axes = (round(x * width), round(y * height * 0.8)), (max(1, round(radius)), max(1, round(1.2 * radius)))
        cv2.ellipse(glass, middle, axes, 0, 0, 360, (255.0,), -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.008 * width)
    share = (cv2.GaussianBlur(glass, (0, 0), 1.2).astype(np.float32) / 255.0 * 0.8)[..., None]
    level = picture + share * (1.08 * soft - picture.astype(np.float32))
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
