"""Make the course's recorded runs: every training of the story, seed by seed, its predictions on one frozen test.

    python -m workbench.course.record OUT [--scale full] [--work DIR] [--device 0] [--seeds 0 1 2] [--at-once 3]

Started again it goes on where it was: what is trained stays, a killed training is resumed. What ships lies in OUT:
versions, records, training curves and predictions, no pictures and no weights. On one large GPU it takes some minutes,
the seeds side by side; nothing in it needs one.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd

from workbench import cli
from workbench.api import Project
from workbench.cli import output
from workbench.course.index import NAME, StoryIndex
from workbench.course.project import CLASSES, TEST, collect, freeze, freeze_test, runs_of, trained
from workbench.course.rounds import training_named, trainings
from workbench.course.scales import SCALES, Scale
from workbench.course.street import Street
from workbench.errors import ProjectError
from workbench.geometry import CORNERS
from workbench.project import files
from workbench.train import Run, load_predictions, predict
from workbench.train.machine import describe
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
    device: str | None = None,
    only: Sequence[str] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    at_once: int = 1,
    ship: bool = False,
    progress: bool = True,
) -> StoryIndex:
    """Train whatever is not trained yet and write what ships.

    Args:
        out: the folder of the recorded runs; its former content is replaced at the end, in one step.
        scale: how large.
        work: pictures and the project; kept, so that a second call goes on.
        device: ``cpu``, ``0``, …; by default the best there is.
        only: names of trainings, in the order they are made; by default all, in the story's.
        seeds: of the trainings; at most as many as the scale wants.
        at_once: so many seeds are trained side by side, in processes of their own; they share the GPU.
        ship: train nothing, write what is trained already.
        progress: show bars.

    Returns:
        Which run is which.

    Raises:
        ProjectError: if nothing is trained, or `out` holds something else.
    """
    street = Street(work / f"street-{scale.sample}", scale.sample)
    home = work / f"plates-{scale.name}"
    project = Project.open(home) if home.is_dir() else Project.create(home, classes=CLASSES)
    wanted = [training_named(name) for name in only] if only else list(trainings())
    parts = dict.fromkeys(part for training in wanted for part, _ in training.batches)
    test = freeze_test(project, street, progress=progress)
    collect(project, street, tuple(parts), progress=progress)
    versions = {training.name: freeze(project, street, training).version_id for training in wanted}
    chosen = list(seeds)[: scale.seeds]
    if not ship:
        _train_side_by_side(home, versions, chosen, scale=scale, device=device, at_once=at_once, progress=progress)
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
    versions: dict[str, str],
    seeds: Sequence[int],
    *,
    scale: Scale,
    device: str | None,
    at_once: int,
    progress: bool,
) -> None:
    train = partial(_train_all, home, versions, scale=scale, device=device, share=max(at_once, 1), progress=progress)
    if at_once <= 1:
        for place, seed in enumerate(seeds):
            train(place, seed)
        return
    # A spawned process would spawn those that load its pictures, each with torch and the pictures all over again.
    usual = partial(multiprocessing.set_start_method, None, force=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(at_once, mp_context=context, initializer=usual) as pool:
        list(pool.map(train, range(len(seeds)), seeds))


def _train_all(
    home: Path,
    versions: dict[str, str],
    place: int,
    seed: int,
    *,
    scale: Scale,
    device: str | None,
    share: int,
    progress: bool,
) -> None:
    """Every training with one seed, and its predictions on the test, with this process's share of the processors."""
    project = Project.open(home)
    with _on_cores(slice(place % share, None, share)):
        for name, version in versions.items():
            run = trained(project, training_named(name), version, scale, seed=seed, device=device, progress=progress)
            project.predict(run, split=TEST, progress=progress)


def _speed(project: Project, run: Run) -> float:
    """Pictures a second on two processors, measured once on frames of the test and kept with the run."""
    kept = run.folder / f"{_SPEED}.json"
    if not kept.is_file():
        frames = project.look_at(TEST, source="test_frames")[0].head(_SPEED_PICTURES)
        with _on_cores(slice(_LAPTOP)):
            found = predict(run, frames, root=project.root, device="cpu", batch=1, progress=False)
        files.write_text(kept, json.dumps({"frames_per_second": found.frames_per_second}))
    return float(json.loads(kept.read_text("utf-8"))["frames_per_second"])


@contextmanager
def _on_cores(which: slice) -> Iterator[None]:
    """Keep this process to some of its processors, where there are so many and the system lets it choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[which] or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _ship(project: Project, index: StoryIndex, out: Path) -> None:
    if out.exists() and not (out / NAME).is_file():
        raise ProjectError(f"{out} holds something that is no record of the story; name another folder")
    fresh = out.with_name(f".{out.name}-new")
    shutil.rmtree(fresh, ignore_errors=True)
    # Two trainings on equal labels are one run.
    names = dict.fromkeys(run_id for by_seed in index.runs.values() for run_id in by_seed.values())
    runs = [project.run(run_id) for run_id in names]
    versions = {run.record.version for run in runs}
    for version in sorted({*versions, *(test.frozen.version_id for test in frozen_tests(project))}):
        shutil.copytree(project.versions / version, fresh / "versions" / version)
    shutil.copytree(project.tests, fresh / "tests")
    for run in runs:
        _ship_run(run, fresh / "runs" / run.run_id)
    (fresh / NAME).write_text(index.model_dump_json(indent=1) + "\n", "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def _ship_run(run: Run, target: Path) -> None:
    """Record, curve and predictions; coordinates to a tenth of a pixel, confidences to four digits."""
    (target / "predictions").mkdir(parents=True)
    # What machine it was is worth knowing, its name and its folders are not.
    machine = run.record.machine.model_copy(update={"host": ""})
    told = {name: value for name, value in run.record.arguments.items() if not Path(str(value)).is_absolute()}
    record = run.record.model_copy(update={"machine": machine, "arguments": told})
    files.write_text(target / "record.json", record.model_dump_json(indent=1) + "\n")
    if (run.folder / "curve.csv").is_file():
        shutil.copy(run.folder / "curve.csv", target / "curve.csv")
    for path in sorted((run.folder / "predictions").glob("*.parquet")):
        found = load_predictions(run, path.stem).predictions
        rounded = found.round({**dict.fromkeys(CORNERS, 1), "confidence": 4})
        rounded = rounded[rounded["xmax"].gt(rounded["xmin"]) & rounded["ymax"].gt(rounded["ymin"])]
        rounded.to_parquet(target / "predictions" / path.name, index=False, compression="zstd")
        shutil.copy(path.with_suffix(".json"), target / "predictions" / path.with_suffix(".json").name)


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m workbench.course.record", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("data/recorded"))
    parser.add_argument("--scale", choices=SCALES, default="full")
    parser.add_argument("--work", type=Path, default=Path("data/recording"))
    parser.add_argument("--device")
    parser.add_argument("--only", nargs="+", choices=[training.name for training in trainings()])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--at-once", type=int, default=1, help="seeds trained side by side")
    parser.add_argument("--ship", action="store_true", help="train nothing, write what is trained already")
    given = vars(parser.parse_args())
    index = record_story(given.pop("out"), scale=SCALES[given.pop("scale")], **given)
    output.show_table(pd.Series(index.frames_per_second, name="frames a second on a processor").reset_index())


if __name__ == "__main__":
    cli.guard(_main)
