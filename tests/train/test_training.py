from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.model.errors import InputError, SetupError
from workbench.project import ProjectFolder, files
from workbench.train import Recipe, list_runs, load_run, train
from workbench.train.weight_names import resolve_weights

CPU: dict[str, Any] = {"weights": None, "batches": 3, "batch": 4, "image_size": 64, "device": "cpu"}
NAMED: dict[str, Any] = {"classes": ["plate"], "version": "v"}


def state(path: Path) -> dict[str, Any]:
    from ultralytics.nn.tasks import load_checkpoint

    return dict(load_checkpoint(str(path))[0].state_dict())


@pytest.mark.slow
def test_train__stops_exactly_at_the_budget_and_records_it(trained: Any) -> None:
    record = trained.run.record
    assert (record.state, record.batches_done, record.epochs, record.steps_per_epoch) == ("finished", 40, 14, 3)
    assert record.counts.train_pictures + record.counts.val_pictures == 24
    assert record.result_sha256 == files.sha256_of(trained.run.weights)
    assert record.seconds is not None
    assert record.arguments["optimizer"] == "AdamW"
    assert record.start_weights == "base"
    assert record.start_sha256 == files.sha256_of(resolve_weights("base"))
    curve = trained.run.curve()
    assert list(curve["batches"]) == [*range(3, 40, 3), 40]
    assert curve["box_loss"].iloc[-1] < curve["box_loss"].iloc[0]
    assert not list(trained.run.folder.rglob(".tmp-*"))


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 4, 7])
def test_train__any_budget_is_met(trained: Any, batches: int) -> None:
    run = trained.train(batches=batches, batch=6)
    assert run.record.batches_done == batches
    assert run.curve()["batches"].iloc[-1] == batches
    assert load_run(trained.project, run.run_id) == run


@pytest.mark.slow
def test_train__same_seed_same_file_other_seed_other_weights(trained: Any) -> None:
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first, second, other = (trained.train(seed=seed).record.result_sha256 for seed in (7, 7, 8))
    assert first == second != other
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002


@pytest.mark.slow
def test_train__another_class_count_keeps_the_backbone_and_renews_the_head(trained: Any) -> None:
    import torch

    run = trained.train(weights=trained.run.weights, classes=["car", "person", "plate"], batches=1)
    taken, total = run.record.transferred
    assert total * 0.8 < taken < total
    assert run.record.start_sha256 == trained.run.record.result_sha256
    old, new = state(trained.run.weights), state(run.weights)
    assert old["model.23.cv3.0.2.weight"].shape[0] == 1
    assert new["model.23.cv3.0.2.weight"].shape[0] == 3
    # One batch at a tiny learning rate moves the backbone by little; random weights would be far away.
    assert torch.allclose(old["model.0.conv.weight"], new["model.0.conv.weight"], atol=5e-3)


@pytest.mark.slow
def test_train__weights_of_another_detector_are_refused(trained: Any) -> None:
    with pytest.raises(InputError, match="start from weights of the same detector"):
        trained.train(weights=trained.run.weights, detector="yolov8n")
    last = list_runs(trained.project).iloc[-1]
    assert last["state"] == "failed"
    assert "InputError" in load_run(trained.project, last["run_id"]).record.error


@pytest.mark.slow
def test_train__writes_only_into_the_run_and_prints_nothing(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    before = {p for p in trained.project.root.rglob("*") if p.is_file()}
    threads = torch.get_num_threads()
    run = trained.train()
    assert list(tmp_path.iterdir()) == []
    made = {p for p in trained.project.root.rglob("*") if p.is_file()} - before
    assert all(p.is_relative_to(run.folder) or p.name == ".runs.lock" for p in made)
    assert capfd.readouterr() == ("", "")
    assert torch.get_num_threads() == threads
    assert str(trained.project.root).encode() not in run.weights.read_bytes()


@pytest.mark.slow
def test_train__an_interrupt_leaves_usable_weights(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.train.training_bar import TrainingBar

    real = TrainingBar.batch

    def stop(bar: Any, done: int, loss: float) -> None:
        real(bar, done, loss)
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainingBar, "batch", stop)
    with pytest.raises(KeyboardInterrupt):
        trained.train(batches=50)
    run = load_run(trained.project, list_runs(trained.project)["run_id"].iloc[-1])
    assert (run.record.state, run.record.batches_done) == ("interrupted", 2)
    assert state(run.weights)


@pytest.mark.slow
def test_train__a_broken_picture_is_named(project: ProjectFolder, draw: Any) -> None:
    images, boxes = draw(project.root, 5)
    bad = images["path"].iloc[images[images["group_id"] == "g2"].index[0]]
    (project.root / bad).write_bytes(b"no picture")
    with pytest.raises(
        InputError, match=rf"cannot read the picture .*{Path(bad).name}: cannot identify.*; put it back"
    ):
        train(project, images, boxes, Recipe(**CPU), **NAMED)


def test_train__refusals_leave_no_run(project: ProjectFolder, draw: Any) -> None:
    images, boxes = draw(project.root, 4)
    cases: list[tuple[str, dict[str, Any], type[Exception]]] = [
        ("batches is 0", {"batches": 0}, InputError),
        ("multiple of 32", {"image_size": 100}, InputError),
        ("is not known", {"detector": "resnet"}, InputError),
        ("are not there", {"weights": "mine.pt"}, InputError),
        ("device 'cuda:99' is not there", {"device": "cuda:99"}, SetupError),
        ("device 'tpu' is not there", {"device": "tpu"}, SetupError),
        ("has no detector 'yolo99n'", {"detector": "yolo99n"}, InputError),
        ("has no detector 'yolo11q'", {"detector": "yolo11q"}, InputError),
        ("has no detector 'yolo11n-seg'", {"detector": "yolo11n-seg"}, InputError),
    ]
    for message, change, kind in cases:
        with pytest.raises(kind, match=message):
            train(project, images, boxes, Recipe(**(CPU | change)), **NAMED)
    with pytest.raises(InputError, match="1 unlabelled"):
        train(project, images.iloc[:1].assign(label_status="unlabelled"), boxes.iloc[:0], Recipe(**CPU), **NAMED)
    (project.root / images["path"][0]).unlink()
    with pytest.raises(InputError, match="1 of 4 pictures are not there, first"):
        train(project, images, boxes, Recipe(**CPU), **NAMED)
    assert list_runs(project).empty


def test_resolve_weights__names_paths_and_none(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"x")
    assert resolve_weights(tmp_path / "a.pt") == tmp_path / "a.pt"
    assert resolve_weights(str(tmp_path / "a.pt")) == tmp_path / "a.pt"
    assert resolve_weights(None) is None
    assert resolve_weights("scratch") is None
