"""What tools write predictions in, and what their four numbers are: read as meant, or refused by name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from workbench.label import read_labels, read_predictions
from workbench.label.predictions.box_form import BOX_FORMATS
from workbench.model.errors import InputError

from .labelled_set import SIZE, LabelledSet


def corners(one):
    _, _, x, y, w, h = one
    return [x, y, x + w, y + h]


def centre(one):
    _, _, x, y, w, h = one
    return [x + w / 2, y + h / 2, w, h]


def corner_size(one):
    return list(one[2:])


LAYOUTS = {"xyxy": corners, "cxcywh": centre, "xywh": corner_size}


def in_form(name):
    layout, unit, y_first = BOX_FORMATS[name]
    scale = {"px": (1, 1), "rel": SIZE, "percent": (SIZE[0] / 100, SIZE[1] / 100)}[unit]

    def numbers(one):
        a, b, c, d = (value / side for value, side in zip(LAYOUTS[layout](one), scale * 2, strict=True))
        return [b, a, d, c] if y_first else [a, b, c, d]

    return numbers


@pytest.mark.parametrize("name", BOX_FORMATS)
def test_form__of_coco_results_is_refused_by_name_and_read_when_said(tmp_path, name):
    made = LabelledSet(tmp_path)
    path = made.write(made.results(bbox=in_form(name)))
    assert made.hits(made.yolo(), path, box_format=name) == (18, 0, 0)
    if name == "xywh":
        assert made.hits(made.yolo(), path) == (18, 0, 0)
        return
    with pytest.raises(InputError, match=rf"look like .*--box-format {name}, or write x y width height in pixels"):
        made.hits(made.yolo(), path)


@pytest.mark.parametrize("name", [name for name in BOX_FORMATS if name != "cxcywh-rel"])
def test_form__of_yolo_txt(tmp_path, name):
    made = LabelledSet(tmp_path)
    folder = tmp_path / "found"
    folder.mkdir()
    for one in made.objects:
        with (folder / f"{Path(one[0]).stem}.txt").open("a") as file:
            file.write(f"{one[1]} {' '.join(str(value) for value in in_form(name)(one))} 0.9\n")
    with pytest.raises(InputError, match=rf"--box-format {name}"):
        made.hits(made.yolo(), folder)
    assert made.hits(made.yolo(), folder, box_format=name) == (18, 0, 0)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", ["xyxy", "xywh-rel", "xyxy-rel"])
def test_form__of_one_or_two_predictions(tmp_path, name, count):
    made = LabelledSet(tmp_path)
    with pytest.raises(InputError, match=rf"--box-format {name}"):
        made.hits(made.yolo(), made.write(made.results(bbox=in_form(name))[:count]))


def test_form__of_the_picture_that_the_detector_saw(tmp_path):
    """Boxes in the 640 x 640 of the detector's input, which fit no picture of 320 x 240."""
    made = LabelledSet(tmp_path)
    scaled = made.results(bbox=lambda one: [one[2] * 2, one[3] * 640 / 240, one[4] * 2, one[5] * 640 / 240])
    with pytest.raises(InputError, match=r"belong to a picture of another size.*640 x 640"):
        made.hits(made.yolo(), made.write(scaled))


@pytest.mark.parametrize("part", [5, 9, 14])
def test_form__of_a_part_of_them(tmp_path, part):
    """Two tools' results in one file: those in corners lie beside every box."""
    made = LabelledSet(tmp_path)
    mixed = made.results(bbox=corners)[:part] + made.results()[part:]
    with pytest.raises(InputError, match=rf"look like xmin ymin xmax ymax in pixels \({part} of 18 lie on a"):
        made.hits(made.yolo(), made.write(mixed))


def test_form__mirrored(tmp_path):
    """A detector that saw the pictures mirrored: some boxes in the middle lie right either way."""
    made = LabelledSet(tmp_path)
    with pytest.raises(InputError, match=r"look like a mistake that the check knows: .*x from the right"):
        made.hits(made.yolo(), made.write(made.results(bbox=lambda one: [320 - one[2] - one[4], *one[3:]])))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("right", [2, 4, 9])
