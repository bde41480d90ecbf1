"""Predictions, and how a run keeps its own."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.wording import counted, facts_html
from workbench.project import files
from workbench.train.runs import Run

_NAME = re.compile(r"[\w][\w.-]*")


class PredictionSettings(BaseModel):
    """How predictions were made."""

    model_config = ConfigDict(frozen=True)

    weights: str
    weights_sha256: str
    classes: tuple[str, ...]
    confidence: float
    iou: float
    limit: int
    image_size: int
    batch: int
    device: str


@dataclass(frozen=True)
class Prediction:
    """What a detector found, how, and how fast.

    Attributes:
        predictions: a `predictions` table: in the order of the pictures, the surest first.
        pictures: how many pictures were looked at, with and without finds.
        seconds: spent finding, decoding apart, after a first batch to warm up.
        decode_seconds: spent reading and decoding the pictures.
        settings: how.
        unread: ids of pictures that could not be read; nothing is known of them, and they are not among `pictures`.
    """

    predictions: pd.DataFrame
    pictures: int
    seconds: float
    decode_seconds: float
    settings: PredictionSettings
    unread: tuple[str, ...] = ()

    @property
    def frames_per_second(self) -> float:
        """Pictures a second, decoding apart; 0 without pictures."""
        return self.pictures / self.seconds if self.seconds else 0.0

    def __repr__(self) -> str:
        s = self.settings
        return (
            f"{len(self.predictions)} predictions by {s.weights} on {counted(self.pictures, 'pictures')} at "
            f"{s.image_size} px, confidence {s.confidence:g} or more; {self.frames_per_second:.1f} pictures a second "
            f"on {s.device}"
        )

    def _repr_html_(self) -> str:
        """The same as a notebook shows it."""
        s = self.settings
        facts = {
            "predictions": len(self.predictions),
            "pictures": self.pictures,
            "classes": ", ".join(s.classes),
            "confidence": f"{s.confidence:g} or more",
            "image size": f"{s.image_size} px",
            "speed": f"{self.frames_per_second:.1f} pictures a second on {s.device}",
        }
        return facts_html(f"Predictions by {s.weights}", facts)


def name_of_predictions(name: str, images: pd.DataFrame) -> str:
    """The name under which predictions on pictures are kept: it says which pictures, by their ids and contents."""
    keys = sorted(f"{image_id} {sha}" for image_id, sha in zip(images["image_id"], images["sha256"], strict=True))
    return f"{'-'.join(name.split())}-{hashlib.sha256(chr(10).join(keys).encode()).hexdigest()[:8]}"


def save_predictions(run: Run, name: str, predictions: Prediction) -> Path:
    """Keep predictions with their run, as ``predictions/<name>.parquet`` and a JSON of the settings.

    Raises:
        InputError: if the name is not usable as a file's name.
    """
    path = _path(run, name)
    about = {
        "settings": predictions.settings.model_dump(),
        "pictures": predictions.pictures,
        "seconds": predictions.seconds,
        "decode_seconds": predictions.decode_seconds,
    }
    path.parent.mkdir(exist_ok=True)
    # The table comes last: where it is, the settings are.
    files.write_text(path.with_suffix(".json"), json.dumps(about, indent=2, ensure_ascii=False))
    with files.new_file(path) as unborn:
        predictions.predictions.to_parquet(unborn, index=False)
    return path


def has_predictions(run: Run, name: str) -> bool:
    """Whether `save_predictions` kept something of that name."""
    return _path(run, name).is_file()


def load_predictions(run: Run, name: str) -> Prediction:
    """Return what `save_predictions` kept.

    Raises:
        InputError: if there is nothing of that name, or it cannot be read.
    """
    path = _path(run, name)
    if not path.is_file():
        there = sorted(p.stem for p in path.parent.glob("*.parquet") if not p.name.startswith("."))
        found = f"it has {', '.join(there)}" if there else "predict first"
        raise InputError(f"the run {run.run_id} has no predictions {name!r}; {found}")
    try:
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        settings = PredictionSettings.model_validate(about["settings"])
        table = tables.validate(pd.read_parquet(path), "predictions")
        return Prediction(table, about["pictures"], about["seconds"], about["decode_seconds"], settings)
    except (OSError, ValueError, KeyError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be read ({reason}); predict again") from error


def is_by_present_weights(run: Run, kept: Prediction) -> bool:
    """Whether predictions were made by the weights that a run has now, and not by those that it had half-way.

    Where the weights are gone, the record says what they were; where it does not, nothing speaks against it.

    Raises:
        InputError: if they were made by other weights, and those of the run are gone: nothing can look again.
    """
    present = run.weights_sha256
    if present is None or kept.settings.weights_sha256 == present:
        return True
    if not run.weights.is_file():
        raise InputError(
            f"what is kept of the run {run.run_id} was found by other weights than it was trained to, and "
            f"{run.weights} is not there; bring that file back, or train again"
        )
    return False


def _path(run: Run, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise InputError(f"the name {name!r} is not usable for a file; use letters, digits, '-', '_' and '.'")
    return run.folder / "predictions" / f"{name}.parquet"
