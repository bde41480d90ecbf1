"""Similarity and maps in FiftyOne Brain, with a real mongod and vectors of our own."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.show.fiftyone import similarity_map
from workbench.show.fiftyone.app import fiftyone

from .looked import Looked

pytestmark = [pytest.mark.mongod, pytest.mark.slow]

COUNT = 12


@pytest.fixture(scope="module")
def fo(mongod):
    return fiftyone()


@pytest.fixture
def subject(tmp_path) -> Looked:
    """Pictures with a striped plate that nobody found; every other one is striped the other way."""
    images, boxes, found = [], [], []
    for number in range(COUNT):
        rng = np.random.default_rng(number)
        picture = np.full((120, 200), 100) + rng.normal(0, 3, (120, 200))
        stripes = np.tile(np.repeat([40, 210], 4), 10)
        patch = np.tile(stripes, (40, 1)) if number % 2 else np.tile(stripes[:40, None], (1, 80))
        picture[30:70, 40:120] = patch
        picture[80:110, 140:190] = patch[:30, :50]
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(tmp_path / f"{number}.png")
        name = f"{number}.png"
        images.append({"image_id": name, "path": name, "width": 200, "height": 120, "label_status": "labelled"})
        boxes.append({"image_id": name, "class_name": "p", "xmin": 40, "ymin": 30, "xmax": 120, "ymax": 70})
        found.append(
            {"image_id": name, "class_name": "p", "confidence": 0.9, "xmin": 140, "ymin": 80, "xmax": 190, "ymax": 110}
        )
    made = (
        tables.validate(pd.DataFrame(rows), name)
        for rows, name in zip((images, boxes, found), ("images", "boxes", "predictions"), strict=True)
    )
    return Looked("map-test", *made, tmp_path)


@pytest.fixture
def mapped(fo, subject):
    dataset = subject.fiftyone(map=True)
    yield dataset
    fo.delete_dataset("map-test")


def test_map__failures_are_laid_out_from_their_looks(mapped, subject):
    assert sorted(mapped.list_brain_runs()) == sorted(
        [*similarity_map.KEYS["misses"], *similarity_map.KEYS["false alarms"]]
    )
    for key, field, kind in (("misses", "ground_truth", "box"), ("false alarms", "predictions", "prediction")):
        alike, laid_out = similarity_map.KEYS[key]
        points = mapped.load_brain_results(laid_out)
        assert points.points.shape == (COUNT, 2)
        assert set(points.label_ids) == set(mapped.values(f"{field}.detections.id", unwind=True))
        held = mapped.load_brain_results(alike)
        evaluation = subject.evaluate()
        failed = evaluation.failures
        looks = dict(zip(failed[f"{kind}_id"], evaluation.looks, strict=True))
        ours = dict(
            zip(
                *(mapped.values(f"{field}.detections.{name}", unwind=True) for name in ("id", f"{kind}_id")),
                strict=True,
            )
        )
        np.testing.assert_allclose(held.embeddings, [looks[ours[one]] for one in held.label_ids], atol=1e-6)


def test_map__the_most_similar_failures_are_striped_the_same_way(mapped):
    alike, _ = similarity_map.KEYS["misses"]
    patches = mapped.load_saved_view("misses").to_patches("ground_truth")
    for chosen in (0, 1):
        query = mapped.match({"image_id": f"{chosen}.png"}).first()["ground_truth"].detections[0].id
        near = patches.sort_by_similarity(query, k=COUNT // 2, brain_key=alike)
        origins = mapped.select(near.values("sample_id")).values("image_id")
        assert {int(name.removesuffix(".png")) % 2 for name in origins} == {chosen}


def test_map__is_gone_when_what_it_shows_has_changed_and_there_again_when_asked_for(mapped, subject):
    assert subject.fiftyone().list_brain_runs() == mapped.list_brain_runs() != []
    less = subject.with_predictions(subject.predictions.iloc[:6].reset_index(drop=True), subject.name)
    assert less.fiftyone().list_brain_runs() == []
    again = less.fiftyone(map="failures")
    assert len(again.load_brain_results(similarity_map.KEYS["false alarms"][1]).points) == 6
    assert len(subject.fiftyone(map=True).load_brain_results(similarity_map.KEYS["false alarms"][1]).points) == COUNT


def test_map__pictures_by_the_backbone_of_shipped_weights(fo, subject):
    dataset = subject.fiftyone(name="map-pictures", map="pictures")
    try:
        alike, laid_out = similarity_map.KEYS["pictures"]
        assert dataset.load_brain_results(laid_out).points.shape == (COUNT, 2)
        first = dataset.match({"image_id": "0.png"}).first().id
        near = dataset.sort_by_similarity(first, k=COUNT // 2, brain_key=alike).values("image_id")
        assert sum(int(name.removesuffix(".png")) % 2 == 0 for name in near) >= COUNT // 2 - 1
    finally:
        dataset.delete()


def test_map__few_failures_need_none(fo, subject):
    few = subject.with_predictions(subject.predictions.iloc[:3].reset_index(drop=True), "few")
    dataset = few.fiftyone(name="map-few", map=True)
    try:
        assert sorted(dataset.list_brain_runs()) == sorted(similarity_map.KEYS["misses"])
    finally:
        dataset.delete()


def test_map__refuses_what_it_cannot_lay_out(subject, tmp_path):
    with pytest.raises(InputError, match="there is no map of 'clips'; expected 'failures'"):
        subject.fiftyone(map="clips")
    for path in subject.images["path"]:
        shutil.move(tmp_path / path, tmp_path / f"{path}.gone")
    with pytest.raises(InputError, match=r"no picture below .* could be read"):
        subject.fiftyone(name="map-unread", map=True)
    fiftyone().delete_dataset("map-unread")
