"""Collect's commands on real files: what they print, what they write, and how they leave."""

from __future__ import annotations

import json

import pytest
from PIL import Image, ImageFilter, ImageOps

from workbench.cli import main
from workbench.model import tables
from workbench.project import ProjectFolder

from ..collect.scenes import scene


def run(capsys, *words) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


@pytest.fixture
def street(tmp_path):
    for number in range(12):
        folder = tmp_path / "street" / ("train" if number < 8 else "test")
        folder.mkdir(parents=True, exist_ok=True)
        picture = scene(number)
        (picture if number < 8 else picture.filter(ImageFilter.GaussianBlur(3))).save(folder / f"{number}.jpg")
    return tmp_path / "street"


@pytest.fixture
def home(tmp_path, capsys):
    run(capsys, "init", tmp_path / "home", "--classes", "plate")
    return tmp_path / "home"


def test_collect__a_glob_and_several_folders(street, home, capsys):
    code, out, _ = run(capsys, "collect", f"{street}/t*/[0-3].jpg", "--source", "few", "-p", home, "--json")
    assert (code, json.loads(out)["summary"]["added"]) == (0, 4)
    code, out, _ = run(capsys, "collect", street / "train", street / "test", "--source", "all", "-p", home, "--json")
    assert json.loads(out)["summary"]["added"] == 8
    assert json.loads(out)["summary"]["copies"] == 4
    code, _, err = run(capsys, "collect", f"{street}/none/*.jpg", "-p", home)
    assert code == 2
    assert len(err.strip().splitlines()) == 1


def test_collect__names_what_is_not_read(street, home, capsys):
    (street / "train" / "a.heic").write_bytes(b"x" * 100)
    (street / "train" / "notes.txt").touch()
    (street / "train" / "bare").write_bytes((street / "train" / "0.jpg").read_bytes())
    code, out, _ = run(capsys, "collect", street / "train", "-p", home, "--json")
    said = {row["file"]: row["code"] for row in json.loads(out)["problems"]}
    assert said == {"a.heic": "picture-unreadable", "bare": "wrong-extension"}
    summary = json.loads(out)["summary"]
    assert (code, summary["added"], summary["copies"]) == (0, 8, 1)


def test_duplicates__on_folders_and_in_a_project(street, home, tmp_path, capsys):
    ImageOps.mirror(scene(2)).save(street / "train" / "copy.jpg")
    page = tmp_path / "page.html"
    code, out, _ = run(capsys, "duplicates", street / "train", "--out", page, "--json")
    assert (code, json.loads(out)["summary"]["near_pairs"]) == (1, 1)
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == 2
    assert "copy.jpg" in text
    run(capsys, "collect", street / "train", "-p", home)
    code, out, _ = run(capsys, "duplicates", "-p", home)
    assert code == 1
    assert "train/copy.jpg" in out


def test_leaks__three_ways(street, home, capsys):
    assert run(capsys, "leaks", street, "--json")[0] == 0
    scene(3).resize((240, 160)).save(street / "test" / "leak.jpg")
    code, out, _ = run(capsys, "leaks", street, "--json")
    assert (code, json.loads(out)["summary"]["leaking"]) == (1, {"test": 1, "train": 0})
    code, out, _ = run(capsys, "leaks", "--train", street / "train", "--test", street / "test")
    assert code == 1
    assert "leak.jpg" in out
    for split in ("train", "test"):
        run(capsys, "collect", street / split, "--split", split, "-p", home)
    code, out, _ = run(capsys, "leaks", "-p", home)
    assert (code, out.strip().splitlines()[-1]) == (0, "leaks: 0 of 4 in 'test', 0 of 9 in 'train'")


def test_coverage__words_and_a_plot(street, home, tmp_path, capsys):
    plot = tmp_path / "gap.png"
    code, out, _ = run(capsys, "coverage", street / "train", "--reference", street / "test", "--out", plot)
    assert code == 1
    assert "sharpness: 0% in common" in out
    with Image.open(plot) as picture:
        assert picture.width > 800
    for split in ("train", "test"):
        run(capsys, "collect", street / split, "--split", split, "-p", home)
    code, out, _ = run(capsys, "coverage", "train", "--reference", "test", "-p", home, "--json")
    assert json.loads(out)["axes"][0]["axis"] == "sharpness"
    code, _, err = run(capsys, "coverage", "train", "--reference", "nothing", "-p", home)
    assert code == 2
    assert "split or source 'nothing'" in err


def test_pick__by_coverage_needs_no_detector(street, home, capsys):
    run(capsys, "collect", street / "train", "--split", "train", "-p", home)
    run(capsys, "collect", street / "test", "--split", "test", "-p", home)
    pool = street / "pool"
    pool.mkdir()
    for number in range(30, 34):
        scene(number).filter(ImageFilter.GaussianBlur(3 if number % 2 else 0)).save(pool / f"{number}.jpg")
    run(capsys, "collect", pool, "--split", "pool", "-p", home)
    words = ("pick", 9, "--by", "coverage", "--reference", "test", "-p", home, "--json")
    found = json.loads(run(capsys, *words)[1])["pictures"]
    assert {row["image_id"] for row in found} == {"pool/31.jpg", "pool/33.jpg"}
    assert "more are needed" in found[0]["reason"]


@pytest.mark.slow
def test_pick__by_our_own_backbone(street, home, capsys):
    run(capsys, "collect", street / "train", "--split", "pool", "-p", home)
    words = ("pick", 3, "--by", "likeness", "--like", "train/0.jpg", "-p", home, "--json")
    found = json.loads(run(capsys, *words)[1])["pictures"]
    assert len(found) == 3
    assert "train/0.jpg" not in {row["image_id"] for row in found}
    assert all(row["reason"].startswith("like train/0.jpg") for row in found)
    code, out, _ = run(capsys, "pick", 4, "-p", home)
    assert code == 0
    assert "unlike" in out


def test_freeze_test__keeps_copies_out(street, home, capsys):
    assert run(capsys, "freeze-test", "street", "-p", home)[0] == 2
    run(capsys, "collect", street / "test", "--split", "test", "-p", home)
    store = ProjectFolder.open(home).store
    for image_id in store.images()["image_id"]:
        store.set_boxes(image_id, tables.empty("boxes"))
    assert run(capsys, "freeze-test", "street", "-p", home)[0] == 0
    again = ("collect", street / "test", "--source", "again", "-p", home)
    code, out, _ = run(capsys, *again, "--split", "train", "--json")
    assert {row["code"] for row in json.loads(out)["problems"]} == {"test-duplicate"}
    code, _, err = run(capsys, *again, "--split", "test")
    assert code == 2
    assert "the split 'test' is the frozen test 'street'" in err
