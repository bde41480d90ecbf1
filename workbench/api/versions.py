"""What a project can do with its versions: freeze, compare, bring back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from workbench import version as versioning
from workbench.model.errors import InputError
from workbench.model.tables import SPLITS
from workbench.project import ProjectFolder
from workbench.version import Diff, ExportReport, FrozenTest, Version


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
        first, second = self.tables_of(before), self.tables_of(after)
        return versioning.diff(first[:2], second[:2], classes=(first[2], second[2]))

    def diff_page(self, before: str | Version, after: str | Version | None = None, *, out: str | Path) -> Path:
        """Write what changed as a page with the boxes before and after. See `workbench.show.diff_page`."""
        from workbench.project import files
        from workbench.show import diff_page

        first, second = self.tables_of(before), self.tables_of(after)
        names = [self.version(v).version_id if v is not None else "the working labels" for v in (before, after)]
        page = diff_page(self.diff(before, after), first[:2], second[:2], root=self.root, names=(names[0], names[1]))
        target = Path(out)
        files.write_text(target, page)
        return target

    def tables_of(self, version: str | Version | None) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
        """Images, boxes and classes of a version, or for None the working ones."""
        if version is None:
            return self.store.read_all()
        frozen = self.version(version)
        return frozen.images(), frozen.boxes(), frozen.classes

    def verify(self, version: str | Version | None = None) -> pd.DataFrame:
        """Compare versions with what was frozen, pictures included; without a version, all of them.

        Returns:
            version, file, problem: one row for each file that is missing or differs; none where all is well.
        """
        if version is None:
            names = sorted(folder.name for folder in self.versions.iterdir() if folder.name.startswith("v"))
        else:
            names = [version if isinstance(version, str) else version.version_id]
        found = [problem for name in names for problem in versioning.verify(self, name)]
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
        return versioning.export(self, self.version(version).version_id, out, format=format, splits=splits)

    def freeze_test(self, name: str, *, split: str = "test", note: str = "", author: str | None = None) -> FrozenTest:
        """Put a split under lock as a test set; nothing that it holds or that gives it away is trained on any more."""
        return versioning.freeze_test(self, name, split=split, note=note, author=author)

    def frozen_tests(self) -> pd.DataFrame:
        """All frozen tests, oldest first: test, name, version, split, pictures, boxes, author, at, note."""
        names = ["test", "name", "version", "split", "pictures", "boxes", "author", "at", "note"]
        rows = [[getattr(one.lock, name) for name in names] for one in versioning.frozen_tests(self)]
        return pd.DataFrame(rows, columns=pd.Index(names))

    def test_leaks(self, version: str | Version | None = None) -> pd.DataFrame:
        """Pictures of a version, or of the working labels, that leak into a frozen test and would not be trained on."""
        images = self.tables_of(version)[0]
        tables = [versioning.leaks_into_test(images, test, root=self.root) for test in versioning.frozen_tests(self)]
        if not tables:
            raise InputError("no test is frozen yet; freeze one first (p.freeze_test('street'))")
        return pd.concat(tables, ignore_index=True)

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
