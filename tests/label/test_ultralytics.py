"""YOLO as Ultralytics reads it: it counts pictures, labels, boxes and backgrounds of what we wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from workbench.label import check_labels, convert, read_labels, write_labels
from workbench.model import tables

CLASSES = ["plate", "번호판 1"]


@pytest.fixture(scope="module")
def count():
    """Let Ultralytics open one split of a data.yaml, from another working directory than its own."""
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    def of(data, split):
        about = check_det_dataset(str(data), autodownload=False)
        if not about.get(split):
            return None
        dataset = YOLODataset(img_path=about[split], data=about, imgsz=32, augment=False, cache=False)
        boxes = [len(label["cls"]) for label in dataset.labels]
        return {
            "pictures": len(dataset.im_files),
            "backgrounds": boxes.count(0),
            "boxes": sum(boxes),
            "names": sorted(Path(name).name for name in dataset.im_files),
        }

    return of


def table(rows):
    """Pictures as (name, status, split, boxes)."""
    images = [
        {"image_id": name, "width": 64, "height": 48, "label_status": status, "split": split}
        for name, status, split, _ in rows
    ]
    boxes = [
        {"image_id": name, "class_name": CLASSES[n % 2], "xmin": 4 + n, "ymin": 4, "xmax": 30 + n, "ymax": 20 + n}
        for name, _, _, many in rows
        for n in range(many)
    ]
    return tables.from_rows("images", images), tables.from_rows("boxes", boxes)


def write(tmp_path, photo, rows):
    images, boxes = table(rows)
    out = tmp_path / "차 set"
    report = write_labels(images, boxes, out, format="yolo", classes=CLASSES)
    for name in images["image_id"]:
        photo(out / "images" / name, size=(64, 48))
    return report, out


NAMES = {
    "flat": ("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"),
    "nested": ("cam1/images/a.jpg", "cam1/images/b.jpg", "cam2/images/a.jpg", "cam2/x/c.jpg", "images/d.jpg"),
    "odd": ("차 1/번호 판.jpg", "차 1/a b.png", "a.b.c.jpg", "IMG_1_jpg.rf.1111.jpg", "labels/a.jpg"),
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("parted", [True, False])
def test_write__ultralytics_counts_what_was_written(kind, parted, tmp_path, photo, count, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b, c, d, e = NAMES[kind]
    rows = [
        (a, "labelled", "train", 2),
        (b, "empty", "train", 0),
        (c, "labelled", "val", 1),
        (d, "labelled", "test", 3),
        (e, "unlabelled", "train", 0),
    ]
    if not parted:
        rows = [(name, status, None, many) for name, status, _, many in rows]
    report, out = write(tmp_path, photo, rows)
    found = {split: count(out / "data.yaml", split) for split in ("train", "val", "test")}
    if parted:
        assert [found[s]["pictures"] for s in found] == [2, 1, 1]
        assert [found[s]["backgrounds"] for s in found] == [1, 0, 0]
        assert [found[s]["boxes"] for s in found] == [2, 1, 3]
        assert report.note == ""
    else:
        assert found["test"] is None
        assert found["train"] == found["val"]
        # The unlabelled picture is none without objects.
        assert (found["train"]["pictures"], found["train"]["backgrounds"], found["train"]["boxes"]) == (4, 1, 6)
        assert report.note == "the set has no splits: train and val are the same pictures"
    back = read_labels(out)
    assert back.boxes.groupby("image_id").size().to_dict() == {a: 2, c: 1, d: 3}
    assert dict(zip(back.images["image_id"], back.images["split"].fillna(""), strict=True)) == {
        name: split or "" for name, _, split, _ in rows
    }
    assert back.problems.empty
    said = set(check_labels(out).summary["codes"])
    assert not said & {"labels-unseen", "files-passed-over", "list-entry-twice", "label-without-picture"}


@pytest.mark.parametrize(
    ("given", "found", "note"),
    [
        ({"train"}, {"train": 1, "val": 1, "test": None}, "val names those of train"),
        ({"train", "test"}, {"train": 1, "val": 1, "test": 1}, "val names those of train"),
        ({"train", "val"}, {"train": 1, "val": 1, "test": None}, ""),
        ({"val"}, {"train": None, "val": 1, "test": None}, "train is empty"),
        ({"test"}, {"train": None, "val": None, "test": 1}, "train is empty"),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else None,
)
def test_write__train_and_val_are_always_there(given, found, note, tmp_path, photo, count):
    rows = [(f"{split}.jpg", "labelled", split, 1) for split in sorted(given)]
    report, out = write(tmp_path, photo, rows)
    assert note in report.note
    assert bool(report.note) is bool(note)
    assert note in (out / "data.yaml").read_text(encoding="utf-8")
    for split, pictures in found.items():
        seen = count(out / "data.yaml", split)
        assert (seen and seen["pictures"]) == pictures
    assert dict(zip(read_labels(out).images["image_id"], read_labels(out).images["split"], strict=True)) == {
        f"{split}.jpg": split for split in given
    }


@pytest.mark.parametrize("case", ["roboflow", "yaml_dirs", "yaml_other_name"])
def test_convert__keeps_the_users_splits_for_ultralytics(case, cases, tmp_path, count):
    convert(cases / case, tmp_path / "out", to="yolo")
    read = read_labels(cases / case)
    for name, path in zip(read.images["image_id"], read.images["picture_file"], strict=True):
        target = tmp_path / "out" / "images" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    boxes = read.boxes.groupby("image_id").size()
    for split in ("train", "val", "test"):
        mine = read.images[read.images["split"] == split]["image_id"]
        seen = count(tmp_path / "out" / "data.yaml", split)
        assert (seen["pictures"], seen["boxes"]) == (len(mine), boxes[mine].sum()) if len(mine) else seen is None


def test_write__no_path_and_what_is_passed_over_is_said(tmp_path, photo, count):
    rows = [
        ("a.jpg", "labelled", "train", 1),
        ("b.gif", "labelled", "val", 1),
        ("c.jpg", "labelled", None, 1),
        ("d.jpg", "labelled", "pool", 1),
        ("e.jpg", "labelled", "val", 1),
    ]
    report, out = write(tmp_path, photo, rows)
    assert "path" not in (out / "data.yaml").read_text(encoding="utf-8")
    said = {one.what: one.message for one in report.losses}
    assert set(said) == {"kind", "unlisted", "split"}
    assert said["kind"].startswith("1 pictures are of a kind that Ultralytics passes over (.gif)")
    assert count(out / "data.yaml", "val")["names"] == ["e.jpg"]


def test_export__ultralytics_counts(tmp_path, photo, count, monkeypatch):
    import workbench as wb

    for number in range(6):
        photo(tmp_path / "in" / f"cam{number % 2}" / "images" / f"차 {number // 2}.jpg", size=(64, 48 + number))
    project = wb.Project.create(tmp_path / "project", classes=CLASSES)
    project.collect(tmp_path / "in", source="web", split="train")
    names = project.images["image_id"].tolist()
    box = {"class_name": "plate", "xmin": 4.0, "ymin": 4.0, "xmax": 20.0, "ymax": 12.0}
    for name in names[:4]:
        project.set_boxes(name, pd.DataFrame([box, box | {"xmax": 30.0}]))
    project.set_boxes(names[4], pd.DataFrame())
    project.folder.store.set_split(names[2:4], "val")
    project.export(project.snapshot("x"), tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    train, val = (count(tmp_path / "out" / "data.yaml", split) for split in ("train", "val"))
    assert (train["pictures"], train["backgrounds"], train["boxes"]) == (3, 1, 4)
    assert (val["pictures"], val["backgrounds"], val["boxes"]) == (2, 0, 4)


def test_write__nothing_labelled_yet(tmp_path, photo):
    report, out = write(tmp_path, photo, [("a.jpg", "unlabelled", None, 0), ("b/c.jpg", "unlabelled", None, 0)])
    assert report.boxes == 0
    back = read_labels(out)
    assert back.problems.empty
    assert back.images["label_status"].tolist() == ["unlabelled"] * 2
