"""The splits that users made, brought into a project: with labels, with lists, against groups and frozen tests."""

from __future__ import annotations

import shutil

import pytest
from PIL import ImageOps

import workbench as wb
from workbench.model.errors import InputError
from workbench.version import freeze_test

from .scenes import scene


@pytest.fixture
def project(tmp_path):
    return wb.Project.create(tmp_path / "project", classes=["plate"])


def split_of(project):
    return {name.split("/", 1)[1]: split for name, split in project.images.set_index("image_id")["split"].items()}


def by_split(project):
    found = {}
    for name, split in split_of(project).items():
        found.setdefault(split, set()).add(name.rsplit("/", 1)[-1])
    return found


def test_collect__roboflow_keeps_its_splits(project, cases):
    report = project.collect(cases / "roboflow", labels=cases / "roboflow")
    assert by_split(project) == {
        "train": {"p100.jpg", "p101.jpg", "p102.jpg"},
        "val": {"p103.jpg", "p104.jpg", "p105.jpg"},
        "test": {"p106.jpg", "p107.jpg", "p108.jpg"},
    }
    assert report.kept_splits == 9
    assert "9 keep the split they came with (now 3 train, 3 val, 3 test)" in repr(report)
    assert len(project.boxes) == 18


@pytest.mark.parametrize(("part", "split"), [("test", "test"), ("valid", "val")])
def test_collect__one_folder_of_roboflow(project, cases, part, split):
    project.collect(cases / "roboflow" / part / "images", labels=cases / "roboflow" / part / "labels")
    assert set(split_of(project).values()) == {split}


@pytest.mark.parametrize("case", ["yaml_dirs", "yaml_other_name"])
def test_collect__data_yaml(project, cases, case):
    project.collect(cases / case / "images", labels=cases / case, add_classes=True)
    read = wb.read_labels(cases / case)
    wanted = dict(zip(read.images["image_id"], read.images["split"], strict=True))
    assert split_of(project) == wanted


@pytest.mark.slow
def test_collect__image_sets_of_the_blood_cells(tmp_path, real_data):
    folder = real_data / "cells_bccd"
    project = wb.Project.create(tmp_path / "cells", classes=["RBC", "WBC", "Platelets"])
    report = project.collect(folder / "JPEGImages", labels=folder / "Annotations")
    lists = {
        f"{line.strip()}.jpg": split
        for split in ("train", "val", "test")
        for line in (folder / "ImageSets" / "Main" / f"{split}.txt").read_text().split("\n")
        if line.strip()
    }
    assert split_of(project) == lists
    assert report.kept_splits == len(lists) == 364
    # Two pairs of near-duplicates stand in two of these splits each: that is said, and nobody is moved.
    assert (report.problems["code"] == "duplicate-across-splits").sum() == 2
    assert (project.images.groupby("group_id")["split"].nunique() == 1).all()


def test_collect__another_split_than_asked_for_is_the_persons(project, cases):
    project.collect(cases / "roboflow", labels=cases / "roboflow", split="val")
    assert set(split_of(project).values()) == {"val"}


LISTS = {"test.txt": "p100.jpg\nvalid/images/p103.jpg\n", "train.txt": "p104\nnot there.jpg\n"}


@pytest.fixture
def lists(tmp_path):
    folder = tmp_path / "ImageSets" / "Main"
    folder.mkdir(parents=True)
    for name, text in LISTS.items():
        (folder / name).write_text(text)
    return folder


def test_collect__a_list_of_pictures(project, cases, lists):
    """What is listed goes there; the labels' own splits hold for the rest."""
    report = project.collect(cases / "roboflow", labels=cases / "roboflow", split=lists / "test.txt")
    assert by_split(project) == {
        "test": {"p100.jpg", "p103.jpg", "p106.jpg", "p107.jpg", "p108.jpg"},
        "train": {"p101.jpg", "p102.jpg"},
        "val": {"p104.jpg", "p105.jpg"},
    }
    assert report.problems.empty


@pytest.mark.parametrize("given", ["Main", "ImageSets", "mapping"])
def test_collect__several_lists(project, cases, lists, given):
    asked = {"Main": lists, "ImageSets": str(lists.parent), "mapping": {n[:-4]: lists / n for n in LISTS}}[given]
    report = project.collect(cases / "roboflow", split=asked, source="web")
    assert by_split(project) == {
        "test": {"p100.jpg", "p103.jpg", "p106.jpg", "p107.jpg", "p108.jpg"},
        "train": {"p101.jpg", "p102.jpg", "p104.jpg"},
        "val": {"p105.jpg"},
    }
    assert report.problems[["code", "severity"]].to_numpy().tolist() == [["list-entry-missing", "warning"]]
    assert "'not there.jpg'" in report.problems["message"].iloc[0]


