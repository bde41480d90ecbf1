"""Every code the check can report: how bad it is, what it means, and what to do. `docs/checks.md` is made from this.

``error`` is wrong data, ``warning`` is suspicious, ``info`` is worth knowing. The codes, in ``problem_codes.toml``, are
the contract with scripts that read ``workbench check --json``: they are added to, never renamed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem.

    Attributes:
        group: the chapter of the documentation it belongs to.
        title: what is wrong, in a few words.
        severity: ``error``, ``warning`` or ``info``.
        why: what comes of it if nobody mends it.
        fix: what to do.
        unread: what of a picture is missing from the tables for it: ``object``, ``mark`` (a stray click, a line, a tag;
            it counts where nothing else was read) or nothing.
    """

    group: str
    title: str
    severity: Severity
    why: str
    fix: str
    unread: Literal["", "object", "mark"] = ""


def _read() -> dict[str, Code]:
    chapters = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {code: Code(group, **said) for group, codes in chapters.items() for code, said in codes.items()}


CATALOGUE: dict[str, Code] = _read()
