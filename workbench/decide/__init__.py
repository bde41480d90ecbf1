"""Decide: what was asked, changed, measured and decided in each round, kept for whoever asks later."""

from __future__ import annotations

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
