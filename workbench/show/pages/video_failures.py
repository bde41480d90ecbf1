"""The page of labelled video: which objects were missed, found late or only at times, and when false alarms came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.model.geometry import CORNERS
from workbench.show.drawn_boxes import DrawnBox
from workbench.show.pages import page
from workbench.show.pages.video_parts import (
    SHEET_BYTES,
    SHEET_FRAME,
    Row,
    alarm_bars,
    bars_of,
    corners_of,
    crop_jpeg,
    evenly,
    few_of_each,
    frame_jpeg,
    large_frames,
    timeline,
    usual_step,
)
from workbench.show.style import Role

if TYPE_CHECKING:
    from workbench.analyse import Evaluation, VideoReport

_MOST_OBJECTS, _MOST_VIDEOS = 40, 12


def video_failures_page(
    evaluation: Evaluation, *, title: str = "", frames_per_second: float | None = None, frames: int = 12
) -> str:
    """Make the page.

    Args:
        evaluation: of frames with moments (``frame_s``), at its own operating point.
        title: the heading; by default the name of what was evaluated.
        frames_per_second: of the detector, to compare with the video's rate.
        frames: how many frames are shown large: a third each with misses, false alarms and late finds.

    Raises:
        InputError: if no picture carries a moment.
    """
    report = evaluation.video_report(frames_per_second=frames_per_second)
    look = _Look(evaluation, report)
    names = [name for name in report.videos["video"] if name != "all" or len(report.videos) == 1]
    shown = report.videos.iloc[-1].to_dict()
    return page.render(
        "video_failures.html.j2",
        title=title or evaluation.inputs.name,
        settings=evaluation.settings,
        tracked_by=report.tracked_by,
        all=shown,
        videos=report.videos.to_dict("records"),
        timelines=[(name, look.timeline(name)) for name in names[:_MOST_VIDEOS]],
        left_out=max(len(names) - _MOST_VIDEOS, 0),
        objects=look.objects(),
        total=len(report.objects),
        frames=look.frames(frames),
        sheet=look.sheet(),
        data_uri=page.data_uri,
    )


class _Look:
    """Looks into the frames of an evaluation's videos."""

    def __init__(self, evaluation: Evaluation, report: VideoReport) -> None:
        images, predictions = evaluation.inputs.images, evaluation.inputs.predictions
        root = evaluation.inputs.pictures
        self._report = report
        self._paths = {key: root / path for key, path in zip(images["image_id"], images["path"], strict=True)}
        self._frames = report.frames.sort_values(["video", "frame_s"], ignore_index=True)
        self._moment = dict(zip(self._frames["image_id"], self._frames["frame_s"].astype(float), strict=True))
        self._boxes_of = dict(iter(report.boxes.groupby("image_id")))
        self._of_object = dict(iter(report.boxes.sort_values("frame_s").groupby(["video", "object"])))
        said = evaluation.verdicts
        made = said[said["prediction_id"].notna() & said["image_id"].isin(self._frames["image_id"])]
        # The verdicts' ids may be nullable whole numbers, the predictions' are not.
        made = made.assign(prediction_id=made["prediction_id"].astype(predictions["prediction_id"].dtype))
        found = made[["image_id", "prediction_id", "outcome", "confidence"]].merge(
            predictions[["prediction_id", *CORNERS]], on="prediction_id"
        )
        self._alarms = found[found["outcome"] == "fp"]
        self._finds_of = dict(iter(found.groupby("image_id")))

    def timeline(self, video: str) -> dict[str, Any]:
        """The objects of one video over time, and its false alarms below."""
        moments = self._frames.loc[self._frames["video"] == video, "frame_s"].astype(float).tolist()
        step = usual_step(moments)
        objects = self._report.objects[self._report.objects["video"] == video].sort_values(["first_s", "object"])
        rows = []
        for row in objects.head(_MOST_OBJECTS).to_dict("records"):
            mine = self._of_object[video, row["object"]]
            hits = mine["confidence"].notna().tolist()
            rows.append(Row(f"object {row['object']}", bars_of(mine["frame_s"].tolist(), hits, step)))
        here = self._frames[(self._frames["video"] == video) & (self._frames["false_alarms"] > 0)]
        rows.append(Row("false alarms", alarm_bars(here["frame_s"].astype(float), step)))
        return timeline(rows, moments)

    def objects(self) -> list[dict[str, Any]]:
        """The objects that went worst, each with its largest box: never found first, then late or rarely found."""
        table = self._report.objects.sort_values(["time_found", "frames"], ascending=[True, False], kind="stable")
        rows = []
        for row in table.head(_MOST_OBJECTS).to_dict("records"):
            mine = self._of_object[row["video"], row["object"]]
            size = (mine["xmax"] - mine["xmin"]) * (mine["ymax"] - mine["ymin"])
            largest = mine.iloc[int(size.to_numpy().argmax())].to_dict()
            box = DrawnBox(corners_of(largest), "truth" if largest["confidence"] == largest["confidence"] else "fn")
            rows.append(
                {
                    **{str(key): value for key, value in row.items()},
                    "jpeg": crop_jpeg(self._paths[largest["image_id"]], box),
                }
            )
        return rows

    def frames(self, count: int) -> list[dict[str, Any]]:
        """Frames worth a look: the largest misses, the surest false alarms, and where late finds began and came."""
        chosen = few_of_each((self._missed(), self._made_up(), self._late()), count)
        return large_frames(chosen, moment=self._moment, paths=self._paths, boxes=self._boxes)

    def sheet(self) -> list[dict[str, Any]]:
        """Frames evenly spaced over everything."""
        return [
            {
                "moment": self._moment[name],
                "jpeg": frame_jpeg(
                    self._paths[name], self._boxes(name, bare=True), size=SHEET_FRAME, max_bytes=SHEET_BYTES
                ),
            }
            for name in evenly(self._frames)["image_id"]
        ]

    def _missed(self) -> list[tuple[Any, str]]:
        """The largest missed box of each object, the largest first."""
        missed = self._report.boxes[self._report.boxes["confidence"].isna()]
        size = (missed["xmax"] - missed["xmin"]) * (missed["ymax"] - missed["ymin"])
        largest = missed.assign(size=size).sort_values("size", ascending=False).drop_duplicates(["video", "object"])
        return [(row["image_id"], f"object {row['object']} is missed") for row in largest.to_dict("records")]

    def _made_up(self) -> list[tuple[Any, str]]:
        surest = self._alarms.sort_values("confidence", ascending=False, kind="stable")
        return [
            (row["image_id"], f"a false alarm of confidence {row['confidence']:.2f}")
            for row in surest.to_dict("records")
        ]

    def _late(self) -> list[tuple[Any, str]]:
        """Of the objects found latest, the frame in which each is found at last."""
        late = self._report.objects[self._report.objects["late_s"] > 0].sort_values("late_s", ascending=False)
        rows = []
        for row in late.to_dict("records"):
            mine = self._of_object[row["video"], row["object"]]
            first = mine.iloc[int(np.flatnonzero(mine["confidence"].notna())[0])]
            rows.append((first["image_id"], f"object {row['object']} is found, {row['late_s']:.2f} s late"))
        return rows

    def _boxes(self, name: Any, *, bare: bool = False) -> list[DrawnBox]:
        drawn: list[DrawnBox] = []
        truth, found = self._boxes_of.get(name), self._finds_of.get(name)
        for row in [] if truth is None else truth.to_dict("records"):
            role: Role = "truth" if row["confidence"] == row["confidence"] else "fn"
            drawn.append(DrawnBox(corners_of(row), role, "" if bare or role == "truth" else f"{row['object']}"))
        for row in [] if found is None else found.to_dict("records"):
            text = "" if bare else f"{row['confidence']:.2f}"
            drawn.append(DrawnBox(corners_of(row), row["outcome"], text))
        return drawn
