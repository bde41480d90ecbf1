"""Kill -9 at random moments and while something is written: each version and record is whole or absent."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.decide import read_records
from workbench.model import tables
from workbench.project import ProjectFolder
from workbench.version import Version, content_sha256, head, snapshot, verify

from ..depth import often

HELPER = Path(__file__).with_name("killed_versions.py")
KILLS = often(10, 200)
PICTURES = 40


@pytest.fixture
def home(tmp_path) -> ProjectFolder:
    project = ProjectFolder.create(tmp_path / "project", classes=["plate"])
    rows, boxes = [], []
    for number in range(PICTURES):
        content = f"picture {number}".encode()
        path = project.pictures / f"{number}.jpg"
        path.write_bytes(content)
        rows.append({"image_id": f"p{number}", "path": f"pictures/{number}.jpg", "split": "train", "width": 100})
        rows[-1] |= {
            "sha256": hashlib.sha256(content).hexdigest(),
            "height": 80,
            "source": "web",
            "group_id": path.name,
        }
        boxes.append({"image_id": f"p{number}", "class_name": "plate", "xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9})
    project.store.add_images(tables.from_rows("images", rows), tables.from_rows("boxes", boxes))
    return project


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("what", ["snapshot", "restore", "decide"])
def test_kill__leaves_versions_and_records_whole(what, home, tmp_path):
    first = snapshot(home, "first").version_id
    home.store.set_split(["p0"], "val")
    second = snapshot(home, "second").version_id
    journal = tmp_path / "journal"
    journal.touch()
    rng = random.Random(what)
    promises = swept = 0
    for number in range(KILLS):
        start = journal.stat().st_size
        process = subprocess.Popen([sys.executable, HELPER, what, home.root, journal, first, second])
        # Some promises are awaited, however busy the machine is; then it dies at a random moment of the next step.
        awaited = 1 + rng.randrange(3)
        while journal.read_text()[start:].count("\n") < awaited:
            assert process.poll() is None, "the helper died by itself"
            time.sleep(0.001)
        if what != "restore" and number % 3 == 0:
            wait_for_half_written(home.root)
        else:
            time.sleep(rng.uniform(0.0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        swept += bool(list(home.root.rglob(".tmp-*")))
        promises += check(home.root, journal.read_text()[start:].splitlines()[1:], {first, second})
    assert promises > KILLS // 2, "the helper was killed before it did anything: nothing was tested"
    # A restore to and fro writes no file beside the store: there SQLite's journal is what is swept.
    assert swept or what == "restore", "it was never killed in the middle of something: nothing was tested"


def wait_for_half_written(root: Path) -> None:
    """Until something is being written; what takes most of a step's time is reading and computing."""
    until = time.monotonic() + 2
    while not any(root.rglob(".tmp-*")) and time.monotonic() < until:
        pass


def check(root: Path, told: list[str], states: set[str]) -> int:
    """Reopen the project and hold it to the lines of the journal; return how many promises there were."""
    home = ProjectFolder.open(root)
    assert not list(root.rglob(".tmp-*")), "something half written was left"
    versions = {folder.name for folder in home.versions.iterdir()}
    for name in versions - states:
        Version.read(home.versions / name).verify()
    for name in states:
        assert verify(home, name) == ()
    numbers = [record.number for record in read_records(home)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not any(record.edited for record in read_records(home))
    for line in told:
        word, value = line.split(" ")
        if word == "snapshot":
            assert value in versions
        elif word == "decide":
            assert int(value) in numbers
    if told and told[-1].startswith("restore"):
        # What was restored last, or what was being restored when the process died: never a mixture.
        images, boxes, classes = home.store.read_all()
        here = f"v{content_sha256(images, boxes, classes)[:12]}"
        assert here in states
        assert head(home) == here
    return len(told)


@pytest.mark.slow
def test_snapshot__two_processes_at_once(home, tmp_path):
    """Both freeze the same content at the same moment, then edit and freeze in each other's way: both live."""
    gate, journals = tmp_path / "gate", [tmp_path / f"journal-{n}" for n in range(2)]
    for journal in journals:
        journal.touch()
    processes = [
        subprocess.Popen([sys.executable, HELPER, "together", home.root, journal, str(gate), ""])
        for journal in journals
    ]
    while not all(journal.stat().st_size for journal in journals):
        assert all(process.poll() is None for process in processes)
        time.sleep(0.005)
    gate.touch()
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    told = [journal.read_text().split() for journal in journals]
    assert len(told[0]) == len(told[1]) == 31
    assert told[0][1] == told[1][1], "the same content at once is one version"
    for name in {*told[0], *told[1]} - {"ready"}:
        assert verify(home, name) == ()
    assert not list(home.root.rglob(".tmp-*"))
