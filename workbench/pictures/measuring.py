"""What one picture is: read and decoded once, upright, with its hashes, its quality and what it says of itself."""

from __future__ import annotations

import dataclasses
import hashlib
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from workbench.model.errors import InputError
from workbench.pictures.alike.perceptual_hash import perceptual_hash
from workbench.pictures.grey import COMMON_SIDE, Grey, Quality, brought_to, quality
from workbench.pictures.upright import UNREADABLE, NoScaleError, opened

MOST_PIXELS = 120_000_000
"""Larger pictures are refused as decompression bombs."""

_DARKEST_WHITE = 16
"""A brightest grey below this, of 255, is a picture of at most 12 bits in 16."""
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_EXIF_MOMENT = "%Y:%m:%d %H:%M:%S"
# The luminance table of the JPEG standard (ITU-T T.81, table K.1), which encoders scale by their quality setting.
_STANDARD_TABLE_SUM = 3688


@dataclass(frozen=True)
class Measured:
    """Facts of one picture file.

    Attributes:
        sha256: of the file's bytes.
        kind: the true type by content, as Pillow names it (``JPEG``, ``PNG``, …).
        width: pixels, upright (EXIF orientation applied).
        height: pixels, upright.
        quality: sharpness, brightness and so on; see `workbench.pictures.Quality`.
        bits_per_pixel: the file's size by its pixels: how hard it is compressed.
        jpeg_quality: of a JPEG the quality setting (1 to 100) that its quantisation stands for; otherwise None.
        phash: perceptual hash, 16 hex digits; empty for a picture without any contrast.
        taken_at: the moment the camera wrote into it, ISO 8601 without a zone, or None.
        camera: maker and model, or None.
        remark: what to know of it before one trains on it, or an empty text; no part of its measures.
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
    remark: str
    small: Grey = field(repr=False, compare=False)

    def measures(self) -> dict[str, Any]:
        """The columns that an `images` table keeps of it beside the fixed ones."""
        own = {name: getattr(self, name) for name in _OWN}
        return {**dataclasses.asdict(self.quality), **own}


_OWN = ("kind", "bits_per_pixel", "jpeg_quality", "phash", "taken_at", "camera")
MEASURES = tuple(one.name for one in dataclasses.fields(Quality)) + _OWN
"""The columns of `Measured.measures`."""


def measure(path: Path) -> Measured:
    """Read and decode a picture file once, completely.

    Raises:
        InputError: if it is empty, not a picture, broken, cut short or too large to be true; the message says which.
        OSError: if the file cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure_bytes(path.read_bytes())


def measure_bytes(content: bytes) -> Measured:
    """`measure` for a file's content.

    Raises:
        InputError: as `measure`.
    """
    if not content:
        raise InputError("the file is empty (0 bytes)")
    try:
        with opened(BytesIO(content)) as image:
            if image.raw.width * image.raw.height > MOST_PIXELS:
                size = f"{image.raw.width} × {image.raw.height}"
                raise InputError(f"{size} pixels; more than {MOST_PIXELS} are not decoded")
            kind = image.raw.format or "?"
            setting = _jpeg_quality(image.raw)
            moment, camera = taken(image.raw.getexif())
            grey = np.asarray(image.pixels("L"))
            deep = image.deep
    except (UnidentifiedImageError, ImportError) as error:  # The latter where ultralytics is imported; see UNREADABLE.
        if content.startswith(_TIFF):
            raise InputError(
                "a TIFF in a form that is not read here, such as floating-point numbers in several channels; "
                "save it with 8 bits a channel"
            ) from error
        raise InputError("not a picture, whatever its name says") from error
    except NoScaleError as error:
        raise InputError(str(error)) from error
    except UNREADABLE as error:
        raise InputError(f"broken picture ({str(error).splitlines()[0] or type(error).__name__})") from error
    small = brought_to(grey, COMMON_SIDE)
    return Measured(
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
        remark=_dark_for_its_bits(grey) if deep else "",
        small=small,
    )


def _dark_for_its_bits(grey: Grey) -> str:
    """What to say of a 16-bit picture that uses the lowest of its bits only, as cameras of 10 or 12 bits write it."""
    most = int(grey.max())
    if most >= _DARKEST_WHITE:
        return ""
    return (
        f"16 bits, of which it uses the lowest: its brightest grey is {most} of 255, and so dark it is shown, trained "
        "on and predicted"
    )


def _jpeg_quality(image: Image.Image) -> float | None:
    """The setting of the reference encoder (libjpeg) whose luminance table has this sum."""
    tables: dict[int, list[int]] = getattr(image, "quantization", None) or {}
    if 0 not in tables:
        return None
    scale = 100 * sum(tables[0]) / _STANDARD_TABLE_SUM
    return round(min(max(100 - scale / 2 if scale <= 100 else 5000 / scale, 1.0), 100.0), 1)


def taken(exif: Image.Exif) -> tuple[str | None, str | None]:
    """The moment (ISO 8601, the camera's own clock) and the camera, or None where the picture does not say."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    moments = (details.get(ExifTags.Base.DateTimeOriginal), exif.get(ExifTags.Base.DateTime))
    words = [_word(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    make, model = words
    # Many cameras repeat the maker in the model.
    camera = model if make and model.lower().startswith(make.lower()) else " ".join(word for word in words if word)
    return next((moment for value in moments if (moment := _moment(value))), None), camera or None


def _moment(value: object) -> str | None:
    try:
        return datetime.strptime(_word(value)[:19], _EXIF_MOMENT).isoformat()
    except ValueError:
        return None


def _word(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return "".join(c for c in text if c.isprintable()).strip()
