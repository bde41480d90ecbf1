"""The loop in one object: `Project` and its verbs. Each verb calls one stage; what passes between stages is a table.

The verbs of most stages lie beside them, in `verbs.py` of each room.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from workbench.api.collecting import CollectVerbs
from workbench.api.labelling import LabelVerbs
from workbench.api.rounds import DecideVerbs
from workbench.api.training import TrainVerbs
from workbench.api.versions import VersionVerbs
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.tables import SPLITS
from workbench.project import marks as marking
from workbench.version import find_test, part_of

if TYPE_CHECKING:
    from workbench.analyse import Evaluation, VideoReport
    from workbench.api.subject import Subject
    from workbench.show import Explorer, Gallery
    from workbench.train import OutOfFold, Run


class Project(CollectVerbs, LabelVerbs, VersionVerbs, TrainVerbs, DecideVerbs):
    """A project and all that can be done with it, in the order of the loop."""

    # Analyse -----------------------------------------------------------------------------------------------------

    def evaluate(
        self,
        run: str | int | Run,
        *,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        progress: bool = True,
    ) -> Evaluation:
        """Compare what a run's detector finds on a split with the working labels, or on a frozen test with its own.

        Args:
            run: the training, or the number of its iteration; or weights as they are, such as ``plates``.
            split: whose pictures; or the name of a frozen test.
            source: only the pictures that came in under this name (say: stills apart from video).
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            progress: show a bar where predictions are still to be made.
        """
        return self.subject(run, split=split, source=source, progress=progress).evaluate(confidence=confidence, iou=iou)

    def subject(
        self, run: str | int | Run, *, split: str = "test", source: str | None = None, progress: bool = True
    ) -> Subject:
        """A run's predictions beside the working labels or a frozen test: what all of these look at."""
        from workbench.api.subject import Subject

        detector = self.detector(run)
        predictions = self.predict(detector, split=split, progress=progress)
        images, boxes = self.look_at(split, source=source)
        return Subject(
            "-".join([self.root.name, _name_of(detector), source or split]),
            images,
            boxes[boxes["image_id"].isin(images["image_id"])].reset_index(drop=True),
            predictions[predictions["image_id"].isin(images["image_id"])].reset_index(drop=True),
            self.root,
            training=None if isinstance(detector, str) else part_of(*self.learned_tables(detector), "train"),
            confirmed=marking.confirmed_causes(self.store, predictions),
        )

    def subject_of_folds(self, folds: OutOfFold) -> Subject:
        """Out-of-fold predictions beside the working labels of their pictures; a picture that is gone is left out."""
        from workbench.api.subject import Subject

        images, boxes, _ = self.store.read_all()
        images = images[images["image_id"].isin(folds.images["image_id"])].reset_index(drop=True)
        there = images["image_id"]
        predictions = folds.predictions[folds.predictions["image_id"].isin(there)].reset_index(drop=True)
        boxes = boxes[boxes["image_id"].isin(there)].reset_index(drop=True)
        return Subject(f"{self.root.name}, {folds.name}", images, boxes, predictions, self.root)

    def compare(
        self,
        *runs: str | int | Run,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        progress: bool = True,
    ) -> pd.DataFrame:
        """Runs on the same frozen pictures, one row each, with intervals and what each changed against the one before.

        Args:
            runs: two or more, weights such as ``plates`` among them; by default all runs of the project, in order.
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

        every = [self.detector(run) for run in runs or list_runs(self)["run_id"].tolist()]
        options: dict[str, Any] = {"split": split, "source": source, "confidence": confidence, "iou": iou}
        return compare_all({_name_of(one): self.evaluate(one, **options, progress=progress) for one in every})

    def suspects(self, run: str | int | Run | OutOfFold, *, split: str = "test", progress: bool = True) -> pd.DataFrame:
        """Labels that look wrong to a detector that never saw them, the most suspicious first.

        Args:
            run: a training, for the labels of a split that it did not learn from; or what `out_of_fold` gives, for the
                labels to learn from.
            split: whose labels, of a training.
            progress: show a bar where predictions are still to be made.

        Raises:
            InputError: if the run learned from these labels: then it has learned their mistakes, too.
        """
        from workbench.analyse import suspects
        from workbench.train import OutOfFold

        if isinstance(run, OutOfFold):
            return suspects(self.subject_of_folds(run).evaluate())
        training = self.run(run)
        images = self.learned_tables(training)[0]
        learned = set(images.loc[images["split"].isin(("train", "val")), "image_id"])
        seen = learned & set(self.split(split)["image_id"])
        if seen:
            raise InputError(
                f"the run {training.run_id} learned from {len(seen)} of these pictures and agrees with their mistakes; "
                "look for suspects in another split, or with detectors that were trained without them: "
                "p.suspects(p.out_of_fold()), on the command line workbench suspects --folds 3"
            )
        return suspects(self.evaluate(training, split=split, progress=progress))

    def video(
        self,
        run: str | int | Run,
        *,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        out: str | Path | None = None,
        progress: bool = True,
    ) -> VideoReport:
        """How a run's detector does on the labelled frames of a split: objects, how late, how steadily, false alarms.

        Args:
            run: the training.
            split: whose pictures; or the name of a frozen test.
            source: only the pictures that came in under this name.
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            out: write a page with the misses, false alarms and late finds there.
            progress: show a bar where predictions are still to be made.

        Raises:
            InputError: if no picture says when in its video it was taken.
        """
        subject = self.subject(run, split=split, source=source, progress=progress)
        speed = self.found(run, self.look_at(split)[0], name=split, progress=progress).frames_per_second
        return subject.video(confidence=confidence, iou=iou, detector_fps=speed or None, out=out)

    def hard_examples(self, *runs: str | int | Run, confidence: float = 0.3, limit: int = 50) -> pd.DataFrame:
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
            InputError: if a row names no failure.
        """
        said = causes.reindex(columns=["image_id", "box_id", "prediction_id", "cause"])
        places = predictions[["prediction_id", "class_name", "confidence", *CORNERS]]
        rows = said.astype({"prediction_id": "str"}).merge(places, on="prediction_id", how="left")
        for cause, part in rows.groupby("cause", sort=False):
            self.mark(part, "cause", str(cause), who=who, seconds=seconds)

    def failures(self, evaluation: Evaluation) -> pd.DataFrame:
        """The misses and false alarms of an evaluation, each with its error, cause and picture."""
        rows = evaluation.failures
        return rows.merge(self.images()[["image_id", "path", "source"]], on="image_id", how="left")

    # Show --------------------------------------------------------------------------------------------------------

    def gallery(
        self,
        evaluation: Evaluation,
        run: str | int | Run,
        *,
        split: str = "test",
        source: str | None = None,
        **options: Any,
    ) -> Gallery:
        """Misses and false alarms as crops, for the notebook. See `workbench.show.gallery`."""
        return self.subject(run, split=split, source=source).gallery(evaluation, **options)

    def explore(
        self,
        run: str | int | Run,
        *,
        before: str | int | Run | None = None,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        page_size: int = 12,
        progress: bool = True,
    ) -> Explorer:
        """Look at what a run's detector got wrong, in the notebook; what you say of it goes into the store at once.

        Args:
            run: the training, or the number of its iteration.
            before: an earlier one or ``plates``, to see beside: what was fixed, what is new, what stayed.
            split: whose pictures.
            source: only the pictures that came in under this name.
            confidence: to begin with.
            iou: to begin with.
            page_size: crops a page.
            progress: show a bar where predictions are still to be made.
        """
        from workbench.show import explorer_of

        earlier = None if before is None else self.subject(before, split=split, source=source, progress=progress)
        return explorer_of(
            self.subject(run, split=split, source=source, progress=progress),
            before=earlier,
            store=self.store,
            confidence=confidence,
            iou=iou,
            page_size=page_size,
        )

    def fiftyone(
        self,
        run: str | int | Run,
        *,
        before: str | int | Run | None = None,
        iterations: Sequence[str | int | Run] | Literal["all"] | None = None,
        split: str = "test",
        source: str | None = None,
        confidence: float = 0.5,
        iou: float = 0.5,
        name: str | None = None,
        map: bool | str = False,
        progress: bool = True,
    ) -> Any:
        """A split as a FiftyOne dataset with truth, predictions, verdicts, marks and saved views. Needs mongod.

        Called again it writes only what has changed. With `before`, an earlier run, it shows what was fixed and is new.
        With `iterations` it holds the predictions of each of these as well: those of iteration 3 lie in the field
        ``predictions_r3``, with outcome, error and IoU, but without causes.

        Args:
            run: the training, or the number of its iteration; or weights as they are, such as ``plates``.
            before: an earlier one.
            iterations: further ones by number or run, or weights such as ``plates``; or ``all`` for every iteration
                decided on but this run's own. A field that the dataset has of another goes.
            split: whose pictures; or the name of a frozen test.
            source: only the pictures that came in under this name.
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            name: of the dataset.
            map: ``failures`` (or True) or ``pictures``: also similarity and a 2-D map of these, see `Subject.fiftyone`.
            progress: show a bar where predictions are still to be made.

        Raises:
            InputError: if there is no such run or iteration.
        """
        from workbench.decide import further_rounds, round_of_run

        detector = self.detector(run)
        version = None if isinstance(detector, str) else detector.record.version
        number = run if isinstance(run, int) else None
        if number is None and not isinstance(detector, str):
            number = round_of_run(self, detector)
        options: dict[str, Any] = {"split": split, "source": source, "progress": progress}
        further = further_rounds(self, iterations, beside=detector)
        return self.subject(detector, **options).fiftyone(
            confidence=confidence,
            iou=iou,
            name=name,
            before=None if before is None else self.subject(before, **options),
            iterations={key: self.subject(one, **options) for key, one in further.items()},
            store=self.store,
            version=version,
            iteration=number,
            map=map,
            weights=detector,
            progress=progress,
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


def _name_of(detector: Run | str) -> str:
    return Path(detector).stem if isinstance(detector, str) else detector.run_id


def open_project(path: str | Path) -> Project:
    """Open a project.

    Raises:
        ProjectError: if the folder holds none.
    """
    return Project.open(path)
