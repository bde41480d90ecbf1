"""Close a round: gather what changed and what was measured, and write the decision down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.decide.evidence import PARTS, Evidence, part_figures
from workbench.decide.old_resample import LESS_IS_BETTER, MEASURES
from workbench.decide.record import (
    Amendment,
    Decision,
    IterationRecord,
    now,
    read_records,
    write_amendment,
    write_record,
)
from workbench.decide.record_figures import Difference
from workbench.decide.round_changes import changed_arguments, changed_things, describe_change
from workbench.model.errors import InputError
from workbench.project import ProjectFolder, user
from workbench.train import Recipe, Run, load_run
from workbench.version import diff, load

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

ARGUMENTS = ("detector", "start_weights", "batches", "batch", "image_size", "seed")


def decide_round(
    project: ProjectFolder,
    number: int,
    *,
    keep: bool | None,
    because: str,
    question: str = "",
    hypothesis: str = "",
    expectation: str = "",
    expected_gain: float | None = None,
    measure: str = "f1",
    part: str = "all",
    despite: str = "",
    run: Run | None = None,
    evaluation: Evaluation | None = None,
    evidence: Evidence | None = None,
    test: str = "test",
    next_step: str = "",
    who: str | None = None,
    seconds: float | None = None,
) -> IterationRecord:
    """Write a round's record. See `workbench.Project.decide`; `evidence` comes from `workbench.decide.gather`.

    Raises:
        InputError: if the reason is missing, the number is not usable, the round is decided already, or the change is
            to be kept although it may have done nothing and nobody says why.
    """
    check_words(number, because, measure, part)
    before = round_before(project, number)
    proof = evidence or Evidence()
    whole = next((one for one in proof.parts if one.part == "all"), None)
    shown = part_figures("all", evaluation) if evaluation is not None else whole
    warnings = list(proof.warnings)
    if evaluation is not None and whole is not None and evaluation.settings.pictures != whole.pictures:
        warnings.append(
            f"the figures are of {evaluation.settings.pictures} pictures, parts and differences of the "
            f"{whole.pictures} of {test!r}"
        )
    settings = evaluation.to_json_dict()["settings"] if evaluation is not None else proof.settings
    record = IterationRecord(
        number=number,
        question=question,
        hypothesis=hypothesis,
        expectation=expectation,
        expected_gain=expected_gain,
        measure=measure,
        part=part,
        change=_change(project, before, run),
        version=run.record.version if run else None,
        parent_version=before.version if before else None,
        run=run.run_id if run else None,
        arguments=arguments_of(run) if run else {},
        test=test,
        test_id=proof.test_id,
        test_version=proof.test_version,
        video=proof.video,
        settings=settings or {},
        figures=shown.figures if shown else {},
        causes=shown.causes if shown else {},
        parts=proof.parts,
        at_confidence=proof.at_confidence,
        against=proof.against,
        differences=proof.differences,
        ledger=proof.ledger or {},
        warnings=tuple(warnings),
        decision=_decision(keep),
        reason=because.strip(),
        despite=despite.strip(),
        next_step=next_step,
        who=who or user(),
        seconds=seconds,
        labelling_s=_labelling(project, before),
        training_s=run.record.seconds if run else None,
    )
    if keep and not record.despite:
        _refuse_hope(record)
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


def round_before(project: ProjectFolder, number: int) -> IterationRecord | None:
    """The record of the round before this one, by number."""
    return max((r for r in read_records(project) if r.number < number), key=lambda r: r.number, default=None)


def check_words(number: int, because: str, measure: str, part: str) -> None:
    """Refuse what can be refused before anything is measured.

    Raises:
        InputError: if the reason is missing, or number, measure or part is none.
    """
    if not because.strip():
        raise InputError(f"iteration {number} needs a reason (because=…): whoever asks later has nothing else")
    if number < 1:
        raise InputError(f"iteration {number} is not a round; they are numbered from 1")
    for name, value, choices in (("measure", measure, MEASURES), ("part", part, PARTS)):
        if value not in choices:
            raise InputError(f"{name} is {value!r}; expected one of {', '.join(choices)}")


def arguments_of(run: Run) -> dict[str, Any]:
    """What a run was asked to do: the arguments that a rerun gives again."""
    asked = run.record.model_dump(mode="json")
    rate = {} if asked["learning_rate"] is None else {"learning_rate": asked["learning_rate"]}
    return {name: asked[name] for name in ARGUMENTS} | rate


def recipe_of(arguments: Mapping[str, Any]) -> Recipe:
    """The recipe that a record's arguments are, for a device that is chosen anew."""
    return Recipe(**{"weights" if name == "start_weights" else name: value for name, value in arguments.items()})


def helped(difference: Difference) -> bool | None:
    """Whether a difference is a gain: True, False, or None where its interval includes zero."""
    sign = -1 if difference.measure in LESS_IS_BETTER else 1
    low, high = sorted((sign * difference.low, sign * difference.high))
    return True if low > 0 else False if high < 0 else None


def _refuse_hope(record: IterationRecord) -> None:
    found = record.difference()
    if found is None:
        return
    gain = helped(found)
    if gain is not True:
        what = "may be nothing" if gain is None else "is a loss"
        raise InputError(
            f"iteration {record.number} cannot be kept just so: {found.measure} on {found.part} changed by "
            f"{found.value:+.3f} against round {record.against} (95 %: {found.low:+.3f} to {found.high:+.3f}), "
            f"which {what}; decide inconclusive or revert, or write why it is kept all the same (despite='…')"
        )


def _change(project: ProjectFolder, before: IterationRecord | None, run: Run | None) -> dict[str, Any]:
    if before is None:
        return describe_change(None, None)
    if run is None or before.run is None or before.version is None:
        which = "this round" if run is None else f"round {before.number}"
        return {"unknown": f"{which} names no training, so what changed cannot be computed"}
    first, second = load(project, before.version), load(project, run.record.version)
    images = (first.images(), second.images())
    data = diff((images[0], first.boxes()), (images[1], second.boxes()), classes=(first.classes, second.classes))
    former = load_run(project, before.run)
    arguments = changed_arguments(arguments_of(former), arguments_of(run))
    if any(one.record.batch == one.record.counts.train_pictures for one in (former, run)):
        # A set smaller than the batch makes the batch smaller: nobody changed it.
        arguments.pop("batch", None)
    things = changed_things(data, pd.concat(images[::-1]), list(arguments))
    return describe_change(data.summary, arguments, things)


def _labelling(project: ProjectFolder, before: IterationRecord | None) -> float | None:
    """Seconds that labelling tools told since the round before; None where they told nothing."""
    events = project.store.events()
    since = events[events["at"] > before.at] if before is not None else events
    told = since["seconds"].dropna()
    return round(float(told.sum()), 1) if len(told) else None


def _decision(keep: bool | None) -> Decision:
    return "inconclusive" if keep is None else "keep" if keep else "revert"
