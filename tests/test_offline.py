from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import workbench as wb
from workbench.machine import quiet

ROOT = Path(__file__).resolve().parent.parent
# What the session's own conftest has set would prove nothing about a user's first call.
OURS = (*quiet.offline_environment(), "FIFTYONE_DATABASE_DIR", "FIFTYONE_DATABASE_VALIDATION")


def run_offline(*arguments: str, home: Path, timeout_s: float = 60) -> tuple[subprocess.CompletedProcess[str], str]:
    log = home / "network.log"
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    environment = kept | {
        "HOME": str(home),
        "PYTHONPATH": str(ROOT / "tests" / "offline"),
        "WORKBENCH_OFFLINE_LOG": str(log),
    }
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout_s
    )
    return done, log.read_text() if log.exists() else ""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import urllib.request as r; r.urlopen('http://192.0.2.1/', timeout=3)", id="address"),
        pytest.param("import socket; socket.getaddrinfo('example.org', 80)", id="name"),
        pytest.param("import socket; socket.gethostbyname('example.org')", id="old-name"),
        pytest.param("import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))", id="udp"),
        pytest.param("import subprocess as p, sys; sys.exit(p.call([sys.executable, '-c', "
                     "'import socket; socket.create_connection((\"192.0.2.1\", 80), 3)']))", id="child"),
    ],
)  # fmt: skip
def test_hook__bites_and_logs(code, tmp_home):
    done, log = run_offline("-c", code, home=tmp_home)
    assert done.returncode != 0
    assert "NetworkForbiddenError" in done.stderr
    assert "192.0.2.1" in log or "example.org" in log


def test_hook__logs_what_a_library_swallows(tmp_home):
    code = (
        "import contextlib, socket\nwith contextlib.suppress(Exception): socket.create_connection(('192.0.2.1', 80), 3)"
    )
    done, log = run_offline("-c", code, home=tmp_home)
    assert done.returncode == 0
    assert "192.0.2.1" in log


def test_hook__lets_this_machine_talk_to_itself(tmp_home):
    code = (
        "import socket as s; a = s.create_server(('127.0.0.1', 0)); s.create_connection(a.getsockname()[:2]).close();"
        "s.getaddrinfo('localhost', 80); x, y = s.socketpair(s.AF_UNIX); x.sendall(b'x')"
    )
    done, log = run_offline("-c", code, home=tmp_home)
    assert (done.returncode, log) == (0, ""), done.stderr


@pytest.mark.slow
def test_libraries__ask_nobody_when_imported_after_quiet(tmp_home):
    code = (
        "from workbench.machine import quiet; quiet.apply()\n"
        "import ultralytics, ultralytics.data.utils as u, ultralytics.utils as v, fiftyone\n"
        "assert u.check_font('Arial.ttf') and u.check_font('Arial.Unicode.ttf')\n"
        "assert not v.ONLINE and v.SETTINGS['sync'] is False and fiftyone.config.do_not_track\n"
    )
    done, log = run_offline("-c", code, home=tmp_home, timeout_s=180)
    assert (done.returncode, log) == (0, ""), done.stderr[-2000:]


@pytest.mark.slow
def test_hook__catches_ultralytics_left_to_itself(tmp_home):
    _, log = run_offline("-c", "import ultralytics", home=tmp_home, timeout_s=180)
    assert "socket.getaddrinfo" in log


@pytest.mark.slow
@pytest.mark.mongod
def test_demo__asks_nobody(tmp_home, mongod):
    demo = ["-m", "workbench.course.demo", "--size", "tiny", "--folder", str(tmp_home / "demo")]
    done, log = run_offline(*demo, home=tmp_home, timeout_s=540)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert log == ""
    for name in ("failures.html", "report.html", "plates"):
        assert str(tmp_home / "demo" / name) in done.stdout
        assert (tmp_home / "demo" / name).exists()
    (record,) = wb.open(tmp_home / "demo" / "plates").records
    assert {part.part: part.pictures for part in record.parts} == {"all": 28, "stills": 8, "video": 20}
