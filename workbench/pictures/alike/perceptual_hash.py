"""A picture's perceptual hash: 64 bits that stay nearly the same when it is re-encoded, resized or slightly cropped.

The hash is nearly the classic one (pHash; Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash
Functions"): the signs of the 64 lowest frequencies of a 32 × 32 grey copy, without its mean. The classic one holds
them against their median; against zero the hash of the mirrored picture is known without making it. A table holds it
as 16 hex digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from workbench.pictures.decoded import read_grey
from workbench.pictures.grey import Grey, halved

Hashes = npt.NDArray[np.uint64]
"""Perceptual hashes, shape (n,)."""

_SIDE, _LOW = 32, 8
_FLAT = 8
_FREQUENCIES = [*((v, u) for v in range(_LOW) for u in range(_LOW) if v or u), (_LOW, 0)]
# Mirroring a picture turns the sign of every odd horizontal frequency, and so its bit.
_TURNED = np.uint64(sum(1 << (63 - bit) for bit, (_, u) in enumerate(_FREQUENCIES) if u % 2))


def perceptual_hash(grey: Grey) -> str:
    """The hash of a grey picture as 16 hex digits; an empty text for a flat one, which is like any other flat one."""
    small = cv2.resize(halved(grey, 2 * _SIDE), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    if int(small.max()) - int(small.min()) < _FLAT:
        return ""
    waves = cv2.dct(small.astype(np.float32))
    bits = [waves[place] > 0 for place in _FREQUENCIES]
    return f"{int.from_bytes(np.packbits(bits).tobytes(), 'big'):016x}"


def mirrored(hashes: npt.ArrayLike) -> Hashes:
    """The hashes of the mirrored pictures, shape (n,)."""
    return np.asarray(hashes, dtype=np.uint64) ^ _TURNED


def hash_of_file(path: Path) -> str:
    """The hash of a picture file, decoded small where its format allows; empty if it is flat or cannot be read."""
    grey = read_grey(path, least=(4 * _SIDE, 4 * _SIDE))
    return "" if grey is None else perceptual_hash(grey)


def as_numbers(hashes: Iterable[str]) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Hex hashes as numbers, shape (m,), and the rows they came from; empty ones are left out.

    Raises:
        ValueError: if a text is no hexadecimal number.
    """
    known = [(row, int(text, 16)) for row, text in enumerate(hashes) if isinstance(text, str) and text]
    return (
        np.array([number for _, number in known], dtype=np.uint64),
        np.array([row for row, _ in known], dtype=np.int64),
    )
