"""Boxes drawn anew: what has another id, but is the same object."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.model.geometry import CORNERS, paired_iou

REDRAWN_IOU = 0.3


def without_twins(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out the boxes that are the same in both, column by column; of equal ones as many as both have.

    Args:
        before: boxes with box_id and image_id; it is not changed.
        after: the same columns.

    Returns:
        What is left of either.
    """
    before, after = before.reset_index(names="row"), after.reset_index(names="row")
    content = [name for name in before.columns if name not in ("row", "box_id")]
    # Nearly all boxes keep their id; only what is left is worth a search by content.
    for keys in ([*content, "box_id"], [*content, "twin"]):
        if "twin" in keys:
            before, after = (
                boxes.assign(twin=boxes.groupby(content, sort=False).cumcount()) for boxes in (before, after)
            )
        same = _same(before, after, keys)
        before, after = (
            boxes[~boxes["row"].isin(same[f"row_{side}"])].reset_index(drop=True)
            for boxes, side in ((before, "a"), (after, "b"))
        )
    return before.drop(columns=["row", "twin"]), after.drop(columns=["row", "twin"])


def _same(before: pd.DataFrame, after: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows that agree in these columns; where one is an id, the others are compared after a join by it: faster."""
    if "box_id" not in keys:
        return before.merge(after, on=keys, suffixes=("_a", "_b"))
    joined = before.merge(after, on="box_id", suffixes=("_a", "_b"))
    equal = np.ones(len(joined), dtype=bool)
    for name in keys:
        if name != "box_id":
            equal &= (joined[f"{name}_a"] == joined[f"{name}_b"]).to_numpy(dtype=bool)
    return joined[equal]


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
