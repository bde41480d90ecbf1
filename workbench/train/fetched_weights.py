"""Weights that Ultralytics publishes, fetched where somebody names them: the one thing that needs a network."""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from pathlib import Path

from workbench.machine import quiet
from workbench.machine.extras import need
from workbench.model.errors import InputError, SetupError
from workbench.project import files

_log = logging.getLogger(__name__)
_ADDRESS = "https://github.com/ultralytics/assets/releases/download/v8.4.0/{}"
_TIMEOUT_S = 30


def fetch(name: str) -> Path:
    """Return Ultralytics' own weights of that name, such as ``yolo11n``; fetched once, then kept.

    **A .pt file is a pickle: loading it runs whatever code lies in it, with your rights.** Nobody here has looked at
    these files or knows their hashes; asking for one is trusting Ultralytics and the connection to it.

    Raises:
        InputError: if Ultralytics has no such file.
        SetupError: if it cannot be fetched.
    """
    quiet.apply()
    with need("train"):
        from ultralytics.utils.downloads import GITHUB_ASSETS_NAMES

    file = f"{name.removesuffix('.pt')}.pt"
    if file not in GITHUB_ASSETS_NAMES:
        raise InputError(f"Ultralytics has no weights {name!r}; use one such as 'ultralytics:yolo11n'")
    target = quiet.workbench_home() / "weights" / file
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        address = _ADDRESS.format(file)
        try:
            with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer, files.new_file(target) as unborn:  # noqa: S310
                unborn.write_bytes(answer.read())
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", error)
            raise SetupError(
                f"{address} cannot be fetched ({reason}): ultralytics:{name} needs a network; "
                "without one start from 'base' or 'plates', or fetch the file elsewhere and give its path"
            ) from error
    _log.warning(
        "%s is Ultralytics' own file (AGPL-3.0) and a pickle: loading it runs the code in it with your rights; "
        "the workbench has not looked at it",
        target,
    )
    return target
