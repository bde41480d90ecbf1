"""A camera's faults at random, never so strong that the smallest plate in the picture is gone."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.raster import Picture


def add_faults(picture: Picture, rng: np.random.Generator, finest_px: float) -> tuple[Picture, int]:
    """Blur, light, noise and colour; returns the picture and a JPEG quality for its file.

    Args:
        picture: not changed.
        rng: where the faults come from.
        finest_px: height of the smallest plate; blur stays well below it.
    """
    image = picture
    if rng.random() < 0.3:
        scale = float(rng.uniform(max(0.4, min(0.95, 5.0 / finest_px)), 1.0))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.resize(small, (image.shape[1], image.shape[0])), dtype=np.uint8)
    if rng.random() < 0.35:
        image = _motion(image, rng, min(0.5 * finest_px, 14.0))
    if rng.random() < 0.4:
        sigma = float(rng.uniform(0.3, np.clip(0.11 * finest_px, 0.4, 2.5)))
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.uint8)
    level = image.astype(np.float32)
    if rng.random() < 0.7:
        gamma = float(np.exp(rng.normal(0.0, 0.35)))
        level = 255.0 * (level / 255.0) ** gamma
    level *= float(rng.uniform(0.55, 1.3)) * rng.uniform(0.88, 1.12, size=3).astype(np.float32)
    height, width = image.shape[:2]
    if rng.random() < 0.15:
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.05, 0.4) * width
        far = np.hypot(np.arange(width)[None] - x, np.arange(height)[:, None] - y) / radius
        level += (float(rng.uniform(40, 160)) * np.exp(-0.5 * far**2))[..., None].astype(np.float32)
    if rng.random() < 0.15:
        haze = float(rng.uniform(0.1, 0.45))
        level += haze * (float(rng.uniform(120, 220)) - level)
    if rng.random() < 0.7:
        level += float(rng.uniform(1.0, 13.0)) * rng.standard_normal((height, width, 1), dtype=np.float32)
    if rng.random() < 0.12:
        level[:] = level.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8), int(rng.integers(30, 96))


def _motion(image: Picture, rng: np.random.Generator, most: float) -> Picture:
    length = float(rng.uniform(1.0, max(most, 1.5)))
    size = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((size, size), dtype=np.float32)
    angle = float(rng.uniform(0, np.pi))
    step = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    middle = size // 2
    ends = [tuple(round(float(v)) for v in middle + sign * step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.uint8)
