"""What a project's report says, block by block; `report_html` and `report_markdown` show the same blocks.

Blocks that hold pictures (`Drawing`, `Pairs`) are left out where pictures cannot be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbench.decide import RoundRecord
from workbench.show.pages.changes_page import ChangeCard
from workbench.show.pages.gallery import Gallery
from workbench.show.pages.report_rounds import FigureRow, RoundChanges, RoundView, round_views


@dataclass(frozen=True)
class Picture:
    """A plot for the report.

    Attributes:
        title: what it shows, also read out to those who do not see it.
        svg: an ``<svg>`` element made by `workbench.show.plots.evaluation_plots.svg`; it is put in as it stands.
    """

    title: str
    svg: str


@dataclass(frozen=True)
class ReportData:
    """Everything a report says, as plain records.

    Attributes:
        title: the heading, usually the project's name.
        made_at: when the report was made, as text.
        facts: what the project is and holds, in order: words and value.
        tests: one mapping a frozen test; its keys become columns.
        versions: one mapping a version; `number`, `id`, `message`, `at`, ... become columns, in the first one's order.
        rounds: the records of the rounds, in order.
        changes: what changed in the data of a round, for the eye, by the round's number.
        reruns: what came of doing a round again, lines by the round's number.
        timeline: the figure of all rounds as an ``<svg>`` element; it is put into the page as it stands.
        plots: plots of the latest evaluation.
        plots_caption: what the plots are of, with their settings.
        failures: the gallery of the latest evaluation, or ``None``.
    """

    title: str
    made_at: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    tests: Sequence[Mapping[str, object]] = ()
    versions: Sequence[Mapping[str, object]] = ()
    rounds: Sequence[RoundRecord] = ()
    changes: Mapping[int, RoundChanges] = field(default_factory=dict)
    reruns: Mapping[int, Sequence[str]] = field(default_factory=dict)
    timeline: str = ""
    plots: Sequence[Picture] = ()
    plots_caption: str = ""
    failures: Gallery | None = None


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 4; `decision` is shown beside it, `stands` is its colour."""

    level: int
    text: str
    decision: str = ""
    stands: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Sentences, each with a word before it that stands out, or none."""

    parts: Sequence[tuple[str, str]]
    kind: Literal["lead", "note", "answer", "caution", "amend"]


@dataclass(frozen=True)
class Facts:
    """Words and what holds, one a line; the project's own are shown large."""

    rows: Sequence[tuple[str, str]]
    large: bool = False


@dataclass(frozen=True)
class Cell:
    """A table's value, a small word below it such as an interval, and the decision that gives it a colour."""

    text: str
    small: str = ""
    stands: str = ""


@dataclass(frozen=True)
class Table:
    """A table; a row is cells, or a sentence across all of them. From the column `numbers` on there are figures."""

    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell] | str]
    numbers: int = 1
    title: str = ""


@dataclass(frozen=True)
class Small:
    """Small tables beside each other: title, head and rows as texts."""

    tables: Sequence[Table]


@dataclass(frozen=True)
class Drawing:
    """Pictures: finished HTML, put in as it stands, and what it shows in words."""

    pictures: Sequence[Picture]
    kind: Literal["timeline", "plots", "gallery"]


@dataclass(frozen=True)
class Pairs:
    """Changed boxes before and after."""

    cards: Sequence[ChangeCard]


Block = Heading | Paragraph | Facts | Table | Small | Drawing | Pairs


def report_blocks(data: ReportData) -> Iterator[Block]:
    """All that the report says, from top to bottom."""
    yield Heading(1, data.title)
    if data.made_at:
        yield Paragraph([("", f"Report of {data.made_at}")], "lead")
    if data.facts:
        yield Facts([(name, str(value)) for name, value in data.facts.items()], large=True)
    views = round_views(data.rounds, data.changes, data.reruns)
    yield Heading(2, "The rounds at a glance")
    if views:
        yield from _glance(views, data)
        yield Heading(2, "Round by round")
        for view in views:
            yield from _round(view)
    else:
        yield Paragraph([("", "No round has been decided yet.")], "note")
    if data.plots:
        yield Heading(2, "The latest evaluation")
        yield Paragraph([("", data.plots_caption)], "note")
        yield Drawing(data.plots, "plots")
    for title, rows in (("Frozen tests", data.tests), ("Versions", data.versions)):
        if rows:
            yield Heading(2, title)
            yield _mappings(rows)
    if data.failures is not None:
        yield Drawing([Picture(data.failures.title, data.failures.html)], "gallery")


