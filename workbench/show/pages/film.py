"""A video with what a detector found drawn in: to show people what it does, and how fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image, ImageDraw

from workbench.model.errors import InputError
from workbench.pictures.crops import view
from workbench.pictures.mp4 import write_mp4
from workbench.project import files
from workbench.show.drawn_boxes import DrawnBox, draw_boxes
from workbench.show.fonts import load_font
from workbench.show.pages.video_drawing import corners_of, usual_step
from workbench.show.style import INK, PAPER

_STRIP, _TEXT = 30, 16


def write_film(
    images: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    root: str | Path,
    out: str | Path,
    confidence: float,
    frames_per_second: float | None = None,
    width: int = 960,
) -> Path:
    """Write a video's frames as an mp4, with the finds at or above a confidence drawn in and told below.

    Args:
        images: the frames of one video, with their moments (``frame_s``).
        predictions: on them, of any confidence.
        root: the folder that the paths start from.
        out: the mp4.
        confidence: finds from here on are drawn.
        frames_per_second: how fast the detector was; told where it is known.
        width: of the film in pixels, even.

    Returns:
        The file; it is whole or not there.

    Raises:
        InputError: if there is no frame, one has no moment or cannot be read.
    """
    if not len(images) or images["frame_s"].isna().any():
        raise InputError("film: every frame needs its moment in the video (frame_s); collect with collect_video")
    frames = images.sort_values("frame_s", kind="stable")
    moments = frames["frame_s"].to_numpy(dtype=np.float64)
    target = Path(out)
    sure = predictions[predictions["confidence"] >= confidence]
    told = f"confidence {confidence:.2f} and above"
    if frames_per_second:
        told += f"    {frames_per_second:.1f} frames a second on this machine"
    with files.new_file(target) as unborn:
        # The container is told by the name's ending.
        part = unborn.with_name(f"{unborn.name}.mp4")
        try:
            pictures = _drawn(frames, dict(tuple(sure.groupby("image_id"))), Path(root), told, width)
            fps = max(round(1 / usual_step(moments.tolist())), 1)
            write_mp4(part, pictures, fps=fps, moments=(moments - moments[0]).tolist(), quality=33)
            part.replace(unborn)
        finally:
            part.unlink(missing_ok=True)
    return target


def _drawn(
    frames: pd.DataFrame, found: dict[object, pd.DataFrame], root: Path, told: str, width: int
) -> Iterator[npt.NDArray[np.uint8]]:
    size: tuple[int, int] | None = None
    for image_id, path in zip(frames["image_id"], frames["path"], strict=True):
        with view(root / str(path), want=(width, width)) as (picture, _, scale):
            if size is None:
                size = (width, round(picture.height * width / picture.width))
            zoom = scale * size[0] / picture.width
            shown = picture.resize(size, Image.Resampling.BICUBIC)
        mine = found.get(image_id)
        boxes = [] if mine is None else [_box(row, zoom) for row in mine.to_dict("records")]
        draw_boxes(shown, boxes, line=2, text=_TEXT)
        page = Image.new("RGB", (size[0], size[1] + _STRIP), INK)
        page.paste(shown, (0, 0))
        words = f"{told}    {len(boxes)} found"
        ImageDraw.Draw(page).text((10, size[1] + 5), words, font=load_font(_TEXT), fill=PAPER)
        yield np.asarray(page)[..., ::-1]


def _box(row: Mapping[Any, Any], zoom: float) -> DrawnBox:
    xmin, ymin, xmax, ymax = (value * zoom for value in corners_of(row))
    return DrawnBox((xmin, ymin, xmax, ymax), "tp", f"{row['confidence']:.2f}")
