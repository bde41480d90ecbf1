"""Random test sets with everything that makes evaluators disagree: crowds, ties, empty pictures, many classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.model.geometry import CORNERS

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def make_world(
    seed: int, *, pictures: int = 12, classes: int = 3, ignore: float = 0.15, whole: bool = True, ids: str = "str"
) -> Tables:
    """Pictures with up to 8 boxes and 20 predictions each, drawn around the boxes or anywhere.

    With `whole` the corners are whole pixels, so that some IoUs lie exactly on a threshold; confidences have one or two
    decimals, so that many are equal. Boxes of exactly equal IoU with one prediction are rare here: see `tied_world`.
    """
    rng = np.random.default_rng(seed)
    names = [f"class {i}" for i in range(classes)]
    keys: list[Any] = (
        [f"picture {i}" for i in range(pictures)] if ids == "str" else [7 * i + 3 for i in range(pictures)]
    )
    boxes, predictions = [], []
    for key in keys:
        count = int(rng.integers(0, 9)) if rng.random() < 0.85 else 0
        low = rng.uniform(0, 80, (count, 2))
        drawn = np.concatenate([low, low + rng.uniform(4, 40, (count, 2))], axis=1)
        labels = rng.integers(0, classes, count)
        for corners, label in zip(drawn, labels, strict=True):
            boxes.append([key, names[label], *(corners.round() if whole else corners), rng.random() < ignore])
        for _ in range(int(rng.integers(0, 21)) if rng.random() < 0.9 else 0):
            if count and rng.random() < 0.7:
                which = int(rng.integers(count))
                corners = drawn[which] + rng.normal(0, 3, 4)
                label = labels[which] if rng.random() < 0.85 else rng.integers(0, classes)
            else:
                start = rng.uniform(0, 80, 2)
                corners = np.concatenate([start, start + rng.uniform(3, 40, 2)])
                label = rng.integers(0, classes)
            corners = corners.round() if whole else corners
            corners[2:] = np.maximum(corners[2:], corners[:2] + 1)
            confidence = round(float(rng.uniform(0.01, 1)), int(rng.integers(1, 3)))
            predictions.append([key, names[int(label)], confidence, *corners])
    box_table = pd.DataFrame(boxes, columns=["image_id", "class_name", *CORNERS, "ignore"])
    prediction_table = pd.DataFrame(predictions, columns=["image_id", "class_name", "confidence", *CORNERS])
    box_table.insert(
        0, "box_id", [f"b{i}" for i in range(len(boxes))] if ids == "str" else range(100, 100 + len(boxes))
    )
    made = [f"p{i}" for i in range(len(predictions))] if ids == "str" else range(500, 500 + len(predictions))
    prediction_table.insert(0, "prediction_id", made)
    return pd.DataFrame({"image_id": keys, "width": 130, "height": 130}), box_table, prediction_table


def tied_world(seed: int) -> Tables:
    """One class on a coarse grid, every box twice: nearly every prediction has to choose between equal boxes."""
    rng = np.random.default_rng(seed)
    low = rng.integers(0, 3, (6, 2)) * 10.0
    drawn = np.concatenate([low, low + rng.integers(1, 3, (6, 2)) * 10.0], axis=1)[
        rng.permutation(np.tile(range(6), 2))
    ]
    boxes = pd.DataFrame(drawn, columns=CORNERS).assign(image_id="a", class_name="x", ignore=rng.random(12) < 0.2)
    boxes.insert(0, "box_id", [f"b{i}" for i in range(12)])
    predictions = pd.DataFrame(drawn[rng.integers(0, 12, 14)], columns=CORNERS).assign(image_id="a", class_name="x")
    predictions["confidence"] = rng.integers(1, 6, 14) / 10
    predictions.insert(0, "prediction_id", [f"p{i}" for i in range(14)])
    return pd.DataFrame({"image_id": ["a"]}), boxes, predictions


@pytest.fixture(scope="session")
def tied() -> Callable[[int], Tables]:
    return tied_world


@pytest.fixture(scope="session")
def world() -> Callable[..., Tables]:
    return make_world
