"""Helper processes: the other cores read and write files while this process does its share of the same work.

Not `multiprocessing`: its fresh processes run the caller's script once more, which breaks every script without an
``if __name__ == "__main__"``, and its forks are unsafe beside the threads of torch or a database. A helper here is a
new Python that imports nothing but what a task needs, takes tasks from a pipe and ends when the pipe is closed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Generic, TypeVar, cast

from workbench.model.errors import InputError, WorkbenchError

FEW = 2000
"""A helper more for every so many files: below, starting one takes longer than it saves."""
_PART = 250

T = TypeVar("T")
R = TypeVar("R")


class Helpers:
    """Up to `workers` processes, this one among them; the others are started when there is enough to do.

    Use it as a context: when the block ends, by whatever end, no helper is left.
    """

    def __init__(self, workers: int | None = None) -> None:
        """Start nothing yet.

        Args:
            workers: processes at most, this one included; as many as this process may use cores if not given.

        Raises:
            InputError: if `workers` is less than 1.
        """
        if workers is not None and workers < 1:
            raise InputError(f"workers is {workers}; give 1 for this process alone, or more")
        self._most = (workers or _cores()) - 1
        self._running: list[_Helper] = []
        self._idle: SimpleQueue[_Helper] = SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Helpers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every helper; after a normal end of the block they have nothing to do any more."""
        for helper in self._running:
            helper.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for helper in self._running:
            helper.wait()
        self._running, self._threads = [], None

    def start(self, files: int) -> int:
        """Start what `files` files deserve, if it does not run already, and return how many helpers there are."""
        if self._threads is None and (count := min(self._most, files // FEW)) > 0:
            # Where the system gives no more processes, those that run do the work.
            with contextlib.suppress(OSError):
                for _ in range(count):
                    self._running.append(_Helper())
                    self._idle.put(self._running[-1])
            if self._running:
                self._threads = ThreadPoolExecutor(len(self._running))
        return len(self._running)

    def map_parts(self, function: Callable[[Sequence[T]], R], items: Sequence[T]) -> list[R]:
        """Apply a module's function to parts of `items`, here and in the helpers; the results in order.

        Raises:
            WorkbenchError: if a helper ends before its time.
        """
        if not self.start(len(items)):
            return [function(items)]
        tasks = [self.submit(function, items[at : at + _PART]) for at in range(0, len(items), _PART)]
        # The helpers take parts from the front, this process from the back, and they meet.
        return [task.result() for task in reversed(tasks)][::-1]

    def submit(self, function: Callable[..., R], *arguments: Any) -> Task[R]:
        """Hand a task to the first helper that is free."""
        if self._threads is None:
            return Task(function, arguments, None)
        return Task(function, arguments, self._threads.submit(self._ask, function, arguments))

    def _ask(self, function: Callable[..., R], arguments: tuple[Any, ...]) -> R:
        helper = self._idle.get()
        try:
            result: R = helper.ask(function, arguments)
        finally:
            self._idle.put(helper)
        return result


def _cores() -> int:
    """How many cores this process may use; macOS does not say and has all of them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Helper:
    """One process and the two pipes to it."""

    def __init__(self) -> None:
        # What this process would import is what the helper imports, wherever this process has it from.
        start = f"import sys; sys.path[:] = {sys.path!r}; from workbench.machine.helpers import serve; serve()"
        command = [sys.executable, "-c", start]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._tasks = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            pickle.dump((function, arguments), self._tasks, pickle.HIGHEST_PROTOCOL)
            self._tasks.flush()
            good, value = pickle.load(self._answers)  # noqa: S301 - from our own process
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise WorkbenchError(
                "a helper process ended before its time: was it killed, or is the memory full? Nothing was written; "
                "with one worker (--workers 1) no helper is needed"
            ) from error
        if not good:
            raise value
        return value

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> None:
        self._process.wait()
        self._answers.close()
        # What could not be sent any more is dropped.
        with contextlib.suppress(OSError):
            self._tasks.close()


class Task(Generic[R]):
    """Something a helper may do."""

    def __init__(self, function: Callable[..., R], arguments: tuple[Any, ...], future: Future[R] | None) -> None:
        self._function, self._arguments, self._future = function, arguments, future

    @property
    def done(self) -> bool:
        """Whether the result is there."""
        return self._future is not None and self._future.done()

    def result(self) -> R:
        """What a helper made of it; if none has begun, it is done here and now."""
        if self._future is None or self._future.cancel():
            self._future = Future()
            self._future.set_result(self._function(*self._arguments))
        return self._future.result()

    def drop(self) -> None:
        """See to it that nobody is at it any more, whatever came of it."""
        if self._future is not None and not self._future.cancel():
            self._future.exception()


def serve() -> None:
    """What a helper does: take tasks until the pipe is closed."""
    # Ctrl-C goes to every process of a terminal; the one that started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    tasks = sys.stdin.buffer
    # Nothing but answers may go into the pipe, whatever a library prints.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            function, arguments = pickle.load(tasks)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        try:
            answer = (True, function(*arguments))
        except Exception as error:  # noqa: BLE001 - raised in the process that asked
            answer = (False, error)
        try:
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except BrokenPipeError:
            return
