"""Helper processes: the one way to use several processors, for label files, drawn pictures and trainings side by side.

Not `multiprocessing`: its fresh processes run the caller's script once more, which breaks every script without an
``if __name__ == "__main__"``, and its forks are unsafe beside the threads of torch or a database. Not joblib's loky
either: as fast on 20,000 label files and on drawing, but twelve times as long to start (0.7 s against 0.06 s). A helper
here is a new Python that imports nothing but what a task needs, takes tasks from a pipe and ends when it is closed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import struct
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Generic, TypeVar, cast

from workbench.model.errors import InputError, WorkbenchError

FEW = 2000
"""A helper more for every so many files: below, starting one takes longer than it saves."""
_PART = 250
_AHEAD = 4
"""So many tasks for each helper are under way or done before their results are asked for."""
_LENGTH = struct.Struct("<Q")

place: int | None = None
"""In a helper, which one it is, from 0 on; in any other process nothing."""

T = TypeVar("T")
R = TypeVar("R")


def processors(workers: int | None = None) -> int:
    """How many processors to use: `workers`, or as many as this process may.

    Everything that takes ``workers`` means this number by it, whether threads or processes do the work.

    Raises:
        InputError: if `workers` is less than 1.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; give 1 for this process alone, or more")
    # macOS does not say and has all of them.
    return workers or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Helpers:
    """Up to `workers` processes, this one among them; the others are started when there is enough to do.

    Use it as a context: when the block ends, by whatever end, no helper is left.
    """

    def __init__(self, workers: int | None = None) -> None:
        """Start nothing yet.

        Args:
            workers: how many processors to use; as many as this process may if not given.

        Raises:
            InputError: if `workers` is less than 1.
        """
        self._most = processors(workers)
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
        return self._start(min(self._most - 1, files // FEW))

    def _start(self, count: int) -> int:
        if self._threads is None and count > 0:
            # Where the system gives no more processes, those that run do the work.
            with contextlib.suppress(OSError):
                for number in range(count):
                    self._running.append(_Helper(number))
                    self._idle.put(self._running[-1])
            if self._running:
                self._threads = ThreadPoolExecutor(len(self._running))
        return len(self._running)

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Apply a module's function to each of `items`, whatever takes long, and give the results in order.

        The helpers do it and this process waits; with one worker it does it itself. Only a few results are held.

        Raises:
            WorkbenchError: if a helper ends before its time.
        """
        count = min(self._most, len(items))
        threads = self._threads if count > 1 and self._start(count) else None
        if threads is None:
            yield from map(function, items)
            return
        under_way: deque[Future[R]] = deque()
        for item in items:
            under_way.append(threads.submit(self._ask, function, (item,)))
            if len(under_way) > _AHEAD * count:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()

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


class _Helper:
    """One process and the two pipes to it."""

    def __init__(self, number: int) -> None:
        # What this process would import is what the helper imports, wherever this process has it from.
        begin = f"import sys; sys.path[:] = {sys.path!r}; from workbench.machine.helpers import serve; serve({number})"
        command = [sys.executable, "-c", begin]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._tasks = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        # Whole before the first byte goes out: what cannot be pickled must not leave half a task in the pipe.
        task = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        try:
            _send(self._tasks, task)
            answer = _receive(self._answers)
        except (EOFError, OSError) as error:
            raise WorkbenchError(
                "a helper process ended before its time: was it killed, or is the memory full? Nothing was written; "
                "with one worker (--workers 1) no helper is needed"
            ) from error
        good, value = pickle.loads(answer)  # noqa: S301 - from our own process
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


def serve(number: int) -> None:
    """What a helper does: take tasks until the pipe is closed."""
    global place
    place = number
    # Ctrl-C goes to every process of a terminal; the one that started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    tasks = sys.stdin.buffer
    # Nothing but answers may go into the pipe, whatever a library prints.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            task = _receive(tasks)
        except EOFError:
            return
        try:
            function, arguments = pickle.loads(task)  # noqa: S301 - from the process that started this one
            answer = pickle.dumps((True, function(*arguments)), pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - raised in the process that asked
            answer = _pickled(error)
        try:
            _send(answers, answer)
        except BrokenPipeError:
            return


def _pickled(error: Exception) -> bytes:
    """An error with where it came from; where it does not survive the way, its words in one that does."""
    where = "".join(traceback.format_exception(error))
    error.add_note(f"In a helper process:\n{where}")
    try:
        answer = pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(answer)  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - an exception's own code decides what goes wrong here
        plain = WorkbenchError(f"{type(error).__name__} in a helper process: {error}")
        plain.add_note(where)
        answer = pickle.dumps((False, plain), pickle.HIGHEST_PROTOCOL)
    return answer


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    """The next message, whole; `EOFError` where the other side has gone."""
    head = pipe.read(_LENGTH.size)
    message = pipe.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not message:
        raise EOFError
    return message