def test_form__a_weak_detector_is_read(tmp_path, seed, right):
    """Few hits, and the rest anywhere: no other reading explains them."""
    made = LabelledSet(tmp_path, seed=seed)
    rng = np.random.default_rng(seed)
    wrong = made.results(bbox=lambda one: [int(rng.integers(0, 200)), int(rng.integers(0, 140)), *one[4:]])
    found = made.results()[:right] + wrong[right:]
    tp, fp, fn = made.hits(made.yolo(), made.write(found))
    assert (tp >= right, tp + fp, tp + fn) == (True, 18, 18)


@pytest.mark.parametrize("seed", range(4))
def test_form__a_detector_that_finds_nothing_right_is_read(tmp_path, seed):
    """Random boxes are no proof of another form; what is said is that none lies on a labelled box."""
    made = LabelledSet(tmp_path, seed=seed)
    rng = np.random.default_rng(seed)
    found = made.results(bbox=lambda one: [int(rng.integers(0, 250)), int(rng.integers(0, 200)), 12, 9])
    read = read_labels(made.yolo(), images=made.images)
    table = read_predictions(made.write(found), read)
    assert len(table) == 18
    assert any("none of the 18 surest predictions lies on a labelled box" in note for note in table.attrs["notes"])


def test_form__a_few_boxes_over_the_border_are_read(tmp_path):
    made = LabelledSet(tmp_path)
    over = [{"image_id": "v0", "category_id": 0, "bbox": [300, 10, 60, 40], "score": 0.6}] * 1
    assert made.hits(made.yolo(), made.write(made.results() + over)) == (18, 1, 0)


def test_form__the_confidence_before_the_box(tmp_path):
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", "")
    for path in folder.iterdir():
        lines = [line.split() for line in path.read_text().splitlines()]
        path.write_text("".join(f"{kind} 0.9 {' '.join(box)}\n" for kind, *box in lines))
    with pytest.raises(InputError, match=r"look like class confidence cx cy w h"):
        made.hits(made.yolo(), folder)


# ---- YOLO txt ----


def test_txt__track_ids_after_the_confidence(tmp_path):
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", " 0.87 12")
    found = read_predictions(folder, read_labels(made.yolo(), images=made.images))
    assert set(found["confidence"]) == {0.87}
    assert "track ids" in found.attrs["reading"]


@pytest.mark.parametrize("ids", [(1, 2, 3), (0, 1, 2), (41, 7, 1)], ids=str)
def test_txt__track_ids_without_a_confidence(tmp_path, ids):
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", "")
    for path in folder.iterdir():
        lines = path.read_text().splitlines()
        path.write_text("".join(f"{line} {number}\n" for line, number in zip(lines, ids, strict=True)))
    with pytest.raises(InputError, match=r"track ids without a confidence.*save_conf=True"):
        made.hits(made.yolo(), folder)


def test_txt__one_track_in_every_picture(tmp_path):
    """Its id is 1 everywhere, and would pass for a confidence."""
    made = LabelledSet(tmp_path, classes=("plate",))
    with pytest.raises(InputError, match=r"track ids without a confidence"):
        made.hits(made.yolo(), made.write_txt(tmp_path / "found", " 1"))
    assert made.hits(made.yolo(), made.write_txt(tmp_path / "found", " 1.0")) == (6, 0, 0)


def test_txt__certain_predictions_are_no_track_ids(tmp_path):
    made = LabelledSet(tmp_path)
    assert made.hits(made.yolo(), made.write_txt(tmp_path / "found", " 1")) == (18, 0, 0)


@pytest.mark.parametrize("end", [" 0.9", " 0.9 4"], ids=["confidence", "and track id"])
@pytest.mark.parametrize("points", [3, 4, 5, 12])
def test_txt__outlines_with_a_confidence(tmp_path, end, points):
    made = LabelledSet(tmp_path)
    folder = tmp_path / "found"
    folder.mkdir()
    for one in made.objects:
        x0, y0, x1, y1 = (value / side for value, side in zip(corners(one), SIZE * 2, strict=True))
        outline = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)][: max(points, 3)] + [((x0 + x1) / 2, y1)] * (points - 4)
        with (folder / f"{Path(one[0]).stem}.txt").open("a") as file:
            file.write(f"{one[1]} {' '.join(f'{x:.6f} {y:.6f}' for x, y in outline)}{end}\n")
    assert made.hits(made.yolo(), folder) == (18, 0, 0)


