"""Cut a crop with context out of a picture and draw boxes on it.

Reading is upright: the EXIF orientation is applied, because boxes are in pixels of the upright picture. A JPEG much
larger than its crop is decoded at a half, a quarter or an eighth (libjpeg's draft mode), which is where the time goes.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageOps

from workbench.model.errors import InputError
from workbench.pictures.decoding import UNREADABLE
from workbench.show.fonts import load_font
from workbench.show.style import COLOURS, DASHED, Role, text_on

Corners = tuple[float, float, float, float]
"""``xmin, ymin, xmax, ymax`` in pixels of the upright picture."""

_ORIENTATION, _TURNED = 0x0112, (5, 6, 7, 8)
_QUALITIES = (85, 75, 65, 50, 35, 20)


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


def context_region(
    corners: Corners, width: int, height: int, *, aspect: float = 4 / 3, context: float = 3.0
) -> Corners:
    """The part of a picture to show around a box: `context` times its longer side, at least an eighth of the picture.

    The region keeps `aspect` (width over height) as far as the picture allows; at the edges it is moved, not cut.

    Args:
        corners: the box, ``xmin, ymin, xmax, ymax`` in pixels of the upright picture; it may reach outside.
        width: of the upright picture, in pixels.
        height: of the upright picture, in pixels.
        aspect: width over height of the crop wanted.
        context: how many times the box's longer side the crop is wide.
    """
    xmin, ymin, xmax, ymax = corners
    wide = max(context * max(xmax - xmin, (ymax - ymin) * aspect), max(width, height) / 8, 64.0)
    wide, high = min(wide, float(width)), min(wide / aspect, float(height))
    # In a low, wide picture the crop gets narrower, so that it still fills its place, but never cuts the box.
    wide = min(wide, max(high * aspect, 1.2 * (xmax - xmin)))
    high = min(high, max(wide / aspect, 1.2 * (ymax - ymin)))
    left = min(max((xmin + xmax - wide) / 2, 0.0), width - wide)
    top = min(max((ymin + ymax - high) / 2, 0.0), height - high)
    return left, top, left + wide, top + high


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
    with open_upright(path, want=size, around=around, context=context) as (picture, region, scale):
        left, top = region[0], region[1]
        pixels = tuple(round(v * scale) for v in region)
        cut = picture.crop((pixels[0], pixels[1], max(pixels[2], pixels[0] + 1), max(pixels[3], pixels[1] + 1)))
    zoom = min(size[0] / cut.width, size[1] / cut.height)
    target = (max(round(cut.width * zoom), 1), max(round(cut.height * zoom), 1))
    cut = cut.resize(target, Image.Resampling.LANCZOS if zoom < 1 else Image.Resampling.BICUBIC)
    factor = zoom * scale
    moved = [
        DrawnBox(
            ((x0 - left) * factor, (y0 - top) * factor, (x1 - left) * factor, (y1 - top) * factor), box.role, box.text
        )
        for box in boxes
        for x0, y0, x1, y1 in [box.corners]
    ]
    draw_boxes(cut, moved)
    return Crop(encode_jpeg(cut, max_bytes=max_bytes), cut.width, cut.height, region)


@contextmanager
def open_upright(
    path: Path, *, want: tuple[int, int], around: Corners | None = None, context: float = 3.0
) -> Iterator[tuple[Image.Image, Corners, float]]:
    """Open a picture upright, decoded no finer than needed.

    Args:
        path: the picture.
        want: width and height, in pixels, that the part around the box will be shown at.
        around: a box in pixels of the upright picture; ``None`` for the whole picture.
        context: as in `context_region`.

    Yields:
        The picture in RGB, the region to show (in pixels of the full upright picture), and the scale of the picture
        that was decoded against the full one.

    Raises:
        InputError: if the picture is missing or cannot be read.
    """
    try:
        with warnings.catch_warnings(), Image.open(path) as raw:
            warnings.simplefilter(
                "ignore", UserWarning
            )  # Damaged EXIF blocks are reported by `check`, not while drawing.
            turned = raw.getexif().get(_ORIENTATION, 1) in _TURNED
            full = (raw.height, raw.width) if turned else (raw.width, raw.height)
            whole: Corners = (0.0, 0.0, float(full[0]), float(full[1]))
            region = (
                whole if around is None else context_region(around, *full, aspect=want[0] / want[1], context=context)
            )
            shrink = min((region[2] - region[0]) / want[0], (region[3] - region[1]) / want[1])
            if shrink >= 2:
                raw.draft("RGB", (int(raw.width / shrink), int(raw.height / shrink)))
            picture = ImageOps.exif_transpose(raw).convert("RGB")
    except UNREADABLE as error:
        raise _unreadable(path, error) from error
    yield picture, region, picture.width / full[0]


def with_sizes(images: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Fill in missing widths and heights from the files, as they stand upright; the argument is not changed.

    Raises:
        InputError: if a picture without a size cannot be read.
    """
    unknown = (images["width"].isna() | images["height"].isna()).to_numpy(dtype=bool)
    if not unknown.any():
        return images
    paths = [root / (path or str(key)) for path, key in zip(images["path"], images["image_id"], strict=True)]
    sizes = {i: _upright_size(paths[i]) for i in map(int, np.flatnonzero(unknown))}
    width, height = images["width"].tolist(), images["height"].tolist()
    for i, (wide, high) in sizes.items():
        width[i], height[i] = wide, high
    return images.assign(width=width, height=height)


def _upright_size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as picture:
            turned = picture.getexif().get(_ORIENTATION, 1) in _TURNED
            return (picture.height, picture.width) if turned else picture.size
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: BaseException) -> InputError:
    reason = "it is not there" if not path.exists() else " ".join(str(error).split()) or type(error).__name__
    return InputError(f"cannot read the picture {path}: {reason}; put it back or run the check")


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


def encode_jpeg(picture: Image.Image, *, max_bytes: int) -> bytes:
    """Encode as JPEG at the best quality that stays within `max_bytes`; the lowest quality is taken as it comes."""
    data = b""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True)
        data = buffer.getvalue()
        if len(data) <= max_bytes:
            break
    return data


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
