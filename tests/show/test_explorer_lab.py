"""The explorer in a real JupyterLab, moved and clicked as a person would, its figures held against `evaluate`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.api.project import Project

from .lab import Lab, jupyter, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPEN = """
import pandas as pd
import workbench as wb
from workbench.analyse import Inputs, evaluate_inputs
from workbench.show import explore
p = wb.open({root!r})
predictions = pd.read_parquet({predictions!r})
inputs = Inputs("test", p.images, p.boxes, predictions, p.folder.root)
ex = explore(evaluate_inputs(inputs, confidence=0.8), store=p.folder.store)
ex
"""


@pytest.fixture
def home(world, tmp_path) -> Project:
    """The drawn world as a project."""
    project = Project.create(tmp_path / "plates", classes=["번호판"])
    for path in world.images["path"]:
        shutil.copy(world.root / path, project.folder.pictures / path)
    images = world.images.assign(split="test", path="pictures/" + world.images["path"])
    images = images.assign(group_id=images["image_id"], sha256=images["image_id"])
    project.folder.store.add_images(images, world.boxes)
    return project


@pytest.fixture
def lab(home, world, page_of, tmp_path) -> Iterator[Lab]:
    world.predictions.to_parquet(tmp_path / "predictions.parquet")
    cell = OPEN.format(root=str(home.folder.root), predictions=str(tmp_path / "predictions.parquet"))
    queue = f"import workbench as wb\nwb.open({str(home.folder.root)!r}).relabel_queue['box_id'].tolist()"
    notebook = write_notebook(tmp_path / "explore.ipynb", [queue, cell])
    with jupyter(tmp_path) as (base, token):
        yield Lab(page_of("about:blank", width=1400, height=1150), base, token, notebook)


def answered(page: Any, before: str) -> None:
    page.wait_for_function(f"() => document.querySelector('.wbx').dataset.answer !== '{before}'", timeout=30_000)


def shown(page: Any) -> dict[str, Any]:
    """The figures and the cards on the screen."""
    figures = {
        name: page.locator(f".wbx [data-figure={name}]").inner_text()
        for name in ("tp", "fp", "fn", "precision", "recall")
    }
    cards = page.locator(".wbx-card")
    found = [
        (cards.nth(i).get_attribute("data-outcome"), cards.nth(i).locator(".wbx-file").inner_text())
        for i in range(cards.count())
    ]
    images = page.eval_on_selector_all(".wbx-card img", "all => all.map(one => one.naturalWidth)")
    return {"figures": figures, "cards": sorted(found), "images": images}


def expected(home: Project, world: Any, confidence: float) -> dict[str, Any]:
    from workbench.analyse import evaluate

    evaluation = evaluate(home.images, home.boxes, world.predictions, confidence=confidence)
    metrics, failures = evaluation.metrics, evaluation.failures
    figures = {name: str(int(metrics[name])) for name in ("tp", "fp", "fn")}
    figures |= {name: f"{metrics[name]:.2f}" for name in ("precision", "recall")}
    cards = sorted(zip(failures["outcome"], failures["image_id"] + " 1.jpg", strict=True))
    return {"figures": figures, "cards": cards, "images": [320] * len(cards)}


def test_explorer__moves_to_what_evaluate_gives_and_keeps_a_failure_over_a_restart(lab, home, world, tmp_path):
    page = lab.page
    lab.open()
    lab.run_all()
    page.wait_for_selector(".wbx-card", timeout=90_000)
    assert shown(page) == expected(home, world, 0.8)

    before = page.locator(".wbx").get_attribute("data-answer")
    page.locator(".wbx input[type=range][data-control=confidence]").fill("0.3")
    answered(page, before)
    assert shown(page) == expected(home, world, 0.3)
    assert shown(page) != expected(home, world, 0.8)

    card = page.locator(".wbx-card[data-outcome=fn]").first
    card.focus()
    before = page.locator(".wbx").get_attribute("data-answer")
    page.keyboard.press("r")
    answered(page, before)
    assert len(home.relabel_queue) == 1
    assert page.locator(".wbx-card [data-said=relabel]").count() == 1
    assert lab.page.locator(".jp-Notebook .jp-Cell").count() == 2  # The key was the explorer's, not JupyterLab's.

    card.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".wbx-detail svg.wbx-whole")
    page.get_by_text("Why:").wait_for(timeout=30_000)
    page.screenshot(path=str(tmp_path / "detail.png"))
    page.keyboard.press("Escape")
    page.wait_for_selector(".wbx-detail", state="hidden")
    page.screenshot(path=str(tmp_path / "light.png"))

    lab.restart_and_run_all()
    page.wait_for_function(
        "() => document.querySelectorAll('.wbx-card').length && document.querySelector('.wbx').dataset.answer === '1'"
    )
    assert home.relabel_queue["box_id"].tolist() == ["b3"]
    assert lab.output(0).split("\n")[-1] == "['b3']"
    assert page.locator(".wbx-card [data-said=relabel]").count() == 1
    assert "1 in the relabel queue" in page.locator(".wbx-status").inner_text()
    assert page.locator(".Toastify__toast").count() == 0  # JupyterLab asks whether to fetch news, unless it is told.
    assert lab.errors == []
