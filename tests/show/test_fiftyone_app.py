"""The App with a real mongod and a real Chromium, and what happens where something is missing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.machine import mongod as mongod_module
from workbench.model.errors import InputError, SetupError
from workbench.show.fiftyone import app

SERVE = """
import json, sys, time
import pandas as pd
from workbench.show import build_view, launch
names = ("images", "boxes", "predictions", "verdicts")
tables = {name: pd.read_parquet(f"{sys.argv[1]}/{name}.parquet") for name in names}
dataset = build_view("app-test", **tables, root=sys.argv[2])
app = launch(dataset, remote=True, port=int(sys.argv[3]) or None)
# What the App says comes with all of its settings; FiftyOne reads them so, and warns of those it fills in itself.
type(app.session.config).from_dict(app.session.config.serialize())
print(json.dumps({"url": app.url, "port": app.port}), flush=True)
time.sleep(300)
"""


def is_open(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def colours_of(screenshot):
    """How many pixels of the pictures are blue as a drawn plate, pink as a missed box, orange as a false alarm.

    The App's lines are thin and blend with the picture, so the hue is looked at and not the very colour.
    """
    red, green, blue = np.moveaxis(
        np.asarray(Image.open(screenshot).convert("RGB"))[140:345, 310:850].astype(int), 2, 0
    )
    return {
        "plate": int((blue - red > 120).sum()),
        "pink": int(((red - green > 30) & (blue - green > 20)).sum()),
        "orange": int(((red - green > 40) & (green - blue > 15)).sum()),
    }


@pytest.fixture
def served(world, mongod, tmp_home, tmp_path):
    """The App of a process of its own: its port, its process, and all that it printed."""
    tables = {"images": world.images, "boxes": world.boxes, "predictions": world.predictions}
    for name, table in (tables | {"verdicts": world.evaluate().verdicts}).items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    with (tmp_path / "err").open("w") as err, socket.socket() as blocker:
        # The usual port is taken, as it is wherever a second App is opened.
        blocker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            blocker.bind(("127.0.0.1", app.DEFAULT_PORT))
            blocker.listen()
        except OSError:
            pass
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(tmp_path), str(world.root), "0"],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
        first = process.stdout.readline()
        assert first.startswith('{"url"'), first + (tmp_path / "err").read_text()
        yield {**json.loads(first), "process": process, "err": tmp_path / "err"}
    process.kill()
    process.wait()


@pytest.mark.mongod
@pytest.mark.browser
@pytest.mark.slow
def test_launch__the_app_opens_each_saved_view_and_stops_with_its_process(served, page_of, tmp_path):
    assert served["port"] != app.DEFAULT_PORT
    assert served["err"].read_text() == ""
    for slug, count, shown in (
        ("misses", "2 samples", "pink"),
        ("false-alarms", "2 samples", "orange"),
    ):
        page = page_of(f"{served['url']}datasets/app-test?view={slug}")
        page.get_by_text(count, exact=True).wait_for(timeout=60_000)
        page.wait_for_selector('[data-cy="looker"]', timeout=60_000)
        seen = {"plate": 0, "pink": 0, "orange": 0}
        deadline = time.monotonic() + 60
        while min(seen["plate"], seen[shown]) < 100 and time.monotonic() < deadline:
            time.sleep(1)
            page.screenshot(path=str(tmp_path / f"{slug}.png"))
            seen = colours_of(tmp_path / f"{slug}.png")
        assert min(seen["plate"], seen[shown]) >= 100, seen
    os.kill(served["process"].pid, signal.SIGKILL)
    deadline = time.monotonic() + 90  # Its server first closes what the pages still listen to.
    while is_open(served["port"]) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not is_open(served["port"])


@pytest.mark.mongod
@pytest.mark.slow
def test_launch__a_port_asked_for_that_is_taken_is_one_line(mongod):
    with socket.socket() as blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        port = blocker.getsockname()[1]
        with pytest.raises(InputError, match=rf"port {port} of 127\.0\.0\.1 is taken"):
            app.launch(None, port=port)


def test_fiftyone__without_mongod_is_one_line(monkeypatch):
    monkeypatch.delenv("FIFTYONE_DATABASE_URI", raising=False)
    monkeypatch.setattr(mongod_module, "fiftyone_path", lambda: Path("nowhere/mongod"))
    with pytest.raises(SetupError, match="no mongod at") as caught:
        app.fiftyone()
    assert "\n" not in str(caught.value)
