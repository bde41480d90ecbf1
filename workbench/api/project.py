"""The loop in one object: `Project` and its verbs. Each calls one room; what passes between rooms is a table.

The verbs of most stages lie beside this module, a module a stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pandas as pd

from workbench.api.collecting import CollectVerbs
from workbench.api.labelling import LabelVerbs
from workbench.api.rounds import RoundVerbs
from workbench.api.tests import Test
from workbench.api.training import TrainVerbs
from workbench.api.versions import VersionVerbs
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.tables import SPLITS
from workbench.project import ProjectFolder
from workbench.project import marks as marking
from workbench.version import find_test, part_of

if TYPE_CHECKING:
    from workbench.train import Prediction, Run


class Project(CollectVerbs, LabelVerbs, VersionVerbs, TrainVerbs, RoundVerbs):
    """A project and all that can be done with it, in the order of the loop. Make one with `create`, or `open` it."""

    @classmethod
    def create(cls, path: str | Path, *, classes: Sequence[str], goal: str = "") -> Self:
        """Make a new project in a folder that is empty or not there yet.

        Args:
            path: the folder.
            classes: the names of what is to be found, in the order in which a YOLO file numbers them.
            goal: the part of the test that matters most, such as ``video``.

        Raises:
            InputError: if the folder already holds something, or the class names are not usable.
        """
        return cls(ProjectFolder.create(path, classes=classes, goal=goal))

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a project, after sweeping away what a killed process left half written.

        Raises:
            ProjectError: if the folder holds no project, or one this workbench cannot read.
        """
        return cls(ProjectFolder.open(path))

    def __repr__(self) -> str:
        images = self.images
        status = ", ".join(f"{count} {name}" for name, count in images["label_status"].value_counts().items())
        goal = f", goal {self.goal}" if self.goal else ""
        return (
            f"Project {self.folder.root.name!r}: {len(images)} pictures{f' ({status})' if status else ''}, "
            f"{len(self.boxes)} boxes of {', '.join(self.classes)}{goal}"
        )

    def _repr_html_(self) -> str:
        from workbench.model.wording import facts_html

        counts = self.images["label_status"].value_counts()
        status = ", ".join(f"{count} {name}" for name, count in counts.items()) or "none yet"
        facts = {
            "pictures": f"{counts.sum()} ({status})",
            "boxes": len(self.boxes),
            "classes": ", ".join(self.classes),
            "goal": self.goal or "none said",
            "versions": len(self.versions),
            "runs": len(self.runs),
            "rounds": len(self.rounds),
            "folder": self.folder.root,
        }
        return facts_html(f"Project {self.folder.root.name}", facts)

    @property
    def images(self) -> pd.DataFrame:
        """The working `images` table."""
        return self.folder.store.images()

    @property
    def boxes(self) -> pd.DataFrame:
        """The working `boxes` table."""
        return self.folder.store.boxes()

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in their fixed order."""
        return self.folder.classes

    @property
    def goal(self) -> str:
        """The part of the test that matters most, in a word; empty where none was said."""
        return self.folder.goal

    def test(self, name: str = "test", *, source: str | None = None) -> Test:
        """Pictures with their truth, to look at detectors on: a split as it is now, or a frozen test.

        Args:
            name: a split (``test``, ``val``, ``train``, ``pool``), or the name of a frozen test.
            source: only the pictures that came in under this name (say: stills apart from video).

        Raises:
            InputError: if there are none; the message says which there are.
        """
        frozen = None if name in SPLITS else find_test(self.folder, name)
        if frozen is not None:
            images, boxes = frozen.tables()
            chosen = images
        else:
            images, boxes, _ = self.folder.store.read_all()
            chosen = images[images["split"] == name].reset_index(drop=True)
        if source is not None:
            chosen = chosen[chosen["source"] == source].reset_index(drop=True)
        root = self.folder.root
        if not len(chosen):
            pairs = (images["split"] + " from " + images["source"]).value_counts()
            there = ", ".join(f"{pair} ({count})" for pair, count in pairs.items()) or "none yet"
            wanted = f"{name!r}" if source is None else f"{name!r} from {source!r}"
            raise InputError(f"{root.name} has no pictures in {wanted}; there are: {there}")
        truth = tables.of_images(boxes, chosen["image_id"])
        return Test(f"{root.name}-{source or name}", chosen, truth, root, name, source, self)

    def run(self, run: str | int | Run) -> Run:
        """A training by its id (``r001-yolo11n`` or ``r001``), or by its round's number; a `Run` is given back.

        The number of the round under way, the next to be decided, means the newest training that no round has; it must
        have come to its end.

        Raises:
            InputError: if there is no such run or round.
        """
        from workbench.decide import run_of_round
        from workbench.train import load_run

        if isinstance(run, int):
            return run_of_round(self.folder, run)
        return load_run(self.folder, run) if isinstance(run, str) else run

    def hard_examples(self, *runs: str | int | Run, confidence: float = 0.3, limit: int = 50) -> pd.DataFrame:
        """The pictures of the pool to label next: where the newest run is unsure, flickers or disagrees with others.

        Args:
            runs: the newest first.
            confidence: the operating point.
            limit: so many pictures at most.
        """
        from workbench.analyse import hard_examples

        pool = self.test("pool")
        found = [pool.predict(run) for run in runs]
        return hard_examples(pool.images, *found, confidence=confidence, limit=limit)

    # What a test asks of its project -----------------------------------------------------------------------------

    def _detector(self, run: str | int | Run) -> Run | str:
        """What finds objects: a training, or as they are named weights that were not trained here.

        Raises:
            InputError: if there is no such run or round.
        """
        from workbench.train.weight_names import names_weights

        return run if isinstance(run, str) and names_weights(run) else self.run(run)

    def _found(self, detector: Run | str, images: pd.DataFrame, *, name: str) -> Prediction:
        """What it finds in some pictures, and how fast; of a training it is kept under `name`."""
        from workbench.train import predict, predict_once

        root = self.folder.root
        if isinstance(detector, str):
            return predict(detector, images, root=root)
        return predict_once(detector, images, root=root, name=name)

    def _learned_tables(self, run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The pictures and boxes of a run's version, with what it was kept from seeing in no split to learn from."""
        from workbench.train import learned_tables

        return learned_tables(self.folder, run)

    def _trained_on(self, detector: Run | str | None) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """The pictures and boxes that a training learned from; None of weights that were not trained here."""
        if detector is None or isinstance(detector, str):
            return None
        return part_of(*self._learned_tables(detector), "train")

    def _confirmed_causes(self, predictions: pd.DataFrame) -> pd.DataFrame:
        return marking.confirmed_causes(self.folder.store, predictions)

    def _detectors_of(self, wanted: Sequence[str | int | Run] | str | None, beside: Run | str) -> dict[str, Run | str]:
        from workbench.decide import further_rounds

        return further_rounds(self.folder, wanted, beside=beside)

    def _trained_further(self, run: Run) -> str | None:
        from workbench.decide import trained_further

        return trained_further(self.folder, run)

    def _round_of(self, run: Run) -> int | None:
        from workbench.decide import round_of_run

        return round_of_run(self.folder, run)


def open(path: str | Path) -> Project:
    """Open a project.

    Raises:
        ProjectError: if the folder holds none.
    """
    return Project.open(path)
