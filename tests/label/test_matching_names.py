"""Which picture a label file belongs to, where names repeat or hold dots: by folder and whole name."""

from __future__ import annotations

import pytest

from workbench.label import convert, read_labels
from workbench.label.reading.picture_names import ABSENT, AMBIGUOUS, Matcher
from workbench.label.reading.raw import RawFile
from workbench.pictures.walking import Entry


def found(pictures, labels, roots=None):
    """The picture that each label file gets, by name."""
    matcher = Matcher([Entry("", name) for name in pictures], **(roots or {}))
    records = [RawFile(name, name.rpartition(".")[0]) for name in labels]
    return {
        name: pictures[index] if index >= 0 else {ABSENT: None, AMBIGUOUS: "?"}[index]
        for name, index in zip(labels, matcher.find_all(records), strict=True)
    }


@pytest.mark.parametrize(
    ("pictures", "labels"),
    [
        (["cam1/a.jpg", "cam2/a.jpg"], {"cam1/a.txt": "cam1/a.jpg", "cam2/a.txt": "cam2/a.jpg"}),
        (["cam1/a.jpg"], {"cam1/a.txt": "cam1/a.jpg", "cam2/a.txt": None}),
        (["cam1/a.jpg", "cam2/b.jpg"], {"cam1/b.txt": None, "cam2/a.txt": None}),
        (
            ["train/images/a.jpg", "valid/images/a.jpg"],
            {"train/labels/a.txt": "train/images/a.jpg", "valid/labels/a.txt": "valid/images/a.jpg"},
        ),
        (["train/images/a.jpg"], {"train/labels/a.txt": "train/images/a.jpg", "valid/labels/a.txt": None}),
        (["train/images/a.jpg", "valid/images/b.jpg"], {"valid/labels/a.txt": None}),
        (["images/train/a.jpg", "images/val/a.jpg"], {"labels/val/a.txt": "images/val/a.jpg"}),
        (["JPEGImages/x.png"], {"Annotations/x.xml": "JPEGImages/x.png"}),
        (["pics/a.jpg"], {"xml_new/a.xml": "pics/a.jpg"}),
        (["a.jpg"], {"one/a.xml": "a.jpg", "two/a.xml": "a.jpg"}),
        (["a.jpg"], {"a.txt": "a.jpg", "backup/a.txt": None}),
        (["set1/a.jpg", "set2/b.jpg"], {"a.txt": "set1/a.jpg", "b.txt": "set2/b.jpg"}),
        (["set1/a.jpg", "set2/a.jpg"], {"a.txt": "?"}),
        (["a.jpg", "a.b.jpg"], {"a.txt": "a.jpg", "a.b.txt": "a.b.jpg", "a.c.txt": None}),
        (
            ["IMG_1_jpg.rf.1111.jpg", "IMG_1_jpg.rf.2222.jpg"],
            {"IMG_1_jpg.rf.1111.txt": "IMG_1_jpg.rf.1111.jpg", "IMG_1_jpg.rf.3333.txt": None},
        ),
        (["차/번호 1.png", "트럭/번호 1.png"], {"트럭/번호 1.txt": "트럭/번호 1.png"}),
    ],
)
def test_find_all__by_folder_and_whole_name(pictures, labels):
    assert found(pictures, list(labels)) == labels


