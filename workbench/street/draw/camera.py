"""The sensor: what lies between a perfect picture and a file — blur, noise, colour, compression.

A photo device and a dash-cam differ here as they do in life; that difference is what the course's story is about.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.street.draw.raster import Picture


@dataclass(frozen=True)
class Sensor:
    """One exposure's faults.

    Attributes:
        defocus_px: standard deviation of the blur, pixels.
        noise: standard deviation of the noise in mid grey, levels of 255.
        gain: brightness.
        balance: gain of B, G, R.
        sharpen: strength of the device's own sharpening.
        jpeg: quality of the file, 1 to 100.
        scale: the share of its pixels that the sensor really has; below 1 the picture is a stretched smaller one.
    """

    defocus_px: float = 0.0
    noise: float = 2.0
    gain: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    sharpen: float = 0.0
    jpeg: int = 92
    scale: float = 1.0


def photo_sensor(rng: np.random.Generator) -> Sensor:
    """A phone or a seller's camera by day: sharp, clean, hardly compressed."""
    balance = 1.0 + rng.uniform(-0.04, 0.04, size=3)
    return Sensor(
        defocus_px=float(rng.uniform(0.0, 0.5)),
        noise=float(rng.uniform(0.5, 2.5)),
        gain=float(rng.uniform(0.94, 1.1)),
        balance=(float(balance[0]), float(balance[1]), float(balance[2])),
        sharpen=float(rng.uniform(0.2, 0.6)),
        jpeg=int(rng.integers(86, 96)),
    )


def video_sensor(rng: np.random.Generator, *, dark: bool) -> Sensor:
    """A cheap dash-cam: soft, noisy, few real pixels, hard compression."""
    balance = 1.0 + rng.uniform(-0.07, 0.07, size=3)
    return Sensor(
        defocus_px=float(rng.uniform(0.7, 1.3)),
        noise=float(rng.uniform(5.0, 9.0) if dark else rng.uniform(3.0, 6.0)),
        gain=float(rng.uniform(0.85, 1.1)),
        balance=(float(balance[0]), float(balance[1]), float(balance[2])),
        jpeg=int(rng.integers(38, 62)),
        scale=float(rng.uniform(0.6, 0.85)),
    )


def expose(picture: Picture, sensor: Sensor, rng: np.random.Generator) -> Picture:
    """The picture as the sensor gives it, shape unchanged; compression comes with the file."""
    height, width = picture.shape[:2]
    image = picture
    if sensor.scale < 1.0:
        small = cv2.resize(
            image, (round(width * sensor.scale), round(height * sensor.scale)), interpolation=cv2.INTER_AREA
        )
        image = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    if sensor.defocus_px > 0.15:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sensor.defocus_px), dtype=np.uint8)
    if sensor.sharpen > 0:
        soft = cv2.GaussianBlur(image, (0, 0), 1.0)
        image = np.asarray(cv2.addWeighted(image, 1 + sensor.sharpen, soft, -sensor.sharpen, 0), dtype=np.uint8)
    level = image.astype(np.float32) * (sensor.gain * np.asarray(sensor.balance, dtype=np.float32))
    if sensor.noise > 0:
        # One draw for all channels and a weaker one for each, as demosaicing leaves it; in place, for the sake of time.
        grain = rng.standard_normal((height, width, 1), dtype=np.float32)
        small = rng.standard_normal((height // 2, width // 2, 3), dtype=np.float32)
        grains = np.asarray(cv2.resize(small, (width, height)), dtype=np.float32)
        grains *= 0.5
        grain *= 0.85
        grains += grain
        grains *= sensor.noise
        strength = 0.4 * level
        strength /= 128.0
        strength += 0.6
        grains *= strength
        level += grains
    return np.asarray(np.clip(level, 0, 255, out=level), dtype=np.uint8)


def encode(picture: Picture, quality: int) -> bytes:
    """The picture as a JPEG file's bytes."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data.tobytes())
