"""Verdicts alone: the same as those of an evaluation, and of each picture by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate, judge
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS


def made_up(seed: int, *, pictures: int = 12) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)

    def objects(count: int) -> pd.DataFrame:
        low = rng.uniform(0, 60, (count, 2))
        corners = np.concatenate([low, low + rng.uniform(15, 50, (count, 2))], axis=1)
        keys = [f"{number}" for number in rng.integers(0, pictures, count)]
        return pd.DataFrame(corners, columns=CORNERS).assign(
            image_id=keys, class_name=rng.choice(["car", "bus"], count)
        )

    status = rng.choice(["labelled", "empty", "unlabelled"], pictures)
    images = pd.DataFrame({"image_id": [str(i) for i in range(pictures)], "label_status": status})
    boxes, found = objects(60), objects(120)
    boxes = boxes.assign(box_id=[f"b{i}" for i in range(60)], ignore=rng.random(60) < 0.1)
    names = [f"p{i}" for i in range(120)]
    return images, boxes, found.assign(prediction_id=names, confidence=rng.random(120))


def told(verdicts: pd.DataFrame) -> pd.DataFrame:
    return verdicts.drop(columns=["cause", "cause_confirmed"])


@pytest.mark.parametrize(("confidence", "iou"), [(0.0, 0.5), (0.3, 0.5), (0.5, 0.3), (0.8, 0.75)])
def test_judge__says_what_evaluate_says(confidence, iou):
    images, boxes, found = made_up(0)
    wanted = evaluate(images, boxes, found, confidence=confidence, iou=iou).verdicts
    counted = found[found["confidence"] >= confidence]
    for predictions in (found, counted):
        verdicts = judge(images, boxes, predictions, confidence=confidence, iou=iou)
        pd.testing.assert_frame_equal(told(verdicts), told(wanted))
        assert verdicts["cause"].isna().all()


def test_judge__of_some_pictures_says_the_same_of_these():
    images, boxes, found = made_up(1)
    whole = told(judge(images, boxes, found, confidence=0.3))
    part = images[::3]
    mine = (table[table["image_id"].isin(part["image_id"])] for table in (boxes, found))
    verdicts = told(judge(part, *mine, confidence=0.3))
    pd.testing.assert_frame_equal(verdicts, whole[whole["image_id"].isin(part["image_id"])].reset_index(drop=True))


def test_judge__nobody_labelled_anything():
    images, boxes, found = made_up(2)
    with pytest.raises(InputError, match="none of them labelled"):
        judge(images.assign(label_status="unlabelled"), boxes, found)
