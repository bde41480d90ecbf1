"""Make the course's recorded runs: every training of the story, seed by seed, its predictions on one frozen test.

    python -m workbench.course.record OUT [--scale full] [--work DIR] [--device 0] [--rounds 1 2 3 …] [--seeds 0 1 2]

Started again it goes on where it was: what is trained stays, a killed training is resumed. What ships lies in OUT:
versions, records, training curves and predictions, no pictures and no weights. On one large GPU it takes some minutes;
nothing in it needs one.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from workbench import cli
from workbench.api import Project
from workbench.cli import output
from workbench.course.index import NAME, StoryIndex
from workbench.course.project import CLASSES, TEST, TEST_PARTS, collect, freeze, freeze_test, trained
from workbench.course.rounds import trainings
from workbench.course.scales import SCALES, Scale
from workbench.course.street import Street
from workbench.errors import ProjectError
from workbench.geometry import CORNERS
from workbench.project import files
from workbench.train import Run, load_predictions, predict
from workbench.version import frozen_tests

_SPEED = "speed-on-a-processor"
_SPEED_PICTURES = 32


def record_story(
    out: Path,
    *,
    scale: Scale,
    work: Path,
    device: str | None = None,
    only: Sequence[str] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    progress: bool = True,
) -> StoryIndex:
    """Train whatever is not trained yet and write what ships.

    Args:
        out: the folder of the recorded runs; its former content is replaced at the end, in one step.
        scale: how large.
        work: pictures and the project; kept, so that a second call goes on.
        device: ``cpu``, ``0``, …; by default the best there is.
        only: names of trainings; by default all.
        seeds: of the trainings; at most as many as the scale and the training want.
        progress: show bars.

    Returns:
        Which run is which.
    """
    street = Street(work / f"street-{scale.sample}", scale.sample)
    home = work / f"plates-{scale.name}"
    project = Project.open(home) if home.is_dir() else Project.create(home, classes=CLASSES)
    wanted = [training for training in trainings() if only is None or training.name in only]
    parts = dict.fromkeys(part for training in wanted for part, _ in training.batches)
    collect(project, street, (*TEST_PARTS, *parts), progress=progress)
    test = freeze_test(project, street)
    runs: dict[str, dict[int, str]] = {}
    speeds: dict[str, float] = {}
    for training in wanted:
        version = freeze(project, street, training).version_id
        for seed in list(seeds)[: min(scale.seeds, training.seeds)]:
            run = trained(project, training, version, scale, seed=seed, device=device, progress=progress)
            project.predict(run, split=TEST, progress=progress)
            runs.setdefault(training.name, {})[seed] = run.run_id
        speeds[training.name] = _speed(project, project.run(runs[training.name][seeds[0]]))
    index = StoryIndex(
        scale=scale.name,
        sample=scale.sample,
        seed=street.seed,
        test=test.test_id,
        runs=runs,
        frames_per_second=speeds,
    )
    _ship(project, index, out)
    return index


def _speed(project: Project, run: Run) -> float:
    """Pictures a second on a processor, measured once on frames of the test and kept with the run."""
    kept = run.folder / f"{_SPEED}.json"
    if not kept.is_file():
        frames = project.look_at(TEST, source="test_frames")[0].head(_SPEED_PICTURES)
        found = predict(run, frames, root=project.root, device="cpu", batch=1, progress=False)
        files.write_text(kept, json.dumps({"frames_per_second": found.frames_per_second}))
    return float(json.loads(kept.read_text("utf-8"))["frames_per_second"])


def _ship(project: Project, index: StoryIndex, out: Path) -> None:
    if out.exists() and not (out / NAME).is_file():
        raise ProjectError(f"{out} holds something that is no record of the story; name another folder")
    fresh = out.with_name(f".{out.name}-new")
    shutil.rmtree(fresh, ignore_errors=True)
    runs = [project.run(run_id) for by_seed in index.runs.values() for run_id in by_seed.values()]
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
    for name in ("record.json", "curve.csv"):
        if (run.folder / name).is_file():
            shutil.copy(run.folder / name, target / name)
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
    given = parser.parse_args()
    index = record_story(
        given.out, scale=SCALES[given.scale], work=given.work, device=given.device, only=given.only, seeds=given.seeds
    )
    output.show_table(pd.Series(index.frames_per_second, name="frames a second on a processor").reset_index())


if __name__ == "__main__":
    cli.guard(_main)
