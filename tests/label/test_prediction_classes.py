"""Which class a number means: lists, the labels' own numbers, counting from 0 or from 1; and what is refused."""

from __future__ import annotations

import json

import pytest

from workbench.label import read_labels, read_predictions
from workbench.model.errors import InputError

from .labelled_set import LabelledSet


def ultralytics(one):
    return one[0]


@pytest.mark.parametrize("classes", [("plate",), ("car", "bus"), tuple("abcdefg")], ids=len)
@pytest.mark.parametrize("first", [0, 1])
def test_classes__all_of_them_show_how_they_are_counted(tmp_path, classes, first):
    made = LabelledSet(tmp_path, classes=classes)
    read = read_labels(made.yolo(), images=made.images)
    found = read_predictions(made.write(made.results(first=first)), read)
    assert found["class_name"].tolist() == [classes[kind] for _, kind, *_ in made.objects]
    assert ("counted from 1" in found.attrs["reading"]) == bool(first)


@pytest.mark.parametrize(
    ("first", "skip", "labels"),
    [
        (1, (2,), "yolo"),
        (0, (0,), "yolo"),
        (1, (1, 2), "yolo"),
        (0, (0, 1), "yolo"),
        (1, (2,), "coco"),
        (0, (0,), "coco"),
        (0, (0, 1), "coco"),
    ],
    ids=str,
)
def test_classes__the_boxes_tell_where_the_numbers_do_not(tmp_path, first, skip, labels):
    """The last class never occurs, or the first; the labelled boxes say how the numbers count, and this is said."""
    made = LabelledSet(tmp_path)
    read = read_labels(made.yolo() if labels == "yolo" else made.coco(first=0), images=made.images)
    found = read_predictions(made.write(made.results(first=first, skip=skip)), read)
    assert found["class_name"].tolist() == [made.classes[kind] for _, kind, *_ in made.objects if kind not in skip]
    said = [found.attrs["reading"], *found.attrs["notes"]]
    assert any("counted from 1" in words for words in said) == (first == 1)


def test_classes__asked_for_where_nothing_tells(tmp_path):
    """No prediction lies on a labelled box: the numbers 1 and 2 of three classes may be counted either way."""
    made = LabelledSet(tmp_path)
    labels = made.yolo()
    found = made.write(made.results(first=1, skip=(2,), bbox=[2, 2, 9, 9]))
    with pytest.raises(InputError, match=r"more than one way.*--category-offset 0 or 1.*--names") as raised:
        made.hits(labels, found)
    assert "\n" not in str(raised.value)
    assert made.hits(labels, found, category_offset=1) == (0, 12, 18)
    with pytest.raises(InputError, match=r"expected 0 or 1"):
        made.hits(labels, found, category_offset=2)


def test_classes__ultralytics_counts_from_1_even_where_nothing_is_hit(tmp_path):
    made = LabelledSet(tmp_path)
    read = read_labels(made.yolo(), images=made.images)
    given = made.results(first=1, skip=(2,), file_name=ultralytics, bbox=[2, 2, 9, 9])
    found = read_predictions(made.write(given), read)
    assert set(found["class_name"]) == {"car", "bus"}
    assert "as Ultralytics writes them; pictures by file name; categories counted from 1" in found.attrs["reading"]
    # The same fields counted from 0, and all right so: the boxes go before what the tool usually does.
    found = read_predictions(made.write(made.results(first=0, skip=(0,), file_name=ultralytics)), read)
    assert set(found["class_name"]) == {"bus", "plate"}


def test_classes__coco_ids_stand_as_they_are(tmp_path):
    """Ids of COCO's labels need no counting, however few occur, and whether they hit or not."""
    made = LabelledSet(tmp_path)
    labels = made.coco(first=11)
    assert made.hits(labels, made.write(made.results(first=11, skip=(0, 1)))) == (6, 0, 12)
    read = read_labels(made.coco(first=1), images=made.images)
    found = read_predictions(made.write(made.results(first=1, skip=(2,), bbox=[2, 2, 9, 9])), read)
    assert found["class_name"].tolist() == ["car", "bus"] * 6


def test_classes__one_class_is_no_proof_against_ids(tmp_path):
    """Everything called 1 where the boxes are of class 0: counted from 1, or a detector that knows one name only."""
    made = LabelledSet(tmp_path)
    with pytest.raises(InputError, match=r"more than one way.*--category-offset"):
        made.hits(made.coco(first=0), made.write(made.results(first=1, skip=(1, 2))))


