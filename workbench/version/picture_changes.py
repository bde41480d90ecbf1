"""What became of the pictures, and of the list of classes, between two datasets."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

_NAMES = ("split", "label_status", "bytes", "size", "source", "group_id", "frame_s")


def image_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row a change of a picture: image_id, change, before, after (as texts), source.

    Args:
        before: a valid `images` table.
        after: the later one.
    """
    both = _texts(before).merge(_texts(after), on="image_id", how="outer", suffixes=("_a", "_b"), indicator=True)
    source = both["source_b"].where(both["_merge"] != "left_only", both["source_a"])
    parts = []
    for change, mask in (("added", both["_merge"] == "right_only"), ("removed", both["_merge"] == "left_only")):
        parts.append(pd.DataFrame({"image_id": both["image_id"], "change": change, "source": source})[mask])
    for name in _NAMES:
        first, second = both[f"{name}_a"], both[f"{name}_b"]
        mask = (both["_merge"] == "both") & (first.fillna("") != second.fillna(""))
        columns = {"before": first, "after": second, "source": source}
        parts.append(pd.DataFrame({"image_id": both["image_id"], "change": name, **columns})[mask])
    wanted = ["image_id", "change", "before", "after", "source"]
    table = pd.concat(parts, ignore_index=True).reindex(columns=wanted)
    return table.sort_values(["image_id", "change"]).reset_index(drop=True)


def class_changes(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """What became of the list of classes, one line each; a new order counts, because YOLO numbers by it."""
    lines = [f"class {name!r} added" for name in after if name not in before]
    lines += [f"class {name!r} removed" for name in before if name not in after]
    if [name for name in before if name in after] != [name for name in after if name in before]:
        lines.append(f"classes reordered to {', '.join(after)}")
    return tuple(lines)


def _texts(images: pd.DataFrame) -> pd.DataFrame:
    size = images["width"].astype("str") + " × " + images["height"].astype("str")
    seconds = images["frame_s"].map(lambda second: repr(float(second)), na_action="ignore").astype("str")
    return pd.DataFrame(
        {
            "image_id": images["image_id"],
            "split": images["split"],
            "label_status": images["label_status"],
            "bytes": images["sha256"],
            "size": size,
            "source": images["source"],
            "group_id": images["group_id"],
            "frame_s": seconds,
        }
    )
