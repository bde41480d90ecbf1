"""The labeller in a real JupyterLab: ten pictures by mouse and keyboard, the kernel killed after the seventh."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.api.project import Project
from workbench.collect import collect_pictures
from workbench.model.geometry import CORNERS

from .conftest import draw
from .lab import Lab, jupyter, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    "import os\nimport workbench as wb\np = wb.open({root!r})\nprint('kernel', os.getpid())",
    "labeller = p.label('photos', who='민아')\nlabeller",
)
SIZE, SIZES = (1000, 750), {1: (4000, 3000), 2: (750, 1000)}
PLATE = (300, 200, 520, 270)
"""Where the plate lies, in pixels of the upright picture."""


@pytest.fixture
def home(tmp_path) -> Project:
    """Eleven photos: one larger than any screen, one turned by its EXIF entry, one damaged after it was collected."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(11):
        times = 4 if number == 1 else 1
        plates = [PLATE, (10 * number, 10, 10 * number + 8, 18)]  # The second, so that no two photos are the same.
        plates = [tuple(times * v for v in plate) for plate in plates]
        draw(folder / f"{number:02d} 사진.jpg", SIZES.get(number, SIZE), plates, orientation=6 if number == 2 else 1)
    project = Project.create(tmp_path / "plates", classes=["번호판", "truck"])
    collect_pictures(project.folder, folder, source="photos", split="train")
    images = project.images.sort_values("path")
    broken = project.folder.root / images["path"].iloc[8]
    broken.write_bytes(broken.read_bytes()[:400])
    return project


@pytest.fixture
def lab(home, page_of, tmp_path) -> Iterator[Lab]:
    notebook = write_notebook(tmp_path / "label.ipynb", [cell.format(root=str(home.folder.root)) for cell in CELLS])
    with jupyter(tmp_path) as (base, token):
        yield Lab(page_of("about:blank", width=1200, height=1000), base, token, notebook)


class Hand:
    """Who labels: reads the screen, draws with the mouse, answers with a key."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def number(self) -> str:
        return str(self.page.locator(".wbl").get_attribute("data-number"))

    def shown(self) -> str:
        return str(self.page.locator(".wbl-at").inner_text())

    def wait(self, before: str) -> None:
        root = f".wbl[data-number]:not([data-busy]):not([data-number='{before}'])"
        self.page.wait_for_selector(root, timeout=30_000)

    def press(self, key: str, *, opens: bool = True) -> None:
        before = self.number()
        self.page.keyboard.press(key)
        if opens:
            self.wait(before)

    def at(self, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
        place = self.page.locator(".wbl-stage img").bounding_box()
        return place["x"] + x * place["width"] / size[0], place["y"] + y * place["height"] / size[1]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up()

    def box(self, corners: tuple[float, ...], size: tuple[int, int]) -> None:
        self.drag(self.at(*corners[:2], size), self.at(*corners[2:], size))


def saved(home: Project) -> dict[str, Any]:
    """What is in the store, by the first two letters of the pictures' names: (status, corners)."""
    boxes = home.boxes
    return {
        Path(row.path).name[:2]: (row.label_status, boxes.loc[boxes["image_id"] == row.image_id, CORNERS].to_numpy())
        for row in home.images.itertuples()
    }


def near(found: np.ndarray, wanted: list[tuple[float, ...]], px: float) -> None:
    assert found.shape == (len(wanted), 4)
    assert np.abs(found - np.array(wanted)).max() <= px, (found.tolist(), wanted)


