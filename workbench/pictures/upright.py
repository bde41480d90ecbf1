"""Read pictures upright: as the boxes mean them, with the camera's EXIF orientation applied."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

from workbench.model.errors import InputError
from workbench.train.families import Picture

_SIDEWAYS = (5, 6, 7, 8)
_ORIENTATION = 0x0112


def read(path: Path) -> Picture | None:
    """Decode one picture; ``None`` if that cannot be done."""
    try:
        content = np.fromfile(path, dtype=np.uint8)
        picture = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except (OSError, cv2.error):
        return None
    return None if picture is None else np.asarray(picture, dtype=np.uint8)


def read_all(paths: Sequence[Path], *, threads: int) -> list[Picture | None]:
    """`read` for many, in order."""
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        return list(pool.map(read, paths))


def check_present(images: pd.DataFrame, root: Path) -> None:
    """Refuse rows whose picture is not there.

    Raises:
        InputError: with the number of such rows and the first of them.
    """
    gone = [path for path in images["path"] if not path or not (root / path).is_file()]
    if gone:
        raise InputError(
            f"{len(gone)} of {len(images)} pictures are not there, first {str(root / gone[0])!r}; "
            "bring them back, or leave their rows out"
        )


def fill_sizes(images: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Return `images` with the upright width and height filled in where they are missing.

    Raises:
        InputError: if such a picture cannot be read.
    """
    missing = images["width"].isna() | images["height"].isna()
    if not missing.any():
        return images
    sizes = [_upright_size(root / path) for path in images.loc[missing, "path"]]
    result = images.copy()
    result.loc[missing, "width"] = [width for width, _ in sizes]
    result.loc[missing, "height"] = [height for _, height in sizes]
    return result


def _upright_size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            turned = picture.getexif().get(_ORIENTATION) in _SIDEWAYS
    except (OSError, UnidentifiedImageError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a picture ({error}); replace it or leave its row out") from error
    return (height, width) if turned else (width, height)
