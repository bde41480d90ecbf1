"""A project whose rounds have runs and predictions, without a training: what was found is written by the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.train import Run, RunRecord, runs

BOX = (10.0, 10.0, 50.0, 30.0)
STILLS, FRAMES = 30, 30


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
    project.folder.store.add_images(tables.from_rows("images", images), tables.from_rows("boxes", boxes))
    return project


@pytest.fixture
def detected(
    street: wb.Project, run_record: Callable[..., RunRecord], found_in: Callable[..., None]
) -> Callable[..., Run]:
    """Make a run that found the box in these pictures, and raised a false alarm in so many stills."""

    def make(found: list[str], *, alarms: int = 0, confidence: float = 0.9, test: str = "test", **changes: Any) -> Run:
        version = street.snapshot("as it is")
        run = runs.new_run(street.folder, run_record(version.version_id, **changes))
        found_in(street, run, found, alarms=alarms, confidence=confidence, test=test)
        return run

    return make


@pytest.fixture
def found_in(save_found: Callable[..., None]) -> Callable[..., None]:
    """Write down what a run found in a test set."""

    def save(
        project: wb.Project,
        run: Run,
        found: list[str],
        *,
        alarms: int = 0,
        confidence: float = 0.9,
        test: str = "test",
    ) -> None:
        rows = [{"image_id": n, "confidence": confidence, **dict(zip(CORNERS, BOX, strict=True))} for n in found]
        place = dict(zip(CORNERS, (60.0, 60.0, 90.0, 75.0), strict=True))
        rows += [{"image_id": f"still{n:02d}", "confidence": confidence, **place} for n in range(alarms)]
        table = tables.from_rows("predictions", [{"class_name": "plate", **row} for row in rows])
        save_found(project, run, table, test=test)

    return save


def names(kind: str, count: int) -> list[str]:
    """The first so many stills or frames."""
    return [f"{kind}{n:02d}" for n in range(count)]


@pytest.fixture
def named() -> Callable[[str, int], list[str]]:
    return names
