"""The splits that users made, in every way that they are said; right values are those of the cases' own layout."""

from __future__ import annotations

import json
import shutil

import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.pictures.split_words import split_of_file, split_of_folder


def splits(read):
    """Picture to split, None where there is none."""
    return {
        name: split if isinstance(split, str) else None
        for name, split in zip(read.images["image_id"], read.images["split"], strict=True)
    }


def by_split(read):
    found = {}
    for name, split in splits(read).items():
        found.setdefault(split, set()).add(name.rsplit("/", 1)[-1])
    return found


@pytest.fixture
def yolo_set(tmp_path, photo):
    """Write pictures and their label files, one box each; a path that ends in a slash is only made."""

    def make(*pictures, yaml="names: [plate]\n", **files):
        for number, name in enumerate(pictures):
            photo(tmp_path / name, size=(64, 48 + number))
            label = (tmp_path / name.replace("images/", "labels/")).with_suffix(".txt")
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text("0 0.5 0.5 0.25 0.25\n")
        if yaml:
            (tmp_path / "data.yaml").write_text(yaml)
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Valid", "val"),
        ("validation", "val"),
        ("val2017", "val"),
        ("instances_val2017", "val"),
        ("test-images", "test"),
        ("obj_train_data", "train"),
        ("trainval", None),
        ("train_val", None),
        ("latest", None),
        ("interval", None),
        ("contest", None),
        ("crash_test", None),
        ("", None),
        ("시험", None),
    ],
)
def test_split_of_folder__whole_words(name, split):
    assert split_of_folder(name) == split


@pytest.mark.parametrize(
    ("stem", "split"),
    [
        ("instances_val2017", "val"),
        ("plates_test", "test"),
        ("person_keypoints_train2017", "train"),
        ("image_info_test-dev2017", "test"),
        ("latest", None),
        ("evaluation", None),
        ("retrained_v2", None),
        ("trainval", None),
        ("instances_trainval2014", None),
        ("_annotations.coco", None),
    ],
)
def test_split_of_file__whole_words(stem, split):
    assert split_of_file(stem) == split


def test_read__roboflow(cases):
    assert by_split(read_labels(cases / "roboflow")) == {
        "train": {"p100.jpg", "p101.jpg", "p102.jpg"},
        "val": {"p103.jpg", "p104.jpg", "p105.jpg"},
        "test": {"p106.jpg", "p107.jpg", "p108.jpg"},
    }


@pytest.mark.parametrize(("part", "split"), [("train", "train"), ("valid", "val"), ("test", "test")])
def test_read__one_folder_of_roboflow_knows_what_it_is(cases, part, split):
    for labels, images in ((f"{part}/labels", None), (part, None), (f"{part}/labels", f"{part}/images")):
        read = read_labels(cases / "roboflow" / labels, images=images and cases / "roboflow" / images)
        assert set(splits(read).values()) == {split}
        assert read.classes == ("plate",)


def test_read__folders_of_any_name(cases):
    read = read_labels(cases / "yaml_dirs")
    assert by_split(read) == {
        "train": {"p300.jpg", "p301.jpg", "p302.jpg"},
        "val": {"p303.jpg", "p304.jpg", "p305.jpg"},
    }


@pytest.mark.parametrize("given", ["", "plates.yaml", "labels"])
def test_read__a_data_file_of_another_name(cases, given):
    read = read_labels(cases / "yaml_other_name" / given)
    assert by_split(read) == {"train": {"p0.jpg", "p1.jpg", "p2.jpg"}, "val": {"p3.jpg", "p4.jpg", "p5.jpg"}}
    assert read.classes == ("car", "plate")
    assert read.problems.empty


@pytest.mark.parametrize("name", ["contest", "evaluation", "interval", "latest", "retrained_v2", "trainval"])
def test_read__letters_are_no_word(cases, name):
    assert set(splits(read_labels(cases / "coco_file_split" / f"{name}.json")).values()) == {None}


@pytest.mark.parametrize(
    ("name", "split"), [("instances_val2017", "val"), ("plates_train", "train"), ("test", "test"), ("valid", "val")]
)
def test_read__a_coco_file_is_called_by_its_split(cases, tmp_path, name, split):
    shutil.copytree(cases / "coco_file_split" / "images", tmp_path / "images")
    shutil.copy(cases / "coco_file_split" / "latest.json", tmp_path / f"{name}.json")
    assert set(splits(read_labels(tmp_path)).values()) == {split}


