"""Every error the workbench raises on purpose.

A message is one line that says what is wrong, where, and what to do about it, so that the command line can print it
as it stands and a notebook shows it last.
"""

from __future__ import annotations

import errno


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


def explain(error: OSError) -> str:
    """One line for an operating-system error: what, where, what to do."""
    where = error.filename or "the disk"
    reasons = {
        errno.ENOSPC: f"no space left while writing {where}; free some space and run the same command again",
        errno.EDQUOT: f"disk quota reached while writing {where}; free some space and run the same command again",
        errno.EROFS: f"{where} lies on a read-only disk; choose a folder that can be written",
        errno.EACCES: f"no permission for {where}; change its rights or choose another folder",
        errno.EPERM: f"no permission for {where}; change its rights or choose another folder",
        errno.ENOENT: f"{where} does not exist; check the path",
        errno.ENOTDIR: f"{where} is not a folder; check the path",
        errno.EISDIR: f"{where} is a folder, a file was expected; check the path",
        errno.ENAMETOOLONG: f"the name is too long: {where}; choose a shorter path",
    }
    return reasons.get(error.errno or 0, f"{error.strerror or error}: {where}")
