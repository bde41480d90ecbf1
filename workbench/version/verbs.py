"""What a project can do with its versions: freeze, compare, bring back."""

from __future__ import annotations

import pandas as pd

from workbench import version as versioning
from workbench.errors import InputError
from workbench.project import ProjectFolder
from workbench.version import Diff, Version


class VersionVerbs(ProjectFolder):
    """The verbs of `workbench.Project` that are about versions."""

    def snapshot(self, note: str, *, author: str | None = None) -> Version:
        """Freeze the working labels as a version named by its content."""
        return versioning.snapshot(self, note, author=author)

    def version(self, version: str | Version) -> Version:
        """A version by its id or the beginning of it."""
        return versioning.load(self, version) if isinstance(version, str) else version

    def version_list(self) -> pd.DataFrame:
        """All versions, oldest first."""
        return versioning.versions(self)

    def diff(self, before: str | Version, after: str | Version | None = None) -> Diff:
        """What changed between two versions, or between a version and the working labels, box by box."""
        first = self.version(before)
        if after is None:
            images, boxes, _ = self.store.read_all()
            return versioning.diff((first.images(), first.boxes()), (images, boxes))
        second = self.version(after)
        return versioning.diff((first.images(), first.boxes()), (second.images(), second.boxes()))

    def restore(self, version: str | Version, *, who: str | None = None) -> Version:
        """Bring a version back as the working labels; the present ones are frozen first."""
        return versioning.restore(self, self.version(version).version_id, who=who)

    def current_version(self) -> Version:
        """The version that the working labels equal, as they were last frozen or restored.

        Raises:
            InputError: if they were edited since.
        """
        head = versioning.head(self)
        images, boxes, classes = self.store.read_all()
        content = versioning.content_sha256(images, boxes, classes)
        if head is None or self.version(head).manifest.content_sha256 != content:
            raise InputError(
                "the working labels are not frozen; take a snapshot first (p.snapshot('why') or workbench snapshot), "
                "or name a version"
            )
        return self.version(head)
