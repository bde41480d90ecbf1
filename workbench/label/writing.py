"""From tables to files: one record per picture, and a target folder that is filled at once or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from workbench import tables
from workbench.errors import InputError
from workbench.geometry import CORNERS

_NO_EXTRA = frozenset({*tables.TABLES["boxes"], *tables.READ_FROM})
_NO_NAME = frozenset({"", ".", ".."})


class OutBox(NamedTuple):
    """One box to write: corners in pixels of the upright picture.

    Attributes:
        class_name: the class.
        corners: ``xmin, ymin, xmax, ymax``.
        ignore: a region that does not count (COCO's crowd).
        labeller: who drew it, or empty.
        extra: further columns that are set for this box.
    """

    class_name: str
    corners: tuple[float, float, float, float]
    ignore: bool
    labeller: str
    extra: dict[str, Any]


class Picture(NamedTuple):
    """One picture with its boxes, as the writers take it.

    Attributes:
        image_id: path of the picture relative to the images folder.
        width: upright width, 0 if unknown.
        height: upright height, 0 if unknown.
        status: ``labelled``, ``empty`` or ``unlabelled``.
        split: ``train``, ``val``, ``test``, ``pool`` or None.
        boxes: what is drawn on it.
    """

    image_id: str
    width: int
    height: int
    status: str
    split: str | None
    boxes: tuple[OutBox, ...]

    @property
    def file_name(self) -> str:
        """The picture's own name without its folder."""
        return self.image_id.rsplit("/", 1)[-1]


def pictures_of(images: pd.DataFrame, boxes: pd.DataFrame) -> list[Picture]:
    """Join the two tables into one record per picture, in the order of `images`."""
    further = [key for key in boxes.columns if key not in _NO_EXTRA]
    # Most sets have none; then all boxes share one that stays empty.
    extras: list[dict[str, Any]] = [{} for _ in range(len(boxes))] if further else [{}] * len(boxes)
    for key in further:
        for extra, value in zip(extras, boxes[key].tolist(), strict=True):
            if _is_set(value):
                extra[key] = value
    names, corners = boxes["class_name"].tolist(), zip(*(boxes[side].tolist() for side in CORNERS), strict=True)
    rest = boxes["ignore"].tolist(), boxes["labeller"].tolist(), extras
    grouped: dict[Any, list[OutBox]] = {}
    for image, box in zip(boxes["image_id"].tolist(), map(OutBox, names, corners, *rest), strict=True):
        grouped.setdefault(image, []).append(box)
    ids = images["image_id"].tolist()
    wide, high = (images[side].fillna(0).astype(int).tolist() for side in ("width", "height"))
    splits = [value if isinstance(value, str) else None for value in images["split"].tolist()]
    drawn = [tuple(grouped.get(name, ())) for name in ids]
    return list(map(Picture, map(str, ids), wide, high, images["label_status"].tolist(), splits, drawn))


def _is_set(value: Any) -> bool:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return False
    return not (isinstance(value, str) and not value)


@contextmanager
def filled_folder(out: Path, *, overwrite: bool) -> Iterator[Callable[[str, bytes], None]]:
    """Give a function that writes a file below `out`; the files appear together when the block ends without an error.

    Everything is written into a folder beside `out` and moved in one rename, so that a full disk or an interruption
    leaves nothing half done.

    Args:
        out: the target folder; it must not exist, or be empty, or `overwrite` must be set.
        overwrite: replace files of the same names in an existing folder; others stay.

    Raises:
        InputError: if `out` is taken or cannot be written.
    """
    taken = out.exists()
    if taken and not out.is_dir():
        raise InputError(f"{out} is a file; give a folder for the labels")
    if taken and any(out.iterdir()) and not overwrite:
        raise InputError(f"{out} is not empty; choose another folder or ask to overwrite")
    staging = out.parent / f".{out.name}.{secrets.token_hex(4)}.tmp"
    try:
        staging.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out}: {error.strerror or error}; choose a folder that can be written") from error
    made = {""}
    base = os.fspath(staging)

    def put(name: str, data: bytes) -> None:
        folder, last = name[: name.rfind("/") + 1], name[name.rfind("/") + 1 :]
        if folder not in made or last in _NO_NAME or "\0" in last:
            _refuse_outside(name)
            os.makedirs(f"{base}/{folder}", exist_ok=True)  # noqa: PTH103 - per file, and thousands of them
            made.add(folder)
        descriptor = os.open(f"{base}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, data) if len(data) < 2**20 else _write_all(descriptor, data)
        finally:
            os.close(descriptor)

    try:
        yield put
        _move(staging, out, taken)
    except OSError as error:
        raise InputError(f"{out}: {error.strerror or error}; nothing was written") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _refuse_outside(name: str) -> None:
    if "\0" in name or not _NO_NAME.isdisjoint(name.split("/")):
        raise InputError(f"'{name}' would leave the target folder; give the picture a plain relative path")


def _move(staging: Path, out: Path, taken: bool) -> None:
    _sync(staging)
    if not taken or not any(out.iterdir()):
        staging.replace(out)
        return
    for folder, _, files in os.walk(staging):
        target = out / Path(folder).relative_to(staging)
        if target.is_symlink():
            raise InputError(f"{target} is a link; nothing was written there")
        target.mkdir(exist_ok=True)
        for file in files:
            (Path(folder) / file).replace(target / file)


def _sync(folder: Path) -> None:
    # One flush of the file system costs less than one per file, and the rename that follows makes all visible at once.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
