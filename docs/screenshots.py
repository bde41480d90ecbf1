"""The README's two screenshots, made anew from the demo's street.

    make demo && .venv/bin/python docs/screenshots.py

Needs what the browser tests need: Chromium, playwright and a mongod. Nothing is clicked away: what a user sees is shot.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import workbench as wb
from workbench import mongod, quiet

HERE = Path(__file__).resolve().parent
CONFIDENCE = 0.25
SIZE = {"width": 1280, "height": 960}
JPEG = {"type": "jpeg", "quality": 82}
PATIENCE_MS = 120_000


def shoot_explorer(browser: Any, project: Path, out: Path) -> None:
    """The explorer in JupyterLab, with one failure chosen."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder) / "look.ipynb"
        opening = ["import workbench as wb", f'p = wb.open("{project.name}")']
        looking = [f'p.explore("r001", confidence={CONFIDENCE})']
        write_notebook(notebook, ["\n".join(opening), "\n".join(looking)])
        (Path(folder) / project.name).symlink_to(project)
        with jupyter(Path(folder)) as address:
            page = browser.new_page(viewport=SIZE)
            page.goto(address.format(path=f"lab/tree/{notebook.name}") + "&reset")
            page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE_MS)
            do(page, "application:toggle-left-area")
            idle = "() => /Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
            page.wait_for_function(idle, timeout=PATIENCE_MS)
            do(page, "notebook:run-all-cells")
            page.wait_for_selector(".wbx-card img", timeout=PATIENCE_MS)
            page.locator(".wbx-card").first.focus()
            loaded = "() => [...document.querySelectorAll('.wbx-card img')].every(one => one.naturalWidth)"
            page.wait_for_function(loaded, timeout=PATIENCE_MS)
            page.screenshot(path=out, **JPEG)
            page.close()


def shoot_app(browser: Any, project: Path, out: Path) -> None:
    """FiftyOne's App at the misses, with our panel beside them."""
    from workbench.show import launch

    dataset = wb.open(project).fiftyone("r001", confidence=CONFIDENCE, name="plates")
    import fiftyone as fo  # Not before: its database is set up when the dataset is made.

    app = launch(dataset, remote=True, view="misses")
    grid, panel = fo.Panel(type="Samples", pinned=True), fo.Panel(type="operating_point")
    spaces = fo.Space(children=[fo.Space(children=[grid]), fo.Space(children=[panel])], orientation="horizontal")
    app.session.spaces = spaces
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{app.url}datasets/plates?view=misses")
    page.get_by_text("false alarms").first.wait_for(timeout=PATIENCE_MS)
    page.wait_for_selector('[data-cy="looker"] canvas', timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=out, **JPEG)
    page.close()
    app.close()


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """A notebook of code cells that nobody has run."""
    empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    made = [{**empty, "id": f"cell-{number}", "source": source} for number, source in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}
    path.write_text(json.dumps(notebook), "utf-8")


@contextmanager
def jupyter(folder: Path) -> Iterator[str]:
    """JupyterLab as `workbench lab` starts it, in a folder of ours; its address with a place for the path."""
    port, token = mongod.free_port(), secrets.token_hex(8)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}", *quiet.jupyter_arguments()]
    command += ["--ServerApp.ip=127.0.0.1", "--LabApp.expose_app_in_browser=True"]
    settings = {"JUPYTER_CONFIG_DIR": str(folder / ".jupyter"), "PYTHONPATH": str(HERE.parent)}
    environment = {**os.environ, **quiet.jupyter_environment(), **settings}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/"
    try:
        deadline = monotonic() + 60
        while not answers(f"{base}api") and monotonic() < deadline:
            sleep(0.25)
        yield base + "{path}?token=" + token
    finally:
        server.terminate()
        server.wait(30)


def answers(address: str) -> bool:
    """Whether a server is there."""
    try:
        urllib.request.urlopen(address, timeout=1)  # noqa: S310
    except OSError:
        return False
    return True


def do(page: Any, command: str) -> None:
    """Run one of JupyterLab's commands."""
    page.wait_for_function("() => window.jupyterapp", timeout=PATIENCE_MS)
    page.evaluate("id => { window.jupyterapp.commands.execute(id) }", command)


def main() -> None:
    """Shoot both."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=HERE.parent / "data" / "demo" / "plates")
    project = parser.parse_args().project.resolve()
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        shoot_explorer(browser, project, HERE / "explorer.jpg")
        shoot_app(browser, project, HERE / "fiftyone.jpg")
        browser.close()


if __name__ == "__main__":
    main()
