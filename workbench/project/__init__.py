"""A project on disk: the folder, the store of working labels, the lock."""

from __future__ import annotations

from workbench.project.project_folder import ProjectFolder
from workbench.project.store import Store
from workbench.project.store_events import now, user

__all__ = ["ProjectFolder", "Store", "now", "user"]
