"""A small drawn world with every outcome, a turned picture, Hangul, and pictures that nobody has labelled."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image, ImageDraw

from workbench.api.project import Project
from workbench.model import tables
from workbench.train import Run, RunRecord, runs

from .looked import Looked

PLATE = "#2255DD"


def draw(path: Path, size: tuple[int, int], plates: list[tuple[float, ...]], *, orientation: int = 1) -> None:
    """Draw upright, store as the orientation says: a viewer that heeds EXIF sees it upright again."""
    picture = Image.new("RGB", size, "#B8B8B0")
    for plate in plates:
        ImageDraw.Draw(picture).rectangle((plate[0], plate[1], plate[2] - 1, plate[3] - 1), fill=PLATE)
    exif = Image.Exif()
    if orientation == 6:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[0x0112] = 6
    picture.save(path, "JPEG", quality=95, exif=exif)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """Every plate is a filled rectangle of the colour `PLATE`.

    Five pictures: hit and miss, turned false alarm, ignored, empty with false alarm, unlabelled with predictions."""
    root = tmp_path_factory.mktemp("그림 world")
    boxes = [
        ("a", "번호판", 40, 60, 140, 90, False),
        ("a", "번호판", 200, 150, 300, 180, False),
        ("turned", "번호판", 30, 200, 110, 230, False),
        ("crowd", "번호판", 10, 10, 60, 40, True),
        ("crowd", "번호판", 100, 100, 160, 125, False),
    ]
    predictions = [
        ("a", "번호판", 0.9, 42, 60, 141, 91),
        ("a", "번호판", 0.3, 203, 150, 303, 180),
        ("turned", "번호판", 0.8, 60, 200, 140, 230),
        ("crowd", "번호판", 0.7, 10, 10, 60, 40),
        ("crowd", "번호판", 0.6, 12, 11, 60, 40),
        ("crowd", "번호판", 0.95, 101, 100, 160, 125),
        ("empty", "번호판", 0.85, 200, 20, 260, 50),
        ("empty", "번호판", 0.55, 20, 120, 80, 150),
        ("nobody", "번호판", 0.75, 20, 20, 80, 50),
        ("nobody", "번호판", 0.2, 120, 20, 180, 50),
    ]
    sizes = {"a": (320, 240), "turned": (240, 320), "crowd": (320, 240), "empty": (320, 240), "nobody": (320, 240)}
    for key, size in sizes.items():
        plates = [row[2:6] for row in boxes if row[0] == key]
        draw(root / f"{key} 1.jpg", size, plates, orientation=6 if key == "turned" else 1)
    status = {"empty": "empty", "nobody": "unlabelled"}
    images = pd.DataFrame(
        {
            "image_id": list(sizes),
            "path": [f"{key} 1.jpg" for key in sizes],
            "width": [size[0] for size in sizes.values()],
            "height": [size[1] for size in sizes.values()],
            "source": ["web", "", "web", "video", "video"],
            "frame_s": [None, None, None, 1.5, 2.0],
            "split": ["test", "test", "train", "test", None],
            "label_status": [status.get(key, "labelled") for key in sizes],
            "brightness": [0.5, 0.25, 0.75, None, 0.1],
        }
    )
    corners = ["xmin", "ymin", "xmax", "ymax"]
    return Looked(
        "now",
        tables.validate(images, "images"),
        tables.validate(pd.DataFrame(boxes, columns=["image_id", "class_name", *corners, "ignore"]), "boxes"),
        tables.validate(
            pd.DataFrame(predictions, columns=["image_id", "class_name", "confidence", *corners]), "predictions"
        ),
        root,
    )


@dataclass(frozen=True)
class Tested:
    """A project with two runs on its test pictures; the second one finds other things than the first."""

    project: Project
    first: Run
    second: Run


@pytest.fixture(scope="session")
def make_tested(
    world: Looked, run_record: Callable[..., RunRecord], save_found: Callable[..., None]
) -> Callable[[Path], Tested]:
    """Make the drawn world a project: every picture to test on, one more to train on, and every kind of failure."""

    def make(folder: Path) -> Tested:
        project = Project.create(folder, classes=["번호판"])
        for path in world.images["path"]:
            shutil.copy(world.root / path, project.folder.pictures / path)
        draw(project.folder.pictures / "learned.jpg", (320, 240), [(60, 60, 160, 90)])
        learned = world.images.iloc[:1].assign(image_id="learned", path="learned.jpg", split="train")
        images = pd.concat([world.images.assign(split="test"), learned], ignore_index=True)
        group = images["image_id"].where(images["frame_s"].isna(), "drive")
        images = images.assign(sha256=images["image_id"], group_id=group, path="pictures/" + images["path"])
        box = world.boxes.iloc[:1].assign(box_id="learned", image_id="learned", xmin=60.0, xmax=160.0)
        project.folder.store.add_images(images, pd.concat([world.boxes, box], ignore_index=True))
        corners = ["xmin", "ymin", "xmax", "ymax"]
        more = [
            ("a", "번호판", 0.65, 40, 58, 140, 92),  # a duplicate
            ("crowd", "번호판", 0.85, 70, 95, 190, 130),  # too wide
            ("a", "번호판", 0.62, 190, 142, 310, 188),  # a hit that is not sure
        ]
        columns = ["image_id", "class_name", "confidence", *corners]
        second = pd.concat([world.predictions, pd.DataFrame(more, columns=columns)], ignore_index=True)
        second = tables.validate(second.drop(columns="prediction_id"), "predictions")
        first = second[(second["image_id"] != "empty") & (second["confidence"] < 0.9)].reset_index(drop=True)
        elsewhere = [("turned", "번호판", 0.7, 30, 200, 110, 230), ("empty", "번호판", 0.6, 90, 90, 150, 120)]
        first = pd.concat([first, pd.DataFrame(elsewhere, columns=columns)], ignore_index=True)
        first = tables.validate(first.drop(columns="prediction_id"), "predictions")
        version = project.snapshot("as it is").version_id
        made = []
        for found in (first, second):
            made.append(runs.new_run(project.folder, run_record(version, classes=("번호판",))))
            save_found(project, made[-1], found)
        return Tested(project, *made)

    return make


@pytest.fixture
def tested(make_tested: Callable[[Path], Tested], tmp_path: Path) -> Tested:
    """A project of the drawn world, for one test."""
    return make_tested(tmp_path / "plates")


@pytest.fixture
def page_of(chromium: str) -> Iterator[Callable[..., object]]:
    """Open an address in a real Chromium; every page is closed when the test ends."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)

        def open_page(address: str, *, dark: bool = False, width: int = 1280, height: int = 900) -> object:
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            page.goto(address)
            return page

        yield open_page
        browser.close()
