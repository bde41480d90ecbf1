"""One round as the report shows it: a record's numbers as texts, in the order in which people ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.decide import Difference, Figure, RoundRecord
from workbench.decide.timeline import verdict, what_changed
from workbench.show.pages import page
from workbench.show.pages.changes_page import ChangeCard
from workbench.show.style import DECISION_WORDS

_SHOWN = ("recall", "precision", "f1", "false_alarms_per_picture", "AP50", "AP", "tp", "fn", "fp")
_WORDS = {
    "f1": "F1",
    "tp": "hits",
    "fn": "misses",
    "fp": "false alarms",
    "false_alarms_per_picture": "false alarms a picture",
}
_COUNTED = frozenset({"tp", "fn", "fp"})
_DIFFERENCES = ("f1", "recall", "precision", "false_alarms_per_picture")


@dataclass(frozen=True)
class RoundChanges:
    """What changed in the data of a round, for the eye.

    Attributes:
        tables: small tables of counts, from `workbench.show.pages.changes_page.diff_tables`.
        cards: some of the changed boxes, before and after.
        left_out: how many changed boxes have no card.
    """

    tables: Sequence[Mapping[str, Any]] = ()
    cards: Sequence[ChangeCard] = ()
    left_out: int = 0


@dataclass(frozen=True)
class FigureCell:
    """One figure with its interval, as text."""

    name: str
    value: str
    interval: str


@dataclass(frozen=True)
class FigureRow:
    """The figures of one part of the test set."""

    part: str
    pictures: str
    cells: list[FigureCell]


@dataclass(frozen=True)
class RoundView:
    """A round, ready for the page; every text is still to be escaped."""

    record: RoundRecord
    changed: str
    verdict: str
    decision: str
    change: list[str]
    expected: str
    arguments: str
    spent: str
    settings: str
    another_test: bool
    found: dict[str, str]
    figure_words: list[str]
    figures: list[FigureRow]
    difference_words: list[str]
    differences: list[FigureRow]
    cautions: list[str] = field(default_factory=list)
    small: list[Mapping[str, Any]] = field(default_factory=list)
    cards: Sequence[ChangeCard] = ()
    cards_left: int = 0
    reruns: Sequence[str] = ()


def round_views(
    records: Sequence[RoundRecord],
    changes: Mapping[int, RoundChanges],
    reruns: Mapping[int, Sequence[str]],
) -> list[RoundView]:
    """Every round as the page shows it."""
    views = []
    former: RoundRecord | None = None
    for record in records:
        change = changes.get(record.number, RoundChanges())
        names = figure_names(record)
        compared = [name for name in _DIFFERENCES if any(d.measure == name for d in record.differences)]
        views.append(
            RoundView(
                record=record,
                changed=what_changed(record.change),
                verdict=verdict(record),
                decision=DECISION_WORDS[record.stands],
                change=change_lines(record.change),
                expected=expected(record),
                arguments=", ".join(f"{words(name)} {value}" for name, value in record.arguments.items()),
                spent=effort(record),
                settings=_settings(record),
                another_test=bool(former and former.test_id and record.test_id and former.test_id != record.test_id),
                found=_found(record),
                figure_words=[words(name) for name in names],
                figures=_rows(record, names),
                difference_words=[words(name) for name in compared],
                differences=_difference_rows(record, compared),
                cautions=_cautions(record),
                small=[*_small(record), *change.tables],
                cards=change.cards,
                cards_left=change.left_out,
                reruns=reruns.get(record.number, ()),
            )
        )
        former = record
    return views


def figure_names(record: RoundRecord) -> list[str]:
    """The figures that a record has, the well-known first."""
    there = dict.fromkeys(name for part in record.parts for name in part.figures) | dict.fromkeys(record.figures)
    return [name for name in _SHOWN if name in there] + [name for name in there if name not in _SHOWN]


def figure_cell(name: str, figure: Figure | None) -> FigureCell:
    """A figure as text; a dash where there is none."""
    if figure is None:
        return FigureCell(words(name), "–", "")
    low, high = figure.low, figure.high
    interval = f"{page.number(low)} to {page.number(high)}" if low is not None and high is not None else ""
    shown = page.whole if name in _COUNTED else page.number
    return FigureCell(words(name), shown(figure.value), interval)


def words(name: str) -> str:
    """A figure's or an argument's name as people read it."""
    return _WORDS.get(name, name.replace("_", " "))


def change_lines(change: Mapping[str, Any]) -> list[str]:
    """What changed, one line each: ``data: boxes added 40``; the warning stands apart."""
    lines = []
    for name, value in change.items():
        if name == "warning":
            continue
        if isinstance(value, Mapping):
            value = ", ".join(f"{str(key).replace('_', ' ')} {inner}" for key, inner in value.items()) or "nothing"
        lines.append(str(value) if name in ("first", "unknown") else f"{str(name).replace('_', ' ')}: {value}")
    return lines


def expected(record: RoundRecord) -> str:
    """What was expected, and where it was a number, whether it came."""
    parts = [record.expectation] if record.expectation else []
    if record.expected_gain is not None:
        found = record.difference()
        came = f"it was {found.value:+.3f}" if found else "there is nothing to measure it by"
        parts.append(f"{words(record.measure)} on {record.part} {record.expected_gain:+.3f}; {came}")
    return "; ".join(parts)


def effort(record: RoundRecord) -> str:
    """Time spent, as far as it is known."""
    told = ((record.seconds, "spent"), (record.labelling_s, "labelling"), (record.training_s, "training"))
    return ", ".join(f"{spent(seconds)} {what}" for seconds, what in told if seconds is not None)


def spent(seconds: float) -> str:
    """Time in words: ``25 s``, ``3 min``, ``1 h 20 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _settings(record: RoundRecord) -> str:
    if "confidence" not in record.settings or "iou" not in record.settings:
        return ""
    return f"confidence {record.settings['confidence']:g}, IoU {record.settings['iou']:g}"


