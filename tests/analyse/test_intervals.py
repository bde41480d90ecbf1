"""The bootstrap keeps its promise on grouped data, and its parts are what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate, metrics_difference
from workbench.analyse.figures.bootstrap import DRAWS, effective, ratio, share_of, units_of
from workbench.analyse.figures.metrics import shares_of
from workbench.model.geometry import CORNERS
from workbench.model.tables import validate


def units(count, prefix="u"):
    return units_of(validate(pd.DataFrame({"image_id": [f"{prefix}{i}" for i in range(count)]}), "images"))


def grouped(rng, groups, size, spread=8.0):
    """Hits and boxes of groups whose own recall varies around 0.7 (beta-binomial)."""
    share = rng.beta(0.7 * spread, 0.3 * spread, groups)
    return rng.binomial(size, share), np.full(groups, size)


@pytest.mark.parametrize(
    ("groups", "runs"), [(8, 400), *(pytest.param(groups, 400, marks=pytest.mark.slow) for groups in (12, 60))]
)
def test_interval__covers_95_times_of_100(groups, runs):
    rng = np.random.default_rng(0)
    inside = 0
    for run in range(runs):
        hits, boxes = grouped(rng, groups, 40)
        (low,), (high,) = share_of(units(groups, f"{run}-"), hits, boxes).interval
        inside += bool(low <= 0.7 <= high)
    assert 0.92 <= inside / runs <= 0.98


@pytest.mark.slow
def test_interval__of_units_taken_for_single_boxes_would_not():
    rng = np.random.default_rng(0)
    inside, runs = 0, 300
    for run in range(runs):
        hits, _ = grouped(rng, 12, 40)
        single = (np.arange(40)[None] < hits[:, None]).reshape(-1).astype(int)
        (low,), (high,) = share_of(units(480, f"{run}-"), single, np.ones(480, dtype=int)).interval
        inside += bool(low <= 0.7 <= high)
    assert inside / runs < 0.8


def test_interval__is_the_percentile_interval_of_units_drawn_with_replacement():
    rng = np.random.default_rng(1)
    hits, boxes = grouped(rng, 80, 25)
    (low,), (high,) = share_of(units(80), hits, boxes).interval
    drawn = rng.integers(0, 80, (4000, 80))
    ends = np.percentile(hits[drawn].sum(axis=1) / boxes[drawn].sum(axis=1), (2.5, 97.5))
    assert (low, high) == pytest.approx(tuple(ends), abs=0.15 * (ends[1] - ends[0]))


def test_interval__where_all_units_agree():
    # All found in three videos: that says no more than three cases do.
    (low,), (high,) = share_of(units(3), [3, 3, 3], [3, 3, 3]).interval
    assert high == 1
    assert low < 0.5
    (low,), (high,) = share_of(units(100), np.zeros(100), np.ones(100)).interval
    assert low == 0
    assert 0.03 < high < 0.05
    for hits, boxes in (([10], [20]), ([0], [0])):
        assert all(np.isnan(end) for end in share_of(units(1), hits, boxes).interval)


def test_interval__no_false_alarm_in_many_pictures_is_not_none_ever():
    nothing, one = np.zeros((100, 1)), np.ones(100)
    low, high = shares_of(units(100), nothing, nothing, one, one)["false_alarms_per_picture"].interval
    assert low == 0
    assert 0.03 < high < 0.05


def test_drawn__is_poisson_and_depends_on_names_alone():
    many = units(2000)
    drawn = many.drawn.astype(float)
    assert drawn.shape == (2000, DRAWS)
    assert drawn.mean() == pytest.approx(1, abs=0.005)
    assert drawn.var() == pytest.approx(1, abs=0.01)
    assert (drawn == 0).mean() == pytest.approx(np.exp(-1), abs=0.002)
    # Neither units nor draws know of each other.
    assert abs(np.corrcoef(drawn[:30])[np.triu_indices(30, 1)]).max() < 0.15
    assert abs(np.corrcoef(drawn[:, :30].T)[np.triu_indices(30, 1)]).max() < 0.12
    np.testing.assert_array_equal(units(5).drawn, many.drawn[:5])


def test_effective__counts_by_weight():
    assert effective([5, 5, 5]) == pytest.approx(3)
    assert effective([100, 1]) < 1.1
    assert effective([]) == 0
    assert np.isnan(ratio(1, 0))


FRAMES = pd.DataFrame({"image_id": [f"f{i}" for i in range(40)], "frame_s": np.arange(40) / 4})
STILLS = pd.DataFrame({"image_id": [f"s{i}" for i in range(20)], "group_id": ""})


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (FRAMES.assign(group_id=""), "picture (40)"),
        (FRAMES.assign(group_id="one"), "2 s of video, too few groups (5)"),
        (FRAMES.assign(group_id=[f"g{i // 4}" for i in range(40)]), "group (10)"),
        (FRAMES.assign(group_id="one", frame_s=np.nan), "picture, too few groups (40)"),
        (
            pd.concat([STILLS, FRAMES.assign(group_id="one")], ignore_index=True),
            "picture (20) and 2 s of video, too few groups (5)",
        ),
    ],
    ids=["no groups", "one video", "many groups", "one group without moments", "stills and a video"],
)
def test_units_of__words(images, words):
    found = units_of(validate(images, "images"))
    assert found.words == words
    assert len(found) == sum(int(part.split("(")[1].rstrip(")")) for part in words.split(" and "))


def test_units_of__a_part_has_the_units_it_has_in_the_whole():
    both = pd.concat([STILLS, FRAMES.assign(group_id="one")], ignore_index=True)
    whole = units_of(validate(both, "images"))
    names = dict(zip(both["image_id"], whole.keys[whole.of_image], strict=True))
    for part in (STILLS, FRAMES.assign(group_id="one")):
        alone = units_of(validate(part, "images"))
        assert alone.keys[alone.of_image].tolist() == [names[image_id] for image_id in part["image_id"]]


def test_slices__of_stills_and_video_are_the_evaluations_of_the_two_parts():
    rng = np.random.default_rng(5)
    images = pd.concat([STILLS, FRAMES.assign(group_id="one")], ignore_index=True)
    boxes = images[["image_id"]].assign(class_name="x", xmin=0, ymin=0, xmax=10, ymax=10)
    found = boxes[rng.random(60) < 0.6].assign(confidence=0.9)
    false = boxes[rng.random(60) < 0.2].assign(confidence=0.8, xmin=50, xmax=60)
    predictions = pd.concat([found, false], ignore_index=True)
    rule = "frame_s == frame_s"
    rows = evaluate(images, boxes, predictions).slices(rules={"video": rule, "stills": f"not ({rule})"})
    for row, part in zip(rows.to_dict("records"), (FRAMES.assign(group_id="one"), STILLS), strict=True):
        mine = [table[table["image_id"].isin(part["image_id"])] for table in (boxes, predictions)]
        metrics = evaluate(part, *mine).metrics
        for name in ("recall", "precision", "f1"):
            ends = [name, f"{name}_low", f"{name}_high"]
            assert [row[end] for end in ends] == [metrics[end] for end in ends]
            assert metrics[f"{name}_low"] < metrics[name] < metrics[f"{name}_high"]


def test_metrics_difference__other_groups_are_another_test():
    boxes = FRAMES[["image_id"]].assign(class_name="x", xmin=0, ymin=0, xmax=10, ymax=10)
    one, two = (evaluate(FRAMES.assign(group_id=g), boxes, boxes.assign(confidence=0.9)) for g in ("a", "b"))
    from workbench.model.errors import InputError

    with pytest.raises(InputError, match="put their pictures into other groups"):
        metrics_difference(one, two)


def test_evaluate__frames_of_one_video_are_no_independent_cases():
    rng = np.random.default_rng(3)
    found_in = np.repeat(rng.random(10) < 0.6, 4)
    boxes = pd.DataFrame(
        [[f"f{i}", "x", 0, 0, 10, 10] for i in range(40)], columns=["image_id", "class_name", *CORNERS]
    )
    predictions = boxes[found_in].assign(confidence=0.9)
    alone = evaluate(FRAMES.assign(group_id=""), boxes, predictions)
    together = evaluate(FRAMES.assign(group_id=[f"g{i // 4}" for i in range(40)]), boxes, predictions)
    width = [e.metrics["recall_high"] - e.metrics["recall_low"] for e in (alone, together)]
    assert width[1] > 1.6 * width[0]
    assert alone.metrics["recall"] == together.metrics["recall"]
    assert together.settings.intervals == "group (10)"
