"""The record of a round of the loop: one page of YAML, written once, amended by addition; and its measured numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from workbench.model.errors import InputError, ProjectError
from workbench.model.wording import as_html, counted
from workbench.project import ProjectFolder, files, now, user
from workbench.project.files import sealed, unsealed

_LINE_ENDS = frozenset("\x85\u2028\u2029")

Decision = Literal["keep", "revert", "inconclusive"]


class Figure(BaseModel):
    """One measured number with its 95 % interval (missing where none is known)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None


class Part(BaseModel):
    """What was measured on one part of the test set.

    Attributes:
        part: ``all``, ``stills`` or ``video``.
        pictures: how many pictures.
        figures: what was measured, with intervals.
        causes: misses and false alarms by cause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    pictures: int
    figures: dict[str, Figure]
    causes: dict[str, int] = Field(default_factory=dict)


class AtConfidence(BaseModel):
    """The counts of one part of the test set at one confidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    confidence: float
    tp: int
    fp: int
    fn: int
    recall: Figure
    precision: Figure
    false_alarms_per_picture: float


class Difference(BaseModel):
    """A figure against the round before, both rounds' detectors looked at on the same pictures.

    Attributes:
        part: ``all``, ``stills`` or ``video``.
        measure: the figure.
        value: now less before.
        low: lower end of the 95 % interval.
        high: upper end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    measure: str
    value: float
    low: float
    high: float


class Amendment(BaseModel):
    """What was added to a record later; nothing written before is changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    at: str
    decision: Decision | None = None
    reason: str


