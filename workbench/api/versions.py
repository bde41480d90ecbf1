"""What a project can do with its versions: freeze, compare, bring back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from workbench import version as versioning
from workbench.api.on_folder import OnFolder
from workbench.model.errors import InputError
from workbench.model.tables import SPLITS
from workbench.version import Diff, ExportReport, FrozenTest, Version
from workbench.version.manifest import folders_of


class VersionVerbs(OnFolder):
    """The verbs of `workbench.Project` that are about versions."""

    def snapshot(self, note: str, *, author: str | None = None) -> Version:
        """Freeze the working labels as a version named by its content; what is frozen already gets the note, too."""
        return versioning.note_again(self.folder, versioning.snapshot(self.folder, note, author=author), note)

    def version(self, version: str | Version) -> Version:
        """A version by its id or the beginning of it."""
        return versioning.load(self.folder, version) if isinstance(version, str) else version

    @property
    def versions(self) -> pd.DataFrame:
        """All versions, oldest first."""
        return versioning.versions(self.folder)

    def diff(self, before: str | Version, after: str | Version | None = None, *, out: str | Path | None = None) -> Diff:
        """What changed between two versions, or between a version and the working labels, box by box.

        Args:
            before: the earlier version.
            after: the later one; by default the working labels.
            out: write what changed as a page with the boxes before and after there.
        """
        first, second = self._tables_of(before), self._tables_of(after)
        found = versioning.diff(first[:2], second[:2], classes=(first[2], second[2]))
        if out is not None:
            from workbench.project import files
            from workbench.show import diff_page

            names = [self.version(v).version_id if v is not None else "the working labels" for v in (before, after)]
            page = diff_page(found, first[:2], second[:2], root=self.folder.root, names=(names[0], names[1]))
            files.write_text(Path(out), page)
        return found

    def _tables_of(self, version: str | Version | None) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
        """Images, boxes and classes of a version, or for None the working ones."""
        if version is None:
            return self.folder.store.read_all()
        frozen = self.version(version)
        return frozen.images, frozen.boxes, frozen.classes

    def verify(self, version: str | Version | None = None) -> pd.DataFrame:
        """Compare versions with what was frozen, pictures included; without a version, all of them.

        Returns:
            version, file, problem: one row for each file that is missing or differs; none where all is well.
        """
        if version is None:
            names = [folder.name for folder in folders_of(self.folder)]
        else:
            names = [version if isinstance(version, str) else version.version_id]
        found = [problem for name in names for problem in versioning.verify(self.folder, name)]
        rows = [(one.version, one.file, one.problem) for one in found]
        return pd.DataFrame(rows, columns=["version", "file", "problem"])

    def export(
        self,
        version: str | Version,
        out: str | Path,
        *,
        format: str = "yolo",
        splits: Sequence[str] = SPLITS,
    ) -> ExportReport:
        """Write a version as pictures, labels of any format and a data card. See `workbench.version.exporting`."""
        return versioning.export(self.folder, self.version(version).version_id, out, format=format, splits=splits)

    def freeze_test(self, name: str, *, split: str = "test", note: str = "", author: str | None = None) -> FrozenTest:
        """Put a split under lock as a test set: it takes nothing new, and what gives it away is trained on no more."""
        return versioning.freeze_test(self.folder, name, split=split, note=note, author=author)

    @property
    def tests(self) -> pd.DataFrame:
        """All frozen tests, oldest first: test, name, version, split, pictures, boxes, author, at, note."""
        return versioning.list_tests(self.folder)

    def restore(self, version: str | Version, *, who: str | None = None) -> Version:
        """Bring a version back as the working labels; the present ones are frozen first."""
        return versioning.restore(self.folder, self.version(version).version_id, who=who)

    def _current_version(self) -> Version:
        """The version that the working labels equal, as they were last frozen or restored.

        Raises:
            InputError: if they were edited since.
        """
        head = versioning.head(self.folder)
        images, boxes, classes = self.folder.store.read_all()
        content = versioning.content_sha256(images, boxes, classes)
        if head is None or self.version(head).manifest.content_sha256 != content:
            raise InputError(
                "the working labels are not frozen; take a snapshot first (p.snapshot('why') or workbench snapshot), "
                "or name a version"
            )
        return self.version(head)
