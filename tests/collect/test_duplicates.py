from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from workbench.model.errors import InputError
from workbench.pictures import find_duplicates, near_pairs, quality, survey
from workbench.pictures.alike.near import bits_for
from workbench.pictures.alike.perceptual_hash import as_numbers, hash_of_file, mirrored, perceptual_hash
from workbench.pictures.alike.second_look import SecondLook

from .scenes import scene

CHANGES = {
    "re-encoded": lambda picture: picture,
    "resized": lambda picture: picture.resize((240, 160)),
    "cropped": lambda picture: picture.crop((14, 10, 466, 310)),
    "mirrored": ImageOps.mirror,
    "darker": lambda picture: picture.point(lambda value: int(value * 0.7)),
}


def found_in(folder):
    there = survey(folder)
    return find_duplicates(there.images, there.root)


@pytest.fixture
def folder(tmp_path):
    for number in range(12):
        scene(number).save(tmp_path / f"{number:02}.jpg", quality=92)
    return tmp_path


@pytest.mark.parametrize("how", CHANGES)
def test_find_duplicates__a_changed_copy_and_nothing_else(how, folder):
    CHANGES[how](scene(3)).save(folder / "copy.jpg", quality=55)
    found = found_in(folder)
    assert found.pairs[["first", "second", "kind", "mirrored"]].to_numpy().tolist() == [
        ["03.jpg", "copy.jpg", "near", how == "mirrored"]
    ]
    assert found.groups["image_id"].tolist() == ["03.jpg", "copy.jpg"]


def test_find_duplicates__the_same_file_under_three_names(folder):
    for name in ("a.jpg", "b.jpeg"):
        shutil.copy(folder / "05.jpg", folder / name)
    found = found_in(folder)
    assert set(found.pairs["kind"]) == {"exact"}
    assert found.groups["image_id"].tolist() == ["05.jpg", "a.jpg", "b.jpeg"]
    assert found.to_json_dict()["summary"]["exact_pairs"] == 2
    words = "1 group of copies, 3 of 14 pictures (pairs: 2 exact, 0 near)"
    assert repr(found) == str(found) == f"{words}; keep_best() says which to keep"
    assert words in found._repr_html_()
    assert "b.jpeg" in found._repr_html_()


def test_find_duplicates__nothing_is_there_twice(folder):
    found = found_in(folder)
    assert found.pairs.empty
    assert found.keep_best().empty
    assert found.to_json_dict()["summary"]["groups"] == 0
    assert repr(found) == "no copies among 12 pictures"
    assert "no copies" in found._repr_html_()


def test_keep_best__labels_then_pixels(folder):
    scene(3).resize((960, 640)).save(folder / "large.jpg")
    there = survey(folder)
    proposal = find_duplicates(there.images, there.root).keep_best()
    assert proposal[["image_id", "keep"]].to_numpy().tolist() == [["large.jpg", True], ["03.jpg", False]]
    assert "most pixels" in proposal["reason"].iloc[0]
    labelled = there.images.assign(
        label_status=["labelled" if name == "03.jpg" else "unlabelled" for name in there.images["image_id"]]
    )
    proposal = find_duplicates(labelled, there.root).keep_best()
    assert proposal["image_id"].tolist() == ["03.jpg", "large.jpg"]
    assert proposal["reason"].iloc[0] == "has labels"
    assert len(list(folder.glob("*.jpg"))) == 13


@pytest.mark.parametrize("within", [-1, 33])
def test_find_duplicates__refuses_bits(within, folder):
    there = survey(folder)
    with pytest.raises(InputError, match="from 0 to 32"):
        find_duplicates(there.images, there.root, within=within)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=40), st.integers(0, 30))
def test_near_pairs__equal_a_plain_loop(numbers, within):
    hashes = np.array(numbers, dtype=np.uint64)
    turned = mirrored(hashes)
    expected = {}
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            bits = min((numbers[i] ^ numbers[j]).bit_count(), (int(turned[i]) ^ numbers[j]).bit_count())
            if bits <= within:
                expected[i, j] = bits
    pairs = near_pairs(hashes, within=within, workers=1)
    found = {(one, other): bits for (one, other, _), bits in zip(pairs, pairs.bits.tolist(), strict=True)}
    assert found == expected


