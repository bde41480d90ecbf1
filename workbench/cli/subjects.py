"""What a command is about: a project's run, or plain label and prediction files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.options import last_run, open_here

if TYPE_CHECKING:
    from workbench.api.subject import Subject


def subject_here(
    images: Path | None,
    labels: Path | None,
    predictions: Path | None,
    format: str | None,
    rename: list[str] | None,
    project: Path,
    run: str | None,
    split: str,
) -> Subject:
    """What the options name: a project's run on a split, or labels and predictions as plain files."""
    from workbench.api.subject import subject_from_files

    given = {"--images": images, "--labels": labels, "--predictions": predictions}
    if not any(given.values()):
        opened = open_here(project)
        return opened.subject(last_run(opened, run), split=split)
    missing = [name for name, value in given.items() if value is None and name != "--images"]
    if missing:
        raise typer.BadParameter(f"{' and '.join(missing)} missing; plain files need --images, --labels, --predictions")
    return subject_from_files(labels, predictions, images=images, format=format, rename=pairs(rename))  # type: ignore[arg-type]


def pairs(words: list[str] | None, option: str = "--rename") -> dict[str, str]:
    """The two sides of each NAME=VALUE that an option was given."""
    found_pairs = {}
    for word in words or ():
        old, found, new = word.partition("=")
        if not (old and found and new):
            raise typer.BadParameter(f"{option} is {word!r}; expected two names with '=' between them")
        found_pairs[old] = new
    return found_pairs
