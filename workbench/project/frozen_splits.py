"""What holds a split still: the locks of frozen tests, and the note of a test set that workbench 0.1.0 had closed.

Each frozen test has a lock, ``tests/NAME.json``. No new picture gets into the split that it was taken from, and none
moves into it or out of it, while the lock is there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.model.errors import ProjectError
from workbench.project.files import read_sealed, write_sealed

CLOSED_NOTE = "frozen_test"
"""The note in which 0.1.0 kept that the split ``test`` was closed; freezing that split under a name takes its place."""


class Lock(BaseModel):
    """What is kept of a frozen test.

    Attributes:
        test: the id, ``t`` and the first 12 digits of its content's SHA-256.
        name: the word people use for it.
        version: the version that holds its pictures and boxes.
        split: which split of that version it is.
        note: why it was frozen.
        author: who froze it.
        at: when, UTC.
        pictures: how many pictures.
        boxes: how many boxes.
        content_sha256: the whole hash.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    test: str
    name: str
    version: str
    split: str
    note: str
    author: str
    at: str
    pictures: int
    boxes: int
    content_sha256: str


def write_lock(folder: Path, lock: Lock) -> None:
    """Write a frozen test's lock into the folder of the tests."""
    write_sealed(folder / f"{lock.name}.json", lock.model_dump(mode="json"))


def read_locks(folder: Path) -> tuple[Lock, ...]:
    """The locks of all frozen tests, oldest first.

    Raises:
        ProjectError: naming a lock that is damaged.
    """
    paths = sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))
    return tuple(sorted(map(_read, paths), key=lambda lock: lock.at))


@dataclass(frozen=True)
class Hold:
    """What holds a split still.

    Attributes:
        by: the test, in words.
        release: how its pictures may change again, in words.
    """

    by: str
    release: str


def frozen_splits(folder: Path, closed: str | None) -> dict[str, Hold]:
    """The splits that stand still.

    Args:
        folder: of the tests.
        closed: the text of `CLOSED_NOTE`, if there is one.

    Raises:
        ProjectError: naming a lock that is damaged.
    """
    held = {}
    if closed:
        by = f"the test set closed on {json.loads(closed)['at'][:10]}"
        held["test"] = Hold(by, "freeze it under a name (p.freeze_test('street')), then remove tests/street.json")
    for lock in reversed(read_locks(folder)):
        release = f"remove tests/{lock.name}.json and freeze the changed test under a new name"
        held[lock.split] = Hold(f"the frozen test {lock.name!r}", release)
    return held


def _read(path: Path) -> Lock:
    try:
        return Lock.model_validate(read_sealed(path))
    except (OSError, ValueError, ValidationError) as error:
        raise ProjectError(f"{path} is damaged ({str(error).splitlines()[0]}); bring it back from a copy") from error
