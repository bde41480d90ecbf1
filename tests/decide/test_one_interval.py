"""One figure, one interval: comparison, record, report, explorer and page say the same of every pair of the course."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from typing import Any

import pytest

import workbench as wb
from workbench.analyse import Evaluation, compare_all, metrics_difference
from workbench.course.recorded import Recorded
from workbench.decide import parts_of
from workbench.show.explorer.state import ExplorerState
from workbench.show.pages import page
from workbench.show.pages.report_rounds import round_views, words

SHARES = ("precision", "recall", "f1", "false_alarms_per_picture")
PARTS = {"all": None, "stills": "test_stills", "video": "test_frames"}
TEST, CONFIDENCE = "street", 0.3
RUNS = {name: min(kept.items())[1] for name, kept in Recorded().index.runs.items()}
PAIRS = list(itertools.combinations(RUNS, 2))
SOON = (("r6-long", "r7-frames"), ("r5-few", "r6-long"))
"""The pairs that are looked at every day; the others take a minute."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> wb.Project:
    """The recorded runs that ship and the test they were looked at on; no picture is needed."""
    project = wb.Project.create(tmp_path_factory.mktemp("course") / "plates", classes=["plate"])
    for room in ("versions", "runs", "tests"):
        shutil.copytree(Recorded().folder / room, project.folder.root / room, dirs_exist_ok=True)
    return project


class WhenAsked(dict[str, Any]):
    """What is worked out of a run's name when it is first asked for."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, name: str) -> Any:
        self[name] = self.make(name)
        return self[name]


@pytest.fixture(scope="module")
def evaluations(course: wb.Project) -> dict[str, dict[str, Evaluation]]:
    """A run on the whole test, on its stills alone and on its video alone, each evaluated by itself."""

    def evaluate(name: str) -> dict[str, Evaluation]:
        tests = {part: course.test(TEST, source=source) for part, source in PARTS.items()}
        return {part: test.evaluate(RUNS[name], confidence=CONFIDENCE) for part, test in tests.items()}

    return WhenAsked(evaluate)


def daily(value: Any, soon: bool) -> Any:
    return pytest.param(value, marks=[] if soon else pytest.mark.slow)


def ends(table: Any, name: str, *columns: str) -> tuple[float | None, ...]:
    found = (float(table[column.format(name)]) for column in columns)
    return tuple(None if end != end else end for end in found)


def recorded(expected: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """As a record holds it, to its last digit."""
    return tuple(None if end is None else round(end, 6) for end in expected)


@pytest.fixture(scope="module")
def decided(course: wb.Project, evaluations: dict[str, dict[str, Evaluation]]) -> dict[str, int]:
    """The number of the round that a run is decided in."""

    def decide(name: str) -> int:
        number = 1 + list(RUNS).index(name)
        course.decide(evaluations[name]["all"], number=number, keep=None, because="to see")
        return number

    return WhenAsked(decide)


@pytest.mark.parametrize(
    "pair", [pytest.param(p, marks=[] if p in SOON else pytest.mark.slow) for p in PAIRS], ids="-".join
)
def test_every_pair__has_one_difference_with_one_interval(pair, course, evaluations, decided):
    first, second = pair
    record = course.decide(
        evaluations[second]["all"],
        number=100 + PAIRS.index(pair),
        against=decided[first],
        keep=None,
        because="to see",
    )
    (view,) = round_views([record], {}, {})
    shown = {row.part: dict(zip(view.difference_words, row.cells, strict=True)) for row in view.differences}
    for part in PARTS:
        before, after = evaluations[first][part], evaluations[second][part]
        table = metrics_difference(before, after).set_index("metric")
        row = compare_all({first: before, second: after}).iloc[1]
        for name in SHARES:
            expected = ends(table.loc[name], name, "difference", "low", "high")
            assert ends(row, name, "{}_change", "{}_change_low", "{}_change_high") == expected
            found = record.difference(part, name)
            if None in expected:
                assert found is None
                continue
            assert (found.value, found.low, found.high) == recorded(expected)
            assert expected[1] <= expected[0] <= expected[2]
            value, low, high = (f"{end:+.3f}" for end in recorded(expected))
            cell = shown[part][words(name)]
            assert (cell.value, cell.interval) == (value, f"{low} to {high}")


@pytest.mark.parametrize("run", [daily(run, run == SOON[0][0]) for run in RUNS])
def test_every_run__has_one_figure_with_one_interval(run, course, evaluations):
    whole = evaluations[run]["all"]
    record = course.decide(whole, number=1000 + list(RUNS).index(run), keep=None, because="x")
    video = "frame_s == frame_s"
    slices = whole.slices(rules={"stills": f"not ({video})", "video": video}).set_index("slice")
    point = whole.operating_points().set_index("point").loc["asked for"]
    swept = whole.sweep.set_index("confidence").loc[CONFIDENCE]
    explorer = ExplorerState(whole)
    for part, source in PARTS.items():
        alone = evaluations[run][part]
        figures = next(one.figures for one in record.parts if one.part == part)
        at = next(one for one in record.at_confidence if (one.part, one.confidence) == (part, CONFIDENCE))
        split = parts_of(whole)[part]
        explorer.look(part="" if source is None else f"source: {source}")
        table = alone.intervals.set_index("metric")
        for name in SHARES:
            metrics = alone.metrics
            expected = ends(metrics, name, "{}", "{}_low", "{}_high")
            assert ends(table.loc[name], name, "value", "low", "high") == expected
            assert ends(split.metrics, name, "{}", "{}_low", "{}_high") == expected
            there = {**explorer.figures(), **explorer.intervals()}
            assert ends(there, name, "{}", "{}_low", "{}_high") == expected
            assert (figures[name].value, figures[name].low, figures[name].high) == recorded(expected)
            if name in ("recall", "precision"):
                one = getattr(at, name)
                assert (one.value, one.low, one.high) == recorded(expected)
            if part == "all":
                assert ends(point, name, "{}", "{}_low", "{}_high") == expected
                assert ends(swept, name, "{}", "{}_low", "{}_high") == expected
            elif name != "false_alarms_per_picture":
                row = slices.loc[next(label for label in slices.index if label.startswith(part))]
                assert ends(row, name, "{}", "{}_low", "{}_high") == expected


def test_page__shows_the_interval_of_the_evaluation(evaluations):
    whole = evaluations["r6-long"]["all"]
    html = page.render(
        "failures.html.j2",
        title="t",
        metrics=whole.metrics,
        settings=whole.settings,
        steps=[],
        points=[],
        data_uri=page.data_uri,
        plots=[],
        gallery="",
        left_out=0,
    )
    for name in ("precision", "recall", "f1"):
        value, low, high = (page.share(whole.metrics[f"{name}{end}"]) for end in ("", "_low", "_high"))
        assert f"<dd>{value}<small>95 %: {low} to {high}</small></dd>" in html
