"""Write and read back through every format: equal but for exactly the losses that the report announces."""

import string
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from workbench.label import FORMATS, find_losses, read_labels, write_labels
from workbench.label.formats.spec import SPECS
from workbench.model import tables
from workbench.model.errors import InputError

from ..depth import examples

WRITABLE = [name for name in FORMATS if SPECS[name].writes]
CLASS_LIST_KEPT = {"yolo", "yolo-mark", "coco", "cvat"}
LETTERS = st.text(alphabet=string.ascii_letters + string.digits + "_-&<>'\"é한국 #=", min_size=1, max_size=12)
NAMES = LETTERS.map(str.strip).filter(lambda text: text and text[0] != "#")
# Names that YOLO's lists have, too: a picture may be called so.
RESERVED = st.sampled_from(["train", "test", "val", "classes", "names", "readme 1", "obj", "a.b", "x_jpg.rf.11"])
STEMS = RESERVED | st.text(alphabet=string.ascii_lowercase + string.digits + "#= 한é", min_size=1, max_size=8).map(
    str.strip
)


def _png(path, width, height):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))  # noqa: E731
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", data) + chunk(b"IEND", b""))


@st.composite
def sets(draw):
    classes = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    stems = draw(st.lists(STEMS.filter(bool), min_size=1, max_size=4, unique_by=str.casefold))
    images, boxes = [], []
    for stem in stems:
        name = f"{draw(st.sampled_from(['', 'a/', 'b c/', 'cam1/images/', 'labels/']))}{stem}.png"
        width, height = draw(st.integers(20, 4000)), draw(st.integers(20, 3000))
        status = draw(st.sampled_from(["labelled", "empty", "unlabelled"]))
        split = draw(st.sampled_from([None, "train", "val", "test"]))
        images.append({"image_id": name, "width": width, "height": height, "label_status": status, "split": split})
        for _ in range(draw(st.integers(1, 3)) if status == "labelled" else 0):
            x = sorted(draw(st.tuples(*[st.floats(0, width, width=32)] * 2).filter(lambda p: abs(p[0] - p[1]) > 0.5)))
            y = sorted(draw(st.tuples(*[st.floats(0, height, width=32)] * 2).filter(lambda p: abs(p[0] - p[1]) > 0.5)))
            row = {"image_id": name, "class_name": draw(st.sampled_from(classes))}
            row |= {"xmin": x[0], "ymin": y[0], "xmax": x[1], "ymax": y[1]}
            row["labeller"] = draw(st.sampled_from(["", "ann", "ben & co"]))
            row["ignore"] = draw(st.booleans())
            row["truncated"] = draw(st.sampled_from([None, "1"]))
            row["text"] = draw(st.sampled_from([None, "AB 1"]))
            row["points"] = draw(st.sampled_from([None, [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]]]]))
            boxes.append(row)
    return images, boxes, classes


@pytest.mark.parametrize("name", WRITABLE)
@examples(
    12,
    500,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=sets())
def test_roundtrip__only_announced_losses(name, data):
    image_rows, box_rows, classes = data
    spec = SPECS[name]
    images = tables.from_rows("images", image_rows)
    boxes = tables.from_rows("boxes", box_rows)
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder) / "images"
        for row in image_rows:
            _png(pictures / row["image_id"], row["width"], row["height"])
        announced = find_losses(images, boxes, format=name)
        report = write_labels(images, boxes, Path(folder) / "out", format=name, classes=classes)
        assert report.losses == announced
        back = read_labels(Path(folder) / "out", images=pictures, format=name)
    assert back.problems.empty, back.problems.to_string()
    held = {one.what for one in report.losses}
    if name in CLASS_LIST_KEPT:
        assert list(back.classes) == classes
    statuses = dict(zip(back.images["image_id"], back.images["label_status"], strict=True))
    splits = {
        i: s if isinstance(s, str) else None for i, s in zip(back.images["image_id"], back.images["split"], strict=True)
    }
    for row in image_rows:
        assert statuses[row["image_id"]] == row["label_status"]
        expected = row["split"] if spec.split else None
        if name == "cvat" and row["label_status"] == "unlabelled":
            expected = None  # left out, as the report says
        assert splits[row["image_id"]] == expected
    assert ("split" in held) == (not spec.split and any(row["split"] for row in image_rows))
    assert len(back.boxes) == len(boxes)
    if not len(boxes):
        return
    key = ["image_id", "class_name", "xmin", "ymin", "labeller"]
    _same_boxes(boxes, back.boxes, spec, images, key)


