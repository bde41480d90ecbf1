"""Ports of this machine."""

from __future__ import annotations

import getpass
import os
import socket
import tempfile
from pathlib import Path

import filelock

HOST = "127.0.0.1"
"""Where our servers listen: on this machine only."""


def why_taken(port: int) -> str:
    """Why nothing can listen at a port of this machine, in the system's words; empty if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return ""


def free_port() -> int:
    """A port of this machine that is free at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choosing() -> filelock.BaseFileLock:
    """A lock to hold from choosing a free port to listening at it, so that no two processes of a user choose one."""
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    place = Path(folder if os.access(folder, os.W_OK) else tempfile.gettempdir())
    return filelock.FileLock(place / f"workbench-{getpass.getuser()}-ports.lock")


def answers(port: int) -> bool:
    """Whether something listens at a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
