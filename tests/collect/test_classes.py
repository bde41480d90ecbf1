"""Only an explicit act adds a class: labels of classes that the project does not have are refused at the door."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.cli import main
from workbench.label import read_labels
from workbench.model.errors import InputError

NAMES = {"a": "number_plate", "b": "num_plate", "c": "plate"}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed, (stem, name) in enumerate(NAMES.items()):
        pixels = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{stem}.jpg")
        (folder / f"{stem}.xml").write_text(
            f"<annotation><filename>{stem}.jpg</filename><size><width>64</width><height>48</height></size><object>"
            f"<name>{name}</name><bndbox><xmin>8</xmin><ymin>8</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object>"
            "</annotation>"
        )
    return folder


@pytest.fixture
def project(tmp_path: Path) -> wb.Project:
    return wb.Project.create(tmp_path / "p", classes=["plate"])


def test_collect__refuses_classes_that_the_project_does_not_have(project: wb.Project, photos: Path) -> None:
    with pytest.raises(InputError) as caught:
        project.collect(photos, labels=photos)
    said = str(caught.value)
    assert "\n" not in said
    for part in ("'number_plate' (1 boxes)", "'num_plate' (1 boxes)", "it has: plate", "rename={", "--rename"):
        assert part in said
    for part in ("add_classes=True", "--add-classes"):
        assert part in said
    assert project.classes == ("plate",)
    assert not len(project.images)
    assert not list(project.folder.pictures.rglob("*.jpg"))


def test_collect__rename_makes_several_classes_one(project: wb.Project, photos: Path) -> None:
    project.collect(photos, labels=photos, rename=dict.fromkeys(("number_plate", "num_plate"), "plate"))
    assert project.classes == ("plate",)
    assert project.boxes["class_name"].tolist() == ["plate"] * 3


def test_collect__add_classes_adds_them(project: wb.Project, photos: Path) -> None:
    project.collect(photos, labels=photos, add_classes=True, rename={"num_plate": "number_plate"})
    assert project.classes == ("plate", "number_plate")
    assert sorted(project.boxes["class_name"]) == ["number_plate", "number_plate", "plate"]


def test_collect__a_listed_class_without_a_box_is_no_reason_to_refuse(project: wb.Project, photos: Path) -> None:
    for file in photos.glob("*.xml"):
        file.unlink()
    (photos / "c.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    (photos / "classes.txt").write_text("car\nplate\n")
    project.collect(photos, labels=photos, format="yolo")
    assert project.classes == ("plate",)
    assert project.boxes["class_name"].tolist() == ["plate"]


def test_renamed__refuses_a_name_that_is_not_there(photos: Path) -> None:
    labels = read_labels(photos, images=photos)
    with pytest.raises(InputError, match="no class 'plat' to rename; the labels have: 'number_plate'"):
        labels.renamed({"plat": "plate"})
    assert labels.renamed({}).classes == labels.classes


def test_collect_command__both_remedies(tmp_path: Path, photos: Path, project: wb.Project, capsys) -> None:
    words = ["collect", str(photos), "--labels", str(photos), "-p", str(project.folder.root), "--json"]
    for more, status in (([], 2), (["--rename", "num_plate=plate", "--add-classes"], 0)):
        with pytest.raises(SystemExit) as left:
            main([*words, *more])
        assert left.value.code == status
        said = capsys.readouterr()
        if status:
            assert "--add-classes" in said.err
        else:
            assert json.loads(said.out)["summary"]["boxes"] == 3
    assert project.classes == ("plate", "number_plate")


def test_set_boxes__adds_no_class(project: wb.Project, photos: Path) -> None:
    project.collect(photos)
    name = project.images["image_id"].iloc[0]
    box = pd.DataFrame([{"class_name": "plat", "xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}])
    with pytest.raises(InputError, match=r"no class 'plat', only: plate; .*add_classes\(\['plat'\]\)"):
        project.set_boxes(name, box)
    assert project.classes == ("plate",)
    assert not len(project.boxes)
    project.folder.store.add_classes(["plat"])
    project.set_boxes(name, box)
    assert project.boxes["class_name"].tolist() == ["plat"]
