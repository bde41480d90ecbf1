"""What the plots of errors and of rounds draw, against the tables that it is drawn from."""

from __future__ import annotations

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from workbench.analyse import compare, evaluate
from workbench.annotate import agreement
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.show import (
    plot_agreement,
    plot_confusion,
    plot_errors,
    plot_ledger,
    plot_precision_recall,
    plot_still_against_video,
    plot_sweep,
)
from workbench.show.fonts import hangul_font
from workbench.show.style import COLOURS, ERROR_WORDS, luminance

BOX = (0.0, 0.0, 20.0, 20.0)


@pytest.fixture
def ax():
    figure, made = plt.subplots()
    yield made
    plt.close(figure)


def at(corner: float, size: float = 20.0) -> tuple[float, ...]:
    return (corner, corner, corner + size, corner + size)


@pytest.fixture
def two_classes():
    """Cars and plates: a hit each, a car called a plate, a plate missed, and a plate where nothing is."""
    images = pd.DataFrame({"image_id": ["a", "b"], "frame_s": [None, 1.0], "source": ["web", "drive"]})
    boxes = [("a", "차", at(0)), ("a", "plate", at(50)), ("b", "차", at(100)), ("b", "plate", at(150))]
    found = [
        ("a", "차", 0.9, at(0)),
        ("a", "plate", 0.8, at(50)),
        ("b", "plate", 0.7, at(100)),
        ("b", "plate", 0.6, at(300)),
    ]
    return evaluate(
        images,
        pd.DataFrame([(i, c, *xy) for i, c, xy in boxes], columns=["image_id", "class_name", *CORNERS]),
        pd.DataFrame(
            [(i, c, p, *xy) for i, c, p, xy in found], columns=["image_id", "class_name", "confidence", *CORNERS]
        ),
    )


def test_confusion__every_box_and_every_prediction_once(two_classes):
    table = two_classes.confusion
    assert table.loc["차"].to_dict() == {"plate": 1, "차": 1, "missed": 0}
    assert table.loc["plate"].to_dict() == {"plate": 1, "차": 0, "missed": 1}
    assert table.loc["nothing there"].to_dict() == {"plate": 1, "차": 0, "missed": 0}


@pytest.mark.parametrize("confidence", [0.0, 0.5, 0.75, 1.0])
def test_confusion__rows_add_up_to_boxes_and_columns_to_predictions(confidence, two_classes):
    evaluation = two_classes.at(confidence=confidence)
    table, metrics = evaluation.confusion, evaluation.metrics
    classes = list(evaluation.settings.classes)
    assert table.loc[classes].to_numpy().sum() == metrics["tp"] + metrics["fn"]
    assert table[classes].to_numpy().sum() == metrics["tp"] + metrics["fp"]
    assert np.trace(table.to_numpy()) == metrics["tp"]


def test_plot_confusion__writes_the_table_in_its_cells(two_classes, ax):
    assert plot_confusion(two_classes, ax) is ax
    table = two_classes.confusion
    drawn = np.full(table.shape, -1)
    for text in ax.texts:
        column, row = text.get_position()
        drawn[int(row), int(column)] = int(text.get_text() or 0)
    np.testing.assert_array_equal(drawn, table.to_numpy())
    assert [one.get_text() for one in ax.get_yticklabels()] == table.index.tolist()
    assert [one.get_text() for one in ax.get_xticklabels()] == table.columns.tolist()


def test_plot_errors__bars_are_what_mending_gains(two_classes, ax):
    plot_errors(two_classes, ax)
    tide = two_classes.tide
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(tide["ap_gain"].tolist())
    assert max(bar.get_width() for bar in ax.patches) > 0
    assert [one.get_text() for one in ax.get_yticklabels()] == [ERROR_WORDS[name] for name in tide["error"]]
    for text, count in zip(ax.texts, tide["count"], strict=True):
        assert f"({count} of them)" in text.get_text()


def test_plot_still_against_video__shares_and_intervals_of_each(ax):
    """On stills all is found, of six drives half."""
    names = [f"still {i}" for i in range(6)] + [f"drive {i}" for i in range(6)]
    images = pd.DataFrame({"image_id": names, "group_id": names, "frame_s": [None] * 6 + [1.0] * 6})
    boxes = pd.DataFrame([(i, "p", *BOX) for i in names], columns=["image_id", "class_name", *CORNERS])
    evaluation = evaluate(images, boxes, boxes.iloc[:9].assign(confidence=0.9))
    plot_still_against_video(evaluation, ax)
    stills, video = (box[0] for box in ax.containers)
    assert stills.get_ydata().tolist() == [1.0, 1.0, 1.0]
    assert video.get_ydata().tolist() == pytest.approx([0.5, 1.0, 2 / 3])
    part = evaluation.slices(rules={"video": "frame_s == frame_s"}).iloc[0]
    (ends,) = ax.containers[1][2]
    assert part["recall_low"] < 0.5 < part["recall_high"]
    assert ends.get_segments()[0][:, 1].tolist() == pytest.approx([part["recall_low"], part["recall_high"]])


