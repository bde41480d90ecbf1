"""The loop in one object: `Project` and its verbs. Each verb calls one stage; what passes between stages is a table.

The verbs of versions and decisions lie beside their stages, in `workbench.version.verbs` and `workbench.decide.verbs`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.collect.verbs import CollectVerbs
from workbench.decide.verbs import DecideVerbs
from workbench.errors import InputError
from workbench.geometry import CORNERS
from workbench.project import marks as marking
from workbench.tables import SPLITS
from workbench.version import find_test, refuse_leaks
from workbench.version.verbs import VersionVerbs

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.label import CheckReport
    from workbench.project.marks import Kind
    from workbench.show import Explorer, Gallery
    from workbench.subject import Subject
    from workbench.train import Run
    from workbench.version import Version


class Project(CollectVerbs, VersionVerbs, DecideVerbs):
    """A project and all that can be done with it, in the order of the loop."""

    # Label -------------------------------------------------------------------------------------------------------

    def check(self) -> CheckReport:
        """Look for mistakes in the working labels; each problem has a name, a place and a fix."""
        from workbench.label import check_tables

        images, boxes, _ = self.store.read_all()
        return check_tables(images, boxes, pictures=self.root)

    def set_boxes(
        self,
        image_id: str,
        boxes: pd.DataFrame,
        *,
        label_status: str | None = None,
        who: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Replace one picture's boxes; an event keeps what was there. See `workbench.project.Store.set_boxes`."""
        self.store.set_boxes(image_id, boxes, label_status=label_status, who=who, seconds=seconds)

    def mark(
        self,
        rows: pd.DataFrame,
        kind: Kind,
        value: str | bool | None = True,
        *,
        about: str = "",
        who: str | None = None,
        seconds: float | None = None,
    ) -> int:
        """Say of boxes or false alarms what only a person can: a cause, a wrong label. See `project.marks.mark`."""
        return marking.mark(self.store, rows, kind, value, about=about, who=who, seconds=seconds)

    def marks(self) -> pd.DataFrame:
        """What people said of boxes and false alarms, as it holds now. See `workbench.project.marks.marks`."""
        return marking.marks(self.store)

    def relabel_queue(self) -> pd.DataFrame:
        """The labels said to be wrong whose picture nobody has edited since, each with its picture's path."""
        queue = marking.relabel_queue(self.store)
        return queue.merge(self.images()[["image_id", "path"]], on="image_id", how="left")

    # Train -------------------------------------------------------------------------------------------------------

    def train(
        self,
        *,
        version: str | Version | None = None,
        detector: str = "yolo11n",
        weights: str | Path | None = "base",
        iterations: int = 120,
        batch: int = 16,
        image_size: int = 320,
        seed: int = 0,
        device: str | None = None,
        progress: bool = True,
    ) -> Run:
        """Train a detector on a version's training pictures. See `workbench.train.train`.

        A version that holds pictures of a frozen test, or gives some away, is refused.

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            detector: its name: a YOLO of Ultralytics such as ``yolo11n``, or a Faster R-CNN such as ``rcnn-small``.
            weights: where to start: ``base``, ``plates``, a path to a .pt file of your own, None for random ones, or
                ``ultralytics:yolo11n`` for Ultralytics' own, which needs a network. Loading a .pt file of Ultralytics
                runs the code in it: name only files you trust.
            iterations: the budget, in batches.
            batch: pictures in a batch.
            image_size: the longer side in pixels at which pictures are shown to the detector.
            seed: of everything random.
            device: ``cpu``, ``0``, …; by default the best there is.
            progress: show a bar.
        """
        from workbench.train import train

        frozen = self.version(version) if version is not None else self.current_version()
        refuse_leaks(self, frozen.images(), version=frozen.version_id)
        return train(
            self,
            frozen.images(),
            frozen.boxes(),
            classes=frozen.classes,
            version=frozen.version_id,
            detector=detector,
            weights=weights,
            iterations=iterations,
            batch=batch,
            image_size=image_size,
            seed=seed,
            device=device,
            progress=progress,
        )

    def resume(self, run: str | Run, *, device: str | None = None, progress: bool = True) -> Run:
        """Bring a training to its end that was killed or interrupted. See `workbench.train.resume`."""
        from workbench.train import resume

        training = self.run(run)
        version = self.version(training.record.version)
        return resume(self, training, version.images(), version.boxes(), device=device, progress=progress)

    def run(self, run: str | Run) -> Run:
        """A training by its id or the beginning of it."""
        from workbench.train import load_run

        return load_run(self, run) if isinstance(run, str) else run

    def predict(self, run: str | Run, *, split: str = "test", progress: bool = True) -> pd.DataFrame:
        """What a run's detector finds on a split or a frozen test, down to confidence 0.01.

        It is looked for once and kept with the run; other pictures in the split make other predictions.
        """
        return self.find(run, self.look_at(split)[0], name=split, progress=progress)

    def find(self, run: str | Run, images: pd.DataFrame, *, name: str, progress: bool = True) -> pd.DataFrame:
        """What a run's detector finds in some pictures, down to confidence 0.01; kept with the run under `name`."""
        from workbench.train import has_predictions, load_predictions, predict, save_predictions

        training = self.run(run)
        name = f"{'-'.join(name.split())}-{_fingerprint(images)}"
        if has_predictions(training, name):
            return load_predictions(training, name).predictions
        found = predict(training, images, root=self.root, progress=progress)
        save_predictions(training, name, found)
        return found.predictions

    # Analyse -----------------------------------------------------------------------------------------------------

    def evaluate(
        self,
        run: str | Run,
        *,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        progress: bool = True,
    ) -> Evaluation:
        """Compare what a run's detector finds on a split with the working labels, or on a frozen test with its own.

        Args:
            run: the training.
            split: whose pictures; or the name of a frozen test.
            source: only the pictures that came in under this name (say: stills apart from video).
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            progress: show a bar where predictions are still to be made.
        """
        return self.subject(run, split=split, source=source, progress=progress).evaluate(confidence=confidence, iou=iou)

    def subject(
        self, run: str | Run, *, split: str = "test", source: str | None = None, progress: bool = True
    ) -> Subject:
        """A run's predictions beside the working labels or a frozen test: what all of these look at."""
        from workbench.subject import Subject

        training = self.run(run)
        predictions = self.predict(training, split=split, progress=progress)
        images, boxes = self.look_at(split, source=source)
        return Subject(
            "-".join([self.root.name, training.run_id, source or split]),
            images,
            boxes[boxes["image_id"].isin(images["image_id"])].reset_index(drop=True),
            predictions[predictions["image_id"].isin(images["image_id"])].reset_index(drop=True),
            self.root,
            training=self.version(training.record.version).training(),
            confirmed=marking.confirmed_causes(self.store, predictions),
        )

    def compare(
        self,
        *runs: str | Run,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        progress: bool = True,
    ) -> pd.DataFrame:
        """Runs on the same frozen pictures, one row each, with intervals and what each changed against the one before.

        Args:
            runs: two or more; by default all of the project, in order.
            split: whose pictures.
            source: only the pictures that came in under this name.
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            progress: show a bar where predictions are still to be made.

        Raises:
            InputError: with fewer than two runs.
        """
        from workbench.analyse import compare_all
        from workbench.train import list_runs

        every = [self.run(run) for run in runs or list_runs(self)["run_id"].tolist()]
        options: dict[str, Any] = {"split": split, "source": source, "confidence": confidence, "iou": iou}
        return compare_all({run.run_id: self.evaluate(run, **options, progress=progress) for run in every})

    def suspects(self, run: str | Run, *, split: str = "test", progress: bool = True) -> pd.DataFrame:
        """Labels of a split that look wrong to a run's detector, the most suspicious first.

        Raises:
            InputError: if the run learned from these labels: then it has learned their mistakes, too.
        """
        from workbench.analyse import suspects

        training = self.run(run)
        learned = set(self.version(training.record.version).images().query("split == 'train'")["image_id"])
        seen = learned & set(self.split(split)["image_id"])
        if seen:
            raise InputError(
                f"the run {training.run_id} learned from {len(seen)} of these pictures and agrees with their mistakes; "
                "look for suspects in another split, or with a run that was trained without them"
            )
        return suspects(self.evaluate(training, split=split, progress=progress))

    def hard_examples(self, *runs: str | Run, confidence: float = 0.3, limit: int = 50) -> pd.DataFrame:
        """The pictures of the pool to label next: where the newest run is unsure, flickers or disagrees with others.

        Args:
            runs: the newest first.
            confidence: the operating point.
            limit: so many pictures at most.
        """
        from workbench.analyse import hard_examples

        found = [self.predict(run, split="pool") for run in runs]
        return hard_examples(self.split("pool"), *found, confidence=confidence, limit=limit)

    def confirm_causes(
        self,
        causes: pd.DataFrame,
        *,
        predictions: pd.DataFrame,
        who: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Keep causes that a person confirmed or changed, as marks; evaluations tell them from suggestions.

        Args:
            causes: rows of `Evaluation.failures` (image_id, box_id or prediction_id) with the ``cause`` that holds.
            predictions: the table that the failures are about.
            who: by default the user's login name.
            seconds: how long the person took.

        Raises:
            InputError: if a column is missing, or a row names neither or both of box and prediction.
        """
        from workbench.analyse.confirming import checked

        said = checked(causes).assign(image_id=causes["image_id"].to_numpy())
        places = predictions[["prediction_id", "class_name", "confidence", *CORNERS]]
        rows = said.astype({"prediction_id": "str"}).merge(places, on="prediction_id", how="left")
        for cause, part in rows.groupby("cause", sort=False):
            self.mark(part, "cause", str(cause), who=who, seconds=seconds)

    def failures(self, evaluation: Evaluation) -> pd.DataFrame:
        """The misses and false alarms of an evaluation, each with its error, cause and picture."""
        rows = evaluation.failures()
        return rows.merge(self.images()[["image_id", "path", "source"]], on="image_id", how="left")

    # Show --------------------------------------------------------------------------------------------------------

    def gallery(
        self, evaluation: Evaluation, run: str | Run, *, split: str = "test", source: str | None = None, **options: Any
    ) -> Gallery:
        """Misses and false alarms as crops, for the notebook. See `workbench.show.gallery`."""
        return self.subject(run, split=split, source=source).gallery(evaluation, **options)

    def explore(
        self,
        run: str | Run,
        *,
        before: str | Run | None = None,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        page_size: int = 12,
    ) -> Explorer:
        """Look at what a run's detector got wrong, in the notebook; what you say of it goes into the store at once.

        Args:
            run: the training.
            before: an earlier one, to see beside: what was fixed, what is new, what stayed.
            split: whose pictures.
            source: only the pictures that came in under this name.
            confidence: to begin with.
            iou: to begin with.
            page_size: crops a page.
        """
        from workbench.show import explorer_of

        earlier = None if before is None else self.subject(before, split=split, source=source)
        return explorer_of(
            self.subject(run, split=split, source=source),
            before=earlier,
            store=self.store,
            confidence=confidence,
            iou=iou,
            page_size=page_size,
        )

    def fiftyone(
        self,
        run: str | Run,
        *,
        before: str | Run | None = None,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        name: str | None = None,
    ) -> Any:
        """A split as a FiftyOne dataset with truth, predictions, verdicts, marks and saved views. Needs mongod.

        Called again it writes only what has changed. With `before`, an earlier run, it shows what was fixed and is new.
        """
        training = self.run(run)
        return self.subject(training, split=split, source=source).fiftyone(
            confidence=confidence,
            iou=iou,
            name=name,
            before=None if before is None else self.subject(before, split=split, source=source),
            store=self.store,
            version=training.record.version,
        )

    def report(self, path: str | Path = "report.html") -> Path:
        """Write everything that was done and decided as one self-contained page."""
        from workbench.show import write_project_report

        return write_project_report(self, Path(path))

    # Parts -------------------------------------------------------------------------------------------------------

    def split(self, split: str, *, source: str | None = None) -> pd.DataFrame:
        """The working pictures of one split, or those of one source in it.

        Raises:
            InputError: if there are none.
        """
        return self.look_at(split, source=source)[0]

    def look_at(self, split: str, *, source: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The pictures and boxes of a split as the working labels are, or of a frozen test by its name.

        Raises:
            InputError: if there are none.
        """
        images, boxes, _ = self.store.read_all()
        frozen = None if split in SPLITS else find_test(self, split)
        if frozen is not None:
            images, boxes = frozen.tables()
            chosen = images
        else:
            chosen = images[images["split"] == split].reset_index(drop=True)
        if source is not None:
            chosen = chosen[chosen["source"] == source].reset_index(drop=True)
        if not len(chosen):
            pairs = (images["split"] + " from " + images["source"]).value_counts()
            there = ", ".join(f"{name} ({count})" for name, count in pairs.items()) or "none yet"
            wanted = f"{split!r}" if source is None else f"{split!r} from {source!r}"
            raise InputError(f"{self.root.name} has no pictures in {wanted}; there are: {there}")
        return chosen, boxes[boxes["image_id"].isin(chosen["image_id"])].reset_index(drop=True)


def _fingerprint(images: pd.DataFrame) -> str:
    keys = sorted(f"{image_id} {sha256}" for image_id, sha256 in zip(images["image_id"], images["sha256"], strict=True))
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:8]


def open_project(path: str | Path) -> Project:
    """Open a project.

    Raises:
        ProjectError: if the folder holds none.
    """
    return Project.open(path)
