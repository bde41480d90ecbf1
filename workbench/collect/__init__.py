"""Collect: pictures and videos in, with what is known about them."""

from __future__ import annotations

from workbench.collect.measure import Picture, measure
from workbench.collect.pictures import Labelled, collect_pictures, find_pictures
from workbench.collect.report import CollectReport
from workbench.collect.splits import split_of
from workbench.collect.videos import collect_video

__all__ = [
    "CollectReport",
    "Labelled",
    "Picture",
    "collect_pictures",
    "collect_video",
    "find_pictures",
    "measure",
    "split_of",
]
