from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder
from workbench.train import Recipe, RunRecord, list_runs, load_run, ran_on, runs
from workbench.train.selection import Counts
from workbench.version import AllowedCopies


def record(**changes: Any) -> RunRecord:
    values: dict[str, Any] = {
        "run_id": "",
        "state": "running",
        "detector": "yolo11n",
        "classes": ("plate",),
        "version": "v1",
        "start_weights": "base",
        "start_sha256": "0" * 64,
        "batches": 10,
        "batch": 4,
        "image_size": 96,
        "seed": 0,
        "device": "cpu",
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


RECORDED = Path(__file__).resolve().parents[2] / "data" / "recorded" / "runs"
"""Written by 0.1.0, which called batches iterations."""


@pytest.mark.parametrize("folder", sorted(RECORDED.iterdir()), ids=lambda folder: folder.name)
def test_load_run__reads_what_0_1_0_wrote(folder: Path, project: ProjectFolder) -> None:
    shutil.copytree(folder, project.runs / folder.name)
    run = load_run(project, folder.name)
    said = json.loads((folder / runs.RECORD).read_text("utf-8"))
    assert (run.record.batches, run.record.batches_done) == (said["iterations"], said["iterations_done"])
    assert (run.record.epochs, run.record.steps_per_epoch) == (said["epochs"], said["steps_per_epoch"])
    assert run.record.recipe.weights == said["start_weights"]
    assert run.curve()["batches"].iloc[-1] == said["iterations"]
    row = list_runs(project).iloc[0]
    assert (row["run_id"], row["batches"], row["device"]) == (folder.name, said["iterations"], said["device"])
    # Written anew it has the new names, and is the same.
    again = runs.rewrite(run)
    written = json.loads((again.folder / runs.RECORD).read_text("utf-8"))
    assert (written["batches"], written["batches_done"]) == (said["iterations"], said["iterations_done"])
    assert not {"iterations", "iterations_done"} & set(written)
    assert load_run(project, folder.name) == again


def test_list_runs__has_the_columns_that_the_project_shows(project: ProjectFolder) -> None:
    columns = ["run_id", "detector", "weights", "version", "batches", "image_size", "seed", "state"]
    columns += ["seconds", "device", "started"]
    assert list(list_runs(project)) == columns
    runs.new_run(project, record(state="failed", start_weights=None, seconds=3.5, batches_done=4))
    runs.new_run(project, record(state="interrupted"))
    assert list(list_runs(project)) == columns
    assert list_runs(project)["state"].tolist() == ["failed", "interrupted"]
    assert list_runs(project)["seconds"].tolist()[0] == 3.5


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, True),
        ({"device": "0"}, True),
        ({"batch": 64}, True),
        ({"batches": 11}, False),
        ({"weights": None}, False),
        ({"image_size": 128}, False),
        ({"seed": 1}, False),
        ({"detector": "yolo11s"}, False),
        ({"learning_rate": 0.1}, False),
        ({"batch": 4}, False),
    ],
    ids=str,
)
def test_was_asked__by_the_recipe_wherever_it_runs(change: dict[str, Any], asked: bool) -> None:
    counts = Counts(**dict.fromkeys(Counts.model_fields, 8))
    made = record(batch=8, counts=counts)
    told: dict[str, Any] = {"batches": 10, "batch": 8, "image_size": 96}
    assert made.was_asked(Recipe(**(told | change))) == asked
    rcnn = record(detector="rcnn-small", start_weights="base_rcnn", batch=8, counts=counts)
    assert rcnn.was_asked(Recipe(detector="rcnn-small", **told))


def test_run__says_in_words_what_it_is(project: ProjectFolder) -> None:
    started = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    counts = Counts(**dict.fromkeys(Counts.model_fields, 8))
    changes: dict[str, Any] = {"batches_done": 10, "seconds": 61.7, "started": started, "counts": counts}
    made = runs.new_run(project, record(state="finished", **changes))
    words = "r001-yolo11n: finished; yolo11n from base on v1; 10 batches of 4 = 5.0 epochs of 2 batches (8 pictures)"
    assert repr(made) == repr(made.record) == str(made.record) == f"{words} at 96 px, seed 0, 62 s on cpu"
    html = made._repr_html_()
    assert "<b>r001-yolo11n</b>" in html
    assert "2026-03-01 09:30 UTC" in html
    assert "learning rate" not in html
    failed = runs.new_run(project, record(state="failed", start_weights=None, batches_done=3, error="InputError: <no>"))
    assert "failed after 3 batches; yolo11n from random weights" in repr(failed)
    assert repr(failed).endswith("InputError: <no>")
    assert "InputError: &lt;no&gt;" in failed._repr_html_()


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


def test_load_run__keeps_what_was_allowed_and_why(project: ProjectFolder) -> None:
    allowed = AllowedCopies(because="another card", pictures=(("a.jpg", "table", "b.jpg", "near-duplicate"),))
    made = runs.new_run(project, record(allowed=allowed))
    assert load_run(project, made.run_id).record.allowed == allowed
    for shown in (repr(made.record), made.record._repr_html_()):
        assert "allowed because: another card" in shown
        assert "'table'" in shown.replace("&#x27;", "'").replace("&#39;", "'")
    assert load_run(project, runs.new_run(project, record()).run_id).record.allowed is None
