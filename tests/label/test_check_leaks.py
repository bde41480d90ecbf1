"""Copies across splits, in plain folders and in a project; the set is drawn, so that no real picture is needed."""

from __future__ import annotations

import html

import pytest
from PIL import Image, ImageDraw, ImageOps

from workbench.api.project import Project
from workbench.label import check_labels
from workbench.label.check import picture_rules as rules


def scene(seed: int) -> Image.Image:
    """A picture with details: letters and shapes in places of its own."""
    import random

    rng = random.Random(seed)
    picture = Image.effect_noise((480, 320), 12).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = rng.randrange(440), rng.randrange(280)
        size = rng.randrange(10, 90)
        draw.rectangle((x, y, x + size, y + size // 2), fill=tuple(rng.randrange(256) for _ in range(3)))
        draw.text((x, y), f"{rng.randrange(10**6)}", fill="white")
    return picture


@pytest.fixture
def street(tmp_path, voc_xml):
    """Eight pictures in train, four in test; `copy(change)` puts a changed test picture among the training ones."""
    for number in range(12):
        split = "train" if number < 8 else "test"
        file = tmp_path / "set" / split / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        scene(number).save(file, quality=92)
        file.with_suffix(".xml").write_text(voc_xml([(10, 10, 40, 30)], name=file.name, size=(480, 320)))

    def copy(change):
        file = tmp_path / "set" / "train" / "copy.jpg"
        picture = change(Image.open(tmp_path / "set" / "test" / "9.jpg"))
        picture.save(file, quality=70)
        file.with_suffix(".xml").write_text(voc_xml([(10, 10, 40, 30)], name=file.name, size=picture.size))
        return tmp_path / "set"

    return copy


CHANGES = {
    "re-encoded": lambda picture: picture,
    "mirrored": ImageOps.mirror,
    "cropped": lambda picture: picture.crop((14, 10, 466, 310)),
    "resized": lambda picture: picture.resize((300, 200)),
}


@pytest.mark.parametrize("how", CHANGES)
def test_check__names_a_leak_between_folders(how, street):
    folder = street(CHANGES[how])
    problems = check_labels(folder, images=folder).problems
    leaks = problems[problems["code"] == "split-leak"]
    assert len(leaks) == 1
    message = leaks["message"].iloc[0]
    assert "'test/9.jpg' in test" in message
    assert "'train/copy.jpg' in train" in message
    assert leaks["severity"].tolist() == ["error"]


def test_check__nothing_leaks_between_different_pictures(street, tmp_path):
    folder = street(CHANGES["mirrored"])
    for file in folder.rglob("copy.*"):
        file.unlink()
    codes = check_labels(folder, images=folder).summary["codes"]
    assert not {"split-leak", "near-duplicate-picture"} & codes.keys()


def test_check__a_project_whose_splits_were_moved(street, tmp_path):
    folder = street(CHANGES["cropped"])
    project = Project.create(tmp_path / "home", classes=["plate"])
    project.collect(folder / "test", split="test")
    project.collect(folder / "train", split="train")
    assert "split-leak" not in project.check().summary["codes"]
    images = project.images.set_index("image_id")
    assert images.loc["train/copy.jpg", "split"] == "test"
    with project.folder.store.transaction() as db:
        db.execute("UPDATE images SET split = 'train', group_id = 'torn' WHERE image_id = 'train/copy.jpg'")
    problems = project.check().problems
    (message,) = problems.loc[problems["code"] == "split-leak", "message"]
    assert "'test/9.jpg' in test and 'train/copy.jpg' in train: near-duplicate" in message


@pytest.mark.parametrize(
    ("limit", "command"), [("LEAK_LIMIT", "leaks"), ("LOOK_ALIKE_LIMIT", "duplicates")], ids=["splits", "no splits"]
)
def test_check__says_that_it_did_not_look_for_near_duplicates(limit, command, street, monkeypatch):
    folder = street(CHANGES["mirrored"])
    folder = folder if command == "leaks" else folder / "train"
    assert check_labels(folder, images=folder, workers=1).summary["notes"] == []
    monkeypatch.setattr(rules, limit, 4)
    report = check_labels(folder, images=folder, workers=1)
    assert not {"split-leak", "near-duplicate-picture"} & report.summary["codes"].keys()
    (note,) = report.summary["notes"]
    assert f"near-duplicates were not looked for: {13 if command == 'leaks' else 9} pictures" in note
    assert f"`workbench {command} DIR`" in note
    assert note in html.unescape(report._repr_html_())
    assert report.to_json_dict()["summary"]["notes"] == [note]
