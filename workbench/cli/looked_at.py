"""What a command looks at, said by the same options in each: a project's run, or plain label and prediction files."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

from workbench.cli import output
from workbench.cli.options import (
    BoxFormatOption,
    CategoryOffsetOption,
    ConfidenceOption,
    DifficultOption,
    FormatOption,
    ImagesOption,
    IouOption,
    LabelsOption,
    NamesOption,
    PredictionsOption,
    ProjectOption,
    RenameOption,
    RunOption,
    SourceOption,
    SplitOption,
    last_run,
    open_here,
)

if TYPE_CHECKING:
    from workbench.api.held_evaluation import Evaluation
    from workbench.api.project import Project
    from workbench.api.tests import Test


@dataclass
class _Said:
    """What is said beside the figures: in words, where no program reads; and whether labels could not be read."""

    aloud: bool = True
    is_problem: bool = False
    remarks: list[str] = field(default_factory=list)
    said: int = 0

    def hear(self, found: Evaluation) -> None:
        """Take note of what is to be said of an evaluation."""
        self.is_problem |= found.inputs.left_out.is_problem
        self.remarks += [remark for remark in found.settings.remarks if remark not in self.remarks]

    def speak(self) -> None:
        """Say it, once."""
        for remark in self.remarks[self.said :]:
            if self.aloud:
                output.hint(f"workbench: {remark}")
        self.said = len(self.remarks)


@dataclass(frozen=True)
class LookedAt:
    """The options that say what is looked at, and at which operating point."""

    images: ImagesOption = None
    labels: LabelsOption = None
    predictions: PredictionsOption = None
    format: FormatOption = None
    names: NamesOption = None
    box_format: BoxFormatOption = None
    category_offset: CategoryOffsetOption = None
    rename: RenameOption = None
    difficult: DifficultOption = None
    confidence: ConfidenceOption = 0.5
    iou: IouOption = 0.5
    run: RunOption = None
    split: SplitOption = "test"
    source: SourceOption = None
    project: ProjectOption = Path()
    said: _Said = field(default_factory=_Said, metadata={"is_option": False})

    @property
    def is_plain(self) -> bool:
        """Whether files are named, and no project is wanted."""
        return any((self.images, self.labels, self.predictions))

    def opened(self) -> Project:
        """The project."""
        return open_here(self.project)

    def evaluate(self) -> Evaluation:
        """What the options name, held against its truth; what a person must know beside the figures is said."""
        test, detector = self.test()
        found = test.evaluate(
            detector,
            confidence=self.confidence,
            iou=self.iou,
            rename=pairs(self.rename),
            names=self.names,
            box_format=self.box_format,
            category_offset=self.category_offset,
            difficult=self.difficult,
        )
        self.said.hear(found)
        return found

    def test(self) -> tuple[Test, str | Path]:
        """What is looked at, and the run or the predictions file to look with."""
        from workbench.api.plain_files import files

        if not self.is_plain:
            opened = self.opened()
            detector = last_run(opened, self.run)
            return opened.test(self.split, source=self.source), detector
        missing = [f"--{name}" for name in ("labels", "predictions") if getattr(self, name) is None]
        if self.labels is None or self.predictions is None:
            raise typer.BadParameter(
                f"{' and '.join(missing)} missing; plain files need --images, --labels, --predictions"
            )
        return files(self.images, self.labels, format=self.format), self.predictions


def say_how_read(evaluation: Evaluation) -> None:
    """How somebody else's predictions were read."""
    said = evaluation.settings.predictions_read_as
    if said:
        output.say(f"predictions: {said}")


def looks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `LookedAt`, gathered in its argument ``looked_at``.

    A command that looked at labels of which some could not be read ends with the status of problems found: its figures
    are right, but of fewer pictures than were asked for.
    """
    shared = {one.name: one for one in fields(LookedAt) if one.metadata.get("is_option", True)}
    hints = get_type_hints(LookedAt, include_extras=True)
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "looked_at"]
    named = {one.name: one for one in own}
    defaults = {one.name: one.default for one in own if one.name in shared}

    @wraps(command)
    def run(**values: Any) -> None:
        said = _Said(aloud=not values.get("as_json"))
        command(looked_at=LookedAt(**{name: values.pop(name) for name in shared}, said=said), **values)
        said.speak()
        if said.is_problem:
            raise typer.Exit(output.FOUND_PROBLEMS)

    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(name, keyword, default=defaults.get(name, one.default), annotation=hints[name])
        for name, one in shared.items()
    ]
    theirs = get_type_hints(command, include_extras=True)
    options += [one.replace(kind=keyword, annotation=theirs[name]) for name, one in named.items() if name not in shared]
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in options}
    del run.__wrapped__
    return run


def pairs(words: list[str] | None, option: str = "--rename") -> dict[str, str]:
    """The two sides of each NAME=VALUE that an option was given."""
    found_pairs = {}
    for word in words or ():
        old, found, new = word.partition("=")
        if not (old and found and new):
            raise typer.BadParameter(f"{option} is {word!r}; expected two names with '=' between them")
        found_pairs[old] = new
    return found_pairs
