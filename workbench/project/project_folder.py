"""A project on disk: one folder that holds pictures, the store, versions, runs and iterations.

```
plates/
  workbench.sqlite   the working labels and every edit
  pictures/          the pictures, by source
  versions/          frozen datasets, named by content
  runs/              trainings and their predictions
  iterations/        one record a round of the loop
  tests/             which test sets are frozen
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import filelock
import pandas as pd

from workbench.model.errors import InputError, ProjectError
from workbench.project import files
from workbench.project.store import Store

STORE_NAME = "workbench.sqlite"
_GOAL = "goal"
_ROOMS = ("pictures", "versions", "runs", "iterations", "tests")


class ProjectFolder:
    """What every stage gets: where things are, the store, and the lock for long work.

    Attributes:
        root: the project's folder, absolute.
        store: the working labels.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = Store(root / STORE_NAME)

    @classmethod
    def create(cls, path: str | Path, *, classes: Sequence[str], goal: str = "") -> Self:
        """Make a new project in a folder that is empty or not there yet.

        Args:
            path: the folder.
            classes: the names of what is to be found, in the order in which a YOLO file numbers them.
            goal: one word for what the detector must work on, such as ``video``.

        Raises:
            InputError: if the folder already holds something, or the class names or the goal are not usable.
        """
        root = Path(path).expanduser().resolve()
        _check_classes(classes)
        _check_goal(goal)
        if (root / STORE_NAME).exists():
            raise InputError(f"{root} is a project already; open it with workbench.open, or choose another folder")
        if root.is_file() or (root.is_dir() and any(not e.name.startswith(".tmp-") for e in root.iterdir())):
            raise InputError(f"{root} is not an empty folder; choose a new one for the project")
        root.mkdir(parents=True, exist_ok=True)
        # The store appears last and whole: a folder without it is no project, whenever this process is killed.
        with files.new_file(root / STORE_NAME) as unborn:
            store = Store(unborn)
            store.prepare()
            store.add_classes(classes)
            store.set_note(_GOAL, goal)
        return cls.open(root)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a project, after sweeping away what a killed process left half written.

        Raises:
            ProjectError: if the folder holds no project, or one this workbench cannot read.
        """
        root = Path(path).expanduser().resolve()
        if not (root / STORE_NAME).is_file():
            raise ProjectError(f"{root} holds no project; make one with: workbench init {path}")
        project = cls(root)
        project.store.prepare()
        for room in _ROOMS:
            (root / room).mkdir(exist_ok=True)
        files.sweep(root)
        return project

    @property
    def pictures(self) -> Path:
        """The folder of the pictures."""
        return self.root / "pictures"

    @property
    def versions(self) -> Path:
        """The folder of the frozen datasets."""
        return self.root / "versions"

    @property
    def runs(self) -> Path:
        """The folder of the trainings."""
        return self.root / "runs"

    @property
    def iterations(self) -> Path:
        """The folder of the iteration records."""
        return self.root / "iterations"

    @property
    def tests(self) -> Path:
        """The folder of the frozen test sets."""
        return self.root / "tests"

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in their fixed order."""
        return self.store.classes()

    @property
    def goal(self) -> str:
        """One word for what the detector must work on, such as ``video``; empty where nobody said it."""
        return self.store.note(_GOAL) or ""

    @property
    def images(self) -> pd.DataFrame:
        """The working `images` table."""
        return self.store.images()

    @property
    def boxes(self) -> pd.DataFrame:
        """The working `boxes` table."""
        return self.store.boxes()

    def named(self, images: pd.DataFrame, name: str) -> pd.DataFrame:
        """Those of the pictures that are in a split, or came from a source, of this name.

        Raises:
            InputError: if there are none.
        """
        chosen = images[(images["split"] == name) | (images["source"] == name)].reset_index(drop=True)
        if not len(chosen):
            there = ", ".join(sorted({*images["split"].dropna(), *images["source"]})) or "none yet"
            raise InputError(f"{self.root.name} has no pictures in a split or source {name!r}; there are: {there}")
        return chosen

    @contextmanager
    def lock(self, what: str, *, timeout_s: float = 60.0) -> Iterator[None]:
        """Keep other processes from the same long work; given up by the operating system if this process dies.

        Args:
            what: the work's name, one lock for each.
            timeout_s: how long to wait for another process.

        Raises:
            ProjectError: if another process still holds it after `timeout_s`.
        """
        lock = filelock.FileLock(self.root / f".{what}.lock", timeout=timeout_s)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise ProjectError(
                f"another process has been busy with '{what}' in {self.root} for {timeout_s:.0f} s; "
                "wait for it, or stop it and try again"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def __repr__(self) -> str:
        images = self.images
        statuses = ", ".join(f"{n} {status}" for status, n in images["label_status"].value_counts().items())
        return (
            f"{type(self).__name__}({self.root.name!r}: {len(images)} pictures{f' ({statuses})' if statuses else ''}, "
            f"{len(self.boxes)} boxes, classes {', '.join(self.classes)})"
        )


def _check_classes(classes: Sequence[str]) -> None:
    if isinstance(classes, str):
        raise InputError(f"classes is the text {classes!r}; give a list of names, e.g. [{classes!r}]")
    if not classes:
        raise InputError("a project needs at least one class name, e.g. classes=['plate']")
    for name in classes:
        if not isinstance(name, str) or not name.strip() or any(ord(c) < 32 for c in name):
            raise InputError(f"the class name {name!r} is not usable; give a plain word")
    if len(set(classes)) != len(classes):
        raise InputError(f"a class name stands twice in {', '.join(classes)}; name each once")


def _check_goal(goal: str) -> None:
    if not isinstance(goal, str) or (goal and (goal != goal.strip() or any(ord(c) < 32 for c in goal))):
        raise InputError(f"the goal {goal!r} is not usable; give a plain word such as 'video'")
