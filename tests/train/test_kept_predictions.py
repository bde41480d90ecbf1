"""What a run keeps of its finds is of the weights it has; a prediction that was interrupted goes on; the last run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.decide import run_of_round
from workbench.model.errors import InputError
from workbench.project import ProjectFolder, files
from workbench.train import Prediction, PredictionSettings, Run, RunRecord, last_run, predict, predict_once, predicting
from workbench.train.prediction_parts import Part, Parts
from workbench.train.runs import new_run, rewrite

from .conftest import drawn

PICTURES = 150
"""With a batch of 16, three parts: 64, 64 and 22."""


class Counting:
    """A detector that finds one box in each picture, as bright as the picture, and counts what it looks at."""

    class_names = ("plate",)
    image_size = 96

    def __init__(self, *, stops_after: int | None = None) -> None:
        self.looked, self.stops_after = 0, stops_after

    def load(self, _weights: Path, *, device: str) -> Counting:
        return self

    def find(self, pictures: Sequence[Any], **_settings: Any) -> list[Any]:
        self.looked += len(pictures)
        if self.stops_after is not None and self.looked > self.stops_after:
            raise KeyboardInterrupt
        return [
            np.array([[1, 2, 30, 40, float(picture.mean()) / 256, 0]])[: int(picture[0, 0, 0]) % 3]
            for picture in pictures
        ]


@pytest.fixture
def found_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Counting], Path]:
    """Let a detector stand in for whatever weights are named; its file of weights."""
    weights = tmp_path / "w.pt"
    weights.write_bytes(b"the weights")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))

    def use(detector: Counting) -> Path:
        monkeypatch.setattr(predicting, "_weights", lambda _given: (weights, detector))
        return weights

    return use


@pytest.fixture
def many(tmp_path: Path) -> tuple[pd.DataFrame, Path]:
    images, _ = drawn(tmp_path, PICTURES)
    return images, tmp_path


def parts_of(home: Path) -> list[Path]:
    return sorted((home / "home" / "predicting").glob("*/*.parquet"))


def test_predict__interrupted_goes_on_with_what_is_left(found_by: Any, many: Any, tmp_path: Path) -> None:
    images, root = many
    found_by(whole := Counting())
    expected = predict("w", images, root=root, device="cpu")
    assert whole.looked == PICTURES + 16  # the first batch twice, to warm up
    assert 0 < len(expected.predictions) < 2 * PICTURES
    assert parts_of(tmp_path) == []

    found_by(stopped := Counting(stops_after=100))
    with pytest.raises(KeyboardInterrupt):
        predict("w", images, root=root, device="cpu")
    assert len(parts_of(tmp_path)) == 1
    assert stopped.looked > 64

    found_by(again := Counting())
    found = predict("w", images, root=root, device="cpu")
    assert again.looked == PICTURES - 64 + 16
    pd.testing.assert_frame_equal(found.predictions, expected.predictions)
    assert (found.pictures, found.settings) == (PICTURES, expected.settings)
    assert parts_of(tmp_path) == []


@pytest.mark.parametrize("changed", ["weights", "confidence", "a picture of the first part", "a picture after it"])
def test_predict__parts_are_of_these_weights_settings_and_pictures(
    changed: str, found_by: Any, many: Any, tmp_path: Path
) -> None:
    images, root = many
    weights = found_by(Counting(stops_after=100))
    with pytest.raises(KeyboardInterrupt):
        predict("w", images, root=root, device="cpu")
    settings: dict[str, Any] = {}
    if changed == "weights":
        weights.write_bytes(b"trained further")
    elif changed == "confidence":
        settings = {"confidence": 0.2}
    else:
        row = images.iloc[3 if "first" in changed else 100]
        (root / row["path"]).write_bytes((root / images.iloc[0]["path"]).read_bytes())
    found_by(again := Counting())
    predict("w", images, root=root, device="cpu", **settings)
    assert again.looked == 16 + (PICTURES - 64 if changed == "a picture after it" else PICTURES)


def test_parts__round_trip_also_without_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    pictures = [tmp_path / f"{n}.png" for n in range(3)]
    for picture in pictures:
        picture.write_bytes(b"x")
    rows = [np.zeros((0, 6)), np.arange(12.0).reshape(2, 6), np.zeros((0, 6))]
    parts = Parts(_settings("0"))
    parts.save(pictures, Part(rows, [(10, 20), (30, 40), (50, 60)], 1.5, 0.25))
    back = parts.load(pictures)
    assert back is not None
    assert (back.sizes, back.seconds, back.decode_seconds) == ([(10, 20), (30, 40), (50, 60)], 1.5, 0.25)
    for one, other in zip(back.found, rows, strict=True):
        np.testing.assert_array_equal(one, other)
    assert parts.load(pictures[:2]) is None
    parts.remove([pictures])
    assert list((tmp_path / "home" / "predicting").iterdir()) == []


def _settings(sha256: str) -> PredictionSettings:
    return PredictionSettings(
        weights="w",
        weights_sha256=sha256,
        classes=("plate",),
        confidence=0.01,
        iou=0.7,
        limit=300,
        image_size=96,
        batch=16,
        device="cpu",
    )


@pytest.fixture
def run(project: ProjectFolder, run_record: Callable[..., RunRecord]) -> Run:
    made = new_run(project, run_record("v1", state="interrupted", batches_done=3))
    made.weights.parent.mkdir()
    made.weights.write_bytes(b"half-trained")
    return made


@pytest.fixture
def predicted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The weights that were predicted with, in order."""
    asked: list[str] = []

    def look(run: Run, images: pd.DataFrame, **_options: Any) -> Prediction:
        asked.append(run.weights.read_text())
        table = pd.DataFrame(
            [["p0", "i0", "plate", 0.1 * len(asked), 1, 2, 3, 4]],
            columns=["prediction_id", "image_id", "class_name", "confidence", "xmin", "ymin", "xmax", "ymax"],
        )
        return Prediction(table, len(images), 1.0, 1.0, _settings(files.sha256_of(run.weights)))

    monkeypatch.setattr(predicting, "predict", look)
    return asked


