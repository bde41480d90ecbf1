"""What Ultralytics is told about memory and processes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from workbench.train.detector import Job
from workbench.train.recipe import Recipe


def job(pictures: int, device: str = "cpu", learning_rate: float | None = None) -> Job:
    table = pd.DataFrame({"path": [f"{number}.jpg" for number in range(pictures)]})
    selection: Any = SimpleNamespace(train=table, val=table.iloc[:0], boxes=table)
    recipe = Recipe(weights=None, batches=10, batch=4, image_size=640, learning_rate=learning_rate)
    return Job(Path("run"), Path(), selection, ("plate",), recipe, start=None, device=device)


@pytest.mark.parametrize(
    ("pictures", "free", "method", "cached"),
    [
        (100, 0, "fork", "ram"),
        (5_000, 16e9, "fork", "ram"),
        (5_000, 8e9, "fork", False),
        (5_000, 1e12, "spawn", False),
    ],
    ids=["a small set always", "a large set in much memory", "not in little", "not once for each process"],
)
def test_arguments__pictures_are_kept_decoded_where_memory_allows(
    monkeypatch: pytest.MonkeyPatch, pictures: int, free: float, method: str, cached: object
) -> None:
    from workbench.train.yolo import yolo_training

    monkeypatch.setattr(yolo_training.psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    monkeypatch.setattr(yolo_training.multiprocessing, "get_start_method", lambda **_: method)
    assert yolo_training.arguments(job(pictures))["cache"] == cached


def test_arguments__a_gpu_is_fed_by_all_cores_but_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.train.yolo import yolo_training

    monkeypatch.setattr(yolo_training, "processors", lambda: 12)
    monkeypatch.setattr(yolo_training.torch.cuda, "is_bf16_supported", lambda **_: True)
    assert yolo_training.arguments(job(10, device="0"))["workers"] == 11
    assert yolo_training.arguments(job(10))["workers"] == 0


def test_arguments__the_learning_rate_is_the_one_asked_for() -> None:
    from workbench.train.yolo import yolo_training

    assert yolo_training.arguments(job(10))["lr0"] == 0.002
    assert yolo_training.arguments(job(10, learning_rate=0.0003))["lr0"] == 0.0003
