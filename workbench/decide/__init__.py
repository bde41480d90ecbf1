"""Decide: what was asked, changed, measured and decided in each round, kept for whoever asks later.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.decide.change import changed_arguments, describe_change
    from workbench.decide.record import (
        Amendment,
        Decision,
        Figure,
        IterationRecord,
        read_records,
        write_amendment,
        write_record,
    )
    from workbench.decide.round import amend_round, decide_round, figures_of

_HOMES = {
    "Amendment": "record",
    "Decision": "record",
    "Figure": "record",
    "IterationRecord": "record",
    "amend_round": "round",
    "changed_arguments": "change",
    "decide_round": "round",
    "describe_change": "change",
    "figures_of": "round",
    "read_records": "record",
    "write_amendment": "record",
    "write_record": "record",
}

__all__ = [
    "Amendment",
    "Decision",
    "Figure",
    "IterationRecord",
    "amend_round",
    "changed_arguments",
    "decide_round",
    "describe_change",
    "figures_of",
    "read_records",
    "write_amendment",
    "write_record",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
