"""`label_stats`: how many boxes of which size each class has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.label.reading.read import Labels, read_labels

_QUANTILES = {"5": 0.05, "50": 0.5, "95": 0.95}


def label_stats(
    labels: Labels | Path | str, *, images: Path | str | None = None, format: str | None = None
) -> pd.DataFrame:
    """Per class: boxes, pictures, and quantiles of width, height (pixels) and area (share of the picture).

    Args:
        labels: label files, or what `read_labels` made of them.
        images: the pictures folder.
        format: one of `FORMATS`; found out if not given.

    Returns:
        One row per class in the order of the class list, with the columns class_name, boxes, pictures, width_5 ...
        width_95, height_5 ... height_95, area_share_5 ... area_share_95, ignored. A class without boxes has zeros and
        NaN; boxes that are marked as ignored are regions, no objects, and counted in the last column alone.
    """
    read = labels if isinstance(labels, Labels) else read_labels(labels, images=images, format=format)
    return stats_of_tables(read.images, read.boxes, read.classes)


def stats_of_tables(images: pd.DataFrame, boxes: pd.DataFrame, classes: Sequence[str] = ()) -> pd.DataFrame:
    """`label_stats` for tables that are at hand already.

    Args:
        images: the `images` table; its sizes give the shares.
        boxes: the `boxes` table.
        classes: class names in the order wanted; classes without boxes are listed, too.
    """
    sizes = images.set_index("image_id")[["width", "height"]].astype("float64").reindex(boxes["image_id"])
    frame = pd.DataFrame(
        {
            "class_name": boxes["class_name"].to_numpy(),
            "image_id": boxes["image_id"].to_numpy(),
            "width": (boxes["xmax"] - boxes["xmin"]).to_numpy(),
            "height": (boxes["ymax"] - boxes["ymin"]).to_numpy(),
            "ignore": boxes["ignore"].to_numpy(dtype=bool) if "ignore" in boxes else False,
        }
    )
    frame["area_share"] = frame["width"] * frame["height"] / (sizes["width"] * sizes["height"]).to_numpy()
    rows = []
    for name in dict.fromkeys([*classes, *frame["class_name"]]):
        every = frame[frame["class_name"] == name]
        own = every[~every["ignore"]]
        row: dict[str, object] = {"class_name": name, "boxes": len(own), "pictures": own["image_id"].nunique()}
        for what in ("width", "height", "area_share"):
            for label, share in _QUANTILES.items():
                row[f"{what}_{label}"] = float(own[what].quantile(share)) if len(own) else np.nan
        row["ignored"] = len(every) - len(own)
        rows.append(row)
    columns = ["class_name", "boxes", "pictures"] + [
        f"{w}_{q}" for w in ("width", "height", "area_share") for q in _QUANTILES
    ]
    columns.append("ignored")
    return pd.DataFrame(rows, columns=columns)
