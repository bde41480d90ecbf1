"""Measured numbers as a record holds them: figures with intervals, parts of the test set, differences."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