def test_collect__what_is_not_listed_is_never_drawn_into_the_listed_test(project, tmp_path, draw):
    for number in range(40):
        draw(tmp_path / "in" / f"{number}.png", seed=number, size=(32, 24))
    (tmp_path / "test.txt").write_text("3.png\n7.png\n")
    project.collect(tmp_path / "in", split=tmp_path / "test.txt")
    assert by_split(project)["test"] == {"3.png", "7.png"}
    assert set(by_split(project)) == {"test", "train", "val"}


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("mine.txt", "p100.jpg\n", r"mine\.txt does not say which split it lists; call it train\.txt"),
        ("test.txt", "elsewhere.jpg\n", "names none of the 9 pictures"),
        ("empty", None, "holds no train.txt, val.txt or test.txt"),
        ("gone.txt", "", r"split is .*gone\.txt'; expected one of train, val, test, pool, or a list of pictures"),
    ],
)
def test_collect__refuses_a_list_before_it_starts(project, cases, tmp_path, name, text, match):
    if text is None:
        (tmp_path / name).mkdir()
    elif name != "gone.txt":
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=match):
        project.collect(cases / "roboflow", split=tmp_path / name)
    assert not len(project.images)
    with pytest.raises(InputError, match="split is 'holdout'"):
        project.collect(cases / "roboflow", split={"holdout": tmp_path / name})


@pytest.fixture
def pair(tmp_path):
    """One street, once in the user's train and once, mirrored and smaller, in the user's test."""
    for part, picture in (("train", scene(8)), ("test", ImageOps.mirror(scene(8)).resize((240, 160)))):
        for name, drawn in ((f"{part}8.png", picture), (f"{part}9.png", scene(20 + len(part)))):
            place = tmp_path / "set" / part / "images" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            drawn.save(place)
            label = tmp_path / "set" / part / "labels" / f"{name[:-4]}.txt"
            label.parent.mkdir(exist_ok=True)
            label.write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "set" / "data.yaml").write_text("names: [plate]\ntrain: train/images\nval: train/images\n")
    return tmp_path / "set"


def test_collect__a_group_in_two_of_the_users_splits_is_said(project, pair):
    report = project.collect(pair, labels=pair)
    assert by_split(project) == {"test": {"test8.png", "test9.png"}, "train": {"train8.png", "train9.png"}}
    assert report.problems[["code", "file"]].to_numpy().tolist() == [
        ["duplicate-across-splits", "train/images/train8.png"]
    ]
    assert "in 'test'; it is in 'train', as it came" in report.problems["message"].iloc[0]
    images = project.images
    assert (images.groupby("group_id")["split"].nunique() == 1).all()


def test_collect__a_test_picture_never_gets_into_train(project, pair):
    project.collect(pair / "train" / "images", labels=pair / "train" / "labels")
    report = project.collect(pair / "test" / "images", labels=pair / "test" / "labels")
    assert split_of(project)["test8.png"] == "pool"
    assert "it was set aside in 'pool'" in report.problems["message"].iloc[0]


def test_collect__forced_where_a_person_forces_it(project, pair):
    project.collect(pair / "train" / "images", labels=pair / "train" / "labels")
    report = project.collect(pair / "test" / "images", split="val", force_split=True)
    assert {split_of(project)[name] for name in ("test8.png", "test9.png")} == {"val"}
    assert report.problems["code"].tolist() == ["duplicate-across-splits"]
    assert "it is in 'val', forced" in report.problems["message"].iloc[0]
    assert (project.images.groupby("group_id")["split"].nunique() == 1).all()


def test_collect__a_frozen_test_takes_nothing_new(project, cases, tmp_path):
    for part in ("train", "test"):
        shutil.copytree(cases / "roboflow" / part, tmp_path / "first" / part)
    shutil.copy(cases / "roboflow" / "data.yaml", tmp_path / "first")
    (tmp_path / "first" / "test" / "images" / "p106.jpg").unlink()
    project.collect(tmp_path / "first", labels=tmp_path / "first", source="web")
    freeze_test(project.folder, "street")
    report = project.collect(cases / "roboflow", labels=cases / "roboflow", source="web")
    found = split_of(project)
    assert found["test/images/p106.jpg"] == "pool"
    assert {found[f"valid/images/p10{n}.jpg"] for n in (3, 4, 5)} == {"val"}
    (row,) = report.problems[report.problems["code"] == "split-held"].itertuples()
    assert "its split 'test' is the frozen test 'street'" in row.message
    again = project.collect(cases / "roboflow" / "test" / "images", split="train", source="copy", force_split=True)
    assert set(again.problems["code"]) <= {"test-duplicate", "duplicate-across-splits"}
    assert not (project.images["source"] == "copy").any()


def test_collect__pictures_without_labels_keep_their_folders(project, cases, tmp_path):
    project.collect(cases / "roboflow", source="all")
    assert {split: len(names) for split, names in by_split(project).items()} == {"train": 3, "val": 3, "test": 3}
    other = wb.Project.create(tmp_path / "other", classes=["plate"])
    other.collect(cases / "roboflow" / "test" / "images")
    assert set(split_of(other).values()) == {"test"}


def test_collect__a_folder_that_happens_to_be_called_test(project, tmp_path, draw):
    for number in range(30):
        draw(tmp_path / "test" / f"{number}.png", seed=number, size=(32, 24))
    project.collect(tmp_path / "test")
    assert len(by_split(project)) == 3
