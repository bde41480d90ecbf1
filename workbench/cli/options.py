"""Options that several commands share, named once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from workbench.cli import output
from workbench.label.formats.spec import FORMATS
from workbench.model.session_options import options
from workbench.train.recipe import Recipe

if TYPE_CHECKING:
    from workbench.api.project import Project

ProjectOption = Annotated[
    Path, typer.Option("--project", "-p", envvar="WORKBENCH_PROJECT", help="The project's folder.")
]


def _without_bars(as_json: bool) -> bool:
    """A program that reads JSON wants no bars beside it."""
    options.progress = options.progress and not as_json
    return as_json


JsonOption = Annotated[bool, typer.Option("--json", callback=_without_bars, help="Print JSON for programs.")]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", help=f"{' '.join(FORMATS)}; told from the files."),
]
ImagesOption = Annotated[Path | None, typer.Option("--images", help="The folder of the pictures.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="How many processors to use; all if not given.")
]
LabelsOption = Annotated[Path | None, typer.Option("--labels", help="The label files: a folder or one file.")]
PredictionsOption = Annotated[
    Path | None,
    typer.Option("--predictions", help="COCO results JSON, a CSV, or a folder of YOLO txt with confidence last."),
]
NamesOption = Annotated[
    str | None,
    typer.Option("--names", help="The predictions' classes in the order of their numbers: a,b,c or a file of names."),
]
BoxFormatOption = Annotated[
    str | None,
    typer.Option(
        "--box-format", help="What the predictions' four numbers are: xywh, xyxy or cxcywh; with -rel or -percent."
    ),
]
CategoryOffsetOption = Annotated[
    int | None, typer.Option("--category-offset", help="The number of the first class in the predictions: 0 or 1.")
]
RenameOption = Annotated[
    list[str] | None, typer.Option("--rename", help="A class name to change on both sides: OLD=NEW. Repeat for more.")
]
DifficultOption = Annotated[
    Literal["ignore", "count"] | None,
    typer.Option("--difficult", help="Boxes marked difficult: ignore (as VOC; default of VOC files) or count."),
]
ConfidenceOption = Annotated[float, typer.Option("--confidence", help="Predictions from here on count.")]
IouOption = Annotated[float, typer.Option("--iou", help="Least IoU of a hit.")]
VersionOption = Annotated[str | None, typer.Option("--version", help="A version; by default the one just frozen.")]
DeviceOption = Annotated[str | None, typer.Option("--device", help="cpu, 0, …; by default the best there is.")]
RunOption = Annotated[
    str | None, typer.Option("--run", help="A run of the project or its round's number; by default the last run.")
]
SplitOption = Annotated[str, typer.Option("--split", help="train, val, test or pool, or the name of a frozen test.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Only the project's pictures of this source.")]


_RECIPE: dict[str, Any] = {
    "detector": Annotated[str, typer.Option("--detector", help="yolo11n, …, or rcnn-small.")],
    "weights": Annotated[
        str,
        typer.Option(
            "--weights",
            help="base, plates, scratch, a .pt file you trust, or ultralytics:yolo11n (fetched; its code runs).",
        ),
    ],
    "batches": Annotated[int, typer.Option("--batches", help="The budget: so many steps of training.", min=1)],
    "batch": Annotated[int, typer.Option("--batch", help="Pictures in a batch.", min=1)],
    "image_size": Annotated[int, typer.Option("--image-size", help="Pixels of the longer side.", min=32)],
    "learning_rate": Annotated[
        float | None,
        typer.Option("--learning-rate", help="Its peak; 0.0002 for weights that know the classes already."),
    ],
    "seed": Annotated[int, typer.Option("--seed", help="Of everything random.", min=0)],
    "device": DeviceOption,
}
"""An option of the command line for each of `Recipe`, whose defaults hold."""


def takes_recipe(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a training, all of which it gets as one `Recipe` named ``recipe``."""
    defaults = inspect.signature(Recipe).parameters
    options = [defaults[name].replace(annotation=option) for name, option in _RECIPE.items()]
    hints = get_type_hints(command, include_extras=True)
    own = [one.replace(annotation=hints[name]) for name, one in inspect.signature(command).parameters.items()]
    shown = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own if one.name != "recipe"]

    @functools.wraps(command)
    def with_options(**given: Any) -> None:
        recipe = Recipe(**{name: given.pop(name) for name in _RECIPE})
        command(recipe=recipe, **given)

    with_options.__signature__ = inspect.Signature([*options, *shown])  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in [*options, *shown]}
    return with_options


def open_here(project: Path) -> Project:
    """The project of the option, or one line that says how to make one."""
    from workbench.api.project import Project

    return Project.open(project)


def last_run(project: Project, run: str | None) -> str:
    """The run that was asked for, by its id or its round's number, or the project's last that is finished.

    Those that began later and did not come to their end are told of.
    """
    from workbench.model.errors import InputError
    from workbench.train import last_run as last_of

    if run is not None:
        return project.run(int(run)).run_id if run.isdecimal() else run
    last = last_of(project.folder)
    if last.run is None:
        if last.later:
            raise InputError(
                f"{project.folder.root} has no run that is finished: {last.passed_over[-1]}; to look at it as it is, "
                "name it"
            )
        raise InputError(f"{project.folder.root} has no run yet; train one with: workbench train")
    for said in last.passed_over:
        output.hint(f"workbench: {said}; looked at is {last.run.run_id}")
    return last.run.run_id


def unfinished_run(project: Project, run: str | None) -> str:
    """The run that was asked for, or the project's last that did not come to its end."""
    from workbench.model.errors import InputError
    from workbench.train import last_run as last_of

    if run is not None:
        return last_run(project, run)
    last = last_of(project.folder)
    if last.later:
        return last.later[-1].run_id
    raise InputError(
        f"{project.folder.root} has no run yet; train one with: workbench train"
        if last.run is None
        else f"the last run {last.run.run_id} is finished, there is nothing to resume; name an older run to resume it"
    )


def finished_runs(project: Project) -> list[str]:
    """The runs that came to their end, oldest first; those that did not are told of."""
    runs = project.runs
    finished = runs["state"] == "finished"
    for name in runs.loc[~finished, "run_id"]:
        output.hint(f"workbench: {project.run(str(name)).half_trained}; it is not looked at")
    return [str(name) for name in runs.loc[finished, "run_id"]]


def run_names(words: str) -> list[str | int]:
    """The runs and numbers of rounds between commas."""
    return [int(word) if word.isdecimal() else word for word in (one.strip() for one in words.split(",")) if word]