@pytest.mark.parametrize(
    ("pictures_root", "labels_root", "pictures", "labels"),
    [
        ("set/images", "set/labels/train", ["train/a.jpg", "val/a.jpg"], {"a.txt": "train/a.jpg"}),
        ("set/images/val", "set/labels", ["a.jpg"], {"train/a.txt": None, "val/a.txt": "a.jpg"}),
        ("set/images/val", "set/labels", ["a.jpg"], {"train/a.txt": None}),
        ("elsewhere", "set/labels", ["train/a.jpg", "val/a.jpg"], {"val/a.txt": "val/a.jpg"}),
    ],
)
def test_find_all__a_folder_that_lies_deeper_than_the_other(tmp_path, pictures_root, labels_root, pictures, labels):
    roots = {"pictures": tmp_path / pictures_root, "labels": tmp_path / labels_root}
    assert found(pictures, list(labels), roots) == labels


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("cam2/a.jpg", "cam2/a.jpg"),
        ("/content/set/images/cam2/a.jpg", "cam2/a.jpg"),
        ("..\\images\\cam1\\a.jpg", "cam1/a.jpg"),
        ("cam1/b.jpg", None),
        ("b.jpg", "cam2/b.jpg"),
        ("b", "cam2/b.jpg"),
        ("b.png", "cam2/b.jpg"),
        ("b.x", None),
        ("a.jpg", "?"),
        ("elsewhere/b.jpg", "cam2/b.jpg"),
        ("", None),
    ],
)
def test_find_name__by_the_end_of_its_path(name, picture):
    names = ["cam1/a.jpg", "cam2/a.jpg", "cam2/b.jpg"]
    index = Matcher([Entry("", one) for one in names]).find_name(name)
    assert (names[index] if index >= 0 else {ABSENT: None, AMBIGUOUS: "?"}[index]) == picture


def test_convert__two_pictures_of_one_name_keep_their_own_boxes(tmp_path, photo):
    for folder, box in (("cam1", "0.25 0.5 0.1 0.1"), ("cam2", "0.75 0.5 0.3 0.3")):
        for number, name in enumerate(("a.jpg", "a.b.jpg", "IMG_1_jpg.rf.1111.jpg", "IMG_1_jpg.rf.2222.jpg")):
            photo(tmp_path / "set" / "images" / folder / name, size=(100, 100 + number))
            label = tmp_path / "set" / "labels" / folder / f"{name[:-4]}.txt"
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text(f"0 {box}\n")
    (tmp_path / "set" / "data.yaml").write_text("names: [plate]\n")
    want = read_labels(tmp_path / "set").boxes.set_index("image_id")["xmin"].to_dict()
    assert len(want) == 8
    assert {name.split("/")[0]: round(x) for name, x in want.items()} == {"cam1": 20, "cam2": 60}
    for format in ("voc", "yolo", "coco", "cvat", "labelme", "yolo-mark"):
        out = tmp_path / format
        convert(tmp_path / "set", out, to=format)
        back = read_labels(out, images=tmp_path / "set" / "images")
        assert back.boxes.set_index("image_id")["xmin"].round(3).to_dict() == {k: round(v, 3) for k, v in want.items()}


@pytest.mark.parametrize("to", ["voc", "yolo", "labelme"])
def test_convert__dotted_names_without_pictures_are_not_refused(tmp_path, voc_xml, to):
    """Labels alone: what stands behind a dot is part of the name, not an ending."""
    for number in (1, 2):
        text = voc_xml([(10 * number, 10, 60, 40)], name="IMG_1.jpg")
        (tmp_path / f"IMG_1_jpg.rf.{number}111.xml").write_text(text)
    convert(tmp_path, tmp_path / "out", to=to)
    files = {path.stem for path in (tmp_path / "out").rglob("IMG*")}
    assert files == {"IMG_1_jpg.rf.1111", "IMG_1_jpg.rf.2111"}


def test_convert__two_pictures_that_would_share_a_file_are_refused(tmp_path, photo):
    from workbench.model.errors import InputError

    for suffix in ("jpg", "png"):
        photo(tmp_path / "images" / f"a.{suffix}")
    (tmp_path / "images" / "annotations.json").write_text(
        '{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a.png"}], "annotations": [], '
        '"categories": []}'
    )
    with pytest.raises(InputError, match=r"'a.png' and 'a.jpg' would share one label file"):
        convert(tmp_path / "images", tmp_path / "out", to="yolo")
