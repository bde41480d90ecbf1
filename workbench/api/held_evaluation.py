"""One detector on one test, to hold in your hand: its figures, and all that can be seen and said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import analyse
from workbench.analyse import evaluate_inputs, metrics_difference
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.wording import facts_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from workbench.analyse import VideoReport
    from workbench.api.tests import Test
    from workbench.project import Store
    from workbench.project.marks import Kind
    from workbench.show import Explorer, Gallery
    from workbench.train import Run

_SHARES = {"precision": "precision", "recall": "recall", "f1": "F1"}


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(analyse.Evaluation):
    """One detector on one test at one operating point, with all that can be seen and said of it.

    Its figures and tables are those of `workbench.analyse.Evaluation`.

    Attributes:
        test: what was looked at.
        detector: the training, or the name of weights; None for predictions out of a table or a file.
        detector_name: what to call it.
        frames_per_second: how fast it was, where that was measured.
    """

    test: Test = field(kw_only=True)
    detector: Run | str | None = field(kw_only=True, default=None)
    detector_name: str = field(kw_only=True, default="predictions")
    frames_per_second: float | None = field(kw_only=True, default=None)

    def _repr_html_(self) -> str:
        at, m = self.settings, self.metrics
        facts: dict[str, object] = {
            "operating point": f"confidence {at.confidence:g}, IoU {at.iou:g}",
            "pictures": at.pictures,
            **{words: f"{m[name]:.0f}" for name, words in (("tp", "hits"), ("fp", "false alarms"), ("fn", "misses"))},
            **{words: _with_interval(m, name) for name, words in _SHARES.items()},
            "AP50": f"{m['AP50']:.3f}",
            "AP": f"{m['AP']:.3f}",
            "intervals by": at.intervals,
            **{f"note {number}": said for number, said in enumerate(at.remarks, start=1)},
        }
        return facts_html(f"{self.detector_name} on {self.test.name}", facts)

    @property
    def plot(self) -> Plots:
        """Its plots; each takes ``ax`` and returns the Axes it drew on."""
        return Plots(self)

    @cached_property
    def suspects(self) -> pd.DataFrame:
        """Labels that look wrong to this detector, the most suspicious first. See `workbench.analyse.suspects`.

        Raises:
            InputError: if the detector learned from these pictures: then it has learned their mistakes, too.
        """
        self._refuse_learned()
        return analyse.suspects(self)

    def explore(
        self,
        *,
        before: analyse.Evaluation | Run | str | int | pd.DataFrame | None = None,
        page_size: int = 12,
        keep: str | Path | None = None,
    ) -> Explorer:
        """Look at what it got wrong, in the notebook; what you say of it goes into the project's store at once.

        Args:
            before: an earlier detector (or its evaluation), to see beside: what was fixed, what is new, what stayed.
            page_size: crops a page.
            keep: without a project a file to keep marks in, made if it is not there.

        Raises:
            InputError: if the two did not look at the same test set.
        """
        from workbench.show import explore

        return explore(self, before=self._other(before), store=self._store(keep), page_size=page_size)

    def gallery(self, **options: Any) -> Gallery:
        """Misses and false alarms as crops, for the notebook. See `workbench.show.gallery`."""
        from workbench.show import gallery_of

        return gallery_of(self, **options)

    def save(self, out: str | Path, *, title: str = "") -> Path:
        """Write the page of all failures, with figures, causes and crops; self-contained, whole or not at all."""
        from workbench.project import files
        from workbench.show import failures_page

        target = Path(out).expanduser()
        files.write_text(target, failures_page(self, title=title))
        return target

    def video(self, *, frames_per_second: float | None = None, out: str | Path | None = None) -> VideoReport:
        """How it does on video: objects found, how late and how steadily, false alarms a minute.

        Args:
            frames_per_second: of the frames, where neither their table nor their names say when they were taken.
            out: write a page with the misses, false alarms and late finds there.

        Raises:
            InputError: if nothing says when the frames were taken.
        """
        from workbench.collect.frame_moments import with_moments

        images = self.inputs.images
        if self.test.project is None and frames_per_second is not None:
            # What the names of plain files seem to say gives way to what a person says.
            images = images.assign(frame_s=pd.array([None] * len(images), dtype="Float64"))
        framed = replace(self.inputs, images=with_moments(images, frames_per_second=frames_per_second))
        settings = self.settings
        timed = evaluate_inputs(framed, confidence=settings.confidence, iou=settings.iou)
        if out is not None:
            from workbench.project import files
            from workbench.show import video_failures_page

            files.write_text(Path(out), video_failures_page(timed, frames_per_second=self.frames_per_second))
        return timed.video_report(frames_per_second=self.frames_per_second)

    def fiftyone(
        self,
        *,
        before: analyse.Evaluation | Run | str | int | pd.DataFrame | None = None,
        rounds: Sequence[str | int | Run] | str | None = None,
        name: str | None = None,
        map: bool | str = False,
    ) -> Any:
        """A FiftyOne dataset with truth, predictions, verdicts and saved views; `workbench.launch` opens it.

        What a person does there comes back into the project: marks, accepted boxes, edited boxes. Needs mongod.

        Args:
            before: an earlier detector or its evaluation: then the views *fixed* and *broken* are there, too.
            rounds: further ones by number or run, or weights such as ``plates``; or ``all`` for every round decided on
                but this detector's own. Those of round 3 lie in the field ``predictions_r3``.
            name: of the dataset.
            map: ``failures`` (or True) or ``pictures``: also similarity and a 2-D map of these.

        Raises:
            InputError: if there is no such run or round.
        """
        from workbench.show import show_in_fiftyone

        further: dict[str, analyse.Evaluation] = {}
        version = number = None
        project = self.test.project
        if project is not None and self.detector is not None:
            further = {key: self._moved(one) for key, one in project._detectors_of(rounds, self.detector).items()}
            if not isinstance(self.detector, str):
                version, number = self.detector.record.version, project._round_of(self.detector)
        elif rounds is not None:
            raise InputError("rounds are those of a project; plain files have one set of predictions")
        return show_in_fiftyone(
            self,
            name=name,
            before=self._other(before),
            rounds=further,
            store=self._store(None),
            version=version,
            number=number,
            map=map,
            weights=self.detector or "base",
        )

    def ledger(self, before: analyse.Evaluation | Run | str | int | pd.DataFrame) -> pd.DataFrame:
        """Every miss and false alarm of either, and what became of it. See `workbench.analyse.compare`."""
        return analyse.compare(self._known(before), self)

    def difference(self, before: analyse.Evaluation | Run | str | int | pd.DataFrame) -> pd.DataFrame:
        """Every figure of both and the difference, with its interval. See `workbench.analyse.metrics_difference`."""
        return metrics_difference(self._known(before), self)

    def mark(
        self, rows: pd.DataFrame, kind: Kind = "cause", value: str | bool | None = None, *, who: str | None = None
    ) -> int:
        """Keep what a person says of failures in the project's store; later evaluations know it.

        Args:
            rows: some of `failures`; for causes that differ, with a column ``cause`` that says which holds.
            kind: what is said: a ``cause``, or a flag such as ``relabel``.
            value: the cause in words, or whether the flag is set; by default the cause of each row, or True.
            who: by default the user's login name.

        Returns:
            How many marks were made.

        Raises:
            InputError: if there is no project, or rows are no failures of this evaluation.
        """
        from workbench.project.marks import mark

        store = self._store(None)
        if store is None:
            raise InputError("marks are kept in a project; plain files have none (explore(keep='marks.sqlite') has)")
        places = self.inputs.predictions[["prediction_id", "class_name", "confidence", *CORNERS]]
        keyed = rows.drop(columns=[*places.columns[1:]], errors="ignore").astype({"prediction_id": "str"})
        placed = keyed.merge(places.astype({"prediction_id": "str"}), on="prediction_id", how="left")
        if kind != "cause" or value is not None:
            return mark(store, placed, kind, True if value is None else value, who=who)
        said = placed.dropna(subset="cause").groupby("cause", sort=False)
        return sum(mark(store, part, kind, str(cause), who=who) for cause, part in said)

    def _store(self, keep: str | Path | None) -> Store | None:
        if self.test.project is not None:
            return self.test.project.folder.store
        if keep is None:
            return None
        from workbench.project import Store

        store = Store(Path(keep).expanduser().absolute())
        store.prepare()
        return store

    def _moved(self, detector: Run | str | int | pd.DataFrame) -> Evaluation:
        settings = self.settings
        return self.test.evaluate(detector, confidence=settings.confidence, iou=settings.iou)

    def _known(self, other: analyse.Evaluation | Run | str | int | pd.DataFrame) -> analyse.Evaluation:
        return other if isinstance(other, analyse.Evaluation) else self._moved(other)

    def _other(self, other: analyse.Evaluation | Run | str | int | pd.DataFrame | None) -> analyse.Evaluation | None:
        return None if other is None else self._known(other)

    def _refuse_learned(self) -> None:
        if self.inputs.training is None or self.detector is None or isinstance(self.detector, str):
            return
        seen = set(self.inputs.training[0]["image_id"]) & set(self.inputs.images["image_id"])
        if seen:
            raise InputError(
                f"the run {self.detector.run_id} learned from {len(seen)} of these pictures and agrees with their "
                "mistakes; look for suspects in another split, or with detectors that were trained without them: "
                "p.out_of_fold().suspects, on the command line workbench suspects --folds 3"
            )


@dataclass(frozen=True, eq=False)
class Plots:
    """The plots of an evaluation. Each takes ``ax``, draws, and returns the Axes; none shows or saves anything."""

    _evaluation: analyse.Evaluation = field(repr=False)

    def sweep(self, ax: Axes | None = None) -> Axes:
        """Precision, recall and F1 against confidence."""
        from workbench.show import plot_sweep

        return plot_sweep(self._evaluation, ax=ax)

    def precision_recall(self, ax: Axes | None = None) -> Axes:
        """Precision against recall."""
        from workbench.show import plot_precision_recall

        return plot_precision_recall(self._evaluation, ax=ax)

    def calibration(self, ax: Axes | None = None) -> Axes:
        """How often predictions of a confidence are right."""
        from workbench.show import plot_calibration

        return plot_calibration(self._evaluation, ax=ax)

    def causes(self, ax: Axes | None = None) -> Axes:
        """Failures by cause."""
        from workbench.show import plot_causes

        return plot_causes(self._evaluation, ax=ax)

    def errors(self, ax: Axes | None = None) -> Axes:
        """What each kind of error costs in AP."""
        from workbench.show import plot_errors

        return plot_errors(self._evaluation, ax=ax)

    def confusion(self, ax: Axes | None = None) -> Axes:
        """Which class was taken for which."""
        from workbench.show import plot_confusion

        return plot_confusion(self._evaluation, ax=ax)

    def still_against_video(self, ax: Axes | None = None, *, video: Sequence[str] = ()) -> Axes:
        """Recall on stills beside recall on video.

        Args:
            ax: to draw on.
            video: sources whose pictures are frames of videos, beside those that have a time.
        """
        from workbench.show import plot_still_against_video

        return plot_still_against_video(self._evaluation, video=video, ax=ax)


def _with_interval(metrics: Mapping[str, float], name: str) -> str:
    low, high = metrics[f"{name}_low"], metrics[f"{name}_high"]
    return f"{metrics[name]:.2f}" + ("" if math.isnan(low) else f" (95 %: {low:.2f} to {high:.2f})")
