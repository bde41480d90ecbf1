"""The recorded runs that ship, opened as a project: all its verbs work, without training and without a GPU."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.api.project import Project
from workbench.course.course_project import CLASSES, TEST, TEST_PARTS
from workbench.course.course_street import Street
from workbench.course.recorded_index import StoryIndex
from workbench.machine.shipped import shipped
from workbench.project import files
from workbench.version import find_test

SHIPPED = shipped("data", "recorded")


@dataclass(frozen=True)
class Recorded:
    """What `workbench.course.record_story` left.

    Attributes:
        folder: where it lies.
    """

    folder: Path = SHIPPED

    @cached_property
    def index(self) -> StoryIndex:
        """Which run is which.

        Raises:
            ProjectError: if there are no recorded runs.
        """
        return StoryIndex.read(self.folder)

    def street(self, home: Path) -> Street:
        """The street of these runs, drawn below `home` where it is wanted."""
        return Street(home / f"street-{self.index.sample}", self.index.sample, self.index.seed)

    def open_as(self, home: Path, street: Street, *, training: str, parts: Mapping[str, int | None]) -> Project:
        """A new project with the recorded versions, runs and test in it, and a version as its working labels.

        Args:
            home: a folder that is empty or not there yet.
            street: whose pictures of the test set, and of `parts`, are put in their places.
            training: whose labels are the working labels to begin with.
            parts: the street's folders whose pictures are wanted, beside the test set's, and how many of each; None
                for all.
        """
        project = Project.create(home, classes=CLASSES)
        for room in ("versions", "runs", "tests"):
            shutil.copytree(self.folder / room, home / room, dirs_exist_ok=True)
        frozen = project.version(project.run(min(self.index.runs[training].items())[1]).record.version)
        images, boxes = frozen.images, frozen.boxes
        project.folder.store.replace_all(
            images, boxes, frozen.classes, who="the interns", why=frozen.version_id, notes={}
        )
        test = find_test(project.folder, TEST)
        there = set(images["path"]) | (set() if test is None else set(test.tables()[0]["path"]))
        for part, first in {**dict.fromkeys(TEST_PARTS), **parts}.items():
            shipped_with = self.folder / "pictures" / part
            folder = shipped_with if shipped_with.is_dir() else street.part(part, first=first)
            for picture in sorted(folder.glob("*.jpg")):
                place = f"pictures/{part}/{picture.name}"
                if place in there:
                    _put(picture, home / place)
        return project


def _put(picture: Path, place: Path) -> None:
    """A second name for a picture where the file system allows it, else a copy."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(picture, place)
    except OSError:
        files.copy_whole(picture, place)
