"""Version: frozen datasets named by their content, and what changed between two of them."""

from __future__ import annotations

from workbench.version.content import content_sha256
from workbench.version.diff import Diff, diff
from workbench.version.snapshot import Manifest, Version, head, load, restore, snapshot, versions

__all__ = ["Diff", "Manifest", "Version", "content_sha256", "diff", "head", "load", "restore", "snapshot", "versions"]
