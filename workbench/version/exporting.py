"""Take a version out of the project: pictures, labels in any format, and a data card that says what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.model.tables import SPLITS
from workbench.model.wording import counted, facts_html
from workbench.project import ProjectFolder, files
from workbench.version.data_card import data_card
from workbench.version.manifest import load
from workbench.version.picture_files import find_pictures

CARD = "README.md"
_BESIDE = ("yolo",)
"""Formats whose own lists say ``./images/…``: their files stand beside the folder of pictures."""


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        out: the folder.
        version: the version that is in it.
        format: the label format.
        pictures: how many pictures.
        boxes: how many boxes.
        losses: what the format cannot hold, one line each.
        note: what the labels say that the version does not, because the format demands it; empty if nothing.
    """

    out: Path
    version: str
    format: str
    pictures: int
    boxes: int
    losses: tuple[str, ...]
    note: str = ""

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**self.__dict__, "out": str(self.out), "losses": list(self.losses)}

    def __repr__(self) -> str:
        what = f"{counted(self.pictures, 'pictures')}, {counted(self.boxes, 'boxes')}, {CARD}"
        note = f"; {self.note}" if self.note else ""
        return f"{self.out}: {self.version} as {self.format}, {what}{note}"

    def _repr_html_(self) -> str:
        facts = {"version": self.version, "labels": self.format, "pictures": self.pictures, "boxes": self.boxes}
        return facts_html(f"Exported to {self.out}", {**facts, "lost": "; ".join(self.losses)})


def export(
    project: ProjectFolder,
    version: str,
    out: str | Path,
    *,
    format: str = "yolo",
    splits: Sequence[str] = SPLITS,
) -> ExportReport:
    """Write a version as a data set that needs no workbench: all of it or nothing.

    Args:
        project: the project.
        version: the version's id or the beginning of it.
        out: a folder that is not there yet. It gets ``images/``, the labels and a data card, ``README.md``.
        format: the label format.
        splits: which splits to take along.

    Raises:
        InputError: for an unknown version, format or split, or a folder that is there.
        ProjectError: if the version is damaged or a picture is missing.
    """
    from workbench.label import write_labels

    wanted = load(project, version)
    wanted.verify()
    target = Path(out).expanduser().resolve()
    if target.exists():
        raise InputError(f"{target} is there already; name a new folder for the export")
    wrong = sorted(set(splits) - set(SPLITS))
    if wrong:
        raise InputError(f"split is {wrong[0]!r}; expected some of {', '.join(SPLITS)}")
    images, boxes = wanted.images, wanted.boxes
    images = images[images["split"].isin(list(splits))].reset_index(drop=True)
    boxes = tables.of_images(boxes, images["image_id"])
    if not len(images):
        raise InputError(f"{wanted.version_id} has no pictures in {', '.join(splits)}; choose other splits")
    images, problems = find_pictures(project, images)
    if problems:
        raise ProjectError(
            f"{len(problems)} pictures cannot be exported, first {problems[0].file}: {problems[0].problem}"
        )
    names = _names(images)
    renamed = dict(zip(images["image_id"], names, strict=True))
    written_images = images.assign(image_id=names)
    written_boxes = boxes.assign(image_id=boxes["image_id"].map(renamed).astype("str"))
    with files.new_folder(target) as fresh:
        labels = fresh if format in _BESIDE else fresh / "labels"
        report = write_labels(
            written_images,
            written_boxes,
            labels,
            format=format,
            classes=wanted.classes,
            overwrite=True,
        )
        for name, path in zip(names, images["path"], strict=True):
            files.copy_whole(project.root / path, fresh / "images" / name)
        losses = tuple(loss.message for loss in report.losses)
        card = data_card(wanted.manifest, images, boxes, format=format, losses=losses)
        files.write_text(fresh / CARD, card)
    return ExportReport(target, wanted.version_id, format, len(images), len(boxes), losses, report.note)


def _names(images: pd.DataFrame) -> list[str]:
    """What each picture is called in the export: its id, with its file's ending if the id has none."""
    names = []
    for image_id, path in zip(images["image_id"], images["path"], strict=True):
        suffix = PurePosixPath(path).suffix
        names.append(image_id if str(image_id).lower().endswith(suffix.lower()) else f"{image_id}{suffix}")
    return names
