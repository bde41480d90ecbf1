"""The labelling rules as measured axes: how large, from which side, how sharp, how bright, where, cut off or not.

Each axis has fixed regions with a word each, so that two sets are compared by the same yardstick. What is not known (an
unlabelled picture has no objects to measure) is left out of that axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS

Floats = npt.NDArray[np.float64]
Level = Literal["picture", "object"]

EDGE_PIXELS = 1.0
"""An object is cut off when its box comes this near to the picture's edge."""


@dataclass(frozen=True)
class Axis:
    """One measured rule.

    Attributes:
        name: what people call it.
        level: whether pictures or objects are counted.
        unit: of the values; empty for a word.
        regions: words for the regions, in order.
        edges: where one region ends and the next begins, one fewer than regions; none for an axis of words.
        what: how it is measured, in a sentence.
    """

    name: str
    level: Level
    unit: str
    regions: tuple[str, ...]
    edges: tuple[float, ...]
    what: str

    def region_of(self, values: Floats) -> npt.NDArray[np.int64]:
        """The number of each value's region, shape (n,); −1 for an unknown value."""
        numbers = np.searchsorted(np.array(self.edges), values, side="right")
        return np.where(np.isnan(values), -1, numbers)


_SIDES = ("frontal", "slightly oblique", "oblique", "strongly oblique", "nearly edge-on")
_DEGREES = (15.0, 30.0, 45.0, 60.0)
AXES = (
    Axis(
        "sharpness",
        "picture",
        "grey levels²",
        ("very blurred", "blurred", "soft", "sharp", "very sharp"),
        (80.0, 250.0, 700.0, 2000.0),
        "variance of the Laplacian at 320 pixels",
    ),
    Axis(
        "brightness",
        "picture",
        "grey levels",
        ("night", "dark", "medium", "bright", "glaring"),
        (45.0, 85.0, 140.0, 190.0),
        "mean grey level",
    ),
    Axis(
        "object size",
        "object",
        "% of the picture's side",
        ("tiny (far)", "small", "medium", "large", "huge (near)"),
        (2.0, 5.0, 10.0, 20.0),
        "square root of box area by picture area; a stand-in for the distance",
    ),
    Axis(
        "horizontal angle",
        "object",
        "degrees",
        _SIDES,
        _DEGREES,
        "how much narrower the object is than one seen from the front; rough",
    ),
    Axis(
        "vertical angle",
        "object",
        "degrees",
        _SIDES,
        _DEGREES,
        "how much flatter the object is than one seen from the front; rough",
    ),
    Axis(
        "position across",
        "object",
        "% of the width",
        ("left", "middle", "right"),
        (100 / 3, 200 / 3),
        "the box's centre",
    ),
    Axis(
        "position down",
        "object",
        "% of the height",
        ("top", "middle", "bottom"),
        (100 / 3, 200 / 3),
        "the box's centre",
    ),
    Axis("truncation", "object", "", ("whole", "cut off"), (0.5,), "whether the box touches the picture's edge"),
    Axis(
        "objects a picture",
        "picture",
        "objects",
        ("none", "one", "two or three", "four or more"),
        (0.5, 1.5, 3.5),
        "boxes in a labelled picture",
    ),
    Axis(
        "picture size",
        "picture",
        "pixels",
        ("thumbnail", "small", "medium", "large", "very large"),
        (320.0, 640.0, 1280.0, 2560.0),
        "the longer side",
    ),
)


def picture_values(images: pd.DataFrame, boxes: pd.DataFrame) -> dict[str, Floats]:
    """Every picture axis's values, shape (pictures,), NaN where unknown."""
    counts = images["image_id"].map(boxes.groupby("image_id").size()).fillna(0.0).to_numpy(dtype=np.float64)
    known = images["label_status"].isin(tables.COUNTED_STATUSES).to_numpy(dtype=bool)
    sides = images[["width", "height"]].astype("float64").max(axis=1).to_numpy(dtype=np.float64)
    return {
        "sharpness": images["sharpness_320"].to_numpy(dtype=np.float64),
        "brightness": images["brightness"].to_numpy(dtype=np.float64),
        "objects a picture": np.where(known, counts, np.nan),
        "picture size": sides,
    }


def object_values(images: pd.DataFrame, boxes: pd.DataFrame, frontal: dict[str, float]) -> dict[str, Floats]:
    """Every object axis's values, shape (boxes,), NaN where unknown.

    Args:
        images: an `images` table with sizes.
        boxes: its boxes; a column ``points`` with four points each tells the shape better than the box does.
        frontal: width by height of each class seen from the front.
    """
    sizes = images.set_index("image_id")[["width", "height"]].reindex(boxes["image_id"]).to_numpy(dtype=np.float64)
    corners = boxes[CORNERS].to_numpy(dtype=np.float64).reshape(-1, 4)
    extent = corners[:, 2:] - corners[:, :2]
    centre = (corners[:, 2:] + corners[:, :2]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        size = 100 * np.sqrt(extent.prod(axis=1) / sizes.prod(axis=1))
        place = 100 * centre / sizes
        shape = shapes(boxes) / boxes["class_name"].map(frontal).to_numpy(dtype=np.float64)
        narrow = np.degrees(np.arccos(np.clip(shape, 0, 1)))
        flat = np.degrees(np.arccos(np.clip(1 / shape, 0, 1)))
    cut = (corners[:, :2] <= EDGE_PIXELS).any(axis=1) | (corners[:, 2:] >= sizes - EDGE_PIXELS).any(axis=1)
    # What is cut off does not show its shape.
    narrow[cut], flat[cut] = np.nan, np.nan
    return {
        "object size": size,
        "horizontal angle": narrow,
        "vertical angle": flat,
        "position across": np.clip(place[:, 0], 0, 100),
        "position down": np.clip(place[:, 1], 0, 100),
        "truncation": cut.astype(np.float64),
    }


def shapes(boxes: pd.DataFrame) -> Floats:
    """Width by height of each object, shape (n,): of its quadrilateral where there is one, else of its box."""
    corners = boxes[CORNERS].to_numpy(dtype=np.float64).reshape(-1, 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.asarray((corners[:, 2] - corners[:, 0]) / (corners[:, 3] - corners[:, 1]), dtype=np.float64)
    if "points" in boxes.columns:
        for row, points in enumerate(boxes["points"].tolist()):
            quad = _quad(points)
            if quad is not None:
                result[row] = quad
    return np.where(np.isfinite(result) & (result > 0), result, np.nan)


def frontal_shapes(*sets: pd.DataFrame) -> dict[str, float]:
    """Width by height of each class seen from the front: what is usual among all boxes of the sets (their median)."""
    named = [pd.DataFrame({"class_name": boxes["class_name"], "shape": shapes(boxes)}) for boxes in sets if len(boxes)]
    if not named:
        return {}
    medians = pd.concat(named).groupby("class_name")["shape"].median()
    return {str(name): float(value) for name, value in medians.items() if np.isfinite(value)}


def _quad(points: Any) -> float | None:
    """Mean width by mean height of four points in order around; None for another polygon."""
    if points is None or isinstance(points, float) or len(points) != 4:
        return None
    corners = np.asarray(points, dtype=np.float64)
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    first, second = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    edge = corners[1] - corners[0]
    wide, high = (first, second) if abs(edge[0]) >= abs(edge[1]) else (second, first)
    return float(wide / high) if high > 0 else None
