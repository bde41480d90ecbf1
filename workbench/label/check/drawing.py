"""A finding as a picture: the part where the boxes lie, as read in orange, as they should be in green."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from workbench.label.check.systematic import Explanation
from workbench.label.reading.read import Found
from workbench.pictures.upright import UNREADABLE, opened

AS_READ = (213, 94, 0)
SHOULD_BE = (0, 158, 115)
_LEAST_SHOWN = 96
"""So many pixels around a tiny box are shown."""
_ENLARGED = 3.0

Point = npt.NDArray[np.float64]


def draw_explanation(
    found: Found, explanation: Explanation, *, pictures: int = 3, side: int = 320
) -> list[Image.Image]:
    """Small pictures of the set with both readings drawn in, the plainest differences first.

    Args:
        found: what was read.
        explanation: the mistake.
        pictures: how many.
        side: longer side in pixels.
    """
    owner = np.asarray(found.raw.file)[explanation.rows]
    result: list[Image.Image] = []
    for file in dict.fromkeys(owner.tolist()):
        index = int(found.resolved.picture[file])
        if index < 0:
            continue
        here = owner == file
        rows = explanation.rows[here]
        drawn = draw_boxes(
            found.pictures.entries[index].path,
            [(tuple(box), AS_READ) for box in found.resolved.boxes[rows].tolist()]
            + [(tuple(box), SHOULD_BE) for box in explanation.boxes[here].tolist()],
            side=side,
        )
        if drawn is not None:
            result.append(drawn)
        if len(result) == pictures:
            break
    return result


def draw_boxes(
    path: str, boxes: Iterable[tuple[tuple[float, ...], tuple[int, int, int]]], *, side: int = 320
) -> Image.Image | None:
    """The part of one upright picture where the boxes lie, with the boxes in colours; None if it cannot be decoded."""
    drawn = [(np.asarray(box), colour) for box, colour in boxes if np.isfinite(box).all()]
    try:
        with opened(path) as picture:
            upright = picture.pixels()
    except UNREADABLE:
        return None
    size = np.array(upright.size)
    # A box far outside is drawn along the edge, so that one sees where it went.
    corners = [np.clip(np.sort(box.reshape(2, 2), axis=0), 0, size - 1) for box, _ in drawn]
    low, high = _window(corners, size)
    scale = min(side / float((high - low).max()), _ENLARGED)
    wide, tall = (max(1, round(float(length) * scale)) for length in high - low)
    part = upright.resize((wide, tall), Image.Resampling.LANCZOS, box=(*low.tolist(), *high.tolist()))
    pen = ImageDraw.Draw(part)
    for box, (_, colour) in zip(corners, drawn, strict=True):
        pen.rectangle(
            np.clip((box - low) * scale, 0, np.array(part.size) - 1).ravel().tolist(), outline=colour, width=2
        )
    return part


def _window(corners: Sequence[npt.NDArray[np.float64]], size: npt.NDArray[np.int64]) -> tuple[Point, Point]:
    """Upper left and lower right of what is shown: the boxes in the picture with room around them, or all of it."""
    seen = [one for one in corners if (one[1] > one[0]).all()]
    if not seen:
        return np.zeros(2), size.astype(np.float64)
    low, high = np.min([one[0] for one in seen], axis=0), np.max([one[1] for one in seen], axis=0)
    room = max(float((high - low).max()), _LEAST_SHOWN / 2)
    return np.maximum(low - room, 0), np.minimum(high + room, size)


def as_data_address(picture: Image.Image) -> str:
    """The picture as a ``data:`` address that HTML can hold."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
