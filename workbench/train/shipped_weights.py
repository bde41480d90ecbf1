"""The weights that ship with the workbench: found by name, and described as their records say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.machine.shipped import shipped
from workbench.model.errors import SetupError
from workbench.project import files

_PURPOSE = {
    "base": "where the course starts: knows drawn vehicles and wheels; no plate was ever labelled",
    "base_rcnn": "the same start for Faster R-CNN",
    "plates": "finds number plates, from drawn pictures alone: pre-labels your photos, or is a start to train on",
}
AGPL = (
    "made with Ultralytics (AGPL-3.0): in a product or service that others use, publish its source under AGPL-3.0 "
    "or buy a licence from Ultralytics"
)
OPEN = "made with torchvision (BSD-3-Clause) by the workbench (Apache-2.0)"


@dataclass(frozen=True)
class ShippedWeights:
    """One file of weights.

    Attributes:
        name: by which `train` and `predict` know it.
        file: where it lies.
        purpose: what it is for, in a line.
        detector: the architecture.
        classes: what it finds.
        image_size: pixels of the longer side in training.
        pictures: how many were drawn for it, all stages together.
        batches: it was trained for, all stages together.
        megabytes: the file's size.
        sha256: what its record says the file's hash is; empty without a record.
        state: ``ok``, ``changed`` if the file has another hash, ``no record`` without one.
        licence: what its licence means, in a line.
    """

    name: str
    file: Path
    purpose: str
    detector: str
    classes: tuple[str, ...]
    image_size: int | None
    pictures: int
    batches: int
    megabytes: float
    sha256: str
    state: str
    licence: str


def shipped_weights() -> dict[str, Path]:
    """Names and files of the weights that are on this machine."""
    return {path.stem: path for path in sorted(shipped("data", "weights").glob("*.pt"))}


def find_weights(name: str) -> Path:
    """The file of weights that ship under a name.

    Raises:
        SetupError: if there are none of that name; the message lists those there are.
    """
    shipped = shipped_weights()
    if name not in shipped:
        there = ", ".join(sorted(shipped)) or "none (is this a whole checkout?)"
        raise SetupError(f"no weights are called {name!r}; there are: {there}; or give the path of a .pt file of yours")
    return shipped[name]


def describe_weights() -> list[ShippedWeights]:
    """All weights that ship, each file's hash compared with its record."""
    return [_describe(name, file) for name, file in sorted(shipped_weights().items())]


def _describe(name: str, file: Path) -> ShippedWeights:
    record = _record(file.with_suffix(".json"))
    stages = list(_stages(record))
    detector = str(record.get("detector", "yolo11n"))
    sha256 = str(record.get("sha256", ""))
    found = files.sha256_of(file)
    return ShippedWeights(
        name=name,
        file=file,
        purpose=_PURPOSE.get(name, ""),
        detector=detector,
        classes=tuple(record.get("classes", ())),
        image_size=record.get("recipe", {}).get("image_size"),
        pictures=sum(stage.get("pictures", 0) for stage in stages),
        batches=sum(stage.get("batches", stage.get("iterations", 0)) for stage in stages),
        megabytes=round(file.stat().st_size / 1e6, 1),
        sha256=sha256,
        state="no record" if not sha256 else "ok" if found == sha256 else "changed",
        licence=OPEN if detector.startswith("rcnn") else AGPL,
    )


def _record(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _stages(record: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The recipes of a record and of what it went on from."""
    return [record.get("recipe", {}), *_stages(record.get("start"))] if record else []