def test_predict_once__weights_that_were_trained_further_look_again(
    run: Run, predicted: list[str], project: ProjectFolder
) -> None:
    images, _ = drawn(project.root, 2)
    images = images.assign(sha256="0")
    for _ in range(2):
        assert predict_once(run, images, root=project.root, name="test").predictions["confidence"].tolist() == [0.1]
    run.weights.write_bytes(b"trained to the end")
    for _ in range(2):
        assert predict_once(run, images, root=project.root, name="test").predictions["confidence"].tolist() == [0.2]
    assert predicted == ["half-trained", "trained to the end"]


def test_predict_once__where_the_weights_are_gone_the_record_says_what_they_were(
    run: Run, predicted: list[str], project: ProjectFolder
) -> None:
    images = drawn(project.root, 2)[0].assign(sha256="0")
    predict_once(run, images, root=project.root, name="test")
    half = files.sha256_of(run.weights)
    run.weights.unlink()
    assert len(predict_once(run, images, root=project.root, name="test").predictions) == 1
    same = rewrite(run, result_sha256=half)
    assert len(predict_once(same, images, root=project.root, name="test").predictions) == 1
    other = rewrite(run, result_sha256="1" * 64)
    with pytest.raises(InputError, match=r"by other weights than it was trained to, and .*last\.pt is not there"):
        predict_once(other, images, root=project.root, name="test")
    assert predicted == ["half-trained"]


def test_last_run__is_the_newest_that_is_finished(project: ProjectFolder, run_record: Callable[..., RunRecord]) -> None:
    assert last_run(project).run is None
    first = new_run(project, run_record("v1", state="failed"))
    nothing = last_run(project)
    assert (nothing.run, [run.run_id for run in nothing.later]) == (None, [first.run_id])
    second = new_run(project, run_record("v1"))
    assert (found := last_run(project)).run is not None
    assert (found.run.run_id, found.later) == (second.run_id, ())
    third = new_run(project, run_record("v1", state="interrupted", batches_done=40))
    dead = new_run(project, run_record("v1", state="running", process_id=2**22 + 1))
    found = last_run(project)
    assert found.run is not None
    assert found.run.run_id == second.run_id
    assert found.passed_over == (
        f"the run {third.run_id} was interrupted after 40 of 120 batches: its weights are half-trained; "
        f"workbench resume {third.run_id} brings it to its end",
        f"the run {dead.run_id} was killed after 0 of 120 batches: its weights are half-trained; "
        f"workbench resume {dead.run_id} brings it to its end",
    )
    # Nor is it the training of the round under way without a word.
    with pytest.raises(InputError, match=rf"round 1 is under way: the run {dead.run_id} was killed"):
        run_of_round(project, 1)


@pytest.mark.slow
def test_predict__killed_in_the_middle_by_a_person(tmp_path: Path) -> None:
    drawn(tmp_path, 400)
    words = ["predict", "--images", "pictures", "--weights", "plates", "--image-size", "320", "--device", "cpu"]
    environment = os.environ | {"WORKBENCH_HOME": str(tmp_path / "home")}
    told: dict[str, Any] = {"cwd": tmp_path, "env": environment, "text": True}
    command = [sys.executable, "-m", "workbench", *words, "--out", "found.json"]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, **told)
    while not parts_of(tmp_path) and first.poll() is None:
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    said = first.communicate()[1]
    assert first.returncode == 130
    assert said.splitlines() == [
        "workbench: interrupted; what was found so far is kept; the same command goes on from there"
    ]
    kept = parts_of(tmp_path)
    assert 0 < len(kept) < 7
    before = {path: path.stat().st_mtime_ns for path in kept}
    second = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, **told)
    while len(parts_of(tmp_path)) < len(kept) + 1 and second.poll() is None:
        time.sleep(0.02)
    # Parts that are there are not made again.
    assert {path: path.stat().st_mtime_ns for path in kept if path.exists()} in (before, {})
    out, _ = second.communicate()
    assert second.returncode == 0
    assert "on 400 pictures" in out
    assert parts_of(tmp_path) == []
