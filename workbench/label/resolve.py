"""From numbers as written to the tables: match pictures, convert to upright pixels, sort out what is no box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench import tables
from workbench.geometry import CORNERS, Boxes
from workbench.label.formats.spec import SPECS
from workbench.label.matching import ABSENT, AMBIGUOUS, Matcher, Pictures
from workbench.label.pictures import Header
from workbench.label.raw import Problem, RawFile, RawLabels, written

INSIDE_SHARE = 0.5
"""A box is taken as it stands while at least this share of its area lies inside the picture."""
_NO_HEADER = Header("", 0, 0, 1, 0)
_NO_FILE = RawFile("", "")
_SLACK_PX = 0.01
_SLACK_REL = 2e-6


@dataclass(frozen=True)
class Resolved:
    """Rows with their pictures: what the tables are made of and what the check looks at.

    Attributes:
        picture: index of the picture per label file, or a negative number.
        size: upright width and height per row, shape (n, 2), NaN where unknown.
        boxes: corners in upright pixels by the format's own rule, shape (n, 4); not checked.
        taken: whether a row became a box, shape (n,).
        image_ids: per label file.
    """

    picture: npt.NDArray[np.int64]
    size: npt.NDArray[np.float64]
    boxes: Boxes
    taken: npt.NDArray[np.bool_]
    image_ids: list[str]


def decode(values: Boxes, layout: str, unit: str, size: npt.NDArray[np.float64]) -> Boxes:
    """The format's numbers as corners in pixels.

    Args:
        values: as written, shape (n, 4).
        layout: ``xyxy``, ``xywh`` or ``cxcywh``.
        unit: ``px``, ``rel`` (0 to 1) or ``percent``.
        size: width and height, shape (n, 2).
    """
    scaled = values
    if unit != "px":
        scaled = values * np.concatenate([size, size], axis=1) / (100.0 if unit == "percent" else 1.0)
    if layout == "xyxy":
        return scaled.copy() if scaled is values else scaled
    if layout == "xywh":
        return np.concatenate([scaled[:, :2], scaled[:, :2] + scaled[:, 2:]], axis=1)
    half = scaled[:, 2:] / 2
    return np.concatenate([scaled[:, :2] - half, scaled[:, :2] + half], axis=1)


def match(raw: RawLabels, pictures: Pictures, problems: list[Problem]) -> npt.NDArray[np.int64]:
    """Index of the picture per label file; files without one are reported."""
    matcher = Matcher(pictures.entries)
    found = [matcher.find(record) for record in raw.files]
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


def resolve(raw: RawLabels, pictures: Pictures, problems: list[Problem]) -> Resolved:
    """Match pictures, convert every row, and report each row that is no box in its picture."""
    picture = match(raw, pictures, problems)
    ids = _image_ids(raw, picture, pictures)
    rows = np.asarray(raw.file, dtype=np.int64)
    size = sizes_of_files(raw, picture, pictures)[rows]
    values = raw.array()
    with np.errstate(all="ignore"):
        boxes = decode(values, raw.layout, raw.unit, size)
        taken = _judge(raw, values, boxes, size, ids, problems)
    return Resolved(picture, size, boxes, taken, ids)


def sizes_of_files(raw: RawLabels, picture: npt.NDArray[np.int64], pictures: Pictures) -> npt.NDArray[np.float64]:
    """Upright width and height per label file, shape (f, 2): the picture's own, else as declared, else NaN."""
    sizes = declared_sizes(raw)
    own = np.flatnonzero(picture >= 0)
    own = own[pictures.size[picture[own], 0] > 0]
    sizes[own] = pictures.size[picture[own]]
    return sizes


def declared_sizes(raw: RawLabels) -> npt.NDArray[np.float64]:
    """Width and height that each label file declares, shape (f, 2), NaN where it does not declare both."""
    sizes = np.array([(one.width, one.height) for one in raw.files], dtype=np.float64).reshape(-1, 2)
    sizes[(sizes == 0).any(axis=1)] = np.nan
    return sizes


def _judge(
    raw: RawLabels,
    values: Boxes,
    boxes: Boxes,
    size: npt.NDArray[np.float64],
    ids: Sequence[str],
    problems: list[Problem],
) -> npt.NDArray[np.bool_]:
    finite = np.all(np.isfinite(values), axis=1)
    # Beyond this the numbers no longer hold a pixel exactly, and every sum below could overflow.
    finite &= (np.abs(np.where(np.isfinite(values), values, 0)) < 1e12).all(axis=1)
    known = np.all(np.isfinite(size), axis=1) | (raw.unit == "px")
    extent = boxes[:, 2:] - boxes[:, :2]
    swapped = np.any(extent < 0, axis=1) & finite & known
    flat = np.any(extent == 0, axis=1) & finite & known & ~swapped
    slack = _SLACK_PX + (_SLACK_REL * np.nan_to_num(size) if raw.unit != "px" else 0.0)
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
    return taken


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
        name = record.picture if record.picture and by_picture else record.key
        ids.append(name if name not in taken else f"{name} ({record.name})")
    return ids


