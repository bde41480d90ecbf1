"""Files in: list a folder without leaving it, read a file without trusting it.

Label files come from strangers. Nothing here follows a link out of the given folder, opens a pipe or a device, or takes
a file of any size; what is refused comes back as a reason, so that the caller can report it beside everything else.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Collection
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from workbench.model.errors import InputError

MAX_LABEL_BYTES = 16 * 2**20
"""The largest label file of one picture that is read: some hundred thousand boxes."""
MAX_DATASET_BYTES = 512 * 2**20
"""The largest file that holds the labels of a whole set (COCO, CVAT, Label Studio)."""

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
)


class Entry(NamedTuple):
    """One file of a folder: where it lies, and its name as the tables write it.

    Attributes:
        path: absolute or caller-relative path as the disk spells it.
        name: POSIX path relative to the listed folder, NFC.
        outside: true for a link that leads out of the folder; such a file is never opened.
    """

    path: str
    name: str
    outside: bool = False

    @property
    def key(self) -> str:
        """`name` without its extension: what a picture and its label file share."""
        return without_suffix(self.name)


class Refused(Exception):
    """A file that is not read: `code` is from the catalogue, `reason` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def nfc(text: str) -> str:
    """The text in the composed form (NFC), so that a name from macOS equals the same name from Windows."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def printable(text: str) -> str:
    """The text as it can be written anywhere: bytes of a name that are not UTF-8 become U+FFFD."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def without_suffix(name: str) -> str:
    """The name without its last extension; a name such as ``a.mp4#t=3.jpg`` keeps all but ``.jpg``."""
    dot = name.rfind(".")
    return name if dot <= 0 or name[dot - 1] == "/" or "/" in name[dot:] else name[:dot]


def suffix_of(name: str) -> str:
    """The last extension in lower case with its dot, or an empty text."""
    dot = name.rfind(".")
    return "" if dot <= 0 or name[dot - 1] == "/" or "/" in name[dot:] else name[dot:].lower()


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


def walk(folder: Path, suffixes: Collection[str] | None = None) -> list[Entry]:
    """Every file below `folder`, in the order of names, links that lead out marked and never entered.

    Args:
        folder: where to look; hidden files and folders are left out.
        suffixes: the extensions wanted, lower case with the dot; all files if not given.

    Raises:
        InputError: if the folder cannot be listed.
    """
    root = os.path.realpath(folder)
    found: list[Entry] = []
    _walk(os.fspath(folder), "", root, suffixes, {root}, found)
    found.sort(key=attrgetter("name"))
    return found


def _walk(
    folder: str, prefix: str, root: str, suffixes: Collection[str] | None, seen: set[str], found: list[Entry]
) -> None:
    try:
        with os.scandir(folder) as entries:
            items = list(entries)
    except OSError as error:
        raise InputError(f"folder {folder}: {error.strerror or error}; make it readable") from error
    for item in items:
        if item.name[0] == ".":
            continue
        plain = item.is_file(follow_symlinks=False)
        dot = item.name.rfind(".")
        if plain and suffixes is not None and (dot < 1 or item.name[dot:].lower() not in suffixes):
            continue
        name = prefix + (item.name if item.name.isascii() else nfc(printable(item.name)))
        outside = False
        if plain:
            found.append(Entry(item.path, name))
            continue
        if item.is_symlink():
            target = os.path.realpath(item.path)
            outside = target != root and not target.startswith(root + os.sep)
            if not outside and item.is_dir() and target in seen:
                continue
        if not outside and item.is_dir():
            seen.add(os.path.realpath(item.path))
            _walk(item.path, name + "/", root, suffixes, seen, found)
        elif (suffixes is None or suffix_of(item.name) in suffixes) and (outside or item.is_file()):
            found.append(Entry(item.path, name, outside))


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
    """Text and the name of its encoding: UTF-8, UTF-16 by its mark, else code page 949 or 1252.

    Raises:
        Refused: if the bytes are no text (NUL bytes without a UTF-16 mark).
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise Refused("not-text", f"says it is UTF-16 and is not: {error.reason}") from error
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


def safe_name(text: str) -> str | None:
    """The POSIX path that a label file names, NFC, or None where it leads out of its folder or is absolute.

    A Windows path is read as one; a leading ``./`` is dropped.
    """
    name = nfc(text.strip()).replace("\\", "/")
    if "/" not in name:
        return None if name in ("", ".", "..") or name[1:2] == ":" else name
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        return None
    return str(path)


def folders_of(name: str) -> list[str]:
    """Every folder on the way to a file, relative."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[:i]) for i in range(1, len(parts) + 1)]


def base_name(text: str) -> str:
    """The last part of a path a label file names, whatever system wrote it, NFC."""
    return nfc(text.strip()).replace("\\", "/").rsplit("/", 1)[-1]