@pytest.mark.parametrize("numbers", [8, 10, 16], ids="{} numbers".format)
def test_txt__outlines_without_a_confidence(tmp_path, numbers):
    made = LabelledSet(tmp_path)
    (tmp_path / "found").mkdir()
    line = " ".join(f"{0.1 + 0.01 * place:.4f}" for place in range(numbers))
    (tmp_path / "found" / "v0.txt").write_text(f"0 {line}\n")
    with pytest.raises(InputError, match=r"no confidence"):
        made.hits(made.yolo(), tmp_path / "found")


def test_txt__boxes_before_key_points(tmp_path):
    """A line of a pose: as an outline its hull would lie beside; it is named and not read."""
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", " 0.01 0.02 0.97 0.95 0.9")
    with pytest.raises(InputError, match=r"look like class cx cy w h, key points, confidence"):
        made.hits(made.yolo(), folder)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("0 0.5 0.5 0.2 0.2", "5 values; no confidence, as in labels: predict with save_conf=True"),
        ("0 0.5", "2 values"),
        ("car 0.5 0.5 0.2 0.2 0.9", "the class is 'car', no class number"),
        ("-1 0.5 0.5 0.2 0.2 0.9", "no class number"),
        ("1.5 0.5 0.5 0.2 0.2 0.9", "no class number"),
        ("nan 0.5 0.5 0.2 0.2 0.9", "no class number"),
        ("0 0.5 nan 0.2 0.2 0.9", "finite"),
        ("0 0.5 0.5 0.2 0.2 nan", "confidence is nan"),
        ("0 0.5 0.5 0.2 0.2 93.5", "confidence is 93.5.*percent"),
        ("0 0.5 0.5 0.2 0.2 0.9 0.7", "7 values, and the last is no track's id"),
        ("0,0.5,0.5,0.2,0.2,0.9", "holds commas"),
        ("1,-1,40,32,20,16,0.9,-1,-1,-1", "holds commas; this looks like MOT"),
        ("car -1 -1 -10 40 32 60 48 -1 -1 -1 -1000 -1000 -1000 -10 0.9", "this looks like KITTI"),
        ("car 0 0 -10 40 32 60 48 -1 -1 -1 -1000 -1000 -1000 -10", "this looks like KITTI"),
        ("car 0.9 40 32 60 48", "the class is 'car', no class number"),
        ("0 0,5 0,5 0,2 0,2 0,9", "holds commas"),
    ],
)
def test_txt__a_line_that_is_none(tmp_path, line, word):
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", " 0.9")
    (folder / "v1.txt").write_text(f"0 0.5 0.5 0.2 0.2 0.9\n{line}\n")
    with pytest.raises(InputError, match=rf"v1.txt, line 2.*{word}|v1.txt, line 2: {word}") as raised:
        made.hits(made.yolo(), folder)
    assert "\n" not in str(raised.value)


def test_txt__empty_files_and_lists_beside(tmp_path):
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", " 0.9")
    (folder / "v0.txt").write_text("")
    (folder / "classes.txt").write_text("car\nbus\nplate\n")
    (folder / "README.txt").write_text("made yesterday\n")
    assert made.hits(made.yolo(), folder) == (15, 0, 3)


def test_txt__a_single_file(tmp_path):
    made = LabelledSet(tmp_path)
    folder = made.write_txt(tmp_path / "found", " 0.9")
    with pytest.raises(InputError, match=r"one txt file; give the folder"):
        made.hits(made.yolo(), folder / "v0.txt")


# ---- JSON and CSV of other tools ----


def supervision(made, one):
    x0, y0, x1, y1 = corners(one)
    return {
        "x_min": x0,
        "y_min": y0,
        "x_max": x1,
        "y_max": y1,
        "class_id": one[1],
        "confidence": 0.9,
        "tracker_id": "",
    }


def named(made, one, box):
    x0, y0, x1, y1 = corners(one)
    return {"name": made.classes[one[1]], "class": one[1], "confidence": 0.9, "box": box(x0, y0, x1, y1)}


