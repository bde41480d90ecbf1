"""Frozen tests: named by content, locked, and kept clear of what is trained on."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from workbench.api.project import Project
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.version import find_test, freeze_test, frozen_tests, leaks_into_test, note_again, refuse_leaks, snapshot


def with_rows(home, images_of, boxes_of, *names, **values):
    """Add labelled pictures whose files lie where the table says."""
    images = images_of(*names, **values)
    home.store.add_images(images, boxes_of(names[0], (1, 1, 9, 9)))
    return images


def test_freeze__names_the_test_by_its_content(home, new_home):
    first = freeze_test(home, "street", note="for good", author="ann")
    assert first.test_id == f"t{first.lock.content_sha256[:12]}"
    assert (first.lock.pictures, first.lock.boxes, first.lock.author) == (1, 0, "ann")
    assert first.tables()[0]["image_id"].tolist() == ["c"]
    assert freeze_test(new_home("elsewhere"), "another word").test_id == first.test_id
    assert freeze_test(home, "street") == first
    assert frozen_tests(home) == (first,) == (find_test(home, "street"),) == (find_test(home, first.test_id),)


def test_freeze__other_training_pictures_or_classes_are_the_same_test(home):
    first = freeze_test(home, "street")
    home.store.set_split(["a"], "val")
    home.store.add_classes(["sign"])
    assert freeze_test(home, "street") == first


def test_freeze__a_changed_test_is_a_new_test(home, boxes_of):
    first = freeze_test(home, "street")
    home.store.set_boxes("c", boxes_of("c", (1, 1, 5, 5)))
    with pytest.raises(
        InputError, match=r"'street' is frozen as t\w+ and is another one now .*1 box added.*'street-2'"
    ):
        freeze_test(home, "street")
    second = freeze_test(home, "street-2")
    assert second.test_id != first.test_id
    assert first.tables()[1].empty
    assert len(second.tables()[1]) == 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"name": " "}, "is no name for a test"),
        ({"name": "test"}, "is no name for a test"),
        ({"name": "../x"}, "is no name for a test"),
        ({"name": "x", "split": "tests"}, "split is 'tests'"),
        ({"name": "x", "split": "pool"}, "no labelled picture to test on"),
    ],
    ids=["blank", "a split's name", "a path", "no split", "empty"],
)
def test_freeze__refuses(options, match, home):
    with pytest.raises(InputError, match=match):
        freeze_test(home, **options)
    assert frozen_tests(home) == ()


@pytest.mark.parametrize("change", [lambda v: v | {"split": "train"}, lambda v: [], lambda v: {}])
def test_lock__that_was_changed_is_named(change, home):
    freeze_test(home, "street")
    path = home.tests / "street.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ProjectError, match=r"street\.json is damaged"):
        frozen_tests(home)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"sha256": "c"}, "same file"),
        ({"group_id": "gc"}, "same group"),
        ({"phash": "00000000000000ff"}, "near-duplicate"),
        ({"phash": "0000000000000fff"}, None),
        ({"phash": ""}, None),
        ({}, None),
    ],
    ids=["file", "group", "near", "not near", "no hash", "nothing"],
)
@pytest.mark.parametrize("split", ["train", "val", "pool"])
def test_leaks__are_found_and_named(values, why, split, home, images_of, boxes_of):
    images = home.images
    if "phash" in values:
        images = images.assign(phash=["ffffffffffffffff", "fffffffffffffff0", "0000000000000007", ""])
        home.store.replace_all(images, home.boxes, home.classes, who=None, why="x", notes={})
    test = freeze_test(home, "street")
    if values.get("sha256"):
        values = {"sha256": images.set_index("image_id").loc["c", "sha256"]}
    planted = images_of("planted 사진", split=split).assign(**values)
    home.store.add_images(planted, boxes_of("planted 사진", (1, 1, 9, 9)))
    found = tables.records(leaks_into_test(home.images, test))
    expected = [{"image_id": "planted 사진", "test": "street", "test_image_id": "c", "why": why}]
    if why is None or split == "pool":
        assert found == []
        refuse_leaks(home, home.images, version="v1")
    else:
        assert found == expected
        with pytest.raises(InputError, match=rf"1 pictures of v1 leak .*planted 사진 \({why} as c of 'street'\)"):
            refuse_leaks(home, home.images, version="v1")


def test_leaks__many_are_counted_and_the_first_named(home, images_of, boxes_of):
    freeze_test(home, "street")
    with_rows(home, images_of, boxes_of, *(f"p{n}" for n in range(8)), group_id="x")
    images = home.images
    leaking = images.assign(
        group_id=[
            "gc" if name.startswith("p") else g for name, g in zip(images["image_id"], images["group_id"], strict=True)
        ]
    )
    with pytest.raises(InputError, match=r"8 pictures .* p0 \(same group.*p4 .*; and 3 more; put them"):
        refuse_leaks(home, leaking, version="v1")


def test_train__refuses_a_planted_leak_before_it_makes_a_run(home):
    """The picture of the test is put into train: the run is refused, named, and nothing is left of it."""
    project = Project.open(home.root)
    project.freeze_test("street")
    images = project.images
    moved = images.assign(
        split=[
            "train" if name == "c" else split for name, split in zip(images["image_id"], images["split"], strict=True)
        ]
    )
    project.folder.store.replace_all(moved, project.boxes, project.classes, who=None, why="x", notes={})
    version = project.snapshot("with a leak")
    with pytest.raises(InputError, match=rf"1 pictures of {version.version_id} leak into a frozen test: c \(same file"):
        project.train(version, batches=1)
    assert not list(project.folder.runs.iterdir())
    assert project.test("street").leaks(version)["image_id"].tolist() == ["c"]
    assert project.test("street").leaks("v" + snapshot(home, "x").version_id[1:])["why"].tolist() == ["same file"]


def test_look_at__a_frozen_test_stays_what_it_was(home, boxes_of):
    project = Project.open(home.root)
    project.freeze_test("street")
    project.set_boxes("c", boxes_of("c", (1, 1, 5, 5)))
    assert project.test("street").boxes.empty
    assert len(project.test().boxes) == 1
    with pytest.raises(InputError, match="no pictures in 'nowhere'"):
        project.test("nowhere")


@pytest.mark.parametrize("how", ["mirrored", "cropped", "another"])
def test_leaks__pictures_that_are_there_are_compared(how, tmp_path):
    """A changed copy in train is named though its hash is far; another picture with a near hash is not."""
    pictures = tmp_path / "photos"
    pictures.mkdir()
    for number in range(2):
        drawn(number).save(pictures / f"{number}.png")
    first = Image.open(pictures / "0.png")
    changed = {"mirrored": ImageOps.mirror(first), "cropped": first.crop((14, 10, 466, 310)), "another": drawn(7)}[how]
    changed.save(pictures / "copy.png")
    project = Project.create(tmp_path / "home", classes=["plate"])
    project.collect(pictures, split="test")
    with project.folder.store.transaction() as db:
        db.execute("UPDATE images SET split = 'train', group_id = 'torn' WHERE image_id = 'photos/copy.png'")
        db.execute("UPDATE images SET label_status = 'empty'")
    test = freeze_test(project.folder, "street")
    images = project.images
    if how == "another":
        hashes = images.set_index("image_id")["phash"]
        images["phash"] = images["phash"].where(images["image_id"] != "photos/copy.png", hashes["photos/0.png"])
    found = tables.records(leaks_into_test(images, test, root=project.folder.root))
    if how == "another":
        assert found == []
        # Nobody can look at pictures that are not there: then the hash decides.
        assert len(leaks_into_test(images, test)) == 1
    else:
        assert [(row["image_id"], row["test_image_id"], row["why"]) for row in found] == [
            ("photos/copy.png", "photos/0.png", "near-duplicate")
        ]
        with pytest.raises(InputError, match=r"copy\.png \(near-duplicate as photos/0\.png"):
            refuse_leaks(project.folder, project.images, version="v1")


def drawn(seed):
    """A picture with details in places of its own."""
    rng = np.random.default_rng(seed)
    picture = Image.fromarray(rng.integers(90, 110, (320, 480, 3), dtype=np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, size = (int(v) for v in rng.integers((0, 0, 10), (440, 280, 90)))
        draw.rectangle((x, y, x + size, y + size // 2), fill=tuple(rng.integers(0, 256, 3).tolist()))
        draw.text((x, y), str(rng.integers(10**6)), fill="white")
    return picture


def test_snapshot__a_note_that_is_a_part_of_another_one_is_kept(home):
    """Notes are compared whole: one word may well stand in an earlier sentence."""
    version = snapshot(home, "the night street", author="ann")
    for note in ("night", "night", "the night street"):
        version = note_again(home, version, note)
    assert version.manifest.note == "the night street; night"
