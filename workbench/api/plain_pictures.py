"""Detectors and plain files, without a project: find objects in a folder of pictures, and frames in their order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError

if TYPE_CHECKING:
    from workbench.pictures.finding import Where
    from workbench.train import Prediction


@dataclass(frozen=True, eq=False)
class Finds:
    """What a detector found in plain pictures.

    Attributes:
        images: an `images` table; the ids are the files' names below `root`.
        root: the folder that the names start from.
        prediction: what was found, how, and how fast.
        not_read: names of files of a kind that is not read here.
    """

    images: pd.DataFrame
    root: Path
    prediction: Prediction
    not_read: tuple[str, ...]

    @property
    def predictions(self) -> pd.DataFrame:
        """The `predictions` table."""
        return self.prediction.predictions

    def save(self, out: str | Path) -> Path:
        """Write COCO results JSON, as ``workbench evaluate --predictions`` reads it; whole or not at all."""
        from workbench.project import files

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
    progress: bool = True,
) -> Finds:
    """Find objects in pictures that belong to no project.

    Args:
        pictures: a folder, a file, a glob, or several of them.
        weights: a name (``plates``) or a .pt file. **A .pt file is a pickle: name only files you trust.**
        confidence: the least confidence to keep; thresholds are for looking, so keep it low.
        image_size: the longer side pictures are brought to, in pixels; by default as trained.
        batch: pictures in a batch.
        device: ``cpu`` or the number of a GPU; by default the best there is.
        progress: show a bar.

    Raises:
        InputError: if there is no picture, one cannot be read, or an option is out of range.
        SetupError: if the device or the weights are not there.
    """
    from workbench.pictures.finding import find
    from workbench.train import predict

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
        progress=progress,
    )
    return Finds(images, found.base, made, tuple(found.name(file) for file in found.not_read))


def with_moments(images: pd.DataFrame, *, frames_per_second: float | None = None) -> pd.DataFrame:
    """Frames that say when in their video they were taken: as their table says, else their names, else their order.

    Names that say it are those of VoTT (``ride.mp4#t=735.5``). With `frames_per_second`, the pictures of one folder, or
    of one video by their names, follow each other in the order of their numbers.

    Args:
        images: an `images` table.
        frames_per_second: of the frames, where nothing says when they were taken.

    Raises:
        InputError: if nothing says it.
    """
    from workbench.pictures import moment_of, video_of

    if images["frame_s"].notna().any():
        return images
    stems = [str(PurePosixPath(str(name)).with_suffix("")) for name in images["image_id"]]
    moments = [moment_of(stem) for stem in stems]
    if frames_per_second is not None:
        if not frames_per_second > 0:
            raise InputError(f"frames_per_second is {frames_per_second}; expected more than 0")
        groups = [video_of(stem) or str(PurePosixPath(stem).parent) for stem in stems]
        moments = _in_order(stems, groups, frames_per_second)
    else:
        if all(moment is None for moment in moments):
            raise InputError(
                f"none of the {len(images)} pictures says when in its video it was taken, first {stems[:1]}; "
                "say how many frames a second there are (--fps), or collect the video with collect_video"
            )
        groups = [video_of(stem) or "" for stem in stems]
    kept = images["group_id"] != ""
    return images.assign(frame_s=pd.array(moments, dtype="Float64"), group_id=images["group_id"].where(kept, groups))


def _in_order(stems: list[str], groups: list[str], frames_per_second: float) -> list[float | None]:
    moments: list[float | None] = [None] * len(stems)
    for group in dict.fromkeys(groups):
        rows = sorted((row for row, name in enumerate(groups) if name == group), key=lambda row: _by_number(stems[row]))
        for place, row in enumerate(rows):
            moments[row] = float(np.round(place / frames_per_second, 6))
    return moments


def _by_number(name: str) -> list[Any]:
    """So that frame 10 comes after frame 9: the numbers in a name count as numbers."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
