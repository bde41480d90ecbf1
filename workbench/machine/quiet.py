"""Keep the libraries off the network: environment variables that are set before they are imported.

`apply()` goes first in every module that imports fiftyone or ultralytics; a value that the user has set himself stays.
What each entry stops was read in the sources of fiftyone 1.22 and ultralytics 8.4, and is proved by
`tests/test_offline.py`, which runs the whole demo with a hook that forbids every connection to another machine.

Three calls cannot be stopped from outside, so the adapter that owns the library has to avoid them:

- `ultralytics.YOLO("name.pt")` downloads a weights file that does not exist: check that it does first.
- `ultralytics` downloads `yolo26n.pt` to try mixed precision on a GPU: train with `amp=False`.
- `torchvision.models` downloads weights: build with `weights=None, weights_backbone=None`.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

_log = logging.getLogger(__name__)

# `ultralytics.utils.SettingsManager` of this schema version; it refills what an older or newer release misses.
_SETTINGS_VERSION = "0.0.8"


def workbench_home() -> Path:
    """Return the folder for what belongs to the user and not to a project: the database, other libraries' settings.

    `WORKBENCH_HOME` if set, else the platform's folder for user data (`~/.local/share/workbench` on Linux). The folder
    need not exist yet.
    """
    chosen = os.environ.get("WORKBENCH_HOME")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_data_path("workbench", appauthor=False)


def offline_environment() -> dict[str, str]:
    """Return the variables that keep the libraries quiet, whatever the user has set."""
    return {
        # fiftyone: usage analytics, which the App sends from the browser.
        "FIFTYONE_DO_NOT_TRACK": "true",
        # ultralytics: the name look-ups of `is_online()` at import; with it off also the usage events
        # (utils/events.py), the crash reports (`set_sentry`) and the update check (`check_pip_update_available`).
        "YOLO_OFFLINE": "true",
        # ultralytics: `check_requirements()` runs `pip install` for whatever it misses.
        "YOLO_AUTOINSTALL": "false",
        # ultralytics: settings of our own (see `_prepare_ultralytics`): no sync, no trackers, no fonts fetched.
        "YOLO_CONFIG_DIR": str(workbench_home() / "ultralytics"),
        # ultralytics: where every training is streamed to if ULTRALYTICS_API_KEY is set (callbacks/platform.py). Port 9
        # of this machine takes nothing.
        "ULTRALYTICS_PLATFORM_URL": "http://127.0.0.1:9",
        # albumentations, which ultralytics uses where it is installed: a version check at import.
        "NO_ALBUMENTATIONS_UPDATE": "1",
        # huggingface_hub, which fiftyone and ultralytics use where it is installed: downloads and telemetry.
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }


def apply() -> None:
    """Set `offline_environment()` in this process, except what is set already, and lay out ultralytics' settings.

    Call it before fiftyone or ultralytics are imported. Calling it again costs next to nothing. Where the home cannot
    be written a warning is logged: ultralytics then takes a temporary folder, and `workbench doctor` says what to do.
    """
    wanted = offline_environment()
    ours = os.environ.setdefault("YOLO_CONFIG_DIR", wanted["YOLO_CONFIG_DIR"]) == wanted["YOLO_CONFIG_DIR"]
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    if ours:
        folder = Path(wanted["YOLO_CONFIG_DIR"]) / "Ultralytics"
        try:
            _prepare_ultralytics(folder)
        except OSError as error:
            _log.warning("cannot write %s (%s): run `workbench doctor`", folder, error.strerror)


def jupyter_arguments() -> tuple[str, ...]:
    """Return the arguments with which JupyterLab asks for no news, no updates and no list of extensions."""
    return (
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    )


def jupyter_environment() -> dict[str, str]:
    """Return the variable with which JupyterLab does not ask either whether it may fetch news.

    That it cannot (see `jupyter_arguments`) does not keep it from asking. What is set here are defaults: a user's own
    settings come before them.
    """
    folders = [str(Path(__file__).parent / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, folders))}


def _prepare_ultralytics(folder: Path) -> None:
    """Write the settings and the two font files that ultralytics would otherwise make up or fetch.

    `check_font()` asks the network for Arial.ttf before every training, online or not, unless a file of that name lies
    beside the settings; matplotlib's own DejaVu Sans serves as well.
    """
    if (folder / "Arial.Unicode.ttf").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {
        "settings_version": _SETTINGS_VERSION,
        "datasets_dir": str(folder.parent / "datasets"),
        "weights_dir": str(folder.parent / "weights"),
        "runs_dir": str(folder.parent / "runs"),
        "uuid": "0" * 64,
        "api_key": "",
        "openai_api_key": "",
    }
    switches = ("sync", "clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb", "vscode_msg")
    settings |= dict.fromkeys((*switches, "openvino_msg"), False)
    if not (folder / "settings.json").exists():
        _write_whole(folder / "settings.json", json.dumps(settings, indent=2).encode())
    font = _bundled_font()
    if font is not None:
        for name in ("Arial.ttf", "Arial.Unicode.ttf"):
            _write_whole(folder / name, font.read_bytes())


def _bundled_font() -> Path | None:
    """Return the DejaVu Sans that lies in matplotlib's package, without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    font = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return font if font.is_file() else None


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that another process sees all of it or nothing."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
