"""Frozen test sets: part of a version under lock, so that figures of different rounds are about the same thing.

A frozen test is named by its content, like a version. Changing a picture or a box of it makes another test, and what
was measured on the first is not measured on the second.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.model.errors import InputError, ProjectError
from workbench.model.tables import SPLITS
from workbench.project import ProjectFolder, files, user
from workbench.version.diff import diff
from workbench.version.manifest import Version, content_sha256
from workbench.version.snapshot import load, snapshot

_COUNTED = ("labelled", "empty", "approved")


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


@dataclass(frozen=True)
class FrozenTest:
    """A frozen test set; its tables are read when asked for.

    Attributes:
        lock: what it is.
        frozen: the version that holds it.
    """

    lock: Lock
    frozen: Version

    @property
    def test_id(self) -> str:
        """The test's id."""
        return self.lock.test

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The `images` and `boxes` tables of the test."""
        return part_of(self.frozen.images(), self.frozen.boxes(), self.lock.split)

    def __repr__(self) -> str:
        lock = self.lock
        return f"{lock.test} {lock.name!r} ({lock.pictures} pictures, {lock.boxes} boxes of {lock.version})"


def freeze_test(
    project: ProjectFolder, name: str, *, split: str = "test", note: str = "", author: str | None = None
) -> FrozenTest:
    """Put the pictures and boxes of a split under lock. What is frozen under that name already is returned.

    Args:
        project: whose working labels.
        name: a word for it, such as ``street``.
        split: the split to freeze.
        note: why.
        author: by default the user's login name.

    Raises:
        InputError: if the split has no labelled picture, or the name stands for another test.
    """
    if not name.strip() or name in SPLITS or any(letter in name for letter in "/\\"):
        raise InputError(f"{name!r} is no name for a test; give a word of your own, such as 'street'")
    if split not in SPLITS:
        raise InputError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
    images, boxes, _ = project.store.read_all()
    part_images, part_boxes = part_of(images, boxes, split)
    if not part_images["label_status"].isin(_COUNTED).any():
        raise InputError(f"the split {split!r} of {project.root.name} has no labelled picture to test on; label some")
    content = sha256_of_test(part_images, part_boxes)
    for other in frozen_tests(project):
        if other.lock.name == name and other.lock.content_sha256 != content:
            changed = diff(other.tables(), (part_images, part_boxes))
            raise InputError(
                f"the test {name!r} is frozen as {other.test_id} and is another one now ({changed}); "
                f"a changed test is a new test: give it a new name, such as {name + '-2'!r}"
            )
        if other.lock.name == name:
            return other
    frozen = snapshot(project, f"holds the test {name!r}", author=author)
    lock = Lock(
        test=f"t{content[:12]}",
        name=name,
        version=frozen.version_id,
        split=split,
        note=note.strip(),
        author=author or user(),
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        pictures=len(part_images),
        boxes=len(part_boxes),
        content_sha256=content,
    )
    values = lock.model_dump(mode="json")
    text = json.dumps({**values, "seal": _seal(values)}, indent=2, ensure_ascii=False)
    files.write_text(project.tests / f"{name}.json", text + "\n")
    return FrozenTest(lock, frozen)


def frozen_tests(project: ProjectFolder) -> tuple[FrozenTest, ...]:
    """All frozen tests, oldest first.

    Raises:
        ProjectError: naming a lock that is damaged.
    """
    if not project.tests.is_dir():
        return ()
    locks = [_read(path) for path in sorted(project.tests.glob("*.json")) if not path.name.startswith(".")]
    return tuple(FrozenTest(lock, load(project, lock.version)) for lock in sorted(locks, key=lambda lock: lock.at))


def find_test(project: ProjectFolder, name: str) -> FrozenTest | None:
    """The frozen test of that name or id, or None."""
    return next((test for test in frozen_tests(project) if name in (test.lock.name, test.test_id)), None)


def part_of(images: pd.DataFrame, boxes: pd.DataFrame, split: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One split of two tables."""
    chosen = images[images["split"] == split].reset_index(drop=True)
    return chosen, boxes[boxes["image_id"].isin(chosen["image_id"])].reset_index(drop=True)


def sha256_of_test(images: pd.DataFrame, boxes: pd.DataFrame) -> str:
    """The content of a test set as 64 hex digits; a class that none of its boxes has is no part of it."""
    return content_sha256(images, boxes, sorted(set(boxes["class_name"])))


def _read(path: Path) -> Lock:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        sealed = values.pop("seal")
        if sealed != _seal(values):
            raise ValueError("its seal does not match")
        return Lock.model_validate(values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise ProjectError(f"{path} is damaged ({str(error).splitlines()[0]}); bring it back from a copy") from error


def _seal(values: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
