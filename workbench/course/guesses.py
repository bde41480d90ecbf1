"""Predict first: what a student expected, kept before the answer is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from workbench.course.notes import read_notes, write_notes
from workbench.model.errors import InputError

_COLUMNS = ("question", "guess", "who", "at")


@dataclass(frozen=True)
class Guesses:
    """A student's guesses, in a file; the first one for a question stands.

    Attributes:
        path: of the file.
        who: the student.
    """

    path: Path
    who: str

    def keep(self, question: str, guess: float) -> None:
        """Write a guess down.

        Raises:
            InputError: if this question has been answered with another guess; a guess after the fact is none.
        """
        former = self.of(question)
        if former is not None and former != guess:
            raise InputError(f"you guessed {former:g} for {question!r} already; the first guess stands")
        if former is None:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            row = {"question": question, "guess": float(guess), "who": self.who, "at": at}
            write_notes(self.path, [*read_notes(self.path), row])

    def table(self) -> pd.DataFrame:
        """All guesses: question, guess, who, at (UTC)."""
        return pd.DataFrame(read_notes(self.path), columns=pd.Index(_COLUMNS))

    def of(self, question: str) -> float | None:
        """The guess for a question, or None."""
        return next((float(one["guess"]) for one in read_notes(self.path) if one["question"] == question), None)
