"""One picture's boxes while a person works on them: cleaned as drawn, counted against pre-labels, merged for saving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, clip

SAME_PX = 0.5
"""A pre-label whose corners all stayed within so many pixels was accepted as it was, as a diff counts it, too."""

LEAST_MOVE = 0.05
"""Corners that differ by less went through a display and back; the box keeps its own."""
_LEAST_SIDE = 1.0


@dataclass(frozen=True)
class OpenBox:
    """A box on the screen.

    Attributes:
        class_name: what it is.
        xmin: left, in pixels of the whole upright picture, as the others.
        ymin: top.
        xmax: right.
        ymax: bottom.
        ignore: it counts neither as hit nor as miss.
        box_id: of the saved box that it was, or None.
        prediction_id: of the pre-label that it was, or None.
    """

    class_name: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    ignore: bool = False
    box_id: str | None = None
    prediction_id: str | None = None

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """``xmin, ymin, xmax, ymax``."""
        return self.xmin, self.ymin, self.xmax, self.ymax

    def apart(self, other: OpenBox) -> float:
        """How far the corner that moved most lies from its place in `other`, along an axis, in pixels."""
        return max(abs(mine - theirs) for mine, theirs in zip(self.corners, other.corners, strict=True))


def open_boxes(rows: pd.DataFrame) -> tuple[OpenBox, ...]:
    """The rows of a `boxes` or a `predictions` table as boxes to edit."""
    return tuple(_open_box(row) for row in tables.records(rows))


def cleaned(
    drawn: Sequence[OpenBox], known: Sequence[OpenBox], *, width: int, height: int, classes: Sequence[str]
) -> tuple[OpenBox, ...]:
    """Boxes as they can be saved: cut at the picture's edges, and without those that a slip of the mouse made.

    A box that nobody touched stays exactly what it was, even if it is too large or too small.

    Args:
        drawn: as they came from the screen.
        known: as they were before.
        width: of the upright picture.
        height: of the upright picture.
        classes: of the project.

    Raises:
        InputError: for a class that the project does not know.
    """
    before = {_identity(box): box for box in known if _identity(box) is not None}
    unnamed = [box for box in known if _identity(box) is None]
    kept = []
    for box in drawn:
        if box.class_name not in classes:
            raise InputError(f"there is no class {box.class_name!r}; there are: {', '.join(classes)}")
        own = before.get(_identity(box)) or next((k for k in unnamed if box.apart(k) < LEAST_MOVE), None)
        if own is not None and box.apart(own) < LEAST_MOVE:
            kept.append(replace(box, xmin=own.xmin, ymin=own.ymin, xmax=own.xmax, ymax=own.ymax))
            continue
        kept.extend(within([box], width, height))
    return tuple(kept)


def within(boxes: Sequence[OpenBox], width: int, height: int) -> tuple[OpenBox, ...]:
    """Boxes cut at the picture's edges, drawn in whatever direction; what is smaller than a pixel then is left out."""
    corners = [(min(b.xmin, b.xmax), min(b.ymin, b.ymax), max(b.xmin, b.xmax), max(b.ymin, b.ymax)) for b in boxes]
    cut = clip(corners, width, height).tolist()
    pairs = zip(boxes, cut, strict=True)
    moved = [replace(box, xmin=x0, ymin=y0, xmax=x1, ymax=y1) for box, (x0, y0, x1, y1) in pairs]
    return tuple(box for box in moved if min(box.xmax - box.xmin, box.ymax - box.ymin) >= _LEAST_SIDE)


def tally(prelabels: Sequence[OpenBox], saved: Sequence[OpenBox]) -> dict[str, int]:
    """What became of a picture's pre-labels.

    Returns:
        shown, accepted (saved as they were), moved, renamed (another class, in place), removed, and added (boxes drawn
        by hand). shown = accepted + moved + renamed + removed.
    """
    counts = dict.fromkeys(("shown", "accepted", "moved", "renamed", "removed", "added"), 0)
    counts["shown"] = len(prelabels)
    now = {box.prediction_id: box for box in saved if box.prediction_id is not None}
    counts["added"] = len(saved) - len(now)
    for prelabel in prelabels:
        box = now.get(prelabel.prediction_id or "")
        if box is None:
            counts["removed"] += 1
        elif box.apart(prelabel) >= SAME_PX:
            counts["moved"] += 1
        else:
            counts["accepted" if box.class_name == prelabel.class_name else "renamed"] += 1
    return counts


def merged(held: pd.DataFrame, drawn: Sequence[OpenBox], image_id: str, who: str) -> pd.DataFrame:
    """What is drawn now as a `boxes` table, each box with whatever else was known of it.

    Args:
        held: the picture's boxes as they are saved.
        drawn: as they are to be.
        image_id: the picture.
        who: becomes the labeller of boxes that are new or changed.
    """
    known = {str(row["box_id"]): row for row in tables.records(held)}
    rows: list[dict[str, Any]] = []
    for box in drawn:
        before = known.get(box.box_id or "", {})
        now = {name: value for name, value in asdict(box).items() if name != "prediction_id"}
        if before and all(abs(now[name] - before[name]) < LEAST_MOVE for name in CORNERS):
            now |= {name: before[name] for name in CORNERS}
        changed = any(now[name] != before.get(name) for name in ("class_name", *CORNERS, "ignore"))
        fresh = {"image_id": image_id, "box_id": box.box_id or f"drawn {len(rows)}"}
        rows.append(before | now | fresh | ({"labeller": who} if changed else {}))
    return pd.DataFrame(rows) if rows else tables.empty("boxes")


def _open_box(row: dict[str, Any]) -> OpenBox:
    values: dict[str, Any] = {name: float(row[name]) for name in CORNERS}
    values |= {name: str(row[name]) for name in ("box_id", "prediction_id") if row.get(name) is not None}
    return OpenBox(str(row["class_name"]), ignore=bool(row.get("ignore")), **values)


def _identity(box: OpenBox) -> tuple[str | None, str | None] | None:
    both = (box.box_id, box.prediction_id)
    return None if both == (None, None) else both