def _glance(views: Sequence[RoundView], data: ReportData) -> Iterator[Block]:
    there = {part for view in views for part in view.found}
    parts: list[str] = [part for part in ("stills", "video") if part in there]
    parts = parts or [part for part in ("all",) if part in there]
    confidences = sorted({one.confidence for record in data.rounds for one in record.at_confidence})
    at = f"found at {' · '.join(f'{value:.0%}' for value in confidences)}"
    rows: list[Sequence[Cell] | str] = []
    for view in views:
        if view.another_test:
            rows.append("From here on another test set: the figures below are not comparable with those above.")
        shown = (str(view.record.number), view.record.question or "–", view.changed)
        rows.append(
            [
                *map(Cell, shown),
                *(Cell(view.found.get(part, "–")) for part in parts),
                Cell(view.verdict),
                Cell(view.decision, stands=view.record.stands),
            ]
        )
    head = [*map(Cell, ("round", "question", "what changed")), *(Cell(part, at) for part in parts)]
    yield Table([*head, Cell("did it help?"), Cell("decision")], rows, numbers=len(head) + 2)
    if parts:
        words = "Found: the share of boxes found (recall) with predictions counted from these confidences on."
        lines = " The upright lines in the figure are 95 % intervals." if data.timeline else ""
        yield Paragraph([("", words + lines)], "note")
    if data.timeline:
        yield Drawing([Picture("Share of boxes found, round by round", data.timeline)], "timeline")


def _round(view: RoundView) -> Iterator[Block]:
    record = view.record
    yield Heading(3, f"Round {record.number}", view.decision, record.stands)
    said = [("Changed:", f"{view.changed}."), ("Did it help?", f"{view.verdict}.")]
    said += [(f"{view.decision}:", record.reason), ("Kept all the same because:", record.despite)]
    yield Paragraph([part for part in said if part[1]], "answer")
    for line in view.cautions:
        yield Paragraph([("", line)], "caution")
    yield Facts([fact for fact in _told(view) if fact[1]])
    if view.figures:
        title = f"Figures at {view.settings}" if view.settings else "Figures"
        head = ["on", "pictures", *view.figure_words]
        yield Table([*map(Cell, head)], [_figures(row, row.pictures) for row in view.figures], title=title)
    if view.differences:
        title = f"Now less round {record.against}, both on these pictures"
        head = ["on", *view.difference_words]
        yield Table([*map(Cell, head)], [_figures(row) for row in view.differences], title=title)
    if view.small:
        yield Small(
            [
                Table([*map(Cell, one["head"])], [[*map(Cell, row)] for row in one["rows"]], title=one["title"])
                for one in view.small
            ]
        )
    if view.cards:
        yield Heading(4, "Boxes that changed in the data, before and after")
        yield Pairs(view.cards)
        if view.cards_left:
            yield Paragraph([("", f"{view.cards_left} more changed boxes are not shown.")], "note")
    for line in view.reruns:
        yield Paragraph([("", line)], "amend")
    for added in record.amendments:
        now = f": now {added.decision}" if added.decision else ""
        words = f"Added by {added.who}, {_minute(added.at)}{now}: {added.reason}"
        yield Paragraph([("", words)], "amend")


def _told(view: RoundView) -> list[tuple[str, str]]:
    record = view.record
    before = f" (before: {record.parent_version})" if record.parent_version else ""
    held = f" in {record.test_version}" if record.test_id and record.test_version else ""
    by = (record.who or "–") + (f", {_minute(record.at)}" if record.at else "")
    return [
        ("question", record.question),
        ("hypothesis", record.hypothesis),
        ("expected", view.expected),
        ("changed", "\n".join(view.change)),
        ("version", f"{record.version}{before}" if record.version else ""),
        ("run", f"{record.run}{f': {view.arguments}' if view.arguments else ''}" if record.run else ""),
        ("tested on", f"{record.test} {record.test_id or ''}".strip() + held if record.test else ""),
        ("next", record.next_step),
        ("by", by + (f"; {view.spent}" if view.spent else "")),
    ]


def _figures(row: FigureRow, *more: str) -> list[Cell]:
    return [Cell(row.part), *map(Cell, more), *(Cell(one.value, one.interval) for one in row.cells)]


def _mappings(rows: Sequence[Mapping[str, object]]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[Cell("–" if row.get(name) is None else str(row[name])) for name in names] for row in rows]
    return Table([Cell(name.replace("_", " ")) for name in names], cells, numbers=len(names))


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
