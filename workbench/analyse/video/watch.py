"""What a detector saw in a video that nobody has labelled: its finds linked to objects, how steady they are, how fast.

Without labels nobody knows what was missed. But an object does not vanish for a frame, and a find of one or two frames
is rarely one: both show where to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse.inputs import Flags, Ints, Objects, build
from workbench.analyse.video.tracks import link
from workbench.analyse.video.video_report import frame_step, ratio_of
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

BRIEF = 2
"""Objects found in no more frames than this are brief: false alarms, mostly."""

INSIDE = 0.7
"""A find of which so much lies inside a surer one of its class is a second box on the same object."""

_OBJECT = (
    "object",
    "class_name",
    "first_s",
    "last_s",
    "frames",
    "found_frames",
    "time_found",
    "gaps",
    "mean_confidence",
    "surest_image_id",
)
"""Columns of a table of objects."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A video as a detector saw it.

    Attributes:
        figures: frames, seconds, video_fps, confidence, objects, brief_objects, frames_with_finds, finds_per_frame,
            doubled_finds (that lie inside a surer one, and are not counted otherwise), mean_confidence, gaps (frames in
            which an object is lost and found again), flicker_per_s (finds that came or went by second of an object's
            life), detector_fps, real_time.
        objects: one row an object: object, class_name, first_s, last_s, frames (from first to last), found_frames,
            time_found, gaps, mean_confidence, surest_image_id.
        finds: the predictions that count, each with its object and frame_s.
    """

    figures: dict[str, float]
    objects: pd.DataFrame
    finds: pd.DataFrame


def watched(
    images: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    confidence: float = 0.3,
    frames_per_second: float | None = None,
) -> Watched:
    """Put a detector's finds in one video together.

    Args:
        images: the frames of one video, with ``frame_s``.
        predictions: on these frames.
        confidence: finds from here on count.
        frames_per_second: of the detector, to compare with the video's rate.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if frames carry no moment, or confidence is out of range.
    """
    if not 0 <= confidence <= 1:
        raise InputError(f"watched: confidence is {confidence}; expected 0 to 1")
    images = tables.validate(images, "images")
    if not len(images) or images["frame_s"].isna().any():
        raise InputError("watched: every frame needs its moment in the video (frame_s); collect with collect_video")
    test_set = build(images.assign(label_status="empty"), tables.empty("boxes"), predictions)
    found = test_set.predictions
    moment = test_set.images["frame_s"].to_numpy(dtype=np.float64)
    sure = np.flatnonzero(found.confidence >= confidence)
    kept = sure[_first_of_place(sure, found)]
    kept = kept[np.argsort(moment[found.image[kept]], kind="stable")]
    times = moment[found.image[kept]]
    number = link(times, found.label[kept], found.xyxy[kept])
    frames = np.unique(moment)
    finds = pd.DataFrame(
        {
            "image_id": test_set.image_ids.iloc[found.image[kept]].reset_index(drop=True),
            "frame_s": times,
            "object": number,
            "class_name": pd.Series([test_set.classes[code] for code in found.label[kept]], dtype="str"),
            "confidence": found.confidence[kept],
            **dict(zip(CORNERS, found.xyxy[kept].T, strict=True)),
        }
    )
    rows: list[dict[str, Any]] = []
    switches = 0
    for one, mine in finds.groupby("object"):
        seen = np.unique(np.searchsorted(frames, mine["frame_s"].to_numpy(dtype=np.float64)))
        alive = int(seen[-1] - seen[0]) + 1
        switches += 2 * int((np.diff(seen) > 1).sum())
        surest = mine.iloc[int(mine["confidence"].to_numpy().argmax())]
        rows.append(
            {
                "object": one,
                "class_name": surest["class_name"],
                "first_s": float(frames[seen[0]]),
                "last_s": float(frames[seen[-1]]),
                "frames": alive,
                "found_frames": len(seen),
                "time_found": len(seen) / alive,
                "gaps": alive - len(seen),
                "mean_confidence": float(mine["confidence"].mean()),
                "surest_image_id": surest["image_id"],
            }
        )
    objects = pd.DataFrame(rows, columns=pd.Index(_OBJECT))
    step = frame_step(moment)
    rate = ratio_of(1.0, step) if step == step else float("nan")
    lived = float((objects["last_s"] - objects["first_s"]).sum())
    figures = {
        "frames": float(len(images)),
        "seconds": float(frames[-1] - frames[0]) + (step if step == step else 0.0),
        "video_fps": rate,
        "confidence": confidence,
        "objects": float(len(objects)),
        "brief_objects": float((objects["found_frames"] <= BRIEF).sum()),
        "frames_with_finds": float(finds["image_id"].nunique()),
        "finds_per_frame": ratio_of(len(finds), len(images)),
        "doubled_finds": float(len(sure) - len(kept)),
        "mean_confidence": float(finds["confidence"].mean()) if len(finds) else float("nan"),
        "gaps": float(objects["gaps"].sum()),
        "flicker_per_s": ratio_of(switches, lived),
        "detector_fps": float("nan") if frames_per_second is None else frames_per_second,
        "real_time": float("nan") if frames_per_second is None else ratio_of(frames_per_second, rate),
    }
    return Watched(figures, objects, finds)


def _first_of_place(rows: Ints, found: Objects) -> Flags:
    """Whether each find is no second box on the object of a surer one of its frame; by falling confidence there."""
    image, label, xyxy = found.image[rows], found.label[rows], found.xyxy[rows]
    area = np.prod(np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1e-9), axis=1)
    keep = np.ones(len(rows), dtype=bool)
    # A find meets only those of its own frame: the k-th next one is compared for all finds at once.
    for step in range(1, int(np.bincount(image).max(initial=0)) if len(rows) else 0):
        first = np.flatnonzero((image[step:] == image[:-step]) & (label[step:] == label[:-step]))
        second = first + step
        low, high = np.maximum(xyxy[first, :2], xyxy[second, :2]), np.minimum(xyxy[first, 2:], xyxy[second, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        keep[second[shared >= INSIDE * np.minimum(area[first], area[second])]] = False
    return keep
