"""A class's work as one self-contained page: what each student decided, guessed, answered and drew, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from workbench.model import tables
from workbench.model.wording import counted
from workbench.show.pages import page


class ClassTables(Protocol):
    """What a class did, as tables with a column ``student`` each; `workbench.course.ClassReport` is one."""

    @property
    def students(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def decisions(self) -> pd.DataFrame:
        """round, student, decision, reason, question, hypothesis, expectation, verdict, confidence, stills, video, …"""

    @property
    def guesses(self) -> pd.DataFrame:
        """question, student, guess."""

    @property
    def exercises(self) -> pd.DataFrame:
        """name, student, right, tries, result."""

    @property
    def labelling(self) -> pd.DataFrame:
        """student, pictures, boxes, seconds, minutes, shown, accepted."""

    @property
    def agreement(self) -> pd.DataFrame:
        """first, second, iou, objects, only_first, only_second."""


@dataclass(frozen=True)
class GuessRow:
    """One question and what everybody expected.

    Attributes:
        question: what was asked.
        guesses: student and guess, the lowest first.
        places: where each lies on a line of 0 to 100.
        low: the line's beginning.
        high: its end.
    """

    question: str
    guesses: Sequence[tuple[str, float]]
    places: Sequence[float]
    low: float
    high: float


def class_page(report: ClassTables, *, made_at: str = "") -> str:
    """Fill the page; it loads nothing, and what students wrote is escaped."""
    rounds = _rows_by(report.decisions, "round")
    return page.render(
        "class.html.j2",
        made_at=made_at,
        students=report.students,
        rounds=rounds,
        decided={(row["student"], row["round"]): row["decision"] for rows in rounds.values() for row in rows},
        guesses=[_guess_row(question, rows) for question, rows in _rows_by(report.guesses, "question").items()],
        exercises={
            name: {row["student"]: _answer(row) for row in rows}
            for name, rows in _rows_by(report.exercises, "name").items()
        },
        labelling=tables.records(report.labelling),
        agreement={frozenset((row["first"], row["second"])): row for row in tables.records(report.agreement)},
        pair=lambda first, second: frozenset((first, second)),
    )


def _rows_by(table: pd.DataFrame, name: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in tables.records(table):
        found.setdefault(row[name], []).append(row)
    return found


def _guess_row(question: str, rows: Sequence[Mapping[str, Any]]) -> GuessRow:
    """On the line from 0 to 1 where all guesses are shares, else from 0, or the least guess, to the largest."""
    guesses = sorted(((str(row["student"]), float(row["guess"])) for row in rows), key=lambda one: one[1])
    low, high = min(0.0, guesses[0][1]), max(1.0, guesses[-1][1])
    return GuessRow(question, guesses, [100 * (guess - low) / (high - low) for _, guess in guesses], low, high)


def _answer(row: Mapping[str, Any]) -> str:
    state = "right" if row["right"] else "not yet"
    return f"{row['result'] or state}, {counted(row['tries'], 'tries')}"
