"""How JupyterLab is started: at the first notebook, on this machine only, without news and pop-ups."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from workbench.machine import mongod, quiet
from workbench.machine.extras import missing, need
from workbench.machine.ports import HOST, why_taken
from workbench.machine.shipped import is_checkout, shipped
from workbench.model.errors import SetupError

_FIRST = "00_start_here.ipynb"


def notebooks_folder() -> Path:
    """The notebooks: those of the checkout, or of the present folder, which gets a copy where they came in a wheel.

    Raises:
        SetupError: if they are nowhere.
    """
    beside, here = shipped("notebooks"), Path.cwd() / "notebooks"
    for folder in (*([beside] if is_checkout() else []), here, Path.cwd()):
        if (folder / _FIRST).is_file():
            return folder.resolve()
    if not (beside / _FIRST).is_file():
        raise SetupError(f"{_FIRST} is neither beside the package nor here; run this in a checkout of the workbench")
    if here.exists():
        raise SetupError(f"{here} holds other notebooks; run this in another folder, the course's are copied there")
    # What a student writes into them must not lie in the environment, where the next installation replaces it.
    shutil.copytree(beside, here)
    return here


def lab_command(*, port: int | None = None, browser: bool = True) -> list[str]:
    """The command that opens JupyterLab.

    Args:
        port: by default a free one from 8888 on.
        browser: open one.

    Raises:
        SetupError: if the port that was asked for is taken, or JupyterLab is not installed.
    """
    if port is not None and why_taken(port):
        raise SetupError(f"port {port} is taken; leave --port out for a free one, or name another")
    need("notebook")
    folder = notebooks_folder()
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.parent}", f"--ServerApp.ip={HOST}"]
    command += [f"--LabApp.default_url=/lab/tree/{folder.name}/{_FIRST}", *quiet.jupyter_arguments()]
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command += ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command += ["--allow-root"]
    return command


def lab_environment() -> dict[str, str]:
    """This process's environment with the libraries and JupyterLab kept quiet and FiftyOne's database found."""
    quiet.apply()
    if not missing("fiftyone"):
        mongod.apply()
    return {**os.environ, **quiet.jupyter_environment()}
