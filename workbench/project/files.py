"""Files that are whole or absent: write to a temporary name, flush to disk, rename. Some are sealed against edits.

Temporary names start with ``.tmp-`` and hold the writer's process id, so that what a killed process left behind can be
told from what a living one is writing, and swept.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

_MARK = ".tmp-"
_SEAL = "seal"
"""The last entry of a file that nobody is to edit: a SHA-256 over all the others."""


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or none: the old content stays until the new one is safely on disk."""
    with new_file(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """`write_bytes` for text, as UTF-8 with the line ends it has."""
    write_bytes(path, content.encode())


def copy_whole(source: Path, target: Path, *, settle: bool = True) -> None:
    """Copy a file's content so that `target` is whole or absent; its folder is made if need be.

    Without `settle` the name is not safe on disk before `settle_folders`: who copies many files does that once.
    """
    with new_file(target, settle=settle) as temporary:
        shutil.copyfile(source, temporary)


def settle_folders(targets: Iterable[Path]) -> None:
    """Flush the folders of these files to disk, each once."""
    for folder in {target.parent for target in targets}:
        _sync(folder)


@contextmanager
def new_file(target: Path, *, settle: bool = True) -> Iterator[Path]:
    """Fill a file under a temporary name; it takes `target`'s place when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(target.parent, target.suffix)
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if settle:
        _sync(target.parent)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Fill a folder under a temporary name; it gets its real name when the block ends without an error.

    Raises:
        FileExistsError: if `target` is already there when the block ends (another process was faster).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(target.parent, "")
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.rglob("*"):
            if file.is_file() and not file.is_symlink():
                _sync(file)
        if target.exists():
            raise FileExistsError(errno.EEXIST, "the folder is already there", str(target))
        try:
            temporary.rename(target)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(errno.EEXIST, "the folder is already there", str(target)) from error
            raise
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync(target.parent)


def sweep(folder: Path) -> int:
    """Remove what killed processes left half written below `folder`; return how many entries went."""
    swept = 0
    for entry in list(folder.rglob(f"{_MARK}*")):
        owner = entry.name.removeprefix(_MARK).split("-")[0]
        if owner.isdigit() and psutil.pid_exists(int(owner)):
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
        swept += 1
    return swept


def _temporary(folder: Path, suffix: str) -> Path:
    return folder / f"{_MARK}{os.getpid()}-{secrets.token_hex(4)}{suffix}"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_folder(path: str | Path) -> Path:
    """The folder itself if it is not there or empty, else the first of ``path-2``, ``path-3``, … that is."""
    wanted = Path(path)
    number, candidate = 1, wanted
    while candidate.exists() and (not candidate.is_dir() or any(candidate.iterdir())):
        number += 1
        candidate = wanted.with_name(f"{wanted.name}-{number}")
    return candidate


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, their seal last."""
    return {**values, _SEAL: _sha256_of_values(values)}


def unsealed(values: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The values without their seal, and whether they are as they were sealed."""
    bare = {name: value for name, value in values.items() if name != _SEAL}
    return bare, values.get(_SEAL) == _sha256_of_values(bare)


def write_sealed(path: Path, values: Mapping[str, Any]) -> None:
    """Write the values with their seal as JSON, whole or not at all."""
    write_text(path, json.dumps(sealed(values), indent=2, ensure_ascii=False) + "\n")


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no JSON object, or not as it was sealed.
    """
    values = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise ValueError("it holds no JSON object")
    bare, intact = unsealed(values)
    if not intact:
        raise ValueError("its seal does not match")
    return bare


def _sha256_of_values(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
