"""What one picture is: decoded once, upright, with its hash and first quality figures."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from workbench.decoding import UNREADABLE
from workbench.errors import InputError

MOST_PIXELS = 120_000_000
"""Larger pictures are refused as decompression bombs."""

_TYPES = {"JPEG": ".jpg .jpeg .jpe .jfif", "PNG": ".png", "BMP": ".bmp .dib", "WEBP": ".webp", "TIFF": ".tif .tiff"}
_TYPES |= {"GIF": ".gif", "MPO": ".jpg .jpeg .mpo"}
SUFFIXES = frozenset(" ".join(_TYPES.values()).split())


@dataclass(frozen=True)
class Picture:
    """Facts of one picture file.

    Attributes:
        sha256: of the file's bytes.
        kind: the true type by content, as Pillow names it (``JPEG``, ``PNG``, …).
        width: pixels, upright (EXIF orientation applied).
        height: pixels, upright.
        sharpness: variance of the Laplacian of the grey picture, in grey levels squared (Pech-Pacheco et al. 2000);
            a blurred picture has a low one.
        brightness: mean grey level, 0 to 255.
        contrast: standard deviation of the grey levels.
    """

    sha256: str
    kind: str
    width: int
    height: int
    sharpness: float
    brightness: float
    contrast: float


def measure(path: Path) -> Picture:
    """Read and decode a picture file once, completely.

    Raises:
        InputError: if it is empty, not a picture, broken, cut short or too large to be true; the message says which.
        OSError: if the file cannot be read.
    """
    content = path.read_bytes()
    if not content:
        raise InputError("the file is empty (0 bytes)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise InputError(f"{image.width} × {image.height} pixels; more than {MOST_PIXELS} are not decoded")
                kind = image.format or "?"
                grey = _grey(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise InputError("not a picture, whatever its name says") from error
    except UNREADABLE as error:
        raise InputError(f"broken picture ({str(error).splitlines()[0] or type(error).__name__})") from error
    return Picture(hashlib.sha256(content).hexdigest(), kind, grey.shape[1], grey.shape[0], *quality(grey))


def quality(grey: npt.NDArray[np.uint8]) -> tuple[float, float, float]:
    """Sharpness, brightness and contrast of a grey picture, shape (height, width), as in `Picture`."""
    laplacian = cv2.Laplacian(grey, cv2.CV_32F)
    return float(laplacian.var(dtype=np.float64)), float(grey.mean()), float(grey.std())


def _grey(image: Image.Image) -> npt.NDArray[np.uint8]:
    if image.mode.startswith("I;16"):
        # Pillow would cut 16-bit greys off at 255.
        return (np.asarray(image) // 257).astype(np.uint8)
    return np.asarray(image.convert("L"))


def suffix_fits(kind: str, suffix: str) -> bool:
    """Whether a file name's ending tells the truth about its content."""
    return kind not in _TYPES or suffix.lower() in _TYPES[kind].split()
