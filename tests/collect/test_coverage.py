from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import ImageFilter

from workbench.collect import coverage, pick
from workbench.collect.labelled_folders import coverage_of_folders, read_set
from workbench.collect.rule_axes import AXES, frontal_shapes, object_values, shapes
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.pictures import survey
from workbench.show import plot_coverage, write_coverage

from .scenes import scene


def pictures(sharpness, brightness=120.0, **columns) -> pd.DataFrame:
    count = len(sharpness)
    rows = {
        "image_id": [f"p{number}" for number in range(count)],
        "width": 640,
        "height": 480,
        "label_status": "labelled",
        "sharpness_320": np.asarray(sharpness, dtype=float),
        "brightness": brightness,
    }
    return tables.validate(pd.DataFrame(rows | columns), "images")


def boxes(*corners, image_ids=None, **columns) -> pd.DataFrame:
    names = image_ids or [f"p{number}" for number in range(len(corners))]
    rows = {"image_id": names, "class_name": "plate", **dict(zip(CORNERS, np.array(corners, float).T, strict=True))}
    return tables.validate(pd.DataFrame(rows | columns), "boxes")


NONE = tables.empty("boxes")


def test_coverage__says_what_is_missing_and_how_many_would_fill_it():
    photos, video = pictures([1000] * 90 + [300] * 10), pictures([100] * 30 + [300] * 10)
    found = coverage(photos, NONE, reference=(video, NONE), names=("photos", "video"))
    row = found.table.set_index(["axis", "region"]).loc[("sharpness", "blurred")]
    assert (row["ours"], row["reference"], row["missing"]) == (0, 30, True)
    assert found.axes.set_index("axis").loc["sharpness", "overlap"] == pytest.approx(0.10)
    # So many more that blurred pictures are half of 75 %, and soft ones half of 25 %, of the whole.
    total = 100 + found.table.loc[found.table["axis"] == "sharpness", "to_fill"].sum()
    assert row["to_fill"] == np.ceil(0.375 * total)
    assert found.words[0].startswith("sharpness: 10% in common; 'blurred' is 75% of video and 0% of photos")
    assert f"({row['to_fill']} more pictures would do)" in found.words[0]


def test_coverage__what_was_said_to_fill_it_fills_it():
    photos, video = pictures([1000] * 90 + [300] * 10), pictures([100] * 30 + [300] * 10)
    more = coverage(photos, NONE, reference=(video, NONE)).table.query("axis == 'sharpness'")["to_fill"].tolist()
    filled = pictures([1000] * 90 + [300] * 10 + [100] * more[1] + [300] * more[2])
    assert not coverage(filled, NONE, reference=(video, NONE)).table["missing"].any()
    one_less = pictures([1000] * 90 + [300] * 10 + [100] * (more[1] - 2) + [300] * more[2])
    assert coverage(one_less, NONE, reference=(video, NONE)).table["missing"].any()


def test_coverage__of_a_set_with_itself():
    photos = pictures([1000, 300, 90, 20] * 5)
    found = coverage(photos, NONE, reference=(photos, NONE))
    known = found.axes[found.axes["overlap"].notna()]
    assert (known["overlap"] == 1).all()
    assert not found.table["missing"].any()


def test_coverage__unlabelled_pictures_have_no_object_axes():
    unlabelled = pictures([100] * 5, label_status="unlabelled")
    found = coverage(pictures([100] * 5), NONE, reference=(unlabelled, NONE))
    unknown = found.axes[found.axes["overlap"].isna()]["axis"].tolist()
    assert set(unknown) >= {"object size", "truncation", "objects a picture"}
    assert "not compared" in found.words[-1]


def test_coverage__refuses(home):
    with pytest.raises(InputError, match="photos has no pictures"):
        coverage(tables.empty("images"), NONE, reference=(pictures([1]), NONE), names=("photos", "b"))
    with pytest.raises(InputError, match="is not measured"):
        coverage(pictures([1]).drop(columns="brightness"), NONE, reference=(pictures([1]), NONE))


def test_axes__regions_have_one_edge_between_them():
    assert [axis.name for axis in AXES if len(axis.edges) != len(axis.regions) - 1] == []


def test_object_values__known_by_hand():
    images = pictures([1] * 4)
    frontal = (200, 100, 300, 120)
    oblique = (200, 100, 250, 120)
    flat = (200, 100, 300, 110)
    cut = (0, 400, 50, 420)
    there = boxes(frontal, oblique, flat, cut)
    values = object_values(images, there, {"plate": 5.0})
    assert values["object size"][0] == pytest.approx(100 * np.sqrt(100 * 20 / (640 * 480)))
    np.testing.assert_allclose(values["horizontal angle"], [0, 60, 0, np.nan])
    np.testing.assert_allclose(values["vertical angle"], [0, 0, 60, np.nan])
    assert values["truncation"].tolist() == [0, 0, 0, 1]
    assert values["position across"][0] == pytest.approx(100 * 250 / 640)
    assert frontal_shapes(there) == {"plate": pytest.approx(np.median([5, 2.5, 10, 2.5]))}


def test_shapes__a_quad_tells_more_than_its_box():
    """A plate of 5 to 1, turned by 30 degrees: its box is nearly square, its edges still are 5 to 1."""
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    quad = np.array([[0, 0], [100, 0], [100, 20], [0, 20]]) @ turn.T + 200
    low, high = quad.min(axis=0), quad.max(axis=0)
    there = boxes((*low, *high), (*low, *high), points=[quad.tolist(), None])
    assert shapes(there)[0] == pytest.approx(5)
    assert shapes(there)[1] < 2
    for start in range(4):
        assert shapes(there.assign(points=[np.roll(quad, start, axis=0).tolist(), None]))[0] == pytest.approx(5)


