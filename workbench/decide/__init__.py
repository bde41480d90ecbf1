"""Decide: what was asked, changed, measured and decided in each round, kept for whoever asks later.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.decide.change import changed_arguments, changed_things, describe_change
    from workbench.decide.evidence import Evidence, figures_of, gather
    from workbench.decide.figures import AtConfidence, Difference, Figure, Part
    from workbench.decide.record import (
        Amendment,
        Decision,
        IterationRecord,
        read_records,
        write_amendment,
        write_record,
    )
    from workbench.decide.rerun import Rerun, read_reruns, rerun_round
    from workbench.decide.resample import differences
    from workbench.decide.round import amend_round, decide_round, helped
    from workbench.decide.run_of import iteration_of_run, run_of_iteration

_HOMES = {
    "Amendment": "record",
    "AtConfidence": "figures",
    "Decision": "record",
    "Difference": "figures",
    "Evidence": "evidence",
    "Figure": "figures",
    "IterationRecord": "record",
    "Part": "figures",
    "Rerun": "rerun",
    "amend_round": "round",
    "changed_arguments": "change",
    "changed_things": "change",
    "decide_round": "round",
    "describe_change": "change",
    "differences": "resample",
    "figures_of": "evidence",
    "gather": "evidence",
    "helped": "round",
    "iteration_of_run": "run_of",
    "read_records": "record",
    "read_reruns": "rerun",
    "rerun_round": "rerun",
    "run_of_iteration": "run_of",
    "write_amendment": "record",
    "write_record": "record",
}

__all__ = [
    "Amendment",
    "AtConfidence",
    "Decision",
    "Difference",
    "Evidence",
    "Figure",
    "IterationRecord",
    "Part",
    "Rerun",
    "amend_round",
    "changed_arguments",
    "changed_things",
    "decide_round",
    "describe_change",
    "differences",
    "figures_of",
    "gather",
    "helped",
    "iteration_of_run",
    "read_records",
    "read_reruns",
    "rerun_round",
    "run_of_iteration",
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
