"""Is this machine ready, and what to do if it is not: one finding a line, each with the command that mends it.

What imports a heavy library runs in a process of its own, all of them at once: a library that crashes the interpreter
is then a finding like any other, and the caller stays light.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from workbench.machine import extras, mongod, probes, quiet
from workbench.machine.ports import why_taken
from workbench.machine.shipped import is_checkout, shipped
from workbench.model.errors import SetupError

State = Literal["ok", "warn", "fail"]

_GIB = 2**30
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "firefox", "firefox-esr")
_PORTS = {
    5151: ("FiftyOne", "take another: `FIFTYONE_DEFAULT_APP_PORT=5152`"),
    8888: ("Jupyter", "nothing: JupyterLab takes the next free one"),
}


@dataclass(frozen=True)
class Finding:
    """What was found about one thing that the workbench needs.

    Attributes:
        name: The thing, in a word or two.
        state: `fail` where the workbench cannot work, `warn` where a part of it cannot, else `ok`.
        found: What is there.
        mend: What to do, with the command; empty where nothing is to be done.
    """

    name: str
    state: State
    found: str
    mend: str = ""


def examine(*, ports: bool = True) -> tuple[Finding, ...]:
    """Look at this machine; takes some seconds, most of them for importing torch and starting mongod.

    Args:
        ports: Whether to see which of the ports of FiftyOne and Jupyter are free.
    """
    checks: list[Callable[[], Finding]] = [check_python, check_disk, check_memory, check_writable, check_opencv]
    checks += [functools.partial(check_extra, extra) for extra in extras.EXTRAS]
    if not extras.missing("train"):
        checks += [check_torch, check_gpu, check_ultralytics]
    if not extras.missing("fiftyone"):
        checks += [check_fiftyone, check_mongod]
    checks += [check_weights, check_browser, check_hangul]
    if ports:
        checks += [functools.partial(check_port, port) for port in _PORTS]
    with ThreadPoolExecutor(max_workers=4) as pool:
        return tuple(pool.map(_guarded, checks))


def check_python() -> Finding:
    """Python 3.11 to 3.13."""
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", "ok", f"{version} at {sys.executable}")
    return Finding("Python", "fail", version, "use Python 3.11 to 3.13: `make clean && make PYTHON=python3.12 setup`")


def check_disk() -> Finding:
    """Room for trainings and pictures where the user stands, and for the database in the home of the workbench."""
    free = {place: _free_gib(place) for place in (Path.cwd(), quiet.workbench_home(), Path(tempfile.gettempdir()))}
    place, least = min(free.items(), key=lambda item: item[1])
    found = f"{least:.1f} GiB free for {place}"
    if least < 1:
        return Finding("disk", "fail", found, "free at least 5 GiB there")
    return (
        Finding("disk", "warn", found, "free 5 GiB for a whole course") if least < 5 else Finding("disk", "ok", found)
    )


def check_memory() -> Finding:
    """Memory that a small training and mongod need together."""
    memory = psutil.virtual_memory()
    found = f"{memory.available / _GIB:.1f} of {memory.total / _GIB:.1f} GiB available"
    if memory.available < 2 * _GIB:
        return Finding("memory", "fail", found, "close other programs: training on a CPU needs about 3 GiB")
    if memory.available < 4 * _GIB:
        return Finding("memory", "warn", found, "close other programs before a long training")
    return Finding("memory", "ok", found)


def check_writable() -> Finding:
    """The folders that the workbench writes into."""
    for place in (Path.cwd(), quiet.workbench_home()):
        folder = next(parent for parent in (place, *place.parents) if parent.exists())
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            mend = f"give yourself the folder (`chown -R $USER {folder}`), or set WORKBENCH_HOME to another"
            return Finding("write access", "fail", f"cannot write in {folder}: {error.strerror}", mend)
    return Finding("write access", "ok", f"{Path.cwd()} and {quiet.workbench_home()}")


def check_opencv() -> Finding:
    """The build without windows alone, or of both builds one release, that one lying last in the folder they share."""
    answer, trouble = probes.probe(probes.OPENCV)
    pip = f"{sys.executable} -m pip install --force-reinstall --no-deps opencv-python-headless"
    if answer is None:
        return Finding("OpenCV", "fail", f"cv2 cannot be imported: {trouble}", f"run `{pip}`")
    releases = answer["releases"]
    if len(set(releases.values())) != 1:
        found = ", ".join(f"{name} {version}" for name, version in releases.items())
        return Finding("OpenCV", "fail", f"two releases in one folder: {found}", "run `make clean && make setup`")
    (release,) = set(releases.values())
    if answer["window"] != "NONE":
        found = f"{release}, but the build with windows ({answer['window']}) lies last and needs libGL"
        return Finding("OpenCV", "fail", found, f"run `{pip}=={release}`")
    return Finding("OpenCV", "ok", f"{release}, needs no libGL")


def check_extra(extra: str) -> Finding:
    """Whether an extra is installed; a workbench without it is whole, and lacks what the extra is for."""
    gone, purpose = extras.missing(extra), extras.PURPOSE[extra]
    if not gone:
        return Finding(f"[{extra}]", "ok", purpose)
    found = f"{', '.join(gone)} not installed: no {purpose}"
    return Finding(f"[{extra}]", "warn", found, f"if you want that, run `{extras.install_command(extra)}`")


def check_torch() -> Finding:
    """Torch and torchvision of one make: an operator of torchvision really runs."""
    answer, trouble = probes.torch()
    if answer is None:
        mend = "run `make clean && make setup`; torch and torchvision must come from the same index"
        return Finding("torch", "fail", f"torch and torchvision do not work together: {trouble}", mend)
    if answer["kept"] != [0, 2]:
        return Finding("torch", "fail", "torchvision's nms gives a wrong answer", "run `make clean && make setup`")
    return Finding("torch", "ok", f"{answer['torch']} with torchvision {answer['torchvision']}")


def check_gpu() -> Finding:
    """Which GPU torch can use; none is no fault."""
    answer, _ = probes.torch()
    gpu = answer["gpu"] if answer else []
    cores = os.cpu_count() or 1
    return Finding("GPU", "ok", ", ".join(gpu) if gpu else f"none; training runs on {cores} CPU cores")


def check_ultralytics() -> Finding:
    """Ultralytics can be imported."""
    answer, trouble = probes.torch()
    if answer is None or "ultralytics" not in answer:
        trouble = str(answer["trouble"]) if answer else trouble
        return Finding("ultralytics", "fail", f"cannot be imported: {trouble}", "run `make setup`")
    return Finding("ultralytics", "ok", str(answer["ultralytics"]))


def check_fiftyone() -> Finding:
    """FiftyOne can be imported."""
    answer, trouble = probes.probe(probes.FIFTYONE)
    if answer is None:
        return Finding("fiftyone", "fail", f"cannot be imported: {trouble}", "run `make setup`")
    return Finding("fiftyone", "ok", str(answer["version"]))


def check_mongod() -> Finding:
    """FiftyOne's mongod, really started and stopped, unless the user has named a database of his own."""
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return Finding("mongod", "ok", "not needed: FIFTYONE_DATABASE_URI is set, and that database is used")
    try:
        binary = mongod.find()
        seconds = mongod.start_and_stop(binary)
    except SetupError as error:
        return _from_error("mongod", error)
    return Finding("mongod", "ok", f"{binary.version}, started in {seconds:.1f} s and stopped")


