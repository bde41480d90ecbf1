"""What others write into YOLO txt: keypoints, polygons, turned boxes, track ids; class lists and where they lie."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.label import check_labels, read_labels
from workbench.model.geometry import CORNERS

SIZE = (200, 100)
"""With a picture of this size the right pixels are read off the numbers."""


@pytest.fixture
def one(tmp_path, photo):
    """A set of one picture per label text, named a, b, c, …"""

    def make(*texts, yaml="names: [plate, car]\n"):
        for number, text in enumerate(texts):
            name = "abcdefgh"[number]
            photo(tmp_path / "images" / f"{name}.jpg", size=SIZE)
            label = tmp_path / "labels" / f"{name}.txt"
            label.parent.mkdir(exist_ok=True)
            label.write_text(text)
        (tmp_path / "data.yaml").write_text(yaml)
        return tmp_path

    return make


def corners(read):
    return read.boxes[list(CORNERS)].to_numpy().round(6).tolist()


@pytest.mark.parametrize(
    ("shape", "points", "kept"),
    [
        ("[2, 3]", "0.4 0.5 2 0.6 0.45 0", [[80, 50, 2], [120, 45, 0]]),
        ("[2, 2]", "0.4 0.5 0.6 0.45", [[80, 50], [120, 45]]),
        ("[1, 2]", "0.4 0.5", [[80, 50]]),
        ("[1, 3]", "0.4 0.5 1", [[80, 50, 1]]),
        ("[4, 2]", "0.4 0.5 0.6 0.5 0.6 0.6 0.4 0.6", [[80, 50], [120, 50], [120, 60], [80, 60]]),
    ],
)
def test_read__pose_is_a_box_with_points(one, shape, points, kept):
    folder = one(f"1 0.5 0.5 0.4 0.2 {points}\n", yaml=f"names: [plate, car]\nkpt_shape: {shape}\n")
    read = read_labels(folder)
    assert corners(read) == [[60, 40, 140, 60]]
    assert read.boxes["class_name"].tolist() == ["car"]
    np.testing.assert_allclose(read.boxes["keypoints"].iloc[0], kept)
    assert read.problems.empty


@pytest.mark.parametrize("points", ["0.4 0.5 2 0.6 0.45 1", "0.4 0.5 1 0.6 0.45 0 0.5 0.5 1", "0.4 0.5 1 0.6 0.45 0"])
def test_read__pose_that_nobody_declared_is_told_by_its_visibility(one, points):
    read = read_labels(one(f"0 0.5 0.5 0.4 0.2 {points}\n"))
    assert corners(read) == [[60, 40, 140, 60]]
    assert len(read.boxes["keypoints"].iloc[0]) == len(points.split()) / 3


def test_read__a_line_that_is_not_what_kpt_shape_says(one):
    folder = one("0 0.5 0.5 0.4 0.2 0.4 0.5 2 0.6\n", yaml="names: [plate]\nkpt_shape: [2, 3]\n")
    (row,) = read_labels(folder).problems.itertuples()
    assert (row.code, row.file, row.line) == ("line-syntax", "labels/a.txt", 1)
    assert "these and 2 x 3 keypoints" in row.message


def test_read__polygons_and_turned_boxes(one):
    read = read_labels(
        one(
            "0 0.1 0.2 0.5 0.2 0.5 0.6\n1 0.2 0.3 0.4 0.1 0.6 0.5 0.4 0.7\n",
            "0 0.0 0.0 1.0 0.0 1.0 1.0 0.5 1.0 0.0 0.5\n",
        )
    )
    assert corners(read) == [[20, 20, 100, 60], [40, 10, 120, 70], [0, 0, 200, 100]]
    np.testing.assert_allclose(read.boxes["points"].iloc[1], [[40, 30], [80, 10], [120, 50], [80, 70]])
    assert "track_id" not in read.boxes
    assert read.problems.empty


def test_read__track_ids(cases):
    read = read_labels(cases / "yolo_track")
    plain = read_labels(cases / "yolo_track" / "pred6", images=cases / "yolo_track" / "images")
    assert read.boxes["track_id"].tolist() == [1, 2] * 4
    assert "confidence" not in read.boxes
    assert corners(read) == corners(plain)
    codes = check_labels(cases / "yolo_track").summary["codes"]
    assert codes == {"files-passed-over": 1, "track-id-in-labels": 1}


def test_read__confidence_and_track_id(cases):
    folder = cases / "yolo_track"
    read = read_labels(folder / "pred7", images=folder / "images")
    plain = read_labels(folder / "pred6", images=folder / "images")
    assert corners(read) == corners(plain)
    assert read.boxes["track_id"].tolist() == [1, 2] * 4
    assert read.boxes["confidence"].iloc[:2].tolist() == [0.90, 0.91]
    assert "points" not in read.boxes
    assert not check_labels(folder / "pred7", images=folder / "images").ok


@pytest.mark.parametrize(
    ("texts", "columns"),
    [
        (("0 0.5 0.5 0.2 0.2 0.9\n",), {"confidence"}),
        (("0 0.5 0.5 0.2 0.2 1\n", "0 0.5 0.5 0.2 0.2 0.75\n"), {"confidence"}),
        (("0 0.5 0.5 0.2 0.2 1\n", "0 0.5 0.5 0.2 0.2 7\n"), {"track_id"}),
        (("0 0.5 0.5 0.2 0.2 0.9 1\n",), {"confidence", "track_id"}),
        (("0 0.1 0.1 0.5 0.1 0.5 0.9\n",), {"points"}),
        (("0 0.1 0.1 0.5 0.1 0.5 1\n",), {"points"}),
    ],
)
def test_read__six_and_seven_columns_are_told_by_the_set(one, texts, columns):
    read = read_labels(one(*texts))
    assert {"confidence", "track_id", "points"} & set(read.boxes) == columns


def folders_of_labelimg(tmp_path, photo, lists):
    for number, (folder, names) in enumerate(lists.items()):
        photo(tmp_path / folder / f"p{number}.jpg", size=SIZE)
        (tmp_path / folder / f"p{number}.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.4 0.4\n")
        if names:
            (tmp_path / folder / "classes.txt").write_text("".join(f"{name}\n" for name in names))
    return tmp_path


def test_read__a_class_list_counts_for_its_own_folder(tmp_path, photo):
    lists = {"one": ["car", "plate"], "two": ["plate", "car"], "two/deep": None, "three": ["dog", "plate", "번호판"]}
    read = read_labels(folders_of_labelimg(tmp_path, photo, lists))
    names = read.boxes.groupby("image_id")["class_name"].agg(list).to_dict()
    assert names == {
        "one/p0.jpg": ["car", "plate"],
        "two/p1.jpg": ["plate", "car"],
        "two/deep/p2.jpg": ["plate", "car"],
        "three/p3.jpg": ["dog", "plate"],
    }
    assert set(read.classes) == {"car", "plate", "dog", "번호판"}
    assert read.problems.empty


def test_read__a_folder_without_a_list_is_said(tmp_path, photo):
    lists = {"one": ["car", "plate"], "two": ["plate", "car"], "three": None}
    read = read_labels(folders_of_labelimg(tmp_path, photo, lists))
    assert read.problems["code"].tolist() == ["class-names-missing"]
    assert "in folders without a list of their own" in read.problems["message"].iloc[0]


def test_read__one_list_is_for_all(tmp_path, photo):
    read = read_labels(folders_of_labelimg(tmp_path, photo, {"one": ["car", "plate"], "two": None, "three": None}))
    assert set(read.boxes["class_name"]) == {"car", "plate"}


def test_check__two_lists_that_disagree_with_data_yaml(one):
    folder = one("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.4 0.4\n")
    (folder / "labels" / "classes.txt").write_text("car\nplate\n")
    report = check_labels(folder)
    (row,) = report.problems[report.problems["code"] == "class-lists-differ"].itertuples()
    assert row.file == "labels/classes.txt"
    assert "class 0 is 'plate' in data.yaml, which is taken, and 'car' here" in row.message
    (folder / "labels" / "classes.txt").write_text("plate\ncar\n")
    assert "class-lists-differ" not in check_labels(folder).summary["codes"]


@pytest.mark.parametrize("others", ["hyp.yaml", "model.yaml"])
def test_read__yaml_that_is_no_data_file(one, others):
    folder = one("1 0.5 0.5 0.2 0.2\n")
    (folder / "data.yaml").rename(folder / "zebra.yaml")
    (folder / "hyp.yaml").write_text("lr0: 0.01\nval: true\n")
    (folder / "model.yaml").write_text("nc: 80\nbackbone: []\n")
    assert read_labels(folder).classes == ("plate", "car")
    assert read_labels(folder / "labels").classes == ("plate", "car")


def test_read__the_data_file_that_was_named(one):
    folder = one("1 0.5 0.5 0.2 0.2\n")
    (folder / "other.yaml").write_text("names: [개, 고양이]\ntrain: images\nval: images\n")
    assert read_labels(folder / "other.yaml").boxes["class_name"].tolist() == ["고양이"]
    read = read_labels(folder)
    assert read.boxes["class_name"].tolist() == ["car"]
    assert read.problems["code"].tolist() == ["class-lists-differ"]


def test_read__txt_beside_pictures_and_in_labels(tmp_path, photo):
    for name in "abc":
        photo(tmp_path / "images" / f"{name}.jpg", size=SIZE)
    (tmp_path / "labels").mkdir()
    (tmp_path / "data.yaml").write_text("names: [plate]\ntrain: images\nval: images\n")
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "labels" / "b.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "images" / "b.txt").write_text("0 0.5 0.5 0.8 0.8\n")
    (tmp_path / "images" / "c.txt").write_text("0 0.5 0.5 0.4 0.4\n")
    read = read_labels(tmp_path)
    assert read.images["label_status"].tolist() == ["labelled"] * 3
    assert corners(read) == [[60, 30, 140, 70], [80, 40, 120, 60], [80, 40, 120, 60]]
    assert read.problems[["code", "file"]].to_numpy().tolist() == [["labels-in-two-places", "images/b.txt"]]
    report = check_labels(tmp_path)
    assert "picture-without-label" not in report.summary["codes"]
    (row,) = report.problems[report.problems["code"] == "labels-unseen"].itertuples()
    assert "1 of 3, such as 'images/c.txt': it looks for 'labels/c.txt'" in row.message


def test_check__labels_that_ultralytics_will_not_find(cases):
    report = check_labels(cases / "txt_in_images")
    assert report.summary["codes"]["labels-unseen"] == 1
    assert not report.ok
    assert len(read_labels(cases / "txt_in_images").boxes) == 6


def test_read__classes_beside_the_pictures(cases):
    read = read_labels(cases / "train_gif")
    assert read.classes == ("plate",)
    assert (read.images["label_status"] == "labelled").all()
    assert len(read.images) == len(read.boxes) == 7
