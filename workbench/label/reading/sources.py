"""Files in: read a file without trusting it.

Label files come from strangers. Nothing here opens a pipe or a device, or takes a file of any size; what is refused
comes back as a reason, so that the caller can report it beside everything else.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from workbench.model.errors import InputError

MAX_LABEL_BYTES = 16 * 2**20
"""The largest label file of one picture that is read: some hundred thousand boxes."""
MAX_DATASET_BYTES = 512 * 2**20
"""The largest file that holds the labels of a whole set (COCO, CVAT, Label Studio)."""
# How XML and JSON begin in UTF-16 that has lost its mark.
_UNMARKED = {b"%c\0" % letter: "utf-16-le" for letter in b"<[{"} | {b"\0%c" % letter: "utf-16-be" for letter in b"<[{"}


class Refused(Exception):
    """A file that is not read: `code` is from the catalogue, `reason` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def existing(path: Path, what: str) -> Path:
    """Return `path` if it is there and can be read.

    Raises:
        InputError: naming what is missing.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InputError(f"{what} {path}: {error.strerror or error}; give a folder or file that exists") from error
    except ValueError as error:
        raise InputError(f"{what}: the path holds a NUL byte; give a folder or file that exists") from error
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise InputError(f"{what} {path} is neither a folder nor a file; give one of these")
    return path


def read_bytes(path: str, limit: int = MAX_LABEL_BYTES) -> bytes:
    """The whole file, if it is a plain file of at most `limit` bytes.

    Raises:
        Refused: with the catalogue's code for why it was not read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Refused("unreadable-file", f"cannot be opened: {error.strerror or error}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("unreadable-file", "is not a plain file")
        if status.st_size > limit:
            raise Refused(
                "file-too-large", f"{status.st_size / 2**20:.0f} MB; label files up to {limit >> 20} MB are read"
            )
        data = os.read(descriptor, status.st_size + 1)
        while len(data) < status.st_size:
            more = os.read(descriptor, status.st_size - len(data))
            if not more:
                break
            data += more
        return data
    except OSError as error:
        raise Refused("unreadable-file", f"cannot be read: {error.strerror or error}") from error
    finally:
        os.close(descriptor)


def decode_text(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: UTF-8, UTF-16 by its mark or first letter, else code page 949 or 1252.

    Raises:
        Refused: if the bytes are no text (NUL bytes without a sign of UTF-16).
    """
    wide = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _UNMARKED.get(data[:2])
    if wide is not None:
        try:
            return data.decode(wide), "utf-16"
        except UnicodeDecodeError as error:
            raise Refused("not-text", f"seems to be UTF-16 and is not: {error.reason}") from error
    if b"\0" in data:
        raise Refused("not-text", f"holds a NUL byte at offset {data.index(0)}")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    for encoding in ("cp949", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"
