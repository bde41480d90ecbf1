"""A dataset's name is the hash of its content: the same content gives the same name on any machine.

What counts: each picture's id, bytes (by SHA-256), upright size, source, group, time, split and label status; each box
with its class, corners, ignore flag, labeller and attributes; the class names in their order. What does not: box ids,
row order, paths on disk, measured qualities, who took the snapshot and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS

_IMAGE = ["image_id", "sha256", "width", "height", "source", "group_id", "frame_s", "split", "label_status"]
_BOX_TEXT = ["image_id", "class_name", "labeller"]
# The same boxes out of VOC and out of YOLO are the same content.
_BOX_KNOWN = {*tables.TABLES["boxes"], *tables.READ_FROM}


def content_sha256(images: pd.DataFrame, boxes: pd.DataFrame, classes: Sequence[str]) -> str:
    """The SHA-256 of a dataset's content as 64 hex digits.

    Every text is written as UTF-8 JSON, every number as a little-endian IEEE 754 double, so that neither pandas' nor
    pyarrow's release has a say in it.

    Args:
        images: a valid `images` table.
        boxes: a valid `boxes` table.
        classes: class names in order.
    """
    digest = hashlib.sha256()
    digest.update(json.dumps(list(classes), ensure_ascii=True).encode())
    images = images.sort_values("image_id", kind="stable")
    for name in _IMAGE:
        _add(digest, images[name])
    attributes = attribute_texts(boxes)
    keyed = boxes.assign(_attributes=attributes)
    order = ["image_id", "class_name", *CORNERS, "ignore", "labeller", "_attributes"]
    keyed = keyed.sort_values(order, kind="stable")
    for name in [*_BOX_TEXT, *CORNERS, "ignore", "_attributes"]:
        _add(digest, keyed[name])
    return digest.hexdigest()


def attribute_texts(boxes: pd.DataFrame) -> list[str]:
    """Each box's attributes (columns the table does not name) as JSON with sorted keys, missing ones left out."""
    names = sorted(c for c in boxes.columns if c not in _BOX_KNOWN)
    if not names:
        return ["{}"] * len(boxes)
    texts = np.full(len(boxes), "{}", dtype=object)
    encode = json.JSONEncoder(sort_keys=True).encode  # what json.dumps makes anew for every call
    # Most boxes have no attribute; only the others are worth a dictionary each.
    some = np.flatnonzero(boxes[names].notna().any(axis=1).to_numpy())
    for place, row in zip(some.tolist(), tables.records(boxes[names].iloc[some]), strict=True):
        texts[place] = encode({k: _one_form(v) for k, v in row.items() if v is not None})
    return list(texts)


def _one_form(value: Any) -> Any:
    """A whole number as an int: a column with a gap in it holds the same number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _add(digest: hashlib._Hash, column: pd.Series[Any]) -> None:
    digest.update(f"\x00{column.name}\x00{len(column)}\x00".encode())
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        numbers = column.to_numpy(dtype="<f8", na_value=np.nan) + 0.0  # −0.0 becomes 0.0
        numbers[np.isnan(numbers)] = np.nan
        digest.update(numbers.tobytes())
    else:
        texts = column.to_numpy(dtype=object, copy=True)
        # Missing is None here and NaN there, by pandas' release.
        texts[column.isna().to_numpy()] = None
        digest.update(json.dumps(texts.tolist(), ensure_ascii=True).encode())
