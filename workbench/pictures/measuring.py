"""What one picture is: read and decoded once, upright, with its hashes, its quality and what it says of itself."""

from __future__ import annotations

import dataclasses
import hashlib
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from workbench.model.errors import InputError
from workbench.pictures.alike.perceptual_hash import perceptual_hash
from workbench.pictures.decoding import UNREADABLE
from workbench.pictures.exif import taken
from workbench.pictures.grey import COMMON_SIDE, Grey, Quality, brought_to, quality

MOST_PIXELS = 120_000_000
"""Larger pictures are refused as decompression bombs."""

_TYPES = {"JPEG": ".jpg .jpeg .jpe .jfif", "PNG": ".png", "BMP": ".bmp .dib", "WEBP": ".webp", "TIFF": ".tif .tiff"}
_TYPES |= {"GIF": ".gif", "MPO": ".jpg .jpeg .mpo"}
SUFFIXES = frozenset(" ".join(_TYPES.values()).split())

# The luminance table of the JPEG standard (ITU-T T.81, table K.1), which encoders scale by their quality setting.
_STANDARD_TABLE_SUM = 3688


@dataclass(frozen=True)
class Picture:
    """Facts of one picture file.

    Attributes:
        sha256: of the file's bytes.
        kind: the true type by content, as Pillow names it (``JPEG``, ``PNG``, …).
        width: pixels, upright (EXIF orientation applied).
        height: pixels, upright.
        quality: sharpness, brightness and so on; see `workbench.collect.Quality`.
        bits_per_pixel: the file's size by its pixels: how hard it is compressed.
        jpeg_quality: of a JPEG the quality setting (1 to 100) that its quantisation stands for; otherwise None.
        phash: perceptual hash, 16 hex digits; empty for a picture without any contrast.
        taken_at: the moment the camera wrote into it, ISO 8601 without a zone, or None.
        camera: maker and model, or None.
        small: the picture in grey at `COMMON_SIDE` pixels, for a second look; no part of its measures.
    """

    sha256: str
    kind: str
    width: int
    height: int
    quality: Quality
    bits_per_pixel: float
    jpeg_quality: float | None
    phash: str
    taken_at: str | None
    camera: str | None
    small: Grey = field(repr=False, compare=False)

    def measures(self) -> dict[str, Any]:
        """The columns that an `images` table keeps of it beside the fixed ones."""
        own = {name: getattr(self, name) for name in _OWN}
        return {**dataclasses.asdict(self.quality), **own}


_OWN = ("kind", "bits_per_pixel", "jpeg_quality", "phash", "taken_at", "camera")
MEASURES = tuple(one.name for one in dataclasses.fields(Quality)) + _OWN
"""The columns of `Picture.measures`."""


def measure(path: Path) -> Picture:
    """Read and decode a picture file once, completely.

    Raises:
        InputError: if it is empty, not a picture, broken, cut short or too large to be true; the message says which.
        OSError: if the file cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure_bytes(path.read_bytes())


def measure_bytes(content: bytes) -> Picture:
    """`measure` for a file's content.

    Raises:
        InputError: as `measure`.
    """
    if not content:
        raise InputError("the file is empty (0 bytes)")
    try:
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise InputError(f"{image.width} × {image.height} pixels; more than {MOST_PIXELS} are not decoded")
            kind = image.format or "?"
            setting = _jpeg_quality(image)
            moment, camera = taken(image.getexif())
            # A JPEG's brightness is stored apart from its colours: these need not be decoded for grey.
            image.draft("L", image.size)
            grey = as_grey(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise InputError("not a picture, whatever its name says") from error
    except UNREADABLE as error:
        raise InputError(f"broken picture ({str(error).splitlines()[0] or type(error).__name__})") from error
    small = brought_to(grey, COMMON_SIDE)
    return Picture(
        sha256=hashlib.sha256(content).hexdigest(),
        kind=kind,
        width=grey.shape[1],
        height=grey.shape[0],
        quality=quality(grey, small),
        bits_per_pixel=8 * len(content) / grey.size,
        jpeg_quality=setting,
        phash=perceptual_hash(grey),
        taken_at=moment,
        camera=camera,
        small=small,
    )


def as_grey(image: Image.Image) -> Grey:
    """The picture in grey levels, shape (height, width)."""
    if image.mode.startswith("I;16"):
        # Pillow would cut 16-bit greys off at 255.
        return (np.asarray(image) // 257).astype(np.uint8)
    return np.asarray(image.convert("L"))


def suffix_fits(kind: str, suffix: str) -> bool:
    """Whether a file name's ending tells the truth about its content."""
    return kind not in _TYPES or suffix.lower() in _TYPES[kind].split()


def _jpeg_quality(image: Image.Image) -> float | None:
    """The setting of the reference encoder (libjpeg) whose luminance table has this sum."""
    tables: dict[int, list[int]] = getattr(image, "quantization", None) or {}
    if 0 not in tables:
        return None
    scale = 100 * sum(tables[0]) / _STANDARD_TABLE_SUM
    return round(min(max(100 - scale / 2 if scale <= 100 else 5000 / scale, 1.0), 100.0), 1)