def test_plot_still_against_video__a_source_may_be_video(two_classes, ax):
    images = pd.DataFrame({"image_id": ["a", "b"], "source": ["web", "drive"]})
    boxes = pd.DataFrame([(i, "p", *BOX) for i in "ab"], columns=["image_id", "class_name", *CORNERS])
    evaluation = evaluate(images, boxes, tables.empty("predictions"))
    with pytest.raises(InputError, match=r"no boxes on video; name the frames' sources"):
        plot_still_against_video(evaluation, ax)
    plot_still_against_video(evaluation, ax, video=["drive"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "stills: 1 boxes in 1 pictures",
        "video: 1 boxes in 1 pictures",
    ]


def test_plot_ledger__fixed_to_the_right_new_to_the_left(world, ax):
    before = evaluate(world.images, world.boxes, world.predictions[world.predictions["confidence"] < 0.85])
    ledger = compare(before, world.evaluate(0.3))
    plot_ledger(ledger, ax)
    count = ledger.groupby(["kind", "change"]).size()
    fixed, new = ([bar.get_width() for bar in bars] for bars in ax.containers)
    assert fixed == [count.get(("miss", "fixed"), 0), count.get(("false alarm", "fixed"), 0)]
    assert new == [-count.get(("miss", "broken"), 0), -count.get(("false alarm", "broken"), 0)]
    assert fixed[0] > 0
    assert new[1] < 0
    stayed = [count.get((kind, "stayed"), 0) for kind in ("miss", "false alarm")]
    assert [one.get_text().split("\n")[1] for one in ax.get_yticklabels()] == [f"{n} stayed" for n in stayed]


def labelled(*rows: tuple[str, str, tuple[float, ...]]) -> pd.DataFrame:
    table = pd.DataFrame([(i, w, *xy) for i, w, xy in rows], columns=["image_id", "labeller", *CORNERS])
    return tables.validate(table.assign(class_name="번호판"), "boxes")


def test_agreement__each_object_once_with_its_overlap():
    boxes = labelled(
        *(("a", "김", at(0)), ("a", "Anna", at(0)), ("a", "김", at(100)), ("a", "Anna", at(100, 25.0))),
        *(("a", "Anna", at(300)), ("b", "김", at(0)), ("c", "Anna", at(0))),
    )
    table = agreement(boxes)
    assert table[["first", "second", "image_id"]].drop_duplicates().to_numpy().tolist() == [["Anna", "김", "a"]]
    assert table["iou"].dropna().tolist() == pytest.approx([1.0, 400 / 625])
    assert table["edge_px"].dropna().tolist() == [0.0, 5.0]
    assert int(table["class_second"].isna().sum()) == 1
    assert int(table["class_first"].isna().sum()) == 0


def test_plot_agreement__a_dot_an_object_and_its_median(ax):
    boxes = labelled(
        *(("a", who, at(n * 50, 20.0 + n * grown)) for n in range(4) for who, grown in (("김", 0), ("Anna", 1)))
    )
    plot_agreement(boxes, ax)
    overlap = agreement(boxes)["iou"].to_numpy(dtype=float)
    (dots,) = ax.collections
    assert sorted(dots.get_offsets()[:, 0]) == pytest.approx(sorted(overlap))
    assert ax.get_lines()[0].get_xdata()[0] == pytest.approx(np.median(overlap))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "needs boxes of two labellers; the column 'labeller' names nobody"),
        ([("a", "Anna", BOX)], "names Anna"),
        ([("a", "Anna", BOX), ("b", "Ben", BOX)], "no two labellers have drawn in the same picture"),
    ],
    ids=["empty", "one", "apart"],
)
def test_plot_agreement__says_what_is_missing(rows, message, ax):
    with pytest.raises(InputError, match=message):
        plot_agreement(labelled(*rows), ax)


def test_plots__write_hangul(two_classes, ax):
    if hangul_font() is None:
        pytest.skip("no font with Hangul on this machine: apt install fonts-nanum")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_confusion(two_classes, ax)
        ax.set_title("번호판")
        ax.figure.canvas.draw()


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("own", [False, True], ids=["in the user's axes", "in axes of ours"])
@pytest.mark.parametrize("plot", [plot_confusion, plot_errors, plot_precision_recall, plot_sweep])
def test_plots__can_be_read_on_light_and_on_dark(plot, own, style, two_classes):
    with plt.style.context(style):
        drawn = plot(two_classes, None if own else plt.figure().add_subplot())
        drawn.figure.canvas.draw()
        paper = luminance(to_hex(drawn.figure.get_facecolor()))
        written = [t for t in drawn.findobj(Text) if t.get_text() and t.get_visible() and t.get_gid() is None]
        for text in [*written, *drawn.get_xticklabels()]:
            low, high = sorted((paper, luminance(to_hex(text.get_color()))))
            assert (high + 0.05) / (low + 0.05) >= 4.5, text.get_text()
        plt.close(drawn.figure)


def test_plot_ledger__colours_are_those_of_hits_and_false_alarms(world, ax):
    plot_ledger(compare(world.evaluate(0.9), world.evaluate(0.3)), ax)
    fixed, new = (to_hex(bars[0].get_facecolor()).upper() for bars in ax.containers)
    assert (fixed, new) == (COLOURS["tp"], COLOURS["fp"])
