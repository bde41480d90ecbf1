"""What a training ran on: the machine and the versions of the packages that shape its result."""

from __future__ import annotations

import platform
from importlib import metadata

from pydantic import BaseModel, ConfigDict

import workbench
from workbench.machine.helpers import processors

_PACKAGES = ("torch", "torchvision", "ultralytics", "numpy", "opencv-python", "opencv-python-headless")


class Machine(BaseModel):
    """The computer, in the words a reader of the record needs to compare times."""

    model_config = ConfigDict(frozen=True)

    host: str
    system: str
    processor: str
    cores: int
    gpus: tuple[str, ...]


def describe(gpus: tuple[str, ...] = ()) -> Machine:
    """Describe this machine; `gpus` are named by whoever has asked torch."""
    return Machine(
        host=platform.node(),
        system=platform.platform(),
        processor=_processor(),
        cores=processors(),
        gpus=gpus,
    )


def package_versions() -> dict[str, str]:
    """The versions of Python, of the workbench and of the packages that shape a result."""
    versions = {"python": platform.python_version(), "workbench": workbench.__version__}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            found = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        found = ""
    return found or platform.processor() or platform.machine()
