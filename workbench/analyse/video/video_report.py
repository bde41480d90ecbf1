"""How a detector does on video, where a plate is seen in many frames and one find may be enough.

Recall counts boxes; here objects are counted: was each found at least once, how late, for how much of its time, and how
often did the find come and go (flicker). False alarms are counted by the minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analyse.figures.bootstrap import Floats, Units, ratio, share_of
from workbench.analyse.inputs import Ints, TestSet
from workbench.analyse.video.tracks import link
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.wording import as_html, counted

if TYPE_CHECKING:
    from workbench.analyse.evaluation import Evaluation

_OBJECT = (
    "video",
    "object",
    "class_name",
    "first_s",
    "last_s",
    "frames",
    "found_frames",
    "time_found",
    "first_found_s",
    "late_s",
    "switches",
    "mean_confidence",
)
"""Columns of a table of objects."""

_SHOWN = (
    *("video", "frames", "boxes", "recall", "objects", "found_share", "found_share_low", "found_share_high"),
    *("median_late_s", "flicker_per_s", "false_alarms_per_minute"),
)
"""Columns of the table of videos that are shown of a report."""


@dataclass(frozen=True, eq=False)
class VideoReport:
    """What became of every video, every object and every frame.

    Attributes:
        videos: one row a video and, if there are several, one for all (``video`` is "all"): frames, seconds, boxes,
            recall (of boxes), objects, objects_found (at least once), found_share with ``_low`` and ``_high``,
            median_late_s (of those found), mean_time_found (share of an object's frames in which it is found),
            flicker_per_s (finds that came or went, by second of an object's life), false_alarms,
            false_alarms_per_minute, mean_confidence (of hits), video_fps (of the frames looked at), detector_fps and
            real_time (how many times as fast as the video; NaN where the detector's speed is not given).
        objects: one row an object: video, object, class_name, first_s, last_s, frames, found_frames, time_found,
            first_found_s, late_s, switches, mean_confidence; NA where never found.
        frames: one row a frame: video, image_id, frame_s, boxes, hits, misses, false_alarms.
        boxes: one row a box of these frames: video, object, box_id, image_id, frame_s, confidence (of its hit; NaN
            where it was missed), xmin, ymin, xmax, ymax.
        tracked_by: ``track_id`` where the boxes carry that column, else ``place``.
    """

    videos: pd.DataFrame
    objects: pd.DataFrame
    frames: pd.DataFrame
    boxes: pd.DataFrame
    tracked_by: str

    def __repr__(self) -> str:
        return f"{self._in_words}\n{self.videos[list(_SHOWN)].to_string(index=False, float_format='{:.3g}'.format)}"

    def _repr_html_(self) -> str:
        return as_html(self._in_words, self.videos[list(_SHOWN)])

    @property
    def _in_words(self) -> str:
        found = int((self.objects["found_frames"] > 0).sum())
        videos = self.frames["video"].nunique()
        return f"Video: {found} of {counted(len(self.objects), 'objects')} found in {counted(videos, 'videos')}"


def report(evaluation: Evaluation, *, frames_per_second: float | None = None) -> VideoReport:
    """Count an evaluation's videos. See `Evaluation.video`."""
    test_set, matching, confidence = evaluation._test_set, evaluation._matching, evaluation.settings.confidence
    images, boxes = test_set.images, test_set.boxes
    moment = images["frame_s"].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(moment).all():
        raise InputError("video: no picture says when in its video it was taken (frame_s); collect with collect_video")
    numbered = "track_id" in boxes.extra.columns
    found_at = np.where(matching.found_at >= confidence, matching.found_at, np.nan)
    alarm = np.flatnonzero((matching.box_of < 0) & (test_set.predictions.confidence >= confidence))
    alarms = np.bincount(test_set.predictions.image[alarm], minlength=len(images))
    videos, objects, frames, placed, begun = [], [], [], [], []
    for name, rows in images[~np.isnan(moment)].groupby("group_id", sort=True).groups.items():
        pictures = np.asarray(rows, dtype=np.int64)
        pictures = pictures[np.argsort(moment[pictures], kind="stable")]
        mine = np.flatnonzero(np.isin(boxes.image, pictures) & ~boxes.ignore)
        number = _numbers(test_set, mine, moment, numbered)
        objects.append(_objects(str(name), test_set, mine, number, moment, found_at))
        placed.append(_boxes(str(name), test_set, mine, number, moment, found_at))
        frames.append(_frames(str(name), test_set, pictures, mine, moment, found_at, alarms))
        begun.append(_first_units(test_set, mine, number, moment))
        share = _found_share(test_set.units, begun[-1], objects[-1])
        videos.append(_video(str(name), frames[-1], objects[-1], found_at[mine], share, frames_per_second))
    all_objects, all_frames = pd.concat(objects, ignore_index=True), pd.concat(frames, ignore_index=True)
    if len(videos) > 1:
        of_video = boxes.image[~boxes.ignore]
        in_video = ~np.isnan(moment[of_video])
        share = _found_share(test_set.units, np.concatenate(begun), all_objects)
        every = _video("all", all_frames, all_objects, found_at[~boxes.ignore][in_video], share, frames_per_second)
        every["seconds"] = sum(row["seconds"] for row in videos)
        every["false_alarms_per_minute"] = ratio_of(60 * every["false_alarms"], every["seconds"])
        videos.append(every)
    table = pd.DataFrame(videos)
    table.attrs["settings"] = evaluation.settings.to_json_dict()
    boxes_table = pd.concat(placed, ignore_index=True)
    return VideoReport(table, all_objects, all_frames, boxes_table, "track_id" if numbered else "place")


def ratio_of(part: float, whole: float) -> float:
    """`part` / `whole`, NaN where `whole` is 0."""
    return float(ratio(part, whole))


def frame_step(moments: Floats) -> float:
    """The usual time from a frame to the next, seconds; NaN for a single frame."""
    steps = np.diff(np.unique(moments))
    return float(np.median(steps)) if len(steps) else float("nan")


def _numbers(test_set: TestSet, mine: Ints, moment: Floats, numbered: bool) -> Ints:
    boxes = test_set.boxes
    if not numbered:
        return link(moment[boxes.image[mine]], boxes.label[mine], boxes.xyxy[mine])
    keys = [name for name in ("track_id", "facing") if name in boxes.extra.columns]
    table = boxes.extra[keys].iloc[mine].astype("str").agg(" ".join, axis=1)
    return np.asarray(pd.factorize(table)[0], dtype=np.int64)


def _first_units(test_set: TestSet, mine: Ints, number: Ints, moment: Floats) -> Ints:
    """The unit of the bootstrap that each object begins in, in the order of their numbers."""
    image = test_set.boxes.image[mine]
    order = np.lexsort((moment[image], number))
    first = order[np.flatnonzero(np.diff(number[order], prepend=-1))]
    return test_set.units.of_image[image[first]]


def _found_share(units: Units, begun: Ints, objects: pd.DataFrame) -> tuple[float, float]:
    """The 95 % interval of the share of objects found, units drawn again with the objects that begin in them."""
    found = begun[(objects["found_frames"] > 0).to_numpy(dtype=bool)]
    low, high = share_of(units, *(np.bincount(which, minlength=len(units)) for which in (found, begun))).interval
    return float(low[0]), float(high[0])


def _objects(video: str, test_set: TestSet, mine: Ints, number: Ints, moment: Floats, found_at: Floats) -> pd.DataFrame:
    boxes = test_set.boxes
    rows: list[dict[str, Any]] = []
    for one in np.unique(number):
        here = mine[number == one]
        here = here[np.argsort(moment[boxes.image[here]], kind="stable")]
        times, sure = moment[boxes.image[here]], found_at[here]
        found = ~np.isnan(sure)
        first = float(times[found][0]) if found.any() else float("nan")
        rows.append(
            {
                "video": video,
                "object": int(one),
                "class_name": test_set.classes[boxes.label[here[0]]],
                "first_s": float(times[0]),
                "last_s": float(times[-1]),
                "frames": len(here),
                "found_frames": int(found.sum()),
                "time_found": float(found.mean()),
                "first_found_s": first,
                "late_s": first - float(times[0]),
                "switches": int((found[1:] != found[:-1]).sum()),
                "mean_confidence": float(sure[found].mean()) if found.any() else float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=pd.Index(_OBJECT))


def _boxes(video: str, test_set: TestSet, mine: Ints, number: Ints, moment: Floats, found_at: Floats) -> pd.DataFrame:
    boxes = test_set.boxes
    return pd.DataFrame(
        {
            "video": pd.Series([video] * len(mine), dtype="str"),
            "object": number,
            "box_id": boxes.ids.iloc[mine].reset_index(drop=True),
            "image_id": test_set.image_ids.iloc[boxes.image[mine]].reset_index(drop=True),
            "frame_s": moment[boxes.image[mine]],
            "confidence": found_at[mine],
            **dict(zip(CORNERS, boxes.xyxy[mine].T, strict=True)),
        }
    )


def _frames(
    video: str, test_set: TestSet, pictures: Ints, mine: Ints, moment: Floats, found_at: Floats, alarms: Ints
) -> pd.DataFrame:
    size = len(test_set.image_ids)
    total = np.bincount(test_set.boxes.image[mine], minlength=size)
    hits = np.bincount(test_set.boxes.image[mine[~np.isnan(found_at[mine])]], minlength=size)
    return pd.DataFrame(
        {
            "video": pd.Series([video] * len(pictures), dtype="str"),
            "image_id": test_set.image_ids.iloc[pictures].reset_index(drop=True),
            "frame_s": moment[pictures],
            "boxes": total[pictures],
            "hits": hits[pictures],
            "misses": (total - hits)[pictures],
            "false_alarms": alarms[pictures],
        }
    )


def _video(
    name: str,
    frames: pd.DataFrame,
    objects: pd.DataFrame,
    found_at: Floats,
    found_share: tuple[float, float],
    speed: float | None,
) -> dict[str, Any]:
    step = frame_step(frames["frame_s"].to_numpy(dtype=np.float64))
    seconds = len(frames) * step if step == step else 0.0
    found = int((objects["found_frames"] > 0).sum())
    lived = float((objects["last_s"] - objects["first_s"]).sum())
    false_alarms = int(frames["false_alarms"].sum())
    rate = ratio_of(1.0, step) if step == step else float("nan")
    late = objects["late_s"].dropna()
    sure = found_at[~np.isnan(found_at)]
    return {
        "video": name,
        "frames": len(frames),
        "seconds": seconds,
        "boxes": int(frames["boxes"].sum()),
        "recall": ratio_of(float(frames["hits"].sum()), float(frames["boxes"].sum())),
        "objects": len(objects),
        "objects_found": found,
        "found_share": ratio_of(found, len(objects)),
        "found_share_low": found_share[0],
        "found_share_high": found_share[1],
        "median_late_s": float(late.median()) if len(late) else float("nan"),
        "mean_time_found": float(objects["time_found"].mean()) if len(objects) else float("nan"),
        "flicker_per_s": ratio_of(float(objects["switches"].sum()), lived),
        "false_alarms": false_alarms,
        "false_alarms_per_minute": ratio_of(60.0 * false_alarms, seconds),
        "mean_confidence": float(sure.mean()) if len(sure) else float("nan"),
        "video_fps": rate,
        "detector_fps": float("nan") if speed is None else float(speed),
        "real_time": float("nan") if speed is None else ratio_of(speed, rate),
    }
