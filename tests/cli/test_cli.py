"""The command line on real files: what it prints, and how it leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .in_process import workbench

COMMANDS = [
    *("doctor", "sample", "init", "collect", "check", "convert", "label-stats", "snapshot", "diff", "train", "predict"),
    *("versions", "restore", "verify", "export", "freeze-test", "decide", "amend", "rerun", "timeline"),
    *("duplicates", "leaks", "coverage", "pick", "close-test", "weights"),
    *("evaluate", "failures", "suspects", "compare", "video", "resume", "fiftyone", "report", "lab"),
]


@pytest.fixture
def plain(tmp_path) -> Path:
    """Three pictures, their YOLO labels and predictions: two hits, one miss, one false alarm."""
    rng = np.random.default_rng(0)
    for folder in ("images", "labels", "predictions"):
        (tmp_path / folder).mkdir()
    for name in "abc":
        Image.fromarray(rng.integers(0, 255, (80, 100, 3), dtype=np.uint8)).save(tmp_path / "images" / f"{name}.jpg")
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25\n")
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    (tmp_path / "predictions" / "a.txt").write_text("0 0.5 0.5 0.4 0.25 0.9\n")
    (tmp_path / "predictions" / "b.txt").write_text("0 0.5 0.5 0.4 0.25 0.8\n0 0.1 0.1 0.1 0.1 0.7\n")
    return tmp_path


def on(plain: Path) -> list[object]:
    return ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "predictions"]


def fails_in_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0]


def test_help__names_every_command():
    done = workbench("--help")
    assert done.returncode == 0
    assert [c for c in COMMANDS if f" {c} " not in done.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help__of_each_command(command, capsys):
    from workbench.cli import main

    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert "Usage: workbench" in capsys.readouterr().out


def test_evaluate__plain_files(plain):
    done = workbench("evaluate", *on(plain), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {k: found["metrics"][k] for k in ("tp", "fp", "fn")} == {"tp": 2, "fp": 1, "fn": 1}
    assert {"AP", "AP50", "AP75", "precision", "recall", "f1"} <= found["metrics"].keys()
    assert found["settings"]["confidence"] == 0.5


def test_evaluate__operating_points_and_parts(plain):
    done = workbench("evaluate", *on(plain), "--by", "height", "--rule", "wide=width > 30", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["point"] for row in found["operating_points"]][:2] == ["asked for", "best F1"]
    assert {row["by"] for row in found["slices"]} == {"height", "rule"}
    fails_in_one_line(workbench("evaluate", *on(plain), "--by", "hight"), "no column 'hight'")
    fails_in_one_line(workbench("evaluate", *on(plain), "--rule", "wide"), "'wide'", "'='")


def test_evaluate__rename_that_renames_nothing(plain):
    fails_in_one_line(workbench("evaluate", *on(plain), "--rename", "sign=plate"), "no class 'sign' to rename")
    fails_in_one_line(workbench("evaluate", *on(plain), "--rename", "sign"), "'sign'", "'='")


def test_suspects__plain_files(plain):
    done = workbench("suspects", *on(plain), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["suspects"][0]["kind"] == "missing"


def test_evaluate__another_confidence(plain):
    found = json.loads(workbench("evaluate", *on(plain), "--confidence", 0.85, "--json").stdout)
    assert {k: found["metrics"][k] for k in ("tp", "fp", "fn")} == {"tp": 1, "fp": 0, "fn": 2}


def test_failures__writes_one_self_contained_page(plain):
    out = plain / "report.html"
    done = workbench("failures", *on(plain), "--out", out)
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    assert "data:image/jpeg;base64" in page
    assert 'src="http' not in page


def test_check__clean_and_not(plain):
    done = workbench("check", plain / "labels", "--images", plain / "images", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["problems"] == []
    (plain / "labels" / "a.txt").write_text("0 0.5 0.5 0.4\n")
    done = workbench("check", plain / "labels", "--images", plain / "images", "--json")
    assert done.returncode == 1
    problem = json.loads(done.stdout)["problems"][0]
    assert set(problem) == {"code", "severity", "file", "line", "image", "box", "message", "fix"}
    assert (problem["file"], problem["line"]) == ("a.txt", 1)


def test_convert__there_and_back(plain):
    images = plain / "images"
    assert workbench("convert", plain / "labels", plain / "voc", "--to", "voc", "--images", images).returncode == 0
    assert len(list((plain / "voc").rglob("*.xml"))) == 3


def test_project__from_init_to_diff(plain):
    home = plain / "project"
    assert workbench("init", home, "--classes", "plate").returncode == 0
    collect = ["collect", plain / "images", "--labels", plain / "labels", "-p", home, "--json"]
    assert json.loads(workbench(*collect).stdout)["summary"]["added_labelled"] == 3
    assert json.loads(workbench(*collect).stdout)["summary"]["already"] == 3
    version = json.loads(workbench("snapshot", "-m", "all", "-p", home, "--json").stdout)
    assert version["counts"]["boxes"] == 3
    done = workbench("diff", version["version"], "-p", home, "--json")
    assert json.loads(done.stdout)["summary"] == {}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nope"], ["nope"]),
        (["check", "/nowhere/labels"], ["/nowhere/labels"]),
        (["check", "-p", "/nowhere"], ["holds no project", "workbench init"]),
        (["init", "/dev/null/x", "--classes", "plate"], ["/dev/null"]),
        (["evaluate", "--labels", "x"], ["--predictions"]),
        (["collect", "/nowhere", "-p", "."], ["holds no project"]),
        (["train", "--batches", "0"], ["batches"]),
        (["sample"], ["folder"]),
    ],
    ids=["command", "labels", "project", "path", "options", "collect", "number", "argument"],
)
def test_wrong_use__is_one_line(words, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fails_in_one_line(workbench(*words), *expected)


def test_collect__empty_folder(tmp_path):
    workbench("init", tmp_path / "p", "--classes", "plate")
    (tmp_path / "empty").mkdir()
    fails_in_one_line(workbench("collect", tmp_path / "empty", "-p", tmp_path / "p"), "holds no pictures")


def test_collect__broken_picture_is_named_and_the_others_come_in(plain):
    workbench("init", plain / "p", "--classes", "plate")
    (plain / "images" / "d.jpg").write_bytes((plain / "images" / "a.jpg").read_bytes()[:900])
    (plain / "images" / "e.jpg").write_bytes(b"")
    done = workbench("collect", plain / "images", "-p", plain / "p", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["summary"]["added"] == 3
    assert {p["file"] for p in found["problems"]} == {"d.jpg", "e.jpg"}


@pytest.mark.slow
def test_train__without_labels(plain):
    workbench("init", plain / "p", "--classes", "plate")
    workbench("collect", plain / "images", "--split", "train", "-p", plain / "p")
    workbench("snapshot", "-m", "x", "-p", plain / "p")
    fails_in_one_line(workbench("train", "-p", plain / "p"), "label")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output__full_disk_is_no_traceback(plain):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "workbench", "evaluate", *map(str, on(plain)), "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_lab__a_taken_port_is_named():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        fails_in_one_line(workbench("lab", "--port", taken.getsockname()[1], "--print"), "port", "taken")


def test_evaluate__says_how_predictions_were_read(plain):
    done = workbench("evaluate", *on(plain))
    said = "YOLO txt; pictures by the names of the files; classes by the labels' numbers"
    assert f"predictions: {said}" in done.stdout.splitlines()
    assert json.loads(workbench("evaluate", *on(plain), "--json").stdout)["settings"]["predictions_read_as"] == said
    assert f"predictions: {said}" in workbench("failures", *on(plain)).stdout.splitlines()


def test_evaluate__notes_on_predictions_are_kept_apart(plain):
    (plain / "r.json").write_text("[]")
    given = [*on(plain)[:-1], plain / "r.json"]
    assert "it holds no prediction at all" in workbench("evaluate", *given).stderr
    done = workbench("evaluate", *given, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert ["it holds no prediction" in remark for remark in json.loads(done.stdout)["settings"]["remarks"]] == [True]


def test_evaluate__options_that_say_how_to_read(plain):
    corners = [{"image_id": name, "category_id": 1, "bbox": [30, 30, 70, 50], "score": 0.9} for name in "abc"]
    (plain / "r.json").write_text(json.dumps(corners))
    given = [*on(plain)[:-1], plain / "r.json"]
    fails_in_one_line(workbench("evaluate", *given), "look like xmin ymin xmax ymax", "--box-format xyxy")
    for more in ([], ["--category-offset", 1], ["--names", "sign,plate"]):
        done = workbench("evaluate", *given, "--box-format", "xyxy", *more, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["metrics"]["tp"] == 3
    fails_in_one_line(workbench("evaluate", *given, "--box-format", "zzz"), "'zzz' is unknown", "xywh")
    fails_in_one_line(
        workbench("evaluate", *given, "--box-format", "xyxy", "--category-offset", 0), "category 1 is not in the labels"
    )
