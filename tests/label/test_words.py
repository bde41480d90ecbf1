"""What people see of a result is sentences, not Python."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.cli import main
from workbench.collect import coverage
from workbench.label import check_labels, convert, read_labels
from workbench.model.wording import as_html
from workbench.pictures import find_duplicates, find_leaks, survey


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed, stem in enumerate(("a", "b", "c", "copy")):
        pixels = np.random.default_rng(seed % 3).integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{stem}.png")
    (folder / "a.xml").write_text(
        "<annotation><filename>a.png</filename><size><width>64</width><height>48</height></size><object>"
        "<name>plate</name><difficult>1</difficult>"
        "<bndbox><xmin>8</xmin><ymin>8</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object></annotation>"
    )
    return folder


def in_words(result: object, *parts: str) -> None:
    """The repr holds all parts and no Python; the HTML says the same first line."""
    said = repr(result)
    for part in parts:
        assert part in said
    assert not any(sign in said for sign in ("Path(", "=(", "DataFrame", "=["))
    assert said.splitlines()[0].split(":")[0] in unescape(result._repr_html_())


def test_convert__report(tmp_path, photos):
    report = convert(photos, tmp_path / "yolo", to="yolo", images=photos)
    in_words(report.written, f"wrote 1 box in 3 label files to {tmp_path / 'yolo'}", "lost: 1 values of 'difficult'")
    in_words(report, "4 pictures, 1 box: 0 errors", "wrote 1 box in")
    assert repr(report.written.losses[0]) == f"lost: {report.written.losses[0].message}"
    assert "<table" in report._repr_html_()
    nothing = convert(photos, tmp_path / "voc", to="voc", images=photos)
    assert "nothing was lost" in repr(nothing.written)
    assert "<table" not in nothing._repr_html_()


def test_convert__command(tmp_path, photos, capsys):
    with pytest.raises(SystemExit):
        main(["convert", str(photos), str(tmp_path / "out"), "--to", "yolo"])
    said = capsys.readouterr().out
    assert f"label files to {tmp_path / 'out'}" in said
    assert "what yolo cannot hold" in said
    for sign in ("PosixPath", "WriteReport", "Loss("):
        assert sign not in said


def test_labels_and_check(photos):
    in_words(
        read_labels(photos, images=photos), "voc labels", "4 pictures (3 unlabelled, 1 labelled)", "1 box of plate"
    )
    report = check_labels(photos, images=photos)
    assert repr(report).startswith("4 pictures, 1 box: 0 errors")
    assert "- duplicate-picture: 1" in repr(report)
    assert "duplicate-picture" in report._repr_html_()


def test_collecting(tmp_path, photos):
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    report = project.collect(photos, labels=photos, split="train")
    copies = "of 1 picture the same bytes are there under another name: not taken again; 0 problems"
    in_words(report, "collected 'photos': 3 pictures (2 unlabelled, 1 labelled) with 1 box", copies)
    in_words(project.collect(photos), "collected 'photos': 0 pictures with 0 boxes; 3 were there before", copies)


def test_pictures(photos):
    there = survey(photos)
    in_words(
        find_duplicates(there.images, there.root),
        "1 group of copies, 2 of 4 pictures (pairs: 1 exact, 0",
    )
    alone = there.images.iloc[:1]
    in_words(find_duplicates(alone, there.root), "no copies among 1 picture")
    split = there.images.assign(split=["train", "train", "train", "test"])
    in_words(find_leaks(split, there.root), "leaks: 1 of 1 in 'test'")
    none = pd.DataFrame()
    boxes = read_labels(photos, images=photos).boxes
    found = coverage(there.images, boxes, reference=(there.images, boxes), names=("photos", "frames"))
    in_words(found, "photos (4 pictures) against frames (4 pictures)", "brightness")
    assert as_html("a < b", none) == "<p>a &lt; b</p>"
