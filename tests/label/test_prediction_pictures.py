"""Which picture a prediction is of: own tables, names, ids; and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from workbench.label import read_labels, read_predictions
from workbench.model.errors import InputError

from .labelled_set import LabelledSet


def stem_number(one):
    return int(Path(one[0]).stem)


def coco_number(names):
    return lambda one: names.index(one[0]) + 1


def test_pictures__an_unlisted_picture_does_not_make_ids_floats(tmp_path):
    """The folder holds a picture that the JSON does not list: its id is missing, and the others stay whole."""
    made = LabelledSet(tmp_path)
    labels = made.coco(ids={name: 5 + number for number, name in enumerate(made.names[:-1])})
    read = read_labels(labels, images=made.images)
    assert read.images["coco_id"].dropna().tolist() == [5, 6, 7, 8, 9]
    assert pd.api.types.is_integer_dtype(read.images["coco_id"].dtype)
    listed = [one for one in made.results(first=1, image_id=lambda one: made.names.index(one[0]) + 5)]
    assert made.hits(labels, made.write(listed[:15])) == (15, 0, 0)


@pytest.mark.parametrize("turn", [1, 2, 5], ids="turned by {}".format)
def test_pictures__ids_that_are_names_of_others(tmp_path, turn):
    """Pictures called 1.jpg to 7.jpg, with each other's numbers as ids; the seventh is not listed."""
    names = tuple(f"{number}.jpg" for number in range(1, 8))
    made = LabelledSet(tmp_path, names=names)
    ids = {name: (number + turn) % 6 + 1 for number, name in enumerate(names[:6])}
    found = [entry for entry in made.results(first=1, image_id=lambda one: ids.get(one[0])) if "image_id" in entry]
    assert made.hits(made.coco(ids=ids), made.write(found)) == (18, 0, 0)


def test_pictures__ids_that_the_boxes_contradict(tmp_path):
    """Stems as ids (as old Ultralytics wrote them) against COCO labels whose ids are other pictures' names."""
    names = tuple(f"{number}.jpg" for number in range(1, 7))
    made = LabelledSet(tmp_path, names=names)
    labels = made.coco(ids={name: number % 6 + 1 for number, name in enumerate(names, start=3)})
    found = made.results(first=1, image_id=stem_number)
    with pytest.raises(InputError, match=r"as ids \d of .* as names 18; add the file_name"):
        made.hits(labels, made.write(found))
    named = made.results(first=1, image_id=stem_number, file_name=lambda one: one[0])
    assert made.hits(labels, made.write(named)) == (18, 0, 0)


@pytest.mark.parametrize("padded", ["{}", "{:04d}", "{:012d}"])
def test_pictures__numbers_for_names(tmp_path, padded):
    """Ultralytics writes a stem of digits as a number, and the zeros before it are gone."""
    made = LabelledSet(tmp_path, names=tuple(f"{padded.format(number)}.jpg" for number in (7, 12, 139)))
    assert made.hits(made.yolo(), made.write(made.results(image_id=stem_number))) == (9, 0, 0)


@pytest.mark.parametrize(
    "image", ["v0", "v0.jpg", "/content/ds/images/v0.jpg", "D:\\ds\\images\\v0.jpg", "images/v0.jpg", "./v0.png"]
)
@pytest.mark.parametrize("key", ["image_id", "file_name"])
def test_pictures__names_as_any_system_spells_them(tmp_path, image, key):
    made = LabelledSet(tmp_path)
    where = {"image_id": None} | {key: lambda one: image.replace("v0", Path(one[0]).stem)}
    assert made.hits(made.yolo(), made.write(made.results(**where))) == (18, 0, 0)


@pytest.mark.parametrize("labels", ["yolo", "voc", "coco"])
def test_pictures__own_tables_win(tmp_path, labels):
    """Ids and numbers that the labels use for other pictures and classes."""
    made = LabelledSet(tmp_path)
    own = {name: number for number, name in enumerate(reversed(made.names), start=1)}
    content = {
        "images": [{"id": number, "file_name": f"somewhere/{name}"} for name, number in own.items()],
        "categories": [{"id": 3 - kind, "name": name} for kind, name in enumerate(made.classes)],
        "annotations": made.results(image_id=lambda one: own[one[0]], category_id=lambda one: 3 - one[1]),
    }
    assert made.hits(getattr(made, labels)(), made.write(content)) == (18, 0, 0)


def test_pictures__own_table_without_the_picture(tmp_path):
    made = LabelledSet(tmp_path)
    content = {"images": [{"id": 1, "file_name": "v0.jpg"}], "annotations": made.results(image_id=2)}
    with pytest.raises(InputError, match=r"entry 0: image_id '2' is not in its own 'images'"):
        made.hits(made.yolo(), made.write(content))
    content["images"].append({"id": 1, "file_name": "v1.jpg"})
    with pytest.raises(InputError, match=r"the id 1 is both 'v0.jpg' and 'v1.jpg'"):
        made.hits(made.yolo(), made.write(content))


