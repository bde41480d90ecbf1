"""One list of what a picture is, and one walker: label files, collecting and the check see the same pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.label import check_labels, read_labels
from workbench.model.errors import InputError
from workbench.pictures.finding import find, pictures_below
from workbench.pictures.kinds import KINDS, NOT_READ, SUFFIXES, suffix_fits

VOC = (
    "<annotation><filename>{name}</filename><size><width>64</width><height>48</height></size><object><name>plate</name>"
    "<bndbox><xmin>8</xmin><ymin>8</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object></annotation>"
)


def draw(path: Path, seed: int, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, kind)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A picture of every ending that is read, one without, one of a kind that is not read, and their VOC files."""
    folder = tmp_path / "photos"
    endings = [(suffix, kind) for kind, suffixes in KINDS.items() if kind != "MPO" for suffix in suffixes]
    for seed, (suffix, kind) in enumerate([*endings, ("", "PNG")]):
        draw(folder / f"{seed:02d}{suffix}", seed, kind)
        (folder / f"{seed:02d}.xml").write_text(VOC.format(name=f"{seed:02d}{suffix}"))
    (folder / "z.heic").write_bytes(b"\0\0\0\x18ftypheic")
    return folder


def test_pictures__every_ending_is_read_alike_by_labels_collect_and_check(tmp_path: Path, photos: Path) -> None:
    names = sorted(file.name for file in photos.iterdir() if file.suffix not in (".xml", ".heic"))
    assert {Path(name).suffix for name in names} == {*SUFFIXES, ""}

    read = read_labels(photos, images=photos)
    assert sorted(read.images["image_id"]) == names
    assert set(read.images["label_status"]) == {"labelled"}
    assert not len(read.problems)

    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    report = project.collect(photos, labels=photos, split="train")
    assert len(report.added) == len(names) == report.boxes
    assert set(report.added["label_status"]) == {"labelled"}
    # A name without an ending does not say what the content is.
    assert report.problems[report.problems["severity"] != "info"]["file"].tolist() == ["z.heic"]

    check = check_labels(photos, images=photos)
    assert check.summary["pictures"] == len(names)
    named = check.every[check.every["image"] == "z.heic"]
    assert named["code"].tolist() == ["picture-broken"]
    assert named["severity"].tolist() == ["warning"]
    assert ".heic" in named["message"].iloc[0]
    assert "label-without-picture" not in check.summary["codes"]


def test_find__a_link_to_a_picture_counts_and_gets_its_labels(tmp_path: Path) -> None:
    draw(tmp_path / "disk" / "a.jpg", 1, "JPEG")
    farm = tmp_path / "farm"
    farm.mkdir()
    (farm / "a.jpg").symlink_to(tmp_path / "disk" / "a.jpg")
    (farm / "others").symlink_to(tmp_path / "disk")
    (farm / "a.xml").write_text(VOC.format(name="a.jpg"))
    assert find(farm).files == [farm / "a.jpg"]
    assert read_labels(farm, images=farm).images["label_status"].tolist() == ["labelled"]


def test_pictures_below__leaves_out_what_is_hidden_or_no_picture(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.PNG", "sub/c.tiff", ".hidden.jpg", ".git/d.jpg"):
        draw(tmp_path / name, 1, "PNG")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "README").write_text("no picture")
    (tmp_path / "e.CR2").write_bytes(b"raw")
    read, not_read = pictures_below(tmp_path)
    assert [entry.name for entry in read] == ["a.PNG", "b.jpg", "sub/c.tiff"]
    assert [entry.name for entry in not_read] == ["e.CR2"]


def test_find__glob_and_folder_agree(tmp_path: Path) -> None:
    for name in ("b.jpg", "sub/c.jfif", ".hidden.jpg"):
        draw(tmp_path / name, 1, "JPEG")
    assert find(tmp_path / "**").files == find(tmp_path).files == [tmp_path / "b.jpg", tmp_path / "sub" / "c.jfif"]


@pytest.mark.parametrize(("name", "match"), [("none", "does not exist"), ("empty", "holds no pictures")])
def test_find__refuses(name: str, match: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.heic").write_bytes(b"x")
    with pytest.raises(InputError, match=match) as caught:
        find(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_kinds__an_ending_is_read_or_not() -> None:
    assert not SUFFIXES & NOT_READ
    assert suffix_fits("JPEG", "a.JFIF")
    assert suffix_fits("MPO", "a.jpg")
    assert not suffix_fits("PNG", "a.jpg")
    assert suffix_fits("JPEG2000", "a.anything")
