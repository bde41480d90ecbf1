from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image, ImageOps

from workbench.collect import collect_pictures, split_of
from workbench.collect.splits import drawn_split
from workbench.model.errors import InputError
from workbench.pictures import find_leaks, split_of_folders, survey, survey_splits, with_folder_splits
from workbench.project.frozen_splits import Hold
from workbench.version import freeze_test

from ..depth import often
from .scenes import scene


def crop(picture: Image.Image) -> Image.Image:
    wide, high = picture.size
    return picture.crop((round(0.03 * wide), round(0.03 * high), round(0.97 * wide), round(0.97 * high)))


CHANGES = {
    "re-encoded": lambda picture: picture,
    "cropped by 3 %": crop,
    "mirrored": ImageOps.mirror,
    "all three": lambda picture: ImageOps.mirror(crop(picture)),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", often(["all three"], list(CHANGES)))
def test_real__a_planted_leak_is_found(how, real_data, tmp_path):
    """20 of 80 test photos come back changed among 140 training photos: at least 18 are found, and nothing else is."""
    files = sorted((real_data / "voc_indian_eu" / "images").glob("*.jpeg"))
    copies = {"N221", "N231", "N175", "N237", "N68", "N59", "N16", "N70"}
    # Cut out of other photos of the set, as one sees: the same car, plate and background in each.
    copies |= {"N42", "N220", "N176", "N217", "N247", "N185"}
    files = [file for file in files if file.stem not in copies]
    random.Random(4).shuffle(files)
    for number, file in enumerate(files):
        target = tmp_path / ("test" if number < 80 else "train") / file.name
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(file)
    for file in files[:20]:
        with Image.open(file) as picture:
            CHANGES[how](ImageOps.exif_transpose(picture).convert("RGB")).save(
                tmp_path / "train" / f"leak-{file.stem}.jpg", quality=60
            )
    there = survey(tmp_path)
    found = find_leaks(with_folder_splits(there), there.root)
    planted = [f"test/{file.name}" for file in files[:20]]
    hits = found.table["image_id"].isin(planted) & found.table["other_image_id"].str.startswith("train/leak-")
    assert hits.sum() >= 18
    assert (~hits).sum() == 0, "false alarms"


@pytest.fixture
def folders(tmp_path):
    for number in range(10):
        file = tmp_path / ("train" if number < 7 else "test") / f"{number}.jpg"
        file.parent.mkdir(exist_ok=True)
        scene(number).save(file, quality=90)
    return tmp_path


def test_find_leaks__one_reason_a_picture(folders):
    scene(8).save(folders / "train" / "again.jpg", quality=50)
    (folders / "train" / "same.jpg").write_bytes((folders / "test" / "9.jpg").read_bytes())
    for name, split in (("ride.mp4#t=1.jpg", "train"), ("ride.mp4#t=9.jpg", "test")):
        scene(90 + len(split)).save(folders / split / name)
    images, problems, root = survey_splits({"train": folders / "train", "test": folders / "test"})
    found = find_leaks(images, root)
    assert dict(zip(found.table["image_id"], found.table["why"], strict=True)) == {
        "test/9.jpg": "same file",
        "test/ride.mp4#t=9.jpg": "same video",
        "test/8.jpg": "near-duplicate",
    }
    assert found.summary["leaking"] == {"test": 3, "train": 0}
    assert problems.empty
    assert not found.ok


def test_find_leaks__nothing(folders):
    there = survey(folders)
    found = find_leaks(with_folder_splits(there), there.root)
    assert found.ok
    assert found.summary["pictures"] == {"test": 3, "train": 7}


def test_find_leaks__one_split_only(folders):
    there = survey(folders / "train")
    with pytest.raises(InputError, match="there is only: train"):
        find_leaks(there.images.assign(split="train"), there.root)


@pytest.mark.parametrize(
    ("folders", "split"),
    [
        (("images", "train"), "train"),
        (("train2017",), "train"),
        (("Validation", "a"), "val"),
        (("testing", "a"), "test"),
        (("data", "test-1"), "test"),
        (("trains",), None),
        ((), None),
    ],
)
def test_split_of_folders(folders, split):
    assert split_of_folders(folders) == split


def collect(project, folder, **options):
    return collect_pictures(project, folder, **options)


def freeze(project):
    """The split test, frozen as "street"."""
    with project.store.transaction() as db:
        db.execute("UPDATE images SET label_status = 'empty' WHERE split = 'test'")
    freeze_test(project, "street")


def close(project):
    """The split test, closed as workbench 0.1.0 closed it."""
    project.store.set_note("frozen_test", '{"at": "2026-11-24T10:00:00+00:00", "pictures": 3, "digest": "00"}')


@pytest.mark.parametrize(
    ("hold", "words"),
    [(freeze, "the frozen test 'street'"), (close, "the test set closed on 2026-11-24")],
    ids=["frozen", "closed by 0.1.0"],
)
def test_frozen_test__refuses_copies_and_takes_nothing_new(hold, words, home, folders):
    collect(home, folders / "test", split="test")
    collect(home, folders / "train", split="train")
    hold(home)
    new = folders / "new"
    new.mkdir()
    ImageOps.mirror(crop(scene(8))).save(new / "copy.jpg", quality=60)
    for number in range(30, 60):
        scene(number, (96, 64)).save(new / f"{number}.png")
    drawn = [f"photo-{sha[:12]}" for sha in survey(new).images["sha256"]]
    assert "test" in {split_of(group) for group in drawn}, "no picture would be drawn into test: nothing is tested"
    report = collect(home, new)
    assert report.problems[["code", "file"]].to_numpy().tolist() == [["test-duplicate", "copy.jpg"]]
    assert words in report.problems["message"].iloc[0]
    assert len(report.added) == 30
    assert (home.images["split"] == "test").sum() == 3
    with pytest.raises(InputError, match=rf"the split 'test' is {words}: nothing new gets into it; .* 'pool'"):
        collect(home, new, split="test")
    for image_id, split in (("test/8.jpg", "train"), ("train/1.jpg", "test")):
        with pytest.raises(InputError, match=rf"{words}: no picture moves into it or out of it; .* tests/street\.json"):
            home.store.set_split([image_id], split)
    home.store.set_split(["train/1.jpg"], "val")
    home.store.set_split(["test/8.jpg"], "test")
    # What the error says to do is enough.
    if hold is close:
        freeze(home)
    (home.tests / "street.json").unlink()
    assert len(collect(home, new).added) == 1
    home.store.set_split(["train/2.jpg"], "test")


def test_frozen_test__of_another_split_holds_that_one(home, folders):
    collect(home, folders / "test", split="val")
    with home.store.transaction() as db:
        db.execute("UPDATE images SET label_status = 'empty'")
    freeze_test(home, "street", split="val")
    with pytest.raises(InputError, match="the split 'val' is the frozen test 'street'"):
        collect(home, folders / "train", split="val")
    copies = folders / "copies"
    copies.mkdir()
    ImageOps.mirror(scene(8)).save(copies / "8.png")
    assert collect(home, copies).problems["code"].tolist() == ["test-duplicate"]
    assert drawn_split("x", {}) == split_of("x")
    every = {name: Hold("a test", "free it") for name in ("train", "val", "test")}
    assert {drawn_split(str(number), every) for number in range(20)} == {"pool"}


def test_collect__a_near_copy_goes_where_its_picture_is(home, folders):
    collect(home, folders / "test", split="test")
    scene(8).resize((240, 160)).save(folders / "train" / "near8.png")
    report = collect(home, folders / "train", split="train")
    images = home.images.set_index("image_id")
    assert images.loc["train/near8.png", "split"] == "test"
    assert images.loc["train/near8.png", "group_id"] == images.loc["test/8.jpg", "group_id"]
    assert report.problems[["code", "file"]].to_numpy().tolist() == [["duplicate-across-splits", "near8.png"]]


def test_collect__what_is_near_to_pictures_of_two_splits_is_set_aside(home, folders):
    collect(home, folders / "test", split="test")
    collect(home, folders / "train", split="train")
    with home.store.transaction() as db:
        # One scene stands in two splits, as a project may have it whose splits were moved by hand.
        (phash,) = db.execute(
            "SELECT json_extract(measures, '$.phash') FROM images WHERE image_id = 'test/8.jpg'"
        ).fetchone()
        db.execute(
            "UPDATE images SET measures = json_set(measures, '$.phash', ?) WHERE image_id = 'train/1.jpg'", (phash,)
        )
    scene(8).save(home.pictures / "train" / "1.jpg", quality=80)
    (folders / "new").mkdir()
    scene(8).resize((240, 160)).save(folders / "new" / "near.png")
    report = collect(home, folders / "new", split="train")
    row = home.images.set_index("image_id").loc["new/near.png"]
    assert row["split"] == "pool"
    assert row["group_id"] == f"photo-{row['sha256'][:12]}"
    assert "set aside in 'pool'" in report.problems["message"].iloc[0]


@pytest.mark.slow
def test_splits__a_thousand_frames_of_twenty_clips_and_more_later(home, tmp_path):
    """No group crosses, and no assignment changes when five clips and more frames of the old ones come."""
    rng = np.random.default_rng(0)

    def frames(clips, numbers):
        for clip in clips:
            for number in numbers:
                file = tmp_path / "frames" / f"clip{clip:02}.mp4#t={number}.png"
                file.parent.mkdir(exist_ok=True)
                Image.fromarray(rng.integers(0, 255, (24, 32, 3), dtype=np.uint8)).save(file)

    frames(range(20), range(50))
    assert len(collect(home, tmp_path / "frames").added) == 1000
    before = home.images.set_index("image_id")[["group_id", "split"]]
    assert before["group_id"].nunique() == 20
    frames(range(20, 25), range(10))
    frames(range(20), range(50, 55))
    collect(home, tmp_path / "frames")
    after = home.images
    assert len(after) == 1150
    assert after["group_id"].nunique() == 25
    assert (after.groupby("group_id")["split"].nunique() == 1).all()
    assert after.set_index("image_id").loc[before.index, ["group_id", "split"]].equals(before)
    assert after["split"].nunique() > 1


def test_real__consecutive_dashcam_frames_are_one_group(home, real_data):
    report = collect(home, real_data / "dashcam_frames_day" / "images")
    images = home.images
    assert len(images) == 34, "every PNG that is called .jpg is read"
    assert set(images["kind"]) == {"PNG"}
    assert images["group_id"].nunique() == images["split"].nunique() == 1
    assert set(report.problems["code"]) == {"wrong-extension"}


def test_collect__shots_of_one_burst_are_one_group(home, tmp_path):
    for number, second in enumerate((25, 26, 50)):
        exif = Image.Exif()
        exif[0x0110] = "EOS"
        exif.get_ifd(0x8769)[0x9003] = f"2019:05:22 08:03:{second}"
        (tmp_path / "web").mkdir(exist_ok=True)
        scene(number).save(tmp_path / "web" / f"{number}.jpg", exif=exif)
    collect(home, tmp_path / "web")
    first, second, third = home.images["group_id"]
    assert first == second != third
