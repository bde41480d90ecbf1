"""Name the one mistake that explains a whole set, or the part of it that was made by another tool.

Every reading of `hypotheses` is scored on every box of a sample (`content`). Per label file the scores become shares
that sum to one, with a floor so that no single box decides; the reading whose shares multiply highest, weighed by how
rare its mistake is, is compared with the format's own. A mixture (share of files wrong) is tried in the same sum; then
each file is taken for wrong or right only where its own boxes say so clearly, and the others are left and named.

Where the whole set seems to have the mistake, every file is looked at, too, and what the other files say counts by the
rule of succession (Laplace 1774): if k files surely have it and m surely have not, the odds that one more has it are
k + 1 to m + 1. So a hundred files carry one that cannot be told, and four do not; and no set is surer of its mistake
than its number of files allows, (k + 1) / (k + m + 2), however loud the boxes of a single picture are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, repeat

import numpy as np
import numpy.typing as npt

from workbench.label.check.hypotheses import Frame, Hypothesis, hypotheses, make_frame
from workbench.label.check.picture_evidence import View, features, score, view
from workbench.label.reading.read import Found
from workbench.model.geometry import Boxes

Array = npt.NDArray[np.float64]

SAMPLE = 72
"""So many boxes are looked at in their pictures before a mistake is named."""
ENOUGH = 10
_COMPARED = 2000
_NEEDED = 12.0
_NEEDED_BLIND = 16.0
_MIXED_COST = 8.0
_FLOOR = 0.02
_SURE = 3.0
"""Log-odds (20 to 1) from which on one file of a mixed set is taken for wrong, or for right."""
_LOOKED_AT = 1000
"""In so many files every box is looked at before it is changed; in a larger set the sample speaks for the others."""
_WHOLE = 3.0
_SHARES = (1.0, 0.9, 0.75, 0.6, 0.5, 0.4, 0.33, 0.25, 0.2, 0.15, 0.1)


@dataclass(frozen=True)
class Explanation:
    """The mistake that explains the set best.

    Attributes:
        name: the catalogue's code.
        detail: which variant, in words.
        share: the share of the files that has it.
        files: indices of the label files that have it; in a mixed set those that surely do.
        unsure: indices of the files of a mixed set that may have it or not; they are not among `files`.
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
    unsure: npt.NDArray[np.int64]
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
    table, careful, seen = _table(found, frame, readings, sample)
    best = _judge(table, careful, frame.file[sample], readings, _NEEDED if seen else _NEEDED_BLIND)
    if best is None:
        return None
    index, share, confidence = best
    reading = readings[index]
    changed = usable & (np.abs(reading.boxes - readings[0].boxes).max(axis=1) > 1e-6)
    everything = np.unique(frame.file[changed])
    few = share < 1 or len(everything) <= _LOOKED_AT
    rows = np.flatnonzero(changed) if few else sample[changed[sample]]
    _, pair, _ = _table(found, frame, [readings[0], reading], rows)
    if share < 1:
        files, unsure = _assign(pair, frame.file[rows], share)
        confidence = min(confidence, (len(files) + 1) / (len(files) + 2))
    else:
        files, unsure, certain = _assign_all(pair, frame.file[rows], everything)
        confidence = min(confidence, certain)
        share = len(files) / len(everything)
    if not len(files):
        return None
    rows = np.flatnonzero(changed & np.isin(frame.file, files))
    boxes = reading.boxes[rows]
    explained = int(_inside(boxes, frame.size[rows]).sum())
    as_read = int(_inside(readings[0].boxes[rows], frame.size[rows]).sum())
    return Explanation(reading.name, reading.detail, share, files, unsure, rows, boxes, explained, as_read, confidence)


