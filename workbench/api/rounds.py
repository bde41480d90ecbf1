"""What a project can do with its rounds: decide, look back, do one again, add."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from workbench.api.on_folder import OnFolder

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.api.project import Project
    from workbench.decide import IterationRecord, Rerun
    from workbench.train import Run


class RoundVerbs(OnFolder):
    """The verbs of `workbench.Project` that are about decisions."""

    def decide(
        self,
        number: int,
        *,
        keep: bool | None,
        because: str,
        question: str = "",
        hypothesis: str = "",
        expectation: str = "",
        expected_gain: float | None = None,
        measure: str = "f1",
        part: str = "all",
        despite: str = "",
        run: str | int | Run | None = None,
        evaluation: Evaluation | None = None,
        test: str = "test",
        confidence: float = 0.5,
        iou: float = 0.5,
        video: Sequence[str] | None = None,
        next_step: str = "",
        who: str | None = None,
        seconds: float | None = None,
        progress: bool = True,
    ) -> IterationRecord:
        """Write down what a round asked, changed, measured and decided; the change and the figures are computed.

        With a run, its detector and that of the round before are looked at on the same test set, stills apart from
        video; a change is kept only if it did something there.

        Args:
            number: the round, from 1.
            keep: True to keep the change, False to revert it, None if the round was inconclusive.
            because: the reason, in words.
            question: what the round was to answer.
            hypothesis: what was believed.
            expectation: by how much it was to help, in words.
            expected_gain: the same as a number: the gain in `measure` on `part`.
            measure: the figure the decision rests on: recall, precision, f1 or false_alarms_per_picture.
            part: the part of the test set it rests on: all, stills or video.
            despite: why it is kept although the interval of the difference includes zero.
            run: the training it is about.
            evaluation: figures to show in place of those of the whole test set; its confidence and IoU hold for all.
            test: what was tested on: a split, or the name of a frozen test.
            confidence: predictions from here on count, where no evaluation is given.
            iou: least IoU of a hit, where no evaluation is given.
            video: sources whose pictures are frames of videos, beside those that `collect_video` took; by default as in
                the round before.
            next_step: what follows.
            who: who decided; by default the user's login name.
            seconds: time spent.
            progress: show a bar where predictions are still to be made.

        Raises:
            InputError: if the reason is missing, the round is decided already, or it is to be kept although the
                interval of the difference includes zero and `despite` is not written.
        """
        from workbench.decide.close_round import check_words, decide_round, round_before
        from workbench.decide.evidence import gather

        check_words(number, because, measure, part)
        project = cast("Project", self)
        training = None if run is None else project.run(run)
        settings = evaluation.settings if evaluation is not None else None
        evidence = None
        former = round_before(self.folder, number)
        if video is None:
            video = former.video if former is not None else ()
        if training is not None:
            evidence = gather(
                project,
                training,
                former,
                test=test,
                confidence=settings.confidence if settings else confidence,
                iou=settings.iou if settings else iou,
                video=video,
                progress=progress,
            )
        return decide_round(
            self.folder,
            number,
            keep=keep,
            because=because,
            question=question,
            hypothesis=hypothesis,
            expectation=expectation,
            expected_gain=expected_gain,
            measure=measure,
            part=part,
            despite=despite,
            run=training,
            evaluation=evaluation,
            evidence=evidence,
            test=test,
            next_step=next_step,
            who=who,
            seconds=seconds,
        )

    @property
    def records(self) -> Sequence[IterationRecord]:
        """All iteration records, in order."""
        from workbench.decide import read_records

        return read_records(self.folder)

    def amend(self, number: int, *, because: str, keep: bool | None = None, who: str | None = None) -> Path:
        """Add to a round's record what was learned later; nothing written before is changed."""
        from workbench.decide import amend_round

        return amend_round(self.folder, number, because=because, keep=keep, who=who)

    def rerun(self, number: int, *, seeds: int = 1, progress: bool = True) -> Rerun:
        """Train and evaluate a round again, and say whether the figures agree. See `workbench.decide.rerun_round`."""
        from workbench.decide import rerun_round

        return rerun_round(cast("Project", self), number, seeds=seeds, progress=progress)

    @property
    def rounds(self) -> pd.DataFrame:
        """All rounds, one row each: what changed, what it did on stills and video, what was decided."""
        from workbench.decide.timeline import timeline

        return timeline(self.records)

    def report(self, path: str | Path = "report.html") -> Path:
        """Write everything that was done and decided as one page: .html, or .md for a pull request."""
        from workbench.show import write_project_report
        from workbench.show.pages.project_report import last_with_run

        last = last_with_run(self.records)
        evaluation = None
        if last is not None and last.run is not None:
            settings = last.settings
            test = cast("Project", self).test(last.test)
            evaluation = test.evaluate(last.run, confidence=settings["confidence"], iou=settings["iou"])
        return write_project_report(self.folder, Path(path), last=evaluation)
