"""Collect: pictures and videos in, with what is known about them.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.collect.covering import Coverage, coverage
    from workbench.collect.duplicates import Duplicates, find_duplicates, near_files
    from workbench.collect.finding import find_pictures
    from workbench.collect.frame_picks import pick_frames
    from workbench.collect.frames import Video
    from workbench.collect.grey import Quality, quality
    from workbench.collect.groups import moment_of, video_of
    from workbench.collect.leaks import (
        Leaks,
        find_leaks,
        near_rows,
        split_of_folders,
        survey_splits,
        with_folder_splits,
    )
    from workbench.collect.measuring import MEASURES, Picture, measure
    from workbench.collect.near import near_pairs
    from workbench.collect.picking import pick
    from workbench.collect.pictures import Labelled, collect_pictures
    from workbench.collect.report import CollectReport
    from workbench.collect.splits import Closed, close_test, closed_test, reopen_test, split_of
    from workbench.collect.surveying import Survey, measured, survey
    from workbench.collect.videos import collect_video

_HOMES = {
    "Coverage": "covering",
    "coverage": "covering",
    "pick": "picking",
    "CollectReport": "report",
    "Duplicates": "duplicates",
    "Closed": "splits",
    "Labelled": "pictures",
    "Leaks": "leaks",
    "MEASURES": "measuring",
    "Picture": "measuring",
    "Quality": "grey",
    "Survey": "surveying",
    "Video": "frames",
    "collect_pictures": "pictures",
    "collect_video": "videos",
    "find_duplicates": "duplicates",
    "find_leaks": "leaks",
    "find_pictures": "finding",
    "close_test": "splits",
    "closed_test": "splits",
    "measure": "measuring",
    "moment_of": "groups",
    "measured": "surveying",
    "near_files": "duplicates",
    "near_pairs": "near",
    "near_rows": "leaks",
    "pick_frames": "frame_picks",
    "quality": "grey",
    "split_of": "splits",
    "split_of_folders": "leaks",
    "survey": "surveying",
    "survey_splits": "leaks",
    "reopen_test": "splits",
    "video_of": "groups",
    "with_folder_splits": "leaks",
}

__all__ = [
    "MEASURES",
    "Closed",
    "CollectReport",
    "Coverage",
    "Duplicates",
    "Labelled",
    "Leaks",
    "Picture",
    "Quality",
    "Survey",
    "Video",
    "close_test",
    "closed_test",
    "collect_pictures",
    "collect_video",
    "coverage",
    "find_duplicates",
    "find_leaks",
    "find_pictures",
    "measure",
    "measured",
    "moment_of",
    "near_files",
    "near_pairs",
    "near_rows",
    "pick",
    "pick_frames",
    "quality",
    "reopen_test",
    "split_of",
    "split_of_folders",
    "survey",
    "survey_splits",
    "video_of",
    "with_folder_splits",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
