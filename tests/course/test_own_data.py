"""What notebook 11 works on, and its verbs: weights that were not trained here beside those that were."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench.annotate import hand_work, stand_in
from workbench.course.own_data import OwnData, own_data
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def data(home: Path) -> OwnData:
    return own_data(home)


@pytest.fixture(scope="module")
def labelled(home: Path, data: OwnData) -> wb.Project:
    """The drawn photos and frames, pre-labelled and corrected."""
    project = wb.Project.create(home / "project", classes=["plate"])
    project.collect(data.pictures, source="photos", split="train")
    assert data.clip is not None
    project.collect(data.clip, every_s=0.5, source="clip", split="test")
    for split, prelabelled in (("test", False), ("train", True)):
        found = project.test(split).predict("plates")
        queue = project.label(split, prelabels=found if prelabelled else None).queue
        stand_in(queue, data.known(project.test(split).images, found))
    return project


@pytest.mark.parametrize(
    ("pictures", "clip", "said"),
    [
        ("none", None, "there is no folder .*none"),
        (".", "none.mp4", "there is no video .*none.mp4"),
        (None, "clip.mp4", "clip.mp4 alone has nothing to learn from"),
    ],
)
def test_own_data__refused(tmp_path, monkeypatch, pictures, clip, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        own_data(tmp_path, pictures, clip)


def test_own_data__of_your_own_draws_nothing_and_knows_what_the_detector_finds(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.jpg"), np.zeros((60, 80, 3), dtype=np.uint8))
    mine = own_data(tmp_path / "home", folder)
    assert (mine.pictures, mine.clip, mine.truth) == (folder, None, None)
    assert not (tmp_path / "home").exists()
    corners = dict(zip(CORNERS, (1.0, 1.0, 9.0, 9.0), strict=True))
    rows = [{"prediction_id": f"p{c}", "image_id": "a", "class_name": "plate", "confidence": c} for c in (0.6, 0.4)]
    found = tables.from_rows("predictions", [row | corners for row in rows])
    assert mine.known(found, found)["prediction_id"].tolist() == ["p0.6"]


@pytest.mark.slow
def test_own_data__the_truth_of_drawn_pictures_lies_where_the_detector_finds_plates(data, labelled):
    images = labelled.images
    assert images["source"].value_counts().to_dict() == {"photos": 24, "clip": 4}
    known = data.known(images, labelled.predict("plates", "train"))
    assert set(known["image_id"]) <= set(images["image_id"])
    truth = known[CORNERS].to_numpy()
    boxes = labelled.boxes
    assert len(boxes) == len(truth)
    # On the test nothing was pre-labelled: the boxes of a frame are those of the moment it was taken at.
    metrics = labelled.test(source="clip").evaluate("plates", confidence=0.25).metrics
    assert metrics["recall"] > 0.5
    work = hand_work(labelled.label_log)
    assert work["pictures"] == 24
    assert work["accepted"] > work["removed"] + work["added"] + work["moved"]


@pytest.mark.slow
def test_weights_that_were_not_trained_here__stand_beside_a_run(labelled, data):
    version = labelled.snapshot("corrected")
    run = labelled.train(version, weights="plates", batches=1, batch=2, image_size=64, device="cpu")
    test = labelled.test()
    both = test.compare("plates", run)
    assert both["iteration"].tolist() == ["plates", run.run_id]
    alone = test.evaluate("plates")
    assert both.loc[0, "recall"] == alone.metrics["recall"]
    explorer = test.evaluate(run).explore(before="plates")
    assert [side.name for side in explorer.state.sides] == [f"project-test-{run.run_id}", "project-test-plates"]
    assert labelled.run("r001") == run
    with pytest.raises(InputError, match="has no run 'plate'"):
        test.evaluate("plate")