def _distinct(readings: list[Hypothesis], usable: npt.NDArray[np.bool_]) -> list[Hypothesis]:
    """Readings that differ from each other; of equal ones the first, which is the likelier, is kept."""
    kept: list[tuple[Hypothesis, Array]] = []
    if usable.sum() > _COMPARED:
        usable = usable & (np.cumsum(usable) % (usable.sum() // _COMPARED) == 0)
    for one in readings:
        rows = np.nan_to_num(one.boxes[usable], nan=-1e9, posinf=1e9, neginf=-1e9)
        if not any(np.abs(rows - other).max() < 0.05 for _, other in kept):
            kept.append((one, rows))
    return [one for one, _ in kept]


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


def _table(
    found: Found, frame: Frame, readings: list[Hypothesis], rows: npt.NDArray[np.int64]
) -> tuple[Array, Array, bool]:
    """Both scores of every reading, shape (len(rows), len(readings)) each, and whether any picture was seen."""
    whole = _whole_pixels(frame, readings, rows)
    table, careful = np.empty((2, len(rows), len(readings)))
    stack = np.stack([one.boxes[rows] for one in readings], axis=1)
    seen_any = False
    order = np.argsort(frame.file[rows], kind="stable")
    pictures = found.resolved.picture[frame.file[rows[order]]]
    for position, seen in zip(order, _views(found, pictures.tolist()), strict=True):
        seen_any |= seen is not None
        measured = features(seen, stack[position], frame.size[rows[position]])
        table[position], careful[position] = score(measured, stack[position])
    return table + _WHOLE * whole, careful + _WHOLE * whole, seen_any


def _views(found: Found, pictures: list[int]) -> Iterator[View | None]:
    """The view of each of these pictures; in a run of the same one it is loaded once.

    One after the other: two threads that load ahead took longer, as Pillow and Python's lock go to and fro.
    """
    for index, run in groupby(pictures):
        yield from repeat(view(found.pictures.entries[index].path) if index >= 0 else None, len(list(run)))


def _whole_pixels(frame: Frame, readings: list[Hypothesis], rows: npt.NDArray[np.int64]) -> Array:
    """Where a reading puts all four edges on whole pixels although the numbers as written are not whole."""
    boxes = np.stack([one.boxes[rows] for one in readings], axis=1)
    with np.errstate(all="ignore"):
        on = (np.abs(boxes - np.round(boxes)) < 0.02).all(axis=2)
    broken = (np.abs(frame.values - np.round(frame.values)) > 1e-9).any(axis=1)
    return np.asarray(on & (broken.mean() > 0.2), dtype=np.float64)


def _judge(
    table: Array, careful: Array, file: npt.NDArray[np.int64], readings: list[Hypothesis], needed: float
) -> tuple[int, float, float] | None:
    """The winning reading with its share of files and confidence, or None if the format's own stands.

    Readings are compared with each other by `table`; the winner is held against the format's own by `careful`.
    """
    per_file, own = _per_file(table, file), _per_file(careful, file)
    cost = np.where(np.array(_SHARES) < 1, _MIXED_COST, 0.0)
    priors = np.array([one.prior for one in readings])
    totals = (_mixtures(per_file) - cost[:, None]).max(axis=0) - priors
    totals[0] = per_file[:, 0].sum()
    best = int(np.argmax(totals))
    shared = _mixtures(own)[:, best]
    if best == 0 or (shared - cost).max() - priors[best] - own[:, 0].sum() < needed:
        return None
    # To name a mistake in a part of the files is dear, as parts can be chosen by chance. Once it is named, the share is
    # one more number to fit and costs half the logarithm of the count (Schwarz 1978): a right file is not to be spoilt.
    dear = np.where(np.array(_SHARES) < 1, 0.5 * np.log(len(own)), 0.0)
    share = _SHARES[int(np.argmax(shared - dear))]
    rivals = [totals[i] for i in range(len(readings)) if readings[i].name != readings[best].name]
    # Boxes of one picture are not independent: half the evidence is a fairer measure of how sure this is.
    confidence = 1 / (1 + float(np.exp(np.clip(-(totals[best] - max(rivals)) / 2, -50, 50))))
    return best, share, confidence


def _per_file(table: Array, file: npt.NDArray[np.int64]) -> Array:
    """Log of each reading's share per box, with a floor, added up per label file: shape (files, readings)."""
    shares = np.exp(table - table.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    _, group = np.unique(file, return_inverse=True)
    result = np.zeros((group.max() + 1, table.shape[1]))
    np.add.at(result, group, np.log(_FLOOR / table.shape[1] + (1 - _FLOOR) * shares))
    return result


def _mixtures(per_file: Array) -> Array:
    """Log-likelihood of each reading in a share of the files, the others being as read: shape (shares, readings)."""
    plain = per_file[:, [0]]
    mixed = [np.logaddexp(np.log(1 - share) + plain, np.log(share) + per_file).sum(axis=0) for share in _SHARES[1:]]
    return np.stack([per_file.sum(axis=0), *mixed])


def _assign(
    table: Array, file: npt.NDArray[np.int64], share: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Files that surely have the mistake, and files of which nothing is sure, by the log-odds of each.

    That most files have a mistake is no evidence against one of them: the share only makes the other side more careful.
    """
    names, gain = _gains(table, file)
    odds = float(np.log(share / (1 - share)))
    wrong = gain + min(odds, 0.0) > _SURE
    right = gain + max(odds, 0.0) < -_SURE
    return np.asarray(names[wrong], dtype=np.int64), np.asarray(names[~wrong & ~right], dtype=np.int64)


def _assign_all(
    table: Array, file: npt.NDArray[np.int64], everything: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], float]:
    """The same for a set that seems to have the mistake throughout, and how sure so many files can make anybody.

    Args:
        table: both readings' scores of the boxes that were looked at, the format's own first.
        file: their label files.
        everything: all label files that the mistake would change; those not looked at say nothing themselves.
    """
    names, seen = _gains(table, file)
    gain = np.zeros(len(everything))
    gain[np.searchsorted(everything, names)] = seen
    having, lacking = int((gain > _SURE).sum()), int((gain < -_SURE).sum())
    odds = float(np.log((having + 1) / (lacking + 1)))
    wrong, right = gain + odds > _SURE, gain + odds < -_SURE
    certain = (having + 1) / (having + lacking + 2)
    return everything[wrong], everything[~wrong & ~right], certain


def _gains(table: Array, file: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Array]:
    """Label files, and the log-odds of the second reading against the first that their boxes add up to."""
    names, group = np.unique(file, return_inverse=True)
    gain = np.zeros(len(names))
    np.add.at(gain, group, np.clip(table[:, 1] - table[:, 0], -8, 8))
    return np.asarray(names, dtype=np.int64), gain


def _inside(boxes: Boxes, size: Array) -> npt.NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        extent = boxes[:, 2:] - boxes[:, :2]
        slack = np.maximum(1.0, 0.02 * size)
        return np.asarray(((extent > 0) & (boxes[:, :2] >= -slack) & (boxes[:, 2:] <= size + slack)).all(axis=1))
