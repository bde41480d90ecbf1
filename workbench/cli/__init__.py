"""The command line: parse, call, print. Exit status 0 fine, 1 problems found, 2 wrong use or unreadable input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import typer

from workbench.cli import (
    analysis_commands,
    collect_commands,
    label_commands,
    machine_commands,
    output,
    project_commands,
    round_commands,
    version_commands,
    video_commands,
)
from workbench.cli.interrupted import how_to_go_on
from workbench.model.session_options import options

app = typer.Typer(
    name="workbench",
    help="A data-centric workbench for object detection: collect, label, train, see why it failed, decide.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for room in (
    machine_commands,
    project_commands,
    collect_commands,
    version_commands,
    label_commands,
    analysis_commands,
    video_commands,
    round_commands,
):
    app.registered_commands += room.app.registered_commands

_INTERRUPTED = 130
"""The status that shells give a process that was stopped with Ctrl-C."""

_GO_ON = "interrupted; what was done before is safe, the same command goes on from there"

__all__ = ["app", "guard", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status; a known error is one line on standard error."""
    command = typer.main.get_command(app)
    words = sys.argv[1:] if arguments is None else list(arguments)
    # A bar is for who watches a terminal; in a file or a pipe it is one long line between the lines that are read.
    options.progress = options.progress and sys.stderr.isatty()
    guard(
        lambda: command.main(args=words, prog_name="workbench", standalone_mode=False),
        interrupted=how_to_go_on(words),
    )


def guard(work: Callable[[], object], *, interrupted: str = _GO_ON) -> NoReturn:
    """Do some work and leave the process: every known error becomes one line and an exit status.

    Args:
        work: what to do.
        interrupted: what to say if a person stops it.
    """
    from workbench.model.errors import WorkbenchError

    try:
        result = work()
        status = result if isinstance(result, int) else 0
        if status == _INTERRUPTED:  # Typer makes a status of the interrupt, without a word.
            _failed(interrupted, status)
    except (typer.Abort, KeyboardInterrupt):
        status = _failed(interrupted, _INTERRUPTED)
    except typer.TyperException as error:
        status = _failed(error.format_message() if isinstance(error, typer.BadParameter) else str(error))
    except WorkbenchError as error:
        status = _failed(str(error))
    except BrokenPipeError:
        # The reader (head, less) has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        from workbench.model.errors import explain

        status = _failed(explain(error))
    sys.exit(status)


def _failed(message: str, status: int = output.WRONG_USE) -> int:
    output.hint(f"workbench: {' '.join(message.split())}")
    return status
