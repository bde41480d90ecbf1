"""Find objects in pictures that belong to no project, and write them as COCO results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.pictures.finding import Where, find
from workbench.pictures.surveying import try_measure
from workbench.project import files
from workbench.train.predicting import predict
from workbench.train.run_predictions import Prediction


@dataclass(frozen=True, eq=False)
class Finds:
    """What a detector found in plain pictures.

    Attributes:
        images: an `images` table; the ids are the files' names below `root`.
        root: the folder that the names start from.
        prediction: what was found, how, and how fast.
        not_read: names of files of a kind that is not read here.
        broken: names of pictures that could not be read, with the reason; they are not among `images`.
    """

    images: pd.DataFrame
    root: Path
    prediction: Prediction
    not_read: tuple[str, ...]
    broken: dict[str, str]

    @property
    def predictions(self) -> pd.DataFrame:
        """The `predictions` table."""
        return self.prediction.predictions

    def save(self, out: str | Path) -> Path:
        """Write COCO results JSON, as ``workbench evaluate --predictions`` reads it; whole or not at all."""
        target = Path(out).expanduser()
        results = [
            {
                "image_id": row["image_id"],
                "class_name": row["class_name"],
                "bbox": [row["xmin"], row["ymin"], row["xmax"] - row["xmin"], row["ymax"] - row["ymin"]],
                "score": row["confidence"],
            }
            for row in tables.records(self.predictions)
        ]
        files.write_text(target, json.dumps(results, ensure_ascii=False))
        return target


def predict_pictures(
    pictures: Where,
    *,
    weights: str | Path = "plates",
    confidence: float = 0.01,
    image_size: int | None = None,
    batch: int = 16,
    device: str | None = None,
) -> Finds:
    """Find objects in pictures that belong to no project; one that cannot be read is named, the others are looked at.

    Args:
        pictures: a folder, a file, a glob, or several of them.
        weights: a name (``plates``) or a .pt file. **A .pt file is a pickle: name only files you trust.**
        confidence: the least confidence to keep; thresholds are for looking, so keep it low.
        image_size: the longer side pictures are brought to, in pixels; by default as trained.
        batch: pictures in a batch.
        device: ``cpu`` or the number of a GPU; by default the best there is.

    Raises:
        InputError: if there is no picture, none can be read, or an option is out of range.
        SetupError: if the device or the weights are not there.
    """
    found = find(pictures)
    names = [found.name(file) for file in found.files]
    rows = [{"image_id": name, "path": name, "label_status": "unlabelled"} for name in names]
    images = tables.from_rows("images", rows)
    made = predict(
        weights,
        # A name is composed (NFC) for the tables; the file may be called otherwise.
        images.assign(path=[file.relative_to(found.base).as_posix() for file in found.files]),
        root=found.base,
        confidence=confidence,
        image_size=image_size,
        batch=batch,
        device=device,
        leave_out=True,
    )
    files_of = dict(zip(names, found.files, strict=True))
    broken = {name: _reason(files_of[name]) for name in made.unread}
    seen = images[~images["image_id"].isin(made.unread)].reset_index(drop=True)
    return Finds(seen, found.base, made, tuple(found.name(file) for file in found.not_read), broken)


def _reason(file: Path) -> str:
    said = try_measure(file)
    return str(said) if isinstance(said, InputError) else "it cannot be decoded"
