"""A project of two labelled pictures, one empty and one unlabelled, with files that lie where the table says."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder


def picture_of(image_id: str) -> bytes:
    """What lies on disk; nothing here decodes it."""
    return f"the picture {image_id}".encode()


def _sha256(image_id: str) -> str:
    return hashlib.sha256(picture_of(image_id)).hexdigest()


def image_rows(*names: str, **values: Any) -> pd.DataFrame:
    common = {"width": 100, "height": 80, "source": "web", "frame_s": None, "split": "train"} | values
    rows = [
        {
            "image_id": n,
            "path": f"pictures/{n}",
            "sha256": hashlib.sha256(picture_of(n)).hexdigest(),
            "group_id": f"g{n}",
            **common,
        }
        for n in names
    ]
    return tables.from_rows("images", [{"label_status": "labelled", **row} for row in rows])


def box_rows(image_id: str, *corners: tuple[float, float, float, float], **values: Any) -> pd.DataFrame:
    frame = pd.DataFrame(corners, columns=CORNERS)
    return frame.assign(**({"class_name": "plate", "image_id": image_id, "ignore": False, "labeller": ""} | values))


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = ProjectFolder.create(tmp_path_factory.mktemp("version") / "project", classes=["plate", "light"])
    images = pd.concat(
        [
            image_rows("a", "b", sharpness=12.5),
            image_rows("c", label_status="empty", split="test"),
            image_rows("차 d#1", label_status="unlabelled", source="video", frame_s=0.5),
        ]
    )
    boxes = pd.concat(
        [
            box_rows("a", (1, 2, 30, 40), (50.25, 2, 60, 9), truncated=1, note="번호판"),
            box_rows("b", (5, 5, 9, 9), class_name="light", ignore=True, labeller="ann"),
        ],
        ignore_index=True,
    )
    home.store.add_images(images, boxes)
    for image_id, path in zip(home.images["image_id"], home.images["path"], strict=True):
        (home.root / path).write_bytes(picture_of(image_id))
    return home.root


@pytest.fixture
def new_home(_template: Path, tmp_path: Path) -> Callable[..., ProjectFolder]:
    """Make a project called so, always with the same content."""

    def make(name: str = "project") -> ProjectFolder:
        shutil.copytree(_template, tmp_path / name)
        return ProjectFolder.open(tmp_path / name)

    return make


@pytest.fixture
def home(new_home: Callable[..., ProjectFolder]) -> ProjectFolder:
    return new_home()


@pytest.fixture
def boxes_of() -> Callable[..., pd.DataFrame]:
    return box_rows


@pytest.fixture
def images_of() -> Callable[..., pd.DataFrame]:
    return image_rows