def test_labeller__ten_pictures_with_the_kernel_killed_after_the_seventh(lab, home, tmp_path):
    page, hand = lab.page, Hand(lab.page)
    lab.open()
    lab.run_all()
    page.wait_for_selector(".wbl[data-number]:not([data-busy])", timeout=90_000)
    assert (hand.shown(), page.locator(".wbl-file").inner_text()) == ("1 of 11", "00 사진.jpg")

    hand.box(PLATE, SIZE)
    page.screenshot(path=str(tmp_path / "light.png"))
    hand.press("Enter")

    big = tuple(4 * v for v in PLATE)  # 4000 x 3000: zoom in on the plate, then draw.
    page.mouse.move(*hand.at((big[0] + big[2]) / 2, (big[1] + big[3]) / 2, SIZES[1]))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -360)
    page.keyboard.up("Control")
    hand.box(big, SIZES[1])
    page.screenshot(path=str(tmp_path / "zoomed.png"))
    hand.press("Enter")

    hand.box(PLATE, SIZES[2])
    hand.press("Enter")

    hand.press("Enter", opens=False)  # No box: nothing is saved, it asks.
    page.get_by_text("No box is drawn").wait_for(timeout=30_000)
    assert (hand.shown(), saved(home)["03"][0]) == ("4 of 11", "unlabelled")
    hand.press("e")

    hand.box(PLATE, SIZE)
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    hand.box((600, 400, 900, 700), SIZE)
    hand.box((20, 400, 120, 500), SIZE)
    page.keyboard.press("Delete")
    page.mouse.click(*hand.at(500, 600, SIZE))  # A click is no box.
    hand.press("Enter")

    page.keyboard.press("1")
    hand.box((300, 200, 450, 270), SIZE)
    hand.drag(hand.at(450, 235, SIZE), hand.at(520, 235, SIZE))  # Its right edge.
    hand.box((600, 400, 900, 700), SIZE)
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelectorAll('.wbl-stage rect.movable').length === 1")
    kernel, before = int(lab.output(0).split()[-1]), hand.number()
    os.kill(kernel, signal.SIGSTOP)
    page.keyboard.press("Enter")
    page.get_by_text("The kernel has not answered").wait_for(timeout=30_000)
    os.kill(kernel, signal.SIGCONT)
    hand.wait(before)

    hand.box(PLATE, SIZE)
    before = hand.number()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # Once too often.
    hand.wait(before)
    assert (hand.shown(), page.locator(".wbl-file").inner_text()) == ("8 of 11", "07 사진.jpg")

    hand.box(PLATE, SIZE)
    os.kill(kernel, signal.SIGKILL)
    found = saved(home)
    assert [found[f"{n:02d}"][0] for n in range(8)] == [*["labelled"] * 3, "empty", *["labelled"] * 3, "unlabelled"]
    assert [len(found[f"{n:02d}"][1]) for n in range(8)] == [1, 1, 1, 0, 2, 1, 1, 0]

    page.locator(".jp-Dialog .jp-mod-accept").click(timeout=60_000)
    lab.run_all_again()
    page.wait_for_selector(".wbl-at:text('8 of 11')", timeout=90_000)
    page.wait_for_selector(".wbl[data-number]:not([data-busy])", timeout=30_000)
    assert page.locator(".wbl-file").inner_text() == "07 사진.jpg"
    assert page.locator(".wbl-stage rect.movable").count() == 0
    hand.box(PLATE, SIZE)
    hand.press("Enter")

    assert "08 사진.jpg" in page.locator(".wbl-say").inner_text()  # Damaged: named, and passed over.
    assert page.locator(".wbl-file").inner_text() == "09 사진.jpg"
    start, end = hand.at(300, 200, SIZE), hand.at(1000, 750, SIZE)
    hand.drag(start, (end[0] + 40, end[1] + 5))  # Let go outside the picture.
    hand.press("Enter")
    hand.press("b")
    assert page.locator(".wbl-said").inner_text() == "labelled"
    hand.press("s")
    hand.box(PLATE, SIZE)
    page.locator(".wbl-save").first.click()
    page.get_by_text("The end of the queue").wait_for(timeout=30_000)
    page.screenshot(path=str(tmp_path / "end.png"))
    assert (
        "10 of 11 pictures answered: 9 labelled, 1 empty; 1 could not be read" in page.locator(".wbl-end").inner_text()
    )

    found = saved(home)
    for name in ("00", "02", "05", "06", "07", "10"):
        near(found[name][1], [PLATE], 1.5)
    near(found["01"][1], [big], 2)
    near(found["04"][1], [PLATE, (600, 400, 900, 700)], 1.5)
    near(found["09"][1], [(300, 200, 1000, 750)], 1.5)
    assert found["09"][1][0, 2:].tolist() == [1000, 750]
    assert home.boxes["class_name"].value_counts().to_dict() == {"번호판": 9, "truck": 1}
    log = home.label_log
    assert len(log) == 10
    assert log["seconds"].between(0, 60).all()
    assert set(log["who"]) == set(home.boxes["labeller"]) == {"민아"}
    assert page.locator(".jp-Notebook .jp-Cell").count() == 2  # The keys were the labeller's, not JupyterLab's.
    assert lab.errors == []
