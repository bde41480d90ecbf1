"""Where pictures lie: folders, single files and globs, and what each picture is called."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.model.errors import InputError
from workbench.pictures.file_names import is_utf8, nfc, suffix_of
from workbench.pictures.kinds import NOT_READ, SUFFIXES, starts_like_a_picture
from workbench.pictures.walking import Entry, walk, why_not_followed

_LOOKED_AT = SUFFIXES | NOT_READ | {""}
_EMPTY_WORDS = {"images", "image", "img", "imgs", "jpegimages", "pictures"}

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
        return nfc(file.relative_to(self.base).as_posix())


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


def pictures_below(folder: Path) -> tuple[list[Entry], list[Entry]]:
    """The pictures of a folder and its subfolders, in the order of names, and those of kinds that are not read here.

    A picture is known by its ending, and where its name has none by its first bytes. A link counts as the file that it
    leads to; out of the folder it is followed only to a picture of one's own (see `why_link_is_not_read`), and stands
    among the others where it is not. Hidden files, pipes and devices are left out.

    Raises:
        InputError: if the folder cannot be listed.
    """
    read: list[Entry] = []
    not_read: list[Entry] = []
    for entry in walk(folder, _LOOKED_AT):
        readable = _is_read(entry.name, entry.path)
        if entry.outside and (readable or os.path.isdir(entry.path)):  # noqa: PTH112 - per file
            readable = not why_link_is_not_read(entry.path)
        if readable is not None:
            (read if readable else not_read).append(entry)
    return read, not_read


def why_link_is_not_read(path: str) -> str:
    """Why a link is not read as a picture; empty if it is, or if the file is no link."""
    if not os.path.islink(path):  # noqa: PTH114 - per file
        return ""
    why = why_not_followed(path)
    if not why and not starts_like_a_picture(path):
        why = "it is a link out of the folder to a file that is no picture"
    return why


def folder_word(folder: Path) -> str:
    """A folder's name, or its parent's where the name says nothing."""
    return folder.parent.name if folder.name.lower() in _EMPTY_WORDS else folder.name


def clean_source(source: str) -> str:
    """A source name that is safe as a folder name.

    Raises:
        InputError: if it holds a path separator or a control character.
    """
    name = nfc(source).strip().strip("/.") or "pictures"
    if "/" in name or "\\" in name or any(ord(c) < 32 for c in name) or not is_utf8(name):
        raise InputError(f"the source name {source!r} is not usable as a folder name; give a plain word")
    return name


def _find_one(place: Path) -> Found:
    if place.is_file():
        return Found(place.parent, [place], [])
    if place.is_dir():
        read, not_read = ([Path(entry.path) for entry in entries] for entries in pictures_below(place))
        return Found(place, sorted(read), sorted(not_read))
    if not glob.has_magic(str(place)):
        raise InputError(f"{place} does not exist; give a folder of pictures")
    parts = place.parts
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    hits = glob.iglob(str(place), recursive=True)  # noqa: PTH207 - the pattern may be absolute
    return _of_hits(Path(*parts[:fixed]), map(Path, hits))


def _of_hits(base: Path, hits: Iterable[Path]) -> Found:
    read: set[Path] = set()
    not_read: set[Path] = set()
    for hit in hits:
        if any(part.startswith(".") for part in hit.relative_to(base).parts):
            continue
        if hit.is_dir():
            for kept, entries in zip((read, not_read), pictures_below(hit), strict=True):
                kept.update(Path(entry.path) for entry in entries)
        elif hit.is_file() and (readable := _is_read(hit.name, str(hit))) is not None:
            (read if readable else not_read).add(hit)
    return Found(base, sorted(read), sorted(not_read))


def _is_read(name: str, path: str) -> bool | None:
    """Whether a file is a picture that is read here, or None where it is no picture."""
    suffix = suffix_of(name)
    if suffix in SUFFIXES or (not suffix and starts_like_a_picture(path)):
        return True
    return False if suffix in NOT_READ else None


def _together(parts: list[Found]) -> Found:
    bases = [part.base.absolute() for part in parts]
    base = next(one for one in [bases[0], *bases[0].parents] if all(other.is_relative_to(one) for other in bases))
    files = sorted({file.absolute() for part in parts for file in part.files})
    return Found(base, files, sorted({file.absolute() for part in parts for file in part.not_read}))
