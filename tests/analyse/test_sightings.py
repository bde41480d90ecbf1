"""The line between hits and finds where no box is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analyse import evaluate
from workbench.analyse.why import cause_inputs as look_alike
from workbench.analyse.why.pixels import NAMES, Pixels
from workbench.model.geometry import CORNERS


def test_along__each_group_is_judged_by_the_line_drawn_without_it():
    rng = np.random.default_rng(0)
    count = 40
    features = rng.normal(0, 1, (count + 5, 6)).astype(np.float32)
    learned, side = np.arange(count), np.repeat([1.0, -1.0], [25, 15])
    group = rng.integers(0, 9, count)
    weight = np.where(side > 0, 0.5 / 25, 0.5 / 15) * count
    x = features[:count].astype(np.float64)
    middle = np.average(x, axis=0, weights=weight)
    spread = x.std(axis=0) + 1e-6
    x = (x - middle) / spread

    def slope(kept):
        scaled = x[kept] * weight[kept, None]
        return np.linalg.solve(scaled.T @ x[kept] + look_alike._RIDGE * count * np.eye(6), scaled.T @ side[kept])

    found = look_alike._along(features, learned, side, group)
    for one in np.unique(group):
        np.testing.assert_allclose(found[:count][group == one], x[group == one] @ slope(group != one), atol=1e-5)
    unseen = (features[count:] - middle) / spread @ slope(np.ones(count, dtype=bool))
    np.testing.assert_allclose(found[count:], unseen, atol=1e-5)


def test_draw__an_object_forgotten_in_a_whole_video_does_not_speak_against_itself():
    """Ten frames show one way of looking that six hits have too, and all other finds without a box another."""
    angles = np.repeat([0.0, 60.0, 90.0, 60.0], [30, 6, 30, 10])
    count = len(angles)
    images = pd.DataFrame({"image_id": [f"i{i}" for i in range(count)]})
    found = pd.DataFrame([[100.0, 80.0, 180.0, 104.0]] * count, columns=CORNERS)
    found = found.assign(image_id=images["image_id"], class_name="x", confidence=0.8)
    boxes = found.head(36)[["image_id", "class_name", *CORNERS]]
    looks = np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=1).astype(np.float32)
    unknown = {name: np.full(count, np.nan) for name in NAMES}
    read = Pixels({name: np.zeros(36) for name in NAMES}, unknown, looks[:36], looks, looks[:, :0], count, 0)

    def score(frames):
        evaluation = evaluate(images.assign(group_id=[*images["image_id"][:-10], *frames]), boxes, found)
        line = look_alike.draw(evaluation._test_set, evaluation._matching, evaluation._errors, read)
        return line.score[-10:]

    assert score(["v"] * 10).min() > score([f"w{i}" for i in range(10)]).max() + 0.05


def test_draw__too_little_to_learn_from_leaves_confidence_alone():
    images = pd.DataFrame({"image_id": [f"i{i}" for i in range(12)]})
    found = pd.DataFrame([[10.0, 10.0, 30.0, 20.0]] * 12, columns=CORNERS)
    found = found.assign(image_id=images["image_id"], class_name="x", confidence=[0.9] * 6 + [0.8] * 3 + [0.95] * 3)
    evaluation = evaluate(images, found.head(6)[["image_id", "class_name", *CORNERS]], found)
    looks = np.ones((12, 2), dtype=np.float32)
    unknown = {name: np.full(12, np.nan) for name in NAMES}
    read = Pixels({name: np.zeros(6) for name in NAMES}, unknown, looks[:6], looks, looks, 12, 0)
    evaluation._given.__dict__["pixels"] = read
    assert evaluation.failures["cause"].tolist() == ["look-alike"] * 3 + ["label missing"] * 3