def coco(*names, box=(1, 2, 30, 20)):
    images = [{"id": n, "file_name": name, "width": 64, "height": 48} for n, name in enumerate(names)]
    boxes = [{"id": n, "image_id": n, "category_id": 1, "bbox": box} for n in range(len(names))]
    return json.dumps({"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "plate"}]})


def test_read__roboflows_coco_folders_with_one_name_in_two(tmp_path, photo):
    for number, part in enumerate(("train", "valid", "test")):
        photo(tmp_path / part / "a.jpg", size=(64, 48))
        (tmp_path / part / "_annotations.coco.json").write_text(coco("a.jpg", box=(number, 2, 30, 20)))
    read = read_labels(tmp_path)
    assert splits(read) == {"train/a.jpg": "train", "valid/a.jpg": "val", "test/a.jpg": "test"}
    assert dict(zip(read.boxes["image_id"], read.boxes["xmin"], strict=True)) == {
        "train/a.jpg": 0.0,
        "valid/a.jpg": 1.0,
        "test/a.jpg": 2.0,
    }


def test_read__image_sets_of_voc(real_data):
    """Every picture has the split of ``ImageSets/Main``; ``trainval.txt`` decides nothing."""
    folder = real_data / "cells_bccd"
    wanted = {
        f"{line.strip()}.jpg": split
        for split in ("train", "val", "test")
        for line in (folder / "ImageSets" / "Main" / f"{split}.txt").read_text().splitlines()
        if line.strip()
    }
    for labels, images in ((folder / "Annotations", None), (folder, None), (folder / "Annotations", "JPEGImages")):
        found = splits(read_labels(labels, images=images and folder / images))
        assert {name.rsplit("/", 1)[-1]: split for name, split in found.items() if split} == wanted


def test_check__image_sets_are_clean_and_overlaps_are_said(tmp_path, photo, voc_xml):
    for number in range(3):
        photo(tmp_path / "JPEGImages" / f"번호 {number}.jpg", size=(100, 80 + number))
        xml = voc_xml([(10, 10, 60, 40)], size=(100, 80 + number), name=f"번호 {number}.jpg")
        (tmp_path / "Annotations").mkdir(exist_ok=True)
        (tmp_path / "Annotations" / f"번호 {number}.xml").write_text(xml, encoding="utf-8")
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("번호 0\n", encoding="utf-8")
    (lists / "val.txt").write_text("번호 1  1\n", encoding="utf-8")
    (lists / "test.txt").write_text("번호 2\n", encoding="utf-8")
    (lists / "trainval.txt").write_text("번호 0\n번호 1\n번호 2\n", encoding="utf-8")
    (lists / "plate_train.txt").write_text("번호 2 -1\n", encoding="utf-8")
    assert by_split(read_labels(tmp_path)) == {"train": {"번호 0.jpg"}, "val": {"번호 1.jpg"}, "test": {"번호 2.jpg"}}
    codes = check_labels(tmp_path).summary["codes"]
    assert not {"list-entry-missing", "list-path-prefix", "split-overlap"} & set(codes)
    (lists / "val.txt").write_text("번호 1\n번호 0\n번호 9\n", encoding="utf-8")
    report = check_labels(tmp_path)
    rows = report.problems.set_index("code")
    assert "'번호 0.jpg' stands in two: train by ImageSets/Main/train.txt" in rows.loc["split-overlap", "message"]
    assert rows.loc["list-entry-missing", "message"].endswith("'번호 9'")
    assert by_split(read_labels(tmp_path))["val"] == {"번호 0.jpg", "번호 1.jpg"}


@pytest.mark.parametrize(
    "yaml",
    [
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n",
        "path: ../datasets/mine\ntrain: train/images\nval: valid/images\ntest: test/images\n",
        "train: /home/someone/mine/train/images\nval: /home/someone/mine/valid/images\ntest: /x/test/images/\n",
        "train: D:\\data\\train\\images\nval: D:\\data\\valid\\images\ntest: D:\\data\\test\\images\n",
        "path: .\ntrain: ./train\nval: ./valid\ntest: ./test\n",
        "train: [train/images]\nvalidation: valid/images\ntest: test\n",
    ],
    ids=["roboflow", "path", "absolute", "windows", "dots", "lists and validation"],
)
def test_read__paths_of_data_yaml(yolo_set, yaml):
    folder = yolo_set(
        "train/images/a.jpg", "valid/images/a.jpg", "test/images/a.jpg", yaml=yaml + "names: {0: plate}\n"
    )
    read = read_labels(folder)
    assert splits(read) == {"train/images/a.jpg": "train", "valid/images/a.jpg": "val", "test/images/a.jpg": "test"}
    assert (read.images["label_status"] == "labelled").all()
    assert read.problems.empty


def test_read__folders_of_data_yaml_before_their_names(yolo_set):
    """Who tests on a folder that is called ``train`` means it."""
    yaml = "train: images/val\nval: images/other\ntest: images/train\nnames: [plate]\n"
    folder = yolo_set("images/train/a.jpg", "images/val/b.jpg", "images/other/c.jpg", yaml=yaml)
    assert splits(read_labels(folder)) == {"train/a.jpg": "test", "val/b.jpg": "train", "other/c.jpg": "val"}
    apart = read_labels(folder / "labels", images=folder / "images")
    assert splits(apart) == {"train/a.jpg": "test", "val/b.jpg": "train", "other/c.jpg": "val"}


def test_read__absolute_folders_with_a_common_end_are_not_mixed_up(yolo_set):
    folder = yolo_set("images/a.jpg", yaml="train: /x/one/images\nval: /x/two/images\nnames: [plate]\n")
    assert splits(read_labels(folder)) == {"a.jpg": None}


def test_read__lists_that_data_yaml_names(yolo_set):
    folder = yolo_set(
        *(f"images/{name}.jpg" for name in "abcd"),
        yaml="path: /content/x\ntrain: lists/mine.txt\nval: other.txt\nnames: [plate]\n",
        other__txt="/content/x/images/b.jpg\n",
        test__txt="./images/c.jpg\n./images/a.jpg\n",
    )
    (folder / "lists").mkdir()
    (folder / "lists" / "mine.txt").write_text("images/a.jpg\n")
    assert splits(read_labels(folder)) == {"a.jpg": "train", "b.jpg": "val", "c.jpg": "test", "d.jpg": None}


def test_read__a_list_leads_nowhere_else(yolo_set, tmp_path):
    (tmp_path.parent / "secret.txt").write_text("images/a.jpg\nhunter2\n")
    folder = yolo_set("images/a.jpg", yaml="train: ../secret.txt\nval: images\nnames: [plate]\n")
    assert not check_labels(folder).problems["message"].str.contains("hunter2").any()


@pytest.mark.parametrize(
    ("yaml", "split", "said"),
    [
        ("train: images\nval: images\n", None, True),
        ("train: images\nval: ./images/\n", None, True),
        ("train: images/train2017\nval: images/train2017\n", "train", True),
        ("train: train.txt\nval: train.txt\n", "train", True),
        ("train: train.txt\nval: val.txt\n", None, True),
        ("train: train.txt\nval: other.txt\n", "train", False),
    ],
)
def test_check__train_is_val(yolo_set, yaml, split, said):
    inner = "images/train2017" if "2017" in yaml else "images"
    names = [f"{inner}/{name}.jpg" for name in "ab"]
    both = "".join(f"./{name}\n" for name in names)
    folder = yolo_set(*names, yaml=yaml + "names: [plate]\n", train__txt=both, val__txt=both, other__txt="")
    if "txt" not in yaml:
        (folder / "train.txt").unlink()
        (folder / "val.txt").unlink()
    elif "val.txt" not in yaml:
        (folder / "val.txt").unlink()
    report = check_labels(folder)
    assert (report.summary["codes"].get("train-is-val", 0) == 1) is said
    assert set(splits(read_labels(folder)).values()) == {split}


def test_check__train_is_val__the_case(cases):
    report = check_labels(cases / "train_is_val")
    assert report.summary["codes"]["train-is-val"] == 1
    assert not report.ok


def test_check__train_is_val__by_bytes(yolo_set):
    folder = yolo_set("images/one/a.jpg", yaml="train: images/one\nval: images/two\nnames: [plate]\n")
    for room in ("images", "labels"):
        shutil.copytree(folder / room / "one", folder / room / "two")
    report = check_labels(folder)
    assert report.summary["codes"]["split-leak"] == 1
    assert not report.ok


def test_check__a_picture_in_train_and_test(yolo_set):
    folder = yolo_set(
        *(f"images/{name}.jpg" for name in "abc"),
        train__txt="images/a.jpg\nimages/b.jpg\n",
        test__txt="images/b.jpg\nimages/c.jpg\n",
    )
    assert splits(read_labels(folder)) == {"a.jpg": "train", "b.jpg": "test", "c.jpg": "test"}
    assert check_labels(folder).summary["codes"]["split-overlap"] == 1


def test_read__splits_without_pictures(cases, tmp_path):
    """Labels alone keep the splits of their folders and of data.yaml."""
    for case, count in (("roboflow", 3), ("yaml_dirs", 2)):
        shutil.copytree(cases / case, tmp_path / case, ignore=shutil.ignore_patterns("*.jpg"))
        assert {len(names) for names in by_split(read_labels(tmp_path / case)).values()} == {3}
        assert len(by_split(read_labels(tmp_path / case))) == count


def test_read__a_folder_called_test_alone_is_no_split(tmp_path, photo):
    photo(tmp_path / "test" / "images" / "a.jpg")
    (tmp_path / "test" / "images" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    assert splits(read_labels(tmp_path / "test" / "images")) == {"a.jpg": None}
    assert splits(read_labels(tmp_path)) == {"test/images/a.jpg": "test"}


def test_read__one_picture_in_two_coco_files(tmp_path, photo):
    for name in ("a.jpg", "b.jpg"):
        photo(tmp_path / "images" / name)
    (tmp_path / "train.json").write_text(coco("a.jpg", "b.jpg"))
    (tmp_path / "test.json").write_text(coco("b.jpg"))
    report = check_labels(tmp_path)
    assert report.summary["codes"]["split-overlap"] == 1
    assert splits(read_labels(tmp_path)) == {"a.jpg": "train", "b.jpg": "test"}


@pytest.mark.parametrize(("to", "kept"), [("yolo", True), ("yolo-mark", True), ("cvat", True), ("coco", False)])
def test_convert__keeps_the_splits_or_says_that_it_does_not(cases, tmp_path, to, kept):
    report = convert(cases / "roboflow", tmp_path / "out", to=to)
    back = read_labels(tmp_path / "out", format=to)
    lost = [one.message for one in report.written.losses if one.what == "split"]
    if kept:
        assert set(by_split(back)) == {"train", "val", "test"}
        assert lost == []
    else:
        assert lost == ["9 pictures have a split: COCO JSON does not keep it"]


def test_read__a_data_file_apart_from_its_set(cases, tmp_path):
    """As Ultralytics keeps its own: ``cfg/coco128.yaml`` with ``path: ../datasets/coco128``."""
    shutil.copytree(cases / "yaml_other_name", tmp_path / "datasets" / "mine")
    yaml = (tmp_path / "datasets" / "mine" / "plates.yaml").read_text()
    (tmp_path / "datasets" / "mine" / "plates.yaml").unlink()
    (tmp_path / "cfg").mkdir()
    file = tmp_path / "cfg" / "any.yaml"
    file.write_text(yaml.replace("/content/datasets/plates", "../datasets/mine"))
    read = read_labels(file)
    assert by_split(read) == {"train": {"p0.jpg", "p1.jpg", "p2.jpg"}, "val": {"p3.jpg", "p4.jpg", "p5.jpg"}}
    assert read.classes == ("car", "plate")
    assert check_labels(file).summary["codes"] == {}


def test_read__coco_files_by_split_with_one_name_in_two(tmp_path, photo):
    (tmp_path / "annotations").mkdir()
    for number, part in enumerate(("train2017", "val2017")):
        photo(tmp_path / "images" / part / "a.jpg")
        (tmp_path / "annotations" / f"instances_{part}.json").write_text(coco("a.jpg", box=(number, 2, 30, 20)))
    read = read_labels(tmp_path)
    assert splits(read) == {"train2017/a.jpg": "train", "val2017/a.jpg": "val"}
    assert dict(zip(read.boxes["image_id"], read.boxes["xmin"], strict=True)) == {
        "train2017/a.jpg": 0.0,
        "val2017/a.jpg": 1.0,
    }


def test_read__two_roboflow_sets_side_by_side(cases, tmp_path):
    """Each data.yaml is for its own folder; classes are merged by name."""
    for name, classes in (("one", "['plate']"), ("two", "['car', 'plate']")):
        shutil.copytree(cases / "roboflow", tmp_path / name)
        yaml = (tmp_path / name / "data.yaml").read_text()
        yaml = yaml.replace("['plate']", classes).replace("nc: 1", f"nc: {classes.count(',') + 1}")
        (tmp_path / name / "data.yaml").write_text(yaml)
    read = read_labels(tmp_path)
    assert read.classes == ("plate", "car")
    assert {n: set(part["class_name"]) for n, part in read.boxes.groupby(read.boxes["image_id"].str[:3])} == {
        "one": {"plate"},
        "two": {"car"},
    }
    assert {split: len(part) for split, part in read.images.groupby("split")} == {"train": 6, "val": 6, "test": 6}
    assert read.problems.empty


def test_read__a_listed_picture_at_the_top_is_not_one_of_the_same_name_below(tmp_path, photo):
    """Lists of YOLO begin with ./images/: the folder says nothing, and still no cam1 is meant."""
    for name in ("a.jpg", "cam1/a.jpg", "cam2/images/a.jpg"):
        photo(tmp_path / "images" / name)
        label = tmp_path / f"labels/{name}".replace(".jpg", ".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "test.txt").write_text("./images/a.jpg\n")
    (tmp_path / "train.txt").write_text("./images/cam1/a.jpg\n./images/cam2/images/a.jpg\n")
    assert splits(read_labels(tmp_path)) == {"a.jpg": "test", "cam1/a.jpg": "train", "cam2/images/a.jpg": "train"}
