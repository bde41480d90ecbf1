"""Helper processes: the same results in the same order, and nothing left behind whatever happens."""

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial

import psutil
import pytest

from workbench.machine import helpers
from workbench.machine.helpers import Helpers, processors
from workbench.model.errors import InputError, WorkbenchError

SCRIPT = """
    import signal, sys, time
    from workbench.machine import helpers
    # A shell that starts the tests in the background has them ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("begun", flush=True)
    helpers.FEW = 1
    with helpers.Helpers(3) as some:
        some.start(2)
        print(*(one._process.pid for one in some._running), flush=True)
        tasks = [some.submit(time.sleep, float(sys.argv[1])) for _ in range(4)]
        for task in tasks:
            task.result()
    print("ended", flush=True)
"""


@pytest.fixture
def few(monkeypatch):
    """Helpers start for two items already, and take three at once."""
    monkeypatch.setattr(helpers, "FEW", 1)
    monkeypatch.setattr(helpers, "_PART", 3)


class TwoArgumentsError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def _where(number):
    return number, os.getpid()


def _place(_):
    return helpers.place


def _touch(folder, number):
    (folder / str(number)).touch()


def _inverse(number):
    return 1 / number


def _cannot_travel(what):
    if what == "error":
        raise TwoArgumentsError(1, 2)
    return lambda: what


def _pids(some):
    return [one._process.pid for one in some._running]


def test_map_parts__in_order_and_by_several_processes(few):
    with Helpers(3) as some:
        parts = some.map_parts(json.dumps, list(range(20)))
        assert len(_pids(some)) == 2
        there = some.submit(os.getpid)
        while not there.done:
            time.sleep(0.01)
        assert there.result() in _pids(some)
    assert parts == [json.dumps(list(range(at, min(at + 3, 20)))) for at in range(0, 20, 3)]


@pytest.mark.parametrize("items", [[], [1], list(range(20))], ids=len)
def test_map_parts__few_items_start_nothing(items):
    with Helpers(3) as some:
        assert some.map_parts(sum, items) == [sum(items)]
        assert not _pids(some)


def test_start__one_more_for_every_so_many_files():
    with Helpers(2) as some:
        assert [some.start(0), some.start(helpers.FEW - 1), some.start(helpers.FEW)] == [0, 0, 1]
    with Helpers(1) as alone:
        assert alone.start(10**9) == 0


@pytest.mark.parametrize("workers", [0, -1])
@pytest.mark.parametrize("asked", [Helpers, processors], ids=["Helpers", "processors"])
def test_workers__refuses(asked, workers):
    with pytest.raises(InputError, match=f"workers is {workers}; give 1"):
        asked(workers)


def test_processors__as_many_as_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    assert [processors(), processors(None), processors(2), processors(9)] == [3, 3, 2, 9]
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert processors() == 6


def test_map__in_order_by_as_many_helpers_as_workers():
    with Helpers(3) as some:
        found = list(some.map(_where, range(30)))
        pids = set(_pids(some))
    assert [number for number, _ in found] == list(range(30))
    assert len(pids) == 3
    assert {pid for _, pid in found} <= pids, "this process only waits"


@pytest.mark.parametrize("items", [[], [4]], ids=len)
def test_map__one_item_starts_nothing(items):
    with Helpers(3) as some:
        assert list(some.map(abs, items)) == items
        assert not _pids(some)


def test_map__one_worker_is_this_process():
    with Helpers(1) as alone:
        assert list(alone.map(_where, range(5))) == [(number, os.getpid()) for number in range(5)]


def test_map__works_a_few_ahead_and_no_further(tmp_path):
    with Helpers(2) as some:
        results = some.map(partial(_touch, tmp_path), range(100))
        next(results)
        time.sleep(0.5)
        assert len(list(tmp_path.iterdir())) <= 2 * helpers._AHEAD + 1
        assert len(list(results)) == 99


def test_map__an_error_comes_with_where_it_arose():
    with Helpers(2) as some, pytest.raises(ZeroDivisionError) as raised:
        list(some.map(_inverse, [1, 2, 0, 4]))
    (note,) = raised.value.__notes__
    assert "In a helper process" in note
    assert "_inverse" in note


