from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
import tomllib
from importlib import metadata
from pathlib import Path

import psutil
import pytest

from workbench.machine import mongod as mongod_module
from workbench.machine import quiet
from workbench.model.errors import SetupError

ROOT = Path(__file__).resolve().parent.parent
LINES = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    mongod_module.inspect.cache_clear()
    return path


def test_requirements__every_line_is_a_pin_and_nothing_else():
    assert all(re.match(r"^[a-z0-9.-]+==[\w.!+]+( ; .+)?$", line) for line in LINES), LINES


def test_requirements__name_no_index():
    text = (ROOT / "requirements.txt").read_text()
    assert "://" not in text
    assert "--" not in text


def test_requirements__hold_both_opencv_builds_in_one_release_below_5():
    pins = {line.split("==")[0]: line.split("==")[1] for line in LINES if line.startswith("opencv-")}
    assert set(pins) == {"opencv-python", "opencv-python-headless"}
    assert len(set(pins.values())) == 1
    assert int(next(iter(pins.values())).split(".")[0]) < 5


def test_requirements__hold_all_that_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for some in project["optional-dependencies"].values() for one in some)]
    names = {re.split(r"[<>=!~\[ ;]", item)[0].lower().replace("_", "-") for item in asked} - {project["name"]}
    assert {"numpy", "torch", "fiftyone", "jupyterlab", "av", "pytest"} <= names
    assert names <= {line.split("==")[0] for line in LINES}


def test_requirements__are_what_is_installed():
    pins = dict(line.split("==") for line in LINES if ";" not in line)
    wrong = {name: metadata.version(name) for name, version in pins.items() if metadata.version(name) != version}
    assert wrong == {}


def bare_checkout(folder: Path) -> Path:
    """What make looks at, without an environment that is ready."""
    checkout = folder / "checkout"
    (checkout / "workbench" / "machine").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "workbench/machine/mongod.py"):
        shutil.copyfile(ROOT / name, checkout / name)
    return checkout


def test_makefile__refuses_another_python(tmp_path):
    fake = program(
        tmp_path / "python3.10", f'case "$*" in *version_info*) exit 1;; *) exec {sys.executable} "$@";; esac\n'
    )
    done = subprocess.run(
        ["make", "-C", bare_checkout(tmp_path), f"PYTHON={fake}", "setup"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "3.11 to 3.13" in done.stderr


def test_makefile__says_what_to_install_without_venv(tmp_path):
    fake = program(tmp_path / "python3", f'case "$*" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac\n')
    done = subprocess.run(
        ["make", "-C", bare_checkout(tmp_path), f"PYTHON={fake}", "setup"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "apt install python3-venv" in done.stderr


def test_quiet__what_the_user_has_set_stays(monkeypatch, tmp_home):
    monkeypatch.setenv("FIFTYONE_DO_NOT_TRACK", "false")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_home / "own"))
    monkeypatch.delenv("YOLO_OFFLINE")
    quiet.apply()
    assert os.environ["FIFTYONE_DO_NOT_TRACK"] == "false"
    assert os.environ["YOLO_OFFLINE"] == "true"
    assert not (tmp_home / "own").exists()


def test_quiet__lays_out_settings_and_fonts_whole(monkeypatch, tmp_home):
    quiet.apply()
    folder = tmp_home / "workbench" / "ultralytics" / "Ultralytics"
    assert {path.name for path in folder.iterdir()} == {"settings.json", "Arial.ttf", "Arial.Unicode.ttf"}
    quiet.apply()


def test_quiet__a_home_that_cannot_be_written_is_no_error(monkeypatch, tmp_home):
    (tmp_home / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_home / "file" / "under"))
    quiet.apply()


def test_quiet__leaves_the_backend_of_matplotlib_alone():
    assert "MPLBACKEND" not in quiet.offline_environment()


def test_find__missing(monkeypatch, tmp_path):
    monkeypatch.setattr(mongod_module, "fiftyone_path", lambda: tmp_path / "mongod")
    with pytest.raises(SetupError, match=re.escape(mongod_module.FALLBACK)):
        mongod_module.find()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open' >&2; exit 127\n",
                     "apt install libcurl4", id="library"),
        pytest.param("kill -ILL $$\n", "AVX", id="old-processor"),
        pytest.param("echo 'db version v4.4.1'\n", "is 4.4.1", id="too-old"),
        pytest.param("echo nonsense\n", "does not run", id="no-mongod"),
    ],
)  # fmt: skip
def test_inspect__says_why(tmp_path, text, word):
    with pytest.raises(SetupError, match=word) as caught:
        mongod_module.inspect(program(tmp_path / "mongod", text))
    assert "\n" not in str(caught.value)


def test_start_and_stop__one_that_ends_at_once(tmp_path):
    broken = mongod_module.Mongod(program(tmp_path / "mongod", "echo 'no space left' >&2; exit 14\n"), "7.0.1")
    with pytest.raises(SetupError, match="no space left"):
        mongod_module.start_and_stop(broken)


