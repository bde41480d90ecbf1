"""What a project can do with its rounds: decide, look back, do one again, add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from workbench.api.held_evaluation import Evaluation
from workbench.api.on_folder import OnFolder
from workbench.api.tests import Test
from workbench.model.errors import InputError, ProjectError

if TYPE_CHECKING:
    from workbench import analyse
    from workbench.api.project import Project
    from workbench.decide import Rerun, RoundRecord


class RoundVerbs(OnFolder):
    """The verbs of `workbench.Project` that are about decisions."""

    def decide(
        self,
        evaluation: Evaluation | None,
        *,
        keep: bool | None,
        because: str,
        number: int | None = None,
        against: int | analyse.Evaluation | None = None,
        video: Sequence[str] | None = None,
        question: str = "",
        hypothesis: str = "",
        expectation: str = "",
        expected_gain: float | None = None,
        measure: str = "f1",
        part: str = "all",
        despite: str = "",
        next_step: str = "",
        who: str | None = None,
        seconds: float | None = None,
    ) -> RoundRecord:
        """Write down what a round asked, changed, measured and decided; the change and the figures are worked out.

        The detector evaluated and an earlier one are held against each other on this test, stills apart from video; a
        change is kept only if it did something there.

        Args:
            evaluation: of the round's detector, at the confidence and IoU that hold for all; None for a round in which
                nothing was trained.
            keep: True to keep the change, False to revert it, None if the round was inconclusive.
            because: the reason, in words.
            number: the round, from 1; by default the next.
            against: an earlier round, whose detector is looked at on the same test, or an evaluation of any detector on
                it; by default the round before.
            video: sources whose pictures are frames of videos, beside those with a time; by default as in the round
                before.
            question: what the round was to answer.
            hypothesis: what was believed.
            expectation: by how much it was to help, in words.
            expected_gain: the same as a number: the gain in `measure` on `part`.
            measure: the figure the decision rests on: recall, precision, f1 or false_alarms_per_picture.
            part: the part of the test set it rests on: all, stills or video.
            despite: why it is kept although the interval of the difference includes zero.
            next_step: what follows.
            who: who decided; by default the user's login name.
            seconds: time spent.

        Raises:
            InputError: if the reason is missing, the round is decided already, there is no round `against`, or it is to
                be kept although the interval of the difference includes zero and `despite` is not written.
        """
        from workbench.decide import check_words, close_round, record_of, round_before

        if number is None:
            number = max((one.number for one in self.records), default=0) + 1
        check_words(number, because, measure, part)
        former = round_before(self.folder, number)
        before = record_of(self.folder, against, to="decide against") if isinstance(against, int) else former
        earlier, warnings = None, []
        if against is not None and not isinstance(against, int):
            earlier, before = against, None
        elif evaluation is not None and before is not None:
            try:
                earlier = _look_again(before, evaluation)
            except (InputError, ProjectError) as error:
                warnings.append(f"no difference against round {before.number}: {error}")
        trained = None if evaluation is None or isinstance(evaluation.detector, str) else evaluation.detector
        if evaluation is not None:
            warnings += evaluation.settings.remarks
        return close_round(
            self.folder,
            number,
            evaluation,
            keep=keep,
            because=because,
            run=trained,
            against=earlier,
            before=before,
            test=evaluation.test.split if evaluation is not None else "test",
            video=video if video is not None else former.video if former is not None and evaluation is not None else (),
            question=question,
            hypothesis=hypothesis,
            expectation=expectation,
            expected_gain=expected_gain,
            measure=measure,
            part=part,
            despite=despite,
            next_step=next_step,
            who=who,
            seconds=seconds,
            warnings=warnings,
        )

    @property
    def records(self) -> Sequence[RoundRecord]:
        """The records of all rounds, in order."""
        from workbench.decide import read_records

        return read_records(self.folder)

    def amend(self, number: int, *, because: str, keep: bool | None = None, who: str | None = None) -> Path:
        """Add to a round's record what was learned later; nothing written before is changed."""
        from workbench.decide import amend_round

        return amend_round(self.folder, number, because=because, keep=keep, who=who)

    def rerun(self, number: int, *, seeds: int = 1) -> Rerun:
        """Train and evaluate a round again: the same version, arguments and test; do the figures agree?

        The working labels stay as they are. What came out is kept beside the record.

        Args:
            number: the round.
            seeds: how many seeds, from the round's own on; with more than one the spread between them is measured, and
                a figure agrees if it lies within it.

        Raises:
            InputError: if there is no such round, or it says too little to be done again.
        """
        from workbench.decide import close_rerun, recipe_of, repeatable, tested

        if seeds < 1:
            raise InputError(f"seeds is {seeds}; expected at least 1")
        project = cast("Project", self)
        record = repeatable(self.folder, number)
        test = Test(record.test, *tested(self.folder, record), self.folder.root, record.test, project=project)
        recipe = recipe_of(record.arguments)
        confidence, iou = record.operating_point
        allowed = None if record.run is None else project.run(record.run).record.allowed
        runs, found = [], []
        for seed in range(recipe.seed, recipe.seed + seeds):
            again = replace(recipe, seed=seed).options()
            if allowed is None:
                run = project.train(record.version, **again)
            else:
                run = project.train(record.version, allow_copies=True, because=allowed.because, **again)
            runs.append(run)
            found.append(test.evaluate(run, confidence=confidence, iou=iou))
        return close_rerun(self.folder, record, runs, found)

    @property
    def rounds(self) -> pd.DataFrame:
        """All rounds, one row each: what changed, what it did on stills and video, what was decided."""
        from workbench.decide import timeline

        return timeline(self.records)

    def report(self, path: str | Path = "report.html") -> Path:
        """Write everything that was done and decided as one page: .html, or .md for a pull request."""
        from workbench.show import write_project_report
        from workbench.show.pages.project_report import last_with_run

        last, evaluation = last_with_run(self.records), None
        if last is not None and last.run is not None:
            test = cast("Project", self).test(last.test)
            confidence, iou = last.operating_point
            evaluation = test.evaluate(last.run, confidence=confidence, iou=iou)
        return write_project_report(self.folder, Path(path), last=evaluation)


def _look_again(record: RoundRecord, evaluation: Evaluation) -> analyse.Evaluation:
    """A round's detector on the test and at the operating point of an evaluation."""
    if record.run is None:
        raise InputError("it names no training")
    return evaluation._moved(record.run)
