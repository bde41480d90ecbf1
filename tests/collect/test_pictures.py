from __future__ import annotations

import json
import os
import shutil
import unicodedata
from typing import Any

import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.collect import Labelled, collect_pictures
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.pictures import measure
from workbench.project.files import sha256_of


def labels(**pictures: Any) -> Labelled:
    """Labels by picture: a status, or the corners of its boxes; dots in names are written as ``__``."""
    images, boxes = [], []
    for name, said in ((name.replace("__", "."), said) for name, said in pictures.items()):
        images.append({"image_id": name, "label_status": said if isinstance(said, str) else "labelled"})
        for corners in () if isinstance(said, str) else said:
            boxes.append({"image_id": name, "class_name": "plate", **dict(zip(CORNERS, corners, strict=True))})
    return Labelled(
        tables.from_rows("images", images), tables.from_rows("boxes", boxes), tables.empty("problems"), ("plate",)
    )


def collect(project, folder, **options: Any):
    return collect_pictures(project, folder, **options)


def whole(project) -> list[pd.DataFrame]:
    return [project.images, project.boxes, project.store.events()]


def assert_same(first: list[pd.DataFrame], second: list[pd.DataFrame]) -> None:
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_collect__enters_what_a_picture_is(home, tmp_path, draw):
    file = draw(tmp_path / "web" / "a.jpg")
    report = collect(home, tmp_path / "web", who="ann")
    row = home.images.iloc[0]
    known = measure(file)
    assert row["image_id"] == "web/a.jpg"
    assert row["path"] == "pictures/web/a.jpg"
    assert row["sha256"] == known.sha256 == sha256_of(home.root / row["path"])
    assert (row["width"], row["height"]) == (64, 48)
    assert (row["source"], row["group_id"]) == ("web", f"photo-{known.sha256[:12]}")
    assert (row["sharpness"], row["brightness"], row["contrast"]) == (
        known.quality.sharpness,
        known.quality.brightness,
        known.quality.contrast,
    )
    assert pd.isna(row["frame_s"])
    assert report.added["image_id"].tolist() == ["web/a.jpg"]
    assert home.store.events("web/a.jpg")["who"].tolist() == ["ann"]


@pytest.mark.parametrize(
    "name",
    [
        "번호판 사진.jpg",
        "a#b.png",
        "x=y&z.jpg",
        "two words.JPG",
        "sub folder/차/1.webp",
        "100%.jpeg",
        "~.bmp",
        "a.b.c.tif",
    ],
)
def test_collect__keeps_names_as_they_are(name, home, tmp_path, draw):
    file = draw(tmp_path / "web" / name)
    report = collect(home, tmp_path / "web")
    assert report.problems.empty
    row = home.images.iloc[0]
    assert row["image_id"] == f"web/{name}"
    assert (home.root / row["path"]).read_bytes() == file.read_bytes()


def test_collect__writes_names_composed(home, tmp_path, draw):
    name = "차량 é.jpg"
    draw(tmp_path / "web" / unicodedata.normalize("NFD", name))
    collect(home, tmp_path / "web")
    row = home.images.iloc[0]
    assert row["image_id"] == f"web/{name}" == unicodedata.normalize("NFC", f"web/{name}")
    assert (home.root / row["path"]).is_file()


def test_collect__two_names_that_differ_by_composition_only(home, tmp_path, draw):
    composed, split_up = (unicodedata.normalize(form, "차.jpg") for form in ("NFC", "NFD"))
    draw(tmp_path / "web" / composed, seed=1)
    draw(tmp_path / "web" / split_up, seed=2)
    if len(list((tmp_path / "web").iterdir())) < 2:
        pytest.skip("this disk takes both names for one")
    report = collect(home, tmp_path / "web", labelled=labels(**{"차__jpg": [(1, 2, 3, 4)]}))
    assert (len(report.added), report.boxes) == (2, 2)
    assert home.images["sha256"].nunique() == 2
    assert sorted(home.boxes["image_id"]) == sorted(home.images["image_id"])


