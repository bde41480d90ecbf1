"""Do a round again: the same version and settings, trained and evaluated anew; do the figures agree?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

from workbench.analyse import Evaluation
from workbench.decide.close_round import arguments_of
from workbench.decide.evidence import part_figures, parts_of
from workbench.decide.record import Part, RoundRecord, record_of, to_yaml
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.model.wording import as_html
from workbench.project import ProjectFolder, files, now, user
from workbench.train import Run, load_run
from workbench.version import find_test, id_of_test, load, part_of, sha256_of_test

_SAME = 1e-6
_COMPARED = ("AP", "AP50", "precision", "recall", "f1", "false_alarms_per_picture", "tp", "fp", "fn")
_COLUMNS = ("part", "figure", "recorded", "again", "difference", "spread", "agrees")


class RerunNote(BaseModel):
    """What is kept of a rerun, beside the record it repeats."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    at: str
    who: str
    runs: tuple[str, ...]
    agrees: bool
    differs: tuple[str, ...]
    figures: list[dict[str, Any]]


@dataclass(frozen=True)
class Rerun:
    """What came of doing a round again.

    Attributes:
        number: the round.
        runs: the trainings, the first with the round's own seed.
        differs: what was not the same as the first time (arguments, weights, packages), one line each.
        figures: part, figure, recorded, again (own seed), difference, spread (greatest less least over the seeds; NaN
            with one seed) and agrees: equal, or with several seeds no further apart than they are from each other.
    """

    number: int
    runs: tuple[str, ...]
    differs: tuple[str, ...]
    figures: pd.DataFrame

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees."""
        return bool(self.figures["agrees"].all())

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "number": self.number,
            "agrees": self.agrees,
            "runs": list(self.runs),
            "differs": list(self.differs),
            "figures": tables.records(self.figures),
        }

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return as_html(str(self).splitlines(), self.figures)

    def __str__(self) -> str:
        apart = int((~self.figures["agrees"]).sum())
        seeds = len(self.runs)
        within = "are the same" if seeds == 1 else f"lie within the spread of {seeds} seeds"
        verdict = (
            f"round {self.number} comes out again: all {len(self.figures)} figures {within}"
            if self.agrees
            else f"round {self.number} does not come out again: {apart} of {len(self.figures)} figures differ"
        )
        return "\n".join([verdict, *(f"not as it was: {line}" for line in self.differs)])


def close_rerun(
    folder: ProjectFolder, record: RoundRecord, runs: Sequence[Run], evaluations: Sequence[Evaluation]
) -> Rerun:
    """Hold a round's figures against those of trainings like its own, and keep what came out beside its record.

    Args:
        folder: the project's.
        record: from `repeatable`.
        runs: trained on the record's version with its arguments; the first with its own seed, further ones with others.
        evaluations: of each of them, on the tables that `tested` gives.
    """
    measured = []
    for one in evaluations:
        parts = parts_of(one, record.video)
        measured.append(tuple(part_figures(part.part, parts[part.part]) for part in record.parts))
    result = Rerun(
        record.number,
        tuple(run.run_id for run in runs),
        _differs(folder, record, runs[0]),
        _compare(record, measured),
    )
    _keep(folder, result)
    return result


def repeatable(folder: ProjectFolder, number: int) -> RoundRecord:
    """The record of a round that can be done again.

    Raises:
        InputError: if there is no such round, or it says too little to be done again.
    """
    record = record_of(folder, number)
    needed = ("run", "version", "arguments", "test_version", "parts", "settings")
    lacks = [name for name in needed if not getattr(record, name)]
    if lacks:
        raise InputError(f"round {number} cannot be done again: its record has no {', '.join(lacks)}")
    return record


def tested(folder: ProjectFolder, record: RoundRecord) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures and boxes that a round was tested on, as they were then."""
    frozen = find_test(folder, record.test)
    if frozen is not None:
        images, boxes = frozen.tables()
    else:
        version = load(folder, str(record.test_version))
        images, boxes = part_of(version.images, version.boxes, record.test)
    for source in sorted(set(images["source"])):
        # A test may have been the pictures of one source; its name by content tells.
        mine = images[images["source"] == source].reset_index(drop=True)
        theirs = tables.of_images(boxes, mine["image_id"])
        if id_of_test(sha256_of_test(mine, theirs)) == record.test_id:
            return mine, theirs
    return images, boxes


def read_reruns(folder: ProjectFolder, number: int) -> tuple[RerunNote, ...]:
    """What came of the times that a round was done again, oldest first.

    Raises:
        ProjectError: naming the file that cannot be read.
    """
    found = []
    for path in sorted((folder.iterations / f"{number:03d}").glob("rerun-*.yaml")):
        try:
            found.append(RerunNote.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ProjectError(f"{path} cannot be read ({reason}); bring it back from a copy") from error
    return tuple(found)


def _compare(record: RoundRecord, measured: list[tuple[Part, ...]]) -> pd.DataFrame:
    rows = []
    for place, part in enumerate(record.parts):
        for name in _COMPARED:
            recorded = part.figures[name].value
            again = [parts[place].figures[name].value for parts in measured]
            numbers = [value for value in again if value is not None]
            spread = max(numbers) - min(numbers) if len(measured) > 1 and numbers else float("nan")
            if recorded is None or again[0] is None:
                difference, agrees = float("nan"), recorded is again[0]
            else:
                difference = again[0] - recorded
                agrees = abs(difference) <= max(_SAME, spread if spread == spread else 0.0)
            rows.append((part.part, name, recorded, again[0], difference, spread, agrees))
    table = pd.DataFrame(rows, columns=pd.Index(_COLUMNS))
    return table.astype({"recorded": "float64", "again": "float64", "agrees": "bool"})


def _differs(folder: ProjectFolder, record: RoundRecord, run: Run) -> tuple[str, ...]:
    """What this training did not share with the one in the record."""
    lines = []
    if record.edited:
        lines.append("the record was changed by hand after it was written")
    try:
        first = load_run(folder, str(record.run))
    except InputError:
        return (*lines, f"the run {record.run} is gone, so what it was trained with cannot be compared")
    former = first.record
    was = {**arguments_of(first), "version": former.version}
    says = {**record.arguments, "version": record.version}
    for name in sorted(was.keys() | says.keys()):
        if was.get(name) != says.get(name):
            lines.append(f"{name}: the record says {says.get(name)}, {record.run} was trained with {was.get(name)}")
    if former.start_sha256 != run.record.start_sha256 and was["start_weights"] == says.get("start_weights"):
        lines.append(f"the weights {was['start_weights']!r} to start from are another file than they were")
    for name, release in run.record.packages.items():
        if former.packages.get(name) != release:
            lines.append(f"{name}: {former.packages.get(name)} then, {release} now")
    for name in ("processor", "gpus"):
        then, today = getattr(former.machine, name), getattr(run.record.machine, name)
        if then != today:
            lines.append(f"{name}: {then or 'none'} then, {today or 'none'} now")
    return tuple(lines)


def _keep(folder: ProjectFolder, result: Rerun) -> None:
    note = RerunNote(
        number=result.number,
        at=now(),
        who=user(),
        runs=result.runs,
        agrees=result.agrees,
        differs=result.differs,
        figures=tables.records(result.figures),
    )
    place = folder.iterations / f"{result.number:03d}"
    with folder.lock("decide"):
        count = len(list(place.glob("rerun-*.yaml")))
        files.write_text(place / f"rerun-{count + 1:03d}.yaml", to_yaml(note.model_dump(mode="json")))
