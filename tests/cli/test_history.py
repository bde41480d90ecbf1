"""Versions and rounds on the command line: what is printed, and how it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.train import (
    Prediction,
    PredictionSettings,
    RunRecord,
    name_of_predictions,
    ran_on,
    runs,
    save_predictions,
)
from workbench.train.selection import Counts

from .in_process import workbench


def fine(*words: object) -> str:
    done = workbench(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*words: object) -> str:
    done = workbench(*words)
    assert done.returncode == 2, done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A project of six pictures with one box each, four to train on, two to test on, and two rounds' runs."""
    place = tmp_path_factory.mktemp("history")
    (place / "in").mkdir()
    for number in range(6):
        Image.new("RGB", (64, 48), (40 * number, 90, 255 - 40 * number)).save(place / "in" / f"p{number}.png")
    project = wb.Project.create(place / "번호판", classes=["plate", "light"])
    project.collect(place / "in", source="web", split="train")
    names = project.images["image_id"].tolist()
    box = {"class_name": "plate", "xmin": 4.0, "ymin": 4.0, "xmax": 24.0, "ymax": 12.0, "labeller": "ann"}
    for name in names:
        project.set_boxes(name, pd.DataFrame([box]))
    project.folder.store.set_split(names[4:], "test")
    first = project.snapshot("first six").version_id
    project.set_boxes(names[0], pd.DataFrame([box | {"xmax": 20.0}]))
    second = project.snapshot("one box tighter").version_id
    for version, found in ((first, names[4:5]), (second, names[4:])):
        run = runs.new_run(project.folder, record(version))
        images = project.test().images
        table = pd.DataFrame([{**box, "image_id": name, "confidence": 0.9} for name in found]).drop(columns="labeller")
        table = wb.validate(table, "predictions")
        save_predictions(run, name_of_predictions("test", images), Prediction(table, 2, 1.0, 1.0, SETTINGS))
    return project.folder.root


SETTINGS = PredictionSettings(
    weights="w", weights_sha256="0", classes=("plate",), confidence=0.01, iou=0.7, limit=3, image_size=64, batch=1,
    device="cpu",
)  # fmt: skip


def record(version: str) -> RunRecord:
    return RunRecord(
        run_id="", state="finished", detector="yolo11n", classes=("plate",), version=version, start_weights="base",
        start_sha256=None, batches=4, batch=4, image_size=64, seed=0, device="cpu",
        counts=Counts(**dict.fromkeys(Counts.model_fields, 1)), val_from="", packages={},
        machine=ran_on.describe(), process_id=1, started="2026-01-01T00:00:00Z",
    )  # fmt: skip


@pytest.mark.slow
def test_history__from_versions_to_the_report(home, tmp_path):
    """One user's way through all commands that need no training, in order."""
    listed = json.loads(fine("versions", "-p", home, "--json"))["versions"]
    first, second = (row["version"] for row in listed)
    assert [row["note"] for row in listed] == ["first six", "one box tighter"]

    told = fine("diff", first, second, "-p", home, "--out", tmp_path / "diff.html")
    assert "1 box tightened" in told
    page = (tmp_path / "diff.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 2
    assert "area × 0.80, moved up to 4.0 px, IoU 0.80; by ann" in page
    changes = json.loads(fine("diff", first, second, "-p", home, "--json"))
    assert changes["by_how_much"][0]["area_ratio"] == pytest.approx(0.8)
    assert changes["by_labeller"] == [{"labeller": "ann", "tightened": 1}]

    assert "2 versions are what was frozen, pictures included" in fine("verify", "-p", home)
    assert "yolo, 6 pictures, 6 boxes" in fine("export", second, tmp_path / "out", "-p", home)
    assert "is there already" in refused("export", second, tmp_path / "out", "-p", home)
    assert f"the working labels are {first}" in fine("restore", first, "-p", home)
    fine("restore", second[:6], "-p", home)
    assert "no version begins with 'v0'" in refused("restore", "v0", "-p", home)

    frozen = json.loads(fine("freeze-test", "street", "-p", home, "--json"))
    assert frozen["pictures"] == 2
    assert "street" in fine("freeze-test", "-p", home)

    runs = ("r001", "r002")
    begun = fine("decide", 1, "-d", "keep", "-b", "we begin", "--run", runs[0], "-p", home)
    assert begun.count("nothing to compare with") == 1, "a first round is no caution"
    hope = ("decide", 2, "-d", "keep", "-b", "looks better", "--run", runs[1], "-p", home)
    assert "cannot be kept just so" in refused(*hope)
    told = json.loads(fine(*hope, "--despite", "two pictures prove nothing, the boxes are right", "--json"))
    assert told["change"] == {"data": {"boxes tightened": 1}, "training": "nothing"}
    assert told["ledger"]["miss"] == {"fixed": 1, "broken": 0, "stayed": 0}
    fine("amend", 2, "-b", "wrong after all", "-d", "revert", "-p", home)
    assert "is decided already" in refused(*hope, "--despite", "x")

    rounds = json.loads(fine("timeline", "-p", home, "--json", "--out", tmp_path / "rounds.svg"))["rounds"]
    assert [row["decision"] for row in rounds] == ["keep", "revert"]
    assert rounds[1]["stills_recall_0.5"] == 1.0
    assert rounds[1]["changed"] == "1 box tightened"
    assert (tmp_path / "rounds.svg").read_text().lstrip().startswith("<?xml")
    assert "ends in .svg" in refused("timeline", "-p", home, "--out", tmp_path / "rounds.txt")

    fine("report", "-p", home, "--out", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for said in (
        "번호판",
        "may be nothing: F1 on all +0.333",
        "two pictures prove nothing",
        "wrong after all",
        "street",
    ):
        assert said in page, said
    fine("report", "-p", home, "--out", tmp_path / "report.md")
    assert "## Round 2: revert" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "ends in .html" in refused("report", "-p", home, "--out", tmp_path / "report.doc")
    assert "there is no round 9" in refused("rerun", 9, "-p", home)


def test_verify__a_spoilt_picture_is_a_problem_found(home):
    path = next((home / "pictures").rglob("p3.png"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    try:
        done = workbench("verify", "-p", home)
    finally:
        path.write_bytes(whole)
    assert done.returncode == 1
    assert "p3.png is not what was frozen (checksum differs)" in done.stdout
