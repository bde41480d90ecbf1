"""What cannot be trained, predicted or evaluated is one line on the command line: what, where, and what to do."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.cli import main

GOOD = {"image_id": "a.jpg", "class_name": "plate", "bbox": [30, 30, 40, 20], "score": 0.9}


@pytest.fixture
def call(capsys):
    """Run a command in this process; its exit status and what it wrote on standard error."""

    def run(*words: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        return int(left.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture
def plain(tmp_path) -> Path:
    """Three pictures with a plate each, and their YOLO labels."""
    rng = np.random.default_rng(0)
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    for name in "abc":
        Image.fromarray(rng.integers(0, 255, (80, 100, 3), dtype=np.uint8)).save(tmp_path / "images" / f"{name}.jpg")
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25\n")
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    return tmp_path


def collected(plain: Path, *, labels: bool, split: str = "train") -> Path:
    home = plain / "project"
    project = wb.Project.create(home, classes=["plate"])
    given = {"labels": plain / "labels"} if labels else {}
    project.collect(plain / "images", split=split, **given)
    project.snapshot("as it came")
    return home


def one_line(said: tuple[int, str], *words: str) -> None:
    status, error = said
    lines = error.strip().splitlines()
    assert status == 2, error
    assert len(lines) == 1, error
    assert "Traceback" not in error
    for word in words:
        assert word in lines[0]


@pytest.fixture
def no_gpu(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


WORDS = ["the device '0' is not there", "torch sees no GPU on this machine", "device='cpu'"]


def test_train__a_gpu_that_is_not_there(plain, call, no_gpu):
    home = collected(plain, labels=True)
    one_line(call("train", "-p", home, "--device", "0"), *WORDS)
    one_line(call("suspects", "-p", home, "--folds", "3", "--device", "0"), *WORDS)
    # Nothing is left that looks like a training.
    assert list((home / "runs").iterdir()) == []


def test_predict__a_gpu_that_is_not_there(plain, call, no_gpu):
    one_line(call("predict", "--images", plain / "images", "--weights", "plates", "--device", "0"), *WORDS)


def test_train__an_empty_project(tmp_path, call):
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    one_line(call("train", "-p", project.folder.root), "not frozen", "workbench snapshot")
    one_line(
        call("snapshot", "-m", "nothing yet", "-p", project.folder.root), "holds no pictures yet", "collect some first"
    )
    one_line(call("suspects", "--folds", "2", "-p", project.folder.root), "not frozen")
    one_line(call("predict", "-p", project.folder.root), "has no run yet", "workbench train")
    one_line(call("evaluate", "-p", project.folder.root), "has no run yet", "workbench train")


def test_evaluate__empty_folders(plain, call):
    for name in ("nothing", "none"):
        (plain / name).mkdir()
    (plain / "r.json").write_text("[]")
    given = ["--images", plain / "images", "--labels", plain / "nothing", "--predictions", plain / "r.json"]
    one_line(call("evaluate", *given), "nothing")
    one_line(call("predict", "--images", plain / "none", "--weights", "plates"), "holds no pictures")


def test_train__nothing_labelled(plain, call):
    home = collected(plain, labels=False)
    one_line(call("train", "-p", home), "none of the 3 training pictures is labelled", "3 unlabelled", "label some")
    one_line(call("suspects", "--folds", "2", "-p", home), "0 labelled pictures", "label")


def test_evaluate__nothing_labelled(plain, call):
    """Without a label file a picture is unlabelled: nobody has said that it is empty."""
    for name in "abc":
        (plain / "labels" / f"{name}.txt").unlink()
    (plain / "r.json").write_text(json.dumps([GOOD]))
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "r.json"]
    one_line(call("evaluate", *given), "no label files in it", "give the folder that holds them")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score": math.nan}, ["entry 0: confidence is nan", "expected a finite number", "drop or mend"]),
        ({"score": None}, ["entry 0: no confidence", "from 0 to 1"]),
        ({"image_id": "elsewhere.jpg"}, ["1 of 1 name a picture that the labels do not have", "'elsewhere.jpg'"]),
        ({"class_name": "sign"}, ["entry 0: class 'sign' is not in the labels", "'plate'", "--rename sign=NAME"]),
        ({"class_name": None, "category_id": 7}, ["entry 0: category 7 is not in the labels", "use their ids"]),
    ],
    ids=["NaN", "no confidence", "unknown picture", "unknown class", "unknown class number"],
)
@pytest.mark.parametrize("command", ["evaluate", "failures", "suspects", "video"])
def test_predictions__that_fit_nothing(plain, call, command, changes, words):
    (plain / "r.json").write_text(json.dumps([GOOD | changes]))
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "r.json"]
    one_line(call(command, *given), str(plain / "r.json"), *words)


def test_predictions__nan_in_yolo_txt(plain, call):
    (plain / "found").mkdir()
    (plain / "found" / "a.txt").write_text("0 0.5 0.5 0.4 0.25 nan\n")
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "found"]
    one_line(call("evaluate", *given), "a.txt, line 1", "confidence is nan")


def test_predictions__another_name_is_renamed_on_either_side(plain, call):
    (plain / "r.json").write_text(json.dumps([GOOD | {"class_name": "sign"}]))
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "r.json"]
    assert call("evaluate", *given, "--rename", "sign=plate") == (0, "")
    assert call("evaluate", *given, "--rename", "plate=sign") == (0, "")


def test_video__frames_that_do_not_say_when(plain, call):
    (plain / "r.json").write_text(json.dumps([GOOD]))
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "r.json"]
    one_line(call("video", *given), "none of the 3 pictures says when in its video it was taken", "--fps")
    assert call("video", *given, "--fps", "10") == (0, "")
    one_line(call("video", *given, "--fps", "0"), "expected more than 0")


def test_predict__half_of_the_options(plain, call):
    one_line(call("predict", "--images", plain / "images"), "--images and --weights")
    one_line(call("predict", "-p", plain, "--out", plain / "r.json"), "--out")
    one_line(call("video", plain / "x.mp4", "--labels", plain / "labels"), "without a FILE")
