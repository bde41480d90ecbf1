"""Finds in pictures that belong to no project."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workbench.label import read_labels, read_predictions
from workbench.model.errors import InputError
from workbench.train import predict_pictures


@pytest.mark.slow
def test_predict_pictures__is_read_back_by_the_names_of_the_files(tmp_path, real_data):
    found = predict_pictures(sorted((real_data / "openalpr_eu").glob("eu[12].jpg")), image_size=320, device="cpu")
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
    found = predict_pictures(tmp_path, image_size=64, device="cpu")
    assert found.images["image_id"].tolist() == ["차.png"]
    assert found.not_read == ("b.heic",)
    with pytest.raises(InputError, match="does not exist"):
        predict_pictures(tmp_path / "nowhere")
