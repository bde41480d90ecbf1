"""What every test shares: libraries kept quiet, a home of our own, and fixtures for what a machine may lack.

A test that lacks real data, a browser or mongod is skipped with a reason; where WORKBENCH_CI=1 (see .ci/run) it fails.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psutil
import pytest
from filelock import FileLock

if TYPE_CHECKING:
    import pandas as pd

    from workbench.api.project import Project
    from workbench.train import Run, RunRecord

ROOT = Path(__file__).resolve().parent.parent
_HOMES = "workbench-tests-"


def _session_home() -> Path:
    """Return a fresh home for this session, and remove those of sessions that have ended.

    It is not removed at the end of its own session: mongod works in it until this process is gone.
    """
    for old in Path(tempfile.gettempdir()).glob(f"{_HOMES}*"):
        pid = old.name.removeprefix(_HOMES)
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    home = Path(tempfile.gettempdir(), f"{_HOMES}{os.getpid()}")
    home.mkdir(exist_ok=True)
    return home


# Before any library is imported: nothing of the user's own home is read or written, and nothing goes to the network.
os.environ["WORKBENCH_HOME"] = str(_session_home())
os.environ.pop("YOLO_CONFIG_DIR", None)
os.environ.setdefault("MPLBACKEND", "agg")

from workbench.machine import mongod as mongod_module  # noqa: E402
from workbench.machine import quiet  # noqa: E402
from workbench.model.errors import SetupError  # noqa: E402
from workbench.model.session_options import options  # noqa: E402

quiet.apply()
with contextlib.suppress(SetupError):
    mongod_module.apply()

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None)
hypothesis.settings.register_profile("deep", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def lacks(reason: str) -> None:
    """Skip the test that asks, or fail it in CI, where nothing may be missing."""
    if os.environ.get("WORKBENCH_CI") == "1":
        pytest.fail(f"missing in CI: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def no_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars would stand between the lines that tests read."""
    monkeypatch.setattr(options, "progress", False)


@pytest.fixture(scope="session", name="lacks")
def lacks_here() -> Callable[[str], None]:
    """`lacks`, for a test that finds out itself what is missing."""
    return lacks


@pytest.fixture(scope="session")
def namespace() -> list[str]:
    """The words before a shell command that give it a mount namespace of its own, gone when it ends."""
    words = ["unshare", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*words, "mount", "-t", "tmpfs", "probe", "/mnt"]).returncode:
        pytest.skip("this kernel gives users no mount namespace")
    return words


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures and labels that other people made; never copied into the project."""
    named = os.environ.get("WORKBENCH_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "real"
    if not folder.is_dir():
        lacks(f"no real data: {folder} is not there; set WORKBENCH_REAL_DATA to the folder that holds it")
    return folder.resolve()


@pytest.fixture(scope="session")
def cases(real_data: Path) -> Path:
    """Small inputs that other tools wrote or might have written; each with a README line."""
    return real_data.parent / "cases"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that can be driven headless."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        lacks("no Chromium: apt install chromium")
    return str(found)


@pytest.fixture(scope="session")
def mongod() -> mongod_module.Mongod:
    """A mongod that really starts; FiftyOne uses it with a database in this session's home."""
    try:
        found = mongod_module.find()
        mongod_module.start_and_stop(found)
    except SetupError as error:
        lacks(str(error))
        raise
    return found


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder once a run, whichever of xdist's workers comes first; who changes it works on a copy."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        whole, part = shared / name, shared / f"{name}.part"
        with FileLock(shared / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                fill(part)
                part.rename(whole)
        return whole

    return make


@pytest.fixture
def tmp_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, for this process and those that it starts."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "YOLO_CONFIG_DIR", "FIFTYONE_DATABASE_DIR"):
        monkeypatch.delenv(name, raising=False)
    # What FiftyOne leaves in the environment would lead a process of this test to the session's database.
    monkeypatch.delenv("FIFTYONE_PRIVATE_DATABASE_PORT", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WORKBENCH_HOME", str(home / "workbench"))
    return home


@pytest.fixture(scope="session")
def run_record() -> Callable[..., RunRecord]:
    """A run's record as a training leaves it, of a version, for tests that need what a training found and none."""
    from workbench.train import RunRecord, ran_on
    from workbench.train.selection import Counts

    def make(version: str, **changes: Any) -> RunRecord:
        values: dict[str, Any] = {
            "run_id": "",
            "state": "finished",
            "detector": "yolo11n",
            "classes": ("plate",),
            "version": version,
            "start_weights": "base",
            "start_sha256": "0" * 64,
            "batches": 120,
            "batch": 16,
            "image_size": 320,
            "seed": 0,
            "device": "cpu",
            "counts": Counts(**(dict.fromkeys(Counts.model_fields, 1) | {"train_pictures": 40})),
            "val_from": "",
            "packages": {},
            "machine": ran_on.describe(),
            "process_id": os.getpid(),
            "started": datetime.now(UTC),
            "seconds": 12.5,
        }
        return RunRecord(**(values | changes))

    return make


@pytest.fixture(scope="session")
def save_found() -> Callable[..., None]:
    """Write down what a run found in a test set, as a prediction leaves it."""
    from workbench.train import Prediction, PredictionSettings, name_of_predictions, save_predictions

    def save(project: Project, run: Run, found: pd.DataFrame, *, test: str = "test") -> None:
        settings = PredictionSettings(
            weights="w",
            weights_sha256="0",
            classes=("plate",),
            confidence=0.01,
            iou=0.7,
            limit=300,
            image_size=320,
            batch=1,
            device="cpu",
        )
        images = project.test(test).images
        name = name_of_predictions(test, images)
        save_predictions(run, name, Prediction(found, len(images), 1.0, 1.0, settings))

    return save
