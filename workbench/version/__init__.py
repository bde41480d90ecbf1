"""Version: frozen datasets named by their content, and what changed between two of them."""

from __future__ import annotations

from workbench.version.diff import BOX_CHANGES, Diff, diff
from workbench.version.exporting import ExportReport, export
from workbench.version.frozen_tests import (
    FrozenTest,
    find_test,
    freeze_test,
    frozen_tests,
    id_of_test,
    list_tests,
    sha256_of_test,
)
from workbench.version.manifest import Manifest, Version, content_sha256, head, load, note_again, part_of
from workbench.version.picture_files import Problem
from workbench.version.snapshot import restore, snapshot, snapshot_tables, verify, versions
from workbench.version.test_leaks import AllowedCopies, leaks_into_test, refuse_leaks

__all__ = [
    "BOX_CHANGES",
    "AllowedCopies",
    "Diff",
    "ExportReport",
    "FrozenTest",
    "Manifest",
    "Problem",
    "Version",
    "content_sha256",
    "diff",
    "export",
    "find_test",
    "freeze_test",
    "frozen_tests",
    "head",
    "id_of_test",
    "leaks_into_test",
    "list_tests",
    "load",
    "note_again",
    "part_of",
    "refuse_leaks",
    "restore",
    "sha256_of_test",
    "snapshot",
    "snapshot_tables",
    "verify",
    "versions",
]