class RoundRecord(BaseModel):
    """One round of the loop.

    Attributes:
        number: the round.
        question: what we wanted to know.
        hypothesis: what we believed.
        expectation: by how much we thought it would help, in words.
        expected_gain: the same as a number: the least gain in `measure` on `part` that was hoped for.
        measure: the figure the decision rests on.
        part: the part of the test set it rests on.
        change: what changed against the round before, computed from the versions and the runs.
        version: the dataset that was trained on.
        parent_version: the dataset of the round before.
        run: the training.
        weights_sha256: of the weights that were looked at; None in records of 0.1 and where there were none.
        arguments: what it was trained with.
        test: what was tested on.
        test_id: that test set's name by content; figures of rounds with other ids are not comparable.
        test_version: the version that holds the test set.
        video: sources whose pictures are frames of videos, beside those that have a time.
        settings: confidence, IoU and matching rule of the figures.
        figures: what was measured, with intervals.
        causes: misses and false alarms by cause.
        parts: the same on all, on stills and on video.
        at_confidence: counts on each part at the story's confidences.
        against: the round that `differences` and `ledger` are against.
        differences: what changed in the figures, with intervals.
        ledger: misses and false alarms that were fixed, broke or stayed against the round before.
        warnings: what to know before one believes the figures.
        decision: keep, revert or inconclusive.
        reason: why.
        despite: why it is kept although the difference may be nothing.
        next_step: what follows from it.
        who: who decided.
        at: when, UTC.
        seconds: time spent, where somebody said so.
        labelling_s: seconds spent labelling since the round before, as the labelling tools told.
        training_s: seconds the training took.
        amendments: what was added later.
        edited: whether the file is not as it was written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    question: str = ""
    hypothesis: str = ""
    expectation: str = ""
    expected_gain: float | None = None
    measure: str = ""
    part: str = ""
    change: dict[str, Any] = Field(default_factory=dict)
    version: str | None = None
    parent_version: str | None = None
    run: str | None = None
    weights_sha256: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    test: str = ""
    test_id: str = ""
    test_version: str | None = None
    video: tuple[str, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)
    figures: dict[str, Figure] = Field(default_factory=dict)
    causes: dict[str, int] = Field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    at_confidence: tuple[AtConfidence, ...] = ()
    against: int | None = None
    differences: tuple[Difference, ...] = ()
    ledger: dict[str, dict[str, int]] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    decision: Decision
    reason: str = Field(min_length=1)
    despite: str = ""
    next_step: str = ""
    who: str = Field(default_factory=user)
    at: str = Field(default_factory=now)
    seconds: float | None = None
    labelling_s: float | None = None
    training_s: float | None = None
    amendments: tuple[Amendment, ...] = ()
    edited: bool = False

    @field_validator("arguments")
    @classmethod
    def _batches(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        """Records written by 0.1.0 call the batches of a training iterations."""
        return {"batches" if name == "iterations" else name: value for name, value in arguments.items()}

    @property
    def stands(self) -> Decision:
        """The decision as it stands now, amendments included."""
        return next((a.decision for a in reversed(self.amendments) if a.decision is not None), self.decision)

    @property
    def operating_point(self) -> tuple[float, float]:
        """The confidence and the IoU of the figures."""
        return float(self.settings["confidence"]), float(self.settings["iou"])

    def __repr__(self) -> str:
        return "\n  ".join(self._in_words)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html(self._in_words)

    @property
    def _in_words(self) -> tuple[str, ...]:
        found = self.difference()
        asked = (self.question, f"tested on {self.test} {self.test_id}".rstrip() if self.parts else "")
        gain = ""
        if found is not None:
            gain = f"{found.measure} on {found.part} {found.value:+.3f} (95 %: {found.low:+.3f} to {found.high:+.3f})"
            gain += f" against {self.held_against}"
        cautions = f"{counted(len(self.warnings), 'cautions')} (warnings)" if self.warnings else ""
        lines = (*asked, gain, cautions)
        return (f"Round {self.number}: {self.stands} – {self.reason}", *(line for line in lines if line))

    @property
    def held_against(self) -> str:
        """What the differences are against, in words."""
        return "another detector" if self.against is None else f"round {self.against}"

    def difference(self, part: str | None = None, measure: str | None = None) -> Difference | None:
        """The difference in a figure on a part; by default of those that the decision rests on."""
        wanted = (part or self.part, measure or self.measure)
        return next((d for d in self.differences if (d.part, d.measure) == wanted), None)


def write_record(project: ProjectFolder, record: RoundRecord) -> Path:
    """Write a new record as ``iterations/NNN/record.yaml``.

    Raises:
        InputError: if that round is decided already.
    """
    folder = _folder(project, record.number)
    try:
        with files.new_folder(folder) as fresh:
            values = record.model_dump(mode="json", exclude={"amendments", "edited"})
            files.write_text(fresh / "record.yaml", to_yaml(sealed(values)))
    except FileExistsError as error:
        if not folder.exists():  # what is in the way is a file where the folder of all rounds should be
            raise
        raise InputError(
            f"round {record.number} is decided already ({folder}); add to it with p.amend({record.number}, because=…)"
        ) from error
    return folder / "record.yaml"


def write_amendment(project: ProjectFolder, number: int, amendment: Amendment) -> Path:
    """Add to a record; two people at once both get their own file.

    Raises:
        InputError: if that round has no record.
    """
    folder = _folder(project, number)
    if not folder.is_dir():
        raise InputError(f"round {number} has no record to amend; decide it first")
    with project.lock("decide"):
        count = len(list(folder.glob("amendment-*.yaml")))
        path = folder / f"amendment-{count + 1:03d}.yaml"
        files.write_text(path, to_yaml(amendment.model_dump(mode="json")))
    return path


def read_records(project: ProjectFolder) -> tuple[RoundRecord, ...]:
    """All records, in order, each with its amendments.

    Raises:
        ProjectError: naming the file that cannot be read.
    """
    return tuple(_read(folder) for folder in sorted(project.iterations.iterdir()) if folder.name.isdigit())


def record_of(project: ProjectFolder, number: int, *, to: str = "") -> RoundRecord:
    """The record of a round.

    Args:
        project: the project.
        number: the round, from 1.
        to: what it is wanted for, in words, for the message.

    Raises:
        InputError: if there is none; the message says which there are.
    """
    records = read_records(project)
    found = next((one for one in records if one.number == number), None)
    if found is None:
        there = ", ".join(str(one.number) for one in records) or "none yet"
        raise InputError(f"there is no round {number}{to and f' to {to}'}; decided are: {there}")
    return found


def _read(folder: Path) -> RoundRecord:
    path = folder / "record.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        values, intact = unsealed(values)
        amendments = []
        for path in sorted(folder.glob("amendment-*.yaml")):
            amendments.append(Amendment.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
        path = folder / "record.yaml"
        return RoundRecord.model_validate({**values, "amendments": tuple(amendments), "edited": not intact})
    except (OSError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ProjectError(f"{path} cannot be read ({reason}); mend it by hand or bring it back from a copy") from error


def _folder(project: ProjectFolder, number: int) -> Path:
    return project.iterations / f"{number:03d}"


def to_yaml(values: dict[str, Any]) -> str:
    """YAML in the order given, for people, that comes back as it was."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """YAML that comes back as it was: PyYAML writes Unicode's own line ends unescaped and reads them as a fold."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _LINE_ENDS.intersection(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)
