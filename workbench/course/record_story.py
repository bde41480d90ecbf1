"""Make the course's recorded runs: every training of the story, seed by seed, its predictions on one frozen test.

    python -m workbench.course.record_story OUT [--scale full] [--work DIR] [--device 0 1] [--seeds 0 1 2] [--at-once 8]

Started again it goes on where it was: what is trained stays, a killed training is resumed. What ships lies in OUT:
versions, records, training curves, predictions, the frames of the test and the weights of the last round's detector, no
other pictures or weights. On two large GPUs it takes some minutes, the trainings side by side; nothing in it needs one.
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd

from workbench import cli
from workbench.api.project import Project
from workbench.cli import output
from workbench.course.course_project import CLASSES, TEST, collect, freeze, freeze_test, runs_of, trained
from workbench.course.course_street import Street
from workbench.course.recorded_index import NAME, StoryIndex
from workbench.course.scales import SCALES, Scale
from workbench.course.story import training_named, trainings
from workbench.machine import helpers
from workbench.model.errors import ProjectError
from workbench.model.geometry import CORNERS
from workbench.project import files
from workbench.train import Run, load_predictions, predict
from workbench.train.ran_on import describe
from workbench.version import frozen_tests

_SPEED = "speed-on-a-processor"
_SPEED_PICTURES = 32
_LAPTOP = 2
"""Processors that the speed is measured with, on whatever machine."""


def record_story(
    out: Path,
    *,
    scale: Scale,
    work: Path,
    devices: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    at_once: int = 1,
    ship: bool = False,
) -> StoryIndex:
    """Train whatever is not trained yet and write what ships.

    Args:
        out: the folder of the recorded runs; its former content is replaced at the end, in one step.
        scale: how large.
        work: pictures and the project; kept, so that a second call goes on.
        devices: ``cpu``, ``0``, …; by default the best there is. Trainings side by side take them in turn.
        only: names of trainings, in the order they are begun; by default all, in the story's.
        seeds: of the trainings; at most as many as the scale wants.
        at_once: so many trainings go on side by side, in processes of their own; they share processors and GPUs.
        ship: train nothing, write what is trained already.

    Returns:
        Which run is which.

    Raises:
        ProjectError: if nothing is trained, or `out` holds something else.
    """
    street = Street(work / f"street-{scale.sample}", scale.sample)
    home = work / f"plates-{scale.name}"
    project = Project.open(home) if home.is_dir() else Project.create(home, classes=CLASSES)
    wanted = [training_named(name) for name in only] if only else list(trainings())
    parts = dict.fromkeys(part for training in wanted for part, _ in training.parts)
    test = freeze_test(project, street)
    collect(project, street, tuple(parts))
    versions = {training.name: freeze(project, street, training).version_id for training in wanted}
    chosen = list(seeds)[: scale.seeds]
    if not ship:
        jobs = [(name, version, seed) for name, version in versions.items() for seed in chosen]
        _train_side_by_side(home, jobs, scale=scale, devices=devices, at_once=max(at_once, 1))
    runs: dict[str, dict[int, str]] = {}
    for training in sorted(wanted, key=trainings().index):
        for seed in chosen:
            there = runs_of(project, training, versions[training.name], scale, seed=seed)
            finished = [run.run_id for run in there if run.record.state == "finished"]
            if finished:
                runs.setdefault(training.name, {})[seed] = finished[0]
    if not runs:
        raise ProjectError(f"nothing is trained in {home}; leave --ship out")
    first = {training_named(name).detector: name for name in reversed(runs)}
    index = StoryIndex(
        scale=scale.name,
        sample=scale.sample,
        seed=street.seed,
        test=test.test_id,
        runs=runs,
        frames_per_second={name: _speed(project, project.run(min(runs[name].items())[1])) for name in first.values()},
        processor=f"{_LAPTOP} cores of {describe().processor}",
    )
    _ship(project, index, out)
    return index


def _train_side_by_side(
    home: Path,
    jobs: list[tuple[str, str, int]],
    *,
    scale: Scale,
    devices: Sequence[str] | None,
    at_once: int,
) -> None:
    train = partial(_train, home, scale=scale, devices=devices, at_once=at_once)
    with helpers.Helpers(at_once) as some:
        list(some.map(train, jobs))


@functools.cache
def _device_of_this_process(at_once: int, devices: tuple[str, ...] | None) -> str | None:
    """What this process trains on; where several train side by side, it takes its share of the processors, too."""
    place = helpers.place
    if place is None:
        return devices[0] if devices else None
    # Helpers are made for short tasks; a training needs its circles collected.
    gc.enable()
    _keep_to(slice(place % at_once, None, at_once))
    device = devices[place % len(devices)] if devices else None
    if device not in (None, "cpu"):
        # Ultralytics would go to the first GPU once another has been looked at; here there is only this one.
        os.environ["CUDA_VISIBLE_DEVICES"], device = str(device), "0"
    return device


def _train(
    home: Path,
    job: tuple[str, str, int],
    *,
    scale: Scale,
    devices: Sequence[str] | None,
    at_once: int,
) -> None:
    """One training with one seed, and its predictions on the test."""
    name, version, seed = job
    project = Project.open(home)
    device = _device_of_this_process(at_once, tuple(devices) if devices else None)
    run = trained(project, training_named(name), version, scale, seed=seed, device=device)
    project.test(TEST).predict(run)


def _speed(project: Project, run: Run) -> float:
    """Pictures a second on two processors, measured once on frames of the test and kept with the run."""
    kept = run.folder / f"{_SPEED}.json"
    if not kept.is_file():
        frames = project.test(TEST, source="test_frames").images.head(_SPEED_PICTURES)
        with _on_cores(slice(_LAPTOP)):
            found = predict(run, frames, root=project.folder.root, device="cpu", batch=1)
        files.write_text(kept, json.dumps({"frames_per_second": found.frames_per_second}))
    return float(json.loads(kept.read_text("utf-8"))["frames_per_second"])


@contextmanager
def _on_cores(which: slice) -> Iterator[None]:
    """Keep this process to some of its processors for a while."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    _keep_to(which)
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)


