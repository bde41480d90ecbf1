"""`workbench lab` as a new user meets it: nothing set up before, nothing to click away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import psutil
import pytest

from workbench.machine import ports

from .lab import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """JupyterLab in an empty home, by the command that `make lab` runs: where its first page is."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG", "FIFTYONE"))}
    ours = {"HOME": str(home), "WORKBENCH_HOME": str(home / "workbench"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "workbench", "lab", "--no-browser", f"--port={ports.free_port()}"]
    log = home / "log"
    with log.open("w") as out:
        server = subprocess.Popen(command, env=kept | ours, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    said: list[str] = []
    deadline = time.monotonic() + 90
    while not said and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.25)
        said = [word for word in log.read_text().split() if word.startswith("http://127.0.0.1:") and "token=" in word]
    assert said, log.read_text()
    yield said[0]
    server.terminate()
    server.wait(30)


def test_lab__is_for_this_machine_and_those_who_know_the_token(address):
    parts = urllib.parse.urlsplit(address)
    sockets = [one for one in psutil.net_connections("tcp") if one.laddr.port == parts.port and not one.raddr]
    assert {one.laddr.ip for one in sockets} == {"127.0.0.1"}
    assert len(urllib.parse.parse_qs(parts.query)["token"][0]) >= 40
    for wrong in ("", "?token=", "?token=workbench"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{parts.netloc}/api/contents{wrong}", timeout=10)
        assert refused.value.code == 403
    assert urllib.request.urlopen(f"http://{parts.netloc}/api/contents?{parts.query}", timeout=10).status == 200


def test_lab__opens_the_first_notebook_and_asks_nothing(address, page_of):
    page = page_of("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    idle = "() => /Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
    page.wait_for_function(idle, timeout=90_000)
    page.wait_for_timeout(5_000)  # JupyterLab asks about news some seconds after it has opened.
    tabs = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").all_inner_texts()
    assert tabs == ["00_start_here.ipynb"]
    assert page.locator(".Toastify__toast").all_inner_texts() == []
    assert page.locator(".jp-Dialog").all_inner_texts() == []
    outside = [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    assert asked
    assert outside == []
