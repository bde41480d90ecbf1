"""Kill -9 at random moments: nothing that was committed is lost, nothing half done is there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.collect import collect_pictures
from workbench.project import ProjectFolder
from workbench.project.files import sha256_of
from workbench.version import Version

from ..depth import often

HELPER = Path(__file__).with_name("killed.py")
KILLS = often(10, 200)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("what", ["collect", "edit", "snapshot"])
def test_kill__leaves_a_whole_project(what, tmp_path, draw_pictures):
    pictures = draw_pictures(tmp_path / "pictures", 12, size=(160, 120))
    home = ProjectFolder.create(tmp_path / "project", classes=["plate"])
    collect_pictures(home, pictures, source="first")
    journal = tmp_path / "journal"
    journal.touch()
    rng = random.Random(what)
    promises = 0
    for _ in range(KILLS):
        start = journal.stat().st_size
        process = subprocess.Popen([sys.executable, HELPER, what, home.root, pictures, journal])
        # Some promises are awaited, however busy the machine is; then it dies at a random moment of the next step.
        awaited = 1 + rng.randrange(3)
        while journal.read_text()[start:].count("\n") < awaited:
            assert process.poll() is None, "the helper died by itself"
            time.sleep(0.002)
        time.sleep(rng.uniform(0.0, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        promises += check(home.root, journal.read_text()[start:].splitlines()[1:])
    assert promises > KILLS // 2, "the helper was killed before it did anything: nothing was tested"


def check(root: Path, told: list[str]) -> int:
    """Reopen the project and hold it to the lines of the journal; return how many promises there were."""
    home = ProjectFolder.open(root)
    images, boxes = home.images, home.boxes
    assert not list(root.rglob(".tmp-*")), "something half written was left"
    for path, sha256 in zip(images["path"], images["sha256"], strict=True):
        assert sha256_of(root / path) == sha256
    sizes = boxes.groupby("image_id")["xmax"].agg(lambda x: tuple(sorted(x)))
    for low, high in sizes:
        assert high == low + 50, "a picture has boxes of two edits"
    last_edit: dict[str, float] = {}
    edited_after = None
    for line in told:
        words = line.split(" ")
        if words[0] == "collect":
            assert (images["source"] == words[1]).sum() == int(words[2]) == 12
        elif words[0] == "edit":
            last_edit[words[1]] = edited_after = float(words[2])
        else:
            Version.read(home.versions / words[1]).verify()
    if last_edit:
        # The last edit may have been followed by one that was committed but not written down.
        kept = [image_id for image_id, size in last_edit.items() if sizes[image_id][0] == size]
        assert len(kept) >= len(last_edit) - 1, edited_after
        events = home.store.events()
        assert (events["action"] == "label").sum() >= len(told) // 2
    for folder in home.versions.iterdir():
        Version.read(folder).verify()
    return len(told)
