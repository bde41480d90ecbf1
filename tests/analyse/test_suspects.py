from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate, hard_examples, suspects
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS


def labelled(count=60, seed=0):
    """Boxes far apart, each found nearly in place by a detector with usual confidences."""
    rng = np.random.default_rng(seed)
    images = pd.DataFrame({"image_id": [f"i{i}" for i in range(count)], "width": 640, "height": 480})
    corners = np.tile([100.0, 100.0, 200.0, 150.0], (count, 1))
    boxes = pd.DataFrame(corners, columns=CORNERS).assign(image_id=images["image_id"], class_name="x")
    boxes.insert(0, "box_id", [f"b{i}" for i in range(count)])
    found = pd.DataFrame(corners + rng.normal(0, 2, (count, 4)), columns=CORNERS).assign(
        image_id=images["image_id"], class_name="x", confidence=rng.uniform(0.5, 0.95, count)
    )
    return images, boxes, found


PLANTED = {
    "loose": lambda b: b.assign(xmin=b["xmin"] - 40, xmax=b["xmax"] + 40, ymin=b["ymin"] - 20, ymax=b["ymax"] + 20),
    "tight": lambda b: b.assign(xmin=b["xmin"] + 30, xmax=b["xmax"] - 30),
    "shifted": lambda b: b.assign(xmin=b["xmin"] + 40, xmax=b["xmax"] + 40),
    "wrong class": lambda b: b.assign(class_name="y"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_suspects__planted_ones_come_first_with_their_kind(kind):
    images, boxes, found = labelled()
    wrong = [3, 17, 40]
    boxes = pd.concat([boxes.drop(index=wrong), PLANTED[kind](boxes.loc[wrong])]).sort_index()
    table = suspects(evaluate(images, boxes, found))
    assert set(table.head(3)["box_id"]) == {"b3", "b17", "b40"}
    assert table.head(3)["kind"].tolist() == [kind] * 3
    assert table["score"].is_monotonic_decreasing
    assert table["score"].between(0, 1).all()


def test_suspects__missing_ones_say_where():
    images, boxes, found = labelled()
    table = suspects(evaluate(images, boxes.drop(index=[5, 6]), found))
    first = table.head(2)
    assert first["kind"].tolist() == ["missing"] * 2
    assert set(first["image_id"]) == {"i5", "i6"}
    assert first["box_id"].isna().all()
    np.testing.assert_allclose(first["xmin"], 100, atol=10)


def test_suspects__one_place_is_one_suspect():
    images, boxes, found = labelled()
    again = found.loc[[5]].assign(confidence=0.4, xmin=found["xmin"] + 5)
    table = suspects(evaluate(images, boxes.drop(index=5), pd.concat([found, again], ignore_index=True)))
    assert (table[table["image_id"] == "i5"]["kind"] == "missing").sum() == 1


def test_suspects__nothing_to_suspect():
    images, boxes, found = labelled(5)
    perfect = evaluate(images, boxes, boxes.drop(columns="box_id").assign(confidence=0.9))
    assert len(suspects(perfect)) == 0
    assert len(suspects(evaluate(images, boxes, found.iloc[:0]))) == 0


def pool():
    images = pd.DataFrame(
        {
            "image_id": [f"f{i}" for i in range(8)],
            "group_id": "v",
            "frame_s": np.arange(8) / 2.0,
            "label_status": "unlabelled",
        }
    )
    rows = [[f"f{i}", "x", 0.9, 10, 10, 40, 20] for i in range(8) if i != 3]
    return images, pd.DataFrame(rows, columns=["image_id", "class_name", "confidence", *CORNERS])


def test_hard_examples__flickering_unsure_disagreeing():
    images, found = pool()
    # The frame without the find that its neighbours have.
    assert hard_examples(images, found).iloc[0][["image_id", "reason"]].tolist() == ["f3", "flickering"]
    whole = pd.concat([found, found.iloc[[0]].assign(image_id="f3")])
    unsure = whole.assign(confidence=whole["confidence"].where(whole["image_id"] != "f6", 0.31))
    assert hard_examples(images, unsure).iloc[0][["image_id", "reason"]].tolist() == ["f6", "unsure"]
    other = whole[whole["image_id"] != "f1"]
    best = hard_examples(images, whole, other).iloc[0]
    assert best[["image_id", "reason", "score"]].tolist() == ["f1", "disagreeing", 1.0]


def test_hard_examples__neighbours_and_limit():
    images, found = pool()
    found = found.assign(confidence=0.3)
    assert len(hard_examples(images, found, apart_s=0)) == 8
    apart = hard_examples(images, found)["image_id"].str[1:].astype(int).sort_values()
    assert (np.diff(apart) >= 2).all()
    assert len(hard_examples(images, found, apart_s=0, limit=2)) == 2


def test_hard_examples__empty_pool_and_wrong_use():
    images, found = pool()
    assert len(hard_examples(images.iloc[:0], found.iloc[:0])) == 0
    for call, message in (
        (lambda: hard_examples(images), "predictions of one detector"),
        (lambda: hard_examples(images, found, confidence=1), "confidence is 1"),
        (lambda: hard_examples(images, found, limit=0), "limit is 0"),
    ):
        with pytest.raises(InputError, match=message):
            call()
