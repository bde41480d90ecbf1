"""A target folder that is filled at once or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.label.writing.records import Columns, Picture
from workbench.model.errors import InputError

_NO_NAME = frozenset({"", ".", ".."})


class Folder:
    """Writes new files below a folder, and makes the folders they need."""

    def __init__(self, base: str) -> None:
        """Write below `base`, which is there."""
        self.base = base
        self._made = {""}

    def put(self, name: str, data: bytes) -> None:
        """Write one file.

        Raises:
            InputError: if the name leads out of the folder.
            OSError: if it is there already or cannot be written.
        """
        folder, last = name[: name.rfind("/") + 1], name[name.rfind("/") + 1 :]
        if folder not in self._made or last in _NO_NAME or "\0" in last:
            _refuse_outside(name)
            os.makedirs(f"{self.base}/{folder}", exist_ok=True)  # noqa: PTH103 - per file, and thousands of them
            self._made.add(folder)
        descriptor = os.open(f"{self.base}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            done = os.write(descriptor, data)
            while done < len(data):
                # A disk that is nearly full, or more than the system takes at once.
                done += os.write(descriptor, memoryview(data)[done:])
        finally:
            os.close(descriptor)


Writer = Callable[[Sequence[Picture], tuple[str, ...]], Iterator[tuple[str, bytes]]]


def write_part(base: str, writer: Writer, classes: tuple[str, ...], part: Columns) -> int:
    """Write the files of some pictures below `base`, here or in a helper; returns how many."""
    folder, count = Folder(base), 0
    for name, data in writer(part.records(), classes):
        folder.put(name, data)
        count += 1
    return count


@contextmanager
def filled_folder(out: Path, *, overwrite: bool) -> Iterator[Folder]:
    """A folder to write into; its files appear together below `out` when the block ends without an error.

    It lies beside `out` and is moved in one rename, so that a full disk or an interruption leaves nothing half done.

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
    try:
        yield Folder(os.fspath(staging))
        _move(staging, out, taken)
    except OSError as error:
        raise InputError(f"{out}: {error.strerror or error}; nothing was written") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


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
