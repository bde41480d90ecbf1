"""Predictions under way, kept by the part, so that one that is interrupted goes on where it was.

A part is what was found in some pictures that follow each other, one file, whole or absent. Its name says by which
weights, with which settings and in which pictures, so that a part is never taken for another: other weights, another
picture in the middle or a changed file look again, the rest does not.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.machine.quiet import workbench_home
from workbench.project import files
from workbench.train.detector import Found
from workbench.train.run_predictions import PredictionSettings

_VALUES = ("xmin", "ymin", "xmax", "ymax", "confidence", "class_number")
_OLD_S = 30 * 24 * 3600.0


@dataclass(frozen=True, eq=False)
class Part:
    """What was found in some pictures.

    Attributes:
        found: one array a picture.
        sizes: width and height of each.
        seconds: spent finding.
        decode_seconds: spent reading the pictures.
    """

    found: list[Found]
    sizes: list[tuple[int, int]]
    seconds: float
    decode_seconds: float


class Parts:
    """The parts of one prediction, in the user's own folder of the workbench until it is complete."""

    def __init__(self, settings: PredictionSettings) -> None:
        self._settings = settings.model_dump_json()
        self._folder = _home() / hashlib.sha256(self._settings.encode()).hexdigest()[:16]
        self._writable = True

    def load(self, pictures: Sequence[Path]) -> Part | None:
        """What an earlier process found in these pictures, or None."""
        path = self._path(pictures)
        if not path.is_file():
            return None
        table = pd.read_parquet(path)
        heads = table[table["confidence"].isna()]
        rows = table[table["confidence"].notna()]
        ends = np.searchsorted(rows["picture"].to_numpy(), np.arange(len(pictures) + 1))
        values = rows[list(_VALUES)].to_numpy(dtype=np.float64)
        found = [values[start:end] for start, end in pairwise(ends)]
        sizes = [(int(width), int(height)) for width, height in zip(heads["xmin"], heads["ymin"], strict=True)]
        return Part(found, sizes, float(heads["xmax"].sum()), float(heads["ymax"].sum()))

    def save(self, pictures: Sequence[Path], part: Part) -> None:
        """Keep a part. Where the user's folder cannot be written, nothing is kept, and nothing else is lost."""
        if not self._writable:
            return
        # A row without a confidence for each picture holds its size; the first one the seconds, too.
        heads = np.full((len(part.sizes), 6), np.nan)
        heads[:, :2] = part.sizes
        heads[:, 2:4] = 0.0
        heads[:1, 2:4] = part.seconds, part.decode_seconds
        counts = [len(rows) for rows in part.found]
        table = pd.DataFrame(np.concatenate([heads, *part.found]), columns=list(_VALUES))
        table.insert(0, "picture", np.concatenate([np.arange(len(counts)), np.repeat(np.arange(len(counts)), counts)]))
        try:
            with files.new_file(self._path(pictures)) as unborn:
                table.to_parquet(unborn, index=False)
        except OSError:
            self._writable = False

    def remove(self, pictures: Sequence[Sequence[Path]]) -> None:
        """Remove the parts, now that the prediction is complete, and what others left behind for a month."""
        for some in pictures:
            self._path(some).unlink(missing_ok=True)
        if not _home().is_dir():
            return
        files.sweep(_home())
        for folder in _home().iterdir():
            # Another process may be removing the same.
            with suppress(FileNotFoundError):
                if not any(folder.iterdir()) or time.time() - folder.stat().st_mtime > _OLD_S:
                    shutil.rmtree(folder, ignore_errors=True)

    def _path(self, pictures: Sequence[Path]) -> Path:
        key = hashlib.sha256(self._settings.encode())
        for picture in pictures:
            status = picture.stat()
            key.update(f"\n{picture.absolute()} {status.st_size} {status.st_mtime_ns}".encode(errors="surrogateescape"))
        return self._folder / f"{key.hexdigest()[:32]}.parquet"


def _home() -> Path:
    return workbench_home() / "predicting"