@pytest.mark.parametrize("kind", ["txt", "json"])
def test_classes__a_class_above_all_others(tmp_path, kind):
    """Roboflow's COCO files begin with a category that no box has; the detector's first class is the second one."""
    made = LabelledSet(tmp_path / "set")
    path = made.coco()
    content = json.loads(path.read_text())
    content["categories"].insert(0, {"id": 0, "name": "things"})
    path.write_text(json.dumps(content))
    found = made.write_txt(tmp_path / "run", " 0.9") if kind == "txt" else made.write(made.results())
    assert made.hits(path, found) == (18, 0, 0)
    # Counted from 1, as Ultralytics does, they are the ids.
    assert made.hits(path, made.write(made.results(first=1))) == (18, 0, 0)


def test_classes__labels_without_names(tmp_path):
    """Without a class list the labels are called class_0 and so on, and a list beside predictions changes nothing."""
    made = LabelledSet(tmp_path / "set")
    folder = made.write_txt(tmp_path / "run", " 0.9")
    (folder / "classes.txt").write_text("car\nbus\nplate\n")
    assert made.hits(made.yolo(listed=False), folder) == (18, 0, 0)


def test_classes__a_number_of_none(tmp_path):
    made = LabelledSet(tmp_path / "three")
    with pytest.raises(InputError, match=r"entry 2: category 4 is not in the labels, which have 0 car, 1 bus, 2 plate"):
        made.hits(made.yolo(), made.write(made.results(category_id=lambda one: one[1] * 2)))
    one = LabelledSet(tmp_path / "one", classes=("plate",))
    with pytest.raises(InputError, match=r"category 5 is not in the labels"):
        one.hits(one.voc(), one.write(one.results(first=5)))


ORDER = (2, 0, 1)
NAMES = ["bus", "plate", "car"]
"""The detector's numbers: 0 is bus."""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("classes.txt", "bus\nplate\ncar\n"),
        ("data.yaml", "names: [bus, plate, car]\n"),
        ("data.yaml", "names: {0: bus, 1: plate, 2: car}\n"),
        ("obj.names", "bus\nplate\ncar\n"),
        ("my.names", "bus\nplate\ncar\n"),
    ],
)
@pytest.mark.parametrize("where", [".", ".."])
@pytest.mark.parametrize("labels", ["voc", "yolo", "coco"])
def test_classes__a_list_beside_goes_by_name(tmp_path, file, text, where, labels):
    made = LabelledSet(tmp_path / "set")
    folder = made.write_txt(tmp_path / "run" / "labels", " 0.9", ORDER)
    (folder / where / file).write_text(text)
    assert made.hits(getattr(made, labels)(), folder) == (18, 0, 0)


@pytest.mark.parametrize("names", [NAMES, "bus,plate,car", "bus, plate , car", "names.txt", "list.yaml"], ids=str)
def test_classes__names_as_given(tmp_path, names):
    made = LabelledSet(tmp_path / "set")
    folder = made.write_txt(tmp_path / "run", " 0.9", ORDER)
    (tmp_path / "names.txt").write_text("bus\nplate\ncar\n")
    (tmp_path / "list.yaml").write_text("names:\n  0: bus\n  1: plate\n  2: car\n")
    given = str(tmp_path / names) if "." in names else names
    assert made.hits(made.voc(), folder, names=given) == (18, 0, 0)
    results = made.write(made.results(category_id=lambda one: ORDER[one[1]]))
    assert made.hits(made.voc(), results, names=given) == (18, 0, 0)


def test_classes__numbers_against_labels_without_numbers_are_refused(tmp_path):
    """VOC has names only; in which order they appear says nothing, and changes when a file breaks."""
    made = LabelledSet(tmp_path / "set")
    labels = made.voc()
    folder = made.write_txt(tmp_path / "run", " 0.9")
    for broken in (False, True):
        if broken:
            (labels / "v0.xml").write_text("<annotation><object>")
        with pytest.raises(InputError, match=r"3 classes without numbers.*--names.*classes.txt or data.yaml"):
            made.hits(labels, folder)
    one = LabelledSet(tmp_path / "one", classes=("plate",))
    assert one.hits(one.voc(), one.write_txt(tmp_path / "one_run", " 0.9")) == (6, 0, 0)


def test_classes__a_list_that_lacks_a_number(tmp_path):
    made = LabelledSet(tmp_path / "set")
    folder = made.write_txt(tmp_path / "run", " 0.9")
    with pytest.raises(InputError, match=r"v0.txt, line 3: category 2 is not in the list that was given"):
        made.hits(made.voc(), folder, names="car,bus")
    with pytest.raises(InputError, match=r"class 'lorry' is not in the labels"):
        made.hits(made.voc(), folder, names="car,bus,lorry")
    with pytest.raises(InputError, match=r"nowhere.txt"):
        made.hits(made.voc(), folder, names=tmp_path / "nowhere.txt")


