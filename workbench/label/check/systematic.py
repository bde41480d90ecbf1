"""Name the one mistake that explains a whole set, or the part of it that was made by another tool.

Every reading of `hypotheses` is scored on every box of a sample (`content`). Per label file the scores become shares
that sum to one, with a floor so that no single box decides; the reading whose shares multiply highest, weighed by how
rare its mistake is, is compared with the format's own. A mixture (share of files wrong) is tried in the same sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.geometry import Boxes
from workbench.label.check.content import View, features, score, view
from workbench.label.check.hypotheses import Frame, Hypothesis, hypotheses, make_frame
from workbench.label.labels import Found

Array = npt.NDArray[np.float64]

SAMPLE = 72
"""So many boxes are looked at in their pictures before a mistake is named."""
ENOUGH = 10
_COMPARED = 2000
_NEEDED = 12.0
_NEEDED_BLIND = 16.0
_MIXED_COST = 8.0
_FLOOR = 0.02
_WHOLE = 3.0
_SHARES = (1.0, 0.9, 0.75, 0.6, 0.5, 0.4, 0.33, 0.25, 0.2, 0.15, 0.1)


@dataclass(frozen=True)
class Explanation:
    """The mistake that explains the set best.

    Attributes:
        name: the catalogue's code.
        detail: which variant, in words.
        share: the share of the files that has it.
        files: indices of the label files that have it.
        rows: the boxes that are changed.
        boxes: what the boxes of `rows` should be, corners in upright pixels.
        explained: how many of `rows` lie inside their picture by this reading.
        inside_as_read: how many of `rows` lie inside as read.
        confidence: 0 to 1, against the next best reading.
    """

    name: str
    detail: str
    share: float
    files: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    boxes: Boxes
    explained: int
    inside_as_read: int
    confidence: float


def explain(found: Found) -> Explanation | None:
    """Find the systematic mistake of a set, or None if its numbers are what they say they are."""
    frame = make_frame(found)
    usable = np.all(np.isfinite(frame.values), axis=1) & np.all(np.isfinite(frame.size), axis=1)
    if usable.sum() < ENOUGH:
        return None
    readings = _distinct(list(hypotheses(frame)), usable)
    if len(readings) < 2:
        return None
    sample = _sample(frame, readings, usable)
    table, seen = _table(found, frame, readings, sample)
    best = _judge(table, frame.file[sample], readings, _NEEDED if seen else _NEEDED_BLIND)
    if best is None:
        return None
    index, share, confidence = best
    reading = readings[index]
    changed = usable & (np.abs(reading.boxes - readings[0].boxes).max(axis=1) > 1e-6)
    files = np.unique(frame.file[changed])
    if share < 0.9:
        rows = np.flatnonzero(usable & np.isin(frame.file, files))
        pair, _ = _table(found, frame, [readings[0], reading], rows)
        files = _assign(pair, frame.file[rows], share)
        if not len(files):
            return None
    rows = np.flatnonzero(changed & np.isin(frame.file, files))
    boxes = reading.boxes[rows]
    explained = int(_inside(boxes, frame.size[rows]).sum())
    as_read = int(_inside(readings[0].boxes[rows], frame.size[rows]).sum())
    return Explanation(reading.name, reading.detail, share, files, rows, boxes, explained, as_read, confidence)


def _distinct(readings: list[Hypothesis], usable: npt.NDArray[np.bool_]) -> list[Hypothesis]:
    """Readings that differ from each other; of equal ones the first, which is the likelier, is kept."""
    kept: list[Hypothesis] = []
    if usable.sum() > _COMPARED:
        usable = usable & (np.cumsum(usable) % (usable.sum() // _COMPARED) == 0)
    for one in readings:
        rows = np.nan_to_num(one.boxes[usable], nan=-1e9, posinf=1e9, neginf=-1e9)
        if not any(
            np.abs(rows - np.nan_to_num(other.boxes[usable], nan=-1e9, posinf=1e9, neginf=-1e9)).max() < 0.05
            for other in kept
        ):
            kept.append(one)
    return kept


def _sample(frame: Frame, readings: list[Hypothesis], usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Rows to look at: spread over the files, with a share for rows that only some readings change."""
    rng = np.random.default_rng(20261123)
    rows = rng.permutation(np.flatnonzero(usable))
    later = np.r_[False, frame.file[1:] == frame.file[:-1]]
    turned = frame.orientation > 1
    chosen: list[int] = []
    for group, count in ((rows[turned[rows]], SAMPLE // 3), (rows[later[rows]], SAMPLE // 3), (rows, SAMPLE)):
        chosen += [int(row) for row in group[:count]]
    return np.array(list(dict.fromkeys(chosen)), dtype=np.int64)


def _table(found: Found, frame: Frame, readings: list[Hypothesis], rows: npt.NDArray[np.int64]) -> tuple[Array, bool]:
    """Scores of every reading for every row, shape (len(rows), len(readings)), and whether any picture was seen."""
    whole = _whole_pixels(frame, readings, rows)
    table = np.empty((len(rows), len(readings)))
    stack = np.stack([one.boxes for one in readings], axis=1)
    seen_any = False
    held: tuple[int, View | None] = (-1, None)
    for position in np.argsort(frame.file[rows], kind="stable"):
        row = rows[position]
        picture = int(found.resolved.picture[frame.file[row]])
        if picture != held[0]:
            held = (picture, view(found.pictures.entries[picture].path) if picture >= 0 else None)
        seen_any |= held[1] is not None
        measured = features(held[1], stack[row], frame.size[row])
        table[position] = score(measured, stack[row])
    return table + _WHOLE * whole, seen_any


def _whole_pixels(frame: Frame, readings: list[Hypothesis], rows: npt.NDArray[np.int64]) -> Array:
    """Where a reading puts all four edges on whole pixels although the numbers as written are not whole."""
    boxes = np.stack([one.boxes[rows] for one in readings], axis=1)
    with np.errstate(all="ignore"):
        on = (np.abs(boxes - np.round(boxes)) < 0.02).all(axis=2)
    broken = (np.abs(frame.values - np.round(frame.values)) > 1e-9).any(axis=1)
    return np.asarray(on & (broken.mean() > 0.2), dtype=np.float64)


def _judge(
    table: Array, file: npt.NDArray[np.int64], readings: list[Hypothesis], needed: float
) -> tuple[int, float, float] | None:
    """The winning reading with its share of files and confidence, or None if the format's own stands."""
    shares = np.exp(table - table.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    logs = np.log(_FLOOR / len(readings) + (1 - _FLOOR) * shares)
    _, group = np.unique(file, return_inverse=True)
    per_file = np.zeros((group.max() + 1, len(readings)))
    np.add.at(per_file, group, logs)
    plain = per_file[:, 0]
    totals = np.full(len(readings), -np.inf)
    mixture = np.ones(len(readings))
    totals[0] = plain.sum()
    for index in range(1, len(readings)):
        for share in _SHARES:
            if share == 1.0:
                total = float(per_file[:, index].sum())
            else:
                mixed = np.logaddexp(np.log(1 - share) + plain, np.log(share) + per_file[:, index])
                total = float(mixed.sum()) - _MIXED_COST
            total -= readings[index].prior
            if total > totals[index]:
                totals[index], mixture[index] = total, share
    best = int(np.argmax(totals))
    if best == 0 or totals[best] - totals[0] < needed:
        return None
    rivals = [totals[i] for i in range(len(readings)) if readings[i].name != readings[best].name]
    # Boxes of one picture are not independent: half the evidence is a fairer measure of how sure this is.
    confidence = 1 / (1 + float(np.exp(np.clip(-(totals[best] - max(rivals)) / 2, -50, 50))))
    return best, float(mixture[best]), confidence


def _assign(table: Array, file: npt.NDArray[np.int64], share: float) -> npt.NDArray[np.int64]:
    names, group = np.unique(file, return_inverse=True)
    gain = np.zeros(len(names))
    np.add.at(gain, group, np.clip(table[:, 1] - table[:, 0], -8, 8))
    return np.asarray(names[gain + np.log(share / (1 - share)) > 0], dtype=np.int64)


def _inside(boxes: Boxes, size: Array) -> npt.NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        extent = boxes[:, 2:] - boxes[:, :2]
        slack = np.maximum(1.0, 0.02 * size)
        return np.asarray(((extent > 0) & (boxes[:, :2] >= -slack) & (boxes[:, 2:] <= size + slack)).all(axis=1))
