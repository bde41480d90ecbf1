"""Pictures taken out of a project: undone whole, refused where a test is frozen, and versions stay as they were."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.model.errors import ConflictError, InputError
from workbench.version import freeze_test, verify

from ..cli.in_process import workbench


@pytest.fixture
def project(tmp_path):
    (tmp_path / "web").mkdir()
    for number in range(4):
        Image.effect_noise((64, 48), 20 + 20 * number).convert("RGB").save(tmp_path / "web" / f"{number}.png")
    project = wb.Project.create(tmp_path / "project", classes=["plate"])
    project.collect(tmp_path / "web", split="train")
    box = {
        "class_name": "plate",
        "xmin": 4.0,
        "ymin": 4.0,
        "xmax": 20.0,
        "ymax": 12.0,
        "labeller": "민아",
        "text": "12가",
    }
    for number in range(3):
        project.set_boxes(f"web/{number}.png", pd.DataFrame([box, box | {"xmax": 30.5}]))
    return project


def tables_of(project):
    return project.images, project.boxes


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_drop__is_undone_whole(project):
    before = tables_of(project)
    (event,) = project.drop("web/1.png", because="a person's face")
    assert project.images["image_id"].tolist() == ["web/0.png", "web/2.png", "web/3.png"]
    assert len(project.boxes) == 4
    row = project.folder.store.events(action="drop").iloc[-1]
    assert (row["image_id"], json.loads(row["after"])) == ("web/1.png", {"because": "a person's face"})
    project.folder.store.undo(event)
    assert_same(tables_of(project), before)
    with pytest.raises(ConflictError, match="taken back already"):
        project.folder.store.undo(event)
    assert_same(tables_of(project), before)


def test_drop__versions_stay_as_they_were(project, tmp_path):
    version = project.snapshot("all four")
    project.drop(["web/0.png", "web/3.png"], because="blurred")
    assert verify(project.folder, version.version_id) == ()
    assert len(version.images) == 4
    project.export(version, tmp_path / "out")
    assert len(list((tmp_path / "out" / "images").rglob("*.png"))) == 4
    later = project.snapshot("without two")
    assert later.version_id != version.version_id
    assert len(later.images) == 2
    project.restore(version.version_id)
    assert len(project.images) == 4


def test_drop__stays_dropped_when_collected_again(project, tmp_path):
    (event,) = project.drop("web/1.png", because="a person's face")
    for source in (None, "other"):
        report = project.collect(tmp_path / "web", source=source)
        assert len(report.added) == 0
        (row,) = report.problems.itertuples()
        assert (row.code, row.severity, row.file) == ("dropped-before", "info", "1.png")
        assert "it was dropped before: a person's face" in row.message
    project.folder.store.undo(event)
    assert project.collect(tmp_path / "web").problems.empty


@pytest.mark.parametrize(
    ("names", "because", "match"),
    [
        (["web/0.png", "web/9.png"], "x", r"'web/9.png' is not in the project"),
        (["web/0.png"], " ", "because="),
    ],
)
def test_drop__all_or_nothing(project, names, because, match):
    before = tables_of(project)
    with pytest.raises(InputError, match=match):
        project.drop(names, because=because)
    assert_same(tables_of(project), before)


def test_drop__a_picture_of_a_frozen_test_refuses(project):
    project.folder.store.set_split(["web/0.png", "web/1.png"], "test")
    (event,) = project.drop("web/1.png", because="blurred")
    freeze_test(project.folder, "street")
    before = tables_of(project)
    with pytest.raises(InputError, match=r"'web/0.png' is a picture of the frozen test 'street'"):
        project.drop(["web/2.png", "web/0.png"], because="x")
    with pytest.raises(InputError, match="would come back into the split 'test', which is the frozen test 'street'"):
        project.folder.store.undo(event)
    assert_same(tables_of(project), before)


def test_drop__everything_goes_on(project):
    project.drop("web/2.png", because="x")
    assert project.check().summary["pictures"] == 3
    assert len(project.label_log) >= 0
    assert "3 pictures" in repr(project)


def test_drop__on_the_command_line(project):
    folder = str(project.folder.root)
    done = workbench("drop", "web/0.png", "web/3.png", "--because", "blurred", "-p", folder)
    assert done.returncode == 0
    assert "dropped web/0.png, web/3.png" in done.stdout
    assert workbench("drop", "web/0.png", "--because", "blurred", "-p", folder).returncode == 2
    assert wb.open(folder).images["image_id"].tolist() == ["web/1.png", "web/2.png"]
    for words in ([], ["web/1.png"], ["web/1.png", "--undo", "1"], ["--undo", "1"]):
        assert workbench("drop", *words, "-p", folder).returncode == 2
    back = done.stdout.rpartition("workbench drop ")[2].split()
    assert "brought back 2 pictures" in workbench("drop", *back, "-p", folder).stdout
    assert len(wb.open(folder).images) == 4


def test_drop__leaves_the_queue_of_wrong_labels(project):
    box = project.boxes.iloc[[0]]
    project.mark(box, "relabel")
    assert project.relabel_queue["image_id"].tolist() == ["web/0.png"]
    project.drop("web/0.png", because="x")
    assert project.relabel_queue.empty
