"""What is not known is not measured: pictures with unreadable labels or elsewhere are left out, counted and told of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.__main__ import main
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

NAMES = ("a", "b", "c", "d")
BOXES = ((10, 10, 40, 30), (50, 40, 90, 70))
"""Two in every picture of 100 x 80."""


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Four pictures with two boxes each, their labels as YOLO, and predictions that find every box."""
    rng = np.random.default_rng(0)
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    for name in NAMES:
        noise = rng.integers(0, 255, (80, 100, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "images" / f"{name}.png")
        (tmp_path / "labels" / f"{name}.txt").write_text("".join(f"{yolo(box)}\n" for box in BOXES))
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    results = [
        {"image_id": f"{name}.png", "class_name": "plate", "bbox": [x, y, x1 - x, y1 - y], "score": 0.9}
        for name in NAMES
        for x, y, x1, y1 in BOXES
    ]
    (tmp_path / "found.json").write_text(json.dumps(results))
    return tmp_path


def yolo(box: tuple[float, float, float, float]) -> str:
    x0, y0, x1, y1 = box
    return f"0 {(x0 + x1) / 200} {(y0 + y1) / 160} {(x1 - x0) / 100} {(y1 - y0) / 80}"


def second(old: str, new: str) -> Callable[[str], str]:
    """Change the second of the places where a text stands."""

    def change(text: str) -> str:
        before, after, last = text.split(old, 2)
        return f"{before}{old}{after}{new}{last}"

    return change


def last_object(content: Any, change: Callable[[Any], None], *path: str) -> str:
    part = content
    for name in path:
        part = part[int(name)] if name.lstrip("-").isdecimal() else part[name]
    change(part)
    return json.dumps(content)


BROKEN: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "yolo: four values": ("yolo", "b.txt", lambda text: text[: text.rindex(" ")] + "\n"),
    "yolo: a word for a number": ("yolo", "b.txt", lambda text: text.rsplit(" ", 1)[0] + " wide\n"),
    "yolo: a word for a class": (
        "yolo",
        "b.txt",
        lambda text: text.splitlines()[0] + "\nplate" + text.splitlines()[1][1:],
    ),
    "yolo: no number": ("yolo", "b.txt", lambda text: text.rsplit(" ", 1)[0] + " nan\n"),
    "yolo: nothing but no area": ("yolo", "b.txt", lambda text: "0 0.5 0.5 0.2 0\n"),
    "yolo: negative size": ("yolo", "b.txt", lambda text: text.rsplit(" ", 1)[0] + " -0.2\n"),
    "yolo: outside": ("yolo", "b.txt", lambda text: text.splitlines()[0] + "\n0 1.4 0.5 0.2 0.2\n"),
    "yolo: no text": ("yolo", "b.txt", lambda text: text + "\0\0"),
    "voc: broken": ("voc", "b.xml", lambda text: text[: len(text) // 2]),
    "voc: no bndbox": ("voc", "b.xml", second("bndbox", "bbox")),
    "voc: no xmin": ("voc", "b.xml", lambda text: re.sub(r"<xmin>.*?</xmin>", "", text, count=1)),
    "voc: a word": ("voc", "b.xml", lambda text: re.sub(r"<xmax>.*?</xmax>", "<xmax>wide</xmax>", text, count=1)),
    "voc: swapped": ("voc", "b.xml", lambda text: re.sub(r"<xmax>.*?</xmax>", "<xmax>1</xmax>", text, count=1)),
    "voc: no name": ("voc", "b.xml", lambda text: text.replace("<name>plate</name>", "<name></name>", 1)),
    "coco: three numbers": (
        "coco",
        "*.json",
        lambda text: last_object(json.loads(text), lambda one: one["bbox"].pop(), "annotations", "3"),
    ),
    "coco: no such class": (
        "coco",
        "*.json",
        lambda text: last_object(json.loads(text), lambda one: one.update(category_id=77), "annotations", "3"),
    ),
    "labelme: broken": ("labelme", "b.json", lambda text: text[:-20]),
    "labelme: a point that is none": (
        "labelme",
        "b.json",
        lambda text: last_object(json.loads(text), lambda one: one.update(points=[["x", 1], [2, 3]]), "shapes", "1"),
    ),
    "cvat: no corner": ("cvat", "*.xml", lambda text: _in_b(text, r' xtl="[^"]*"', "")),
    "cvat: a word": ("cvat", "*.xml", lambda text: _in_b(text, r' xtl="[^"]*"', ' xtl="left"')),
    "label studio: no width": (
        "label-studio",
        "*.json",
        lambda text: last_object(
            json.loads(text), lambda one: one["value"].pop("width"), "1", "annotations", "0", "result", "1"
        ),
    ),
}


def _in_b(text: str, old: str, new: str) -> str:
    start = text.index("b.png")
    return text[:start] + re.sub(old, new, text[start:], count=1)


@pytest.mark.parametrize("case", BROKEN)
def test_unreadable__the_picture_is_left_out_counted_and_told_of(case: str, plain: Path, call: Any) -> None:
    format, pattern, change = BROKEN[case]
    labels = plain / format
    assert call("convert", plain / "labels", labels, "--to", format, "--images", plain / "images")[0] == 0
    path = next(iter(sorted(labels.rglob(pattern) if labels.is_dir() else [labels])))
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    given = ["--images", plain / "images", "--labels", labels, "--predictions", plain / "found.json"]

    status, said, complained = call("evaluate", *given, "--json")
    found = json.loads(said)
    # What is left is right, every box of it; the picture whose second box nobody knows is no false alarm.
    assert {name: found["metrics"][name] for name in ("tp", "fp", "fn", "pictures")} == {
        **{"tp": 6, "fp": 0, "fn": 0},
        "pictures": 3,
    }
    counts = found["settings"]["unreadable_left_out"], found["metrics"]["unlabelled_left_out"]
    assert counts == (1, 0)
    assert found["settings"]["predictions_left_out"] == 2
    assert status == 1
    assert complained == ""

    status, said, complained = call("evaluate", *given)
    assert (status, len(complained.splitlines())) == (1, 1)
    assert "1 picture left out with 2 predictions" in complained
    assert path.name in complained
    failed = json.loads(call("failures", *given, "--json")[1])["failures"]
    assert failed == []


def test_unreadable__said_on_the_page_and_in_words(plain: Path) -> None:
    (plain / "labels" / "b.txt").write_text(yolo(BOXES[0]) + "\n0 0.5\n")
    test = wb.files(plain / "images", plain / "labels")
    assert "(3 labelled, 1 returned)" in repr(test)
    assert "1 left out with labels that cannot be read" in repr(test)
    held = test.evaluate(plain / "found.json")
    assert "b.txt, line 2" in repr(held)
    assert "b.txt, line 2" in held._repr_html_()
    page = held.save(plain / "page.html").read_text("utf-8")
    assert "1 picture left out with 2 predictions" in page


def test_unreadable__nothing_is_left_to_measure(plain: Path) -> None:
    for name in NAMES:
        (plain / "labels" / f"{name}.txt").write_text("0 0.5\n")
    test = wb.files(plain / "images", plain / "labels")
    with pytest.raises(InputError, match=r"no labels could be read in full, first a\.txt, line 1.*workbench check"):
        test.evaluate(plain / "found.json")


def test_unreadable__a_fault_of_no_known_picture(plain: Path, call: Any) -> None:
    assert call("convert", plain / "labels", plain / "coco", "--to", "coco", "--images", plain / "images")[0] == 0
    path = next((plain / "coco").rglob("*.json"))
    content = json.loads(path.read_text())
    content["annotations"].append({"id": 99, "image_id": 999, "category_id": 1, "bbox": [1, 2, 3, 4]})
    path.write_text(json.dumps(content))
    status, _, complained = call(
        *("evaluate", "--images", plain / "images", "--labels", plain / "coco", "--predictions", plain / "found.json")
    )
    assert status == 1
    assert "1 fault in the labels could not be put to a picture" in complained


def test_unreadable__a_box_without_area_is_a_slip_of_the_hand(plain: Path, call: Any) -> None:
    (plain / "labels" / "b.txt").write_text(f"{yolo(BOXES[0])}\n{yolo(BOXES[1])}\n0 0.5 0.5 0.2 0\n")
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "found.json"]
    status, said, _ = call("evaluate", *given, "--json")
    found = json.loads(said)
    assert (status, found["metrics"]["pictures"], found["metrics"]["boxes"], found["metrics"]["tp"]) == (1, 4, 8, 8)
    said = call("evaluate", *given)[2]
    assert (
        "1 box without area left out of the truth, so that a find there counts as a false alarm: b.txt, line 3" in said
    )


def test_unreadable__a_box_that_is_only_suspicious_counts(plain: Path, call: Any) -> None:
    # Half a pixel over the edge: reported by the check, and a box all the same.
    (plain / "labels" / "b.txt").write_text(f"{yolo(BOXES[0])}\n{yolo((50, 40, 100.5, 70))}\n")
    given = ["--images", plain / "images", "--labels", plain / "labels", "--predictions", plain / "found.json"]
    status, said, _ = call("evaluate", *given, "--json")
    found = json.loads(said)
    assert (status, found["settings"]["unreadable_left_out"], found["metrics"]["boxes"]) == (0, 0, 8)


def test_images__limit_what_is_looked_at(plain: Path, call: Any) -> None:
    (plain / "some").mkdir()
    for name in "ad":
        (plain / "images" / f"{name}.png").rename(plain / "some" / f"{name}.png")
    given = ["--images", plain / "some", "--labels", plain / "labels", "--predictions", plain / "found.json"]
    status, said, complained = call("evaluate", *given, "--json")
    found = json.loads(said)
    assert (status, complained) == (0, "")
    assert {name: found["metrics"][name] for name in ("tp", "fp", "fn", "recall")} == {
        **{"tp": 4, "fp": 0, "fn": 0},
        "recall": 1.0,
    }
    settings = found["settings"]
    assert (settings["pictures"], settings["elsewhere_left_out"], settings["predictions_left_out"]) == (2, 2, 4)
    complained = call("evaluate", *given)[2]
    assert f"2 labelled pictures not in {plain / 'some'}: left out with 4 predictions" in complained


def test_images__no_label_is_of_them(plain: Path, call: Any) -> None:
    (plain / "other").mkdir()
    Image.new("RGB", (100, 80)).save(plain / "other" / "z.png")
    given = ["--images", plain / "other", "--labels", plain / "labels", "--predictions", plain / "found.json"]
    status, _, complained = call("evaluate", *given)
    assert status == 2
    assert f"none of the 4 labelled pictures of {plain / 'labels'}, first 'a', is in {plain / 'other'}" in complained


def test_images__labels_alone_are_looked_at_as_they_are(plain: Path) -> None:
    # Whoever has no pictures can still count: COCO says how large they are.
    rows = [{"id": n, "file_name": f"{name}.png", "width": 100, "height": 80} for n, name in enumerate(NAMES)]
    marks = [
        {"id": 10 * n + k, "image_id": n, "category_id": 1, "bbox": [x, y, x1 - x, y1 - y]}
        for n in range(len(NAMES))
        for k, (x, y, x1, y1) in enumerate(BOXES)
    ]
    (plain / "alone").mkdir()
    content = {"images": rows, "annotations": marks, "categories": [{"id": 1, "name": "plate"}]}
    (plain / "alone" / "set.json").write_text(json.dumps(content))
    held = wb.files(labels=plain / "alone" / "set.json").evaluate(plain / "found.json")
    assert (held.settings.pictures, held.metrics["tp"], held.settings.remarks) == (4, 8, ())


def test_predictions__of_some_of_the_pictures_only() -> None:
    names = [f"i{number}" for number in range(20)]
    images = pd.DataFrame({"image_id": names, "label_status": "labelled"})
    boxes = pd.DataFrame([[name, "plate", 0, 0, 9, 9] for name in names], columns=["image_id", "class_name", *CORNERS])
    found = boxes.assign(confidence=0.9)
    few = wb.evaluate(images, boxes, found.iloc[:4])
    assert few.settings.pictures_with_predictions == 4
    assert "the predictions name 4 of 20 labelled pictures with boxes" in few.settings.remarks[0]
    assert "other 16 count as missed" in few.settings.remarks[0]
    assert wb.evaluate(images, boxes, found.iloc[:19]).settings.remarks == ()
    # A picture without boxes needs no prediction.
    assert wb.evaluate(images, boxes.iloc[:4], found.iloc[:4]).settings.remarks == ()


def test_difficult__neither_found_nor_missed_as_voc_has_it(cases: Path, call: Any) -> None:
    here = cases / "voc_difficult"
    given = ["--images", here / "images", "--labels", here / "xml", "--predictions", here / "p.json"]
    for words, expected in (
        ((), (2, 0, 0)),
        (("--difficult", "ignore"), (2, 0, 0)),
        (("--difficult", "count"), (2, 0, 2)),
    ):
        status, said, _ = call("evaluate", *given, "--json", *words)
        found = json.loads(said)
        assert status == 0
        assert tuple(found["metrics"][name] for name in ("tp", "fp", "fn")) == expected
        assert found["settings"]["difficult"] == ("count" if "count" in words else "ignore")
        assert len(found["settings"]["remarks"]) == 1
    assert (
        "2 boxes marked difficult, which count neither as found nor as missed, as Pascal VOC"
        in call("evaluate", *given)[2]
    )


@pytest.mark.parametrize("said", [1, "1", True, "true", "Yes"])
def test_difficult__whatever_it_is_written_as(said: object) -> None:
    images = pd.DataFrame({"image_id": ["a"], "label_status": "labelled"})
    boxes = pd.DataFrame(
        [["a", "plate", 0, 0, 9, 9, said], ["a", "plate", 20, 20, 40, 40, "0"]],
        columns=["image_id", "class_name", *CORNERS, "difficult"],
    )
    hit = pd.DataFrame([["a", "plate", 0.9, 0, 0, 9, 9]], columns=["image_id", "class_name", "confidence", *CORNERS])
    test = wb.evaluate(images, boxes, hit).test
    counted, ignored = (test.evaluate(hit, difficult=rule) for rule in ("count", "ignore"))
    assert [counted.metrics[name] for name in ("tp", "fp", "fn")] == [1, 0, 1]
    # Found or not, it is no hit and no false alarm.
    assert [ignored.metrics[name] for name in ("tp", "fp", "fn", "ignored")] == [0, 0, 1, 1]


@pytest.mark.slow
def test_failures__a_page_says_how_many_it_leaves_out_and_json_has_all(tmp_path: Path, call: Any) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    Image.new("RGB", (400, 400)).save(tmp_path / "images" / "a.png")
    rows = [f"0 {0.025 + 0.05 * (n % 20)} {0.025 + 0.05 * (n // 20)} 0.03 0.03" for n in range(300)]
    (tmp_path / "labels" / "a.txt").write_text("\n".join(rows))
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    (tmp_path / "found.json").write_text("[]")
    given = ["--images", tmp_path / "images", "--labels", tmp_path / "labels", "--predictions", tmp_path / "found.json"]
    assert len(json.loads(call("failures", *given, "--json")[1])["failures"]) == 300
    _, said, _ = call("failures", *given, "--out", tmp_path / "page.html")
    assert "the page shows 240 of 300 failures; --json lists every one" in said
    page = (tmp_path / "page.html").read_text("utf-8")
    assert (
        "60 more failures are not shown on this page (300 in all): workbench failures --json lists every one." in page
    )


def _named_in_folders(tmp_path, names):
    """COCO labels and predictions by name for pictures in folders, each box at a place of its own."""
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (200, 100)).save(tmp_path / name)
    boxes = [[10 * place + 1, 1, 20, 20] for place in range(len(names))]
    images = [{"id": place, "file_name": name} for place, name in enumerate(names)]
    labels = [{"id": place, "image_id": place, "category_id": 1, "bbox": box} for place, box in enumerate(boxes)]
    content = {"images": images, "annotations": labels, "categories": [{"id": 1, "name": "cat"}]}
    (tmp_path / "labels.json").write_text(json.dumps(content))
    found = [{"file_name": n, "category_id": 1, "bbox": b, "score": 0.9} for n, b in zip(names, boxes, strict=True)]
    (tmp_path / "found.json").write_text(json.dumps(found))
    (tmp_path / "first.json").write_text(json.dumps(found[:2]))
    (tmp_path / "own.json").write_text(
        json.dumps({**content, "annotations": [{**one, "score": 0.9} for one in labels]})
    )


