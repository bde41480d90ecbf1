"""Predict first: what a student expected, kept before the answer is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError
from workbench.project import files

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
        known = self._read()
        former = next((one["guess"] for one in known if one["question"] == question), None)
        if former is not None and former != guess:
            raise InputError(f"you guessed {former:g} for {question!r} already; the first guess stands")
        if former is None:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            rows = [*known, {"question": question, "guess": float(guess), "who": self.who, "at": at}]
            files.write_text(self.path, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")

    def table(self) -> pd.DataFrame:
        """All guesses: question, guess, who, at (UTC)."""
        return pd.DataFrame(self._read(), columns=pd.Index(_COLUMNS))

    def of(self, question: str) -> float | None:
        """The guess for a question, or None."""
        return next((float(one["guess"]) for one in self._read() if one["question"] == question), None)

    def _read(self) -> list[dict[str, Any]]:
        return list(json.loads(self.path.read_text("utf-8"))) if self.path.is_file() else []