def _same_boxes(first, second, spec, images, key):
    size = images.set_index("image_id")[["width", "height"]].astype(float)
    order = ["image_id", "class_name"]
    a = _sorted(first, order)
    b = _sorted(second, order)
    assert a[order].equals(b[order])
    tolerance = 1e-9 + spec.digits * size.loc[a["image_id"]].max(axis=1).to_numpy()
    corners = ["xmin", "ymin", "xmax", "ymax"]
    gap = np.abs(a[corners].to_numpy() - b[corners].to_numpy()).max(axis=1)
    assert (gap <= np.maximum(tolerance, 1e-6)).all()
    assert (b["labeller"] == (a["labeller"] if spec.labeller else "")).all()
    assert (b["ignore"] == (a["ignore"] if spec.ignore else False)).all()
    for column in ("truncated", "text"):
        kept = "*" in spec.attributes or column in spec.attributes
        want = a[column].tolist() if kept else [None] * len(a)
        have = b[column].tolist() if column in b else [None] * len(b)
        assert [None if pd.isna(v) else v for v in have] == [None if pd.isna(v) else v for v in want]
    polygons = a["points"].tolist() if spec.points else [None] * len(a)
    have = b["points"].tolist() if "points" in b else [None] * len(b)
    for one, two, ignored in zip(polygons, have, a["ignore"], strict=True):
        if spec.title.startswith("COCO") and ignored:
            assert not isinstance(two, list)  # a crowd has no polygon in COCO
        elif isinstance(one, list):
            np.testing.assert_allclose(two, one, atol=1e-6)
        else:
            assert not isinstance(two, list)


def _sorted(frame, order):
    rounded = frame[["xmin", "ymin", "xmax", "ymax"]].round(3)
    keys = frame[order].join(rounded).join(frame[["labeller", "ignore"]].astype(str))
    return frame.loc[keys.sort_values([*order, "xmin", "ymin", "xmax", "ymax"], kind="stable").index].reset_index(
        drop=True
    )


def test_find_losses__names_each(tmp_path):
    images = tables.from_rows("images", [{"image_id": "a.png", "width": 10, "height": 10, "split": "train"}])
    row = {
        "image_id": "a.png",
        "class_name": "x",
        "xmin": 1,
        "ymin": 1,
        "xmax": 12,
        "ymax": 4,
        "ignore": True,
        "labeller": "ann",
    }
    boxes = tables.from_rows("boxes", [row | {"points": [[1, 1], [12, 1], [12, 4]]}])
    assert {one.what for one in find_losses(images, boxes, format="yolo")} == {
        "points",
        "ignore",
        "labeller",
        "outside",
    }
    assert {one.what for one in find_losses(images, boxes, format="voc")} == {"points", "ignore", "split"}
    assert {one.what for one in find_losses(images, boxes, format="coco")} == {"split"}
    with pytest.raises(InputError, match="cannot hold everything"):
        write_labels(images, boxes, tmp_path / "o", format="yolo", classes=["x"], refuse_losses=True)
    assert not (tmp_path / "o").exists()


def test_write_labels__empty(tmp_path):
    for name in WRITABLE:
        report = write_labels(
            tables.empty("images"), tables.empty("boxes"), tmp_path / name, format=name, classes=["x"]
        )
        assert report.boxes == 0


@pytest.mark.parametrize("classes", [["x", "x"], [""], [" x"], ["a\nb"], ["y"], "x"], ids=repr)
def test_write_labels__refuses_bad_classes(tmp_path, classes):
    images = tables.from_rows("images", [{"image_id": "a.png", "width": 10, "height": 10}])
    boxes = tables.from_rows(
        "boxes", [{"image_id": "a.png", "class_name": "x", "xmin": 1, "ymin": 1, "xmax": 2, "ymax": 4}]
    )
    with pytest.raises(InputError, match="classes"):
        write_labels(images, boxes, tmp_path / "o", format="voc", classes=classes)


@pytest.mark.parametrize("name", ["../a.png", "/a.png", "a/../../b.png"])
def test_write_labels__stays_inside(tmp_path, name):
    images = tables.from_rows("images", [{"image_id": name, "width": 10, "height": 10}])
    with pytest.raises(InputError, match="leave the target"):
        write_labels(images, tables.empty("boxes"), tmp_path / "o" / "deep", format="voc", classes=["x"])
    assert not list(tmp_path.rglob("*.xml"))


def test_write_labels__refuses_taken_target(tmp_path):
    images = tables.from_rows("images", [{"image_id": "a.png", "width": 10, "height": 10}])
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "a.xml").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        write_labels(images, tables.empty("boxes"), tmp_path / "o", format="voc", classes=["x"])
    assert (tmp_path / "o" / "a.xml").read_text() == "mine"
    write_labels(images, tables.empty("boxes"), tmp_path / "o", format="voc", classes=["x"], overwrite=True)
    assert "annotation" in (tmp_path / "o" / "a.xml").read_text()
