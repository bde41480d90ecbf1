"""Label mistakes to find: planted in a copy of right label files, in other files for every student."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.label import read_labels
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, Boxes, iou_matrix
from workbench.street.story.label_mistakes import corners_for_centre, far_too_wide
from workbench.street.story.sample_files import yolo_text

_SAME_IOU = 0.9
"""A box that overlaps the right one by so much is drawn well enough."""

Size = tuple[int, int]
Mistake = Callable[[Size, Boxes, np.random.Generator], str]
MISTAKES: Mapping[str, Mistake] = {
    "the last value is cut off": lambda size, boxes, rng: yolo_text(size, boxes).rstrip().rpartition(" ")[0] + "\n",
    "a box stands twice": lambda size, boxes, rng: yolo_text(size, boxes) + yolo_text(size, boxes[:1]),
    "a class that is not there": lambda size, boxes, rng: yolo_text(size, boxes, class_id=1),
    "pixels where shares belong": lambda size, boxes, rng: yolo_text((1, 1), boxes),
    "corners where centre and size belong": lambda size, boxes, rng: corners_for_centre(size, boxes),
    "far too wide": lambda size, boxes, rng: yolo_text(size, far_too_wide(boxes, size, rng)),
    "a plate is forgotten": lambda size, boxes, rng: yolo_text(size, np.delete(boxes, rng.integers(len(boxes)), 0)),
}
"""How one picture's boxes are written. The check names the first ones; for the last two somebody has to look."""


@dataclass(frozen=True)
class Score:
    """How far a student has come.

    Attributes:
        planted: how many files were given a mistake.
        found: how many of them are right again.
        spoilt: how many other files are not right any more.
    """

    planted: int
    found: int
    spoilt: int

    def __repr__(self) -> str:
        harm = f"; {self.spoilt} that were right are so no more" if self.spoilt else ""
        return f"{self.found} of {self.planted} found and mended{harm}"


@dataclass(frozen=True)
class PlantedFaults:
    """A folder of YOLO files, some with a mistake.

    Attributes:
        labels: the files, to check and to mend.
        images: their pictures.
        right: the labels as they should be.
        who: the student, whose name decides which files have which mistake.
        count: in how many files there is one.
    """

    labels: Path
    images: Path
    right: Path
    who: str
    count: int

    def __repr__(self) -> str:
        return f"{self.count} files with a mistake among those in {self.labels}, chosen for {self.who}"

    def plant(self) -> None:
        """Write the files, unless they are there: what was mended is not lost.

        Raises:
            InputError: if there are fewer files with a box than mistakes.
        """
        planted = self._planted()
        if not self.labels.exists():
            self.labels.mkdir(parents=True)
            for file in sorted(self.right.glob("*.txt")):
                text = planted[file.stem] if file.stem in planted else file.read_text("utf-8")
                (self.labels / file.name).write_text(text, encoding="utf-8")

    def score(self) -> Score:
        """Compare the files as they are now with the right ones; it does not tell which are still wrong."""
        planted, right, now = self._planted(), self._boxes(self.right), self._boxes(self.labels)
        wrong = {name for name in right.keys() | now.keys() if not _same(right.get(name), now.get(name))}
        return Score(len(planted), len(planted.keys() - wrong), len(wrong - planted.keys()))

    def _planted(self) -> dict[str, str]:
        """The texts of the files with a mistake, by their names without ending; the same whenever it is asked."""
        right = self._boxes(self.right)
        if len(right) < self.count:
            raise InputError(f"{len(right)} files of {self.right} have a box; plant no more than so many mistakes")
        images = tables.records(read_labels(self.right, images=self.images, format="yolo").images)
        sizes = {Path(row["image_id"]).stem: (row["width"], row["height"]) for row in images}
        rng = np.random.default_rng(zlib.crc32(unicodedata.normalize("NFC", self.who).encode()))
        kinds = rng.permutation(list(MISTAKES)).tolist()
        return {
            name: MISTAKES[kinds[place % len(kinds)]](sizes[name], right[name][CORNERS].to_numpy(dtype=float), rng)
            for place, name in enumerate(rng.permutation(sorted(right))[: self.count].tolist())
        }

    def _boxes(self, labels: Path) -> dict[str, pd.DataFrame]:
        boxes = read_labels(labels, images=self.images, format="yolo").boxes
        return {str(name): mine for name, mine in boxes.groupby(boxes["image_id"].map(lambda one: Path(one).stem))}


def _same(right: pd.DataFrame | None, now: pd.DataFrame | None) -> bool:
    if right is None or now is None or len(right) != len(now):
        return False
    overlap = iou_matrix(right[CORNERS].to_numpy(dtype=float), now[CORNERS].to_numpy(dtype=float))
    partner = overlap.argmax(axis=1)
    drawn = overlap.max(axis=1).min() >= _SAME_IOU and len(set(partner.tolist())) == len(partner)
    return bool(drawn) and right["class_name"].tolist() == now["class_name"].iloc[partner].tolist()
