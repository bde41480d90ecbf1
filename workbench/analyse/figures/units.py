"""Which pictures belong together: what an interval may take for independent, and what a bootstrap draws.

Frames of one video show the same objects in the same light. Taken for independent they promise far more certainty than
they hold, so whole groups are the unit. Where there are too few groups for that, videos are cut into pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]

ENOUGH_GROUPS = 8
"""From so many groups on (counted by weight, see `effective`) a group is the unit."""

PIECE_S = 2.0
"""Length of a piece of video: about the time in which an object passes."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The units that are taken for independent.

    Attributes:
        of_image: the unit of each picture, shape (pictures,).
        count: number of units.
        unit: what a unit is, in words.
        known: whether groups say so; without any, boxes are taken for independent and Wilson's interval is plain.
    """

    of_image: Ints
    count: int
    unit: str
    known: bool = True


def cluster(images: pd.DataFrame) -> Clusters:
    """Tell the units from ``group_id`` and ``frame_s``; a picture without a group stands for itself.

    Args:
        images: a checked `images` table.
    """
    if not len(images):
        return Clusters(np.zeros(0, dtype=np.int64), 0, "picture", known=False)
    group = images["group_id"].to_numpy(dtype=object)
    alone = group == ""
    names = np.where(alone, "\0" + images["image_id"].astype(str).to_numpy(dtype=object), group)
    codes, found = pd.factorize(names)
    if alone.all() or len(found) == len(images):
        return Clusters(codes.astype(np.int64), len(found), "picture", known=False)
    if effective(np.bincount(codes)) >= ENOUGH_GROUPS:
        return Clusters(codes.astype(np.int64), len(found), "group")
    moment = images["frame_s"].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(moment).all():
        return Clusters(np.arange(len(images), dtype=np.int64), len(images), "picture, too few groups")
    piece = np.where(np.isnan(moment), -1, np.floor(np.nan_to_num(moment) / PIECE_S)).astype(np.int64)
    _, codes = np.unique(np.stack([codes, piece]), axis=1, return_inverse=True)
    codes = codes.reshape(-1).astype(np.int64)
    return Clusters(codes, int(codes.max()) + 1, f"{PIECE_S:g} s of video, too few groups")


def effective(weights: npt.ArrayLike) -> float:
    """How many equal units weigh as much as these (Kish 1965): (Σw)² / Σw²; 0 for none."""
    w = np.asarray(weights, dtype=np.float64)
    squares = float((w * w).sum())
    return float(w.sum()) ** 2 / squares if squares else 0.0
