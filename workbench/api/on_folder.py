"""What every part of `workbench.Project` stands on: the project's folder."""

from __future__ import annotations

from workbench.project import ProjectFolder


class OnFolder:
    """Something that is done with a project.

    Attributes:
        folder: where everything lies: ``root``, ``pictures``, ``versions``, ``runs``, ``iterations``, ``tests``, and
            the ``store`` of the working labels.
    """

    def __init__(self, folder: ProjectFolder) -> None:
        self.folder = folder
