"""Faster R-CNN behind the interface that YOLO has: same budget, same files, same refusals."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from workbench.model.errors import InputError
from workbench.project import files
from workbench.train import Recipe, detector_for, list_runs, load_run, predict, train
from workbench.train.families import family_of
from workbench.train.rcnn.rcnn_model import build, read_checkpoint
from workbench.train.rcnn.rcnn_pictures import Sample, batches, fit, padded, vary
from workbench.train.weight_names import resolve_weights, start_for

SMALL: dict[str, Any] = {"detector": "rcnn-small", "weights": None, "image_size": 96, "batch": 4, "batches": 3}


@pytest.fixture
def made(project: Any, draw: Any) -> Any:
    """A function that trains on eight drawn pictures."""
    images, boxes = draw(project.root, 8)

    def run(**options: Any) -> Any:
        classes = options.pop("classes", ["plate"])
        recipe = Recipe(**({"device": "cpu"} | SMALL | options))
        return train(project, images, boxes, recipe, classes=classes, version="v")

    run.project, run.images, run.boxes = project, images, boxes  # type: ignore[attr-defined]
    return run


def rectangle(box: tuple[int, int, int, int]) -> Sample:
    picture = np.full((90, 128, 3), 60, dtype=np.uint8)
    cv2.rectangle(picture, box[:2], (box[2] - 1, box[3] - 1), (60, 60, 255), -1)
    return Sample(picture, np.array([box], dtype=np.float32), np.array([1]))


def test_vary__boxes_go_with_their_pixels() -> None:
    kept = 0
    for seed in range(40):
        varied = vary(rectangle((40, 30, 90, 60)), np.random.default_rng(seed), 128)
        assert varied.picture.shape == (128, 128, 3)
        if not len(varied.boxes):
            continue
        kept += 1
        red = varied.picture[..., 2].astype(int) - varied.picture[..., 0] > 60
        ys, xs = np.nonzero(red)
        seen = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert np.abs(varied.boxes[0] - seen).max() <= 2.0
    assert kept > 25


def test_batches__the_seed_decides_whatever_the_threads() -> None:
    samples = [rectangle((10 + 3 * i, 20, 60 + 3 * i, 50)) for i in range(7)]

    def made(threads: int, epoch: int) -> list[np.ndarray]:
        told = {"batch": 3, "image_size": 64, "seed": 4, "epoch": epoch, "threads": threads}
        return [sample.picture for part in batches(samples, **told) for sample in part]

    one, many, other = made(1, 0), made(4, 0), made(1, 1)
    assert len(one) == 7
    assert all(np.array_equal(a, b) for a, b in zip(one, many, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_fit_and_padded__the_longer_side_and_whole_cells() -> None:
    picture, factor = fit(np.zeros((90, 200, 3), dtype=np.uint8), 100)
    assert (picture.shape, factor) == ((45, 100, 3), 0.5)
    assert padded(picture, 32).shape == (64, 128, 3)


def test_build__is_small_and_knows_its_names() -> None:
    model = build("rcnn-small", classes=5, image_size=320)
    assert sum(p.numel() for p in model.parameters()) * 2 < 16e6
    with pytest.raises(InputError, match="there are: rcnn-small, rcnn-large"):
        build("rcnn-huge", classes=1, image_size=320)


def test_family_of__by_what_lies_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "no.pt").write_bytes(b"nothing")
    assert family_of(tmp_path / "no.pt") == "yolo"
    assert family_of(resolve_weights("base") or Path()) == "yolo"
    assert family_of(resolve_weights("base_rcnn") or Path()) == "rcnn"


def test_start_for__base_is_the_familys_own() -> None:
    assert start_for("rcnn-small", "base")[0] == "base_rcnn"
    assert start_for("yolo11n", "base")[0] == "base"
    assert start_for("rcnn-small", None) == (None, None)


def test_base_rcnn__holds_no_code_and_no_plate() -> None:
    path = resolve_weights("base_rcnn")
    assert path is not None
    held = read_checkpoint(path)
    assert held["classes"] == ["car", "van", "truck", "bus", "wheel"]
    assert path.stat().st_size <= 16e6


def test_read_checkpoint__another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"nothing")
    for path in (tmp_path / "a.pt", resolve_weights("base") or Path()):
        with pytest.raises(InputError, match="no weights of a Faster R-CNN"):
            read_checkpoint(path)


@pytest.mark.parametrize(("detector", "weights"), [("rcnn-small", "plates"), ("yolo11n", "base_rcnn")])
def test_train__weights_of_the_other_family_leave_no_run(made: Any, detector: str, weights: str) -> None:
    with pytest.raises(InputError, match="start from weights of the same detector"):
        made(detector=detector, weights=weights)
    assert list_runs(made.project).empty


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 5])
def test_train__stops_at_the_budget_and_records_it(made: Any, batches: int) -> None:
    run = made(batches=batches)
    record = run.record
    assert (record.state, record.batches_done, record.detector) == ("finished", batches, "rcnn-small")
    assert run.curve()["batches"].iloc[-1] == batches
    assert {"cls_loss", "box_loss", "objectness_loss", "proposal_loss"} <= set(run.curve().columns)
    assert record.result_sha256 == files.sha256_of(run.weights)
    assert all(np.isfinite(value) for value in record.metrics.values())
    assert str(made.project.root).encode() not in run.weights.read_bytes()


@pytest.mark.slow
def test_train__same_seed_same_file_and_the_callers_generators_stay(made: Any) -> None:
    import torch

    random.seed(5)
    torch.manual_seed(5)
    before = random.getstate(), torch.get_rng_state()
    first, second, other = (made(seed=seed).record.result_sha256 for seed in (7, 7, 8))
    assert first == second != other
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.slow
def test_train__from_base_finds_and_a_stop_leaves_usable_weights(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(weights="base", batches=30, batch=4)
    taken, total = run.record.transferred
    assert total * 0.8 < taken < total
    assert run.record.start_weights == "base_rcnn"
    found = predict(run, made.images, root=made.project.root).predictions
    best = found.sort_values("confidence").groupby("image_id").tail(1)
    assert len(best) == 8
    truth = made.boxes.set_index("image_id").loc[best["image_id"]]
    assert np.median(np.abs(best["xmin"].to_numpy() - truth["xmin"].to_numpy())) < 8

    from workbench.train.training_bar import TrainingBar

    real = TrainingBar.batch

    def stop(bar: Any, done: int, loss: float) -> None:
        real(bar, done, loss)
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainingBar, "batch", stop)
    with pytest.raises(KeyboardInterrupt):
        made(batches=50)
    stopped = load_run(made.project, list_runs(made.project)["run_id"].iloc[-1])
    assert (stopped.record.state, stopped.record.batches_done) == ("interrupted", 2)
    assert read_checkpoint(stopped.weights)["classes"] == ["plate"]


@pytest.mark.slow
def test_train__a_known_class_keeps_its_head(made: Any) -> None:
    import torch

    first = made(batches=1)
    second = made(batches=1, weights=first.weights, classes=["car", "plate"], seed=1)
    key = "roi_heads.box_predictor.cls_score.weight"
    old, new = (read_checkpoint(run.weights)["state"][key].float() for run in (first, second))
    assert new.shape[0] == 3
    assert torch.allclose(old[1], new[2], atol=5e-3)
    assert not torch.allclose(old[1], new[1], atol=5e-3)


@pytest.mark.slow
def test_train__a_broken_picture_is_named(made: Any) -> None:
    (made.project.root / made.images["path"].iloc[2]).write_bytes(b"no picture")
    with pytest.raises(InputError, match="cannot be read, first"):
        made()


@pytest.mark.slow
def test_find__does_not_depend_on_the_batch_and_takes_nothing() -> None:
    predictor = detector_for("rcnn-small").load(resolve_weights("base_rcnn") or Path(), device="cpu")
    rng = np.random.default_rng(0)
    sizes = ((60, 90), (90, 60), (60, 90))
    pictures = [rng.integers(0, 255, (*size, 3), dtype=np.uint8) for size in sizes]
    told: dict[str, Any] = {"confidence": 0.01, "iou": 0.7, "image_size": 96, "limit": 300}
    one, all_at_once = predictor.find(pictures, batch=1, **told), predictor.find(pictures, batch=8, **told)
    for a, b in zip(one, all_at_once, strict=True):
        assert a.shape == b.shape
        assert np.allclose(a, b, atol=1e-2)
    assert predictor.find([], batch=4, **told) == []


@pytest.mark.slow
def test_embed__says_what_a_picture_is_whatever_its_neighbours() -> None:
    predictor = detector_for("rcnn-small").load(resolve_weights("base_rcnn") or Path(), device="cpu")
    rng = np.random.default_rng(0)
    noise, dark = rng.integers(0, 255, (60, 90, 3), dtype=np.uint8), np.zeros((60, 90, 3), np.uint8)
    vectors = predictor.embed([noise, dark, noise[:, ::-1]], image_size=96)
    assert vectors.ndim == 2
    assert len(vectors) == 3
    assert np.array_equal(vectors[1], predictor.embed([dark], image_size=96)[0])
    # Another view of the same thing is nearer than another thing.
    assert np.linalg.norm(vectors[0] - vectors[2]) < np.linalg.norm(vectors[0] - vectors[1]) / 2


@pytest.mark.slow
def test_train__the_learning_rate_is_the_one_asked_for(made: Any) -> None:
    run = made(batches=2, learning_rate=0.0004)
    assert run.record.learning_rate == run.record.arguments["lr0"] == 0.0004
    assert run.curve()["learning_rate"].max() <= 0.0004
    with pytest.raises(InputError, match=r"learning_rate is 0; expected a number above 0"):
        made(learning_rate=0)
