from __future__ import annotations

import multiprocessing
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder
from workbench.train import RunRecord, list_runs, load_run, ran_on, runs
from workbench.train.selection import Counts


def record(**changes: Any) -> RunRecord:
    values: dict[str, Any] = {
        "run_id": "",
        "state": "running",
        "detector": "yolo11n",
        "classes": ("plate",),
        "version": "v1",
        "start_weights": "base",
        "start_sha256": "0" * 64,
        "iterations": 10,
        "steps_per_epoch": 2,
        "epochs": 5,
        "batch": 4,
        "image_size": 96,
        "seed": 0,
        "device": "cpu",
        "budget": "",
        "counts": Counts(**dict.fromkeys(Counts.model_fields, 1)),
        "val_from": "",
        "packages": ran_on.package_versions(),
        "machine": ran_on.describe(),
        "process_id": os.getpid(),
        "started": datetime.now(UTC),
    }
    return RunRecord(**(values | changes))


def _make_runs(root: Path, count: int) -> None:
    project = ProjectFolder(root)
    for _ in range(count):
        runs.new_run(project, record(detector=f"yolo{os.getpid() % 7}n"))


def test_new_run__numbers_never_collide_between_processes(project: ProjectFolder) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_make_runs, args=(project.root, 5)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    numbers = [name.split("-")[0] for name in list_runs(project)["run_id"]]
    assert numbers == [f"r{n:03d}" for n in range(1, 16)]


def test_load_run__gives_back_what_was_written(project: ProjectFolder) -> None:
    made = runs.rewrite(runs.new_run(project, record()), state="finished", metrics={"m": 0.1}, transferred=(3, 4))
    assert load_run(project, "r001-yolo11n") == made
    assert load_run(project, "r001") == made
    assert made.record.packages["torch"]
    assert made.curve().empty


def test_list_runs__empty_and_killed(project: ProjectFolder) -> None:
    assert list_runs(project).empty
    assert "state" in list_runs(project)
    runs.new_run(project, record())
    runs.new_run(project, record(process_id=2**22 + 1))
    # A number that another process has taken over since.
    runs.new_run(project, record(started=datetime.now(UTC) - timedelta(days=9000)))
    assert list(list_runs(project)["state"]) == ["running", "killed", "killed"]


def test_load_run__refusals(project: ProjectFolder) -> None:
    with pytest.raises(InputError, match="no run 'r009'; it has none yet"):
        load_run(project, "r009")
    run = runs.new_run(project, record())
    with pytest.raises(InputError, match="it has r001-yolo11n"):
        load_run(project, "x")
    (run.folder / runs.RECORD).write_text("{")
    with pytest.raises(ProjectError, match="cannot be read"):
        load_run(project, "r001")
    shutil.rmtree(project.runs)
    assert list_runs(project).empty
