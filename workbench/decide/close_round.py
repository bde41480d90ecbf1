"""Close a round: gather what changed and what was measured, and write the decision down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.analyse import Evaluation
from workbench.decide.evidence import (
    LESS_IS_BETTER,
    MEASURES,
    PARTS,
    Evidence,
    changed_arguments,
    changed_things,
    describe_change,
    gather,
)
from workbench.decide.record import (
    Amendment,
    Decision,
    Difference,
    RoundRecord,
    read_records,
    write_amendment,
    write_record,
)
from workbench.model.errors import InputError
from workbench.project import ProjectFolder, now, user
from workbench.train import Recipe, Run, load_run
from workbench.version import diff, find_test, head, id_of_test, load, part_of, sha256_of_test, snapshot

ARGUMENTS = ("detector", "start_weights", "batches", "batch", "image_size", "seed")


def close_round(
    folder: ProjectFolder,
    number: int,
    evaluation: Evaluation | None,
    *,
    keep: bool | None,
    because: str,
    run: Run | None = None,
    against: Evaluation | None = None,
    before: RoundRecord | None = None,
    test: str = "test",
    video: Sequence[str] = (),
    question: str = "",
    hypothesis: str = "",
    expectation: str = "",
    expected_gain: float | None = None,
    measure: str = "f1",
    part: str = "all",
    despite: str = "",
    next_step: str = "",
    who: str | None = None,
    seconds: float | None = None,
    warnings: Sequence[str] = (),
) -> RoundRecord:
    """Write a round's record: what changed and what was measured are worked out here. See `workbench.Project.decide`.

    Args:
        folder: the project's.
        number: the round, from 1.
        evaluation: of the round's detector; None for a round in which nothing was measured.
        keep: True to keep the change, False to revert it, None if the round was inconclusive.
        because: the reason, in words.
        run: the training that the evaluation is of.
        against: an earlier detector on the same test.
        before: the round that `against` is of, which the change is told from as well; by default the one before this.
        test: the split or the frozen test that was evaluated.
        video: sources whose pictures are frames of videos, beside those that have a time.
        question: what the round was to answer.
        hypothesis: what was believed.
        expectation: by how much it was to help, in words.
        expected_gain: the same as a number: the gain in `measure` on `part`.
        measure: the figure that the decision rests on.
        part: the part of the test that it rests on.
        despite: why it is kept although the interval of the difference includes zero.
        next_step: what follows.
        who: who decided; by default the user's login name.
        seconds: time spent.
        warnings: what else to know before one believes the figures.

    Raises:
        InputError: if the reason is missing, the number is not usable, the round is decided already, the two
            evaluations are of different tests, or the change is to be kept although it may have done nothing and nobody
            says why.
    """
    check_words(number, because, measure, part)
    said = list(warnings)
    if run is not None and run.record.allowed is not None:
        said.append(str(run.record.allowed))
    former = before or round_before(folder, number)
    proof, test_id, version = Evidence(), "", None
    if evaluation is not None:
        proof = gather(evaluation, against, video=video)
        inputs = evaluation.inputs
        test_id = id_of_test(sha256_of_test(inputs.images, inputs.boxes))
        if run is not None:
            version = _version_of(folder, run, inputs.images, inputs.boxes, test)
        if former is not None and former.test_id and former.test_id != test_id:
            said.insert(
                0,
                f"round {former.number} was tested on {former.test} {former.test_id}, this one on {test} {test_id}: "
                "their figures are not comparable; the differences are of both detectors on this round's test",
            )
    whole = proof.parts[0] if proof.parts else None
    record = RoundRecord(
        number=number,
        question=question,
        hypothesis=hypothesis,
        expectation=expectation,
        expected_gain=expected_gain,
        measure=measure,
        part=part,
        change=_change(folder, former, run),
        version=run.record.version if run else None,
        parent_version=former.version if former else None,
        run=run.run_id if run else None,
        weights_sha256=run.weights_sha256 if run else None,
        arguments=arguments_of(run) if run else {},
        test=test,
        test_id=test_id,
        test_version=version,
        video=tuple(video) if evaluation is not None else (),
        settings=proof.settings,
        figures=whole.figures if whole else {},
        causes=whole.causes if whole else {},
        parts=proof.parts,
        at_confidence=proof.at_confidence,
        against=before.number if before is not None and against is not None else None,
        differences=proof.differences,
        ledger=proof.ledger,
        warnings=(*said, *proof.warnings),
        decision=_decision(keep),
        reason=because.strip(),
        despite=despite.strip(),
        next_step=next_step,
        who=who or user(),
        seconds=seconds,
        labelling_s=_labelling(folder, former),
        training_s=run.record.seconds if run else None,
    )
    if keep and not record.despite:
        _refuse_hope(record)
    write_record(folder, record)
    return record


def amend_round(
    folder: ProjectFolder, number: int, *, because: str, keep: bool | None = None, who: str | None = None
) -> Path:
    """Add an entry to a round's record; `keep` changes the decision from here on where it is given."""
    if not because.strip():
        raise InputError(f"an amendment to round {number} needs a reason (because=…)")
    decision = None if keep is None else _decision(keep)
    return write_amendment(
        folder, number, Amendment(who=who or user(), at=now(), decision=decision, reason=because.strip())
    )