def roboflow(root: Path) -> tuple[Path, list[tuple[str, dict]]]:
    """Roboflow's COCO export: a folder and a file a split, each counting its pictures from 0."""
    every = []
    for seed, split in enumerate(("train", "valid", "test")):
        made = LabelledSet(root / f"{split}_made", names=tuple(f"{split}{i}.jpg" for i in range(3)), seed=seed)
        ids = {name: number for number, name in enumerate(made.names)}
        made.coco(ids=ids)
        (root / "rf" / split).mkdir(parents=True)
        for name in made.names:
            shutil.copy(made.images / name, root / "rf" / split / name)
        shutil.copy(made.root / "gt.json", root / "rf" / split / "_annotations.coco.json")
        results = made.results(first=1, image_id=lambda one, ids=ids: ids[one[0]], file_name=lambda one: one[0])
        every += [(split, entry) for entry in results]
    return root / "rf", every


def test_pictures__one_id_for_several_pictures_is_refused(tmp_path):
    folder, every = roboflow(tmp_path)
    read = read_labels(folder, images=folder)
    by_id = [{key: value for key, value in entry.items() if key != "file_name"} for _, entry in every]
    (tmp_path / "r.json").write_text(json.dumps(by_id))
    with pytest.raises(
        InputError, match=r"image_id 0 is 'test/test0.jpg' and 'train/train0.jpg' and 'valid/valid0.jpg'"
    ):
        read_predictions(tmp_path / "r.json", read)
    (tmp_path / "r.json").write_text(json.dumps([entry for _, entry in every]))
    found = read_predictions(tmp_path / "r.json", read)
    assert found["image_id"].tolist() == [f"{split}/{entry['file_name']}" for split, entry in every]
    # One split alone has ids that mean one picture each.
    alone = read_labels(folder / "valid", images=folder / "valid")
    mine = [entry for entry, (split, _) in zip(by_id, every, strict=True) if split == "valid"]
    (tmp_path / "r.json").write_text(json.dumps(mine))
    assert len(read_predictions(tmp_path / "r.json", alone)) == 9


def test_pictures__two_names_for_one_picture(tmp_path):
    made = LabelledSet(tmp_path)
    found = [
        {"file_name": f"{split}/v0.jpg", "class_name": "car", "bbox": [1, 1, 9, 9], "score": 0.5} for split in "ab"
    ]
    with pytest.raises(InputError, match=r"'a/v0.jpg' and 'b/v0.jpg' both fit the picture 'v0.jpg'"):
        made.hits(made.yolo(), made.write(found))


def test_pictures__two_pictures_of_one_name(tmp_path):
    made = LabelledSet(tmp_path, names=("a/1.jpg", "b/1.jpg"))
    by_path = made.results(image_id=None, file_name=lambda one: one[0])
    assert made.hits(made.yolo(), made.write(by_path)) == (6, 0, 0)
    with pytest.raises(InputError, match=r"more than one picture is called '1.jpg'"):
        made.hits(made.yolo(), made.write(made.results(image_id=None, file_name="1.jpg")))
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "1.txt").write_text("0 0.5 0.5 0.2 0.2 0.9\n")
    with pytest.raises(InputError, match=r"more than one picture is called so"):
        made.hits(made.yolo(), tmp_path / "flat")


def test_pictures__two_runs_in_one_folder(tmp_path):
    made = LabelledSet(tmp_path)
    labels = made.yolo()
    for run in ("predict", "predict2"):
        made.write_txt(tmp_path / "runs" / run / "labels", " 0.9")
    with pytest.raises(InputError, match=r"'predict/labels/v0.txt' and 'predict2/labels/v0.txt' are both of"):
        made.hits(labels, tmp_path / "runs")
    assert made.hits(labels, tmp_path / "runs" / "predict2") == (18, 0, 0)


def test_pictures__counted_without_names(tmp_path):
    """SAHI counts pictures from 1 where it knows no more."""
    made = LabelledSet(tmp_path)
    found = made.results(image_id=coco_number(made.names))
    with pytest.raises(
        InputError, match=r"18 of 18 name a picture .* give their pictures no numbers: add the file_name"
    ):
        made.hits(made.yolo(), made.write(found))
    assert made.hits(made.coco(first=0), made.write(found)) == (18, 0, 0)


def test_pictures__predictions_of_pictures_that_nobody_labelled(tmp_path):
    made = LabelledSet(tmp_path)
    labels = made.yolo()
    for name in ("w0.jpg", "w1.jpg"):
        Image.new("RGB", (320, 240)).save(made.images / name)
    read = read_labels(labels, images=made.images)
    elsewhere = made.results(image_id="w0")
    with pytest.raises(InputError, match=r"all 18 are of pictures without labels, first 'w0.jpg'"):
        read_predictions(made.write(elsewhere), read)
    found = read_predictions(made.write(made.results() + elsewhere[:2]), read)
    assert any("2 of 20 predictions are of pictures that nobody has labelled" in note for note in found.attrs["notes"])


@pytest.mark.parametrize(
    ("labels", "predictions", "expected"),
    [
        ("coco_unlisted_picture", "p.json", (1, 0, 0)),
        ("coco_unlisted_silent", "p.json", (2, 0, 0)),
    ],
)
def test_cases__pictures(cases, labels, predictions, expected):
    read = read_labels(cases / labels / "gt.json", images=cases / labels / "images")
    found = read_predictions(cases / labels / predictions, read)
    truth = read.boxes.set_index(["image_id", "xmin", "ymin", "xmax", "ymax"]).index
    assert sorted(found.set_index(["image_id", "xmin", "ymin", "xmax", "ymax"]).index) == sorted(truth)
    assert len(found) == expected[0]
