"""From numbers as written to the tables: match pictures, convert to upright pixels, sort out what is no box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.label.formats.spec import SPECS
from workbench.label.reading.frame_pictures import match_frames
from workbench.label.reading.picture_names import ABSENT, AMBIGUOUS, Matcher, Pictures
from workbench.label.reading.raw import Problem, RawLabels, written
from workbench.model.geometry import Boxes

INSIDE_SHARE = 0.5
"""A box is taken as it stands while at least this share of its area lies inside the picture."""
LARGEST = 1e12
"""From here on the numbers no longer hold a pixel exactly, and every sum could overflow."""
SLACK_PX, SLACK_REL = 0.01, 2e-6
"""By so many pixels, or shares of the picture's side, a box may reach outside by rounding to six decimals."""
_FEW_DIGITS = {"px": (1, 2), "rel": (4, 6), "percent": (2, 4)}
"""Decimals from which on a file's numbers are seen to be rounded, and up to which that is more than the above."""


@dataclass(frozen=True)
class Resolved:
    """Rows with their pictures: what the tables are made of and what the check looks at.

    Attributes:
        picture: index of the picture per label file, or a negative number.
        declared: width and height that each label file declares, shape (f, 2), NaN where it does not declare both.
        true: upright width and height per label file, shape (f, 2): the picture's own, else as declared.
        size: upright width and height per row, shape (n, 2), NaN where unknown.
        boxes: corners in upright pixels by the format's own rule, shape (n, 4); not checked.
        taken: whether a row became a box, shape (n,).
        lost: whether a row that was not taken is an object all the same, and no stray click, shape (n,).
        image_ids: per label file.
    """

    picture: npt.NDArray[np.int64]
    declared: npt.NDArray[np.float64]
    true: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]
    boxes: Boxes
    taken: npt.NDArray[np.bool_]
    lost: npt.NDArray[np.bool_]
    image_ids: list[str]


def decode(values: Boxes, layout: str, unit: str, size: npt.NDArray[np.float64]) -> Boxes:
    """The format's numbers as corners in pixels.

    Args:
        values: as written, shape (n, 4).
        layout: ``xyxy``, ``xywh`` or ``cxcywh``.
        unit: ``px``, ``rel`` (0 to 1) or ``percent``.
        size: width and height, shape (n, 2).
    """
    scaled = values.copy()
    if unit != "px":
        scaled *= np.tile(size, 2)
    if unit == "percent":
        scaled /= 100.0
    if layout == "xyxy":
        return scaled
    boxes = np.empty_like(scaled)
    half = scaled[:, 2:] / 2 if layout == "cxcywh" else 0.0
    boxes[:, :2] = scaled[:, :2] - half
    boxes[:, 2:] = scaled[:, :2] + (scaled[:, 2:] if layout == "xywh" else half)
    return boxes


def match(
    raw: RawLabels, pictures: Pictures, problems: list[Problem], labels: Path | None = None
) -> npt.NDArray[np.int64]:
    """Index of the picture per label file; files without one are reported."""
    matcher = Matcher(pictures.entries, pictures=pictures.root, labels=labels)
    found = [
        matcher.find_name(record.other) if index == ABSENT and record.other is not None else index
        for record, index in zip(raw.files, matcher.find_all(raw.files), strict=True)
    ]
    match_frames(raw.files, pictures.entries, found, problems)
    _part_twins(raw, found)
    for record, index in zip(raw.files, found, strict=True):
        if index == AMBIGUOUS:
            problems.append(
                Problem(
                    "ambiguous-picture", f"more than one picture is called '{record.key}'", record.name, record.line
                )
            )
        elif index == ABSENT:
            called = record.picture or record.key
            problems.append(
                Problem("label-without-picture", f"no picture '{called}'", record.name, record.line, image=called)
            )
    return np.asarray(found, dtype=np.int64)


def _part_twins(raw: RawLabels, found: list[int]) -> None:
    """Where one file names different pictures and one picture would stand for several of them, it stands for none."""
    if not SPECS[raw.format].one_file:
        return
    named: dict[tuple[str, int], set[str | None]] = {}
    for record, index in zip(raw.files, found, strict=True):
        if index >= 0:
            named.setdefault((record.name, index), set()).add(record.picture)
    for place, record in enumerate(raw.files):
        if found[place] >= 0 and len(named[record.name, found[place]]) > 1:
            found[place] = AMBIGUOUS


def resolve(raw: RawLabels, pictures: Pictures, problems: list[Problem], labels: Path | None = None) -> Resolved:
    """Match pictures, convert every row, and report each row that is no box; `labels` is the labels' folder."""
    picture = match(raw, pictures, problems, labels)
    ids = _image_ids(raw, picture, pictures)
    rows = np.asarray(raw.file, dtype=np.int64)
    declared = np.array([(one.width, one.height) for one in raw.files], dtype=np.float64).reshape(-1, 2)
    declared[(declared == 0).any(axis=1)] = np.nan
    true = _true_sizes(declared, picture, pictures)
    size = true[rows]
    values = raw.array()
    with np.errstate(all="ignore"):
        boxes = decode(values, raw.layout, raw.unit, size)
        taken, lost = _judge(raw, values, boxes, size, ids, problems)
    return Resolved(picture, declared, true, size, boxes, taken, lost, ids)


