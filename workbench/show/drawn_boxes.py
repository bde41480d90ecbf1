"""Draw boxes with their texts into a picture, and crops with boxes drawn in, encoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from workbench.pictures.crops import Corners, cut_out, encode_jpeg
from workbench.show.fonts import load_font
from workbench.show.style import COLOURS, DASHED, Role, text_on


@dataclass(frozen=True)
class DrawnBox:
    """A box to draw.

    Attributes:
        corners: ``xmin, ymin, xmax, ymax`` in pixels of the upright picture.
        role: what it is; `style.COLOURS` gives its colour and `style.DASHED` its line.
        text: what stands beside it; empty for a bare box.
    """

    corners: Corners
    role: Role
    text: str = ""


@dataclass(frozen=True)
class Crop:
    """A finished crop.

    Attributes:
        jpeg: the encoded bytes.
        width: in pixels of the crop.
        height: in pixels of the crop.
        region: the part of the upright picture that it shows, in that picture's pixels.
    """

    jpeg: bytes
    width: int
    height: int
    region: Corners


def cut_crop(
    path: Path,
    around: Corners,
    boxes: Sequence[DrawnBox],
    *,
    size: tuple[int, int] = (320, 240),
    context: float = 3.0,
    max_bytes: int = 12_000,
) -> Crop:
    """Read a picture, cut out what surrounds a box, draw boxes on it and encode it.

    Args:
        path: the picture.
        around: the box in the middle, pixels of the upright picture.
        boxes: what to draw, the most important last; those outside the crop are left out.
        size: the largest width and height of the crop, in pixels.
        context: how many times the box's longer side the crop is wide.
        max_bytes: quality is lowered until the JPEG is no larger (or the lowest quality is reached).

    Raises:
        InputError: if the picture is missing or cannot be read.
    """
    cut = cut_out(path, around, size=size, context=context)
    draw_boxes(cut.picture, [DrawnBox(cut.moved(box.corners), box.role, box.text) for box in boxes])
    return Crop(encode_jpeg(cut.picture, max_bytes=max_bytes), cut.picture.width, cut.picture.height, cut.region)


def draw_boxes(
    picture: Image.Image, boxes: Sequence[DrawnBox], *, line: int | None = None, text: int | None = None
) -> None:
    """Draw boxes and their texts into `picture`, in place; corners are in this picture's own pixels.

    Lines and letters (`line` and `text`, in pixels) are by default as thick and as large as suits a crop.

    Every line has a dark rim, so that it shows on any background; a text stands on a plate of the box's colour.
    """
    draw = ImageDraw.Draw(picture)
    line = line or max(2, round(min(picture.size) / 85))
    font = load_font(text or max(11, round(min(picture.size) / 13)))
    taken: list[tuple[float, float, float, float]] = []
    for box in boxes:
        _outline(draw, box, line)
    for box in reversed(boxes):
        if box.text:
            _plate(draw, box, line, font, picture.size, taken)


def _outline(draw: ImageDraw.ImageDraw, box: DrawnBox, line: int) -> None:
    x0, y0, x1, y1 = box.corners
    colour = COLOURS[box.role]
    draw.rectangle((x0 - line, y0 - line, x1 + line, y1 + line), outline="#000000", width=1)
    if box.role not in DASHED:
        draw.rectangle((x0 - line + 1, y0 - line + 1, x1 + line - 1, y1 + line - 1), outline=colour, width=line)
        return
    draw.rectangle((x0 - line + 1, y0 - line + 1, x1 + line - 1, y1 + line - 1), outline="#000000", width=line)
    dash = 4 * line
    for start, end in _dashes(x0 - line + 1, x1 + line - 1, dash):
        draw.rectangle((start, y0 - line + 1, end, y0), fill=colour)
        draw.rectangle((start, y1, end, y1 + line - 1), fill=colour)
    for start, end in _dashes(y0 - line + 1, y1 + line - 1, dash):
        draw.rectangle((x0 - line + 1, start, x0, end), fill=colour)
        draw.rectangle((x1, start, x1 + line - 1, end), fill=colour)


def _dashes(start: float, end: float, dash: int) -> Iterator[tuple[float, float]]:
    """Dashes with gaps half as long, one at either end, so that corners are always closed."""
    count = max(round((end - start) / (1.5 * dash)), 1)
    step = (end - start - dash) / count if end - start > dash else 0.0
    for i in range(count + 1):
        low = start + i * step
        yield low, min(low + dash, end)


def _plate(
    draw: ImageDraw.ImageDraw,
    box: DrawnBox,
    line: int,
    font: object,
    size: tuple[int, int],
    taken: list[tuple[float, float, float, float]],
) -> None:
    colour = COLOURS[box.role]
    left, top, right, bottom = draw.textbbox((0, 0), box.text, font=font)  # type: ignore[arg-type]
    wide, high = right - left + 6, bottom - top + 4
    x0, y0, _, y1 = box.corners
    x = min(max(x0 - line, 0.0), max(size[0] - wide, 0.0))
    places = [y0 - line - high, y1 + line, y0 + 1, y0 - line - 2 * high, y1 + line + high]
    fits = [y for y in places if y >= 0 and y + high <= size[1]]
    free = [y for y in fits if not any(x < b[2] and x + wide > b[0] and y < b[3] and y + high > b[1] for b in taken)]
    y = (free or fits or [min(max(places[0], 0.0), size[1] - high)])[0]
    taken.append((x, y, x + wide, y + high))
    draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=colour, outline="#000000")
    draw.text((x + 3 - left, y + 2 - top), box.text, font=font, fill=text_on(colour))  # type: ignore[arg-type]
