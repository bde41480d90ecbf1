"""The iteration record: one round of the loop on one page of YAML, written once, amended by addition."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import InputError, ProjectError
from workbench.project import ProjectFolder, files, user

_LINE_ENDS = frozenset("\x85\u2028\u2029")

Decision = Literal["keep", "revert", "inconclusive"]


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Figure(BaseModel):
    """One measured number with its 95 % interval (missing where none is known)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None


class Amendment(BaseModel):
    """What was added to a record later; nothing written before is changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    at: str
    decision: Decision | None = None
    reason: str


class IterationRecord(BaseModel):
    """One round of the loop.

    Attributes:
        number: the round.
        question: what we wanted to know.
        hypothesis: what we believed.
        expectation: by how much we thought it would help.
        change: what changed against the round before, computed from the versions and the runs.
        version: the dataset that was trained on.
        parent_version: the dataset of the round before.
        run: the training.
        test: what was tested on.
        settings: confidence, IoU and matching rule of the figures.
        figures: what was measured, with intervals.
        causes: misses and false alarms by cause.
        decision: keep, revert or inconclusive.
        reason: why.
        next_step: what follows from it.
        who: who decided.
        at: when, UTC.
        seconds: time spent, where somebody said so.
        amendments: what was added later.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    question: str = ""
    hypothesis: str = ""
    expectation: str = ""
    change: dict[str, Any] = Field(default_factory=dict)
    version: str | None = None
    parent_version: str | None = None
    run: str | None = None
    test: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    figures: dict[str, Figure] = Field(default_factory=dict)
    causes: dict[str, int] = Field(default_factory=dict)
    decision: Decision
    reason: str = Field(min_length=1)
    next_step: str = ""
    who: str = Field(default_factory=user)
    at: str = Field(default_factory=now)
    seconds: float | None = None
    amendments: tuple[Amendment, ...] = ()


def write_record(project: ProjectFolder, record: IterationRecord) -> Path:
    """Write a new record as ``iterations/NNN/record.yaml``.

    Raises:
        InputError: if that round is decided already.
    """
    folder = _folder(project, record.number)
    try:
        with files.new_folder(folder) as fresh:
            values = record.model_dump(mode="json", exclude={"amendments"})
            files.write_text(fresh / "record.yaml", _to_yaml(values))
    except FileExistsError as error:
        if not folder.exists():  # what is in the way is a file where the folder of all rounds should be
            raise
        raise InputError(
            f"iteration {record.number} is decided already ({folder}); "
            f"add to it with p.amend({record.number}, because=…)"
        ) from error
    return folder / "record.yaml"


def write_amendment(project: ProjectFolder, number: int, amendment: Amendment) -> Path:
    """Add to a record; two people at once both get their own file.

    Raises:
        InputError: if that round has no record.
    """
    folder = _folder(project, number)
    if not folder.is_dir():
        raise InputError(f"iteration {number} has no record to amend; decide it first")
    with project.lock("decide"):
        count = len(list(folder.glob("amendment-*.yaml")))
        path = folder / f"amendment-{count + 1:03d}.yaml"
        files.write_text(path, _to_yaml(amendment.model_dump(mode="json")))
    return path


def read_records(project: ProjectFolder) -> tuple[IterationRecord, ...]:
    """All records, in order, each with its amendments.

    Raises:
        ProjectError: naming the file that cannot be read.
    """
    return tuple(_read(folder) for folder in sorted(project.iterations.iterdir()) if folder.name.isdigit())


def _read(folder: Path) -> IterationRecord:
    path = folder / "record.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        amendments = []
        for path in sorted(folder.glob("amendment-*.yaml")):
            amendments.append(Amendment.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
        path = folder / "record.yaml"
        return IterationRecord.model_validate({**values, "amendments": tuple(amendments)})
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ProjectError(f"{path} cannot be read ({reason}); mend it by hand or bring it back from a copy") from error


def _folder(project: ProjectFolder, number: int) -> Path:
    return project.iterations / f"{number:03d}"


def _to_yaml(values: dict[str, Any]) -> str:
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """YAML that comes back as it was: PyYAML writes Unicode's own line ends unescaped and reads them as a fold."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _LINE_ENDS.intersection(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)