@pytest.mark.parametrize("what", ["error", "result"])
def test_map__what_cannot_be_sent_back_is_still_an_error_here(what):
    with Helpers(2) as some:
        with pytest.raises((WorkbenchError, TypeError, AttributeError)) as raised:
            list(some.map(_cannot_travel, [what, what]))
        assert "ended before its time" not in str(raised.value)
        assert list(some.map(abs, [-1, -2])) == [1, 2], "the helpers go on"


def test_submit__a_task_that_cannot_be_sent_leaves_the_pipe_whole(few):
    with Helpers(2) as some:
        some.start(5)
        task = some.submit(lambda: 1)
        while not task.done:
            time.sleep(0.01)
        with pytest.raises((AttributeError, pickle.PicklingError)):
            task.result()
        task = some.submit(os.getpid)
        while not task.done:
            time.sleep(0.01)
        assert task.result() in _pids(some)


def test_place__which_helper_it_is():
    assert helpers.place is None
    with Helpers(2) as some:
        assert set(some.map(_place, range(20))) <= {0, 1}


def test_submit__an_error_is_raised_here(few):
    with Helpers(2) as some:
        some.start(5)
        with pytest.raises(ValueError, match="invalid literal"):
            some.submit(int, "x").result()
        task = some.submit(os.listdir, "/nowhere")
        with pytest.raises(FileNotFoundError):
            task.result()


def test_submit__what_a_task_prints_is_no_answer(few, capfd):
    with Helpers(2) as some:
        some.start(5)
        first = some.submit(partial(os.system, "echo from a task"))
        while not first.done:
            time.sleep(0.01)
        assert some.submit(len, "abc").result() == 3
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("how", ["ends", "is killed"])
def test_submit__a_helper_that_dies_is_one_clear_error(few, how):
    with Helpers(2) as some:
        some.start(5)
        kill = partial(os.kill, _pids(some)[0], signal.SIGKILL)
        task = some.submit(partial(os._exit, 0) if how == "ends" else kill)
        while not task.done:
            time.sleep(0.01)
        with pytest.raises(WorkbenchError, match=r"a helper process ended before its time.*--workers 1") as raised:
            task.result()
        assert "\n" not in str(raised.value)


def test_task__runs_once(few, tmp_path):
    with Helpers(1) as alone:
        task = alone.submit(os.mkdir, tmp_path / "one")
        task.result()
        assert task.result() is None


def test_exit__an_error_in_the_block_ends_the_helpers(few):
    pids = []

    def fail():
        with Helpers(3) as some:
            some.start(5)
            pids.extend(_pids(some))
            for _ in range(9):
                some.submit(time.sleep, 60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(pids) == 2
    assert not any(map(psutil.pid_exists, pids))


def _script(tmp_path, seconds):
    file = tmp_path / "script.py"
    file.write_text(textwrap.dedent(SCRIPT))
    command = [sys.executable, str(file), str(seconds)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )


def test_helpers__a_script_without_main_guard_runs_once(tmp_path):
    out, err = _script(tmp_path, 0).communicate(timeout=60)
    assert (out.count("begun"), out.count("ended"), err) == (1, 1, "")


@pytest.mark.parametrize("whom", ["the group", "the script"])
def test_helpers__ctrl_c_leaves_none(tmp_path, whom):
    process = _script(tmp_path, 60)
    assert process.stdout.readline() == "begun\n"
    pids = list(map(int, process.stdout.readline().split()))
    assert len(pids) == 2
    assert all(map(psutil.pid_exists, pids))
    time.sleep(0.3)
    if whom == "the group":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert err.count("Traceback") == 1
    assert "KeyboardInterrupt" in err
    assert not any(map(psutil.pid_exists, pids))


def test_helpers__end_with_a_process_that_is_killed(tmp_path):
    process = _script(tmp_path, 1)
    process.stdout.readline()
    pids = list(map(int, process.stdout.readline().split()))
    process.kill()
    process.communicate(timeout=20)
    gone = time.monotonic() + 10
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def test_start__no_more_processes_to_be_had(few, monkeypatch):
    popen, left = subprocess.Popen, [1]

    def scarce(*arguments, **options):
        if not left:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        left.pop()
        return popen(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", scarce)
    with Helpers(3) as some:
        assert some.map_parts(len, [0] * 7) == [3, 3, 1]
        assert len(_pids(some)) == 1
    with Helpers(3) as alone:
        assert alone.map_parts(len, [0] * 7) == [7]
