"""What a detector saw in a video that nobody has labelled: what came and went, and what was found only briefly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analyse.video.watch import BRIEF
from workbench.show.drawn_boxes import DrawnBox
from workbench.show.pages.page import share, whole
from workbench.show.pages.video_drawing import Row, VideoFrames, bars_of, corners_of, few_of_each, timeline, usual_step
from workbench.show.pages.video_page import MOST_OBJECTS, ObjectRow, VideoContent, flicker, render_video, speed

if TYPE_CHECKING:
    from workbench.analyse import Watched

_HEAD = ("from s", "to s", "found for s", "of its time", "frames lost", "mean confidence")


def video_page(watched: Watched, images: pd.DataFrame, *, root: str | Path, title: str, frames: int = 12) -> str:
    """The page of a video that nobody has labelled.

    Args:
        watched: from `workbench.analyse.watched`.
        images: the frames, with paths relative to `root`.
        root: the folder that the paths start from.
        title: the heading.
        frames: how many frames are shown large: some with the surest finds, some in which an object was lost, some with
            finds that nothing before or after bears out.
    """
    ordered = images.sort_values("frame_s", ignore_index=True)
    content = _content(watched, ordered, frames)
    return render_video(title, content, VideoFrames(ordered, Path(root)), _boxes_content(watched))


def _content(watched: Watched, images: pd.DataFrame, frames: int) -> VideoContent:
    figures, objects = watched.figures, watched.objects
    moments = images["frame_s"].astype(float).tolist()
    step = usual_step(moments)
    finds_of = dict(iter(watched.finds.groupby("object")))
    longest = objects.sort_values("found_frames", ascending=False, kind="stable")
    rows = longest.head(MOST_OBJECTS).sort_values(["first_s", "object"]).to_dict("records")
    seen = {row["object"]: _seen(row, finds_of[row["object"]], moments) for row in longest.to_dict("records")}
    plan = [Row(f"object {row['object']}", bars_of(*seen[row["object"]], step)) for row in rows]
    return VideoContent(
        lead=(
            f"{whole(figures['frames'])} frames in {figures['seconds']:.1f} s; finds with a confidence from "
            f"{share(figures['confidence'])}. Nobody has labelled this video: what was missed throughout is not known. "
            "But an object does not vanish for a frame, and a find of one or two frames is rarely one."
        ),
        tiles=[
            (
                "objects",
                whole(figures["objects"]),
                f"{whole(figures['brief_objects'])} of them found in {BRIEF} frames at most",
            ),
            ("frames with finds", whole(figures["frames_with_finds"]), f"of {whole(figures['frames'])}"),
            ("lost and found again", whole(figures["gaps"]), "frames between two finds of an object"),
            flicker(figures),
            ("second boxes", whole(figures["doubled_finds"]), "finds inside a surer one, not counted otherwise"),
            ("mean confidence", share(figures["mean_confidence"]), "of finds"),
            *speed(figures, "the video has"),
        ],
        key=[("tp", "found"), ("fn", "lost between two finds")],
        timelines=[("", timeline(plan, moments))] if len(objects) else [],
        worth_a_look=_steady_lost_and_brief(objects, seen, dict(zip(moments, images["image_id"], strict=True)), frames),
        nothing="Nothing was found at this confidence.",
        objects_title="The objects, each at its surest",
        objects_head=_HEAD,
        objects=[_object(row, finds_of[row["object"]], step) for row in rows],
        objects_total=len(objects),
    )


def _seen(row: Mapping[Any, Any], finds: pd.DataFrame, moments: Sequence[float]) -> tuple[list[float], list[bool]]:
    """Each frame of an object's life and whether it was found there."""
    found = set(finds["frame_s"])
    alive = [moment for moment in moments if row["first_s"] <= moment <= row["last_s"]]
    return alive, [moment in found for moment in alive]


def _steady_lost_and_brief(
    objects: pd.DataFrame,
    seen: Mapping[Any, tuple[list[float], list[bool]]],
    names: Mapping[float, Any],
    count: int,
) -> dict[Any, str]:
    short = objects["found_frames"] <= BRIEF
    steady = objects[~short].sort_values("found_frames", ascending=False)["surest_image_id"]
    brief = objects[short].sort_values("mean_confidence", ascending=False)["surest_image_id"]
    lost = [names[alive[found.index(False)]] for alive, found in seen.values() if not all(found)]
    reasons = (
        (steady.tolist(), "found for long"),
        (lost, "an object is lost here and found again"),
        (brief.tolist(), "found for one or two frames only"),
    )
    return few_of_each([[(name, why) for name in dict.fromkeys(places)] for places, why in reasons], count)


def _object(row: Mapping[Any, Any], finds: pd.DataFrame, step: float) -> ObjectRow:
    surest = finds.iloc[int(finds["confidence"].to_numpy().argmax())].to_dict()
    cells = (
        f"{row['first_s']:.2f}",
        f"{row['last_s']:.2f}",
        f"{row['found_frames'] * step:.2f}",
        share(row["time_found"]),
        whole(row["gaps"]),
        share(row["mean_confidence"]),
    )
    box = DrawnBox(corners_of(surest), "tp")
    return ObjectRow(f"{row['object']} {row['class_name']}", "", surest["image_id"], box, cells)


def _boxes_content(watched: Watched) -> Callable[[Any, bool], list[DrawnBox]]:
    of_picture = dict(iter(watched.finds.groupby("image_id")))

    def boxes(name: Any, bare: bool) -> list[DrawnBox]:
        rows = of_picture[name].to_dict("records") if name in of_picture else []
        return [
            DrawnBox(corners_of(row), "tp", "" if bare else f"{row['object']}: {row['confidence']:.2f}") for row in rows
        ]

    return boxes
