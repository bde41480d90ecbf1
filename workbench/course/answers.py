"""What became of a student's exercises: right or not yet, and in how many tries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.course.notes import read_notes, write_notes

_COLUMNS = ("name", "tries", "right", "who", "result")


@dataclass(frozen=True)
class Answers:
    """A student's exercises, in a file.

    Attributes:
        path: of the file.
        who: the student.
    """

    path: Path
    who: str

    def keep(self, name: str, *, right: bool, result: str = "") -> None:
        """Count a try. What was right once stays right, and is not tried again.

        Args:
            name: the exercise.
            right: whether this answer is right.
            result: what was reached, in words, where there is more to say than right or not.
        """
        rows = {row["name"]: row for row in read_notes(self.path)}
        former = rows.get(name, {"tries": 0, "right": False})
        if not former["right"]:
            tries = former["tries"] + 1
            rows[name] = {"name": name, "tries": tries, "right": right, "who": self.who, "result": result}
            write_notes(self.path, list(rows.values()))

    def table(self) -> pd.DataFrame:
        """All exercises that were tried: name, tries, right, who, result."""
        return pd.DataFrame(read_notes(self.path), columns=pd.Index(_COLUMNS))

    def tries(self, name: str) -> int:
        """How often an exercise was tried."""
        return next((int(row["tries"]) for row in read_notes(self.path) if row["name"] == name), 0)
