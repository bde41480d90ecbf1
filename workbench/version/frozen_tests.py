"""Frozen test sets: part of a version under lock, so that figures of different rounds are about the same thing.

A frozen test is named by its content, like a version. Changing a picture or a box of it makes another test, and what
was measured on the first is not measured on the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.model.errors import InputError
from workbench.model.tables import COUNTED_STATUSES, SPLITS
from workbench.model.wording import counted, facts_html
from workbench.project import ProjectFolder, now, user
from workbench.project.frozen_splits import CLOSED_NOTE, Lock, read_locks, write_lock
from workbench.version.diff import diff
from workbench.version.manifest import Version, content_sha256, load, part_of
from workbench.version.snapshot import snapshot


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
        return part_of(self.frozen.images, self.frozen.boxes, self.lock.split)

    def __repr__(self) -> str:
        lock = self.lock
        what = f"{counted(lock.pictures, 'pictures')}, {counted(lock.boxes, 'boxes')}"
        return f"{lock.test} {lock.name!r} ({what} of {lock.version})"

    def _repr_html_(self) -> str:
        lock = self.lock
        facts = {
            "id": lock.test,
            "pictures": lock.pictures,
            "boxes": lock.boxes,
            "of": f"{lock.version}, split {lock.split}",
            "frozen": f"{lock.at[:16].replace('T', ' ')} UTC by {lock.author}",
            "note": lock.note,
        }
        return facts_html(f"Frozen test {lock.name}", facts)


def freeze_test(
    project: ProjectFolder, name: str, *, split: str = "test", note: str = "", author: str | None = None
) -> FrozenTest:
    """Put the pictures and boxes of a split under lock. What is frozen under that name already is returned.

    From then on no new picture gets into that split: what looks like one of its pictures is refused when collecting, no
    picture moves into it or out of it, and no version that gives it away is trained on.

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
    if not part_images["label_status"].isin(COUNTED_STATUSES).any():
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
        test=id_of_test(content),
        name=name,
        version=frozen.version_id,
        split=split,
        note=note.strip(),
        author=author or user(),
        at=now(),
        pictures=len(part_images),
        boxes=len(part_boxes),
        content_sha256=content,
    )
    write_lock(project.tests, lock)
    if split == "test" and project.store.note(CLOSED_NOTE):
        project.store.set_note(CLOSED_NOTE, "")  # the lock holds the split from now on
    return FrozenTest(lock, frozen)


def frozen_tests(project: ProjectFolder) -> tuple[FrozenTest, ...]:
    """All frozen tests, oldest first.

    Raises:
        ProjectError: naming a lock that is damaged.
    """
    return tuple(FrozenTest(lock, load(project, lock.version)) for lock in read_locks(project.tests))


def list_tests(project: ProjectFolder) -> pd.DataFrame:
    """All frozen tests, oldest first: test, name, version, split, pictures, boxes, author, at, note."""
    names = ["test", "name", "version", "split", "pictures", "boxes", "author", "at", "note"]
    rows = [[getattr(one.lock, name) for name in names] for one in frozen_tests(project)]
    return pd.DataFrame(rows, columns=pd.Index(names))


def find_test(project: ProjectFolder, name: str) -> FrozenTest | None:
    """The frozen test of that name or id, or None."""
    return next((test for test in frozen_tests(project) if name in (test.lock.name, test.test_id)), None)


def id_of_test(content: str) -> str:
    """A test set's id: ``t`` and the first 12 digits of its content (see `sha256_of_test`)."""
    return f"t{content[:12]}"


def sha256_of_test(images: pd.DataFrame, boxes: pd.DataFrame) -> str:
    """The content of a test set as 64 hex digits; a class that none of its boxes has is no part of it."""
    return content_sha256(images, boxes, sorted(set(boxes["class_name"])))
