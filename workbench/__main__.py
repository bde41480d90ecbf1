"""The command line, whole: `workbench` and `python -m workbench`. The course adds its commands to the others."""

from __future__ import annotations

from workbench.cli import app, main
from workbench.course import course_commands

app.registered_commands += course_commands.app.registered_commands

__all__ = ["app", "main"]

if __name__ == "__main__":
    main()
