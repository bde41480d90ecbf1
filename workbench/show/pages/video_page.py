"""The page of a video: figures, objects over time, frames worth a look, each object, and a sheet of frames.

`labelled_video` and `unlabelled_video` gather what there is to show; one template shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.show.drawn_boxes import DrawnBox
from workbench.show.pages import page
from workbench.show.pages.page import share
from workbench.show.pages.video_drawing import VideoFrames
from workbench.show.style import Role

MOST_OBJECTS = 40
"""So many objects have a row in a timeline and in the table."""


@dataclass(frozen=True)
class ObjectRow:
    """One object: what it is called, in which video, where it shows best, and its figures as texts."""

    name: str
    video: str
    frame: Any
    box: DrawnBox
    cells: Sequence[str]


@dataclass(frozen=True)
class VideoContent:
    """What the page shows.

    Attributes:
        lead: the sentences below the title.
        tiles: figures: name, value, a small note.
        key: what the bars of the timelines mean: role and words.
        timelines: a video's name, empty where there is one only, and its drawing.
        worth_a_look: frames to show large, and why.
        nothing: said where there is none.
        objects_title: of the table of objects.
        objects_head: names of their figures.
        objects: those shown.
        objects_total: how many there are.
        videos: a row of texts for each video, where there are several.
        left_out: how many videos are not drawn.
    """

    lead: str
    tiles: Sequence[tuple[str, str, str]]
    key: Sequence[tuple[Role, str]]
    timelines: Sequence[tuple[str, Mapping[str, Any]]]
    worth_a_look: Mapping[Any, str]
    nothing: str
    objects_title: str
    objects_head: Sequence[str]
    objects: Sequence[ObjectRow]
    objects_total: int
    videos: Sequence[Sequence[str]] = ()
    left_out: int = 0


def render_video(
    title: str, content: VideoContent, drawn: VideoFrames, boxes: Callable[[Any, bool], list[DrawnBox]]
) -> str:
    """Fill the page.

    Args:
        title: the heading.
        content: what is said.
        drawn: the frames.
        boxes: what to draw on a frame, by its id; bare (True) for a small one.
    """
    return page.render(
        "video.html.j2",
        title=title,
        content=content,
        crops=[drawn.crop(one.frame, one.box) for one in content.objects],
        frames=drawn.large(content.worth_a_look, boxes),
        sheet=drawn.sheet(boxes),
        data_uri=page.data_uri,
    )


def speed(figures: Mapping[Any, Any], whose: str) -> list[tuple[str, str, str]]:
    """How fast the detector is beside the video, as a tile, where that was measured."""
    times = figures["real_time"]
    if times != times:
        return []
    said = f"{times:.2g} ×" if times < 10 else f"{times:.0f} ×"
    return [("speed", said, f"{figures['detector_fps']:.3g} frames a second, {whose} {figures['video_fps']:.3g}")]


def flicker(figures: Mapping[Any, Any]) -> tuple[str, str, str]:
    """How often finds come and go, as a tile."""
    return "flicker", share(figures["flicker_per_s"]), "finds that came or went, by second of an object's life"
