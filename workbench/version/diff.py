"""What changed between two datasets, box by box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench import tables
from workbench.geometry import CORNERS, area, paired_iou

_SAME_PX = 0.5
_REDRAWN_IOU = 0.3
_COLUMNS = [
    "image_id",
    "change",
    "box_id_before",
    "box_id_after",
    "class_before",
    "class_after",
    "iou",
    "area_ratio",
    "source",
]


@dataclass(frozen=True)
class Diff:
    """The difference between two datasets.

    Attributes:
        boxes: one row a changed box: image_id; change (``added``, ``removed``, ``moved``, ``tightened``, ``loosened``,
            ``relabelled``, ``ignored``, ``unignored``); box ids and classes before and after; iou between the two;
            area_ratio, after over before; source of the picture.
        images: one row a changed picture: image_id, change (``added``, ``removed``, ``split``, ``label_status``),
            before, after, source.
    """

    boxes: pd.DataFrame
    images: pd.DataFrame

    @property
    def summary(self) -> dict[str, int]:
        """Counts: pictures and boxes by kind of change."""
        counts = {f"pictures {k}": int(n) for k, n in self.images["change"].value_counts().items()}
        return counts | {f"boxes {k}": int(n) for k, n in self.boxes["change"].value_counts().items()}

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "summary": self.summary,
            "images": tables.records(self.images),
            "boxes": tables.records(self.boxes),
        }

    def __str__(self) -> str:
        return ", ".join(f"{n} {name}" for name, n in self.summary.items()) or "nothing changed"


def diff(before: tuple[pd.DataFrame, pd.DataFrame], after: tuple[pd.DataFrame, pd.DataFrame]) -> Diff:
    """Compare two pairs of `images` and `boxes` tables.

    A box is the same box if it has the same id in the same picture. A removed and an added one in the same picture
    that overlap by IoU of at least 0.3 are one box, drawn anew (as when a picture is labelled from scratch).
    """
    images_a, images_b = (tables.validate(pair[0], "images") for pair in (before, after))
    boxes_a, boxes_b = (tables.validate(pair[1], "boxes") for pair in (before, after))
    pairs = boxes_a.merge(boxes_b, on=["image_id", "box_id"], how="outer", suffixes=("_a", "_b"), indicator=True)
    pairs["box_id_a"] = pairs["box_id"].where(pairs["_merge"] != "right_only")
    pairs["box_id_b"] = pairs["box_id"].where(pairs["_merge"] != "left_only")
    pairs = _pair_redrawn(pairs)
    pairs["change"] = _changes(pairs)
    changed = pairs[pairs["change"] != ""].copy()
    sources = pd.concat([images_b, images_a]).drop_duplicates("image_id").set_index("image_id")["source"]
    both = changed["box_id_a"].notna() & changed["box_id_b"].notna()
    first = changed[[f"{c}_a" for c in CORNERS]].to_numpy(dtype=float)
    second = changed[[f"{c}_b" for c in CORNERS]].to_numpy(dtype=float)
    result = pd.DataFrame(
        {
            "image_id": changed["image_id"],
            "change": changed["change"],
            "box_id_before": changed["box_id_a"],
            "box_id_after": changed["box_id_b"],
            "class_before": changed["class_name_a"],
            "class_after": changed["class_name_b"],
            "iou": pd.Series(np.where(both, paired_iou(first, second), np.nan), index=changed.index),
            "area_ratio": pd.Series(np.where(both, _area_ratio(first, second), np.nan), index=changed.index),
            "source": changed["image_id"].map(sources),
        },
        columns=pd.Index(_COLUMNS),
    )
    result = result.sort_values(["image_id", "change", "box_id_before", "box_id_after"]).reset_index(drop=True)
    return Diff(result, _image_changes(images_a, images_b))


def _pair_redrawn(pairs: pd.DataFrame) -> pd.DataFrame:
    removed = pairs[pairs["_merge"] == "left_only"].reset_index(names="row_a")
    added = pairs[pairs["_merge"] == "right_only"].reset_index(names="row_b")
    near = removed.merge(added, on="image_id", suffixes=("_r", "_n"))
    if not len(near):
        return pairs
    first = near[[f"{c}_a_r" for c in CORNERS]].to_numpy(dtype=float)
    second = near[[f"{c}_b_n" for c in CORNERS]].to_numpy(dtype=float)
    near = near.assign(iou=paired_iou(first, second))
    near = near[near["iou"] >= _REDRAWN_IOU].sort_values("iou", ascending=False, kind="stable")
    used_a: set[int] = set()
    used_b: set[int] = set()
    pairs = pairs.copy()
    matched: list[tuple[int, int]] = []
    for row_a, row_b in zip(near["row_a"], near["row_b"], strict=True):
        if row_a not in used_a and row_b not in used_b:
            matched.append((row_a, row_b))
            used_a.add(row_a)
            used_b.add(row_b)
    rows_a, rows_b = [a for a, _ in matched], [b for _, b in matched]
    for name in [c for c in pairs.columns if c.endswith("_b")]:
        pairs.loc[rows_a, name] = pairs.loc[rows_b, name].to_numpy()
    return pairs.drop(index=rows_b)


def _changes(pairs: pd.DataFrame) -> pd.Series[str]:
    first = pairs[[f"{c}_a" for c in CORNERS]].to_numpy(dtype=float)
    second = pairs[[f"{c}_b" for c in CORNERS]].to_numpy(dtype=float)
    moved = np.abs(first - second).max(axis=1, initial=0.0) > _SAME_PX
    inside = (second[:, :2] >= first[:, :2] - _SAME_PX).all(axis=1) & (second[:, 2:] <= first[:, 2:] + _SAME_PX).all(
        axis=1
    )
    around = (second[:, :2] <= first[:, :2] + _SAME_PX).all(axis=1) & (second[:, 2:] >= first[:, 2:] - _SAME_PX).all(
        axis=1
    )
    ignore_a = pairs["ignore_a"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    ignore_b = pairs["ignore_b"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    change = np.select(
        [
            pairs["box_id_a"].isna(),
            pairs["box_id_b"].isna(),
            (pairs["class_name_a"] != pairs["class_name_b"]).to_numpy(dtype=bool),
            ignore_b & ~ignore_a,
            ignore_a & ~ignore_b,
            moved & inside,
            moved & around,
            moved,
        ],
        ["added", "removed", "relabelled", "ignored", "unignored", "tightened", "loosened", "moved"],
        default="",
    )
    return pd.Series(change, index=pairs.index)


def _area_ratio(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(area(second) / area(first))


def _image_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    names = ["image_id", "split", "label_status", "source"]
    both = before[names].merge(after[names], on="image_id", how="outer", suffixes=("_a", "_b"), indicator=True)
    source = both["source_b"].fillna(both["source_a"])
    parts = []
    for change, mask in (("added", both["_merge"] == "right_only"), ("removed", both["_merge"] == "left_only")):
        parts.append(pd.DataFrame({"image_id": both["image_id"], "change": change, "source": source})[mask])
    for name in ("split", "label_status"):
        mask = (both["_merge"] == "both") & (both[f"{name}_a"] != both[f"{name}_b"])
        columns = {"before": both[f"{name}_a"], "after": both[f"{name}_b"], "source": source}
        parts.append(pd.DataFrame({"image_id": both["image_id"], "change": name, **columns})[mask])
    wanted = ["image_id", "change", "before", "after", "source"]
    return (
        pd.concat(parts, ignore_index=True)
        .reindex(columns=wanted)
        .sort_values(["image_id", "change"])
        .reset_index(drop=True)
    )
