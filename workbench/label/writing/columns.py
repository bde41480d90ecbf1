"""From tables to the columns that writers take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.label.writing.records import Columns
from workbench.model import tables
from workbench.model.geometry import CORNERS

_NO_EXTRA = frozenset({*tables.TABLES["boxes"], *tables.READ_FROM})


def columns_of(images: pd.DataFrame, boxes: pd.DataFrame) -> Columns:
    """The two tables with the boxes in the order of `images`; a box of no such picture is left out."""
    ids = images["image_id"].tolist()
    place = {name: index for index, name in enumerate(ids)}
    owner = np.array([place.get(name, -1) for name in boxes["image_id"].tolist()], dtype=np.int64)
    rows = np.argsort(owner, kind="stable")[np.count_nonzero(owner < 0) :]
    if len(rows) < len(owner) or (np.diff(owner) < 0).any():
        boxes, owner = boxes.iloc[rows], owner[rows]
    wide, high = (images[side].fillna(0).astype(int).tolist() for side in ("width", "height"))
    splits = [value if isinstance(value, str) else None for value in images["split"].tolist()]
    return Columns(
        (list(map(str, ids)), wide, high, images["label_status"].tolist(), splits),
        np.bincount(owner, minlength=len(ids)).tolist(),
        tuple(boxes[name].tolist() for name in ("class_name", *CORNERS, "ignore", "labeller")),
        {str(key): list(map(_set, boxes[key].tolist())) for key in boxes.columns if key not in _NO_EXTRA},
    )


def _set(value: Any) -> Any:
    """The value, or None where nothing is set."""
    if value is pd.NA or (isinstance(value, float) and value != value) or (isinstance(value, str) and not value):
        return None
    return value
