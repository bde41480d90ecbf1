"""Drawing from a script that is nothing but calls, and Ctrl-C in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SCRIPT = """\
import workbench as wb
print("begun", flush=True)
wb.make_sample({folder!r}, size={size!r}, parts=["photos"], first={first}, workers=2)
print("ended", flush=True)
"""


def start(tmp_path: Path, *, size: str, first: int) -> subprocess.Popen[str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=str(tmp_path / "street" / "d"), size=size, first=first), "utf-8")
    # A shell that starts the tests in the background has them ignore Ctrl-C, and children inherit that.
    return subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def test_make_sample__in_a_script_without_main_guard(tmp_path: Path) -> None:
    out, err = start(tmp_path, size="tiny", first=4).communicate(timeout=120)
    assert (out, err) == ("begun\nended\n", "")
    assert len(list((tmp_path / "street" / "d" / "photos").rglob("*.jpg"))) == 4


@pytest.mark.slow
def test_make_sample__ctrl_c_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    process = start(tmp_path, size="full", first=50)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    latest = time.monotonic() + 60
    while not list((tmp_path).glob("street/.d.*/photos/*.jpg")) and time.monotonic() < latest:
        time.sleep(0.05)
    helpers = psutil.Process(process.pid).children(recursive=True)
    assert len(helpers) == 2
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert err.count("Traceback") == 1
    assert "KeyboardInterrupt" in err
    assert not [one for one in helpers if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert not list((tmp_path / "street").iterdir())
