"""Every error the workbench raises on purpose.

A message is one line that says what is wrong, where, and what to do about it, so that the command line can print it
as it stands and a notebook shows it last.
"""

from __future__ import annotations


class WorkbenchError(Exception):
    """The one root: catch this to catch all that the workbench raises on purpose."""


class InputError(WorkbenchError):
    """Something the caller gave is missing, unreadable or contradictory."""


class TableError(InputError):
    """A table breaks the rules of `workbench.model.tables`: the message names table, row, column and value."""


class ConflictError(WorkbenchError):
    """Somebody else changed what was about to be written over; nothing was written."""


class ProjectError(WorkbenchError):
    """A project folder is missing, damaged, locked, or of another schema version."""


class SetupError(WorkbenchError):
    """This machine lacks something (mongod, weights, memory, a font); the message holds the command that mends it."""