def _found(record: RoundRecord) -> dict[str, str]:
    shares: dict[str, list[str]] = {}
    for one in sorted(record.at_confidence, key=lambda one: one.confidence):
        shares.setdefault(one.part, []).append(page.share(one.recall.value))
    return {part: " · ".join(values) for part, values in shares.items()} | {
        part: "–" for part in ("stills", "video") if part not in shares and record.at_confidence
    }


def _difference_rows(record: RoundRecord, compared: Sequence[str]) -> list[FigureRow]:
    return [
        FigureRow(part.part, "", [_difference_cell(name, record.difference(part.part, name)) for name in compared])
        for part in record.parts
        if compared
    ]


def _rows(record: RoundRecord, names: Sequence[str]) -> list[FigureRow]:
    if not record.parts:
        cells = [figure_cell(name, record.figures.get(name)) for name in names]
        return [FigureRow(record.test or "all", "–", cells)] if cells else []
    return [
        FigureRow(
            part.part,
            page.whole(part.pictures),
            [figure_cell(name, part.figures.get(name)) for name in names],
        )
        for part in record.parts
    ]


def _difference_cell(name: str, found: Difference | None) -> FigureCell:
    if found is None:
        return FigureCell(words(name), "–", "")
    return FigureCell(words(name), f"{found.value:+.3f}", f"{found.low:+.3f} to {found.high:+.3f}")


def _cautions(record: RoundRecord) -> list[str]:
    lines = [str(record.change["warning"])] if "warning" in record.change else []
    if record.edited:
        lines.append("This record was changed by hand after it was written.")
    return [*lines, *record.warnings]


def _small(record: RoundRecord) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    parts = [part for part in record.parts if part.causes]
    names = dict.fromkeys(cause for part in parts for cause in part.causes)
    if names:
        rows = [[cause, *(str(part.causes.get(cause, 0)) for part in parts)] for cause in names]
        heads = ["cause", *(part.part for part in parts)]
        found.append({"title": "Failures by cause, each part by itself", "head": heads, "rows": rows})
    elif record.causes:
        rows = [[cause, str(count)] for cause, count in record.causes.items()]
        found.append({"title": "Failures by cause", "head": ["cause", "failures"], "rows": rows})
    if record.ledger:
        heads = ["fixed", "broken", "stayed"]
        rows = [[kind, *(str(counts.get(name, 0)) for name in heads)] for kind, counts in record.ledger.items()]
        found.append({"title": f"Failures against round {record.against}", "head": ["", *heads], "rows": rows})
    return found
