"""The loop in one object: `Project` and its verbs. Each verb calls one stage; what passes between stages is a table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import version as versioning
from workbench.errors import InputError
from workbench.project import ProjectFolder
from workbench.project import marks as marking

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.collect import CollectReport
    from workbench.decide import IterationRecord
    from workbench.label import CheckReport
    from workbench.project.marks import Kind
    from workbench.show import Explorer, Gallery
    from workbench.subject import Subject
    from workbench.train import Run
    from workbench.version import Diff, Version


class Project(ProjectFolder):
    """A project and all that can be done with it, in the order of the loop."""

    # Collect -----------------------------------------------------------------------------------------------------

    def collect(
        self,
        pictures: str | Path,
        *,
        labels: str | Path | None = None,
        format: str | None = None,
        source: str | None = None,
        split: str | None = None,
        workers: int = 2,
        progress: bool = True,
        who: str | None = None,
    ) -> CollectReport:
        """Bring in the pictures of a folder, with their labels if there are any.

        Args:
            pictures: a folder (searched with its subfolders) or one picture.
            labels: the label files' folder or file; without it the pictures come in unlabelled.
            format: the label format; by default it is told from the files.
            source: a word for where they come from; by default the folder's name.
            split: ``train``, ``val``, ``test`` or ``pool`` for all; by default each group's own, by hash.
            workers: threads that decode.
            progress: show a bar.
            who: who does it, for the events.

        Raises:
            InputError: if a path is wrong, there are no pictures, or the labels cannot be read at all.
        """
        from workbench.collect import Labelled, collect_pictures

        labelled = None
        if labels is not None:
            from workbench.label import read_labels

            read = read_labels(labels, images=pictures, format=format)
            labelled = Labelled(read.images, read.boxes, read.problems, read.classes)
        return collect_pictures(
            self, pictures, labelled=labelled, source=source, split=split, workers=workers, progress=progress, who=who
        )

    def collect_video(
        self,
        video: str | Path,
        *,
        every_s: float = 0.5,
        source: str | None = None,
        split: str | None = None,
        progress: bool = True,
        who: str | None = None,
    ) -> CollectReport:
        """Take a frame every `every_s` seconds out of a video, unlabelled. See `workbench.collect.collect_video`."""
        from workbench.collect import collect_video

        return collect_video(self, video, every_s=every_s, source=source, split=split, progress=progress, who=who)

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

    # Version -----------------------------------------------------------------------------------------------------

    def snapshot(self, note: str, *, author: str | None = None) -> Version:
        """Freeze the working labels as a version named by its content."""
        return versioning.snapshot(self, note, author=author)

    def version(self, version: str | Version) -> Version:
        """A version by its id or the beginning of it."""
        return versioning.load(self, version) if isinstance(version, str) else version

    def version_list(self) -> pd.DataFrame:
        """All versions, oldest first."""
        return versioning.versions(self)

    def diff(self, before: str | Version, after: str | Version | None = None) -> Diff:
        """What changed between two versions, or between a version and the working labels, box by box."""
        first = self.version(before)
        if after is None:
            images, boxes, _ = self.store.read_all()
            return versioning.diff((first.images(), first.boxes()), (images, boxes))
        second = self.version(after)
        return versioning.diff((first.images(), first.boxes()), (second.images(), second.boxes()))

    def restore(self, version: str | Version, *, who: str | None = None) -> Version:
        """Bring a version back as the working labels; the present ones are frozen first."""
        return versioning.restore(self, self.version(version).version_id, who=who)

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

        Args:
            version: by default the one the working labels were last frozen as, which they must still equal.
            detector: its name.
            weights: where to start: ``base``, ``plates``, a path to a .pt file of your own, or None for random ones.
            iterations: the budget, in batches.
            batch: pictures in a batch.
            image_size: the longer side in pixels at which pictures are shown to the detector.
            seed: of everything random.
            device: ``cpu``, ``0``, …; by default the best there is.
            progress: show a bar.
        """
        from workbench.train import train

        frozen = self.version(version) if version is not None else self._current()
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

    def run(self, run: str | Run) -> Run:
        """A training by its id or the beginning of it."""
        from workbench.train import load_run

        return load_run(self, run) if isinstance(run, str) else run

    def predict(self, run: str | Run, *, split: str = "test", progress: bool = True) -> pd.DataFrame:
        """What a run's detector finds on a split, down to confidence 0.01.

        It is looked for once and kept with the run; other pictures in the split make other predictions.
        """
        from workbench.train import has_predictions, load_predictions, predict, save_predictions

        training = self.run(run)
        images = self.split(split)
        name = f"{split}-{_fingerprint(images)}"
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
        """Compare what a run's detector finds on a split with the working labels.

        Args:
            run: the training.
            split: whose pictures.
            source: only the pictures that came in under this name (say: stills apart from video).
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            progress: show a bar where predictions are still to be made.
        """
        return self.subject(run, split=split, source=source, progress=progress).evaluate(confidence=confidence, iou=iou)

    def subject(
        self, run: str | Run, *, split: str = "test", source: str | None = None, progress: bool = True
    ) -> Subject:
        """A run's predictions beside the working labels: what `evaluate`, `gallery` and `fiftyone` look at."""
        from workbench.subject import Subject

        training = self.run(run)
        predictions = self.predict(training, split=split, progress=progress)
        images = self.split(split, source=source)
        boxes = self.boxes()
        return Subject(
            "-".join([self.root.name, training.run_id, source or split]),
            images,
            boxes[boxes["image_id"].isin(images["image_id"])].reset_index(drop=True),
            predictions[predictions["image_id"].isin(images["image_id"])].reset_index(drop=True),
            self.root,
        )

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
        earlier = None if before is None else self.subject(before, split=split, source=source)
        subject = self.subject(run, split=split, source=source)
        return subject.fiftyone(confidence=confidence, iou=iou, name=name, before=earlier, store=self.store)

    def report(self, path: str | Path = "report.html") -> Path:
        """Write everything that was done and decided as one self-contained page."""
        from workbench.show import write_project_report

        return write_project_report(self, Path(path))

    # Decide ------------------------------------------------------------------------------------------------------

    def decide(
        self,
        number: int,
        *,
        keep: bool | None,
        because: str,
        question: str = "",
        hypothesis: str = "",
        expectation: str = "",
        run: str | Run | None = None,
        evaluation: Evaluation | None = None,
        test: str = "test",
        next_step: str = "",
        who: str | None = None,
        seconds: float | None = None,
    ) -> IterationRecord:
        """Write down what a round asked, changed, measured and decided; the change and the figures are computed.

        Args:
            number: the round, from 1.
            keep: True to keep the change, False to revert it, None if the round was inconclusive.
            because: the reason, in words.
            question: what the round was to answer.
            hypothesis: what was believed.
            expectation: by how much it was to help.
            run: the training it is about.
            evaluation: the figures it rests on.
            test: what was tested on.
            next_step: what follows.
            who: who decided; by default the user's login name.
            seconds: time spent.

        Raises:
            InputError: if the reason is missing or the round is decided already.
        """
        from workbench.decide import decide_round

        training = None if run is None else self.run(run)
        return decide_round(
            self,
            number,
            keep=keep,
            because=because,
            question=question,
            hypothesis=hypothesis,
            expectation=expectation,
            run=training,
            evaluation=evaluation,
            test=test,
            next_step=next_step,
            who=who,
            seconds=seconds,
        )

    def records(self) -> Sequence[IterationRecord]:
        """All iteration records, in order."""
        from workbench.decide import read_records

        return read_records(self)

    def amend(self, number: int, *, because: str, keep: bool | None = None, who: str | None = None) -> Path:
        """Add to a round's record what was learned later; nothing written before is changed."""
        from workbench.decide import amend_round

        return amend_round(self, number, because=because, keep=keep, who=who)

    # Parts -------------------------------------------------------------------------------------------------------

    def split(self, split: str, *, source: str | None = None) -> pd.DataFrame:
        """The working pictures of one split, or those of one source in it.

        Raises:
            InputError: if there are none.
        """
        images = self.images()
        chosen = images[images["split"] == split].reset_index(drop=True)
        if source is not None:
            chosen = chosen[chosen["source"] == source].reset_index(drop=True)
        if not len(chosen):
            pairs = (images["split"] + " from " + images["source"]).value_counts()
            there = ", ".join(f"{name} ({count})" for name, count in pairs.items()) or "none yet"
            wanted = f"{split!r}" if source is None else f"{split!r} from {source!r}"
            raise InputError(f"{self.root.name} has no pictures in {wanted}; there are: {there}")
        return chosen

    def _current(self) -> Version:
        head = versioning.head(self)
        images, boxes, classes = self.store.read_all()
        content = versioning.content_sha256(images, boxes, classes)
        if head is None or self.version(head).manifest.content_sha256 != content:
            raise InputError(
                "the working labels are not frozen; take a snapshot first (p.snapshot('why') or workbench snapshot), "
                "or name a version"
            )
        return self.version(head)


def _fingerprint(images: pd.DataFrame) -> str:
    keys = sorted(f"{image_id} {sha256}" for image_id, sha256 in zip(images["image_id"], images["sha256"], strict=True))
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:8]


def open_project(path: str | Path) -> Project:
    """Open a project.

    Raises:
        ProjectError: if the folder holds none.
    """
    return Project.open(path)
