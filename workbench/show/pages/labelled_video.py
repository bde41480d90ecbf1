"""How a detector did on labelled video: which objects it missed, found late or only at times, and its false alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.model.geometry import CORNERS
from workbench.show.drawn_boxes import DrawnBox
from workbench.show.pages.page import share, whole
from workbench.show.pages.video_drawing import (
    Row,
    VideoFrames,
    alarm_bars,
    bars_of,
    corners_of,
    few_of_each,
    timeline,
    usual_step,
)
from workbench.show.pages.video_page import MOST_OBJECTS, ObjectRow, VideoContent, flicker, render_video, speed
from workbench.show.style import Role

if TYPE_CHECKING:
    from workbench.analyse import Evaluation, VideoReport

_MOST_VIDEOS = 12
_HEAD = ("from s", "to s", "found in", "found after s", "came or went", "mean confidence")


def video_failures_page(
    evaluation: Evaluation, *, title: str = "", frames_per_second: float | None = None, frames: int = 12
) -> str:
    """The page of labelled video: what was missed, found late or only at times, and when false alarms came.

    Args:
        evaluation: of frames with moments (``frame_s``), at its own operating point.
        title: the heading; by default the name of what was evaluated.
        frames_per_second: of the detector, to compare with the video's rate.
        frames: how many frames are shown large: a third each with misses, false alarms and late finds.

    Raises:
        InputError: if no picture carries a moment.
    """
    report = evaluation.video_report(frames_per_second=frames_per_second)
    ordered = report.frames.sort_values(["video", "frame_s"], ignore_index=True)
    finds = _finds(evaluation, ordered)
    content = _content(evaluation, report, finds, frames)
    paths = evaluation.inputs.images[["image_id", "path"]]
    drawn = VideoFrames(ordered.merge(paths, on="image_id"), evaluation.inputs.pictures)
    return render_video(title or evaluation.inputs.name, content, drawn, _boxes_content(report, finds))


def _content(evaluation: Evaluation, report: VideoReport, finds: pd.DataFrame, frames: int) -> VideoContent:
    settings, every = evaluation.settings, report.videos.iloc[-1].to_dict()
    names = [name for name in report.videos["video"] if name != "all" or len(report.videos) == 1]
    boxes_of = dict(iter(report.boxes.sort_values("frame_s").groupby(["video", "object"])))
    worst = report.objects.sort_values(["time_found", "frames"], ascending=[True, False], kind="stable")
    numbered = "track_id of the labels" if report.tracked_by == "track_id" else "where their boxes lie in each frame"
    late = every["median_late_s"]
    return VideoContent(
        lead=(
            f"{whole(every['frames'])} labelled frames, {every['seconds']:.1f} s; operating point: confidence from "
            f"{share(settings.confidence)}, IoU from {share(settings.iou)}. Objects are numbered by {numbered}."
        ),
        tiles=[
            (
                "objects found",
                f"{whole(every['objects_found'])} of {whole(every['objects'])}",
                f"at least once; 95 %: {share(every['found_share_low'])} to {share(every['found_share_high'])}",
            ),
            ("found for", share(every["mean_time_found"]), "of an object's frames, in the mean"),
            ("found after", "–" if late != late else f"{late:.2f} s", "median of those found"),
            ("recall of boxes", share(every["recall"]), f"of {whole(every['boxes'])}"),
            ("false alarms", whole(every["false_alarms"]), f"{_rate(every['false_alarms_per_minute'])} a minute"),
            flicker(every),
            ("mean confidence", share(every["mean_confidence"]), "of hits"),
            *speed(every, "the labelled frames have"),
        ],
        key=[("tp", "found"), ("fn", "there and missed"), ("fp", "a frame with a false alarm")],
        timelines=[(name if len(names) > 1 else "", _plan(name, report, boxes_of)) for name in names[:_MOST_VIDEOS]],
        worth_a_look=_missed_made_up_and_late(report, finds, boxes_of, frames),
        nothing="Nothing was missed, made up or found late at this operating point.",
        objects_title="The objects, the worst first",
        objects_head=_HEAD,
        objects=[
            _object(row, boxes_of[row["video"], row["object"]], several=len(names) > 1)
            for row in worst.head(MOST_OBJECTS).to_dict("records")
        ],
        objects_total=len(report.objects),
        videos=[_video_row(row) for row in report.videos.to_dict("records")] if len(report.videos) > 1 else (),
        left_out=max(len(names) - _MOST_VIDEOS, 0),
    )


def _finds(evaluation: Evaluation, frames: pd.DataFrame) -> pd.DataFrame:
    """Hits and false alarms in frames, with their corners."""
    verdicts, predictions = evaluation.verdicts, evaluation.inputs.predictions
    made = verdicts[verdicts["prediction_id"].notna() & verdicts["image_id"].isin(frames["image_id"])]
    # The verdicts' ids may be nullable whole numbers, the predictions' are not.
    made = made.assign(prediction_id=made["prediction_id"].astype(predictions["prediction_id"].dtype))
    columns = ["image_id", "prediction_id", "outcome", "confidence"]
    return made[columns].merge(predictions[["prediction_id", *CORNERS]], on="prediction_id")


def _plan(video: str, report: VideoReport, boxes_of: Mapping[Any, pd.DataFrame]) -> dict[str, Any]:
    """The objects of one video over time, and its false alarms below."""
    frames = report.frames[report.frames["video"] == video].sort_values("frame_s")
    moments = frames["frame_s"].astype(float).tolist()
    step = usual_step(moments)
    objects = report.objects[report.objects["video"] == video].sort_values(["first_s", "object"])
    rows = []
    for number in objects["object"].head(MOST_OBJECTS):
        mine = boxes_of[video, number]
        rows.append(
            Row(f"object {number}", bars_of(mine["frame_s"].tolist(), mine["confidence"].notna().tolist(), step))
        )
    alarms = frames.loc[frames["false_alarms"] > 0, "frame_s"].astype(float)
    return timeline([*rows, Row("false alarms", alarm_bars(alarms, step))], moments)


def _missed_made_up_and_late(
    report: VideoReport, finds: pd.DataFrame, boxes_of: Mapping[Any, pd.DataFrame], count: int
) -> dict[Any, str]:
    """The largest misses, the surest false alarms, and the frames in which late objects are found at last."""
    missed = report.boxes[report.boxes["confidence"].isna()]
    missed = missed.assign(size=_size(missed)).sort_values("size", ascending=False, kind="stable")
    missed = missed.drop_duplicates(["video", "object"])
    alarms = finds[finds["outcome"] == "fp"].sort_values("confidence", ascending=False, kind="stable")
    late = report.objects[report.objects["late_s"] > 0].sort_values("late_s", ascending=False, kind="stable")
    found_late = []
    for row in late.to_dict("records"):
        mine = boxes_of[row["video"], row["object"]]
        first = mine.iloc[int(np.flatnonzero(mine["confidence"].notna())[0])]
        found_late.append((first["image_id"], f"object {row['object']} is found, {row['late_s']:.2f} s late"))
    return few_of_each(
        [
            [(name, f"object {one} is missed") for name, one in zip(missed["image_id"], missed["object"], strict=True)],
            [
                (name, f"a false alarm of confidence {sure:.2f}")
                for name, sure in zip(alarms["image_id"], alarms["confidence"], strict=True)
            ],
            found_late,
        ],
        count,
    )


def _object(row: Mapping[Any, Any], boxes: pd.DataFrame, *, several: bool) -> ObjectRow:
    largest = boxes.iloc[int(_size(boxes).to_numpy().argmax())].to_dict()
    late = row["late_s"]
    cells = (
        f"{row['first_s']:.2f}",
        f"{row['last_s']:.2f}",
        f"{row['found_frames']} of {row['frames']} frames",
        "never" if late != late else f"{late:.2f}",
        f"{row['switches']} ×",
        share(row["mean_confidence"]),
    )
    box = DrawnBox(corners_of(largest), _role(largest))
    name = f"{row['object']} {row['class_name']}"
    return ObjectRow(name, row["video"] if several else "", largest["image_id"], box, cells)


def _video_row(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return (
        row["video"],
        whole(row["frames"]),
        f"{whole(row['objects_found'])} of {whole(row['objects'])}",
        share(row["recall"]),
        share(row["median_late_s"]),
        share(row["flicker_per_s"]),
        whole(row["false_alarms"]),
        _rate(row["false_alarms_per_minute"]),
    )


def _boxes_content(report: VideoReport, finds: pd.DataFrame) -> Callable[[Any, bool], list[DrawnBox]]:
    truth, found = (dict(iter(table.groupby("image_id"))) for table in (report.boxes, finds))

    def boxes(name: Any, bare: bool) -> list[DrawnBox]:
        drawn: list[DrawnBox] = []
        for row in truth[name].to_dict("records") if name in truth else ():
            role = _role(row)
            drawn.append(DrawnBox(corners_of(row), role, "" if bare or role == "truth" else f"{row['object']}"))
        for row in found[name].to_dict("records") if name in found else ():
            drawn.append(DrawnBox(corners_of(row), row["outcome"], "" if bare else f"{row['confidence']:.2f}"))
        return drawn

    return boxes


def _role(box: Mapping[Any, Any]) -> Role:
    """A labelled box was found where a find's confidence is known."""
    return "truth" if box["confidence"] == box["confidence"] else "fn"


def _size(boxes: pd.DataFrame) -> pd.Series[Any]:
    return (boxes["xmax"] - boxes["xmin"]) * (boxes["ymax"] - boxes["ymin"])


def _rate(value: float) -> str:
    return "–" if value != value else f"{value:.3g}"
