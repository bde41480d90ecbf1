"""A target folder that is filled at once or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import InputError
from workbench.helpers import Helpers, Task

_NO_NAME = frozenset({"", ".", ".."})
_AT_ONCE = 200
_AHEAD = 4


@contextmanager
def filled_folder(out: Path, *, overwrite: bool, helpers: Helpers) -> Iterator[Callable[[str, bytes], None]]:
    """Give a function that writes a file below `out`; the files appear together when the block ends without an error.

    Everything is written into a folder beside `out` and moved in one rename, so that a full disk or an interruption
    leaves nothing half done.

    Args:
        out: the target folder; it must not exist, or be empty, or `overwrite` must be set.
        overwrite: replace files of the same names in an existing folder; others stay.
        helpers: write beside this process, if any of them runs.

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
    alone = not helpers.start(0)
    waiting: list[tuple[str, bytes]] = []
    sent: deque[Task[None]] = deque()

    def put(name: str, data: bytes) -> None:
        folder, last = name[: name.rfind("/") + 1], name[name.rfind("/") + 1 :]
        if folder not in made or last in _NO_NAME or "\0" in last:
            _refuse_outside(name)
            os.makedirs(f"{base}/{folder}", exist_ok=True)  # noqa: PTH103 - per file, and thousands of them
            made.add(folder)
        if alone:
            write_files(base, [(name, data)])
            return
        waiting.append((name, data))
        if len(waiting) == _AT_ONCE:
            send()

    def send() -> None:
        task = helpers.submit(write_files, base, tuple(waiting))
        sent.append(task)
        waiting.clear()
        while sent[0].done:
            sent.popleft().result()
            if not sent:
                return
        if len(sent) > _AHEAD:
            task.result()

    try:
        yield put
        send()
        while sent:
            sent.pop().result()
        _move(staging, out, taken)
    except OSError as error:
        raise InputError(f"{out}: {error.strerror or error}; nothing was written") from error
    finally:
        for task in sent:
            task.drop()
        shutil.rmtree(staging, ignore_errors=True)


def write_files(base: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Write new files below the folder `base`, of which every folder is there."""
    for name, data in files:
        descriptor = os.open(f"{base}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, data) if len(data) < 2**20 else _write_all(descriptor, data)
        finally:
            os.close(descriptor)


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
