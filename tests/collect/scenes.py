"""Drawn pictures with details of their own, so that copies of one can be told from other pictures."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw


def scene(seed: int, size: tuple[int, int] = (480, 320)) -> Image.Image:
    """Shapes, numbers and a little noise; another seed makes another picture, the same one the same pixels."""
    rng = random.Random(seed)
    noise = np.random.default_rng(seed).normal(110, 12, (size[1], size[0], 3)).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(noise)
    draw = ImageDraw.Draw(picture)
    for _ in range(45):
        x, y, side = rng.randrange(size[0]), rng.randrange(size[1]), rng.randrange(10, size[0] // 4)
        draw.rectangle((x, y, x + side, y + side // 2), fill=tuple(rng.randrange(256) for _ in range(3)))
        draw.text((x, y), f"{rng.randrange(10**6)}", fill="white")
    return picture
