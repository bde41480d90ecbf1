"""Rules about class names: near-equal ones, and names that hold the object's text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from workbench.label.reading.raw import Problem

_MANY_CLASSES = 300
_DIGIT = re.compile(r"\d")


def check_names(names: Sequence[str], classes: Sequence[str]) -> Iterator[Problem]:
    """Names that may mean one thing, and names used once.

    Args:
        names: the class name of every box.
        classes: the set's class list, which may hold names that no box uses.
    """
    counts = Counter(names)
    known = list(dict.fromkeys([*classes, *counts]))[:_MANY_CLASSES]
    once = [name for name in counts if counts[name] == 1]
    textual = len(once) >= 8 and len(once) >= 0.5 * len(counts) and sum(bool(_DIGIT.search(name)) for name in once) >= 3
    if textual:
        few = ", ".join(sorted(once)[:3])
        yield Problem("class-holds-text", f"{len(once)} of {len(counts)} class names are used once ({few}, ...)")
        known = [name for name in known if name not in set(once)]
    for i, first in enumerate(known):
        for second in known[i + 1 :]:
            why = alike(first, second)
            if why:
                rare, often = sorted((first, second), key=lambda name: counts[name])
                message = f"'{often}' ({counts[often]} boxes) and '{rare}' ({counts[rare]} boxes): {why}"
                yield Problem("class-names-similar", message)


def alike(first: str, second: str) -> str:
    """Why two names may mean one class, or an empty text.

    Names that differ in digits only (``wheel_1``, ``wheel_2``; ``speed 30``, ``speed 50``) are taken as meant.
    """
    a, b = _plain(first), _plain(second)
    if a == b:
        return "they differ in case, spaces or punctuation only"
    if _DIGIT.sub("", a) == _DIGIT.sub("", b):
        return ""
    if a.rstrip("s") == b.rstrip("s"):
        return "singular and plural"
    if min(len(a), len(b)) < 4 or _DIGIT.search(a + b):
        return ""
    words = _words(first), _words(second)
    if len(words[0]) == len(words[1]) > 1:
        if _shortened(*words):
            return "one seems to be short for the other"
        # Only what differs is compared: blue_car and blue_cat are as far apart as car and cat.
        different = [(x, y) for x, y in zip(*words, strict=True) if x != y]
    else:
        different = [(a, b)]
    return "a few letters apart" if all(_slipped(x, y) for x, y in different) else ""


def _slipped(a: str, b: str) -> bool:
    """Whether one word is the other with a slip of the keyboard.

    One letter apart and both real words happens (cat, car; boat, goat): only longer words are taken for typos. Two
    letters in each other's place (bicycle, bycicle) are one slip.
    """
    short = min(len(a), len(b))
    distance = _edits(a, b)
    if distance == 2 and a[0] == b[0] and sorted(a) == sorted(b):
        distance = 1
    return (distance == 1 and short >= 5) or (distance == 2 and short >= 8)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[\W_]+", name.casefold()) if word)


@lru_cache(maxsize=4096)
def _letters(word: str) -> frozenset[str]:
    return frozenset(word)


def _shortened(first: Sequence[str], second: Sequence[str]) -> bool:
    different = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return len(different) == 1 and all(
        min(len(a), len(b)) >= 2 and (a.startswith(b) or b.startswith(a)) for a, b in different
    )


def _edits(a: str, b: str) -> int:
    """Letters to change, add, drop or exchange with a neighbour (Damerau 1964), counted up to 3."""
    if abs(len(a) - len(b)) > 2:
        return 3
    one, two = _letters(a), _letters(b)
    if len(one - two) > 2 or len(two - one) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return min(3, row[-1])
