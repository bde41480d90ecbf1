"""A version taken out of the project: pictures, labels and a card that was counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.model.errors import InputError, ProjectError
from workbench.project.files import sha256_of
from workbench.version import export, snapshot

FORMATS = ("voc", "yolo", "yolo-mark", "coco", "labelme", "cvat", "label-studio")


@pytest.fixture
def street(tmp_path):
    """A project with real pictures: two labelled ones, an empty one of a video, an unlabelled one."""
    folder = tmp_path / "in"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(folder / f"차 {number}.png")
    project = wb.Project.create(tmp_path / "project", classes=["plate", "light"])
    project.collect(folder, source="web", split="train")
    names = project.images["image_id"].tolist()
    box = {
        "class_name": "plate",
        "xmin": 4.0,
        "ymin": 4.0,
        "xmax": 20.0,
        "ymax": 12.0,
        "labeller": "민아|x",
        "ignore": False,
    }

    project.set_boxes(names[0], pd.DataFrame([box, box | {"ymax": 24.0, "ignore": True}]))
    project.set_boxes(names[1], pd.DataFrame([box | {"class_name": "light"}]))
    project.set_boxes(names[2], pd.DataFrame())
    project.folder.store.set_split([names[2]], "test")
    return project


@pytest.mark.parametrize("format", FORMATS)
def test_export__is_read_again_as_what_it_was(format, street, tmp_path):
    version = street.snapshot("번호판 셋")
    report = street.export(version, tmp_path / "out", format=format)
    assert (report.pictures, report.boxes, report.version) == (4, 3, version.version_id)
    out = tmp_path / "out"
    written = {sha256_of(file) for file in (out / "images").rglob("*") if file.is_file()}
    assert written == set(version.images["sha256"])
    labels = out if format == "yolo" else out / "labels"
    read = wb.read_labels(labels, images=out / "images", format=format)
    errors = read.problems[read.problems["severity"] == "error"]
    assert errors.empty, errors["message"].tolist()
    kept = version.boxes
    if any("ignore" in loss for loss in report.losses):
        assert len(read.boxes) in (2, 3)
    else:
        assert len(read.boxes) == 3
    assert set(read.boxes["class_name"]) == {"plate", "light"}
    assert sorted(read.boxes["xmax"].round(3)) == sorted(kept["xmax"])[: len(read.boxes)]


def test_export__card_is_counted(street, tmp_path):
    version = street.snapshot("a | note")
    street.export(version, tmp_path / "out", format="coco")
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# Data card: a \\| note\n")
    for said in (
        f"Version `{version.version_id}`",
        version.manifest.content_sha256,
        "| test | 0 | 0 | 1 | 0 | 0 |",
        "| train | 1 | 2 | 0 | 0 | 0 |",
        "| web | 4 | 0 | 4 |",
        "| plate | 2 | 1 | 8 | 9 | 14 | 19 | 20 |",
        "| light | 1 | 0 | 8 | 8 | 8 | 8 | 8 |",
        "| 민아\\|x | 3 |",
        "1 pictures are unlabelled or were returned",
        "there are no frames of videos",
        "none of 4 groups crosses a split",
    ):
        assert said in card, said


def test_export__only_some_splits(street, tmp_path):
    report = street.export(street.snapshot("x"), tmp_path / "out", splits=["test"])
    assert (report.pictures, report.boxes) == (1, 0)
    assert len(list((tmp_path / "out" / "images").rglob("*.png"))) == 1


def test_export__whole_or_not_at_all(street, tmp_path):
    version = street.snapshot("x")
    (street.folder.root / version.images["path"].iloc[3]).unlink()
    with pytest.raises(ProjectError, match=r"1 pictures cannot be exported, first .* is missing"):
        street.export(version, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"format": "openalpr"}, "can only be read"),
        ({"format": "x"}, "is unknown"),
        ({"splits": ["x"]}, "split is 'x'"),
        ({"splits": ["pool"]}, "no pictures in pool"),
    ],
    ids=str,
)
def test_export__refuses(options, match, street, tmp_path):
    version = snapshot(street.folder, "x")
    with pytest.raises(InputError, match=match):
        export(street.folder, version.version_id, tmp_path / "out", **options)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith((".", "out"))] == []


def test_export__never_overwrites(street, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="is there already"):
        street.export(street.snapshot("x"), tmp_path / "out")
