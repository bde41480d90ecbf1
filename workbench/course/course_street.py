"""The course's pictures on this machine: the sample's folders, each drawn when it is first wanted, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import filelock
import pandas as pd

from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, iou_matrix
from workbench.street import make_sample

_MINUTES_S = 1200.0
_TRUTH = ("distance_m", "angle_h_deg", "angle_v_deg", "blur_px", "visible", "truncated", "track_id")


@dataclass(frozen=True)
class Street:
    """Folders of a sample, drawn one by one.

    ```
    street-full/
      photos/photos/        the pictures, with xml/, labels/, corners/, … beside them
      photos/truth.parquet  what is on them
      …
    ```

    Attributes:
        home: where they lie.
        size: the sample's size.
        seed: of the sample.
    """

    home: Path
    size: str
    seed: int = 0

    def part(self, name: str, *, first: int | None = None) -> Path:
        """The folder of a part's pictures; drawn if it is not there yet.

        Args:
            name: such as ``photos`` or ``test_frames``.
            first: only so many of its pictures.
        """
        target = self._sample(name, first)
        if not (target / name).is_dir():
            self.home.mkdir(parents=True, exist_ok=True)
            # Two notebooks at once: the second waits, and finds what the first has drawn.
            with filelock.FileLock(self.home / f".{target.name}.lock", timeout=_MINUTES_S):
                if not (target / name).is_dir():
                    make_sample(target, size=self.size, seed=self.seed, parts=[name], first=first)
        return target / name

    def truth(self, name: str, *, first: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Pictures and plates of a part as they were drawn: `images` and `boxes` with the truth's own columns."""
        self.part(name, first=first)
        folder = self._sample(name, first)
        return pd.read_parquet(folder / "pictures.parquet"), pd.read_parquet(folder / "truth.parquet")

    def _sample(self, name: str, first: int | None) -> Path:
        return self.home / (name if first is None else f"{name}-first-{first}")


def with_truth(boxes: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """One picture's boxes with what truth knows of the plate in each: distance, angles, blur, how much of it shows.

    Raises:
        InputError: if a box has no plate; then the labels are not those of the sample.
    """
    if not len(boxes):
        return boxes
    overlap = iou_matrix(boxes[CORNERS].to_numpy(dtype=float), truth[CORNERS].to_numpy(dtype=float))
    if not overlap.size or overlap.max(axis=1).min() < 0.5:
        raise InputError("a box of the test set is around no plate that was drawn; its labels belong to other pictures")
    best = truth.iloc[overlap.argmax(axis=1)]
    return boxes.assign(**{name: best[name].to_numpy() for name in _TRUTH})
