"""The project's report: facts, versions and every iteration, on one self-contained page to read and to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.show import pages
from workbench.show.gallery_view import Gallery
from workbench.show.style import DECISION_WORDS

_FIRST_FIGURES = ("AP", "AP50", "precision", "recall", "f1", "tp", "fn", "fp")
_RECORD_KEYS = (
    *("number", "question", "hypothesis", "expectation", "version", "parent_version", "run", "test"),
    *("decision", "reason", "next_step", "who", "at", "amendments"),
)
_FIGURE_WORDS = {"f1": "F1", "tp": "hits", "fn": "misses", "fp": "false alarms", "ap": "AP"}


@dataclass(frozen=True)
class Picture:
    """A plot for the report.

    Attributes:
        title: what it shows, also read out to those who do not see it.
        svg: an ``<svg>`` element made by `workbench.show.plots.svg`; it is put into the page as it stands.
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
        versions: one mapping a version; `number`, `id`, `message`, `at`, ... become columns, in the first one's order.
        iterations: the iteration records as mappings (see `workbench.decide`), in order.
        plots: plots of the latest evaluation.
        plots_caption: what the plots are of, with their settings.
        failures: the gallery of the latest evaluation, or ``None``.
    """

    title: str
    made_at: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    versions: Sequence[Mapping[str, object]] = ()
    iterations: Sequence[Mapping[str, Any]] = ()
    plots: Sequence[Picture] = ()
    plots_caption: str = ""
    failures: Gallery | None = None


@dataclass(frozen=True)
class FigureCell:
    """One figure with its interval, as text."""

    name: str
    value: str
    interval: str


def render_report(data: ReportData) -> str:
    """Fill the report's page: self-contained HTML that loads nothing, in light and dark, and prints on A4."""
    names = figure_names(data.iterations)
    rounds = [
        {
            "record": {name: record.get(name) for name in _RECORD_KEYS},
            "change": change_lines(record.get("change")),
            "cells": [figure_cell(name, (record.get("figures") or {}).get(name)) for name in names],
            "decision": DECISION_WORDS.get(str(record.get("decision", "")), str(record.get("decision", ""))),
            "spent": spent(record.get("seconds")),
        }
        for record in data.iterations
    ]
    return pages.render(
        "report.html.j2",
        data=data,
        rounds=rounds,
        figure_words=[_FIGURE_WORDS.get(name, name.replace("_", " ")) for name in names],
        version_columns=list(dict.fromkeys(key for version in data.versions for key in version)),
    )


def figure_names(iterations: Sequence[Mapping[str, Any]]) -> list[str]:
    """The figures that any iteration has, the well-known first; ends of intervals are no figures of their own."""
    present = dict.fromkeys(name for record in iterations for name in record.get("figures") or {})
    known = [name for name in _FIRST_FIGURES if name in present]
    return known + [name for name in present if name not in known and not name.endswith(("_low", "_high"))]


def figure_cell(name: str, figure: object) -> FigureCell:
    """A figure (a number, or a mapping of value, low and high) as text; a dash where there is none."""
    values: Mapping[str, Any] = figure if isinstance(figure, Mapping) else {"value": figure}
    low, high = values.get("low"), values.get("high")
    interval = f"{pages.number(low)} to {pages.number(high)}" if low is not None and high is not None else ""
    return FigureCell(_FIGURE_WORDS.get(name, name), pages.number(values.get("value")), interval)


def change_lines(change: object) -> list[str]:
    """What changed, one line each: a text as it stands, a mapping as ``data: 40 boxes added 40``."""
    if not isinstance(change, Mapping):
        return [str(change)] if change else []
    lines = []
    for name, value in change.items():
        words = str(name).replace("_", " ")
        if isinstance(value, Mapping):
            value = ", ".join(f"{str(key).replace('_', ' ')} {inner}" for key, inner in value.items()) or "nothing"
        lines.append(str(value) if name == "first" else f"{words}: {value}")
    return lines


def spent(seconds: object) -> str:
    """Time spent in words: ``25 s``, ``3 min``, ``1 h 20 min``; empty where nobody said."""
    if not isinstance(seconds, int | float):
        return ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
