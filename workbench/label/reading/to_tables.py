"""The `images` and `boxes` tables of what was read and resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.label.reading.picture_names import Pictures
from workbench.label.reading.raw import RawFile, RawLabels
from workbench.label.reading.resolve import Resolved
from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.pictures.header import Header

_NO_HEADER = Header("", 0, 0, 1, 0)
_NO_FILE = RawFile("", "")


def images_table(raw: RawLabels, resolved: Resolved, pictures: Pictures, unread: Mapping[str, int]) -> pd.DataFrame:
    """The `images` table: every picture of the folder, and every label file whose picture is missing.

    Args:
        raw: what was read.
        resolved: likewise, with its pictures.
        pictures: those of the folder.
        unread: how many objects of a picture could not be read, as `unread_objects` counts them.
    """
    filled = set(np.asarray(raw.file, dtype=np.int64)[resolved.taken].tolist())
    place: dict[str, int] = {}
    statuses: list[str] = []
    files: list[RawFile | None] = []
    shown: list[int] = []
    for i, (name, record, index) in enumerate(
        zip(resolved.image_ids, raw.files, resolved.picture.tolist(), strict=True)
    ):
        # Of what no object could be read is not empty: somebody drew something there, and nobody knows what.
        known = record.labelled and (i in filled or name not in unread)
        status = "unlabelled" if not known else "labelled" if i in filled else "empty"
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
        columns[name] = _whole_or_as_is([(record.extra or {}).get(name) for record in records])
    return tables.validate(pd.DataFrame(columns), "images")


def _whole_or_as_is(cells: list[Any]) -> Any:
    """Whole numbers stay whole where some cells are empty: an id is not 5.0."""
    known = [cell for cell in cells if cell is not None]
    whole = all(type(cell) is int and abs(cell) < 2**63 for cell in known)
    return pd.array(cells, dtype="Int64") if known and whole else cells


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
            _points(column, raw, resolved, rows) if name in ("points", "keypoints") else column
        )
    return tables.validate(pd.DataFrame(columns), "boxes")


def _points(column: list[Any], raw: RawLabels, resolved: Resolved, rows: npt.NDArray[np.int64]) -> list[Any]:
    """Points in pixels, as a list of [x, y]; a third number of a keypoint (is it seen) stays as it is."""
    scale = (
        np.ones((len(rows), 2)) if raw.unit == "px" else resolved.size[rows] / (100.0 if raw.unit == "percent" else 1.0)
    )
    return [
        None if points is None else [[float(x * sx), float(y * sy), *rest] for x, y, *rest in points]
        for points, (sx, sy) in zip(column, scale.tolist(), strict=True)
    ]
