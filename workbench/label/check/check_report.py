"""What a check found, and how many findings of one kind become one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.label.check.check_html import to_html
from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.check.systematic import Explanation
from workbench.label.reading.raw import Problem
from workbench.label.reading.read import Found, problems_table
from workbench.model import tables
from workbench.model.wording import counted

MANY = 20
"""From this many findings of one code on, if half of the set has it, they become one line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake that explains many boxes.

    Attributes:
        name: the catalogue's code.
        explained: how many boxes it explains.
        boxes: how many boxes were looked at.
        confidence: how sure, 0 to 1.
        files: the label files it concerns; empty means all.
        message: one line with the counts.
        fix: what to do.
    """

    name: str
    explained: int
    boxes: int
    confidence: float
    files: tuple[str, ...]
    message: str
    fix: str

    def to_json_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {
            "name": self.name,
            "explained": self.explained,
            "boxes": self.boxes,
            "confidence": round(self.confidence, 4),
            "files": list(self.files),
            "message": self.message,
            "fix": self.fix,
        }


@dataclass(frozen=True)
class CheckReport:
    """What the check found.

    Attributes:
        problems: the `problems` table, systematic findings first, one line for what half of the set shares.
        summary: counts: files, pictures, boxes, errors, warnings, infos, and per code; and notes: what the check did
            not look at, a line each.
        findings: systematic mistakes by name.
        every: the `problems` table before anything was gathered into one line.
        explanation: the systematic mistake with its boxes, for `fix_labels`.
        found: the rows as read, for the pictures in a notebook.
    """

    problems: pd.DataFrame
    summary: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    every: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    explanation: Explanation | None = field(default=None, repr=False)
    found: Found | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return not self.summary["errors"] and not self.summary["warnings"]

    @property
    def words(self) -> str:
        """The counts in a sentence."""
        counts = self.summary
        return (
            f"{counted(counts['pictures'], 'pictures')}, {counted(counts['boxes'], 'boxes')}: "
            f"{counted(counts['errors'], 'errors')}, {counted(counts['warnings'], 'warnings')}, "
            f"{counted(counts['infos'], 'remarks')}"
        )

    def __repr__(self) -> str:
        codes = [f"- {code}: {count}" for code, count in self.summary["codes"].items()]
        return "\n".join([self.words, *codes, *self.summary["notes"]])

    def _repr_html_(self) -> str:
        """The table with pictures that a notebook shows."""
        return to_html(self)

    def to_json_dict(self) -> dict[str, Any]:
        """``{"problems": [...], "summary": {...}}`` as plain JSON values."""
        findings = [finding.to_json_dict() for finding in self.findings]
        return {"problems": tables.records(self.problems), "summary": {**self.summary, "findings": findings}}


def gather(problems: list[Problem], total: int) -> list[Problem]:
    """One line with a count where at least `MANY` findings of one code concern half of `total` files or boxes."""
    counts = Counter(problem.code for problem in problems)
    many = {code for code, count in counts.items() if count >= MANY and 2 * count >= total}
    result: list[Problem] = []
    done: set[str] = set()
    for problem in problems:
        if problem.code not in many:
            result.append(problem)
        elif problem.code not in done:
            done.add(problem.code)
            first = ", ".join(part for part in (problem.file, f"line {problem.line}" if problem.line else None) if part)
            place = f"; first {first}" if first else ""
            message = f"{counts[problem.code]} times{place}: {problem.message}"
            result.append(Problem(problem.code, message, image=None, fix=problem.fix, severity=problem.severity))
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(result, key=lambda one: order[one.severity or CATALOGUE[one.code].severity])


def make_report(
    problems: list[Problem],
    findings: tuple[Finding, ...],
    counts: dict[str, Any],
    total: int,
    *,
    explanation: Explanation | None = None,
    found: Found | None = None,
) -> CheckReport:
    """Put findings and problems together.

    Args:
        problems: everything found, one by one.
        findings: the systematic ones.
        counts: what the summary starts with.
        total: how many files or boxes there are, against which "half of the set" is measured.
        explanation: the mistake behind the first finding.
        found: the rows as read.
    """
    named = [Problem(one.name, one.message, fix=one.fix) for one in findings]
    table = problems_table([*named, *gather(problems, total)])
    every = problems_table([*named, *problems])
    severities = Counter(every["severity"].tolist())
    summary = {
        **counts,
        "errors": severities["error"],
        "warnings": severities["warning"],
        "infos": severities["info"],
        "codes": dict(Counter(every["code"].tolist())),
    }
    return CheckReport(table, summary, findings, every, explanation, found)
