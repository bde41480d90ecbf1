"""Copies that were turned, cropped, stretched, recoloured or cut holes into; and what a camera on a stand sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from workbench.api.project import Project
from workbench.collect import collect_pictures
from workbench.model.errors import InputError
from workbench.pictures import find_leaks, survey, with_folder_splits
from workbench.pictures.alike.leaks import Leaks
from workbench.pictures.alike.voted import voted_pairs
from workbench.pictures.augmented_names import copied_from
from workbench.version import AllowedCopies, freeze_test, leaks_into_test, refuse_leaks

from ..depth import often
from .scenes import scene

Change = Callable[[Image.Image], Image.Image]


def cropped(share: float, x: float = 0.7, y: float = 0.3) -> Change:
    def change(picture: Image.Image) -> Image.Image:
        wide, high = picture.size
        left, top = round(x * (1 - share) * wide), round(y * (1 - share) * high)
        return picture.crop((left, top, left + round(share * wide), top + round(share * high)))

    return change


def holes(picture: Image.Image) -> Image.Image:
    picture, rng = picture.copy(), np.random.default_rng(3)
    draw, side = ImageDraw.Draw(picture), round(0.15 * min(picture.size))
    for x, y in rng.random((6, 2)) * [picture.width - side, picture.height - side]:
        draw.rectangle((x, y, x + side, y + side), fill="black")
    return picture


def sheared(picture: Image.Image) -> Image.Image:
    return picture.transform(
        picture.size, Image.Transform.AFFINE, (1, 0.15, -20, 0.05, 1, -10), Image.Resampling.BICUBIC
    )


def turned(degrees: float) -> Change:
    return lambda picture: picture.rotate(degrees, Image.Resampling.BICUBIC)


CHANGES: dict[str, Change] = {
    "re-encoded": lambda picture: picture,
    "flipped": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "90": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "180": lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
    "270": lambda picture: picture.transpose(Image.Transpose.ROTATE_270),
    "transposed": lambda picture: picture.transpose(Image.Transpose.TRANSPOSE),
    "turned by 5": turned(5),
    "turned by -10": turned(-10),
    "turned by 15": turned(15),
    "cropped to 90 %": cropped(0.9),
    "cropped to 75 %": cropped(0.75, 0.1, 0.9),
    "cropped to 60 %": cropped(0.6),
    "cut out": holes,
    "sheared": sheared,
    "grey": lambda picture: ImageOps.grayscale(picture).convert("RGB"),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.3),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(1.2)),
    "stretched": lambda picture: picture.resize((416, 416)),
    "several": lambda picture: ImageOps.mirror(turned(8)(cropped(0.85)(picture))).resize((416, 416)),
}


def leaks_of(folder: Path) -> Leaks:
    there = survey(folder)
    return find_leaks(with_folder_splits(there), there.root)


@pytest.mark.parametrize("how", CHANGES)
def test_leaks__a_changed_copy_under_any_name_and_nothing_else(how: str, tmp_path: Path) -> None:
    for number in range(14):
        file = tmp_path / ("train" if number < 10 else "test") / f"{number}.jpg"
        file.parent.mkdir(exist_ok=True)
        scene(number).save(file, quality=90)
    CHANGES[how](scene(12)).save(tmp_path / "train" / "other name.jpg", quality=70)
    found = leaks_of(tmp_path).table
    assert found[["image_id", "other_image_id"]].to_numpy().tolist() == [["test/12.jpg", "train/other name.jpg"]]
    assert found["why"].iloc[0] in ("near-duplicate", "changed copy")


def test_case__every_augmented_copy_of_roboflow_s_kind(cases: Path) -> None:
    found = leaks_of(cases / "rf_aug_leak").table
    pairs = dict(zip(found["image_id"], found["other_image_id"], strict=True))
    assert sorted(pairs) == [f"test/img{number}.jpg" for number in range(9)]
    for unseen, seen in pairs.items():
        assert seen.startswith(unseen.replace("test/", "train/").replace(".jpg", "_jpg.rf."))
    assert found.set_index("image_id").loc["test/img2.jpg", "why"] == "changed copy, and named as one"


SETS = {"openalpr_eu": "*.jpg", "korean_voc_labelme": "*/*.jpg", "yolo_mark": "img/*.jpg"}


@pytest.mark.slow
@pytest.mark.parametrize("folder", often(["openalpr_eu"], list(SETS)))
def test_real__changed_copies_among_photos_of_different_cars(folder: str, real_data: Path, tmp_path: Path) -> None:
    """No two different cars are called copies, and of a few copies changed each in another way most are found."""
    files = sorted((real_data / folder).glob(SETS[folder]))
    # Two cuts out of one photo, as one sees.
    files = [file for file in files if file.stem != "test_061"]
    changes = ["cropped to 75 %", "90", "turned by -10", "sheared"]
    for number, file in enumerate(files):
        target = tmp_path / ("test" if number % 2 else "train") / file.name
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(file)
    planted = {}
    for number, file in enumerate(files[1::2][:8]):
        with Image.open(file) as picture:
            name = f"planted{number}.jpg"
            CHANGES[changes[number % 4]](picture.convert("RGB")).save(tmp_path / "train" / name, quality=75)
        planted[f"train/{name}"] = f"test/{file.name}"
    there = survey(tmp_path)
    # Without what cameras wrote into them: shots of one burst are another reason.
    images = with_folder_splits(there).assign(camera=None, taken_at=None)
    found = find_leaks(images, there.root).table
    assert {planted.get(other) for other in found["other_image_id"]} == set(found["image_id"]), "false alarms"
    assert len(found) >= 0.75 * len(planted)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train/img7_jpg.rf.1f0c2b.jpg", ("img7_jpg", True)),
        ("test/img7.jpg", ("img7_jpg", False)),
        ("My Car (1).JPG", ("my-car--1-_jpg", False)),
        ("a.rf.jpg", ("a-rf_jpg", False)),
        ("사진_png.rf.0.jpg", ("사진_png", True)),
    ],
)
def test_copied_from__what_roboflow_makes_of_names(name: str, expected: tuple[str, bool]) -> None:
    assert copied_from(name) == expected


def test_leaks__a_name_alone_is_no_leak(tmp_path: Path) -> None:
    """Two pictures may be called alike and show different things."""
    for number, name in enumerate(("test/a.jpg", "train/a_jpg.rf.0123.jpg", "train/b.jpg")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        scene(number).save(tmp_path / name)
    assert leaks_of(tmp_path).ok


def test_voted_pairs__the_same_details_find_each_other_whatever_their_place() -> None:
    rng = np.random.default_rng(0)
    looks = [rng.integers(0, 256, (60, 32), dtype=np.uint8) for _ in range(12)]
    mixed = [rng.permutation(one) for one in looks]
    assert set(voted_pairs(mixed, looks)) == {(row, row) for row in range(12)}
    assert list(voted_pairs([], looks)) == list(voted_pairs(looks, [])) == []
    nothing = np.zeros((0, 32), dtype=np.uint8)
    assert list(voted_pairs([nothing], [nothing, *looks])) == []


def table(kind: str) -> Image.Image:
    """What a camera on a stand sees all the time."""
    rng = np.random.default_rng(7)
    if kind == "plain":
        return Image.new("RGB", (640, 480), (120, 90, 60))
    if kind == "wood":
        wave = np.linspace(0, 40, 640) + 3 * np.sin(np.linspace(0, 8, 480)[:, None]) + rng.normal(0, 0.2, (480, 1))
        grain = 110 + 25 * np.sin(wave) + rng.normal(0, 6, (480, 640))
        return Image.fromarray(np.stack([grain, grain * 0.8, grain * 0.6], axis=-1).clip(0, 255).astype(np.uint8))
    return scene(70, (640, 480))


def card(kind: str, number: int, place: tuple[int, int] = (250, 150)) -> Image.Image:
    """A card with spots on a table."""
    picture, rng = table(kind), np.random.default_rng(number)
    draw, (x, y) = ImageDraw.Draw(picture), place
    draw.rectangle((x, y, x + 140, y + 200), fill="white", outline="black")
    for dx, dy in rng.random((3 + number, 2)) * [115, 175]:
        draw.ellipse((x + dx, y + dy, x + dx + 22, y + dy + 22), fill=["red", "black"][number % 2])
    return picture


def car(kind: str, colour: str, place: tuple[int, int] = (200, 260)) -> Image.Image:
    """A car on a street."""
    picture = table(kind)
    draw, (x, y) = ImageDraw.Draw(picture), place
    draw.rectangle((x, y, x + 200, y + 80), fill=colour)
    draw.rectangle((x + 40, y - 40, x + 160, y), fill="grey")
    return picture


OTHERS: dict[str, Callable[[str], tuple[Image.Image, Image.Image]]] = {
    "another card": lambda kind: (card(kind, 4), card(kind, 5)),
    "another card beside": lambda kind: (card(kind, 4), card(kind, 7, (220, 170))),
    "another car": lambda kind: (car(kind, "darkred"), car(kind, "lightblue")),
    "nothing there": lambda kind: (card(kind, 2), car(kind, "darkred")),
    "another card, by hand": lambda kind: (card(kind, 4), card(kind, 7).crop((8, 6, 632, 474)).resize((640, 480))),
}


@pytest.fixture
def stand(home, tmp_path: Path):
    """A project whose frozen test holds one picture; another one is trained on, whatever it resembles."""

    def make(unseen: Image.Image, seen: Image.Image):
        for name, picture in (("test", unseen), ("train", seen)):
            (tmp_path / name).mkdir()
            picture.save(tmp_path / name / "a.jpg", quality=90)
            collect_pictures(home, tmp_path / name, split=name)
        images = home.images.assign(split=["test", "train"], group_id=["one", "two"], label_status="empty")
        home.store.replace_all(images, home.boxes, home.classes, who=None, why="x", notes={})
        return freeze_test(home, "table")

    return make


@pytest.mark.parametrize("kind", ["plain", "wood", "drawn"])
@pytest.mark.parametrize("other", OTHERS)
def test_one_rule__another_thing_before_a_standing_camera_is_no_copy(other, kind, stand, home) -> None:
    test = stand(*OTHERS[other](kind))
    assert Project.open(home.root).leaks().ok
    assert leaks_into_test(home.images, test, root=home.root).empty
    assert refuse_leaks(home, home.images, version="v1") is None


@pytest.mark.parametrize("kind", ["plain", "wood", "drawn"])
@pytest.mark.parametrize("how", ["re-encoded", "stretched", "flipped", "90", "brighter", "cropped to 75 %"])
def test_one_rule__a_changed_copy_is_one_for_leaks_and_for_training(how, kind, stand, home) -> None:
    test = stand(card(kind, 4).resize((600, 450)), CHANGES[how](card(kind, 4)))
    assert Project.open(home.root).leaks().table["image_id"].tolist() == ["test/a.jpg"]
    assert leaks_into_test(home.images, test, root=home.root)["image_id"].tolist() == ["train/a.jpg"]
    with pytest.raises(InputError, match=r"1 pictures of v1 leak into a frozen test: train/a\.jpg .*--allow-copies"):
        refuse_leaks(home, home.images, version="v1")


def test_collect__another_card_on_the_table_of_a_frozen_test_comes_in(home, tmp_path: Path) -> None:
    for name, number in (("test", 4), ("new", 5)):
        (tmp_path / name).mkdir()
        card("wood", number).save(tmp_path / name / "a.jpg")
    collect_pictures(home, tmp_path / "test", split="test")
    home.store.replace_all(
        home.images.assign(label_status="empty"), home.boxes, home.classes, who=None, why="x", notes={}
    )
    freeze_test(home, "table")
    report = collect_pictures(home, tmp_path / "new", split="train")
    assert len(report.added) == 1
    assert report.problems.empty


def test_allow_copies__is_recorded_with_its_reason_and_never_lets_a_test_s_own_file_through(stand, home) -> None:
    stand(card("wood", 4), CHANGES["90"](card("wood", 4)))
    for given in ({"allow_copies": True}, {"because": "seen"}, {"allow_copies": True, "because": " "}):
        with pytest.raises(InputError, match="go together"):
            refuse_leaks(home, home.images, version="v1", **given)
    allowed = refuse_leaks(home, home.images, version="v1", allow_copies=True, because="another table")
    assert allowed == AllowedCopies(
        because="another table", pictures=(("train/a.jpg", "table", "test/a.jpg", "changed copy"),)
    )
    assert str(allowed).startswith("trained on 1 picture that give")
    images = home.images
    images["sha256"] = images["sha256"].iloc[0]
    with pytest.raises(InputError, match=r"same file as test/a\.jpg of 'table'\); put them .* train on that$"):
        refuse_leaks(home, images, version="v1", allow_copies=True, because="another table")
