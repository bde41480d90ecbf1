from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def draw_pictures() -> Callable[..., Path]:
    """Draw different noisy pictures into a folder and return it."""

    def draw(folder: Path, count: int, *, size: tuple[int, int] = (160, 120), seed: int = 0) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        for number in range(count):
            pixels = rng.integers(0, 255, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(folder / f"{number:03d}.jpg")
        return folder

    return draw
