"""A notebook in a real JupyterLab, for the tests that need one."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.machine import quiet

ROOT = Path(__file__).resolve().parents[2]


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    made = [{**empty, "id": f"cell-{i}", "source": source} for i, source in enumerate(cells)]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}))
    return path


@contextmanager
def jupyter(folder: Path) -> Iterator[tuple[str, str]]:
    """JupyterLab at a free port of this machine: its address and its token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--allow-root",
    ]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", *quiet.jupyter_arguments()]
    command += ["--LabApp.expose_app_in_browser=True"]
    ours = {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / ".jupyter")}
    environment = {**os.environ, **quiet.jupyter_environment(), **ours}
    with (folder / "jupyter.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{base}/api?token={token}", timeout=1)  # noqa: S310
                break
            except OSError:
                time.sleep(0.25)
        yield base, token
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


class Lab:
    """One notebook, open in the browser."""

    def __init__(self, page: Any, base: str, token: str, notebook: Path) -> None:
        self.page, self._base, self._token, self._name = page, base, token, notebook.name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, *, dark: bool = False) -> None:
        self.page.goto(f"{self._base}/lab/tree/{self._name}?token={self._token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        if dark:
            self.do("apputils:change-theme", {"theme": "JupyterLab Dark"})
        self.do("application:toggle-left-area")
        idle = "() => /Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
        self.page.wait_for_function(idle, timeout=90_000)

    def do(self, command: str, arguments: dict[str, Any] | None = None) -> None:
        run = "([id, args]) => { window.jupyterapp.commands.execute(id, args) }"
        self.page.evaluate(run, [command, arguments or {}])

    def run_all(self) -> None:
        self.do("notebook:run-all-cells")

    def run_all_again(self) -> None:
        """After the kernel was killed: once Jupyter has started another, run all."""
        idle = "() => /Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
        self.page.wait_for_function(idle, timeout=90_000)
        self.run_all()

    def restart_and_run_all(self) -> None:
        self.do("notebook:restart-run-all")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()

    def output(self, cell: int) -> str:
        return str(self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea").first.inner_text())
