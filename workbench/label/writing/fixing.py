"""What `--fix` changes: boxes that a named mistake explains, swapped corners, edges outside, exact doubles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.check.systematic import Explanation
from workbench.label.reading.read import Labels
from workbench.label.reading.resolve import LARGEST
from workbench.label.reading.to_tables import boxes_table, images_table
from workbench.label.reading.unread import unread_objects
from workbench.model.geometry import CORNERS

_OF_THE_OUTLINE = frozenset({"points", "area", "shape"})


@dataclass(frozen=True)
class Fixed:
    """The tables as they should be.

    Attributes:
        images: the `images` table, sizes from the picture files.
        boxes: the `boxes` table.
        changes: one line per kind of change, with its count.
        unread: pictures of which objects could still not be read, with their number.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    changes: tuple[str, ...]
    unread: dict[str, int]


def fix_labels(read: Labels, explanation: Explanation | None) -> Fixed:
    """Correct what can be corrected without guessing; nothing is written, and `read` is not changed.

    Args:
        read: what `read_labels` returned.
        explanation: the systematic mistake to undo, if one was named.
    """
    found = read.found
    corners = found.resolved.boxes.copy()
    size = np.tile(found.resolved.size, 2)
    changes: list[str] = []
    raw = found.raw
    if explanation is not None:
        corners[explanation.rows] = explanation.boxes
        changes.append(f"{len(explanation.rows)} boxes: {CATALOGUE[explanation.name].title}")
        if len(explanation.unsure):
            names = ", ".join(found.raw.files[i].name for i in explanation.unsure[:5].tolist())
            changes.append(f"{len(explanation.unsure)} files left as they are, not sure to have this: {names}")
        kept = {
            name: _without(cells, explanation.rows) if name in _OF_THE_OUTLINE else cells
            for name, cells in raw.extras.items()
        }
        raw = replace(raw, extras={name: cells for name, cells in kept.items() if cells})
    with np.errstate(all="ignore"):
        finite = np.isfinite(corners).all(axis=1) & (np.abs(corners) < LARGEST).all(axis=1)
        ordered = np.hstack([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])])
        swapped = finite & (ordered != corners).any(axis=1)
        corners[swapped] = ordered[swapped]
        known = np.all(np.isfinite(size), axis=1)
        cut = np.clip(corners, 0, np.where(known[:, None], size, np.inf))
        cut[~known] = corners[~known]
        over = finite & (cut != corners).any(axis=1)
        moved = over & (np.abs(cut - corners).max(axis=1) > 0.01)
        corners[over] = cut[over]
        flat = finite & (corners[:, 2:] <= corners[:, :2]).any(axis=1)
    for rows, what in ((swapped, "minimum and maximum exchanged"), (moved & ~flat, "cut at the picture's edge")):
        if rows.any():
            changes.append(f"{int(rows.sum())} boxes: {what}")
    if (flat | ~finite).any():
        changes.append(f"{int((flat | ~finite).sum())} boxes left out: no area inside the picture")
    taken = np.asarray(finite & ~flat & (known | (raw.unit == "px")))
    resolved = replace(found.resolved, boxes=corners, taken=taken, lost=np.asarray(~taken & ~(finite & flat)))
    boxes = boxes_table(raw, resolved)
    same = ["image_id", "class_name", "labeller", *CORNERS, *(["shape"] if "shape" in boxes else [])]
    double = boxes.duplicated(subset=same) if len(boxes) else pd.Series([], dtype=bool)
    if double.any():
        changes.append(f"{int(double.sum())} boxes left out: the same box twice")
        boxes = boxes[~double].reset_index(drop=True)
    unread = unread_objects(raw, resolved, found.pictures)
    images = images_table(raw, resolved, found.pictures, unread)
    if "declared_width" in images:
        wrong = images["declared_width"].notna() & (images["declared_width"] != images["width"])
        wrong |= images["declared_height"].notna() & (images["declared_height"] != images["height"])
        if wrong.any():
            changes.append(f"{int(wrong.sum())} pictures: the true size is written")
    return Fixed(images, boxes, tuple(changes), unread)


def _without(cells: dict[int, object], rows: np.ndarray) -> dict[int, object]:
    """Polygons of changed boxes are dropped: the same mistake need not have been made in them."""
    gone = set(rows.tolist())
    return {row: value for row, value in cells.items() if row not in gone}
