"""Which pictures a Label Studio task shows, what they are called, and on which of them a region lies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from workbench.label.reading.raw import RawFile
from workbench.pictures.file_names import base_name, safe_name, suffix_of, without_suffix
from workbench.pictures.kinds import SUFFIXES

_UPLOAD = re.compile(r"\A[0-9a-f]{8}-(?=.)")


@dataclass(frozen=True, slots=True)
class TaskPicture:
    """One picture of a task.

    Attributes:
        key: the field of the task's data that names it.
        name: the stored name.
        other: the name without the random beginning that an upload gets, where it has one.
    """

    key: str
    name: str
    other: str | None


class Task:
    """The pictures of a task, in the order of its data.

    Attributes:
        pictures: all of them; usually one.
        outside: names that lead out of the folder, as written; of these only the last part counts.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        self.pictures: list[TaskPicture] = []
        self.outside: list[str] = []
        self._listed = False
        data = task.get("data")
        for key, given in _candidates(data if isinstance(data, dict) else {}):
            name = picture_name(given)
            if name is None:
                self.outside.append(given)
                name = base_name(unquote(given))
            cut = _UPLOAD.sub("", base_name(name))
            uploaded = cut != base_name(name) and (given.startswith("/data/upload/") or bool(urlsplit(given).scheme))
            self.pictures.append(TaskPicture(key, name, cut if uploaded else None))
        self._listed = len(self.pictures) > 1 and len({one.key for one in self.pictures}) == 1

    def record(self, file: str, place: int) -> RawFile:
        """A new record for one of the pictures."""
        one = self.pictures[place]
        return RawFile(file, without_suffix(one.name), one.name, other=one.other)

    def place_of(self, result: dict[str, Any]) -> int | None:
        """On which picture a region lies, or None where it cannot be told."""
        if len(self.pictures) == 1:
            return 0
        if self._listed:
            item = result.get("item_index", 0)
            return item if isinstance(item, int) and 0 <= item < len(self.pictures) else None
        asked = str(result.get("to_name") or "")
        for same in (str, _plain, _number):
            hits = [i for i, one in enumerate(self.pictures) if same(one.key) == same(asked) != ""]
            if len(hits) == 1:
                return hits[0]
        return None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()).replace("image", "img")


def _number(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


def _candidates(data: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields that name pictures: all whose value ends like one, else the one that is called so."""
    texts = [(str(key), value) for key, value in data.items() if isinstance(value, str) and value]
    lists = [
        (str(key), item)
        for key, value in data.items()
        if isinstance(value, list)
        for item in value
        if isinstance(item, str) and item
    ]
    found = [(key, value) for key, value in texts + lists if suffix_of(picture_name(value) or "") in SUFFIXES]
    if found:
        return found
    named = [one for one in texts if one[0] == "image"] or [one for one in texts if "im" in one[0].lower()]
    return (named or texts)[:1]


def picture_name(given: str) -> str | None:
    """The name under which a picture is stored: an upload, a local file, or an address."""
    parts = urlsplit(given)
    local = parse_qs(parts.query).get("d")
    if local and "local-files" in parts.path:
        return safe_name(local[0])
    if parts.scheme or given.startswith("/data/"):
        return base_name(unquote(parts.path))
    return safe_name(given)


def keep_unique_names(records: Sequence[RawFile]) -> None:
    """Drop the shorter names that two uploads would share: cut, they would be one picture."""
    stored: dict[str, set[str | None]] = defaultdict(set)
    for record in records:
        stored[record.other or record.picture or ""].add(record.picture)
    for record in records:
        if record.other is not None and len(stored[record.other]) > 1:
            record.other = None
