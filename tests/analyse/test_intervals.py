"""Intervals keep their promise on grouped data, where Wilson's plain one does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.analyse.figures.intervals import rate_interval, share_interval, sums, wilson_interval
from workbench.analyse.figures.units import cluster, effective
from workbench.model.geometry import CORNERS


def grouped(rng, groups, size, spread=8.0):
    """Hits and boxes of groups whose own recall varies around 0.7 (beta-binomial)."""
    share = rng.beta(0.7 * spread, 0.3 * spread, groups)
    return rng.binomial(size, share), np.full(groups, size)


def test_share_interval__covers_where_wilson_does_not():
    rng = np.random.default_rng(0)
    inside = {"by group": 0, "as if independent": 0}
    runs = 400
    for _ in range(runs):
        hits, boxes = grouped(rng, 12, 40)
        for name, (low, high) in {
            "by group": share_interval(sums(hits, boxes)),
            "as if independent": wilson_interval(hits.sum(), boxes.sum()),
        }.items():
            inside[name] += bool(low <= 0.7 <= high)
    assert 0.92 <= inside["by group"] / runs <= 0.99
    assert inside["as if independent"] / runs < 0.75


def test_share_interval__is_as_wide_as_a_bootstrap_by_group():
    rng = np.random.default_rng(1)
    hits, boxes = grouped(rng, 80, 25)
    low, high = share_interval(sums(hits, boxes))
    drawn = rng.integers(0, 80, (4000, 80))
    ends = np.percentile(hits[drawn].sum(axis=1) / boxes[drawn].sum(axis=1), (2.5, 97.5))
    assert high - low == pytest.approx(ends[1] - ends[0], rel=0.1)


def test_share_interval__extremes():
    low, high = share_interval(sums([3, 4, 5], [3, 4, 5]))
    # All found in three videos: that says no more than three cases do.
    assert high == 1
    assert low < 0.5
    low, high = share_interval(sums([10], [20]))
    assert (low, high) < (0.05, 1)
    assert high > 0.95
    assert all(np.isnan(end) for end in share_interval(sums([0], [0])))


def test_rate_interval__none_in_many_pictures_is_not_none_ever():
    low, high = rate_interval(sums(np.zeros(100), np.ones(100)))
    assert low == 0
    assert 0.03 < high < 0.05


def test_effective__counts_by_weight():
    assert effective([5, 5, 5]) == pytest.approx(3)
    assert effective([100, 1]) < 1.1
    assert effective([]) == 0


FRAMES = pd.DataFrame({"image_id": [f"f{i}" for i in range(40)], "frame_s": np.arange(40) / 4})


@pytest.mark.parametrize(
    ("images", "count", "unit"),
    [
        (FRAMES.assign(group_id=""), 40, "picture"),
        (FRAMES.assign(group_id="one"), 5, "2 s of video, too few groups"),
        (FRAMES.assign(group_id=[f"g{i // 4}" for i in range(40)]), 10, "group"),
        (FRAMES.assign(group_id="one", frame_s=np.nan), 40, "picture, too few groups"),
    ],
    ids=["no groups", "one video", "many groups", "one group without moments"],
)
def test_cluster__units(images, count, unit):
    from workbench.model.tables import validate

    found = cluster(validate(images, "images"))
    assert (found.count, found.unit) == (count, unit)


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
