"""What a project can do with its rounds: decide, look back, add."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.project import ProjectFolder

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.decide import IterationRecord
    from workbench.train import Run


class DecideVerbs(ProjectFolder):
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
        from workbench.train import load_run

        training = load_run(self, run) if isinstance(run, str) else run
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
