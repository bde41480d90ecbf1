"""Drawings of a video: bars over time, frames with boxes drawn in, and a sheet of frames evenly spaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse.video.video_report import frame_step
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.pictures.crops import Corners, encode_jpeg, view
from workbench.show.drawn_boxes import DrawnBox, cut_crop, draw_boxes
from workbench.show.style import Role

_FRAME, _FRAME_BYTES = (480, 270), 22_000
_SHEET_FRAME, _SHEET_BYTES, _SHEET_FRAMES = (320, 180), 9_000, 24
_CROP, _CROP_BYTES = (128, 96), 3_500
_LABEL, _WIDE, _ROW, _TICKS = 130, 900, 16, 10
_SAID = {"tp": "found", "fn": "not found", "fp": "false alarm"}


@dataclass(frozen=True)
class Bar:
    """A stretch of time of one row: something was found (``tp``), lost or missed (``fn``), or made up (``fp``)."""

    start_s: float
    end_s: float
    role: Role


@dataclass(frozen=True)
class Row:
    """One row of a timeline."""

    name: str
    bars: tuple[Bar, ...]


def bars_of(moments: Sequence[float], found: Sequence[bool], step: float) -> tuple[Bar, ...]:
    """Neighbouring frames of one kind as a bar each; a single frame is as long as `step`."""
    bars: list[Bar] = []
    for moment, hit in zip(moments, found, strict=True):
        role: Role = "tp" if hit else "fn"
        if bars and bars[-1].role == role:
            bars[-1] = Bar(bars[-1].start_s, moment + step, role)
        else:
            bars.append(Bar(moment, moment + step, role))
    return tuple(bars)


def alarm_bars(moments: Iterable[float], step: float) -> tuple[Bar, ...]:
    """A bar for each frame with false alarms."""
    return tuple(Bar(moment, moment + step, "fp") for moment in sorted(set(moments)))


def timeline(rows: Sequence[Row], moments: Sequence[float]) -> dict[str, Any]:
    """The drawing of rows over time, for the template ``video.html.j2``: everything in its units."""
    step = usual_step(moments)
    first, last = (min(moments), max(moments) + step) if len(moments) else (0.0, 1.0)
    scale = (_WIDE - _LABEL - 10) / max(last - first, 1e-9)
    tick = _nice((last - first) / _TICKS)
    ticks = np.arange(np.ceil(first / tick), np.floor(last / tick) + 1) * tick

    def x(moment: float) -> float:
        return round(_LABEL + (moment - first) * scale, 1)

    drawn = [
        {
            "name": row.name,
            "y": number * _ROW,
            "bars": [
                {
                    "x": x(bar.start_s),
                    "width": round(max((bar.end_s - bar.start_s) * scale, 1.5), 1),
                    "role": bar.role,
                    "said": f"{_SAID[bar.role]} from {bar.start_s:.2f} to {bar.end_s:.2f} s",
                }
                for bar in row.bars
            ],
        }
        for number, row in enumerate(rows)
    ]
    high = len(rows) * _ROW
    return {
        "rows": drawn,
        "ticks": [{"x": x(float(value)), "text": f"{value:g}"} for value in ticks.round(6)],
        "left": _LABEL,
        "wide": _WIDE,
        "bottom": high,
        "high": high + 34,
    }


def usual_step(moments: Sequence[float]) -> float:
    """The usual time from frame to frame, seconds; 1 where there is one frame only."""
    step = frame_step(np.asarray(moments, dtype=np.float64))
    return step if step == step else 1.0


class VideoFrames:
    """The frames of a video, to be drawn; what cannot be read any more is None.

    Attributes:
        moment: of each frame by its id, seconds.
    """

    def __init__(self, frames: pd.DataFrame, root: Path) -> None:
        """Take frames in their order: image_id, path below `root`, frame_s."""
        self.moment = dict(zip(frames["image_id"], frames["frame_s"].astype(float), strict=True))
        self._paths = {key: root / path for key, path in zip(frames["image_id"], frames["path"], strict=True)}

    def large(self, chosen: Mapping[Any, str], boxes: Callable[[Any, bool], list[DrawnBox]]) -> list[dict[str, Any]]:
        """Frames to look at, with their moment, why, and the picture with its boxes; in the order of time."""
        rows = [
            {
                "moment": self.moment[name],
                "said": said,
                "jpeg": self._jpeg(name, boxes(name, False), _FRAME, _FRAME_BYTES),
            }
            for name, said in chosen.items()
        ]
        return sorted(rows, key=lambda row: float(row["moment"]))

    def sheet(self, boxes: Callable[[Any, bool], list[DrawnBox]]) -> list[dict[str, Any]]:
        """Frames evenly spaced over everything, their boxes without texts."""
        names = list(self.moment)
        places = np.unique(np.linspace(0, len(names) - 1, _SHEET_FRAMES).round().astype(int)) if names else ()
        return [
            {
                "moment": self.moment[names[place]],
                "jpeg": self._jpeg(names[place], boxes(names[place], True), _SHEET_FRAME, _SHEET_BYTES),
            }
            for place in places
        ]

    def crop(self, name: Any, box: DrawnBox) -> bytes | None:
        """What surrounds a box, small."""
        try:
            crop = cut_crop(self._paths[name], box.corners, [box], size=_CROP, context=2.0, max_bytes=_CROP_BYTES)
        except InputError:
            return None
        return crop.jpeg

    def _jpeg(self, name: Any, boxes: Sequence[DrawnBox], size: tuple[int, int], max_bytes: int) -> bytes | None:
        try:
            with view(self._paths[name], want=size) as (picture, _, scale):
                zoom = min(size[0] / picture.width, size[1] / picture.height)
                small = picture.resize((round(picture.width * zoom), round(picture.height * zoom)))
        except InputError:
            return None
        draw_boxes(small, [DrawnBox(_scaled(box.corners, zoom * scale), box.role, box.text) for box in boxes])
        return encode_jpeg(small, max_bytes=max_bytes)


def few_of_each(reasons: Iterable[Iterable[tuple[Any, str]]], count: int) -> dict[Any, str]:
    """About `count` frames out of three lists of (image_id, why it is worth a look), as many of each, none twice."""
    each = max(count // 3, 1)
    chosen: dict[Any, str] = {}
    for pairs in reasons:
        for name, said in [pair for pair in pairs if pair[0] not in chosen][:each]:
            chosen[name] = said
    return chosen


def corners_of(row: Mapping[Any, Any]) -> Corners:
    """The corners of a table's row."""
    xmin, ymin, xmax, ymax = (float(row[name]) for name in CORNERS)
    return xmin, ymin, xmax, ymax


def _scaled(corners: Corners, factor: float) -> Corners:
    xmin, ymin, xmax, ymax = (value * factor for value in corners)
    return xmin, ymin, xmax, ymax


def _nice(step: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(step, 1e-6)))
    return float(next(power * k for k in (1, 2, 5, 10) if power * k >= step * (1 - 1e-9)))
