"""The files of a folder, listed without leaving it: the one walker, for pictures and for label files."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from workbench.model.errors import InputError
from workbench.pictures.file_names import nfc, printable, suffix_of, without_suffix


class Entry(NamedTuple):
    """One file of a folder: where it lies, and its name as the tables write it.

    Attributes:
        path: absolute or caller-relative path as the disk spells it.
        name: POSIX path relative to the listed folder, NFC.
        outside: true for a link that leads out of the folder, or nowhere; a label file that is one is never opened.
    """

    path: str
    name: str
    outside: bool = False

    @property
    def key(self) -> str:
        """`name` without its extension: what a picture and its label file share."""
        return without_suffix(self.name)


def walk(folder: Path, suffixes: Collection[str] | None = None) -> list[Entry]:
    """Every plain file below `folder`, in the order of names, links that lead out marked.

    A linked folder is never entered: what it leads to lies below `folder` anyway, or outside of it.

    Args:
        folder: where to look; hidden files and folders are left out.
        suffixes: the extensions wanted, lower case with the dot, an empty text for names without one; all files if not
            given.

    Raises:
        InputError: if the folder cannot be listed.
    """
    found: list[Entry] = []
    _walk(os.fspath(folder), "", os.path.realpath(folder), suffixes, found)
    found.sort(key=attrgetter("name"))
    return found


def why_not_followed(path: str) -> str:
    """Why a link that leads out of its folder is not followed to a picture; empty if it is.

    Pictures are often linked out of a store of one's own. A link that somebody else made must not read anything: both
    the link and what it leads to have to belong to this user, and that has to be a plain file. Whether it is a picture
    its first bytes say.
    """
    try:
        made, there = os.lstat(path), os.stat(path)  # noqa: PTH116 - per file
    except OSError as error:
        return f"it is a link, and where it leads there is nothing ({error.strerror or error})"
    mine = os.getuid() if hasattr(os, "getuid") else made.st_uid
    if stat.S_ISDIR(there.st_mode):
        return "it is a link to a folder outside, which is not entered; give that folder itself"
    if not stat.S_ISREG(there.st_mode):
        return "it is a link to something that is no plain file"
    if made.st_uid != mine or there.st_uid != mine:
        return "it is a link out of the folder to a file, and one of the two is not yours; copy the picture here"
    return ""


def _walk(folder: str, prefix: str, root: str, suffixes: Collection[str] | None, found: list[Entry]) -> None:
    try:
        with os.scandir(folder) as listing:
            items = list(listing)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror or error}; make it readable") from error
    for item in items:
        if item.name[0] == ".":
            continue
        plain = item.is_file(follow_symlinks=False)
        if plain and suffixes is not None and suffix_of(item.name) not in suffixes:
            continue
        name = prefix + (item.name if item.name.isascii() else nfc(printable(item.name)))
        if plain:
            found.append(Entry(item.path, name))
        elif item.is_dir(follow_symlinks=False):
            _walk(item.path, name + "/", root, suffixes, found)
        elif item.is_symlink() and (suffixes is None or suffix_of(item.name) in suffixes):
            target = os.path.realpath(item.path)
            outside = not target.startswith(root.rstrip(os.sep) + os.sep)
            if outside or item.is_file():
                found.append(Entry(item.path, name, outside))
