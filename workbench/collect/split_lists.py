"""Lists of pictures that a person gives with what is collected: ``test.txt``, or ``ImageSets/Main`` with several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.label.reading.picture_names import Matcher
from workbench.label.reading.raw import Listed
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.label.reading.user_splits import listed_in, lists_in, splits_by_picture
from workbench.model.errors import InputError
from workbench.model.tables import SPLITS
from workbench.pictures.split_words import split_of_file
from workbench.pictures.surveying import problem
from workbench.pictures.walking import Entry

SplitLists = str | Path | Mapping[str, str | Path]
"""A list whose name says its split, a folder of such lists, or a list for each split."""


@dataclass(frozen=True)
class GivenSplits:
    """What lists say of some pictures.

    Attributes:
        of: the split of each picture that is listed, by its name.
        problems: rows of a `problems` table: what is listed and not there.
    """

    of: Mapping[str, str]
    problems: Sequence[dict[str, Any]]


def read_split_lists(given: SplitLists, names: Sequence[str]) -> GivenSplits:
    """The splits that lists give pictures.

    Args:
        given: a list called after its split, a folder that holds train.txt, val.txt or test.txt, or a list for each
            split by its name.
        names: the pictures, relative to their folder.

    Raises:
        InputError: if a list is not there, or does not say its split, or names none of the pictures.
    """
    matcher = Matcher([Entry("", name) for name in names])
    lists = _listed(given, matcher)
    known = [one for one in lists if matcher.find_name(one.name) >= 0]
    if not known:
        where = ", ".join(dict.fromkeys(one.file for one in lists)) or str(given)
        raise InputError(f"{where} names none of the {len(names)} pictures; give the list that belongs to this folder")
    lost = [one for one in lists if one not in set(known)]
    said = [
        problem(
            f"{one.file}:{one.line}",
            f"a list names a picture that is not there: {one.name[:200]!r}",
            "collect the folder that holds it, or drop the line",
            code="list-entry-missing",
            severity="warning",
        )
        for one in lost
    ]
    return GivenSplits(splits_by_picture(known, names), said)


def _listed(given: SplitLists, matcher: Matcher) -> list[Listed]:
    if isinstance(given, Mapping):
        wrong = next((split for split in given if split not in SPLITS), None)
        if wrong is not None:
            raise InputError(f"split is {wrong!r}; expected one of {', '.join(SPLITS)}")
        return [one for split, path in given.items() for one in _one_list(Path(path).expanduser(), split, matcher)]
    path = Path(given).expanduser()
    if path.is_dir():
        found = [one for folder in (path, path / "Main") for one in lists_in(folder, matcher)]
        if not found:
            raise InputError(
                f"{path} holds no train.txt, val.txt or test.txt; give a list, or the folder that holds them"
            )
        return found
    if not path.is_file():
        raise InputError(
            f"split is {str(given)!r}; expected one of {', '.join(SPLITS)}, or a list of pictures (test.txt, "
            "ImageSets/Main)"
        )
    split = split_of_file(path.stem)
    if split is None:
        raise InputError(
            f"{path.name} does not say which split it lists; call it train.txt, val.txt or test.txt, or give "
            f"split={{'test': {str(given)!r}}}"
        )
    return _one_list(path, split, matcher)


def _one_list(path: Path, split: str, matcher: Matcher) -> list[Listed]:
    try:
        text, _ = decode_text(read_bytes(str(path)))
    except Refused as refusal:
        raise InputError(f"{path}: {refusal.reason}; give a list of pictures, one a line") from refusal
    return listed_in(text, path.name, split, matcher)
