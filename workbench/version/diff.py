"""What changed between two datasets, box by box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS, area, paired_iou
from workbench.model.wording import counted, facts_html
from workbench.version.manifest import attribute_texts
from workbench.version.picture_changes import class_changes, image_changes
from workbench.version.redrawn import pair_redrawn, without_twins

SAME_PX = 0.5
"""A corner that moved by no more than this is where it was."""

BOX_CHANGES = (
    *("added", "removed", "relabelled", "ignored", "unignored"),
    *("tightened", "loosened", "moved", "attributes", "labeller"),
)
"""What can become of a box; of several that hold the first is its change and the others stand beside it."""

_COLUMNS = [
    *("image_id", "change", "box_id_before", "box_id_after", "class_before", "class_after"),
    *("iou", "area_ratio", "source", "shift_px", "also", "labeller_before", "labeller_after"),
    *("attributes_before", "attributes_after"),
]


@dataclass(frozen=True)
class Diff:
    """The difference between two datasets.

    Attributes:
        boxes: one row a changed box: image_id; change (one of `BOX_CHANGES`); box ids and classes before and after;
            iou between the two; area_ratio, after over before; source of the picture; shift_px, how far the corner
            that moved most did; also, further changes of the same box; labellers; attributes as JSON.
        images: one row a changed picture: image_id, change (``added``, ``removed``, ``split``, ``label_status``,
            ``bytes``, ``size``, ``source``, ``group_id``, ``frame_s``), before, after, source.
        classes: what became of the list of classes, one line each.
        within_half_a_pixel: boxes that moved so little that they count as the same; their datasets still differ.
    """

    boxes: pd.DataFrame
    images: pd.DataFrame
    classes: tuple[str, ...] = ()
    within_half_a_pixel: int = 0

    @property
    def summary(self) -> dict[str, int]:
        """Counts: pictures and boxes by kind of change."""
        counts = {f"pictures {k}": int(n) for k, n in self.images["change"].value_counts().items()}
        return counts | {f"boxes {k}": int(n) for k, n in self.boxes["change"].value_counts().items()}

    def counts(self, *by: str) -> pd.DataFrame:
        """Changed boxes counted by ``source``, ``labeller`` or both: one row each, a column for each change there is.

        The labeller is who drew the box as it is now, or as it was if it was removed; empty where nobody was told.
        """
        now = self.boxes["labeller_after"].where(self.boxes["change"] != "removed", self.boxes["labeller_before"])
        table = self.boxes.assign(labeller=now.fillna(""))
        there = [name for name in BOX_CHANGES if (table["change"] == name).any()]
        if not len(table):
            return pd.DataFrame({name: pd.Series([], dtype="str") for name in by})
        counted = table.groupby([*by, "change"]).size().unstack(fill_value=0)
        return counted.reindex(columns=pd.Index(there)).rename_axis(columns=None).reset_index()

    def by_how_much(self) -> pd.DataFrame:
        """How far boxes moved and by how much they shrank or grew.

        Returns:
            change, boxes, area_ratio (median, after over before), shift_px (median), shift_px_most.
        """
        paired = self.boxes[self.boxes["shift_px"].fillna(0.0) > SAME_PX]
        rows = [
            (name, len(part), part["area_ratio"].median(), part["shift_px"].median(), part["shift_px"].max())
            for name, part in ((name, paired[paired["change"] == name]) for name in BOX_CHANGES)
            if len(part)
        ]
        return pd.DataFrame(rows, columns=["change", "boxes", "area_ratio", "shift_px", "shift_px_most"])

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "summary": self.summary,
            "classes": list(self.classes),
            "within_half_a_pixel": self.within_half_a_pixel,
            "by_how_much": tables.records(self.by_how_much()),
            "by_source": tables.records(self.counts("source")),
            "by_labeller": tables.records(self.counts("labeller")),
            "images": tables.records(self.images),
            "boxes": tables.records(self.boxes),
        }

    def __repr__(self) -> str:
        parts = [counted(n, name) for name, n in self.summary.items()] + list(self.classes)
        if self.within_half_a_pixel:
            parts.append(counted(self.within_half_a_pixel, "boxes moved within half a pixel"))
        return ", ".join(parts) or "nothing changed"

    def _repr_html_(self) -> str:
        changed = self.images.groupby(["source", "change"]).size().reset_index(name="pictures")
        return facts_html(
            "What changed", {"": repr(self)}, changed, self.counts("source", "labeller"), self.by_how_much()
        )


def diff(
    before: tuple[pd.DataFrame, pd.DataFrame],
    after: tuple[pd.DataFrame, pd.DataFrame],
    *,
    classes: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Diff:
    """Compare two pairs of `images` and `boxes` tables.

    What is the same in every column is unchanged, whatever its id. Else a box is the same box if it has the same id in
    the same picture. A removed and an added one in the same picture that overlap by IoU of at least 0.3 are one box,
    drawn anew (as when a picture is labelled from scratch).

    Args:
        before: the earlier `images` and `boxes`.
        after: the later ones.
        classes: the class names of both, in their order.
    """
    images_a, images_b = (tables.validate(pair[0], "images") for pair in (before, after))
    boxes_a, boxes_b = (_with_attributes(tables.validate(pair[1], "boxes")) for pair in (before, after))
    boxes_a, boxes_b = without_twins(boxes_a, boxes_b)
    pairs = boxes_a.merge(boxes_b, on=["image_id", "box_id"], how="outer", suffixes=("_a", "_b"), indicator=True)
    pairs["box_id_a"] = pairs["box_id"].where(pairs["_merge"] != "right_only")
    pairs["box_id_b"] = pairs["box_id"].where(pairs["_merge"] != "left_only")
    pairs = pair_redrawn(pairs)
    held = _what_holds(pairs)
    nudged = int((held.pop("nudged") & ~np.logical_or.reduce(list(held.values()))).sum())
    changed_rows = np.flatnonzero(np.logical_or.reduce(list(held.values())))
    changed = pairs.iloc[changed_rows]
    named = [_names({name: bool(flags[row]) for name, flags in held.items()}) for row in changed_rows.tolist()]
    sources = pd.concat([images_b, images_a]).drop_duplicates("image_id").set_index("image_id")["source"]
    both = (changed["box_id_a"].notna() & changed["box_id_b"].notna()).to_numpy()
    first, second = _corners(changed, "a"), _corners(changed, "b")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = area(second) / area(first)
    shift = np.abs(first - second).max(axis=1, initial=0.0)
    columns: dict[str, Any] = {
        "image_id": changed["image_id"],
        "change": [name for name, _ in named],
        "box_id_before": changed["box_id_a"],
        "box_id_after": changed["box_id_b"],
        "class_before": changed["class_name_a"],
        "class_after": changed["class_name_b"],
        "iou": np.where(both, paired_iou(first, second), np.nan),
        "area_ratio": np.where(both, ratio, np.nan),
        "source": changed["image_id"].map(sources),
        "shift_px": np.where(both, shift, np.nan),
        "also": [also for _, also in named],
        "labeller_before": changed["labeller_a"],
        "labeller_after": changed["labeller_b"],
        "attributes_before": changed["attributes_a"],
        "attributes_after": changed["attributes_b"],
    }
    result = pd.DataFrame(columns, columns=pd.Index(_COLUMNS), index=changed.index)
    result = result.sort_values(["image_id", "change", "box_id_before", "box_id_after"]).reset_index(drop=True)
    return Diff(result, image_changes(images_a, images_b), class_changes(*classes), nudged)


def _with_attributes(boxes: pd.DataFrame) -> pd.DataFrame:
    known = boxes[["image_id", "box_id", "class_name", *CORNERS, "ignore", "labeller"]]
    return known.assign(attributes=pd.Series(attribute_texts(boxes), index=boxes.index, dtype="str"))


def _corners(pairs: pd.DataFrame, side: str) -> npt.NDArray[np.float64]:
    return pairs[[f"{name}_{side}" for name in CORNERS]].to_numpy(dtype=float)


def _what_holds(pairs: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """For each change, in the order of `BOX_CHANGES`, the rows it holds for; then those that moved hardly at all."""
    first, second = _corners(pairs, "a"), _corners(pairs, "b")
    added, removed = pairs["box_id_a"].isna().to_numpy(), pairs["box_id_b"].isna().to_numpy()
    both = ~added & ~removed
    shift = np.abs(first - second).max(axis=1, initial=0.0)
    moved = both & (shift > SAME_PX)
    inside = (second[:, :2] >= first[:, :2] - SAME_PX).all(1) & (second[:, 2:] <= first[:, 2:] + SAME_PX).all(1)
    around = (second[:, :2] <= first[:, :2] + SAME_PX).all(1) & (second[:, 2:] >= first[:, 2:] - SAME_PX).all(1)
    ignore_a, ignore_b = (
        pairs[f"ignore_{side}"].astype("boolean").fillna(False).to_numpy(dtype=bool) for side in ("a", "b")
    )

    def differs(name: str) -> npt.NDArray[np.bool_]:
        unequal = (pairs[f"{name}_a"] != pairs[f"{name}_b"]).fillna(True).to_numpy(dtype=bool)
        return np.asarray(both & unequal)

    return {
        "added": added,
        "removed": removed,
        "relabelled": differs("class_name"),
        "ignored": both & ignore_b & ~ignore_a,
        "unignored": both & ignore_a & ~ignore_b,
        "tightened": moved & inside,
        "loosened": moved & around & ~inside,
        "moved": moved & ~inside & ~around,
        "attributes": differs("attributes"),
        "labeller": differs("labeller"),
        "nudged": both & (shift > 0) & (shift <= SAME_PX),
    }


def _names(holds: dict[str, bool]) -> tuple[str, str]:
    names = [name for name, there in holds.items() if there]
    return names[0], ", ".join(names[1:])