def test_near_pairs__several_blocks_and_a_limit():
    hashes = np.random.default_rng(0).integers(0, 2**63, 9000, dtype=np.uint64)
    hashes[8999], hashes[100] = hashes[0], mirrored(hashes[7000])
    pairs = near_pairs(hashes, within=0)
    assert sorted(pairs) == [(0, 8999, False), (100, 7000, True)]
    same = np.full(200, 5, dtype=np.uint64)
    assert np.bincount(near_pairs(same, most=3).first).max() == 3


def test_near_pairs__of_two_sets():
    here, there = np.array([1, 2**40], dtype=np.uint64), np.array([2**40, 2**63 + 2**9, 0], dtype=np.uint64)
    assert next(iter(near_pairs(here, there, within=1))) == (1, 0, False)
    assert len(near_pairs(here[:0], there)) == 0


def test_bits_for__fewer_among_more():
    assert [bits_for(count) for count in (10, 5_000, 5_001, 10**6)] == [14, 14, 12, 10]


@pytest.mark.parametrize("seed", range(6))
def test_perceptual_hash__of_the_mirrored_picture_is_known(seed):
    grey = np.asarray(scene(seed).convert("L"))
    straight, turned = (as_numbers([perceptual_hash(view)])[0] for view in (grey, np.ascontiguousarray(grey[:, ::-1])))
    assert np.bitwise_count(mirrored(straight) ^ turned)[0] <= 1


def test_perceptual_hash__flat_pictures_have_none(tmp_path):
    Image.new("RGB", (80, 60), "grey").save(tmp_path / "a.png")
    assert hash_of_file(tmp_path / "a.png") == ""
    (tmp_path / "b.png").touch()
    assert hash_of_file(tmp_path / "b.png") == ""


def test_second_look__two_scenes_are_not_one(tmp_path):
    for number in range(6):
        scene(number).save(tmp_path / f"{number}.png")
    look = SecondLook()
    assert [look.same(tmp_path / "0.png", tmp_path / f"{n}.png") for n in range(6)] == [True] + [False] * 5
    assert not look.same(tmp_path / "0.png", tmp_path / "none.png")


def test_quality__knows_noise_and_clipping():
    rng = np.random.default_rng(0)
    flat = np.full((200, 300), 120, np.uint8)
    assert quality(flat).noise == 0
    noisy = (120 + rng.normal(0, 7, flat.shape)).round().astype(np.uint8)
    assert quality(noisy).noise == pytest.approx(7, rel=0.05)
    half = flat.copy()
    half[:50], half[150:] = 0, 255
    found = quality(half)
    assert (found.clipped_dark, found.clipped_bright) == (0.25, 0.25)


def test_survey__exif_and_compression(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 5D"
    exif.get_ifd(0x8769)[0x9003] = "2019:05:22 08:03:25"
    scene(1).save(tmp_path / "a.jpg", quality=60, exif=exif)
    scene(2).save(tmp_path / "b.png")
    rows = survey(tmp_path).images.set_index("image_id")
    assert rows.loc["a.jpg", ["taken_at", "camera"]].tolist() == ["2019-05-22T08:03:25", "Canon EOS 5D"]
    assert rows.loc["a.jpg", "jpeg_quality"] == pytest.approx(60, abs=1)
    assert pd.isna(rows.loc["b.png", "jpeg_quality"])
    assert pd.isna(rows.loc["b.png", "camera"])
    assert rows.loc["b.png", "bits_per_pixel"] > rows.loc["a.jpg", "bits_per_pixel"] > 0


def test_real__the_pairs_of_voc_indian_eu(real_data):
    """2 exact and 6 near pairs, looked at one by one; nothing else is called a copy: precision 8 of 8."""
    found = found_in(real_data / "voc_indian_eu" / "images")
    pairs: dict[str, set[tuple[str, ...]]] = {"exact": set(), "near": set()}
    for first, second, kind in found.pairs[["first", "second", "kind"]].to_numpy():
        pairs[kind].add(tuple(sorted(name.removesuffix(".jpeg") for name in (first, second))))
    assert pairs["exact"] == {("N110", "N175"), ("N117", "N237")}
    near = {("N116", "N221"), ("N105", "N231"), ("N54", "N68"), ("N238", "N59"), ("N12", "N16"), ("N43", "N70")}
    assert pairs["near"] == near


@pytest.mark.parametrize("folder", ["openalpr_eu", "korean_voc_labelme", "bad_labels", "yolo_mark"])
def test_real__sets_without_copies_have_none(folder, real_data):
    assert found_in(real_data / folder).pairs.empty
