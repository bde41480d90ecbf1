"""Which split a name stands for: ``train``, ``val`` or ``test`` as a word of its own, never as letters inside one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"(train(?:ing|set)?|val(?:id|idate|idation|set)?|test(?:ing|set)?)\d{0,4}")
_BREAK = re.compile(r"[\W_]+")
_BESIDE = frozenset(
    {
        *("image", "images", "img", "imgs", "jpegimages", "picture", "pictures", "photo", "photos"),
        *("label", "labels", "annotation", "annotations", "ann", "anns", "xml", "xmls", "txt", "json"),
        *("obj", "data", "dataset", "set", "split", "coco", "yolo", "voc"),
        *("instances", "person", "keypoints", "captions", "stuff", "panoptic"),
    }
)
LISTS = {"train.txt": "train", "val.txt": "val", "valid.txt": "val", "validation.txt": "val", "test.txt": "test"}
"""What files are called that list the pictures of a split."""
OUTER = ("test", "val", "train")
"""From the one that is kept furthest from training."""
_SHORT = {"tr": "train", "va": "val", "te": "test"}


def split_of_folders(folders: Iterable[str]) -> str | None:
    """The split that one of the folders is named after, the nearest (the last) one first, or None."""
    return next((split for folder in reversed([*folders]) if (split := split_of_folder(folder))), None)


@lru_cache(maxsize=4096)
def split_of_folder(folder: str) -> str | None:
    """The split that a folder is named after: ``train``, ``valid``, ``val2017``, ``instances_test2017``, or None.

    Besides the split only words that say nothing may stand in the name: ``crash_test`` is no split.
    """
    words, splits = _words(folder)
    beside = all(word in _BESIDE or word.isdecimal() for word in words)
    return splits.pop() if len(splits) == 1 and beside else None


@lru_cache(maxsize=4096)
def split_of_file(stem: str) -> str | None:
    """The split in the name of a file that holds the labels of many pictures: ``plates_val``, ``instances_train2017``.

    Only whole words count: ``latest``, ``interval`` and ``trainval`` name none, ``train_val`` names two and so none.
    """
    splits = _words(stem)[1]
    return splits.pop() if len(splits) == 1 else None


def split_of_cell(text: str) -> str | None:
    """The split that a cell of a table says, by the rule of `split_of_file`; ``dev`` alone is val."""
    return "val" if text.strip().casefold() == "dev" else split_of_file(text)


def says_nothing(folder: str) -> bool:
    """Whether a folder's name only says what kind of files lie in it, such as ``images`` or ``labels``."""
    words, splits = _words(folder)
    return not splits and all(word in _BESIDE for word in words)


def _words(name: str) -> tuple[list[str], set[str]]:
    """The words of a name that are no split, and the splits that the others name."""
    words = [word for word in _BREAK.split(name.casefold()) if word]
    found = {word: _SHORT[word[:2]] for word in words if _WORD.fullmatch(word)}
    return [word for word in words if word not in found], set(found.values())