def _true_sizes(
    declared: npt.NDArray[np.float64], picture: npt.NDArray[np.int64], pictures: Pictures
) -> npt.NDArray[np.float64]:
    own = np.flatnonzero(picture >= 0)
    own = own[pictures.size[picture[own], 0] > 0]
    sizes = declared.copy()
    sizes[own] = pictures.size[picture[own]]
    return sizes


def _judge(
    raw: RawLabels,
    values: Boxes,
    boxes: Boxes,
    size: npt.NDArray[np.float64],
    ids: Sequence[str],
    problems: list[Problem],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    finite = np.all(np.isfinite(values), axis=1)
    finite &= (np.abs(np.where(np.isfinite(values), values, 0)) < LARGEST).all(axis=1)
    known = np.all(np.isfinite(size), axis=1) | (raw.unit == "px")
    extent = boxes[:, 2:] - boxes[:, :2]
    swapped = np.any(extent < 0, axis=1) & finite & known
    flat = np.any(extent == 0, axis=1) & finite & known & ~swapped
    slack = SLACK_PX + (SLACK_REL * np.nan_to_num(size) if raw.unit != "px" else 0.0)
    slack = np.maximum(slack, _rounding(raw, values, size))
    over = np.maximum(-boxes[:, :2], boxes[:, 2:] - size)
    outside = np.any(over > slack, axis=1) & finite & known & ~swapped & ~flat
    cut = np.clip(boxes, 0, np.concatenate([size, size], axis=1))
    inside = np.prod(np.clip(cut[:, 2:] - cut[:, :2], 0, None), axis=1)
    share = np.divide(inside, np.prod(extent, axis=1), out=np.zeros(len(boxes)), where=outside)
    lost = outside & (share < INSIDE_SHARE)
    for row in np.flatnonzero(~finite | ~known | swapped | flat | outside):
        said = written(values[row])
        record = raw.files[raw.file[row]]
        if not finite[row]:
            code, message = "not-a-number", "a value is not a finite number"
        elif not known[row]:
            code, message = "size-unknown", "relative values, and neither a picture nor a declared size"
        elif swapped[row]:
            code, message = (
                "min-max-swapped",
                "the maximum is smaller than the minimum, or a size is negative; left out",
            )
        elif flat[row]:
            code, message = "no-area", "width or height is zero; left out"
        else:
            edge = "" if not lost[row] else "; left out"
            w, h = size[row]
            message = f"reaches {float(over[row].max()):.4g} px outside the {w:g} x {h:g} picture{edge}"
            code = "box-outside"
        problems.append(Problem(code, message, record.name, raw.line[row] or None, ids[raw.file[row]], said))
    taken: npt.NDArray[np.bool_] = finite & known & ~swapped & ~flat & ~lost
    return taken, np.asarray(~taken & ~flat, dtype=np.bool_)


def _rounding(raw: RawLabels, values: Boxes, size: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far an edge may be off because its file rounds its numbers, in pixels, shape (n, 1) or (n, 2).

    A number is off by half of the last decimal that the file writes, and an edge is one, a sum of two, or a centre and
    half a size.
    """
    least, most = _FEW_DIGITS[raw.unit]
    digits = np.full(len(values), most)
    for count in range(most - 1, -1, -1):
        scaled = values * 10.0**count
        digits[(np.abs(scaled - np.round(scaled)) < 1e-6).all(axis=1)] = count
    of_file = np.zeros(len(raw.files), dtype=np.int64)
    rows = np.asarray(raw.file, dtype=np.int64)
    np.maximum.at(of_file, rows, digits)
    seen = of_file[rows]
    share = {"xyxy": 0.5, "xywh": 1.0, "cxcywh": 0.75}[raw.layout] + 1e-6
    step = np.where((seen >= least) & (seen < most), share * 10.0**-seen, 0.0)[:, None]
    if raw.unit == "px":
        return np.asarray(step)
    return np.asarray(step * np.nan_to_num(size) / (100.0 if raw.unit == "percent" else 1.0))


def _image_ids(raw: RawLabels, picture: npt.NDArray[np.int64], pictures: Pictures) -> list[str]:
    names = [entry.name for entry in pictures.entries]
    taken = set(names)
    ids = []
    # LabelMe's web tool keeps one folder per labeller: their files for one picture share only the name inside.
    by_picture = bool(SPECS[raw.format].one_file) or raw.format in ("labelme", "openalpr")
    for record, index in zip(raw.files, picture.tolist(), strict=True):
        if index >= 0:
            ids.append(names[index])
            continue
        # Without a picture the file's own name stands in; it must not look like one of the pictures.
        name = record.other or record.picture if record.picture and by_picture else record.key
        ids.append(name if name not in taken else f"{name} ({record.name})")
    return ids
