"""A finding as a picture: the box as read in red, the box as it should be in green."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from workbench.decoding import UNREADABLE
from workbench.label.check.systematic import Explanation
from workbench.label.labels import Found

AS_READ = (213, 94, 0)
SHOULD_BE = (0, 158, 115)


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
    """One picture, small and upright, with boxes in colours; None if it cannot be decoded."""
    try:
        with Image.open(path) as picture:
            wide, high = ImageOps.exif_transpose(picture).size
            picture.draft("RGB", (side, side))
            small = ImageOps.exif_transpose(picture).convert("RGB")
            small.thumbnail((side, side))
    except UNREADABLE:
        return None
    pen = ImageDraw.Draw(small)
    scale = (small.width / wide, small.height / high)
    for box, colour in boxes:
        if not np.isfinite(box).all():
            continue
        # A box far outside is drawn along the edge, so that one sees where it went.
        x = sorted(float(np.clip(value * scale[0], 0, small.width - 1)) for value in (box[0], box[2]))
        y = sorted(float(np.clip(value * scale[1], 0, small.height - 1)) for value in (box[1], box[3]))
        pen.rectangle((x[0], y[0], x[1], y[1]), outline=colour, width=2)
    return small


def as_data_address(picture: Image.Image) -> str:
    """The picture as a ``data:`` address that HTML can hold."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
