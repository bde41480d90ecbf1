"""The page of a watched video: figures, objects over time, and frames to look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analyse.watch import BRIEF
from workbench.errors import InputError
from workbench.show import pages, plots
from workbench.show.crops import DrawnBox, draw_boxes, encode_jpeg, open_upright

if TYPE_CHECKING:
    from workbench.analyse import Watched

_FRAME = (480, 270)
_FRAME_BYTES = 22_000
_MOST_ROWS = 40

_WORDS = {
    "frames": "frames looked at",
    "seconds": "seconds",
    "video_fps": "frames a second in the video",
    "objects": "objects",
    "brief_objects": "objects found in 1 or 2 frames only",
    "frames_with_finds": "frames with finds",
    "mean_confidence": "mean confidence of finds",
    "gaps": "frames in which an object was lost and found again",
    "flicker_per_s": "finds that came or went, by second of an object's life",
    "detector_fps": "frames a second that the detector takes",
    "real_time": "times as fast as the video",
}


def video_page(watched: Watched, images: pd.DataFrame, *, root: str | Path, title: str, frames: int = 12) -> str:
    """Make the page.

    Args:
        watched: from `workbench.analyse.watched`.
        images: the frames, with paths relative to `root`.
        root: the folder that the paths start from.
        title: the heading.
        frames: how many frames are shown: some with the surest finds, some in which an object was lost, some with finds
            that nothing before or after bears out.
    """
    rows = watched.objects.sort_values("found_frames", ascending=False).head(_MOST_ROWS)
    tracks = {f"object {row['object']}": _seen(watched, row, images) for row in rows.to_dict("records")}
    moments = images["frame_s"].to_numpy(dtype=np.float64).tolist()
    height = 1.2 + 0.22 * max(len(tracks), 1)
    drawing = plots.svg(lambda _, ax: plots.plot_tracks(moments, tracks, ax), None, width=9.0, height=height)
    return pages.render(
        "video.html.j2",
        title=title,
        confidence=watched.figures["confidence"],
        figures=[(words, watched.figures[name]) for name, words in _WORDS.items()],
        tracks=drawing,
        shown=len(tracks),
        total=len(watched.objects),
        objects=rows.to_dict("records"),
        frames=_frames(watched, images, Path(root), frames),
        data_uri=pages.data_uri,
    )


def _seen(watched: Watched, row: Mapping[Any, Any], images: pd.DataFrame) -> list[tuple[float, bool]]:
    """Each frame of an object's life and whether it was found there."""
    found = set(watched.finds.loc[watched.finds["object"] == row["object"], "frame_s"])
    moments = images["frame_s"].to_numpy(dtype=np.float64)
    alive = moments[(moments >= row["first_s"]) & (moments <= row["last_s"])]
    return [(float(moment), float(moment) in found) for moment in alive]


def _frames(watched: Watched, images: pd.DataFrame, root: Path, count: int) -> list[dict[str, Any]]:
    """Frames worth a look, a third of each kind, in order of time."""
    finds, objects = watched.finds, watched.objects
    if not len(finds):
        return []
    short = objects["found_frames"] <= BRIEF
    steady = objects[~short].sort_values("found_frames", ascending=False)["surest_image_id"].tolist()
    brief = objects[short].sort_values("mean_confidence", ascending=False)
    chosen: dict[str, str] = {}
    each = max(count // 3, 1)
    for said, names in (
        ("found for long", steady),
        ("an object is lost here and found again", _lost(watched, images)),
        ("found for one or two frames only", brief["surest_image_id"].tolist()),
    ):
        for name in [name for name in dict.fromkeys(names) if name not in chosen][:each]:
            chosen[name] = said
    moments = dict(zip(images["image_id"], images["frame_s"].astype(float).tolist(), strict=True))
    paths = dict(zip(images["image_id"], images["path"], strict=True))
    rows = []
    for image_id, said in chosen.items():
        mine = finds[finds["image_id"] == image_id]
        boxes = [
            DrawnBox((r["xmin"], r["ymin"], r["xmax"], r["ymax"]), "tp", f"{r['object']}: {r['confidence']:.2f}")
            for r in mine.to_dict("records")
        ]
        rows.append({"moment": moments[image_id], "said": said, "jpeg": _picture(root / paths[image_id], boxes)})
    return sorted(rows, key=lambda row: float(row["moment"]))


def _lost(watched: Watched, images: pd.DataFrame) -> list[str]:
    by_moment = dict(zip(images["frame_s"].astype(float), images["image_id"], strict=True))
    lost = []
    for row in watched.objects.sort_values("found_frames", ascending=False).to_dict("records"):
        gaps = [moment for moment, found in _seen(watched, row, images) if not found]
        lost += [by_moment[moment] for moment in gaps[:1]]
    return lost


def _picture(path: Path, boxes: list[DrawnBox]) -> bytes | None:
    try:
        with open_upright(path, want=_FRAME) as (picture, _, scale):
            zoom = min(_FRAME[0] / picture.width, _FRAME[1] / picture.height)
            small = picture.resize((round(picture.width * zoom), round(picture.height * zoom)))
            factor = zoom * scale
            moved = [DrawnBox(tuple(v * factor for v in b.corners), b.role, b.text) for b in boxes]  # type: ignore[arg-type]
            draw_boxes(small, moved)
            return encode_jpeg(small, max_bytes=_FRAME_BYTES)
    except InputError:
        return None
