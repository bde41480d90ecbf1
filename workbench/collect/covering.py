"""Coverage: what a detector is taught beside what it will meet, axis by axis, and how many pictures fill the gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.collect.rule_axes import AXES, Axis, Floats, frontal_shapes, object_values, picture_values
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.wording import as_html

FILL = 0.5
"""A region is filled when its share is at least this much of its share in the reference."""
LEAST_SHARE, LEAST_COUNT = 0.05, 3
"""Regions that hold less of the reference than this are chance and are not called missing."""

Side = tuple[pd.DataFrame, pd.DataFrame]
"""An `images` table with measures, and its `boxes`."""


@dataclass(frozen=True)
class Coverage:
    """Two sets held against each other.

    Attributes:
        table: one row a region: axis, level, region, low, high, ours and reference (counts), share, share_reference,
            missing (whether ours has less than half of the reference's share), to_fill (pictures).
        axes: one row an axis, the largest gap first: axis, level, overlap (0 to 1: the part that both have in common),
            median, median_reference, unit, ours and reference (how many values are known).
        names: what the two sets are called.
        pictures: how many pictures each has.
        values: per axis the two sets' values, for plots.
    """

    table: pd.DataFrame
    axes: pd.DataFrame
    names: tuple[str, str]
    pictures: tuple[int, int]
    values: dict[str, tuple[Floats, Floats]]

    @property
    def words(self) -> list[str]:
        """What is missing, a sentence an axis, the largest gap first; and what cannot be compared."""
        said = [self._sentence(row) for row in tables.records(self.axes) if row["overlap"] is not None]
        unknown = [row["axis"] for row in tables.records(self.axes) if row["overlap"] is None]
        if unknown:
            said.append(f"not compared, for want of labels on one side: {', '.join(unknown)}")
        return said

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "names": list(self.names),
            "pictures": list(self.pictures),
            "axes": tables.records(self.axes),
            "regions": tables.records(self.table),
            "words": self.words,
        }

    def __repr__(self) -> str:
        ours, reference = self.names
        head = f"{ours} ({self.pictures[0]} pictures) against {reference} ({self.pictures[1]} pictures)"
        return "\n".join([head, *(f"- {sentence}" for sentence in self.words)])

    def _repr_html_(self) -> str:
        shown = self.axes[["axis", "overlap", "median", "median_reference", "unit"]].round(3)
        return as_html(repr(self).splitlines(), shown)

    def _sentence(self, axis: dict[str, Any]) -> str:
        ours, reference = self.names
        regions = [row for row in tables.records(self.table) if row["axis"] == axis["axis"]]
        missing = [row for row in regions if row["missing"]]
        head = f"{axis['axis']}: {axis['overlap']:.0%} in common"
        if not missing:
            return f"{head}; nothing is missing"
        things = "pictures" if axis["level"] == "picture" else "objects"
        parts = [
            f"{row['region']!r} is {row['share_reference']:.0%} of {reference} and {row['share']:.0%} of {ours}"
            f" ({row['to_fill']} more {things} would do)"
            for row in missing
        ]
        return f"{head}; {'; '.join(parts)}"


def coverage(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    reference: Side,
    names: tuple[str, str] = ("ours", "the reference"),
) -> Coverage:
    """Compare what we train on with what we must work on.

    Args:
        images: an `images` table with the columns of `workbench.pictures.MEASURES`; see `workbench.pictures.measured`.
        boxes: its boxes; none where nothing is labelled.
        reference: the same two tables of what the detector is to work on.
        names: what to call the two sets.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if a set has no pictures, or pictures without measures.
    """
    ours, theirs = _checked(images, boxes, names[0]), _checked(*reference, names[1])
    frontal = frontal_shapes(ours[1], theirs[1])
    values = [picture_values(*side) | object_values(*side, frontal) for side in (ours, theirs)]
    rows: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    for axis in AXES:
        one, other = values[0][axis.name], values[1][axis.name]
        regions, overlap = _compare(axis, one, other)
        rows += regions
        about.append(
            {
                "axis": axis.name,
                "level": axis.level,
                "overlap": overlap,
                "median": _median(one),
                "median_reference": _median(other),
                "unit": axis.unit,
                "ours": int(np.isfinite(one).sum()),
                "reference": int(np.isfinite(other).sum()),
            }
        )
    regions, overlap = _sources(ours[0], theirs[0])
    rows += regions
    if regions:
        counts = {"ours": len(ours[0]), "reference": len(theirs[0])}
        medians = {"median": None, "median_reference": None, "unit": ""}
        about.append({"axis": "source", "level": "picture", "overlap": overlap, **medians, **counts})
    table = pd.DataFrame(about).sort_values("overlap", kind="stable", na_position="last").reset_index(drop=True)
    both = {name: (values[0][name], values[1][name]) for name in values[0]}
    return Coverage(pd.DataFrame(rows), table, names, (len(ours[0]), len(theirs[0])), both)


def _checked(images: pd.DataFrame, boxes: pd.DataFrame, name: str) -> Side:
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    tables.check_references(images, boxes, "boxes")
    if not len(images):
        raise InputError(f"{name} has no pictures; there is nothing to compare")
    lacking = [name for name in ("sharpness_320", "brightness") if name not in images.columns]
    if lacking:
        raise InputError(f"{name} is not measured ({lacking[0]} is missing); call workbench.pictures.measured first")
    return images, boxes


def _compare(axis: Axis, ours: Floats, theirs: Floats) -> tuple[list[dict[str, Any]], float | None]:
    places = range(len(axis.regions))
    mine, wanted = (
        np.array([(axis.region_of(values) == place).sum() for place in places], dtype=np.int64)
        for values in (ours, theirs)
    )
    limits = [None, *axis.edges, None]
    rows = _regions(axis.name, axis.level, axis.regions, mine, wanted)
    for place, row in enumerate(rows):
        row["low"], row["high"] = limits[place], limits[place + 1]
    return rows, _overlap(mine, wanted)


def _sources(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[list[dict[str, Any]], float | None]:
    names = [name for name in dict.fromkeys([*ours["source"], *theirs["source"]]) if name]
    if not names or set(ours["source"]).isdisjoint(theirs["source"]):
        # Sets that were chosen by their source differ in it by choice.
        return [], None
    mine, wanted = (np.array([(side["source"] == name).sum() for name in names]) for side in (ours, theirs))
    return _regions("source", "picture", names, mine, wanted), _overlap(mine, wanted)


def _regions(name: str, level: str, regions: Any, mine: Any, wanted: Any) -> list[dict[str, Any]]:
    known = bool(mine.sum() and wanted.sum())
    share, target = mine / max(mine.sum(), 1), wanted / max(wanted.sum(), 1)
    counts = (target >= LEAST_SHARE) & (wanted >= LEAST_COUNT)
    missing = counts & (share < FILL * target) & known
    fill = _to_fill(mine, np.where(counts, FILL * target, 0.0)) if known else np.zeros(len(mine), dtype=np.int64)
    return [
        {
            "axis": name,
            "level": level,
            "region": region,
            "low": None,
            "high": None,
            "ours": int(mine[i]),
            "reference": int(wanted[i]),
            "share": float(share[i]),
            "share_reference": float(target[i]),
            "missing": bool(missing[i]),
            "to_fill": int(fill[i]) if missing[i] else 0,
        }
        for i, region in enumerate(regions)
    ]


def _to_fill(counts: Any, wanted: Any) -> Any:
    """How many to add to each region so that each has its wanted share of the whole, which grows with what is added.

    Wanted shares add up to `FILL` at most, so that what is added at each round shrinks and the rounds end.
    """
    more = np.zeros(len(counts), dtype=np.int64)
    while True:
        total = counts.sum() + more.sum()
        lacking = np.ceil(wanted * total - 1e-9).astype(np.int64) - counts
        now = np.maximum(lacking, 0)
        if (now <= more).all():
            return more
        more = np.maximum(now, more)


def _overlap(mine: Any, wanted: Any) -> float | None:
    if not mine.sum() or not wanted.sum():
        return None
    return float(np.minimum(mine / mine.sum(), wanted / wanted.sum()).sum())


def _median(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
