"""How far labellers agree: every object that one of two has drawn, with its overlap where the other drew it, too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from workbench.label.check.double_labels import pairs
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

COLUMNS = ("first", "second", "image_id", "class_first", "class_second", "iou", "edge_px")


def agreement(boxes: pd.DataFrame) -> pd.DataFrame:
    """Compare labellers two by two on the pictures that both have drawn in.

    Boxes of two labellers that overlap by half (IoU) or more are one object, the closest first.

    Args:
        boxes: the `boxes` table of all labellers; who drew a box stands in ``labeller``.

    Returns:
        One row an object and pair of labellers: first, second, image_id, class_first, class_second, iou, edge_px (the
        most that an edge lies apart); what only one drew has no class of the other, and no iou.

    Raises:
        InputError: if fewer than two labellers are named.
    """
    boxes = tables.validate(boxes, "boxes")
    named = boxes[boxes["labeller"].notna() & (boxes["labeller"] != "")]
    names = sorted(map(str, named["labeller"].unique()))
    if len(names) < 2:
        raise InputError(
            f"agreement needs boxes of two labellers; the column 'labeller' names {', '.join(names) or 'nobody'}"
        )
    of = {who: dict(iter(mine.groupby("image_id", sort=False))) for who, mine in named.groupby("labeller", sort=False)}
    rows = []
    for first, second in combinations(names, 2):
        for image in (one for one in of[first] if one in of[second]):
            rows += [(first, second, image, *one) for one in _objects(of[first][image], of[second][image])]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _objects(
    first: pd.DataFrame, second: pd.DataFrame
) -> list[tuple[str | None, str | None, float | None, float | None]]:
    corners = [table[CORNERS].to_numpy(dtype=np.float64) for table in (first, second)]
    labels = [table["class_name"].tolist() for table in (first, second)]
    found: list[tuple[str | None, str | None, float | None, float | None]] = []
    alone = [set(range(len(names))) for names in labels]
    for row, column, overlap in pairs(corners[0], corners[1]):
        apart = float(np.abs(corners[0][row] - corners[1][column]).max())
        found.append((labels[0][row], labels[1][column], overlap, apart))
        alone[0].discard(row)
        alone[1].discard(column)
    found += [(labels[0][row], None, None, None) for row in sorted(alone[0])]
    found += [(None, labels[1][column], None, None) for column in sorted(alone[1])]
    return found