def test_classes__numbers_in_another_order_are_refused(tmp_path):
    """YOLO txt of a detector with other numbers, and nothing beside it that says so."""
    made = LabelledSet(tmp_path / "set")
    folder = made.write_txt(tmp_path / "run", " 0.9", ORDER)
    with pytest.raises(InputError, match=r"only 0 of 18 .* another order; give its names with --names"):
        made.hits(made.yolo(), folder)
    assert made.hits(made.yolo(), folder, names=NAMES) == (18, 0, 0)


def test_classes__a_number_that_two_files_use(tmp_path):
    made = [LabelledSet(tmp_path / "a"), LabelledSet(tmp_path / "b", names=("w.jpg",), classes=("bus", "car"), seed=3)]
    (tmp_path / "gt").mkdir()
    for one in made:
        one.coco().rename(tmp_path / "gt" / f"{one.root.name}.json")
    read = read_labels(tmp_path / "gt", images=tmp_path)
    path = made[0].write(made[0].results(first=1))
    with pytest.raises(InputError, match=r"category 1 is 'car' and 'bus' in the label files"):
        read_predictions(path, read)
    named = made[0].results(category_name=lambda one: made[0].classes[one[1]])
    assert set(read_predictions(made[0].write(named), read)["class_name"]) == {"car", "bus", "plate"}


def test_classes__digits_for_names(tmp_path):
    """Characters of a number plate: the class called '1' is not the class number 1."""
    made = LabelledSet(tmp_path, classes=("7", "1", "0"))
    read = read_labels(made.yolo(), images=made.images)
    for changes in (
        {"category_id": None, "class_name": lambda one: made.classes[one[1]]},
        {"category_id": None, "class": lambda one: made.classes[one[1]]},
        {},
    ):
        found = read_predictions(made.write(made.results(**changes)), read)
        assert found["class_name"].tolist() == ["7", "1", "0"] * 6


@pytest.mark.parametrize(
    ("predictions", "hits"),
    [
        ("zero.json", 24),
        ("one_all.json", 24),
        ("one_no_last.json", 16),
        ("full.json", 24),
        ("full2.json", 24),
        ("abs.json", 24),
        ("win.json", 24),
        ("stem_ext.json", 24),
        ("sv.csv", 24),
        ("sv.json", 24),
        ("empty.json", 0),
        ("runs/detect/predict", 21),
        ("runs/detect/predict/labels", 21),
    ],
)
@pytest.mark.parametrize("labels", ["labels", "gt.json"])
def test_cases__read_as_they_were_meant(cases, predictions, hits, labels):
    """The predictions of these cases are their very labels: each lies on a box of its class, to the pixel."""
    home = cases / "pred_variants"
    read = read_labels(home / labels, images=home / "images")
    found = read_predictions(home / predictions, read)
    keys = ["image_id", "class_name", "xmin", "ymin", "xmax", "ymax"]
    truth = {tuple(row) for row in read.boxes[keys].round(0).to_numpy().tolist()}
    assert {tuple(row) for row in found[keys].round(0).to_numpy().tolist()} <= truth
    assert len(found) == hits


@pytest.mark.parametrize(
    ("predictions", "word"),
    [
        ("sahi.json", "add the file_name|that the labels do not have"),
        ("xyxy.json", "look like xmin ymin xmax ymax in pixels.*--box-format xyxy"),
        ("norm.json", "look like x y width height from 0 to 1.*--box-format xywh-rel"),
        ("ul_to_json.json", "name no picture"),
        ("p_comma", "v0.txt, line 1 holds commas"),
        ("p_pct", "confidence is 87.*percent"),
        ("p_conf2", "look like class confidence cx cy w h"),
    ],
)
@pytest.mark.parametrize("labels", ["labels", "gt.json"])
def test_cases__refused_by_name(cases, predictions, word, labels):
    home = cases / "pred_variants"
    with pytest.raises(InputError, match=word) as raised:
        read_predictions(home / predictions, read_labels(home / labels, images=home / "images"))
    assert "\n" not in str(raised.value)


def test_cases__ultralytics_val_of_one_class(cases):
    home = cases / "ul_val_one_class"
    read = read_labels(home / "labels", images=home / "images")
    found = read_predictions(home / "predictions.json", read)
    written = json.loads((home / "predictions.json").read_text())
    assert found["image_id"].tolist() == [entry["file_name"] for entry in written]
    assert set(found["class_name"]) == {"plate"}
    assert "counted from 1" in found.attrs["reading"]
