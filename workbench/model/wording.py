"""Numbers in words, as people say them."""

from __future__ import annotations

_ONE = {"boxes": "box", "pictures": "picture", "classes": "class", "frames": "frame", "groups": "group", "tries": "try"}


def counted(count: int, what: str) -> str:
    """A count before what is counted, which begins with the plural: ``2 boxes ignored``, ``1 box ignored``."""
    first, space, rest = what.partition(" ")
    return f"{count} {_ONE.get(first, first) if count == 1 else first}{space}{rest}"
