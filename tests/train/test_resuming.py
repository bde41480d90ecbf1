"""A training that is killed comes to its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.train import list_runs, load_run, predict, resume
from workbench.train.yolo import yolo_training

from ..depth import often

KILLS = often(10, 200)
KILLED = Path(__file__).with_name("trained_until_killed.py")


def start_and_kill(project: ProjectFolder, tables: Path, delay: float) -> None:
    before = len(list_runs(project))
    process = subprocess.Popen(
        [sys.executable, str(KILLED), str(project.root), str(tables)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    deadline = time.monotonic() + 120
    while len(list_runs(project)) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_resume__kills_at_random_moments(project: ProjectFolder, draw: Any, tmp_path: Path) -> None:
    images, boxes = draw(project.root, 12)
    images.to_parquet(tmp_path / "images.parquet")
    boxes.to_parquet(tmp_path / "boxes.parquet")
    rng = np.random.default_rng(0)
    states, gone_on = [], 0
    for number in range(KILLS):
        start_and_kill(project, tmp_path, float(rng.uniform(0.0, 6.0)))
        row = list_runs(project).iloc[number]
        states.append(row["state"])
        run = load_run(project, row["run_id"])
        had = len(run.curve())
        done = resume(project, run, images, boxes, device="cpu")
        assert (done.record.state, done.record.batches_done) == ("finished", 150)
        assert done.curve()["epoch"].tolist() == list(range(1, 51))
        assert done.record.result_sha256
        gone_on += had > 0
        found = predict(done, images.head(2), root=project.root)
        assert found.pictures == 2
        assert not [p for p in done.folder.rglob("*") if p.name.startswith(".")]
    assert states.count("killed") >= 0.7 * KILLS
    assert gone_on >= 0.2 * KILLS


@pytest.mark.slow
def test_resume__goes_on_from_the_epoch_that_was_saved(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yolo_training, "_SAVE_EVERY_S", 0.0)
    watched: list[int] = []

    class Stop(RuntimeError):
        pass

    real = yolo_training.BudgetedYolo.run_callbacks

    def stop_in_epoch_3(self: Any, event: str) -> None:
        real(self, event)
        if event == "on_train_batch_end":
            watched.append(self.done)
            if self.done == 14 and len(watched) == 14:
                raise Stop("as if it had been killed")

    monkeypatch.setattr(yolo_training.BudgetedYolo, "run_callbacks", stop_in_epoch_3)
    with pytest.raises(Stop):
        trained.train(batches=30)
    run = load_run(trained.project, list_runs(trained.project)["run_id"].iloc[-1])
    assert run.record.state == "failed"
    done = resume(trained.project, run, trained.images, trained.boxes, device="cpu")
    # Two whole epochs of six batches were saved; the third is done again.
    assert watched[14:] == list(range(13, 31))
    assert done.record.state == "finished"
    assert done.curve()["batches"].tolist() == [6, 12, 18, 24, 30]
    assert resume(trained.project, done, trained.images, trained.boxes) is done


@pytest.mark.slow
def test_resume__refusals(trained: Any) -> None:
    from workbench.train import runs

    finished = trained.run.record
    running = runs.rewrite(trained.run, state="running", process_id=os.getpid())
    try:
        alive = runs.rewrite(running, started=running.record.started.replace(year=2100))
        with pytest.raises(InputError, match="is still running"):
            resume(trained.project, alive, trained.images, trained.boxes)
        killed = runs.rewrite(running, process_id=2**22 - 1)
        with pytest.raises(InputError, match="other pictures and boxes"):
            resume(trained.project, killed, trained.images, trained.boxes.iloc[1:])
    finally:
        runs.rewrite(running, **finished.model_dump(include={"state", "process_id", "started"}))
