"""Do a round again: the same version and settings, trained and evaluated anew; do the figures agree?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

from workbench.decide.close_round import arguments_of, recipe_of
from workbench.decide.evidence import look, part_figures
from workbench.decide.record import IterationRecord, now, read_records, to_yaml
from workbench.decide.record_figures import Part
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder, files, user
from workbench.train import Run, load_run
from workbench.version import find_test, load, part_of

if TYPE_CHECKING:
    from workbench.api.project import Project

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


def rerun_round(project: Project, number: int, *, seeds: int = 1, progress: bool = True) -> Rerun:
    """Train on the round's version with the record's arguments, and evaluate on the round's test set.

    The working labels stay as they are. What came out is kept beside the record.

    Args:
        project: the project.
        number: the round.
        seeds: how many seeds, from the round's own on; with more than one the spread between them is measured, and a
            figure agrees if it lies within it.
        progress: show bars.

    Raises:
        InputError: if there is no such round, or it says too little to be done again.
    """
    if seeds < 1:
        raise InputError(f"seeds is {seeds}; expected at least 1")
    record = _record(project, number)
    images, boxes = _test_set(project, record)
    recipe = recipe_of(record.arguments)
    runs, measured = [], []
    for seed in range(recipe.seed, recipe.seed + seeds):
        run = project.train(record.version, progress=progress, **replace(recipe, seed=seed).options())
        runs.append(run)
        measured.append(_measure(project, record, run, images, boxes, progress=progress))
    result = Rerun(
        number, tuple(run.run_id for run in runs), _differs(project, record, runs[0]), _compare(record, measured)
    )
    _keep(project, result)
    return result


def read_reruns(project: ProjectFolder, number: int) -> tuple[RerunNote, ...]:
    """What came of the times that a round was done again, oldest first.

    Raises:
        ProjectError: naming the file that cannot be read.
    """
    found = []
    for path in sorted((project.iterations / f"{number:03d}").glob("rerun-*.yaml")):
        try:
            found.append(RerunNote.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ProjectError(f"{path} cannot be read ({reason}); bring it back from a copy") from error
    return tuple(found)


def _record(project: Project, number: int) -> IterationRecord:
    record = next((one for one in read_records(project) if one.number == number), None)
    if record is None:
        there = ", ".join(str(one.number) for one in read_records(project)) or "none yet"
        raise InputError(f"there is no round {number}; decided are: {there}")
    lacks = [
        name
        for name in ("run", "version", "arguments", "test_version", "parts", "settings")
        if not getattr(record, name)
    ]
    if lacks:
        raise InputError(f"round {number} cannot be done again: its record has no {', '.join(lacks)}")
    return record


def _test_set(project: Project, record: IterationRecord) -> tuple[pd.DataFrame, pd.DataFrame]:
    frozen = find_test(project, record.test)
    if frozen is not None:
        return frozen.tables()
    version = load(project, str(record.test_version))
    return part_of(version.images(), version.boxes(), record.test)


def _measure(
    project: Project, record: IterationRecord, run: Run, images: pd.DataFrame, boxes: pd.DataFrame, *, progress: bool
) -> tuple[Part, ...]:
    seen = look(project, run, images, boxes, name=record.test, video=record.video, progress=progress)
    thresholds = {name: float(record.settings[name]) for name in ("confidence", "iou")}
    return tuple(part_figures(part.part, seen.evaluate(part.part, **thresholds)) for part in record.parts)


def _compare(record: IterationRecord, measured: list[tuple[Part, ...]]) -> pd.DataFrame:
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


def _differs(project: Project, record: IterationRecord, run: Run) -> tuple[str, ...]:
    """What this training did not share with the one in the record."""
    lines = []
    if record.edited:
        lines.append("the record was changed by hand after it was written")
    try:
        former = load_run(project, str(record.run)).record
    except InputError:
        return (*lines, f"the run {record.run} is gone, so what it was trained with cannot be compared")
    was = {**arguments_of(Run(former.run_id, project.runs / former.run_id, former)), "version": former.version}
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


def _keep(project: Project, result: Rerun) -> None:
    note = RerunNote(
        number=result.number,
        at=now(),
        who=user(),
        runs=result.runs,
        agrees=result.agrees,
        differs=result.differs,
        figures=tables.records(result.figures),
    )
    folder = project.iterations / f"{result.number:03d}"
    with project.lock("decide"):
        count = len(list(folder.glob("rerun-*.yaml")))
        files.write_text(folder / f"rerun-{count + 1:03d}.yaml", to_yaml(note.model_dump(mode="json")))