def as_text(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def ends(a, b, c, d):
    return {"x1": a, "y1": b, "x2": c, "y2": d}


TOOLS = {
    "supervision JSON": lambda made, one: supervision(made, one) | {"file_name": one[0]},
    "supervision JSON, numbers as text": lambda made, one: (
        {key: str(value) for key, value in supervision(made, one).items()} | {"image_name": one[0]}
    ),
    "Ultralytics to_json with names": lambda made, one: named(made, one, ends) | {"image": one[0]},
    "Hugging Face pipeline": lambda made, one: {
        "image": one[0],
        "label": made.classes[one[1]],
        "score": 0.9,
        "box": dict(zip(("xmin", "ymin", "xmax", "ymax"), corners(one), strict=True)),
    },
    "YOLOv5 pandas": lambda made, one: {
        **dict(zip(("xmin", "ymin", "xmax", "ymax"), corners(one), strict=True)),
        "confidence": 0.9,
        "class": one[1],
        "name": made.classes[one[1]],
        "filename": one[0],
    },
    "centre and size": lambda made, one: {
        **dict(zip(("x_center", "y_center", "width", "height"), centre(one), strict=True)),
        "conf": 0.9,
        "label": made.classes[one[1]],
        "img_path": f"/data/{one[0]}",
    },
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", ["json", "csv", "annotations", "predictions"])
def test_tools__fields_under_other_names(tmp_path, tool, kind):
    made = LabelledSet(tmp_path)
    rows = [TOOLS[tool](made, one) for one in made.objects]
    if kind == "csv":
        (tmp_path / "r.csv").write_text(as_text(rows))
        assert made.hits(made.yolo(), tmp_path / "r.csv") == (18, 0, 0)
        return
    assert made.hits(made.yolo(), made.write(rows if kind == "json" else {kind: rows})) == (18, 0, 0)


def columns(made, name):
    mine = [one for one in made.objects if one[0] == name]
    return {
        "boxes": [corners(one) for one in mine],
        "scores": [0.9] * len(mine),
        "labels": [one[1] for one in mine],
    }


def by_picture(made, key):
    return {
        key(name): [entry for entry in made.results() if entry["image_id"] == Path(name).stem] for name in made.names
    }


@pytest.mark.parametrize("labels", ["yolo", "coco"])
@pytest.mark.parametrize(
    "shape",
    ["list of columns", "columns by picture", "results by picture", "results by stem", "list of pictures", "by id"],
)
def test_tools__wrapped_by_picture(tmp_path, shape, labels):
    made = LabelledSet(tmp_path)
    content = {
        "list of columns": lambda: [{"file_name": name, **columns(made, name)} for name in made.names],
        "columns by picture": lambda: {name: columns(made, name) for name in made.names},
        "results by picture": lambda: by_picture(made, str),
        "results by stem": lambda: by_picture(made, lambda name: Path(name).stem),
        "list of pictures": lambda: [
            {"image": name, "detections": [named(made, one, ends) for one in made.objects if one[0] == name]}
            for name in made.names
        ],
        "by id": lambda: {str(made.names.index(name) + 1): columns(made, name) for name in made.names},
    }[shape]()
    path = made.write(content)
    read = made.yolo() if labels == "yolo" else made.coco(first=0)
    if shape == "by id" and labels == "yolo":
        with pytest.raises(InputError, match=r"give their pictures no numbers"):
            made.hits(read, path)
        return
    assert made.hits(read, path) == (18, 0, 0)


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_tools__results_of_one_picture(tmp_path, kind):
    """Ultralytics' to_json and to_csv name no picture: a file called like the picture does."""
    made = LabelledSet(tmp_path)
    labels = made.yolo()
    for number, name in enumerate(made.names):
        rows = [named(made, one, ends) for one in made.objects if one[0] == name]
        stem = Path(name).stem
        if kind == "json":
            made.write(rows, f"{stem}.json")
            (tmp_path / "many").mkdir(exist_ok=True)
            made.write(rows, f"many/{stem}.json")
        else:
            (tmp_path / f"{stem}.csv").write_text(as_text(rows))
            (tmp_path / "many").mkdir(exist_ok=True)
            (tmp_path / "many" / f"{stem}.csv").write_text(as_text(rows))
        if number == 0:
            assert made.hits(labels, tmp_path / f"{stem}.{kind}") == (3, 0, 15)
    assert made.hits(labels, tmp_path / "many") == (18, 0, 0)
    if kind == "json":
        made.write([named(made, made.objects[0], ends)], "out.json")
        with pytest.raises(InputError, match=r"1 of 1 name no picture.*a file for each picture"):
            made.hits(labels, tmp_path / "out.json")


def test_tools__a_corner_or_the_centre_is_asked_for(tmp_path):
    made = LabelledSet(tmp_path)
    rows = [
        {**dict(zip(("x", "y", "width", "height"), centre(one), strict=True)), "confidence": 0.9, "file_name": one[0]}
        | {"class": made.classes[one[1]]}
        for one in made.objects
    ]
    with pytest.raises(InputError, match=r"a corner or the centre; say which with --box-format"):
        made.hits(made.yolo(), made.write(rows))
    assert made.hits(made.yolo(), made.write(rows), box_format="cxcywh") == (18, 0, 0)
    # Roboflow's inference writes the picture's size beside its list, and means the centre.
    hosted = {"predictions": rows, "image": {"width": 320, "height": 240}}
    assert made.hits(made.yolo(), made.write(hosted)) == (18, 0, 0)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({}, "expected a list"),
        ({"version": "5.0", "shapes": []}, "expected a list"),
        ("text", "expected a list"),
        ([[1, 2, 3, 4, 0.9, 0]], "entry 0 is no object"),
        ([{"image_id": "v0", "score": 0.9, "category_id": 0}], "entry 0 has no box"),
        ([{"image_id": "v0", "category_id": 0, "bbox": [1, 2, 3, 4]}], "no confidence"),
        ([{"image_id": "v0", "category_id": 0, "bbox": [1, 2, 3, 4], "score": True}], "expected a finite number"),
        (
            [{"image_id": "v0", "category_id": None, "bbox": [1, 2, 3, 4], "score": 0.5}],
            "expected a name or a category",
        ),
        ([{"category_id": 0, "bbox": [1, 2, 3, 4], "score": 0.5}], "name no picture"),
        ({"v0.jpg": {"boxes": [[1, 2, 3, 4]], "scores": [], "labels": [0]}}, "lists of one length"),
        ({"v0.jpg": [[1, 2, 3, 4, 0.9, 0]]}, "no list of predictions"),
        ([{"name": "car", "confidence": 0.9, "box": {f"{a}{n}": 1 for a in "xy" for n in "1234"}}], "turned box"),
    ],
)
def test_tools__what_is_no_list_of_predictions(tmp_path, content, word):
    made = LabelledSet(tmp_path)
    with pytest.raises(InputError, match=word) as raised:
        made.hits(made.yolo(), made.write(content))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "\n", "a;b\n1;2\n", "x,y\n"], ids=repr)
