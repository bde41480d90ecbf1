from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from workbench.show.plots import error_plots, evaluation_plots
from workbench.show.style import COLOURS


@pytest.fixture
def ax():
    figure, made = plt.subplots()
    yield made
    plt.close(figure)


def test_plot_sweep__draws_the_sweep_and_marks_the_operating_point(world, ax):
    evaluation = world.evaluate(0.5)
    assert evaluation_plots.plot_sweep(evaluation, ax) is ax
    sweep = evaluation.sweep
    drawn = [line for line in ax.get_lines() if len(line.get_xdata()) == len(sweep)]
    assert len(drawn) == 3
    for line, name in zip(drawn, ("precision", "recall", "f1"), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), sweep[name])
    marks = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.get_lines() if line.get_marker() == "o"]
    assert marks == [(0.5, evaluation.metrics[name]) for name in ("precision", "recall", "f1")]


def test_plot_precision_recall__marks_every_operating_point_and_the_one_asked_for(world, ax):
    evaluation = world.evaluate(0.5)
    evaluation_plots.plot_precision_recall(evaluation, ax)
    curve, *marks = ax.get_lines()
    np.testing.assert_array_equal(curve.get_xdata(), evaluation.sweep["recall"])
    points = evaluation.operating_points().drop_duplicates("confidence").dropna(subset=["precision"])
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == list(
        zip(points["recall"], points["precision"], strict=True)
    )
    (asked,) = [line for line in marks if line.get_label().endswith("asked for")]
    assert (asked.get_xdata()[0], asked.get_ydata()[0]) == (
        evaluation.metrics["recall"],
        evaluation.metrics["precision"],
    )
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_plot_counts__bars_are_hits_misses_false_alarms_in_the_common_colours(world, ax):
    evaluation = world.evaluate(0.5)
    evaluation_plots.plot_counts(evaluation, ax)
    assert [bar.get_width() for bar in ax.patches] == [evaluation.metrics[k] for k in ("tp", "fn", "fp")]
    assert [plt.matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in ax.patches] == [
        COLOURS[k] for k in ("tp", "fn", "fp")
    ]


def test_plots__no_predictions_at_all_still_draw(world, ax):
    from workbench.analyse import evaluate
    from workbench.model import tables

    evaluation = evaluate(world.images, world.boxes, tables.empty("predictions"))
    told = {}
    for plot in (
        *(
            evaluation_plots.plot_sweep,
            evaluation_plots.plot_precision_recall,
            evaluation_plots.plot_counts,
            evaluation_plots.plot_calibration,
            evaluation_plots.plot_causes,
        ),
        *(error_plots.plot_confusion, error_plots.plot_errors),
    ):
        ax.clear()
        plot(evaluation, ax)
        ax.figure.canvas.draw()
        told[plot.__name__] = [bar.get_width() for bar in ax.patches] or [text.get_text() for text in ax.texts]
    assert (told["plot_counts"], told["plot_causes"]) == ([0, 4, 0], [4, 0])
    assert told["plot_confusion"][:3] == ["0", "4", "0"]
    assert ax.texts[-1].get_text().endswith("(4 of them)")


def test_plots__without_axes_make_their_own_and_leave_the_settings_alone(world):
    before = dict(plt.rcParams)
    made = evaluation_plots.plot_counts(world.evaluate())
    assert made.figure.axes == [made]
    assert dict(plt.rcParams) == before
    plt.close(made.figure)


def test_svg__is_one_element_and_the_same_every_time(world):
    first, second = (evaluation_plots.svg(evaluation_plots.plot_sweep, world.evaluate()) for _ in range(2))
    assert first.startswith("<svg")
    assert first == second


def test_plot_calibration__draws_each_bin_that_holds_predictions(world, ax):
    evaluation = world.evaluate()
    table = evaluation.calibration()
    known = table[table["predictions"] > 0]
    line = evaluation_plots.plot_calibration(evaluation, ax).lines[1]
    assert line.get_xdata().tolist() == known["mean_confidence"].tolist()
    assert line.get_ydata().tolist() == known["precision"].tolist()


def test_plot_causes__bars_add_up_to_the_failures(world, ax):
    evaluation = world.evaluate()
    drawn = evaluation_plots.plot_causes(evaluation, ax)
    assert sum(bar.get_width() for bar in drawn.patches) == evaluation.causes["failures"].sum()


def test_plot_tracks__a_full_dot_for_a_find_a_hollow_one_for_a_loss(ax):
    drawn = evaluation_plots.plot_tracks([0.0, 1.0, 2.0], {"object 0": [(0.0, True), (1.0, False), (2.0, True)]}, ax)
    found, lost = drawn.collections
    assert found.get_offsets()[:, 0].tolist() == [0, 2]
    assert lost.get_offsets()[:, 0].tolist() == [1]
    assert len(lost.get_facecolor()) == 0
