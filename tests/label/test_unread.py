"""A label that could not be read never becomes "no objects": not in what is read, written, or collected."""

import json

import pytest

import workbench as wb
from workbench.label import FORMATS, check_labels, convert, find_losses, read_labels, write_labels
from workbench.label.formats.spec import SPECS
from workbench.model import tables

WRITABLE = [name for name in FORMATS if SPECS[name].writes]
GOOD = {"voc": (1, 1, 20, 20), "yolo": "0 0.5 0.5 0.1 0.1\n"}


def voc(corners):
    a, b, c, d = corners
    return (
        "<annotation><size><width>100</width><height>80</height></size><object><name>car</name><bndbox>"
        f"<xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object></annotation>"
    )


def a_set(folder, header_png, kind, bad):
    """Pictures a (its label is `bad`), b (one box), c (empty), d (no label file)."""
    for name in "abcd":
        header_png(folder / "images" / f"{name}.png", 100, 80)
    (folder / "labels").mkdir()
    suffix = ".xml" if kind == "voc" else ".txt"
    good = voc(GOOD["voc"]) if kind == "voc" else GOOD["yolo"]
    empty = "<annotation></annotation>" if kind == "voc" else ""
    for name, content in (("a", bad), ("b", good), ("c", empty)):
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "labels" / f"{name}{suffix}").write_bytes(data)
    (folder / "labels" / "classes.txt").write_text("car\n")
    return folder


BAD = [
    ("voc", "<annotation><object>", 1),
    ("voc", b"\0\0\0", 1),
    ("voc", "", 1),
    ("voc", voc((1, 1, "x", 20)), 1),
    ("voc", voc((1, 1, "nan", 20)), 1),
    ("voc", voc((20, 1, 1, 20)), 1),
    ("voc", voc((5, 5, 5, 20)), 1),
    ("voc", voc((500, 500, 600, 600)), 1),
    ("voc", "<annotation><object><name>car</name></object></annotation>", 1),
    ("yolo", "0 0.5 oops 0.1 0.1\n", 1),
    ("yolo", "car 0.5 0.5 0.1 0.1\n", 1),
    ("yolo", "0 0.5 0.5\n" + GOOD["yolo"], 1),
    ("yolo", GOOD["yolo"] + "0 nan 0.5 0.1 0.1\n0 0.5 0.5 0.1\n", 2),
    ("yolo", b"\0\1\2", 1),
]


@pytest.mark.parametrize(("kind", "bad", "count"), BAD, ids=[f"{kind}-{bad[-40:]!r}" for kind, bad, _ in BAD])
@pytest.mark.parametrize("to", WRITABLE)
def test_convert__left_out_counted_and_said(tmp_path, header_png, kind, bad, count, to):
    source = a_set(tmp_path / "in", header_png, kind, bad)
    report = convert(source / "labels", tmp_path / "out", to=to, images=source / "images", format=kind)
    assert report.left_out == {"a.png": count}
    assert not report.ok
    assert "left out 1 picture" in repr(report)
    assert report.to_json_dict()["left_out"] == {"a.png": count}
    back = read_labels(tmp_path / "out", images=source / "images", format=to)
    status = dict(zip(back.images["image_id"], back.images["label_status"], strict=True))
    assert status == {"a.png": "unlabelled", "b.png": "labelled", "c.png": "empty", "d.png": "unlabelled"}
    assert not any("a.png" in path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_check__a_broken_label_file_is_there(tmp_path, header_png):
    source = a_set(tmp_path / "in", header_png, "voc", "<annotation><object>")
    every = check_labels(source / "labels", images=source / "images", format="voc").every
    assert every.loc[every["code"] == "picture-without-label", "image"].tolist() == ["d.png"]


def test_convert__a_stray_click_beside_boxes_leaves_the_picture(tmp_path, header_png):
    source = a_set(tmp_path / "in", header_png, "yolo", GOOD["yolo"] + "0 0.5 0.5 0 0.1\n")
    report = convert(source / "labels", tmp_path / "out", to="voc", images=source / "images", format="yolo")
    assert report.left_out == {}
    assert (tmp_path / "out" / "a.xml").exists()


def test_convert__what_is_mended_is_written(tmp_path, header_png):
    source = a_set(tmp_path / "in", header_png, "voc", voc((20, 1, 1, 20)))
    report = convert(source / "labels", tmp_path / "out", to="voc", images=source / "images", format="voc", fix=True)
    assert report.left_out == {}
    assert read_labels(tmp_path / "out").boxes["xmin"].tolist() == [1, 1]


def test_convert__a_broken_file_that_is_mended_elsewhere_is_still_left_out(tmp_path, header_png):
    source = a_set(tmp_path / "in", header_png, "voc", voc((1, 1, "x", 20)))
    report = convert(source / "labels", tmp_path / "out", to="yolo", images=source / "images", format="voc", fix=True)
    assert report.left_out == {"a.png": 1}
    assert not (tmp_path / "out" / "labels" / "a.txt").exists()


def test_collect__a_picture_read_in_part_waits_for_another_look(tmp_path, header_png, photo):
    source = a_set(tmp_path / "in", header_png, "yolo", GOOD["yolo"] + "0 0.5 oops 0.1 0.1\n")
    for n, name in enumerate("abcd"):
        photo(source / "images" / f"{name}.png", (100, 80), box=(10 * n, 10, 10 * n + 20, 40))
    (source / "labels" / "d.txt").write_text("0 0.5\n")
    project = wb.Project.create(tmp_path / "p", classes=["car"])
    project.collect(source / "images", labels=source / "labels", format="yolo")
    status = {
        str(name).rsplit("/", 1)[-1]: status
        for name, status in zip(project.images["image_id"], project.images["label_status"], strict=True)
    }
    assert status == {"a.png": "returned", "b.png": "labelled", "c.png": "empty", "d.png": "unlabelled"}


@pytest.mark.parametrize("to", WRITABLE)
def test_write_labels__a_returned_picture_is_not_written(tmp_path, header_png, to):
    images = tables.from_rows(
        "images",
        [
            {"image_id": f"{name}.png", "width": 100, "height": 80, "label_status": status}
            for name, status in (("a", "returned"), ("b", "returned"), ("c", "empty"))
        ],
    )
    box = {"image_id": "b.png", "class_name": "car", "xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}
    boxes = tables.from_rows("boxes", [box])
    assert "returned" in {one.what for one in find_losses(images, boxes, format=to)}
    report = write_labels(images, boxes, tmp_path / "out", format=to, classes=["car"])
    assert report.boxes == 0
    for name in "abc":
        header_png(tmp_path / "images" / f"{name}.png", 100, 80)
    back = read_labels(tmp_path / "out", images=tmp_path / "images", format=to)
    assert back.images["label_status"].tolist().count("empty") == 1
    assert len(back.boxes) == 0


def test_read__a_report_of_one_picture_concerns_no_other(tmp_path):
    content = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 9, "height": 9} for n in (1, 2)],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1}],
        "categories": [{"id": 1, "name": "car"}],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert read_labels(tmp_path).images["label_status"].tolist() == ["unlabelled", "empty"]
