"""Pictures whose labels could not be read in full: what is true of them is not known, so nothing is measured there.

An object that was left out may be anything: what a detector finds in its place would count as a false alarm, and the
object itself as none. The rule is one: every error that reading reports, and every box that was not taken, makes the
labels of its picture incomplete. A box that is suspicious and was taken does not; nor does one without area beside
others, which is a slip of the hand and no object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.reading.picture_names import AMBIGUOUS, Matcher, Pictures
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.resolve import Resolved
from workbench.model.wording import counted
from workbench.pictures.file_names import without_suffix

if TYPE_CHECKING:
    from workbench.label.reading.read import Found, Labels

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


def unread_objects(raw: RawLabels, resolved: Resolved, pictures: Pictures) -> dict[str, int]:
    """How many objects of a picture could not be read, for every picture (image_id) of which that is so.

    A file that could not be read at all counts as one. Marks that may be no objects (a stray click, a line, a tag)
    count where no box of the picture was read.
    """
    places = _Places(raw, resolved, pictures)
    objects, marks = Counter[str](), Counter[str]()
    ids = resolved.image_ids
    for name, record in zip(ids, raw.files, strict=True):
        if record.unread:
            objects[name] += record.unread
    rows = np.asarray(raw.file, dtype=np.int64)
    objects.update(ids[i] for i in rows[resolved.lost].tolist())
    marks.update(ids[i] for i in rows[~resolved.taken & ~resolved.lost].tolist())
    for problem in raw.problems:
        kind = CATALOGUE[problem.code].unread or ("object" if places.is_unread_file(problem) else "")
        if kind:
            (objects if kind == "object" else marks).update(places.of(problem))
    read = {ids[i] for i in rows[resolved.taken].tolist()}
    for image, count in marks.items():
        if image not in read:
            objects[image] += count
    return dict(objects)


def unread(labels: Labels) -> Unread:
    """The pictures whose labels are incomplete, because something in them could not be read or taken."""
    found: dict[str, str] = {}
    elsewhere: list[str] = []
    slips: list[tuple[str, str]] = []
    with_boxes = set(labels.boxes["image_id"].astype(str))
    for problem, images in _faults(labels.found):
        for image in images:
            if problem.code == "no-area" and image in with_boxes:
                slips.append((image, _said(problem)))
            else:
                found.setdefault(image, _said(problem))
        if not images:
            elsewhere.append(_said(problem))
    for image, count in labels.unread.items():
        found.setdefault(image, f"{counted(count, 'objects')} of {image} could not be read")
    order = {image: place for place, image in enumerate(labels.images["image_id"].astype(str))}
    named = {image: found[image] for image in sorted(found.keys() & order.keys(), key=order.__getitem__)}
    return Unread(named, tuple(said for image, said in slips if image not in named), tuple(dict.fromkeys(elsewhere)))


def _faults(found: Found) -> Iterator[tuple[Problem, list[str]]]:
    """Each fault with the pictures that it is about."""
    raw, resolved = found.raw, found.resolved
    places = _Places(raw, resolved, found.pictures)
    for problem in raw.problems:
        if (problem.severity or CATALOGUE[problem.code].severity) == "error" and places.costs_objects(problem):
            yield problem, places.of(problem)
    lost = {
        (resolved.image_ids[raw.file[row]], raw.line[row] or None) for row in np.flatnonzero(~resolved.taken).tolist()
    }
    for problem in found.problems[len(raw.problems) :]:
        if problem.code == "ambiguous-picture":
            yield problem, []
        elif problem.image is not None and (problem.image, problem.line) in lost:
            yield problem, [problem.image]


class _Places:
    """Finds the pictures that a problem is about."""

    def __init__(self, raw: RawLabels, resolved: Resolved, pictures: Pictures) -> None:
        self._ids, self._files, self._pictures = resolved.image_ids, raw.files, pictures.entries
        self._in_blocks = raw.format == "cvat"

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self._pictures)

    @cached_property
    def _records(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, record in enumerate(self._files):
            found.setdefault(record.name, []).append(number)
        return found

    def is_unread_file(self, problem: Problem) -> bool:
        """Whether a label file was not read at all, whatever the reason."""
        is_error = CATALOGUE[problem.code].severity == "error" and problem.code not in _ABOUT_NAMES
        return is_error and problem.file is not None and problem.file not in self._records

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
        if len(numbers) > 1 and problem.line is not None and self._in_blocks:
            # The entry that this line is in; rows of a table stand in any order.
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
