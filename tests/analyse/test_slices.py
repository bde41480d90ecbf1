from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

IMAGES = pd.DataFrame({"image_id": ["a", "b", "c"], "source": ["web", "web", "drive"], "light": ["day", None, "dusk"]})
BOXES = pd.DataFrame(
    [["a", "x", 0, 0, 20, 10, 1.0], ["b", "x", 0, 0, 40, 40, 0.4], ["c", "x", 0, 0, 60, 20, 0.9]],
    columns=["image_id", "class_name", *CORNERS, "visible"],
)
FOUND = pd.DataFrame(
    [
        ["a", "x", 0.9, 0, 0, 20, 10],
        ["c", "x", 0.8, 0, 0, 60, 20],
        ["c", "x", 0.7, 70, 70, 90, 80],
        ["b", "x", 0.1, 0, 0, 40, 40],
    ],
    columns=["image_id", "class_name", "confidence", *CORNERS],
)


@pytest.fixture
def evaluation():
    return evaluate(IMAGES, BOXES, FOUND)


def test_slices__by_a_column_of_words(evaluation):
    table = evaluation.slices("source").set_index("slice")
    assert table.loc["web", ["boxes", "pictures", "tp", "fn", "fp"]].tolist() == [2, 2, 1, 1, 0]
    assert table.loc["drive", ["boxes", "tp", "fn", "fp"]].tolist() == [1, 1, 0, 1]
    assert table.loc["drive", "precision"] == 0.5
    assert table.loc["web", "recall_low"] < 0.5 < table.loc["web", "recall_high"]
    assert table["warning"].str.startswith("only").all()


def test_slices__parts_add_up_to_the_whole(world):
    evaluation = evaluate(*world(2, pictures=60), confidence=0.3)
    for column in ("height", "area", "class_name", "aspect"):
        table = evaluation.slices(column, bins=5)
        for name, metric in (("boxes", "boxes"), ("tp", "tp"), ("fn", "fn"), ("fp", "fp")):
            assert table[name].sum() == evaluation.metrics[metric], column
    assert (table["warning"] == "").any()


def test_slices__by_rule_on_columns_that_only_boxes_have(evaluation):
    table = evaluation.slices(rules={"seen": "visible > 0.5", "large": "height >= 20 and source == 'drive'"})
    seen, large = table.to_dict("records")
    assert (seen["boxes"], seen["tp"]) == (2, 2)
    assert pd.isna(seen["fp"])
    assert np.isnan(seen["precision"])
    assert (large["boxes"], large["fp"]) == (1, 0)
    assert table.attrs["settings"]["confidence"] == 0.5


def test_slices__what_is_not_known_is_a_part_of_its_own(evaluation):
    table = evaluation.slices("light").set_index("slice")
    assert table.loc["not known", "boxes"] == 1


@pytest.mark.parametrize(
    ("by", "rules", "message"),
    [
        (("sauce",), None, "no column 'sauce'; there are area, "),
        ((), None, "name a column"),
        ((), {"r": "height >"}, r"the rule 'r' \(height >\) cannot be read"),
        ((), {"r": "hight > 3"}, "cannot be read"),
        ((), {"r": "height + 1"}, "gives no yes or no"),
    ],
    ids=["unknown column", "nothing", "broken rule", "unknown word", "a number"],
)
def test_slices__wrong_use(evaluation, by, rules, message):
    with pytest.raises(InputError, match=message):
        evaluation.slices(*by, rules=rules)