def _keep_to(which: slice) -> None:
    """Keep this process to some of its processors, where there are so many and the system lets it choose."""
    if hasattr(os, "sched_setaffinity"):
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, sorted(mine)[which] or mine)


def _ship(project: Project, index: StoryIndex, out: Path) -> None:
    if out.exists() and not (out / NAME).is_file():
        raise ProjectError(f"{out} holds something that is no record of the story; name another folder")
    fresh = out.with_name(f".{out.name}-new")
    shutil.rmtree(fresh, ignore_errors=True)
    # Two trainings on equal labels are one run.
    names = dict.fromkeys(run_id for by_seed in index.runs.values() for run_id in by_seed.values())
    runs = [project.run(run_id) for run_id in names]
    versions = {run.record.version for run in runs}
    for version in sorted({*versions, *(test.frozen.version_id for test in frozen_tests(project.folder))}):
        shutil.copytree(project.folder.versions / version, fresh / "versions" / version)
    shutil.copytree(project.folder.tests, fresh / "tests")
    # Drawing the drives takes a student's machine longest of all.
    shutil.copytree(project.folder.pictures / "test_frames", fresh / "pictures" / "test_frames")
    finished = min(index.runs.get(trainings()[-1].name, {}).items(), default=(0, ""))[1]
    for run in runs:
        _ship_run(run, fresh / "runs" / run.run_id, weights=run.run_id == finished)
    (fresh / NAME).write_text(index.model_dump_json(indent=1) + "\n", "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def _ship_run(run: Run, target: Path, *, weights: bool) -> None:
    """Record, curve and predictions; coordinates to a tenth of a pixel, confidences to four digits."""
    (target / "predictions").mkdir(parents=True)
    # What machine it was is worth knowing, its name and its folders are not.
    machine = run.record.machine.model_copy(update={"host": ""})
    told = {name: value for name, value in run.record.arguments.items() if not Path(str(value)).is_absolute()}
    record = run.record.model_copy(update={"machine": machine, "arguments": told})
    files.write_text(target / "record.json", record.model_dump_json(indent=1) + "\n")
    if weights:
        files.copy_whole(run.weights, target / run.weights.relative_to(run.folder))
    if (run.folder / "curve.csv").is_file():
        shutil.copy(run.folder / "curve.csv", target / "curve.csv")
    for path in sorted((run.folder / "predictions").glob("*.parquet")):
        found = load_predictions(run, path.stem).predictions
        rounded = found.round({**dict.fromkeys(CORNERS, 1), "confidence": 4})
        rounded = rounded[rounded["xmax"].gt(rounded["xmin"]) & rounded["ymax"].gt(rounded["ymin"])]
        rounded.to_parquet(target / "predictions" / path.name, index=False, compression="zstd")
        shutil.copy(path.with_suffix(".json"), target / "predictions" / path.with_suffix(".json").name)


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m workbench.course.record_story", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("data/recorded"))
    parser.add_argument("--scale", choices=SCALES, default="full")
    parser.add_argument("--work", type=Path, default=Path("data/recording"))
    parser.add_argument("--device", nargs="+", dest="devices")
    parser.add_argument("--only", nargs="+", choices=[training.name for training in trainings()])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--at-once", type=int, default=1, help="trainings side by side")
    parser.add_argument("--ship", action="store_true", help="train nothing, write what is trained already")
    given = vars(parser.parse_args())
    index = record_story(given.pop("out"), scale=SCALES[given.pop("scale")], **given)
    output.show_table(pd.Series(index.frames_per_second, name="frames a second on a processor").reset_index())


if __name__ == "__main__":
    # Under its real name, so that the processes that train find it.
    from workbench.course import record_story as real

    cli.guard(real._main)