def images_table(raw: RawLabels, resolved: Resolved, pictures: Pictures) -> pd.DataFrame:
    """The `images` table: every picture of the folder, and every label file whose picture is missing."""
    filled = set(raw.file)
    broken = {problem.file for problem in raw.problems if problem.file}
    place: dict[str, int] = {}
    statuses: list[str] = []
    files: list[RawFile | None] = []
    shown: list[int] = []
    for i, (name, record, index) in enumerate(
        zip(resolved.image_ids, raw.files, resolved.picture.tolist(), strict=True)
    ):
        # A file of which no object could be read is not an empty one: somebody drew something there.
        drawn = i in filled or record.name in broken
        status = "unlabelled" if not record.labelled else "labelled" if drawn else "empty"
        held = place.setdefault(name, len(place))
        if held < len(statuses):
            if status == "labelled" or statuses[held] == "unlabelled":
                statuses[held] = status
            continue
        statuses.append(status)
        files.append(record)
        shown.append(index)
    for index, entry in enumerate(pictures.entries):
        if entry.name not in place:
            place[entry.name] = len(place)
            statuses.append("unlabelled")
            files.append(None)
            shown.append(index)
    if not place:
        return tables.empty("images")
    names = list(place)
    headers = [pictures.headers[index] if index >= 0 else _NO_HEADER for index in shown]
    records = [record or _NO_FILE for record in files]
    columns: dict[str, Any] = {
        "image_id": names,
        "path": names,
        "width": [one.width or record.width or None for one, record in zip(headers, records, strict=True)],
        "height": [one.height or record.height or None for one, record in zip(headers, records, strict=True)],
        "split": [
            record.split if record else raw.picture_splits.get(name) for name, record in zip(names, files, strict=True)
        ],
        "label_status": statuses,
        "declared_width": pd.array([record.width or None for record in records], dtype="Int64"),
        "declared_height": pd.array([record.height or None for record in records], dtype="Int64"),
        "label_file": [record.name if record else None for record in files],
        "picture_file": [pictures.entries[index].path if index >= 0 else None for index in shown],
    }
    for name in dict.fromkeys(key for record in records for key in record.extra or ()):
        columns[name] = [(record.extra or {}).get(name) for record in records]
    return tables.validate(pd.DataFrame(columns), "images")


def boxes_table(raw: RawLabels, resolved: Resolved) -> pd.DataFrame:
    """The `boxes` table of the rows that were taken, in the order of the files."""
    rows = np.flatnonzero(resolved.taken)
    if not len(rows):
        return tables.empty("boxes")
    files = np.asarray(raw.file)[rows]
    columns: dict[str, Any] = {
        "box_id": [f"b{row}" for row in rows.tolist()],
        "image_id": [resolved.image_ids[i] for i in files.tolist()],
        "class_name": [raw.names[row] for row in rows.tolist()],
    }
    for j, name in enumerate(CORNERS):
        columns[name] = resolved.boxes[rows, j]
    ignore = raw.extras.get("ignore", {})
    columns["ignore"] = [bool(ignore.get(row, False)) for row in rows.tolist()] if ignore else False
    labeller = raw.extras.get("labeller", {})
    columns["labeller"] = [
        labeller.get(row) or raw.files[i].labeller for row, i in zip(rows.tolist(), files.tolist(), strict=True)
    ]
    columns["line"] = pd.array([raw.line[row] or None for row in rows.tolist()], dtype="Int64")
    columns["label_file"] = [raw.files[i].name for i in files.tolist()]
    for name, cells in raw.extras.items():
        if name in ("ignore", "labeller"):
            continue
        column = [cells.get(row) for row in rows.tolist()]
        # An attribute called like one of our columns must not take its place.
        columns[f"{name}_attribute" if name in columns else name] = (
            _points(column, raw, resolved, rows) if name == "points" else column
        )
    return tables.validate(pd.DataFrame(columns), "boxes")


def _points(column: list[Any], raw: RawLabels, resolved: Resolved, rows: npt.NDArray[np.int64]) -> list[Any]:
    """Polygon points in pixels, as a list of [x, y]."""
    scale = (
        np.ones((len(rows), 2)) if raw.unit == "px" else resolved.size[rows] / (100.0 if raw.unit == "percent" else 1.0)
    )
    return [
        None if points is None else [[float(x * sx), float(y * sy)] for x, y in points]
        for points, (sx, sy) in zip(column, scale.tolist(), strict=True)
    ]