@pytest.mark.parametrize("folders", [("cam1", "cam2"), ("train", "test")])
def test_files__a_folder_of_some_pictures_takes_no_labels_or_finds_of_their_namesakes(tmp_path, folders):
    _named_in_folders(tmp_path, [f"{folder}/{name}.jpg" for folder in folders for name in "ab"])
    test = wb.files(tmp_path / folders[1], tmp_path / "labels.json")
    assert test.boxes["xmin"].tolist() == [21, 31]
    assert test.left_out.elsewhere == 2
    for given in ("found.json", "own.json"):
        metrics = test.evaluate(tmp_path / given).metrics
        assert (metrics["tp"], metrics["fp"], metrics["fn"]) == (2, 0, 0)
    with pytest.raises(
        InputError, match=f"none of the 2 predictions is of a picture in .*, first '{folders[0]}/a.jpg'"
    ):
        test.evaluate(tmp_path / "first.json")


def test_files__labels_of_train_are_not_put_on_pictures_of_the_same_name_in_val(tmp_path):
    for split, left in (("train2017", 1), ("val2017", 50)):
        (tmp_path / split).mkdir()
        Image.new("RGB", (200, 100)).save(tmp_path / split / "000001.jpg")
        content = {
            "images": [{"id": 1, "file_name": "000001.jpg"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [left, 1, 20, 20]}],
            "categories": [{"id": 1, "name": "cat"}],
        }
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    test = wb.files(tmp_path / "val2017", tmp_path / "annotations")
    assert test.boxes["xmin"].tolist() == [50]
    assert test.left_out.elsewhere == 1


