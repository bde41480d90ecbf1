"""Forbid every connection to another machine, in this Python and in every Python that it starts.

Python imports a module of this name at its start; a folder on PYTHONPATH is enough. Each attempt raises and is appended
to the file that WORKBENCH_OFFLINE_LOG names, so that an attempt whose error is swallowed is seen all the same. An
audit hook cannot be taken off again, and sees connections whichever library makes them through Python's sockets.
"""

import importlib.machinery
import importlib.util
import ipaddress
import os
import sys
from pathlib import Path


class NetworkForbiddenError(OSError):
    """Something tried to reach another machine."""


def _is_here(host):
    if host is None or host in ("", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _forbid(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        # A local socket has a path for an address, and sendmsg on a connected socket has none.
        if not isinstance(address, tuple) or _is_here(address[0]):
            return
        target = address
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        target = arguments[0]
        if _is_here(target):
            return
    else:
        return
    line = f"{event} {target!r} in {' '.join(sys.orig_argv)[:200]!r}\n"
    log = os.environ.get("WORKBENCH_OFFLINE_LOG")
    if log:
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
    raise NetworkForbiddenError(f"network forbidden: {line.strip()}")


def _run_the_other_one():
    """Run the sitecustomize that this one hides: Debian's Python has one."""
    here = Path(__file__).resolve().parent
    others = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.addaudithook(_forbid)
_run_the_other_one()
