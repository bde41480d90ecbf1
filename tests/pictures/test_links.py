"""Linked pictures: one's own count as the pictures they lead to; what is not followed is named, with its boxes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.label import check_labels, read_labels
from workbench.pictures import survey

LINE = "0 0.5 0.5 0.25 0.25\n"


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A data set whose pictures are links of every kind, each with a label file."""
    store, folder = tmp_path / "store", tmp_path / "set"
    store.mkdir()
    for place in ("images", "labels"):
        (folder / place).mkdir(parents=True)
    for seed, name in enumerate(("x.jpg", "y.png", "z.pgm")):
        pixels = np.random.default_rng(seed).integers(0, 255, (48, 64), dtype=np.uint8)
        Image.fromarray(pixels).save(store / name)
    Image.new("RGB", (64, 48), "grey").save(folder / "images" / "plain.jpg")
    (store / "secret").write_text("nobody's business")
    os.mkfifo(store / "pipe")
    links = {
        "own.jpg": store / "x.jpg",
        "own.png": store / "y.png",
        "own.pgm": store / "z.pgm",
        "beside.jpg": Path("plain.jpg"),
        "dead.jpg": store / "none.jpg",
        "secret.jpg": store / "secret",
        "pipe.jpg": store / "pipe",
    }
    for name, target in links.items():
        (folder / "images" / name).symlink_to(target)
    for stem in ("own", "beside", "plain", "dead", "secret", "pipe"):
        (folder / "labels" / f"{stem}.txt").write_text(LINE)
    (folder / "images" / "own.png").rename(folder / "images" / "own2.png")
    (folder / "images" / "own.pgm").rename(folder / "images" / "own3.pgm")
    for stem in ("own2", "own3"):
        (folder / "labels" / f"{stem}.txt").write_text(LINE)
    (folder / "images" / "more").symlink_to(store)
    (folder / "data.yaml").write_text("names: [plate]\n")
    return folder


TAKEN = ["beside.jpg", "own.jpg", "own2.png", "own3.pgm", "plain.jpg"]
LEFT = {
    "dead.jpg": "there is nothing",
    "more": "give that folder itself",
    "pipe.jpg": "no plain file",
    "secret.jpg": "no picture",
}


def test_links__own_pictures_count_and_the_rest_is_named(linked: Path, tmp_path: Path) -> None:
    labels = read_labels(linked)
    status = labels.images.set_index("image_id")["label_status"]
    assert status[TAKEN].tolist() == ["labelled"] * 5
    found = check_labels(linked).every
    broken = found[found["code"] == "picture-broken"].set_index("image")["message"]
    assert sorted(broken.index) == sorted(LEFT)
    for name, why in LEFT.items():
        assert why in broken[name]
    assert sorted(survey(linked / "images").problems["file"]) == sorted(LEFT)
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    report = project.collect(linked / "images", labels=linked / "labels")
    # One link leads to a picture that lies beside it: the same bytes come in once.
    assert (report.boxes, report.copies) == (len(TAKEN) - 1, 1)
    assert all(not path.is_symlink() for path in project.folder.pictures.rglob("*.*"))
    assert set(LEFT) <= set(report.problems["file"]), "no box is dropped in silence"


def test_links__a_folder_that_is_a_link_itself_is_one_s_own_choice(linked: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(linked)
    assert len(read_labels(tmp_path / "way").boxes) == len(TAKEN)


@pytest.mark.parametrize("whose", ["link", "target"])
def test_links__of_a_stranger_are_not_followed(whose: str, linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's link, or a link to another user's file, opens nothing."""
    real = {"link": os.lstat, "target": os.stat}[whose]

    def of_another(path, *rest, **options):
        made = real(path, *rest, **options)
        if str(path).endswith("own.jpg"):
            return os.stat_result([*made[:4], made.st_uid + 1, *made[5:10]])
        return made

    monkeypatch.setattr(os, "lstat" if whose == "link" else "stat", of_another)
    images = survey(linked / "images")
    assert "own.jpg" not in set(images.images["image_id"])
    told = images.problems.set_index("file")["message"]
    assert "not yours" in told["own.jpg"]
