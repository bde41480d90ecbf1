"""Mistakes planted in a copy of label files: others for every student, the same every time, counted when mended."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.course.planted import MISTAKES, PlantedFaults
from workbench.label import check_labels
from workbench.model.errors import InputError
from workbench.street.story.sample_files import yolo_text

SIZE = (200, 120)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twenty pictures with a box or two each, and one that is empty."""
    folder = tmp_path / "photos"
    (folder / "labels").mkdir(parents=True)
    (folder / "labels" / "classes.txt").write_text("plate\n")
    for number in range(21):
        Image.new("RGB", SIZE, (number * 9, 90, 60)).save(folder / f"web_{number:02d}.jpg")
        boxes = np.array([[20.0 + number, 30, 80 + number, 50], [120, 60 + number, 170, 76 + number]])
        boxes = boxes[: (0 if number == 20 else 1 + number % 2)]
        (folder / "labels" / f"web_{number:02d}.txt").write_text(yolo_text(SIZE, boxes))
    return folder


def planted(photos: Path, who: str, count: int = 10) -> PlantedFaults:
    made = PlantedFaults(photos.parent / f"faults-{who}", photos, photos / "labels", who, count)
    made.plant()
    return made


def changed(faults: PlantedFaults) -> set[str]:
    files = faults.right.glob("*.txt")
    return {one.name for one in files if one.read_text() != (faults.labels / one.name).read_text()}


@pytest.mark.parametrize("who", ["민아", "ann", "Bob", ""])
def test_plant__spoils_as_many_files_as_were_asked_for(photos, who):
    faults = planted(photos, who)
    assert len(changed(faults)) == 10
    assert str(faults.score()) == "0 of 10 found and mended"
    assert {one.read_text() for one in (photos / "labels").glob("web_20*")} == {""}, "the right ones are left alone"


def test_plant__others_for_every_student_and_the_same_every_time(photos, tmp_path):
    chosen = {who: changed(planted(photos, who)) for who in ("민아", "ann", "bob")}
    assert len({frozenset(names) for names in chosen.values()}) == 3
    shutil.rmtree(tmp_path / "faults-민아")
    assert changed(planted(photos, "민아")) == chosen["민아"]
    decomposed = "\u1106\u1175\u11ab\u110b\u1161"
    assert changed(planted(photos, decomposed)) == chosen["민아"], "however the name was typed"


def test_mistakes__the_check_names_all_but_those_that_one_has_to_look_for(photos):
    faults = planted(photos, "ann", count=len(MISTAKES))
    codes = set(check_labels(faults.labels, images=photos).problems["code"])
    assert {"line-syntax", "duplicate-box", "class-id-unknown", "box-outside"} <= codes


def test_score__counts_what_was_mended_and_what_was_spoilt(photos):
    faults = planted(photos, "ann")
    names = sorted(changed(faults))
    for name in names[:4]:
        shutil.copy(faults.right / name, faults.labels / name)
    assert str(faults.score()) == "4 of 10 found and mended"
    assert planted(photos, "ann").score().found == 4, "what was mended is not planted again"
    (faults.labels / names[4]).unlink()
    right = next(p.name for p in sorted(faults.right.glob("web*")) if p.name not in names and p.stat().st_size)
    (faults.labels / right).write_text("")
    score = faults.score()
    assert (score.found, score.spoilt) == (4, 1), "a file taken away is not mended"


def test_score__a_box_drawn_well_enough_is_mended(photos):
    faults = planted(photos, "ann")
    name = sorted(changed(faults))[0]
    lines = (faults.right / name).read_text().splitlines()
    near = [f"{c} {float(x) + 0.001:.6f} {y} {w} {h}" for c, x, y, w, h in map(str.split, reversed(lines))]
    (faults.labels / name).write_text("\n".join(near) + "\n")
    assert faults.score().found == 1


def test_plant__too_few_files(photos):
    with pytest.raises(InputError, match=r"20 files of .* have a box; plant no more"):
        planted(photos, "ann", count=21)
    assert not (photos.parent / "faults-ann").exists()
