"""Close a round: gather what changed and what was measured, and write the decision down."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.decide.change import changed_arguments, describe_change
from workbench.decide.record import (
    Amendment,
    Decision,
    Figure,
    IterationRecord,
    now,
    read_records,
    write_amendment,
    write_record,
)
from workbench.errors import InputError
from workbench.project import ProjectFolder, user
from workbench.train import Run, load_run
from workbench.version import diff, load

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

_FIGURES = ("AP", "AP50", "precision", "recall", "f1", "false_alarms_per_picture", "tp", "fp", "fn")
_ARGUMENTS = ("detector", "start_weights", "iterations", "batch", "image_size", "seed")


def decide_round(
    project: ProjectFolder,
    number: int,
    *,
    keep: bool | None,
    because: str,
    question: str = "",
    hypothesis: str = "",
    expectation: str = "",
    run: Run | None = None,
    evaluation: Evaluation | None = None,
    test: str = "test",
    next_step: str = "",
    who: str | None = None,
    seconds: float | None = None,
) -> IterationRecord:
    """Write a round's record. See `workbench.Project.decide`.

    Raises:
        InputError: if the reason is missing, the number is not usable, or the round is decided already.
    """
    if not because.strip():
        raise InputError(f"iteration {number} needs a reason (because=…): whoever asks later has nothing else")
    if number < 1:
        raise InputError(f"iteration {number} is not a round; they are numbered from 1")
    before = max((r for r in read_records(project) if r.number < number), key=lambda r: r.number, default=None)
    record = IterationRecord(
        number=number,
        question=question,
        hypothesis=hypothesis,
        expectation=expectation,
        change=_change(project, before, run),
        version=run.record.version if run else None,
        parent_version=before.version if before else None,
        run=run.run_id if run else None,
        test=test,
        settings=evaluation.to_json_dict()["settings"] if evaluation else {},
        figures=figures_of(evaluation) if evaluation else {},
        causes=_causes(evaluation) if evaluation else {},
        decision=_decision(keep),
        reason=because.strip(),
        next_step=next_step,
        who=who or user(),
        seconds=seconds,
    )
    write_record(project, record)
    return record


def amend_round(
    project: ProjectFolder, number: int, *, because: str, keep: bool | None = None, who: str | None = None
) -> Path:
    """Add an entry to a round's record; `keep` changes the decision from here on where it is given."""
    if not because.strip():
        raise InputError(f"an amendment to iteration {number} needs a reason (because=…)")
    decision = None if keep is None else _decision(keep)
    return write_amendment(
        project, number, Amendment(who=who or user(), at=now(), decision=decision, reason=because.strip())
    )


def figures_of(evaluation: Evaluation) -> dict[str, Figure]:
    """An evaluation's figures with their intervals where they have one."""
    metrics = evaluation.metrics
    return {
        name: Figure(
            value=_known(metrics[name]),
            low=_known(metrics.get(f"{name}_low")),
            high=_known(metrics.get(f"{name}_high")),
        )
        for name in _FIGURES
    }


def _change(project: ProjectFolder, before: IterationRecord | None, run: Run | None) -> dict[str, Any]:
    if before is None:
        return describe_change(None, None)
    if run is None or before.run is None or before.version is None:
        which = "this round" if run is None else f"round {before.number}"
        return {"unknown": f"{which} names no training, so what changed cannot be computed"}
    first, second = load(project, before.version), load(project, run.record.version)
    data = diff((first.images(), first.boxes()), (second.images(), second.boxes())).summary
    former = load_run(project, before.run).record.model_dump()
    latter = run.record.model_dump()
    arguments = changed_arguments({n: former[n] for n in _ARGUMENTS}, {n: latter[n] for n in _ARGUMENTS})
    return describe_change(data, arguments)


def _causes(evaluation: Evaluation) -> dict[str, int]:
    rolled = evaluation.causes()
    return {str(cause): int(count) for cause, count in zip(rolled["cause"], rolled["failures"], strict=True)}


def _decision(keep: bool | None) -> Decision:
    return "inconclusive" if keep is None else "keep" if keep else "revert"


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(float(value), 6)
