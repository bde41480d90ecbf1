"""What a training ran on: the machine and the versions of the packages that shape its result."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from pydantic import BaseModel, ConfigDict

_PACKAGES = ("workbench", "torch", "torchvision", "ultralytics", "numpy", "opencv-python", "opencv-python-headless")


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
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        gpus=gpus,
    )


def package_versions() -> dict[str, str]:
    """Python's version and those of the packages that shape a result."""
    versions = {"python": platform.python_version()}
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
