"""Which picture an augmented copy is called after: Roboflow makes ``car_jpg.rf.1f0c….jpg`` of ``car.jpg``."""

from __future__ import annotations

import re

from workbench.pictures.file_names import suffix_of, without_suffix

_COPY = re.compile(r"(?P<original>.+)\.rf\.\w+$", re.IGNORECASE)
_REPLACED = re.compile(r"[^\w-]")


def copied_from(name: str) -> tuple[str, bool]:
    """The picture that a name (its folders apart) stands for, as copies of it are called, and whether it is a copy."""
    last = name.rsplit("/", 1)[-1]
    stem = without_suffix(last)
    if found := _COPY.match(stem):
        return found["original"].lower(), True
    # Roboflow replaces the dot of the ending, and what is no letter.
    return f"{_REPLACED.sub('-', stem)}_{suffix_of(last)[1:]}".lower(), False
