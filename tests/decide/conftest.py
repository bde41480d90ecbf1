"""A project whose rounds have runs and predictions, without a training: what was found is written by the test."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench import tables
from workbench.geometry import CORNERS
from workbench.train import Prediction, PredictionSettings, Run, RunRecord, machine, runs, save_predictions
from workbench.train.selection import Counts
from workbench.train.verbs import _fingerprint

BOX = (10.0, 10.0, 50.0, 30.0)
STILLS, FRAMES = 30, 30
SETTINGS = PredictionSettings(
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


def run_record(version: str, **changes: Any) -> RunRecord:
    """A run's record as a training leaves it."""
    values: dict[str, Any] = {
        "run_id": "",
        "state": "finished",
        "detector": "yolo11n",
        "classes": ("plate",),
        "version": version,
        "start_weights": "base",
        "start_sha256": "0" * 64,
        "iterations": 120,
        "steps_per_epoch": 2,
        "epochs": 5,
        "batch": 16,
        "image_size": 320,
        "seed": 0,
        "device": "cpu",
        "budget": "",
        "counts": Counts(**(dict.fromkeys(Counts.model_fields, 1) | {"train_pictures": 40})),
        "val_from": "",
        "packages": {},
        "machine": machine.describe(),
        "process_id": os.getpid(),
        "started": datetime.now(UTC),
        "seconds": 12.5,
    }
    return RunRecord(**(values | changes))


@pytest.fixture
def street(tmp_path: Path) -> wb.Project:
    """Thirty stills and thirty frames to test on, one box each, and two pictures to train on."""
    project = wb.Project.create(tmp_path / "project", classes=["plate"])
    common = {"width": 100, "height": 80, "label_status": "labelled"}
    rows = [
        {"image_id": f"still{n:02d}", "source": "photos", "split": "test", "group_id": f"s{n}"} for n in range(STILLS)
    ]
    rows += [
        {"image_id": f"frame{n:02d}", "source": "drive", "split": "test", "group_id": f"f{n}"} for n in range(FRAMES)
    ]
    rows += [{"image_id": f"train{n}", "source": "web", "split": "train", "group_id": f"t{n}"} for n in range(2)]
    images = [{**row, **common, "path": row["image_id"], "sha256": row["image_id"]} for row in rows]
    boxes = [{"image_id": r["image_id"], "class_name": "plate", **dict(zip(CORNERS, BOX, strict=True))} for r in rows]
    project.store.add_images(tables.from_rows("images", images), tables.from_rows("boxes", boxes))
    return project


@pytest.fixture
def detected(street: wb.Project) -> Callable[..., Run]:
    """Make a run that found the box in these pictures, and raised a false alarm in so many stills."""

    def make(found: list[str], *, alarms: int = 0, confidence: float = 0.9, test: str = "test", **changes: Any) -> Run:
        version = street.snapshot("as it is")
        run = runs.new_run(street, run_record(version.version_id, **changes))
        predictions(street, run, found, alarms=alarms, confidence=confidence, test=test)
        return run

    return make


def predictions(
    project: wb.Project, run: Run, found: list[str], *, alarms: int = 0, confidence: float = 0.9, test: str = "test"
) -> None:
    """Write down what a run found in a test set."""
    images = project.look_at(test)[0]
    rows = [{"image_id": n, "confidence": confidence, **dict(zip(CORNERS, BOX, strict=True))} for n in found]
    place = dict(zip(CORNERS, (60.0, 60.0, 90.0, 75.0), strict=True))
    rows += [{"image_id": f"still{n:02d}", "confidence": confidence, **place} for n in range(alarms)]
    table = tables.from_rows("predictions", [{"class_name": "plate", **row} for row in rows])
    save_predictions(run, f"{test}-{_fingerprint(images)}", Prediction(table, len(images), 1.0, 1.0, SETTINGS))


def names(kind: str, count: int) -> list[str]:
    """The first so many stills or frames."""
    return [f"{kind}{n:02d}" for n in range(count)]


@pytest.fixture
def named() -> Callable[[str, int], list[str]]:
    return names


@pytest.fixture
def found_in() -> Callable[..., None]:
    return predictions


@pytest.fixture
def all_test_images(street: wb.Project) -> pd.DataFrame:
    return street.split("test")
