"""Rules about objects that were labelled twice: by two people, or in two formats that lie side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from workbench.label.formats import registry
from workbench.label.formats.detect import choose
from workbench.label.reading.raw import Problem
from workbench.label.reading.read import Found, find_rows
from workbench.machine.helpers import Helpers
from workbench.model.errors import InputError
from workbench.model.geometry import Boxes, iou_matrix

SAME_OBJECT_IOU = 0.5
"""From this overlap on two boxes are taken for one object."""
_CROWDED = 2000

Groups = dict[str, Boxes]


def check_agreement(found: Found, helpers: Helpers) -> Iterator[Problem]:
    """How far apart the boxes of one object lie, one line per pair of labellers and per format beside this one."""
    by_labeller, together = _by_labeller(found)
    for first, second in sorted(together):
        yield from _compare(f"'{first}' and '{second}'", by_labeller[first], by_labeller[second])
    if not found.others or found.pictures.root is None:
        return
    own = _groups(found)
    for name in found.others:
        try:
            raw = registry.read(choose(found.source, name), helpers)
        except InputError as error:
            yield Problem("mixed-formats", str(error))
            continue
        other = find_rows(found.source, raw, found.pictures, {})
        yield from _compare(f"{found.raw.format} and {name}", own, _groups(other))


def _by_labeller(found: Found) -> tuple[dict[str, Groups], set[tuple[str, str]]]:
    """Boxes per labeller and picture, and which labellers have a picture in common."""
    named = found.raw.extras.get("labeller", {})
    owner = [named.get(row) or found.raw.files[file].labeller for row, file in enumerate(found.raw.file)]
    if len(set(owner)) < 2:
        return {}, set()
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in np.flatnonzero(found.resolved.taken).tolist():
        if owner[row]:
            members[owner[row], found.resolved.image_ids[found.raw.file[row]]].append(row)
    groups: dict[str, Groups] = defaultdict(dict)
    seen: dict[str, list[str]] = defaultdict(list)
    for (who, image), index in members.items():
        groups[who][image] = found.resolved.boxes[index[:_CROWDED]]
        seen[image].append(who)
    return groups, {pair for names in seen.values() for pair in combinations(sorted(names), 2)}


def _groups(found: Found) -> Groups:
    members: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(found.resolved.taken).tolist():
        members[found.resolved.image_ids[found.raw.file[row]]].append(row)
    return {image: found.resolved.boxes[index[:_CROWDED]] for image, index in members.items()}


def _compare(who: str, first: Groups, second: Groups) -> Iterator[Problem]:
    overlaps: list[float] = []
    gaps: list[float] = []
    pictures = first.keys() & second.keys()
    for image in sorted(pictures):
        for row, column, overlap in pairs(first[image], second[image]):
            overlaps.append(overlap)
            gaps.append(float(np.abs(first[image][row] - second[image][column]).max()))
    if not overlaps:
        return
    yield Problem(
        "labellers-apart",
        f"{who} have {len(overlaps)} objects of {len(pictures)} pictures in common, IoU {min(overlaps):.2f} to "
        f"{max(overlaps):.2f}, median {np.median(overlaps):.2f}; edges differ by up to {max(gaps):.3g} px",
    )


def pairs(first: Boxes, second: Boxes) -> Iterator[tuple[int, int, float]]:
    """One-to-one pairs, the closest first."""
    overlap = iou_matrix(first, second)
    rows, columns = np.nonzero(overlap >= SAME_OBJECT_IOU)
    taken: tuple[set[int], set[int]] = (set(), set())
    for place in np.argsort(-overlap[rows, columns], kind="stable").tolist():
        row, column = int(rows[place]), int(columns[place])
        if row not in taken[0] and column not in taken[1]:
            taken[0].add(row)
            taken[1].add(column)
            yield row, column, float(overlap[row, column])
