"""Our own AP, for what-ifs and draws, is hotcoco's to the last bits; TIDE's table is tidecv's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analyse import evaluate, metrics_difference
from workbench.analyse.figures import average_precision

from .conftest import make_world


@given(seed=st.integers(0, 10_000), classes=st.integers(1, 6), whole=st.booleans(), ignore=st.sampled_from([0.0, 0.3]))
def test_average_precision__equals_hotcoco(seed, classes, whole, ignore):
    evaluation = evaluate(*make_world(seed, classes=classes, whole=whole, ignore=ignore))
    ranked = average_precision.rank(evaluation._test_set, evaluation._matching)
    ours = average_precision.mean([one.average_precision() for one in ranked])
    assert ours == pytest.approx(evaluation.metrics["AP50"], abs=1e-12, nan_ok=True)


def test_intervals__value_is_the_figure_and_lies_inside(world):
    tables = world(3, pictures=60)
    evaluation = evaluate(*tables)
    table = evaluation.intervals.set_index("metric")
    for name, row in table.iterrows():
        assert row["value"] == evaluation.metrics[name]
        assert row["low"] < row["value"] < row["high"]
    for name in ("precision", "recall", "f1", "false_alarms_per_picture"):
        assert table.loc[name, ["low", "high"]].tolist() == [evaluation.metrics[f"{name}_{e}"] for e in ("low", "high")]
    again = evaluate(*tables).intervals.set_index("metric")
    assert again["low"].tolist() == table["low"].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_drawn_average_precision__is_hotcocos_of_the_units_drawn(world, seed):
    """A draw as a test set: each picture as often as it was drawn, its copies under other names."""
    images, boxes, predictions = world(seed, pictures=12, classes=2)
    # Of equal confidences the order decides, and copies come in another one.
    predictions = predictions.assign(confidence=np.random.default_rng(seed).permutation(len(predictions)) / 1000)
    evaluation = evaluate(images, boxes, predictions, confidence=0.02)
    for draw in (0, 1, 999):
        times = evaluation._test_set.units.drawn[:, draw]
        copies = []
        for table in (images, boxes, predictions):
            count = table["image_id"].map(dict(zip(images["image_id"], times.tolist(), strict=True)))
            many = table.loc[table.index.repeat(count)]
            number = many.groupby(level=0).cumcount()
            renamed = many.assign(image_id=many["image_id"].astype(str) + "-" + number.astype(str))
            keys = [key for key in ("box_id", "prediction_id") if key in table.columns]
            copies.append(renamed.drop(columns=keys).reset_index(drop=True))
        drawn = evaluate(*copies, confidence=0.02).metrics
        for name in ("AP", "AP50", "AP75", "precision", "recall", "f1", "false_alarms_per_picture"):
            ours = evaluation.drawn[name].values[draw + 1, 0]
            assert ours == pytest.approx(drawn[name], abs=1e-12, nan_ok=True), name


def test_mended__all_failures_of_all_causes_together_leave_none(world):
    evaluation = evaluate(*world(5, pictures=30, ignore=0.0), confidence=0.01)
    steps = evaluation.next_steps
    assert (steps["ap_gain"] >= -1e-9).all()
    assert steps["f1_gain"].is_monotonic_decreasing
    metrics = evaluation.metrics
    assert steps["recall_gain"].sum() == pytest.approx(1 - metrics["recall"])
    ranked = average_precision.rank(evaluation._test_set, evaluation._matching)
    false = evaluation._matching.box_of < 0
    missed = evaluation._matching.prediction_of < 0
    assert average_precision.mean([one.mended(false, missed) for one in ranked]) == pytest.approx(1, abs=1e-9)


def test_metrics_difference__paired_draws_know_more_than_two_apart(world):
    images, boxes, predictions = world(7, pictures=80)
    worse = predictions.sample(frac=0.93, random_state=0)
    before, after = evaluate(images, boxes, worse, confidence=0.3), evaluate(images, boxes, predictions, confidence=0.3)
    table = metrics_difference(before, after).set_index("metric")
    recall = table.loc["recall"]
    assert recall["low"] <= recall["difference"] <= recall["high"]
    apart = [e.intervals.set_index("metric").loc["recall"] for e in (before, after)]
    assert recall["high"] - recall["low"] < np.hypot(*(one["high"] - one["low"] for one in apart))
    assert np.isnan(table.loc["tp", "low"])


def test_metrics_difference__order_of_pictures_does_not_matter(world):
    images, boxes, predictions = world(8, pictures=20)
    half = predictions.iloc[::2]
    first = evaluate(images, boxes, half)
    one = metrics_difference(first, evaluate(images, boxes, predictions))
    two = metrics_difference(first, evaluate(images.iloc[::-1], boxes, predictions))
    np.testing.assert_allclose(one[["before", "after"]], two[["before", "after"]], atol=1e-12)
    np.testing.assert_allclose(one["low"], two["low"], atol=1e-12)


@pytest.mark.parametrize("seed", range(15))
def test_tide__counts_are_those_of_the_verdicts_at_confidence_0(world, seed):
    # Our verdicts equal tidecv's box by box (test_errors); no whole pixels and no ignore regions, as there.
    evaluation = evaluate(*world(seed, classes=1 + seed % 4, ignore=0.0, whole=False), confidence=0.0)
    failures = evaluation.failures
    false = failures[failures["outcome"] == "fp"]["error"].value_counts()
    missed = failures[(failures["outcome"] == "fn") & (failures["error"] == "missed")]
    table = evaluation.tide.set_index("error")["count"]
    for error in ("classification", "localization", "both", "duplicate", "background"):
        assert table[error] == false.get(error, 0), error
    assert table["missed"] == len(missed)