def test_plot_coverage__draws_the_shares_and_marks_what_is_missing(tmp_path):
    found = coverage(pictures([1000] * 20), NONE, reference=(pictures([100] * 20), NONE), names=("photos", "video"))
    figure = plot_coverage(found)
    ax = next(one for one in figure.axes if one.get_title(loc="left").startswith("Sharpness"))
    widths = [[bar.get_width() for bar in bars] for bars in ax.containers[:2]]
    assert widths == [[0, 0, 0, 100, 0], [0, 100, 0, 0, 0]]
    assert [text.get_text() for text in ax.texts] == ["missing: +20 pictures"]
    assert figure.get_suptitle() == "photos is nothing like video"
    assert write_coverage(found, tmp_path / "a.png").stat().st_size > 5000
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        write_coverage(found, tmp_path / "a.txt")


def test_real__photos_against_dashcam_frames(real_data):
    frames = real_data / "dashcam_frames_day"
    photos = real_data / "voc_indian_eu" / "images"
    found = coverage_of_folders(photos, frames / "images", labels=photos, reference_labels=frames / "annots")
    missing = {(row["axis"], row["region"]) for row in tables.records(found.table) if row["missing"]}
    assert {
        ("sharpness", "soft"),
        ("sharpness", "blurred"),
        ("brightness", "dark"),
        ("object size", "small"),
    } <= missing
    assert found.names == ("voc_indian_eu", "dashcam_frames_day")


def vectors(*rows) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_pick__by_diversity_is_farthest_first():
    images = pictures([1] * 4)
    embeddings = vectors([1, 0], [0.99, 0.1], [0, 1], [0.7, 0.7])
    chosen = pick(images, 3, by="diversity", embeddings=embeddings, there=vectors([1, 0]))
    assert chosen["image_id"].tolist() == ["p2", "p3", "p1"]
    assert "unlike what is there" in chosen["reason"].iloc[0]


def test_pick__by_likeness():
    chosen = pick(
        pictures([1] * 3),
        2,
        by="likeness",
        embeddings=vectors([1, 0], [0, 1], [0.6, 0.8]),
        like=vectors([0, 2]),
        like_names=["night.jpg"],
    )
    assert chosen["image_id"].tolist() == ["p1", "p2"]
    assert chosen["reason"].iloc[0] == "like night.jpg (similarity 1.00)"


def test_pick__by_coverage_takes_only_what_is_missing():
    gap = coverage(pictures([1000] * 8), NONE, reference=(pictures([100] * 8), NONE))
    pool = pictures([1000, 100, 90, 1000, 120], label_status="unlabelled")
    chosen = pick(pool, 5, by="coverage", gap=gap)
    assert chosen["image_id"].tolist() == ["p1", "p2", "p4"]
    assert chosen["reason"].iloc[0] == "sharpness 'blurred': 8 more are needed"
    assert chosen["reason"].iloc[1] == "sharpness 'blurred': 7 more are needed"


def test_pick__a_mix_takes_turns_and_nothing_twice():
    gap = coverage(pictures([1000] * 8), NONE, reference=(pictures([100] * 8), NONE))
    rng = np.random.default_rng(0)
    pool = pictures([100] * 3 + [1000] * 9, label_status="unlabelled")
    embeddings = rng.normal(size=(12, 8)).astype(np.float32)
    chosen = pick(pool, 20, gap=gap, embeddings=embeddings, like=embeddings[5:6])
    assert sorted(chosen["image_id"]) == sorted(pool["image_id"])
    assert chosen["by"].tolist()[:3] == ["coverage", "likeness", "diversity"]
    assert (chosen["reason"].str.len() > 10).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"k": 0}, "k is 0"),
        ({"by": "luck"}, "by is 'luck'; expected one of diversity"),
        ({"by": "likeness"}, "needs embeddings and like"),
        ({}, "needs gap or embeddings"),
        ({"embeddings": vectors([1, 0])}, "1 embeddings for 2 pictures"),
    ],
    ids=str,
)
def test_pick__refuses(options, match):
    with pytest.raises(InputError, match=match):
        pick(pictures([1, 2]), options.pop("k", 1), **options)


def test_pick__an_empty_pool():
    assert pick(tables.empty("images"), 3, embeddings=np.zeros((0, 4), np.float32)).empty


def test_read_set__takes_labels_and_measures(tmp_path):
    for number in range(3):
        picture = scene(number)
        (picture.filter(ImageFilter.GaussianBlur(6)) if number else picture).save(tmp_path / f"{number}.jpg")
    (tmp_path / "classes.txt").write_text("plate\n")
    (tmp_path / "0.txt").write_text("0 0.5 0.5 0.2 0.1\n")
    there = read_set(tmp_path, labels=tmp_path, format="yolo")
    assert there.images["label_status"].tolist() == ["labelled", "unlabelled", "unlabelled"]
    assert len(there.boxes) == 1
    assert there.images["sharpness_320"].iloc[0] > 10 * there.images["sharpness_320"].iloc[1]
    assert there.images["phash"].tolist() == survey(tmp_path).images["phash"].tolist()
