"""Frames in their order: when in its video each was taken, by its table, its name, or its number."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from workbench.model.errors import InputError
from workbench.pictures.frame_names import moment_of, video_of


def with_moments(images: pd.DataFrame, *, frames_per_second: float | None = None) -> pd.DataFrame:
    """Frames that say when in their video they were taken: as their table says, else their names, else their order.

    Names that say it are those of VoTT (``ride.mp4#t=735.5``). With `frames_per_second`, the pictures of one folder, or
    of one video by their names, follow each other in the order of their numbers.

    Args:
        images: an `images` table.
        frames_per_second: of the frames, where nothing says when they were taken.

    Raises:
        InputError: if nothing says it.
    """
    if images["frame_s"].notna().any():
        return images
    stems = [str(PurePosixPath(str(name)).with_suffix("")) for name in images["image_id"]]
    moments = [moment_of(stem) for stem in stems]
    if frames_per_second is not None:
        if not frames_per_second > 0:
            raise InputError(f"frames_per_second is {frames_per_second}; expected more than 0")
        groups = [video_of(stem) or str(PurePosixPath(stem).parent) for stem in stems]
        moments = _in_order(stems, groups, frames_per_second)
    else:
        if all(moment is None for moment in moments):
            raise InputError(
                f"none of the {len(images)} pictures says when in its video it was taken, first {stems[:1]}; "
                "say how many frames a second there are (--fps), or collect the video with collect_video"
            )
        groups = [video_of(stem) or "" for stem in stems]
    kept = images["group_id"] != ""
    return images.assign(frame_s=pd.array(moments, dtype="Float64"), group_id=images["group_id"].where(kept, groups))


def _in_order(stems: list[str], groups: list[str], frames_per_second: float) -> list[float | None]:
    moments: list[float | None] = [None] * len(stems)
    for group in dict.fromkeys(groups):
        rows = sorted((row for row, name in enumerate(groups) if name == group), key=lambda row: _by_number(stems[row]))
        for place, row in enumerate(rows):
            moments[row] = float(np.round(place / frames_per_second, 6))
    return moments


def _by_number(name: str) -> list[Any]:
    """So that frame 10 comes after frame 9: the numbers in a name count as numbers."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
