"""Pictures whose labels could not be read in full: what is true of them is not known, so nothing is measured there.

An object that was left out may be anything: what a detector finds in its place would count as a false alarm, and the
object itself as none. The rule is one: every error that reading reports, and every box that was not taken, makes the
labels of its picture incomplete. A box that is suspicious and was taken does not; nor does one without area beside
others, which is a slip of the hand and no object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.reading.picture_names import AMBIGUOUS, Matcher
from workbench.label.reading.raw import Problem, RawFile
from workbench.label.reading.read import Labels
from workbench.pictures.file_names import without_suffix

_ABOUT_NAMES = frozenset({"yaml-syntax", "class-id-unknown", "id-twice"})
"""Errors after which every object is there all the same; where they name a picture, that picture's are in doubt."""


@dataclass(frozen=True)
class Unread:
    """What of some labels could not be read.

    Attributes:
        pictures: image_id to where the first fault of its labels is, and which; in the order of the pictures.
        slips: boxes without area on other pictures, on which further boxes were read: where each is.
        elsewhere: the same of faults that no picture is known for: a broken file of many pictures, say.
    """

    pictures: dict[str, str] = field(default_factory=dict)
    slips: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pictures or self.elsewhere)


def unread(labels: Labels) -> Unread:
    """The pictures whose labels are incomplete, because something in them could not be read or taken."""
    found: dict[str, str] = {}
    elsewhere: list[str] = []
    slips: list[tuple[str, str]] = []
    with_boxes = set(labels.boxes["image_id"].astype(str))
    for problem, images in _faults(labels):
        for image in images:
            if problem.code == "no-area" and image in with_boxes:
                slips.append((image, _said(problem)))
            else:
                found.setdefault(image, _said(problem))
        if not images:
            elsewhere.append(_said(problem))
    order = {image: place for place, image in enumerate(labels.images["image_id"].astype(str))}
    named = {image: found[image] for image in sorted(found.keys() & order.keys(), key=order.__getitem__)}
    return Unread(named, tuple(said for image, said in slips if image not in named), tuple(dict.fromkeys(elsewhere)))


def _faults(labels: Labels) -> Iterator[tuple[Problem, list[str]]]:
    """Each fault with the pictures that it is about."""
    raw, resolved = labels.found.raw, labels.found.resolved
    places = _Places(labels)
    for problem in raw.problems:
        if (problem.severity or CATALOGUE[problem.code].severity) == "error" and places.costs_objects(problem):
            yield problem, places.of(problem)
    lost = {
        (resolved.image_ids[raw.file[row]], raw.line[row] or None) for row in np.flatnonzero(~resolved.taken).tolist()
    }
    for problem in labels.found.problems[len(raw.problems) :]:
        if problem.code == "ambiguous-picture":
            yield problem, []
        elif problem.image is not None and (problem.image, problem.line) in lost:
            yield problem, [problem.image]


class _Places:
    """Finds the pictures that a problem is about."""

    def __init__(self, labels: Labels) -> None:
        self._ids = labels.found.resolved.image_ids
        self._pictures = labels.found.pictures.entries
        self._matcher = Matcher(self._pictures)
        self._records: dict[str, list[int]] = {}
        self._files = labels.found.raw.files
        for number, record in enumerate(self._files):
            self._records.setdefault(record.name, []).append(number)

    def costs_objects(self, problem: Problem) -> bool:
        """Whether an object may be missing for it."""
        if problem.code == "path-outside":
            # A name inside the file that leads astray; the file itself was read.
            return problem.file not in self._records
        return problem.code not in _ABOUT_NAMES or problem.image is not None

    def of(self, problem: Problem) -> list[str]:
        """The image_id of each picture whose labels it is in; none where that cannot be told."""
        numbers = self._records.get(problem.file or "", [])
        if problem.image is not None:
            here = [number for number in numbers if problem.image in (self._files[number].picture, self._ids[number])]
            if here:
                return [self._ids[number] for number in here]
            index = self._matcher.find_name(problem.image)
            return [self._pictures[index].name] if index >= 0 else []
        if not numbers and problem.file:
            index = self._matcher.find(RawFile(problem.file, without_suffix(problem.file)))
            return [self._pictures[index].name] if index >= 0 else []
        if len(numbers) > 1 and problem.line is not None:
            # Of a file of many pictures, the entry that this line is in.
            before = [number for number in numbers if (self._files[number].line or 0) <= problem.line]
            numbers = before[-1:] if all(self._files[number].line for number in before) else []
        return [self._ids[number] for number in numbers] if len(numbers) == 1 else []


def ambiguous(labels: Labels) -> set[str]:
    """The ids under which label files stand that fit several pictures: they are of none."""
    resolved = labels.found.resolved
    return {resolved.image_ids[number] for number in np.flatnonzero(resolved.picture == AMBIGUOUS).tolist()}


def _said(problem: Problem) -> str:
    place = problem.file or "the labels"
    line = "" if problem.line is None else f", line {problem.line}"
    return f"{place}{line}: {CATALOGUE[problem.code].title} ({problem.message})"
