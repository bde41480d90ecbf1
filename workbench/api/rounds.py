"""What a project can do with its rounds: decide, look back, do one again, add."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder
from workbench.project.marks import confirmed_causes
from workbench.version import part_of

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.api.project import Project
    from workbench.decide import Rerun, RoundRecord
    from workbench.train import Run


class DecideVerbs(ProjectFolder):
    """The verbs of `workbench.Project` that are about decisions."""

    def decide(
        self,
        evaluation: Evaluation | None,
        *,
        keep: bool | None,
        because: str,
        number: int | None = None,
        against: int | Evaluation | None = None,
        run: str | int | Run | None = None,
        test: str = "test",
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
        progress: bool = True,
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
            run: the training that was evaluated.
            test: what was tested on: a split, or the name of a frozen test.
            video: sources whose pictures are frames of videos, beside those that `collect_video` took; by default as in
                the round before.
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
            progress: show a bar where predictions are still to be made.

        Raises:
            InputError: if the reason is missing, the round is decided already, there is no round `against`, or it is to
                be kept although the interval of the difference includes zero and `despite` is not written.
        """
        from workbench.decide import check_words, close_round, round_before

        if number is None:
            number = max((one.number for one in self.records()), default=0) + 1
        check_words(number, because, measure, part)
        former = round_before(self, number)
        before, earlier, warnings = former, None, []
        if isinstance(against, int):
            before = self._record(against)
        if evaluation is not None and isinstance(against, int | None) and before is not None:
            try:
                earlier = self._look_again(before, evaluation, test=test, progress=progress)
            except (InputError, ProjectError) as error:
                warnings.append(f"no difference against round {before.number}: {error}")
        return close_round(
            self,
            number,
            evaluation,
            keep=keep,
            because=because,
            run=None if run is None else cast("Project", self).run(run),
            against=earlier if isinstance(against, int | None) else against,
            before=before if isinstance(against, int | None) else None,
            test=test,
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

    def records(self) -> Sequence[RoundRecord]:
        """The records of all rounds, in order."""
        from workbench.decide import read_records

        return read_records(self)

    def amend(self, number: int, *, because: str, keep: bool | None = None, who: str | None = None) -> Path:
        """Add to a round's record what was learned later; nothing written before is changed."""
        from workbench.decide import amend_round

        return amend_round(self, number, because=because, keep=keep, who=who)

    def rerun(self, number: int, *, seeds: int = 1, progress: bool = True) -> Rerun:
        """Train and evaluate a round again: the same version, arguments and test; do the figures agree?

        The working labels stay as they are. What came out is kept beside the record.

        Args:
            number: the round.
            seeds: how many seeds, from the round's own on; with more than one the spread between them is measured, and
                a figure agrees if it lies within it.
            progress: show bars.

        Raises:
            InputError: if there is no such round, or it says too little to be done again.
        """
        from workbench.decide import close_rerun, repeatable, tested

        if seeds < 1:
            raise InputError(f"seeds is {seeds}; expected at least 1")
        project = cast("Project", self)
        record = repeatable(self, number)
        images, boxes = tested(self, record)
        asked = dict(record.arguments)
        first, weights = int(asked.pop("seed")), asked.pop("start_weights")
        runs, found = [], []
        for seed in range(first, first + seeds):
            run = project.train(version=record.version, weights=weights, seed=seed, progress=progress, **asked)
            runs.append(run)
            found.append(
                self._evaluated(
                    run,
                    images,
                    boxes,
                    seen=images,
                    test=record.test,
                    confidence=float(record.settings["confidence"]),
                    iou=float(record.settings["iou"]),
                    progress=progress,
                )
            )
        return close_rerun(self, record, runs, found)

    def timeline(self) -> pd.DataFrame:
        """All rounds, one row each: what changed, what it did on stills and video, what was decided."""
        from workbench.decide import timeline

        return timeline(self.records())

    def _record(self, number: int) -> RoundRecord:
        records = self.records()
        found = next((one for one in records if one.number == number), None)
        if found is None:
            there = ", ".join(str(one.number) for one in records) or "none yet"
            raise InputError(f"there is no round {number} to decide against; decided are: {there}")
        return found

    def _look_again(self, record: RoundRecord, evaluation: Evaluation, *, test: str, progress: bool) -> Evaluation:
        """A round's detector on the test and at the operating point of an evaluation."""
        if record.run is None:
            raise InputError("it names no training")
        inputs, settings = evaluation.inputs, evaluation.settings
        return self._evaluated(
            record.run,
            inputs.images,
            inputs.boxes,
            seen=cast("Project", self).look_at(test)[0],
            test=test,
            confidence=settings.confidence,
            iou=settings.iou,
            progress=progress,
        )

    def _evaluated(
        self,
        run: str | Run,
        images: pd.DataFrame,
        boxes: pd.DataFrame,
        *,
        seen: pd.DataFrame,
        test: str,
        confidence: float,
        iou: float,
        progress: bool,
    ) -> Evaluation:
        """What a training finds in these pictures, held against these boxes.

        Args:
            run: the training.
            images: the pictures.
            boxes: their truth.
            seen: the pictures that are looked at, once: all of the test that these are of.
            test: its name, under which what was found is kept.
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            progress: show a bar where predictions are still to be made.
        """
        from workbench.analyse import Inputs, evaluate_inputs

        project = cast("Project", self)
        training = project.run(run)
        found = project.find(training, seen, name=test, progress=progress)
        return evaluate_inputs(
            Inputs(
                training.run_id,
                images,
                boxes,
                found[found["image_id"].isin(images["image_id"])].reset_index(drop=True),
                self.root,
                training=part_of(*project.learned_tables(training), "train"),
                confirmed=confirmed_causes(self.store, found),
            ),
            confidence=confidence,
            iou=iou,
        )
