"""A new project, and pictures drawn into files of any kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workbench.project import ProjectFolder


@pytest.fixture
def home(tmp_path: Path) -> ProjectFolder:
    return ProjectFolder.create(tmp_path / "project", classes=["plate"])


@pytest.fixture(scope="session")
def draw() -> Callable[..., Path]:
    """Save a noisy picture; another seed makes another picture, the same one the same bytes."""

    def save(path: Path, *, seed: int = 0, size: tuple[int, int] = (64, 48), **options: Any) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path, **options)
        return path

    return save
