"""Two kernels and an App on one project at once, and mongod killed under them: real processes, a real browser."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager

from .app_grid import WIDE, Grid

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.mongod, pytest.mark.browser, pytest.mark.slow]

OPEN = """
import time
import workbench as wb
from workbench.model.errors import WorkbenchError
from workbench.show.fiftyone import edits_back
p = wb.open({root!r})
run = p.run({run!r})
dataset = p.test().evaluate(run).fiftyone(name="two-kernels")
"""
IN_FIFTYONE = """
misses = dataset.load_saved_view("misses").values("ground_truth.detections.id", unwind=True)
said, done = "", []
print("ready")
for number in range(1000):
    try:
        edits_back.mark_labels(dataset, misses, "note", f"app {number}")
    except WorkbenchError as error:
        said = str(error)
        break
    done.append(f"app {number}")
    time.sleep(0.02)
"""
IN_EXPLORER = """
explorer = p.test().evaluate(run).explore()
card = explorer.state.view()["cards"][0]
print("ready")
done = []
for number in range(200):
    explorer.state.mark([card["key"]], "note", f"explorer {number}")
    done.append(f"explorer {number}")
    time.sleep(0.02)
"""


SERVE = """
import json, sys
import workbench as wb
from workbench.show import launch
held = wb.open(sys.argv[1]).test().evaluate(sys.argv[2])
app = launch(held.fiftyone(name="two-kernels"), remote=True)
print(json.dumps({"url": app.url}), flush=True)
sys.stdin.read()
"""
COUNT = """
import sys
from workbench.show.fiftyone.app import fiftyone
fo = fiftyone()
if fo.dataset_exists("killed"):
    dataset = fo.load_dataset("killed")
else:
    dataset = fo.Dataset("killed", persistent=True)
    fo.core.odm.sync_database()  # As mongod does once a minute: with it goes how many samples there are.
    dataset.add_samples([fo.Sample(f"{number}.jpg") for number in range(5)])
    journalled = {"writeConcern": {"j": True}}  # What comes before is then safe as well.
    fo.core.odm.get_db_conn().command("insert", "journal", documents=[{}], **journalled)
print(dataset._sample_collection.estimated_document_count(), flush=True)
sys.stdin.read()
"""


class Kernel:
    """A Jupyter kernel of its own."""

    def __init__(self) -> None:
        self.manager = KernelManager()
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.text: dict[str, str] = {}

    def start(self, code: str) -> str:
        message = str(self.client.execute(code))
        self.text[message] = ""
        return message

    def wait(self, message: str, *, until: str | None = None) -> str:
        """What a cell printed, when it has ended, or as soon as it printed something."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if until is not None and until in self.text[message]:
                return self.text[message]
            got = self.client.get_iopub_msg(timeout=180)
            mine = got["parent_header"].get("msg_id")
            if got["msg_type"] == "stream":
                self.text[mine] = self.text.get(mine, "") + got["content"]["text"]
            elif got["msg_type"] == "error" and mine == message:
                raise AssertionError("\n".join(got["content"]["traceback"]))
            elif got["msg_type"] == "status" and got["content"]["execution_state"] == "idle" and mine == message:
                return self.text[message]
        raise AssertionError(f"no end after 180 s: {self.text[message]}")

    def run(self, code: str) -> str:
        return self.wait(self.start(code))

    def value(self, expression: str) -> Any:
        printed = self.run(f"import json; print('VALUE', json.dumps({expression}))")
        return json.loads(re.findall(r"^VALUE (.*)$", printed, re.MULTILINE)[-1])


@pytest.fixture
def kernels(tmp_home, mongod) -> Iterator[tuple[Kernel, Kernel]]:
    both = (Kernel(), Kernel())
    yield both
    for kernel in both:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)


def database_of(folder: Path) -> list[psutil.Process]:
    """The mongod that works in a folder."""
    found = [one for one in psutil.process_iter(["name", "cmdline"]) if "mongod" in (one.info["name"] or "")]
    return [one for one in found if any(str(folder) in word for word in one.info["cmdline"] or ())]


@pytest.fixture
def app(tmp_home, tested) -> Iterator[Callable[[], str]]:
    """Open the App in a process of its own; its address."""
    processes = []

    def start() -> str:
        command = [sys.executable, "-c", SERVE, str(tested.project.folder.root), tested.second.run_id]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        processes.append(process)
        return str(json.loads(process.stdout.readline())["url"])

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_mongod_killed__no_decision_is_lost_and_it_goes_on(kernels, app, tested, page_of, tmp_home):
    first, second = kernels
    opening = OPEN.format(root=str(tested.project.folder.root), run=tested.second.run_id)
    both = [(kernel, kernel.start(opening)) for kernel in kernels]  # At the same moment.
    for kernel, message in both:
        kernel.wait(message)
    shown = first.value("len(dataset.load_saved_view('misses'))")
    grid = Grid(page_of("about:blank", **WIDE), app(), "two-kernels")
    grid.open("misses")
    grid.shows(shown)

    marking = [first.start(IN_FIFTYONE), second.start(IN_EXPLORER)]
    for kernel, message in zip(kernels, marking, strict=True):
        kernel.wait(message, until="ready")
    time.sleep(1)
    (database,) = database_of(tmp_home)
    os.kill(database.pid, signal.SIGKILL)
    for kernel, message in zip(kernels, marking, strict=True):
        kernel.wait(message)

    said = first.value("said")
    assert re.fullmatch(r"FiftyOne's database does not answer: nothing was done; call p\.fiftyone\(\.\.\.\).*", said)
    notes = [json.loads(one)["value"] for one in tested.project.folder.store.events(action="mark")["after"]]
    done = {kernel: kernel.value("done") for kernel in kernels}
    assert len(done[first]) > 0
    assert len(done[second]) == 200
    for kernel, name in ((first, "app"), (second, "explorer")):
        # Each once for each label marked, and not one that was not said to be done.
        kept = [note for note in notes if note.startswith(name)]
        assert list(dict.fromkeys(kept)) == done[kernel]

    again = "dataset = p.test().evaluate(run).fiftyone(name='two-kernels')"
    assert "database had been stopped; it runs again" in second.run(again)
    assert second.value("len(dataset.load_saved_view('misses'))") == shown
    grid.page.reload()
    grid.shows(shown)
    grid.patches("ground_truth")
    grid.shows(first.value("len(misses)"), "patch")
    grid.choose(0)
    grid.operate("Edge case", "1 kept in the project: edge case")
    assert tested.project.marks["edge_case"].sum() == 1
    first.run(again)
    marked = first.value("edits_back.mark_labels(dataset, misses, 'relabel')")
    assert marked == len(tested.project.relabel_queue) == first.value("len(misses)")


def test_mongod_killed_with_its_kernel__the_next_one_counts_the_pictures_again(mongod, tmp_home):
    """The App asks mongod for a number that it loses where it is killed, and shows nothing where that is 0."""

    def count() -> int:
        command = [sys.executable, "-c", COUNT]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as it:
            counted = int(it.stdout.readline())
            (database,) = database_of(tmp_home)
            for process in (database, it):
                process.send_signal(signal.SIGKILL)
        database.wait(timeout=30)
        return counted

    assert count() == count() == 5