def round_before(folder: ProjectFolder, number: int) -> RoundRecord | None:
    """The record of the round before this one, by number."""
    return max((r for r in read_records(folder) if r.number < number), key=lambda r: r.number, default=None)


def check_words(number: int, because: str, measure: str, part: str) -> None:
    """Refuse what can be refused before anything is measured.

    Raises:
        InputError: if the reason is missing, or number, measure or part is none.
    """
    if not because.strip():
        raise InputError(f"round {number} needs a reason (because=…): whoever asks later has nothing else")
    if number < 1:
        raise InputError(f"round {number} is not a round; they are numbered from 1")
    for name, value, choices in (("measure", measure, MEASURES), ("part", part, PARTS)):
        if value not in choices:
            raise InputError(f"{name} is {value!r}; expected one of {', '.join(choices)}")


def arguments_of(run: Run) -> dict[str, Any]:
    """What a run was asked to do: the arguments that a rerun gives again."""
    asked = run.record.model_dump(mode="json", include={*ARGUMENTS, "learning_rate"})
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


def _refuse_hope(record: RoundRecord) -> None:
    found = record.difference()
    if found is None:
        return
    gain = helped(found)
    if gain is not True:
        what = "may be nothing" if gain is None else "is a loss"
        raise InputError(
            f"round {record.number} cannot be kept just so: {found.measure} on {found.part} changed by "
            f"{found.value:+.3f} against {record.held_against} (95 %: {found.low:+.3f} to {found.high:+.3f}), "
            f"which {what}; decide inconclusive or revert, or write why it is kept all the same (despite='…')"
        )


def _change(folder: ProjectFolder, before: RoundRecord | None, run: Run | None) -> dict[str, Any]:
    if before is None:
        return describe_change(None, None)
    if run is None or before.run is None or before.version is None:
        which = "this round" if run is None else f"round {before.number}"
        return {"unknown": f"{which} names no training, so what changed cannot be computed"}
    first, second = load(folder, before.version), load(folder, run.record.version)
    images = (first.images, second.images)
    data = diff((images[0], first.boxes), (images[1], second.boxes), classes=(first.classes, second.classes))
    former = load_run(folder, before.run)
    arguments = changed_arguments(arguments_of(former), arguments_of(run))
    if any(one.record.batch == one.record.counts.train_pictures for one in (former, run)):
        # A set smaller than the batch makes the batch smaller: nobody changed it.
        arguments.pop("batch", None)
    things = changed_things(data, pd.concat(images[::-1]), list(arguments))
    return describe_change(data.summary, arguments, things)


def _version_of(folder: ProjectFolder, run: Run, images: pd.DataFrame, boxes: pd.DataFrame, test: str) -> str:
    """The version that holds the test as it is; where none does, one is taken, so that it can be tested again."""
    frozen = find_test(folder, test)
    if frozen is not None:
        return frozen.lock.version
    wanted = sha256_of_test(images, boxes)
    for name in dict.fromkeys((run.record.version, head(folder))):
        if name is not None:
            version = load(folder, name)
            held = [t[t["image_id"].isin(images["image_id"])] for t in part_of(version.images, version.boxes, test)]
            if sha256_of_test(*held) == wanted:
                return version.version_id
    return snapshot(folder, f"holds what {run.run_id} was tested on").version_id


def _labelling(folder: ProjectFolder, before: RoundRecord | None) -> float | None:
    """Seconds that labelling tools told since the round before; None where they told nothing."""
    events = folder.store.events()
    since = events[events["at"] > before.at] if before is not None else events
    told = since["seconds"].dropna()
    return round(float(told.sum()), 1) if len(told) else None


def _decision(keep: bool | None) -> Decision:
    return "inconclusive" if keep is None else "keep" if keep else "revert"
