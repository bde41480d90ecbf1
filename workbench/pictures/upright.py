"""Opening a picture upright: as the boxes mean it, with the camera's EXIF orientation applied.

The one place that opens picture files. Their sizes are known from the header; the pixels are decoded when asked for,
no finer than needed, and turned then.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps

UNREADABLE = (
    OSError,
    EOFError,
    SyntaxError,
    Image.DecompressionBombError,
    # Let through where a header or an EXIF entry is not of the kind that Pillow expects.
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    struct.error,
    # Where another library has imported ultralytics: its `Image.open` wants a package that we do not ship.
    ImportError,
)
"""What Pillow raises for a file that is no picture or a damaged one: wherever a picture is opened, this is caught."""

_NO_SCALE = {"F": "floating-point numbers", "I": "whole numbers of 32 bits"}
"""Modes of Pillow in which nothing says what number is white."""
_ORIENTATION, _SIDEWAYS = 0x0112, (5, 6, 7, 8)


class NoScaleError(ValueError):
    """A picture whose numbers are no greys: what is white in it nobody says."""

    def __init__(self, numbers: str) -> None:
        super().__init__(
            f"its pixels are {numbers}, and nothing says which is white; save it with 8 or 16 bits a channel"
        )


@dataclass(frozen=True)
class Opened:
    """A picture whose header was read; to be asked while it is open.

    Attributes:
        raw: Pillow's picture, as it lies in the file; for what the file says of itself.
    """

    raw: Image.Image

    @cached_property
    def orientation(self) -> int:
        """The EXIF value 1 to 8. Of a PNG it may stand behind the pixels, which are decoded then."""
        said = self.raw.getexif().get(_ORIENTATION, 1)
        return said if isinstance(said, int) and 1 <= said <= 8 else 1

    @property
    def deep(self) -> bool:
        """Whether it is grey with 16 bits; of a PGM Pillow says so otherwise."""
        return self.raw.mode.startswith("I;16") or (self.raw.mode == "I" and self.raw.format == "PPM")

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        # Pillow gives a TIFF's size upright, and every other kind's as it is stored.
        sideways = self.orientation in _SIDEWAYS and self.raw.format != "TIFF"
        return (self.raw.height, self.raw.width) if sideways else self.raw.size

    def pixels(self, mode: str = "RGB", *, least: tuple[int, int] | None = None) -> Image.Image:
        """Decode the picture and turn it upright.

        Args:
            mode: ``RGB`` or ``L`` (grey).
            least: upright width and height, in pixels, that are enough; a JPEG is then decoded at a half, a quarter or
                an eighth (libjpeg's draft mode), which is where the time goes.

        Raises:
            UNREADABLE: if the file is damaged.
        """
        size = self.size  # Asked before decoding, which changes what Pillow says of it.
        wide, high = (max(side, 1) for side in least or size)
        # A JPEG's brightness is stored apart from its colours: these need not be decoded for grey.
        self.raw.draft(mode, (high, wide) if self.orientation in _SIDEWAYS else (wide, high))
        # Both steps would copy the whole picture where there is nothing to do.
        upright = self.raw if self.orientation == 1 else ImageOps.exif_transpose(self.raw)
        if self.deep:
            # Pillow would cut 16-bit greys off at 255.
            upright = _in_8_bits(upright)
        upright.load()
        return upright if upright.mode == mode else upright.convert(mode)


@contextmanager
def opened(source: str | Path | IO[bytes]) -> Iterator[Opened]:
    """Open a picture by its header; the file is closed when the block ends.

    Raises:
        UNREADABLE: if it is not there or no picture, `NoScaleError` among them.
    """
    with Image.open(source) as raw:
        picture = Opened(raw)
        if raw.mode[:1] in _NO_SCALE and not picture.deep:
            raise NoScaleError(_NO_SCALE[raw.mode[:1]])
        yield picture


def _in_8_bits(grey: Image.Image) -> Image.Image:
    # A helper that reads headers only would be ready a tenth of a second later.
    import numpy as np

    return Image.fromarray((np.asarray(grey) // 257).astype(np.uint8))
