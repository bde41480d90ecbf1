"""Plain pictures and frames, without a project."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from workbench.api.plain_pictures import predict_pictures, with_moments

from workbench.label import read_labels, read_predictions
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.pictures import moment_of


def frames(*names, **columns):
    return tables.validate(pd.DataFrame({"image_id": list(names)}).assign(**columns), "images")


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("ride.mp4#t=735", 735.0),
        ("day/ride.MP4#t=735.266667", 735.266667),
        ("ride.mp4#t=735.", 735.0),
        ("ride.mp4_00012", None),
        ("cat_t2", None),
        ("12", None),
    ],
)
def test_moment_of__is_told_by_the_name(name, second):
    assert moment_of(name) == second


def test_with_moments__by_name_by_order_and_as_the_table_says():
    named = with_moments(frames("a.mp4#t=2.jpg", "a.mp4#t=1.5.jpg", "still.jpg"))
    assert named["frame_s"].tolist()[:2] == [2.0, 1.5]
    assert pd.isna(named["frame_s"].iloc[2])
    assert named["group_id"].tolist() == ["a.mp4", "a.mp4", ""]
    # Numbers count as numbers: frame 10 comes after frame 9; each folder is a video.
    ordered = with_moments(frames("x/10.jpg", "x/9.jpg", "y/1.jpg"), frames_per_second=4)
    assert ordered["frame_s"].tolist() == [0.25, 0.0, 0.0]
    assert ordered["group_id"].tolist() == ["x", "x", "y"]
    known = frames("a.jpg", frame_s=3.0, group_id="g")
    assert with_moments(known, frames_per_second=4).equals(known)


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_with_moments__refuses(fps):
    with pytest.raises(InputError, match="none of the 1 pictures says when"):
        with_moments(frames("a.jpg"))
    with pytest.raises(InputError, match="expected more than 0"):
        with_moments(frames("a.jpg"), frames_per_second=fps)


@pytest.mark.slow
def test_predict_pictures__is_read_back_by_the_names_of_the_files(tmp_path, real_data):
    found = predict_pictures(
        sorted((real_data / "openalpr_eu").glob("eu[12].jpg")), image_size=320, device="cpu", progress=False
    )
    assert sorted(found.images["image_id"]) == ["eu1.jpg", "eu2.jpg"]
    assert found.prediction.settings.image_size == 320
    assert (found.predictions["confidence"] > 0.5).groupby(found.predictions["image_id"]).any().all()
    out = found.save(tmp_path / "results.json")
    assert json.loads(out.read_text("utf-8"))[0].keys() == {"image_id", "class_name", "bbox", "score"}
    labels = read_labels(real_data / "openalpr_eu", format="openalpr")
    again = read_predictions(out, labels)
    columns = ["image_id", "class_name", "confidence", "xmin", "ymin", "xmax", "ymax"]
    pd.testing.assert_frame_equal(again[columns], found.predictions[columns])


@pytest.mark.slow
def test_predict_pictures__decomposed_names_and_kinds_that_are_not_read(tmp_path):
    name = unicodedata.normalize("NFD", "차.png")
    Image.fromarray(np.zeros((64, 64, 3), dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "b.heic").write_bytes(b"x")
    found = predict_pictures(tmp_path, image_size=64, device="cpu", progress=False)
    assert found.images["image_id"].tolist() == ["차.png"]
    assert found.not_read == ("b.heic",)
    with pytest.raises(InputError, match="does not exist"):
        predict_pictures(tmp_path / "nowhere")
