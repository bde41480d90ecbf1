"""How many files somebody reads to follow a verb, counted by running it: files entered, and changes of file.

    python benchmarks/walks.py [--files] [--no-fiftyone]

A file of `workbench/` is entered when a function in it is called. A change of file is a pair of two files of which one
calls the other, counted once however often it happens: an arrow to follow while reading. Calls that pass through other
packages (pandas, a widget) count as calls of the function of ours that they began in. Importing does not count: each
walk is done once before it is counted. The project is a small one with pictures, two trainings that found something and
a test; nothing is trained.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
import numpy as np
import pandas as pd

import workbench as wb
from workbench.model import tables
from workbench.train import (
    Prediction,
    PredictionSettings,
    Run,
    RunRecord,
    name_of_predictions,
    ran_on,
    runs,
    save_predictions,
)
from workbench.train.selection import Counts

PACKAGE = str(Path(wb.__file__).parent) + os.sep


class Walk:
    """Counts while it is entered.

    Attributes:
        files: those entered.
        changes: (calling file, called file).
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.changes: set[tuple[str, str]] = set()

    def __enter__(self) -> Walk:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event != "call" or not file.startswith(PACKAGE) or frame.f_code.co_name == "<module>":
            return
        self.files.add(file[len(PACKAGE) :])
        before = frame.f_back
        while before is not None and not before.f_code.co_filename.startswith(PACKAGE):
            before = before.f_back
        if before is not None and before.f_code.co_filename != file:
            self.changes.add((before.f_code.co_filename[len(PACKAGE) :], file[len(PACKAGE) :]))


def made_up(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Twelve pictures with two red boxes each, most of them found, some beside, some twice as wide."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    images, boxes, found = [], [], []
    for number in range(12):
        picture = np.full((120, 160, 3), rng.integers(40, 200), np.uint8)
        name = f"p{number}"
        for _ in range(2):
            x, y, w, h = (int(rng.integers(low, high)) for low, high in ((5, 100), (5, 70), (14, 40), (10, 30)))
            cv2.rectangle(picture, (x, y), (x + w, y + h), (0, 0, 255), -1)
            box = {"image_id": name, "class_name": "plate", "xmin": x, "ymin": y, "xmax": x + w, "ymax": y + h}
            boxes.append(box)
            for share, left, right in ((0.6, 0, 0), (0.3, 60, 60), (0.2, 6, 16)):
                if rng.random() < share:
                    moved = {**box, "xmin": x + left, "xmax": x + w + right}
                    found.append({**moved, "confidence": float(rng.uniform(0.2, 0.95))})
        cv2.imwrite(str(folder / f"{name}.png"), picture)
        common = {"width": 160, "height": 120, "source": "web", "label_status": "labelled"}
        place = {"image_id": name, "path": f"pictures/{name}.png", "sha256": f"s{number}"}
        images.append({**place, **common, "split": "test" if number < 8 else "train"})
    tested = [row for row in found if int(row["image_id"][1:]) < 8]
    return (
        tables.from_rows("images", images),
        tables.from_rows("boxes", boxes),
        tables.from_rows("predictions", tested),
    )


def project_with_runs(home: Path) -> tuple[wb.Project, list[Run]]:
    """A project whose two trainings have found something on its test."""
    project = wb.Project.create(home, classes=["plate"])
    (home / "pictures").rmdir()
    images, boxes, found = made_up(home / "pictures")
    project.folder.store.add_images(images, boxes.drop(columns="box_id"))
    settings = PredictionSettings(
        weights="w",
        weights_sha256="0",
        classes=("plate",),
        confidence=0.01,
        iou=0.7,
        limit=300,
        image_size=320,
        batch=1,
        device="cpu",
    )
    trained = []
    for seed in range(2):
        record = RunRecord(
            run_id="",
            state="finished",
            detector="yolo11n",
            classes=("plate",),
            version=project.snapshot("as it is").version_id,
            start_weights="base",
            start_sha256="0" * 64,
            batches=120,
            batch=16,
            image_size=320,
            seed=seed,
            device="cpu",
            counts=Counts(**dict.fromkeys(Counts.model_fields, 1)),
            val_from="",
            packages={},
            machine=ran_on.describe(),
            process_id=os.getpid(),
            started=datetime.now(UTC),
            seconds=1.0,
        )
        run = runs.new_run(project.folder, record)
        pictures = project.test("test").images
        kept = Prediction(found.iloc[3 * seed :].reset_index(drop=True), len(pictures), 1.0, 1.0, settings)
        save_predictions(run, name_of_predictions("test", pictures), kept)
        trained.append(run)
    return project, trained


def walks(project: wb.Project, trained: list[Run], *, fiftyone: bool) -> dict[str, Callable[[int], object]]:
    """What is counted, by name; the number says the how manieth time it is."""

    def evaluate(time: int) -> object:
        evaluation = project.test().evaluate(trained[time])
        return evaluation.metrics, evaluation.verdicts, evaluation.failures, evaluation.causes

    explorer = project.test().evaluate(trained[0]).explore()
    found: dict[str, Callable[[int], object]] = {
        "evaluate → cause": evaluate,
        "slider": lambda time: explorer.look(confidence=0.37 + time / 10),
        "decide → record": lambda time: project.decide(
            project.test().evaluate(trained[0]), keep=None, because="to count", number=9 - time
        ),
        "check": lambda time: project.check(),
    }
    if fiftyone:
        found["FiftyOne"] = lambda time: project.test().evaluate(trained[0]).fiftyone(name=f"walk-{time}").delete()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", action="store_true", help="name them")
    parser.add_argument("--no-fiftyone", action="store_true", help="leave FiftyOne out, which needs a mongod")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not asked.no_fiftyone:
            from workbench.machine import mongod, quiet

            quiet.apply()
            mongod.apply(Path(folder) / "mongod")
        project, trained = project_with_runs(Path(folder) / "plates")
        for name, walk in walks(project, trained, fiftyone=not asked.no_fiftyone).items():
            walk(0)
            with Walk() as counted:
                walk(1)
            print(f"{name:<18}{len(counted.files):>4} files {len(counted.changes):>4} changes", flush=True)
            for file in sorted(counted.files) if asked.files else ():
                calls = sorted(called for calling, called in counted.changes if calling == file)
                print(f"    {file}  →  {', '.join(calls)}")


if __name__ == "__main__":
    main()
