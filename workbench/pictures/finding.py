"""Where pictures lie: folders, single files and globs, and what each picture is called."""

from __future__ import annotations

import glob
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.model.errors import InputError
from workbench.pictures.measuring import SUFFIXES

_RAW = (".dng", ".cr2", ".cr3", ".nef", ".arw")
NOT_READ = frozenset([".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".svg", *_RAW])
"""Endings of pictures that are not read here; each such file is named in the report."""

_EMPTY_WORDS = {"images", "image", "img", "imgs", "jpegimages", "pictures"}
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")

Where = str | Path | Sequence[str | Path]
"""A folder, a file or a glob, or several of them."""


@dataclass(frozen=True)
class Found:
    """Picture files below one place.

    Attributes:
        base: the folder that the names are relative to.
        files: the pictures, in the order of names.
        not_read: pictures of a kind that is not read here.
    """

    base: Path
    files: list[Path]
    not_read: list[Path]

    def name(self, file: Path) -> str:
        """A file's name relative to the base, POSIX and composed (NFC)."""
        return unicodedata.normalize("NFC", file.relative_to(self.base).as_posix())


def find(pictures: Where) -> Found:
    """Look for pictures.

    Files below a folder are known by their ending, and where they have none by their first bytes; hidden ones are left
    out. A file that is named is taken whatever it is called.

    Raises:
        InputError: if a place is not there, or there is no picture in all of them.
    """
    places = [pictures] if isinstance(pictures, str | Path) else list(pictures)
    if not places:
        raise InputError("no place to look for pictures was given; name a folder, a file or a glob")
    parts = [_find_one(Path(place).expanduser()) for place in places]
    found = parts[0] if len(parts) == 1 else _together(parts)
    if not found.files:
        where = ", ".join(str(place) for place in places)
        others = f"; {len(found.not_read)} of kinds that are not read here" if found.not_read else ""
        raise InputError(f"{where} holds no pictures ({', '.join(sorted(SUFFIXES))}){others}; check the path")
    return found


def find_pictures(root: Path) -> list[Path]:
    """The pictures of one place, in the order of names. See `find`.

    Raises:
        InputError: if `root` is not there or holds no picture.
    """
    return find(root).files


def folder_word(folder: Path) -> str:
    """A folder's name, or its parent's where the name says nothing."""
    return folder.parent.name if folder.name.lower() in _EMPTY_WORDS else folder.name


def clean_source(source: str) -> str:
    """A source name that is safe as a folder name.

    Raises:
        InputError: if it holds a path separator or a control character.
    """
    name = unicodedata.normalize("NFC", source).strip().strip("/.") or "pictures"
    if "/" in name or "\\" in name or any(ord(c) < 32 for c in name) or not is_utf8(name):
        raise InputError(f"the source name {source!r} is not usable as a folder name; give a plain word")
    return name


def is_utf8(name: str) -> bool:
    """Whether a file name can be written down; one out of an old archive may hold bytes that are no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _find_one(place: Path) -> Found:
    if place.is_file():
        return Found(place.parent, [place], [])
    if place.is_dir():
        return _below(place, place.rglob("*"))
    if not glob.has_magic(str(place)):
        raise InputError(f"{place} does not exist; give a folder of pictures")
    parts = place.parts
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    base = Path(*parts[:fixed])
    hits = [Path(hit) for hit in glob.iglob(str(place), recursive=True)]  # noqa: PTH207 - the pattern may be absolute
    inside = [file for hit in hits for file in (hit.rglob("*") if hit.is_dir() else [hit])]
    return _below(base, dict.fromkeys(inside))


def _below(base: Path, files: object) -> Found:
    found, not_read = [], []
    for file in sorted(files):  # type: ignore[call-overload]
        if any(part.startswith(".") for part in file.relative_to(base).parts) or not file.is_file():
            continue
        suffix = file.suffix.lower()
        if suffix in SUFFIXES or (not suffix and _starts_like_a_picture(file)):
            found.append(file)
        elif suffix in NOT_READ:
            not_read.append(file)
    return Found(base, found, not_read)


def _starts_like_a_picture(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            start = stream.read(12)
    except OSError:
        return False
    return start.startswith(_STARTS) or (start[:4] == b"RIFF" and start[8:] == b"WEBP")


def _together(parts: list[Found]) -> Found:
    bases = [part.base.absolute() for part in parts]
    base = next(one for one in [bases[0], *bases[0].parents] if all(other.is_relative_to(one) for other in bases))
    files = sorted({file.absolute() for part in parts for file in part.files})
    return Found(base, files, sorted({file.absolute() for part in parts for file in part.not_read}))