def _file_a_folder(tmp_path, kind, folders):
    """One label file of many pictures in each folder, as Roboflow exports them."""
    for place, folder in enumerate(folders):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (200, 100)).save(tmp_path / folder / "a.jpg")
        left = 10 + 40 * place
        if kind == "csv":
            text = f"filename,class,xmin,ymin,xmax,ymax\na.jpg,cat,{left},1,{left + 20},21\n"
        elif kind == "createml":
            box = {"x": left + 10, "y": 11, "width": 20, "height": 20}
            text = json.dumps([{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": box}]}])
        else:
            text = json.dumps(
                {
                    "images": [{"id": 0, "file_name": "a.jpg"}],
                    "annotations": [{"id": 0, "image_id": 0, "category_id": 1, "bbox": [left, 1, 20, 20]}],
                    "categories": [{"id": 1, "name": "cat"}],
                }
            )
        (tmp_path / folder / f"_annotations.{'csv' if kind == 'csv' else 'json'}").write_text(text)


@pytest.mark.parametrize("kind", ["csv", "createml", "coco"])
@pytest.mark.parametrize("folders", [("train", "valid", "test"), ("cam1", "cam2", "cam3")])
def test_files__one_folder_of_several_with_a_file_each(tmp_path, kind, folders):
    _file_a_folder(tmp_path, kind, folders)
    for place, folder in enumerate(folders):
        test = wb.files(tmp_path / folder, tmp_path)
        assert test.boxes["xmin"].tolist() == [10 + 40 * place]
        assert test.left_out.elsewhere == 2
    assert sorted(wb.files(tmp_path, tmp_path).boxes["xmin"]) == [10, 50, 90]


@pytest.mark.parametrize("kind", ["csv", "createml", "coco"])
def test_files__labels_of_train_alone_are_not_put_on_pictures_of_test(tmp_path, kind):
    _file_a_folder(tmp_path, kind, ("train", "test"))
    next((tmp_path / "test").glob("_*")).unlink()
    with pytest.raises(InputError, match=r"none of the 1 labelled pictures of .* is in"):
        wb.files(tmp_path / "test", tmp_path)