def check_weights() -> Finding:
    """The weights that ship."""
    folder = shipped("data", "weights")
    files = sorted(path.name for path in folder.glob("*.pt"))
    if files:
        return Finding("weights", "ok", ", ".join(files))
    mend = "run `git checkout data/weights`" if is_checkout() else "install the workbench again"
    return Finding("weights", "warn", f"none in {folder}; training starts from nothing", mend)


def check_port(port: int) -> Finding:
    """Whether a port of this machine is free, and who has it if not."""
    program, hint = _PORTS.get(port, ("this program", "take another port"))
    if taken := why_taken(port):
        return Finding(f"port {port}", "warn", f"{program}'s port: {taken}{_owner(port)}", hint)
    return Finding(f"port {port}", "ok", f"free for {program}")


def check_browser() -> Finding:
    """A browser for JupyterLab and the FiftyOne App."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found:
        return Finding("browser", "ok", found)
    return Finding(
        "browser", "warn", "none on this machine", "run `apt install chromium`, or forward ports 8888 and 5151"
    )


def check_hangul() -> Finding:
    """A font that really holds Hangul letters, for plots with Korean names."""
    font = probes.hangul_font()
    if font is None:
        return Finding(
            "Hangul font", "warn", "none: Korean names show as boxes in plots", "run `apt install fonts-nanum`"
        )
    return Finding("Hangul font", "ok", str(font))


def _guarded(check: Callable[[], Finding]) -> Finding:
    """Run one check; what goes wrong in the check itself is a finding, too, and the others still run."""
    try:
        return check()
    except (OSError, ValueError, LookupError, SetupError, psutil.Error) as error:
        name = getattr(check, "__name__", "check").removeprefix("check_")
        return Finding(name, "fail", f"could not be checked: {error}", "run `make setup`")


def _from_error(name: str, error: SetupError) -> Finding:
    """Split the one line of a `SetupError` into what is wrong and what mends it."""
    found, _, mend = str(error).rpartition(": ")
    return Finding(name, "fail", found, mend)


def _free_gib(path: Path) -> float:
    return shutil.disk_usage(next(folder for folder in (path, *path.parents) if folder.exists())).free / _GIB


def _owner(port: int) -> str:
    """Return `, held by NAME (PID)` where that can be seen, else nothing."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f", held by {psutil.Process(connection.pid).name()} ({connection.pid})"
    except psutil.Error:
        return ""
    return ""
