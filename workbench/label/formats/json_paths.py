"""Which keys a JSON text has and where, from its beginning alone: a file of a gigabyte is known by its first page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

Path = tuple[str, ...]
"""Keys from the outside in; ``[]`` stands for the place in a list."""

_MARK = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s\[\]{},:"]++')
_DEPTH = 6
_MARKS = 100_000
"""So many are looked at; one of them can be a picture of megabytes in base64."""


def key_paths(text: str) -> set[Path]:
    """The paths of all keys in the beginning of a JSON text, or of several, one a line.

    It takes what is there up to where the text is cut off, and does not ask whether the rest is right.
    """
    found: set[Path] = set()
    path: list[str] = []
    wants_key = False
    for hit in islice(_MARK.finditer(text), _MARKS):
        mark = hit.group()
        if mark == "{":
            path.append("")
            wants_key = True
        elif mark == "[":
            path.append("[]")
            wants_key = False
        elif mark in "}]":
            if path:
                path.pop()
            wants_key = False
        elif mark == ",":
            wants_key = bool(path) and path[-1] != "[]"
        elif wants_key and mark[0] == '"':
            path[-1] = mark[1:-1]
            wants_key = False
            if len(path) <= _DEPTH:
                found.add(tuple(path))
    return found


def has(paths: set[Path], wanted: Path) -> bool:
    """Whether a path is among them; ``*`` in `wanted` is any key or place of a list."""
    if "*" not in wanted:
        return wanted in paths
    return any(
        len(path) == len(wanted) and all(ours in ("*", theirs) for ours, theirs in zip(wanted, path, strict=True))
        for path in paths
    )


def has_all(paths: set[Path], wanted: Iterable[Path]) -> bool:
    """Whether all of these paths are among them."""
    return all(has(paths, one) for one in wanted)
