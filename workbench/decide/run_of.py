"""Which training a round of the loop is about: the one its record names, or the newest one of the round under way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.decide.record import RoundRecord, read_records
from workbench.decide.rerun import read_reruns
from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.train import LastRun, Run, last_run, load_run
from workbench.train.weight_names import names_weights


def run_of_round(project: ProjectFolder, number: int) -> Run:
    """The training of a round.

    A decided round's record names it. The round after the last decided one is under way: its training is the newest
    that no record and no rerun names. One that did not come to its end is not taken without a word.

    Args:
        project: the project.
        number: the round, from 1.

    Raises:
        InputError: if there is no such round, or it has no training that is finished; the message says which there are.
    """
    records = read_records(project)
    record = next((one for one in records if one.number == number), None)
    if record is not None:
        if record.run is None:
            raise InputError(f"round {number} was decided without a training; name the run itself: p.run('r001')")
        return load_run(project, record.run)
    under_way = max((one.number for one in records), default=0) + 1
    if number == under_way:
        newest = _newest_free(project, records)
        if newest.later:
            raise InputError(f"round {number} is under way: {newest.passed_over[-1]}; or name the run that is meant")
        if newest.run is not None:
            return newest.run
    there = ", ".join(str(one.number) for one in records) or "none yet"
    hint = "train one first: p.train()" if number == under_way else "name one of these, or a run"
    raise InputError(f"{project.root.name} has no training of a round {number}; decided are: {there}; {hint}")


def round_of_run(project: ProjectFolder, run: Run) -> int | None:
    """The round whose record names a training, the last if several do; None where none does."""
    return max((one.number for one in read_records(project) if one.run == run.run_id), default=None)


def trained_further(project: ProjectFolder, run: Run) -> str | None:
    """A sentence where a round was decided on other weights of a training than it has now; None where none was."""
    told = [one for one in read_records(project) if one.run == run.run_id and one.weights_sha256 is not None]
    if not told or told[-1].weights_sha256 == run.weights_sha256:
        return None
    return (
        f"round {told[-1].number} was decided on other weights of the run {run.run_id} than it has now: it was trained "
        "further, and the figures of the record do not come out again"
    )


def further_rounds(
    project: ProjectFolder, wanted: Sequence[str | int | Run] | str | None, *, beside: Run | str
) -> dict[str, Run | str]:
    """Detectors to show beside another one, by name: ``r3`` for that of round 3, its id for one of no round.

    Args:
        project: the project.
        wanted: runs, weights such as ``plates``, or numbers of rounds; or ``all`` for every decided round that has a
            training of its own.
        beside: that detector, whose round ``all`` leaves out.

    Raises:
        InputError: if there is no such run or round.
    """
    if isinstance(wanted, str):
        if wanted != "all":
            raise InputError(f"rounds is {wanted!r}; expected 'all', or a list such as [1, 2, 'r007']")
        records = read_records(project)
        left_out = (None, beside if isinstance(beside, str) else beside.run_id)
        numbers = {one.run: one.number for one in records if one.run not in left_out}
        wanted = sorted(numbers.values())
    found: dict[str, Run | str] = {}
    for one in wanted or ():
        if isinstance(one, int):
            found[f"r{one}"] = run_of_round(project, one)
        elif isinstance(one, str) and names_weights(one):
            found[Path(one).stem] = one
        else:
            run = load_run(project, one) if isinstance(one, str) else one
            number = round_of_run(project, run)
            found[run.run_id if number is None else f"r{number}"] = run
    return found


def _newest_free(project: ProjectFolder, records: Sequence[RoundRecord]) -> LastRun:
    taken = {one.run for one in records if one.run is not None} | {
        run for one in records for note in read_reruns(project, one.number) for run in note.runs
    }
    return last_run(project, but=taken)
