"""Cut the part around a box out of a picture, no finer decoded than needed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from workbench.pictures.decoded import unreadable
from workbench.pictures.upright import UNREADABLE, opened

Corners = tuple[float, float, float, float]
"""``xmin, ymin, xmax, ymax`` in pixels of the upright picture."""

_QUALITIES = (85, 75, 65, 50, 35, 20)


@dataclass(frozen=True)
class Cut:
    """A part of a picture.

    Attributes:
        picture: its pixels, enlarged or made small.
        region: the part of the upright picture that it shows, in that picture's pixels.
        factor: pixels of `picture` for one of the upright picture.
    """

    picture: Image.Image
    region: Corners
    factor: float

    def moved(self, corners: Corners) -> Corners:
        """A box of the upright picture in the pixels of this part."""
        left, top = self.region[:2]
        x0, y0, x1, y1 = corners
        return (x0 - left) * self.factor, (y0 - top) * self.factor, (x1 - left) * self.factor, (y1 - top) * self.factor


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


def cut_out(path: Path, around: Corners, *, size: tuple[int, int], context: float = 3.0) -> Cut:
    """Read a picture and cut out what surrounds a box.

    Args:
        path: the picture.
        around: the box in the middle, pixels of the upright picture.
        size: the largest width and height of the part, in pixels; it is brought to fill one of them.
        context: how many times the box's longer side the part is wide.

    Raises:
        InputError: if the picture is missing or cannot be read.
    """
    with view(path, want=size, around=around, context=context) as (picture, region, scale):
        pixels = tuple(round(v * scale) for v in region)
        cut = picture.crop((pixels[0], pixels[1], max(pixels[2], pixels[0] + 1), max(pixels[3], pixels[1] + 1)))
    zoom = min(size[0] / cut.width, size[1] / cut.height)
    target = (max(round(cut.width * zoom), 1), max(round(cut.height * zoom), 1))
    cut = cut.resize(target, Image.Resampling.LANCZOS if zoom < 1 else Image.Resampling.BICUBIC)
    return Cut(cut, region, zoom * scale)


@contextmanager
def view(
    path: Path, *, want: tuple[int, int], around: Corners | None = None, context: float = 3.0
) -> Iterator[tuple[Image.Image, Corners, float]]:
    """Open a picture for a look at it or at a part, decoded no finer than needed.

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
        with warnings.catch_warnings():
            # Damaged EXIF blocks are reported by `check`, not while drawing.
            warnings.simplefilter("ignore", UserWarning)
            with opened(path) as found:
                full = found.size
                region: Corners = (0.0, 0.0, float(full[0]), float(full[1]))
                if around is not None:
                    region = context_region(around, *full, aspect=want[0] / want[1], context=context)
                shrink = min((region[2] - region[0]) / want[0], (region[3] - region[1]) / want[1])
                least = (int(full[0] / shrink), int(full[1] / shrink)) if shrink >= 2 else None
                picture = found.pixels(least=least)
    except UNREADABLE as error:
        raise unreadable(path, error) from error
    yield picture, region, picture.width / full[0]


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
