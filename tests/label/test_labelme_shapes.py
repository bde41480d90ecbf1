"""LabelMe's shapes as the program and its web ancestor mean them."""

import json

import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.model.geometry import CORNERS


def write(folder, *shapes, name="a"):
    folder.mkdir(parents=True, exist_ok=True)
    content = {"version": "5.4.1", "shapes": list(shapes), "imagePath": f"{name}.png", "imageWidth": 100}
    (folder / f"{name}.json").write_text(json.dumps({**content, "imageHeight": 80, "imageData": None}))


def shape(kind, *points, label="car", group=None):
    return {"label": label, "points": list(points), "shape_type": kind, "group_id": group, "flags": {}}


def corners_of(read):
    return read.boxes[CORNERS].to_numpy().round(6).tolist()


def test_read__the_case(cases):
    place = cases / "labelme"
    read = read_labels(place / "json", images=place / "images")
    plate = [40, 60, 140, 100]
    want = {f"m{n}.jpg": [plate] for n in (0, 3, 4, 5, 6, 7)} | {"m1.jpg": [[70, 60, 110, 100]]}
    for image, boxes in want.items():
        assert read.boxes.loc[read.boxes["image_id"] == image, CORNERS].to_numpy().tolist() == boxes
    assert len(read.boxes) == 7
    assert dict(zip(read.images["image_id"], read.images["label_status"], strict=True))["m2.jpg"] == "unlabelled"
    assert [m.split("is a ")[1] for m in read.problems["message"]] == [
        "point of 'plate'",
        "line of 'plate'",
        "linestrip of 'plate'",
    ]
    assert check_labels(place / "json", images=place / "images").summary["codes"]["parts-joined"] == 1


@pytest.mark.parametrize(
    ("shapes", "want"),
    [
        (
            [
                shape("polygon", [1, 1], [9, 1], [9, 9], group=2),
                shape("polygon", [20, 30], [40, 30], [40, 50], group=2),
            ],
            1,
        ),
        (
            [
                shape("polygon", [1, 1], [9, 1], [9, 9], group=2),
                shape("polygon", [20, 30], [40, 30], [40, 50], group=3),
            ],
            2,
        ),
        ([shape("rectangle", [1, 1], [9, 9], group=0), shape("rectangle", [20, 30], [40, 50], group=0)], 1),
        ([shape("rectangle", [1, 1], [9, 9], group=1), shape("rectangle", [3, 3], [6, 6], group=1, label="wheel")], 2),
        ([shape("rectangle", [1, 1], [9, 9]), shape("rectangle", [20, 30], [40, 50])], 2),
        ([shape("rectangle", [9, 9], [1, 1], group=""), shape("rectangle", [20, 30], [40, 50], group="")], 2),
    ],
    ids=["two-parts", "other-groups", "group-0", "other-labels", "no-group", "empty-group"],
)
def test_read__group_is_one_object(tmp_path, shapes, want):
    write(tmp_path, *shapes)
    boxes = corners_of(read_labels(tmp_path))
    assert len(boxes) == want
    if want == 1:
        assert boxes == [[1, 1, 40, 50]]


@pytest.mark.parametrize(
    ("one", "want"),
    [
        (shape("rotation", [10, 0], [20, 10], [10, 20], [0, 10]), [0, 0, 20, 20]),
        (shape("circle", [50, 40], [53, 44]), [45, 35, 55, 45]),
        (shape("mask", [3, 4], [20, 30]), [3, 4, 20, 30]),
        (shape("line", [1, 1], [50, 50]), None),
        (shape("points", [1, 1], [50, 50]), None),
        (shape("linestrip", [1, 1], [50, 50], [60, 9]), None),
        (shape("something_new", [1, 1], [50, 50], [60, 9]), None),
        (shape("rectangle", [1, 1]), None),
    ],
    ids=lambda one: one["shape_type"] if isinstance(one, dict) else "",
)
def test_read__shape_by_shape(tmp_path, header_png, one, want):
    header_png(tmp_path / "a.png", 100, 80)
    write(tmp_path, one)
    read = read_labels(tmp_path)
    assert corners_of(read) == ([want] if want else [])
    report = convert(tmp_path, tmp_path / "out", to="yolo")
    assert (tmp_path / "out" / "labels" / "a.txt").exists() == (want is not None)
    assert report.left_out == ({} if want else {"a.png": 1})
    assert want is not None or not report.ok


WEB = """<annotation><filename>a.png</filename><imagesize><nrows>80</nrows><ncols>100</ncols></imagesize>
<object><name>car</name><deleted>0</deleted><segm><username>ann</username><box><xmin>10</xmin><ymin>20</ymin>
<xmax>30</xmax><ymax>50</ymax></box><mask>a_mask_0.png</mask></segm></object>
<object><name>car</name><deleted>1</deleted><polygon><pt><x>1</x><y>1</y></pt><pt><x>9</x><y>9</y></pt></polygon></object>
<object><name>bus</name><deleted>0</deleted><occluded>yes</occluded><polygon><username>ben</username>
<pt><x>40</x><y>10</y></pt><pt><x>60</x><y>10</y></pt><pt><x>50</x><y>30</y></pt></polygon></object></annotation>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_read__web_tool(tmp_path, encoding):
    (tmp_path / "a.xml").write_bytes(WEB.encode(encoding))
    read = read_labels(tmp_path, format="labelme")
    assert corners_of(read) == [[10, 20, 30, 50], [40, 10, 60, 30]]
    assert read.boxes["labeller"].tolist() == ["ann", "ben"]
    assert read.boxes["shape"].tolist() == ["mask", "polygon"]
    assert read.boxes["line"].tolist() == [2, 5]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"])
def test_read__json_in_other_encodings(tmp_path, encoding):
    content = {"shapes": [shape("rectangle", [1, 2], [30, 40], label="번호판")], "imagePath": "a.png"}
    (tmp_path / "a.json").write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))
    read = read_labels(tmp_path, format="labelme")
    assert read.classes == ("번호판",)
    assert ("encoding" in set(read.problems["code"])) == (encoding != "utf-8-sig")