def test_collect__lists_a_name_that_is_no_text_and_takes_the_others(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    draw(tmp_path / "web" / "b.jpg", seed=1)
    try:
        # As an archive from Korean Windows leaves it: CP949 bytes.
        (tmp_path / "web" / "b.jpg").rename(tmp_path / "web" / os.fsdecode("차.jpg".encode("cp949")))
    except OSError:
        pytest.skip("this disk takes UTF-8 names only")
    report = collect(home, tmp_path / "web")
    assert home.images["image_id"].tolist() == ["web/a.jpg"]
    assert report.problems[["code", "fix"]].to_numpy().tolist() == [["picture-unreadable", "rename the file"]]
    json.dumps(report.to_json_dict(), ensure_ascii=False).encode()


def test_collect__again_adds_nothing(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    draw(tmp_path / "web" / "sub" / "번호.png", seed=1)
    said = labels(a__jpg=[(1, 2, 30, 40)], **{"sub/번호__png": "empty"})
    collect(home, tmp_path / "web", labelled=said)
    before = whole(home)
    files = {file: file.stat().st_mtime_ns for file in home.pictures.rglob("*")}
    report = collect(home, tmp_path / "web", labelled=said)
    assert_same(whole(home), before)
    assert {file: file.stat().st_mtime_ns for file in home.pictures.rglob("*")} == files
    assert (len(report.added), report.boxes, report.relabelled, report.already) == (0, 0, 0, 2)
    assert report.summary["already"] == 2


def test_collect__lists_every_problem_and_takes_the_others(home, tmp_path, draw):
    web = tmp_path / "web"
    draw(web / "good.jpg")
    (web / "empty.jpg").touch()
    (web / "글.jpg").write_text("번호판")
    (web / "cut.jpg").write_bytes(draw(tmp_path / "whole.jpg", seed=3).read_bytes()[:-300])
    report = collect(home, web)
    assert home.images["image_id"].tolist() == ["web/good.jpg"]
    found = report.problems.set_index("file")
    assert found["code"].to_dict() == dict.fromkeys(["empty.jpg", "글.jpg", "cut.jpg"], "picture-unreadable")
    assert set(found["severity"]) == {"error"}
    assert "0 bytes" in found.loc["empty.jpg", "message"]
    assert "not a picture" in found.loc["글.jpg", "message"]
    assert "truncated" in found.loc["cut.jpg", "message"]
    assert sorted(file.name for file in home.pictures.rglob("*.*")) == ["good.jpg"]


def test_collect__a_mended_file_comes_in_later(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    (tmp_path / "web" / "b.jpg").touch()
    collect(home, tmp_path / "web")
    draw(tmp_path / "web" / "b.jpg", seed=1)
    report = collect(home, tmp_path / "web")
    assert report.added["image_id"].tolist() == ["web/b.jpg"]
    assert report.problems.empty


def test_collect__nothing_but_broken_files_is_a_report_and_no_error(home, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "a.jpg").touch()
    report = collect(home, tmp_path / "web")
    assert (len(report.added), len(report.problems)) == (0, 1)
    assert json.loads(json.dumps(report.to_json_dict()))["summary"]["problems"] == 1


def test_collect__takes_a_wrong_ending_and_says_so(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg", format="PNG")
    report = collect(home, tmp_path / "web")
    assert len(home.images) == 1
    assert report.problems["code"].tolist() == ["wrong-extension"]
    assert "PNG" in report.problems["message"].iloc[0]


def test_collect__gives_upright_sizes_and_leaves_the_file_alone(home, tmp_path, draw):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = draw(tmp_path / "web" / "phone.jpg", size=(64, 48), exif=exif)
    collect(home, tmp_path / "web")
    row = home.images.iloc[0]
    assert (row["width"], row["height"]) == (48, 64)
    assert (home.root / row["path"]).read_bytes() == file.read_bytes()


def test_collect__the_same_bytes_come_in_once(home, tmp_path, draw):
    for number in range(6):
        draw(tmp_path / "web" / f"{number}.jpg", seed=number)
        draw(tmp_path / "phone" / f"IMG_{number}.jpg", seed=number)
    collect(home, tmp_path / "web")
    before = home.images
    report = collect(home, tmp_path / "phone")
    assert (len(report.added), report.copies, report.already) == (0, 6, 0)
    assert report.problems.empty
    assert "of 6 pictures the same bytes are there under another name: not taken again" in repr(report)
    pd.testing.assert_frame_equal(home.images, before)
    assert not list((home.pictures).glob("phone/*"))


@pytest.mark.parametrize("at_once", [False, True])
def test_collect__the_same_picture_never_gets_into_two_splits(at_once, home, tmp_path, draw):
    draw(tmp_path / "all" / "web" / "a.jpg")
    draw(tmp_path / "all" / "zoo" / "b.jpg")
    if at_once:
        report = collect(home, tmp_path / "all", split="test")
        assert report.problems.empty
    else:
        collect(home, tmp_path / "all" / "web", split="test")
        report = collect(home, tmp_path / "all" / "zoo", split="train")
        assert report.problems[["code", "severity", "file"]].to_numpy().tolist() == [
            ["duplicate-across-splits", "warning", "b.jpg"]
        ]
        assert "as 'web/a.jpg' in 'test'" in report.problems["message"].iloc[0]
    assert report.copies == 1
    assert home.images["split"].tolist() == ["test"]


@pytest.mark.parametrize("at_once", [False, True])
def test_collect__a_copy_brings_the_labels(at_once, home, tmp_path, draw):
    draw(tmp_path / "all" / "a" / "a.jpg")
    draw(tmp_path / "all" / "b" / "b.jpg")
    if at_once:
        report = collect(home, tmp_path / "all", labelled=labels(**{"b/b__jpg": [(1, 2, 30, 40)]}))
        assert report.boxes == 1
    else:
        collect(home, tmp_path / "all" / "a")
        report = collect(home, tmp_path / "all" / "b", labelled=labels(b__jpg=[(1, 2, 30, 40)]))
        assert (report.relabelled, report.boxes) == (1, 1)
    assert home.images["label_status"].tolist() == ["labelled"]
    assert home.boxes[["image_id", "xmin"]].to_numpy().tolist() == [[home.images["image_id"].iloc[0], 1.0]]


def test_collect__another_picture_of_the_same_name_gets_its_own_id(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg", seed=1)
    collect(home, tmp_path / "web")
    second = draw(tmp_path / "web" / "a.jpg", seed=2)
    for added in (1, 0):
        report = collect(home, tmp_path / "web")
        assert len(report.added) == added
    assert home.images["image_id"].tolist() == ["web/a.jpg", f"web/a~{sha256_of(second)[:8]}.jpg"]
    for path, sha256 in zip(home.images["path"], home.images["sha256"], strict=True):
        assert sha256_of(home.root / path) == sha256


def test_collect__brings_back_a_copy_that_was_cut_short(home, tmp_path, draw):
    """What a killed process may leave: the picture's file damaged, its row not entered yet."""
    file = draw(tmp_path / "web" / "a.jpg")
    target = home.pictures / "web" / "a.jpg"
    target.parent.mkdir(parents=True)
    target.write_bytes(file.read_bytes()[:100])
    collect(home, tmp_path / "web")
    assert target.read_bytes() == file.read_bytes()


def test_collect__labels_come_with_the_pictures(home, tmp_path, draw):
    for number, name in enumerate("abcd"):
        draw(tmp_path / "web" / f"{name}.jpg", seed=number)
    said = labels(a__jpg=[(1, 2, 30, 40), (5, 5, 9.5, 9)], b__jpg="empty", c__jpg="unlabelled")
    report = collect(home, tmp_path / "web", labelled=said)
    assert home.images["label_status"].tolist() == ["labelled", "empty", "unlabelled", "unlabelled"]
    boxes = home.boxes
    assert boxes["image_id"].tolist() == ["web/a.jpg"] * 2
    assert boxes[CORNERS].to_numpy().tolist() == [[1, 2, 30, 40], [5, 5, 9.5, 9]]
    assert {name: report.summary[name] for name in ("added", "added_labelled", "added_empty", "boxes")} == {
        "added": 4,
        "added_labelled": 1,
        "added_empty": 1,
        "boxes": 2,
    }
    assert report.summary["added_unlabelled"] == 2


@pytest.mark.parametrize(
    ("said", "status", "count"), [([(1, 2, 3, 4)], "labelled", 1), ("empty", "empty", 0)], ids=["boxes", "empty"]
)
def test_collect__labels_may_come_later(said, status, count, home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    collect(home, tmp_path / "web")
    report = collect(home, tmp_path / "web", labelled=labels(a__jpg=said), who="ann")
    assert home.images["label_status"].tolist() == [status]
    assert len(home.boxes) == report.boxes == count
    assert (report.relabelled, report.already) == (1, 1)
    assert home.store.events()["who"].iloc[-1] == "ann"


@pytest.mark.parametrize("later", [[(9, 9, 20, 20)], "empty", "unlabelled"], ids=["boxes", "empty", "unlabelled"])
def test_collect__never_writes_over_labels(later, home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    collect(home, tmp_path / "web", labelled=labels(a__jpg=[(1, 2, 3, 4)]))
    before = whole(home)
    report = collect(home, tmp_path / "web", labelled=labels(a__jpg=later))
    assert_same(whole(home), before)
    assert report.relabelled == 0


def test_collect__passes_on_the_problems_and_classes_of_the_labels(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    said = labels(a__jpg="empty")
    problem = {"code": "class-unknown", "severity": "error", "message": "class 7 in a.txt", "fix": "name it"}
    said = Labelled(said.images, said.boxes, tables.from_rows("problems", [problem]), ("plate", "sign"))
    report = collect(home, tmp_path / "web", labelled=said, add_classes=True)
    assert report.problems["code"].tolist() == ["class-unknown"]
    assert home.classes == ("plate", "sign")


def test_project_collect__reads_label_files(tmp_path, draw):
    for number, name in enumerate(["a", "b", "차 c"]):
        draw(tmp_path / "web" / "images" / f"{name}.jpg", seed=number)
    folder = tmp_path / "web" / "labels"
    folder.mkdir()
    (folder / "classes.txt").write_text("plate\n")
    (folder / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    (folder / "차 c.txt").touch()
    project = wb.Project.create(tmp_path / "project", classes=["plate"])
    report = project.collect(tmp_path / "web" / "images", labels=folder, format="yolo")
    images = project.images.set_index("image_id")["label_status"]
    assert images.to_dict() == {"web/a.jpg": "labelled", "web/b.jpg": "unlabelled", "web/차 c.jpg": "empty"}
    assert project.boxes[CORNERS].to_numpy().tolist() == [[24, 12, 40, 36]]
    assert report.boxes == 1


def test_collect__one_file(home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    draw(tmp_path / "web" / "b.jpg", seed=1)
    collect(home, tmp_path / "web" / "b.jpg")
    assert home.images["image_id"].tolist() == ["web/b.jpg"]


@pytest.mark.parametrize(
    ("folder", "source", "word"),
    [
        ("web", None, "web"),
        ("street/images", None, "street"),
        ("street/JPEGImages", None, "street"),
        ("web", "  my phone ", "my phone"),
        ("web", "../", "pictures"),
        ("web", unicodedata.normalize("NFD", "차"), "차"),
    ],
)
def test_collect__source_is_a_word(folder, source, word, home, tmp_path, draw):
    draw(tmp_path / folder / "a.jpg")
    report = collect(home, tmp_path / folder, source=source)
    assert report.source == word
    assert home.images["path"].tolist() == [f"pictures/{word}/a.jpg"]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"split": "dev"}, "split is 'dev'; expected one of train, val, test, pool"),
        ({"source": "a/b"}, "not usable as a folder name"),
        ({"source": "..\\b"}, "not usable as a folder name"),
        ({"source": "a\nb"}, "not usable as a folder name"),
        ({"source": os.fsdecode(b"\xc2\xf7")}, "not usable as a folder name"),
    ],
    ids=["split", "slash", "backslash", "line end", "no text"],
)
def test_collect__refuses_before_it_starts(options, match, home, tmp_path, draw):
    draw(tmp_path / "web" / "a.jpg")
    with pytest.raises(InputError, match=match):
        collect(home, tmp_path / "web", **options)
    assert home.images.empty
    assert not list(home.pictures.iterdir())


def test_collect__workers_change_nothing(home, tmp_path, draw):
    for number in range(70):
        draw(tmp_path / "web" / f"{number:03d}.png", seed=number % 50, size=(16, 12))
    one = collect(home, tmp_path / "web", workers=1)
    shutil.rmtree(home.root)
    again = type(home).create(home.root, classes=["plate"])
    many = collect(again, tmp_path / "web", workers=8)
    pd.testing.assert_frame_equal(one.added, many.added)
    assert (len(again.images), one.copies, many.copies) == (50, 20, 20)
