"""Pictures as arrays, upright, and the sizes of those that a table does not know yet."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model.errors import InputError
from workbench.pictures.upright import UNREADABLE, opened

if TYPE_CHECKING:
    from workbench.pictures.grey import Grey

Picture = npt.NDArray[np.uint8]
"""One picture: shape (height, width, 3), blue green red, upright."""


def read(path: Path) -> Picture | None:
    """Decode one picture; ``None`` if that cannot be done."""
    import cv2

    try:
        with opened(path) as picture:
            return np.asarray(cv2.cvtColor(np.asarray(picture.pixels()), cv2.COLOR_RGB2BGR), dtype=np.uint8)
    except UNREADABLE:
        return None


def read_grey(path: Path, *, least: tuple[int, int] | None = None) -> Grey | None:
    """A picture in grey, shape (height, width), at least `least` wide and high; ``None`` if that cannot be done."""
    try:
        with opened(path) as picture:
            return np.asarray(picture.pixels("L", least=least))
    except UNREADABLE:
        return None


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


def with_sizes(images: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Fill in missing widths and heights from the files, as they stand upright; the argument is not changed.

    Raises:
        InputError: if a picture without a size cannot be read.
    """
    unknown = (images["width"].isna() | images["height"].isna()).to_numpy(dtype=bool)
    if not unknown.any():
        return images
    paths = [root / (path or str(key)) for path, key in zip(images["path"], images["image_id"], strict=True)]
    width, height = images["width"].tolist(), images["height"].tolist()
    for row in map(int, np.flatnonzero(unknown)):
        width[row], height[row] = _size_of(paths[row])
    return images.assign(width=width, height=height)


def _size_of(path: Path) -> tuple[int, int]:
    try:
        with opened(path) as picture:
            return picture.size
    except UNREADABLE as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: BaseException) -> InputError:
    """What to raise for a picture that cannot be opened."""
    reason = "it is not there" if not path.exists() else " ".join(str(error).split()) or type(error).__name__
    return InputError(f"cannot read the picture {path}: {reason}; put it back or run the check")
