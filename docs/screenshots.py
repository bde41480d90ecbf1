"""The README's two screenshots: a street is drawn, a detector trained on it, and both screens shot as a user sees them.

    .venv/bin/python docs/screenshots.py

Needs what the browser tests need: Chromium, playwright and a mongod. What is drawn and trained, and the database, lie
in a folder of their own and are used again; delete it to begin anew.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import workbench as wb  # noqa: E402
from tests.show.lab import Lab, jupyter, write_notebook  # noqa: E402

CONFIDENCE = 0.5
JPEG = {"type": "jpeg", "quality": 80}
PATIENCE_MS = 120_000
DECODED = "() => [...document.querySelectorAll('.wbx-card img')].every(one => one.naturalWidth)"
LOADED = (
    "() => [...document.querySelectorAll('[data-cy=looker] canvas')].every(one => one.getAttribute('canvas-loaded'))"
)


def make_project(folder: Path) -> Path:
    """A project with a short training, so that there are hits, misses and false alarms to look at."""
    street, home = folder / "street", folder / "plates"
    if not home.exists():
        wb.make_sample(street, size="quick")
        project = wb.Project.create(home, classes=["plate"])
        for name, split in (("photos", "train"), ("test_stills", "test"), ("test_frames", "test")):
            project.collect(street / name, labels=street / name / "xml", source=name, split=split)
        version = project.snapshot("photos")
        project.test().evaluate(project.train(version, weights="plates", batches=20))
    return home


def shoot_explorer(browser: Any, project: Path, out: Path) -> None:
    """The explorer in JupyterLab."""
    cells = [
        f'import workbench as wb\np = wb.open("{project.name}")',
        f'p.test().evaluate("r001", confidence={CONFIDENCE}).explore()',
    ]
    notebook = write_notebook(project.parent / "explore.ipynb", cells)
    with jupyter(project.parent) as (base, token):
        page = browser.new_page(viewport={"width": 1280, "height": 1300})
        lab = Lab(page, base, token, notebook)
        lab.open()
        lab.run_all()
        page.locator(".wbx-card").first.focus(timeout=PATIENCE_MS)
        page.wait_for_function(DECODED, timeout=PATIENCE_MS)
        # No row of crops is cut in half.
        rows = page.eval_on_selector_all(".wbx-card", "all => all.map(one => one.getBoundingClientRect().bottom)")
        bar = page.locator("#jp-main-statusbar").bounding_box()["height"]
        page.set_viewport_size({"width": 1280, "height": round(sorted(set(rows))[1] + bar) + 12})
        page.screenshot(path=out, **JPEG)
        page.close()


def shoot_app(browser: Any, project: Path, out: Path) -> None:
    """FiftyOne's App at the misses, with our panel beside them."""
    # Pictures so large that a plate and what was said of it are seen.
    os.environ["FIFTYONE_APP_GRID_ZOOM"] = "10"
    app = wb.launch(wb.open(project).test().evaluate("r001", confidence=CONFIDENCE).fiftyone(), remote=True)
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, device_scale_factor=1280 / 1440)
    page.goto(f"{app.url}datasets/{app.session.dataset.slug}?view=misses")
    page.locator("[data-cy=looker] canvas[canvas-loaded=true]").first.wait_for(timeout=PATIENCE_MS)
    page.locator("[data-cy=new-panel-btn]").first.click()
    page.locator("[data-cy=new-panel-option-operating_point]").click()
    page.get_by_text("false alarms").first.wait_for(timeout=PATIENCE_MS)
    page.locator(".scatterlayer .trace").nth(3).wait_for(state="attached", timeout=PATIENCE_MS)
    page.get_by_role("row").nth(1).hover()
    page.wait_for_function(LOADED, timeout=PATIENCE_MS)
    page.screenshot(path=out, **JPEG)
    page.close()
    app.close()


def main() -> None:
    """Make both."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "data" / "screenshots")
    folder = parser.parse_args().folder.resolve()
    os.environ["WORKBENCH_HOME"] = str(folder / "home")
    project = make_project(folder)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        shoot_explorer(browser, project, HERE / "explorer.jpg")
        shoot_app(browser, project, HERE / "fiftyone.jpg")
        browser.close()


if __name__ == "__main__":
    main()
