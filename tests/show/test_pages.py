"""The report and the failures page."""

from __future__ import annotations

import re

import pytest
from jinja2 import UndefinedError

from workbench.decide import Figure, RoundRecord
from workbench.show.pages import page as pages
from workbench.show.pages.failures_page import failures_page
from workbench.show.pages.gallery import gallery
from workbench.show.pages.report_content import ReportData
from workbench.show.pages.report_html import render_report
from workbench.show.pages.report_rounds import change_lines, figure_cell, figure_names, spent

RECORD = {
    "number": 1,
    "question": "Does <b>it</b> find plates?",
    "hypothesis": "Fifty photos are enough.",
    "expectation": "recall over 0.5",
    "change": {"data": {"boxes_added": 40}, "training": {"iterations": "1000 → 2000"}},
    "version": "v-1",
    "parent_version": None,
    "run": "run-1",
    "test": "test split",
    "figures": {
        "recall": {"value": 0.5312, "low": 0.46, "high": 0.6},
        "fp": {"value": 1256, "low": None, "high": None},
    },
    "decision": "keep",
    "reason": "It <script>alert(1)</script> works",
    "next_step": "video",
    "who": "민아",
    "at": "2026-11-23T10:00:00+00:00",
    "seconds": 5000,
    "amendments": [{"who": "jun", "at": "later", "decision": "revert", "reason": "it did not hold"}],
}


def nothing_from_elsewhere(page):
    return not re.findall(r'(?:src|href)="(?!data:|#)', page) and "@import" not in page and "<script" not in page


def test_render_report__tells_the_round_and_escapes_what_people_wrote():
    page = render_report(ReportData(title="plates & co", rounds=[RoundRecord(**RECORD)], facts={"classes": "번호판"}))
    for said in (
        *("plates &amp; co", "번호판", "Does &lt;b&gt;it&lt;/b&gt; find plates?", "Fifty photos are enough."),
        *("recall over 0.5", "data: boxes added 40", "training: iterations 1000 → 2000", "0.531", "0.460 to 0.600"),
        *("1\u2009256", "revert:</b> It &lt;script&gt;", "민아", "1 h 23 min spent", "it did not hold", "now revert"),
    ):
        assert said in page
    assert nothing_from_elsewhere(page)


def test_render_report__empty_project():
    page = render_report(ReportData(title="new"))
    assert "No round has been decided yet." in page


def test_render_report__record_with_nothing_but_a_decision():
    page = render_report(ReportData(title="t", rounds=[RoundRecord(number=3, decision="revert", reason="r")]))
    assert "Round 3" in page
    assert "revert:</b> r" in page


def test_render_report__shows_versions_plots_and_failures(world):
    cut = gallery(world.evaluate().verdicts, world.images, world.boxes, world.predictions, root=world.root)
    page = render_report(ReportData(title="t", versions=[{"id": "v-1", "pictures": 5}, {"id": "v-2"}], failures=cut))
    assert ">v-2<" in page
    assert page.count("<img ") == 5


def test_figure_names__well_known_first():
    figures = {name: Figure(value=1.0) for name in ("zeta", "recall", "AP")}
    assert figure_names(RoundRecord(number=1, decision="keep", reason="x", figures=figures)) == [
        "recall",
        "AP",
        "zeta",
    ]


@pytest.mark.parametrize(
    ("figure", "value", "interval"),
    [
        (None, "–", ""),
        (Figure(value=None), "–", ""),
        (Figure(value=0.5, low=0.25, high=0.75), "0.500", "0.250 to 0.750"),
        (Figure(value=12), "12", ""),
        (Figure(value=1.0, low=0.9, high=1.0), "1.000", "0.900 to 1.000"),
    ],
    ids=["none", "missing", "with interval", "plain", "one is a share"],
)
def test_figure_cell__as_text(figure, value, interval):
    cell = figure_cell("recall", figure)
    assert (cell.value, cell.interval) == (value, interval)


def test_change_lines__mapping_nothing_and_no_warning():
    assert change_lines({"data": {}, "warning": "both"}) == ["data: nothing"]
    assert change_lines({"first": "the first round"}) == ["the first round"]
    assert change_lines({}) == []


@pytest.mark.parametrize(("seconds", "words"), [(25, "25 s"), (200, "3 min"), (4800.0, "1 h 20 min")], ids=str)
def test_spent__in_words(seconds, words):
    assert spent(seconds) == words


def test_failures_page__figures_causes_and_every_failure(world):
    evaluation = world.evaluate()
    page = failures_page(evaluation, title="<t>")
    assert "&lt;t&gt;" in page
    assert "<dt>misses</dt><dd>2</dd>" in page
    assert "<dt>false alarms</dt><dd>3</dd>" in page
    assert "1 more left out because nobody has labelled them" in page
    assert page.count("<img ") == 5
    assert page.count('class="example"') == len(evaluation.causes)
    for point in ("best F1", "at most 1 false alarm in 100 pictures", "30 %"):
        assert f'<th scope="row">{point}</th>' in page
    for cause in evaluation.causes["cause"]:
        assert f'<th scope="row">{cause}</th>' in page
    assert nothing_from_elsewhere(page)


def test_failures_page__says_how_many_it_leaves_out(world):
    page = failures_page(world.evaluate(), limit=2)
    assert page.count("<img ") == 2
    assert "3 more failures are not shown" in page


def test_environment__escapes_and_refuses_unknown_names():
    made = pages.environment()
    assert made.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(UndefinedError, match="nobody_defined_this"):
        made.from_string("{{ nobody_defined_this }}").render()


@pytest.mark.parametrize(
    ("value", "said"), [(1.0, "1"), (0.0, "0"), (1234.0, "1\u2009234"), (2, "2"), (float("nan"), "–"), (None, "–")]
)
def test_whole__a_count_is_a_whole_number_whatever_holds_it(value, said):
    assert pages.whole(value) == said


def test_figure_cell__one_hit_is_one(world):
    assert figure_cell("tp", Figure(value=1.0)).value == "1"
    evaluation = world.evaluate(0.94)
    assert evaluation.metrics["tp"] == 1.0
    page = failures_page(evaluation)
    assert "<dt>hits</dt><dd>1</dd>" in page
    assert "1.000" not in page[: page.index("<h2>At other confidences")]
