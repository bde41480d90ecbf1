"""FiftyOne's database while we use it: started again in its place where it was killed, and missed in one line.

The App and every kernel that shows the same project talk to one mongod at one port, which FiftyOne chooses when it
starts it. It never starts it again. We do, at the same port, where the connections of other kernels find it again. No
decision depends on it; those lie in the project.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import psutil

from workbench.model.errors import SetupError

_log = logging.getLogger(__name__)

_PATIENCE_MS = 5_000
"""For a mongod that does not answer; on one machine it is there at once or not at all."""
_START_S = 60


def connect(fo: Any) -> None:
    """Reach the database: start it, join the one that another kernel has started, or start it again if it was killed.

    Args:
        fo: FiftyOne.

    Raises:
        SetupError: if it does not start.
    """
    from fiftyone.core import service
    from fiftyone.core.odm import database

    database._connection_kwargs.setdefault("serverSelectionTimeoutMS", _PATIENCE_MS)
    port, held = database._connection_kwargs.get("port"), database._db_service
    if fo.config.database_uri or (port is not None and _listens(port) and (held is None or _runs(held.child))):
        return
    # Two kernels that start it at the same moment would start two, and one database serves only one.
    with one_at_a_time(fo, "start"):
        gone, killed = port is not None and not _listens(port), _was_killed(Path(fo.config.database_dir))
        try:
            if port is None:
                fo.list_datasets()
            else:
                # Where another process has started it again meanwhile, this one joins it.
                database._db_service = _service_at(port)()
                database._db_service._wait_for_child_port(port, timeout=_START_S)
        except service.ServiceException as error:
            where = "does not start" if port is None else f"was stopped and does not start again at port {port}"
            raise SetupError(
                f"FiftyOne's database {where}: restart the kernel, and run `workbench doctor` if it happens again"
            ) from error
        started = database._db_service is not None and not database._db_service.attached
        if killed and started:
            _recount(database.get_db_conn())
    if gone:
        _log.warning(
            "FiftyOne's database had been stopped; it runs again, and what was decided is in the project: "
            "reload the page of an App that is open"
        )


def one_at_a_time(fo: Any, what: str) -> filelock.BaseFileLock:
    """A lock on something done to the database, held against other processes; given up where this process dies."""
    folder = Path(fo.config.database_dir)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(folder.with_name(f".{folder.name}-{what}.lock"))


@contextmanager
def reaching(otherwise: str) -> Iterator[None]:
    """Say in one line that the database went away in the middle of something.

    Args:
        otherwise: what that means and what to do.

    Raises:
        SetupError: in place of the database's own error.
    """
    from pymongo.errors import PyMongoError

    try:
        yield
    except PyMongoError as error:
        raise SetupError(f"FiftyOne's database does not answer: {otherwise}") from error


def _service_at(port: int) -> Any:
    from fiftyone.core import service

    class Again(service.DatabaseService):  # type: ignore[misc]
        """The same database at a port that is known already."""

        @property
        def command(self) -> list[str]:
            asked = super().command
            place = asked.index("--port") + 1
            return [*asked[:place], str(port), *asked[place + 1 :]]

    return Again


def _was_killed(folder: Path) -> bool:
    """Whether the database in a folder runs or was killed; in an orderly end it empties its lock."""
    lock = folder / "mongod.lock"
    return lock.is_file() and lock.stat().st_size > 0


def _recount(database: Any) -> None:
    """Put right how many documents each collection says it holds, which mongod writes down only once a minute.

    The App asks for that number, and shows a dataset that says 0 as one without pictures.
    """
    for name in database.list_collection_names():
        if database[name].estimated_document_count() != database[name].count_documents({}):
            database.command("validate", name)


def _runs(process: Any) -> bool:
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
