"""What is shown of rounds and of changed boxes: the timeline's figure, the page of changes, the report's words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Canvas
from PIL import Image

from workbench.decide import AtConfidence, Difference, Figure, Part, RoundRecord
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.show.pages.changes_page import change_cards, diff_page
from workbench.show.pages.report_content import ReportData
from workbench.show.pages.report_html import render_report
from workbench.show.pages.report_markdown import render_markdown
from workbench.show.plots.timeline_plot import plot_timeline, save_timeline, timeline_svg
from workbench.version import diff

RECALLS = {1: (0.2, 0.1), 2: (0.6, 0.3), 3: (0.7, 0.9)}


def record(number: int, *, test_id: str = "t1", **values: object) -> RoundRecord:
    stills, video = RECALLS[number]
    at = [
        AtConfidence(
            part=part,
            confidence=confidence,
            tp=1,
            fp=2,
            fn=3,
            recall=Figure(value=value, low=value - 0.1, high=min(value + 0.1, 1.0)),
            precision=Figure(value=0.5, low=0.2, high=0.8),
            false_alarms_per_picture=0.25,
        )
        for part, value in (("stills", stills), ("video", video))
        for confidence in (0.3, 0.5)
    ]
    parts = [
        Part(
            part=part, pictures=20, figures={"f1": Figure(value=value), "tp": Figure(value=4)}, causes={"small": number}
        )
        for part, value in (("all", 0.5), ("stills", stills), ("video", video))
    ]
    found = [Difference(part="all", measure="f1", value=0.25, low=0.1, high=0.4)] if number > 1 else []
    given = {
        "number": number,
        "question": f"Does {number} help?",
        "measure": "f1",
        "part": "all",
        "change": {"data": {"boxes tightened": 26}, "training": "nothing"},
        "version": f"v{number}",
        "run": f"r{number}",
        "arguments": {"batches": 60},
        "test": "street",
        "test_id": test_id,
        "settings": {"confidence": 0.3, "iou": 0.5},
        "parts": parts,
        "at_confidence": at,
        "against": number - 1 or None,
        "differences": found,
        "ledger": {"miss": {"fixed": 9, "broken": 2, "stayed": 3}},
        "decision": "keep",
        "reason": "the whole interval lies above zero",
        "who": "민아",
    }
    return RoundRecord(**(given | values))


ROUNDS = [record(1), record(2), record(3, test_id="t2")]


def axes():
    return Canvas().add_subplot()


@pytest.mark.parametrize(("part", "column"), [("stills", 0), ("video", 1)])
def test_plot_timeline__draws_the_recalls_with_their_intervals(part, column):
    ax = plot_timeline(ROUNDS, part, axes())
    drawn = [
        (line.get_xdata(), line.get_ydata())
        for line in ax.lines
        if line.get_linestyle() != "None" and len(line.get_xdata())
    ]
    wanted = [RECALLS[number][column] for number in RECALLS]
    for confidence in range(2):
        values = np.concatenate(
            [y for x, y in drawn if len(x) in (1, 2) and np.allclose(y, np.atleast_1d(y))][
                confidence * 2 : confidence * 2 + 2
            ]
        )
        assert values.tolist() == wanted
    bars = [tuple(np.asarray(segment)[:, 1]) for box in ax.collections for segment in box.get_segments()]
    assert len(bars) == 6
    for value in wanted:
        assert any(np.allclose(sorted(bar), [value - 0.1, min(value + 0.1, 1.0)]) for bar in bars)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["round 1\nkeep", "round 2\nkeep", "round 3\nkeep"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["30%", "50%"]


def test_plot_timeline__no_line_crosses_from_one_test_set_to_another():
    ax = plot_timeline(ROUNDS, "stills", axes())
    assert [text.get_text() for text in ax.texts] == ["another test set"]
    lengths = sorted(len(box.get_segments()) for box in ax.collections)
    assert lengths == [1, 1, 2, 2]
    same = plot_timeline([record(1), record(2), record(3)], "stills", axes())
    assert same.texts[:] == []
    assert [len(box.get_segments()) for box in same.collections] == [3, 3]


def test_plot_timeline__of_nothing_is_empty():
    assert plot_timeline([], "stills", axes()).get_legend() is None
    assert timeline_svg([]).startswith("<svg")


def test_timeline_svg__is_the_same_for_the_same_records():
    assert timeline_svg(ROUNDS) == timeline_svg(ROUNDS)


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf", ".PNG"])
def test_save_timeline__writes_what_the_ending_says(ending, tmp_path):
    path = save_timeline(ROUNDS, tmp_path / f"rounds{ending}")
    start = path.read_bytes()[:5]
    assert start in (b"<?xml", b"\x89PNG\r", b"%PDF-")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_save_timeline__refuses_another_ending(tmp_path):
    with pytest.raises(InputError, match=r"rounds\.doc: a figure ends in"):
        save_timeline(ROUNDS, tmp_path / "rounds.doc")


def test_report__answers_what_changed_whether_it_helped_how_sure_and_why():
    page = render_report(ReportData(title="번호판", rounds=ROUNDS, timeline=timeline_svg(ROUNDS)))
    text = " ".join(re.sub("<[^>]+>", " ", page[page.index("Round by round") :]).split())
    of_three = text[text.index("Round 3") :]
    for said in (
        "Changed: 26 boxes tightened",
        "Did it help? helped: F1 on all +0.250 (95 %: +0.100 to +0.400) against round 2",
        "keep: the whole interval lies above zero",
        "street t2",
        "batches 60",
        "Now less round 2, both on these pictures",
        "miss 9 2 3",
        "small 3 3 3",
    ):
        assert said in of_three, said
    assert page.count("From here on another test set") == 1
    assert "20 0.900 4" not in text.partition("Round 3")[0]


@pytest.mark.parametrize("render", [render_report, render_markdown])
def test_report__figures_of_two_test_sets_never_stand_together_without_a_word(render):
    assert "ot comparable" in render(ReportData(title="t", rounds=ROUNDS))
    assert "ot comparable" not in render(ReportData(title="t", rounds=[record(1), record(2)]))


def test_markdown__cannot_be_broken_out_of():
    evil = "a | b\n# no <script> **bold** `code` [link](x)"
    told = render_markdown(ReportData(title=evil, rounds=[record(2, question=evil, reason=evil, warnings=(evil,))]))
    assert "<script>" not in told
    assert "**bold**" not in told
    assert told.count("\n# ") == 0
    rows = [line for line in told.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows[:3]}
    assert len(widths) == 1


@pytest.fixture
def changed(tmp_path: Path):
    """Two pictures: a box drawn tighter, one relabelled, one added, one removed with its labeller known."""
    (tmp_path / "pictures").mkdir()
    for name in "ab":
        Image.new("RGB", (200, 120), "grey").save(tmp_path / "pictures" / f"{name}.png")
    images = tables.from_rows(
        "images", [{"image_id": n, "path": f"pictures/{n}.png", "source": "웹", "split": "train"} for n in "ab"]
    )
    rows = [
        ("b1", "a", "plate", 10, 10, 90, 60, "ann"),
        ("b2", "a", "plate", 120, 10, 160, 40, "ann"),
        ("b3", "b", "plate", 10, 10, 50, 40, "bob"),
    ]
    names = ["box_id", "image_id", "class_name", *CORNERS, "labeller"]
    before = tables.validate(pd.DataFrame(rows, columns=names), "boxes")
    rows = [
        ("b1", "a", "plate", 20, 15, 80, 55, "민아"),
        ("b2", "a", "light", 120, 10, 160, 40, "ann"),
        ("b4", "b", "plate", 100, 60, 150, 90, "ann"),
    ]
    after = tables.validate(pd.DataFrame(rows, columns=names), "boxes")
    return tmp_path, (images, before), (images, after)


def test_change_cards__show_each_box_before_and_after(changed):
    root, before, after = changed
    cards = {card.change: card for card in change_cards(diff(before, after), before, after, root=root)}
    assert set(cards) == {"added", "removed", "relabelled", "tightened"}
    assert cards["added"].before is None
    assert cards["removed"].after is None
    assert cards["tightened"].before[:2] == cards["tightened"].after[:2] == b"\xff\xd8"
    assert cards["tightened"].words == "area × 0.60, moved up to 10.0 px, IoU 0.60; labeller ann → 민아"
    assert cards["relabelled"].words.startswith("plate → light")


def test_change_cards__share_the_places_among_the_kinds(changed):
    root, before, after = changed
    cards = change_cards(diff(before, after), before, after, root=root, limit=2)
    assert len(cards) == 2
    assert len({card.change for card in cards}) == 2


def test_diff_page__counts_and_loads_nothing(changed):
    root, before, after = changed
    page = diff_page(diff(before, after), before, after, root=root, names=("v1", "<v2>"), limit=3)
    assert "v1 → &lt;v2&gt;" in page
    assert page.count("<img ") == page.count('src="data:image/jpeg') >= 4
    assert "1 more changed boxes are not shown" in page
    assert "웹" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_diff_page__of_nothing_says_so(changed):
    root, before, _ = changed
    page = diff_page(diff(before, before), before, before, root=root, names=("a", "b"))
    assert "nothing changed" in page
    assert "<img" not in page