def test_tools__a_csv_that_is_none(tmp_path, text):
    made = LabelledSet(tmp_path)
    (tmp_path / "r.csv").write_text(text)
    if text == "x,y\n":
        assert made.hits(made.yolo(), tmp_path / "r.csv") == (0, 0, 18)
        return
    with pytest.raises(InputError, match=r"is empty|has no box"):
        made.hits(made.yolo(), tmp_path / "r.csv")


def test_copies__written_twice_is_refused_and_some_are_said(tmp_path):
    """``save_txt`` appends: the second run into one folder doubles every line."""
    made = LabelledSet(tmp_path)
    labels = made.yolo()
    with pytest.raises(InputError, match=r"every one of its 18 predictions stands there 2 times"):
        made.hits(labels, made.write(made.results() * 2))
    read = read_labels(labels, images=made.images)
    found = read_predictions(made.write(made.results() + made.results()[:2]), read)
    assert len(found) == 20
    assert any("2 of 20 predictions repeat another" in note for note in found.attrs["notes"])


def test_cases__tracks(cases):
    home = cases / "yolo_track"
    read = read_labels(home / "labels", images=home / "images")
    found = read_predictions(home / "pred7", read)
    assert found["confidence"].tolist() == [0.90, 0.91] * 4
    keys = ["image_id", "xmin", "ymin", "xmax", "ymax"]
    np.testing.assert_allclose(found[keys[1:]].to_numpy(), read.boxes[keys[1:]].to_numpy(), atol=1e-6)
    assert found["image_id"].tolist() == read.boxes["image_id"].tolist()
    with pytest.raises(InputError, match=r"track ids without a confidence"):
        read_predictions(home / "predid", read)
    with pytest.raises(InputError, match=r"no confidence, as in labels"):
        read_predictions(home / "pred6", read)


def test_cases__outlines(cases):
    """One outline in all lines: its hull is x 0.1 to 0.4 of 320 pixels, y 0.1 to 0.3 of 240."""
    home = cases / "pred_variants"
    found = read_predictions(home / "segpred", read_labels(home / "labels", images=home / "images"))
    np.testing.assert_allclose(found[["xmin", "ymin", "xmax", "ymax"]], [[32, 24, 128, 72]] * len(found), atol=1e-9)
