"""Boxes that are marked difficult: Pascal VOC's evaluation counts them neither as found nor as missed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

_NO = frozenset({"", "0", "0.0", "false", "no", "n", "unspecified", "none", "nan", "<na>"})


def difficult_boxes(boxes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which boxes are marked difficult, shape (boxes,); none where no column says it."""
    if "difficult" not in boxes or not len(boxes):
        return np.zeros(len(boxes), dtype=bool)
    said = boxes["difficult"].astype("object")
    return np.array([not pd.isna(value) and str(value).strip().lower() not in _NO for value in said], dtype=bool)


def difficult_ignored(boxes: pd.DataFrame) -> pd.DataFrame:
    """The boxes with those marked difficult as regions to ignore.

    A prediction that finds one is no hit, and one that lies in it no false alarm. VOC asks for an IoU of 0.5 there; it
    is the share of the prediction here, as in COCO's regions to ignore.
    """
    marked = difficult_boxes(boxes)
    if not marked.any():
        return boxes
    known = boxes["ignore"].to_numpy(dtype=bool) if "ignore" in boxes else np.zeros(len(boxes), dtype=bool)
    return boxes.assign(ignore=known | marked)
