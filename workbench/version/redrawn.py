"""Boxes drawn anew: what has another id, but is the same object."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.geometry import CORNERS, paired_iou

REDRAWN_IOU = 0.3


def pair_redrawn(pairs: pd.DataFrame) -> pd.DataFrame:
    """Join removed and added boxes of one picture that overlap, the best overlap first.

    Args:
        pairs: the outer join of two tables of boxes: image_id, ``_merge``, and each column twice, ``…_a`` and ``…_b``.
            It is not changed.

    Returns:
        The same table, with the row of an added box folded into that of the removed one it is.
    """
    removed = pairs[pairs["_merge"] == "left_only"].reset_index(names="row_a")
    added = pairs[pairs["_merge"] == "right_only"].reset_index(names="row_b")
    corners_a, corners_b = [f"{c}_a" for c in CORNERS], [f"{c}_b" for c in CORNERS]
    near = removed[["image_id", "row_a", *corners_a]].merge(added[["image_id", "row_b", *corners_b]], on="image_id")
    if not len(near):
        return pairs
    near = near.assign(iou=paired_iou(near[corners_a].to_numpy(dtype=float), near[corners_b].to_numpy(dtype=float)))
    near = near[near["iou"] >= REDRAWN_IOU].sort_values("iou", ascending=False, kind="stable")
    rows_a, rows_b = _best(near["row_a"].tolist(), near["row_b"].tolist())
    pairs = pairs.copy()
    for name in [c for c in pairs.columns if c.endswith("_b")]:
        pairs.loc[rows_a, name] = pairs.loc[rows_b, name].to_numpy()
    kept = np.ones(len(pairs), dtype=bool)
    kept[pairs.index.get_indexer(pd.Index(rows_b))] = False
    return pairs[kept]


def _best(first: list[int], second: list[int]) -> tuple[list[int], list[int]]:
    """Each row at most once, in the order given."""
    used_a: set[int] = set()
    used_b: set[int] = set()
    matched = []
    for row_a, row_b in zip(first, second, strict=True):
        if row_a not in used_a and row_b not in used_b:
            matched.append((row_a, row_b))
            used_a.add(row_a)
            used_b.add(row_b)
    return [a for a, _ in matched], [b for _, b in matched]