def test_start_and_stop__one_that_never_answers(tmp_path):
    mute = mongod_module.Mongod(program(tmp_path / "mongod", "exec sleep 60\n"), "7.0.1")
    with pytest.raises(SetupError, match="no answer within 1 s"):
        mongod_module.start_and_stop(mute, timeout_s=1)


@pytest.mark.mongod
def test_start_and_stop__leaves_nothing_behind(mongod):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    assert mongod_module.start_and_stop(mongod) < 30
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_database_environment__uri_of_the_user_wins(monkeypatch):
    monkeypatch.setenv("FIFTYONE_DATABASE_URI", "mongodb://127.0.0.1:1")
    monkeypatch.setattr(mongod_module, "find", lambda: pytest.fail("looked for a mongod"))
    assert mongod_module.database_environment() == {}


@pytest.mark.parametrize(("version", "warned"), [("6.0.5", True), ("7.0.28", False), ("8.0.17", False)])
def test_database_environment__folder_by_major_version(monkeypatch, tmp_path, version, warned):
    monkeypatch.delenv("FIFTYONE_DATABASE_URI", raising=False)
    monkeypatch.setattr(mongod_module, "find", lambda: mongod_module.Mongod(Path("mongod"), version))
    environment = mongod_module.database_environment(tmp_path)
    assert environment["FIFTYONE_DATABASE_DIR"] == str(tmp_path / f"database-{version[0]}")
    assert (environment.get("FIFTYONE_DATABASE_VALIDATION") == "false") is warned


def test_service_name__differs_by_folder():
    names = {mongod_module.service_name({"FIFTYONE_DATABASE_DIR": folder}) for folder in ("a", "b")}
    assert len(names) == 2
    assert mongod_module.service_name({}) == "db"


@pytest.mark.mongod
def test_link_from_path__gives_fiftyone_the_mongod_of_the_path(monkeypatch, tmp_path, mongod):
    place = tmp_path / "fiftyone" / "mongod"
    monkeypatch.setattr(mongod_module, "fiftyone_path", lambda: place)
    monkeypatch.setenv("PATH", "")
    assert mongod_module.link_from_path() is None
    monkeypatch.setenv("PATH", str(mongod.path.parent))
    found = mongod_module.link_from_path()
    assert found == mongod_module.Mongod(place, mongod.version)
    assert place.resolve() == mongod.path.resolve()


@pytest.mark.slow
@pytest.mark.mongod
def test_fiftyone__its_mongod_ends_with_it_and_is_ours_alone(tmp_home, mongod):
    code = (
        "from workbench.machine import mongod, quiet; quiet.apply(); mongod.apply()\n"
        "import fiftyone as fo, fiftyone.core.service as service, os, time\n"
        "service.DatabaseService.service_name = mongod.service_name()\n"
        "fo.Dataset('x', persistent=True)\n"
        "print('names', fo.list_datasets(), os.environ['FIFTYONE_PRIVATE_DATABASE_PORT'], flush=True)\n"
        "time.sleep(float(os.environ['STAY']))\n"
    )

    def start(home: str, stay: str) -> subprocess.Popen[str]:
        environment = dict(os.environ) | {"WORKBENCH_HOME": str(tmp_home / home), "STAY": stay}
        return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)

    with start("one", "60") as first:
        try:
            port_of_first = first.stdout.readline().split()[-1]
            with start("two", "0") as second:
                port_of_second = second.stdout.readline().split()[-1]
        finally:
            first.send_signal(signal.SIGTERM)
    assert port_of_first != port_of_second
    deadline = time.monotonic() + 20
    while _serving(tmp_home) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _serving(tmp_home) == []
    assert (tmp_home / "one" / f"database-{mongod.major}").is_dir()


def _serving(folder: Path) -> list[int]:
    found = psutil.process_iter(["pid", "cmdline"])
    return [one.info["pid"] for one in found if any(str(folder) in word for word in one.info["cmdline"] or ())]


def test_cv2__needs_no_libgl(namespace):
    """With libGL out of the loader's reach, OpenCV loads and reads a picture; the hiding itself is proven first."""
    found = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    there = {Path(line.split("=> ")[1]).resolve() for line in found.splitlines() if line.strip().startswith("libGL.so")}
    hide = "".join(f"mount --bind /dev/null {path}\n" for path in there)
    code = """
import ctypes
try:
    ctypes.CDLL("libGL.so.1")
except OSError:
    import cv2
    import numpy as np
    ok, data = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))
    print(cv2.imdecode(data, cv2.IMREAD_COLOR).shape)
else:
    print("libGL is still there")
"""
    command = [*namespace, "sh", "-euc", hide + shlex.join([sys.executable, "-c", code])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout == "(8, 8, 3)\n", done.stderr
