"""Collect: pictures and videos in, with what is known about them.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.collect.finding import find_pictures
    from workbench.collect.grey import Quality, quality
    from workbench.collect.measuring import MEASURES, Picture, measure
    from workbench.collect.pictures import Labelled, collect_pictures
    from workbench.collect.report import CollectReport
    from workbench.collect.splits import split_of
    from workbench.collect.surveying import Survey, measured, survey
    from workbench.collect.videos import collect_video

_HOMES = {
    "CollectReport": "report",
    "Labelled": "pictures",
    "MEASURES": "measuring",
    "Picture": "measuring",
    "Quality": "grey",
    "Survey": "surveying",
    "collect_pictures": "pictures",
    "collect_video": "videos",
    "find_pictures": "finding",
    "measure": "measuring",
    "measured": "surveying",
    "quality": "grey",
    "split_of": "splits",
    "survey": "surveying",
}

__all__ = [
    "MEASURES",
    "CollectReport",
    "Labelled",
    "Picture",
    "Quality",
    "Survey",
    "collect_pictures",
    "collect_video",
    "find_pictures",
    "measure",
    "measured",
    "quality",
    "split_of",
    "survey",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
