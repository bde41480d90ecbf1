"""FiftyOne itself: its database started in our folder, its App on the loopback address, both silent."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import psutil

from workbench.machine import mongod, quiet
from workbench.machine.extras import need
from workbench.machine.ports import HOST, answers, choosing, free_port, why_taken
from workbench.model.errors import InputError, SetupError

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
    if fo.config.database_uri or (port is not None and answers(port) and (held is None or _runs(held.child))):
        return
    # Two kernels that start it at the same moment would start two, and one database serves only one.
    with one_at_a_time(fo, "start"):
        gone, killed = port is not None and not answers(port), _was_killed(Path(fo.config.database_dir))
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


_log = logging.getLogger(__name__)

DEFAULT_PORT = 5151


@dataclass(frozen=True)
class App:
    """A running FiftyOne App; it stops with this process, or with `close`.

    Attributes:
        session: FiftyOne's own session, for whoever wants more of it.
        port: on the loopback address.
    """

    session: Any
    port: int

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{HOST}:{self.port}/"

    def wait(self, seconds: float = 3.0) -> None:
        """Return when no browser tab has been open for `seconds`; with -1 only when the process is stopped."""
        with hushed():
            self.session.wait(seconds)

    def close(self) -> None:
        """Stop the App; the dataset stays."""
        with hushed():
            self.session.close()

    def __repr__(self) -> str:
        return f"FiftyOne is running: {self.url}"

    def _repr_html_(self) -> str:
        return f'FiftyOne is running: <a href="{self.url}" target="_blank">{self.url}</a>'


def fiftyone() -> Any:
    """FiftyOne, with its database in our folder, off the network and silent; started again where it was killed.

    Raises:
        SetupError: if it is not installed, no mongod works here or its database cannot be opened.
    """
    need("fiftyone")
    quiet.apply()
    mongod.apply()
    from pymongo.errors import PyMongoError

    try:
        import fiftyone as fo
        from fiftyone.core import service

        service.DatabaseService.service_name = mongod.service_name()
        fo.config.show_progress_bars = False
        _lay_out_plugins(fo.config)
        with hushed():
            connect(fo)
            fo.list_datasets()
    except (OSError, RuntimeError, PyMongoError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SetupError(f"FiftyOne's database does not start ({reason}): run `workbench doctor`") from error
    return fo


def _lay_out_plugins(config: Any) -> None:
    """Let FiftyOne find our plugin beside the user's own ones, unless he has named a folder himself.

    FiftyOne may have been imported long before us: its settings are told, and by the environment those of the App.
    """
    own = Path(config.default_dataset_dir) / "__plugins__"
    if Path(config.plugins_dir) != own:
        return
    folder = quiet.workbench_home() / "fiftyone-plugins"
    links = {"workbench": Path(__file__).parent / "plugin"}
    links |= {entry.name: entry for entry in (own.iterdir() if own.is_dir() else ())}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, target in links.items():
            link = folder / name
            if not (link.is_symlink() and link.readlink() == target):
                link.unlink(missing_ok=True)
                link.symlink_to(target, target_is_directory=target.is_dir())
    except OSError as error:
        _log.warning("FiftyOne shows no workbench panel: %s cannot be written (%s)", folder, error.strerror)
        return
    config.plugins_dir = os.environ["FIFTYONE_PLUGINS_DIR"] = str(folder)


def launch(dataset: Any, *, port: int | None = None, remote: bool = False, view: str | None = None) -> App:
    """Open the App on the loopback address.

    Args:
        dataset: from `build_view`.
        port: to serve at; by default `DEFAULT_PORT`, or another one if that is taken.
        remote: do not open a browser.
        view: a saved view to open with, such as `MISSES`.

    Raises:
        InputError: if the port asked for is taken, or there is no such view.
        SetupError: if no mongod works here.
    """
    fo = fiftyone()
    if port is not None and why_taken(port):
        raise InputError(f"port {port} of {HOST} is taken; choose another one or leave the port out")
    if view is not None and not dataset.has_saved_view(view):
        raise InputError(f"there is no saved view '{view}'; there are {', '.join(dataset.list_saved_views())}")
    from fiftyone.core import config, context

    config.logger.addFilter(_is_about_a_setting)
    with hushed(), choosing():
        chosen = port or (free_port() if why_taken(DEFAULT_PORT) else DEFAULT_PORT)
        _start_server(fo, chosen)
        session = fo.launch_app(
            dataset,
            view=dataset.load_saved_view(view) if view else None,
            port=chosen,
            address=HOST,
            remote=remote and not context.is_notebook_context(),
            auto=False,
        )
    return App(session, chosen)


def _start_server(fo: Any, port: int) -> None:
    """Start the App's server before the session looks for it.

    FiftyOne starts it after the session's first try to connect, which fails, prints so, and waits ten seconds.
    """
    from fiftyone.core import service
    from fiftyone.core.session import session as sessions

    if port not in sessions._server_services:
        sessions._server_services[port] = service.ServerService(port, address=HOST, do_not_track=fo.config.do_not_track)


def _is_about_a_setting(record: logging.LogRecord) -> bool:
    """Whether a warning says more than what FiftyOne says of its own defaults when the App reports its state."""
    return "App config option has been removed" not in record.msg


@contextmanager
def hushed() -> Iterator[None]:
    """Keep FiftyOne's messages out of the user's terminal and cells; warnings still come through."""
    logger = logging.getLogger("fiftyone")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
