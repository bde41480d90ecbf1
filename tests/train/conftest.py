"""Drawn pictures of a coloured rectangle, and one real training that several tests look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from workbench.machine import quiet
from workbench.project import ProjectFolder
from workbench.train import Recipe, Run, load_run, train

# Some tests ask Ultralytics itself; it must be quiet before its first import.
quiet.apply()

WIDTH, HEIGHT = 128, 96


def drawn(folder: Path, count: int, *, seed: int = 0, suffix: str = ".png") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw pictures with one red rectangle each; return their tables."""
    rng = np.random.default_rng(seed)
    images, boxes = [], []
    (folder / "pictures").mkdir(exist_ok=True)
    for number in range(count):
        picture = np.full((HEIGHT, WIDTH, 3), rng.integers(60, 200), np.uint8)
        x, y = int(rng.integers(5, 85)), int(rng.integers(5, 55))
        w, h = int(rng.integers(20, 35)), int(rng.integers(15, 30))
        cv2.rectangle(picture, (x, y), (x + w - 1, y + h - 1), (0, 0, 255), -1)
        path = f"pictures/차_{number}{suffix}"
        (folder / path).write_bytes(cv2.imencode(suffix, picture)[1].tobytes())
        row: dict[str, Any] = {"image_id": f"i{number}", "path": path, "width": WIDTH, "height": HEIGHT}
        images.append({**row, "split": "train", "group_id": f"g{number}", "label_status": "labelled"})
        box: dict[str, Any] = {"image_id": f"i{number}", "class_name": "plate"}
        boxes.append({**box, "xmin": x, "ymin": y, "xmax": x + w, "ymax": y + h})
    return pd.DataFrame(images), pd.DataFrame(boxes)


def new_project(folder: Path) -> ProjectFolder:
    return ProjectFolder.open(ProjectFolder.create(folder, classes=["plate"]).root)


class Trained:
    """A project with drawn pictures, and the run that was trained on them first."""

    def __init__(self, project: ProjectFolder) -> None:
        self.project = project
        self.images, self.boxes = drawn(project.root, 24)

    @property
    def run(self) -> Run:
        return load_run(self.project, "r001")

    def train(self, **options: Any) -> Run:
        settled: dict[str, Any] = {
            "weights": None,
            "batches": 3,
            "batch": 4,
            "image_size": 96,
            "device": "cpu",
        }
        classes = options.pop("classes", ["plate"])
        named: dict[str, Any] = {"classes": classes, "version": "v1"}
        return train(self.project, self.images, self.boxes, Recipe(**(settled | options)), **named)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, once: Callable[..., Path]) -> Trained:
    def train_one(folder: Path) -> None:
        Trained(new_project(folder / "project")).train(batches=40, batch=8, weights="base")

    home = tmp_path_factory.mktemp("train") / "project"
    shutil.copytree(once("trained", train_one) / "project", home)
    return Trained(ProjectFolder.open(home))


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return new_project(tmp_path / "project")


@pytest.fixture(scope="session")
def draw() -> Any:
    return drawn
