"""What is looked at: pictures, truth and predictions, out of a project's run or out of plain files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.model.errors import InputError

if TYPE_CHECKING:
    from workbench.analyse import Evaluation, VideoReport
    from workbench.project import Store
    from workbench.show import Gallery
    from workbench.train import Run


@dataclass(frozen=True)
class Subject:
    """One set of predictions beside its ground truth.

    Attributes:
        name: what to call it.
        images: the `images` table; its paths are relative to `root`.
        boxes: the `boxes` table.
        predictions: the `predictions` table.
        root: the folder of the pictures.
        training: pictures and boxes that the detector learned from, where they are known.
        confirmed: causes that people confirmed or changed, where there are any.
    """

    name: str
    images: pd.DataFrame
    boxes: pd.DataFrame
    predictions: pd.DataFrame
    root: Path
    training: tuple[pd.DataFrame, pd.DataFrame] | None = None
    confirmed: pd.DataFrame | None = None

    def with_predictions(self, predictions: pd.DataFrame, name: str) -> Subject:
        """The same pictures and truth beside another detector's predictions."""
        return replace(self, name=name, predictions=predictions)

    def evaluate(self, *, confidence: float = 0.5, iou: float = 0.5) -> Evaluation:
        """Compare the two; the pictures are read when causes are asked for. See `workbench.analyse.evaluate`.

        Raises:
            InputError: if predictions and boxes have no class in common, which is a matter of names.
        """
        from workbench.analyse import Inputs, evaluate_inputs

        self._check_classes()
        given = (self.name, self.images, self.boxes, self.predictions, self.root, self.training)
        return evaluate_inputs(Inputs(*given, confirmed=self.confirmed), confidence=confidence, iou=iou)

    def _check_classes(self) -> None:
        predicted, labelled = (set(table["class_name"].unique()) for table in (self.predictions, self.boxes))
        if predicted and labelled and not predicted & labelled:
            raise InputError(
                f"{self.name}: the predictions know the classes {_listed(predicted)}, the labels {_listed(labelled)}, "
                "and not one is common; if they mean the same, rename them: --rename OLD=NEW"
            )

    def gallery(self, evaluation: Evaluation, **options: Any) -> Gallery:
        """Misses and false alarms as crops. See `workbench.show.gallery`."""
        from workbench.show import gallery

        return gallery(evaluation.failures, self.images, self.boxes, self.predictions, root=self.root, **options)

    def write_failures(self, evaluation: Evaluation, out: Path) -> Path:
        """Write the page of all failures, whole or not at all."""
        from workbench.project import files
        from workbench.show import failures_page

        page = failures_page(evaluation, self.images, self.boxes, self.predictions, root=self.root, title=self.name)
        files.write_text(out, page)
        return out

    def video(
        self,
        *,
        confidence: float = 0.5,
        iou: float = 0.5,
        frames_per_second: float | None = None,
        detector_fps: float | None = None,
        out: str | Path | None = None,
    ) -> VideoReport:
        """How it does on video: objects found, how late and how steadily, false alarms a minute.

        Args:
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            frames_per_second: of the frames, where neither their table nor their names say when they were taken.
            detector_fps: of the detector, to compare with the video's rate.
            out: write a page with the misses, false alarms and late finds there.

        Raises:
            InputError: if nothing says when the frames were taken.
        """
        from workbench.api.plain_pictures import with_moments

        framed = replace(self, images=with_moments(self.images, frames_per_second=frames_per_second))
        evaluation = framed.evaluate(confidence=confidence, iou=iou)
        if out is not None:
            from workbench.project import files
            from workbench.show import video_failures_page

            page = video_failures_page(
                evaluation,
                framed.images,
                self.predictions,
                root=self.root,
                title=self.name,
                frames_per_second=detector_fps,
            )
            files.write_text(Path(out), page)
        return evaluation.video(frames_per_second=detector_fps)

    def fiftyone(
        self,
        *,
        confidence: float = 0.5,
        iou: float = 0.5,
        name: str | None = None,
        before: Subject | None = None,
        iterations: Mapping[str, Subject] | None = None,
        store: Store | None = None,
        version: str | None = None,
        iteration: int | None = None,
        map: bool | str = False,
        weights: Run | Path | str = "base",
        progress: bool = True,
    ) -> Any:
        """A FiftyOne dataset with truth, predictions, verdicts and saved views. Needs mongod.

        Args:
            confidence: predictions from here on count.
            iou: least IoU of a hit.
            name: of the dataset; by default the subject's.
            before: the same pictures and truth beside an earlier iteration's predictions.
            iterations: further iterations by name, the same pictures and truth beside their predictions: those of
                ``r3`` lie in ``predictions_r3``, with outcome, error and IoU, but without causes. Called without one
                that the dataset has, its field goes.
            store: of the project, where what people say is kept.
            version: of the project's, that the detector learned from.
            iteration: the round of the loop.
            map: ``failures`` (or True) or ``pictures``: also similarity and a 2-D map of these, for FiftyOne's
                Embeddings panel and its sorting by similarity. They take a while, and go when what is shown changes.
            weights: the detector whose backbone compares pictures, where these are to be laid out.
            progress: show a bar where pictures are looked at.

        Raises:
            InputError: if there is no such map, or no picture could be read for one; or if an iteration has no class in
                common with the truth, or a name that makes no field.
        """
        from workbench.analyse import compare
        from workbench.show import build_view
        from workbench.show.fiftyone.similarity_map import check, lay_out

        wanted = check(map)
        evaluation = self.evaluate(confidence=confidence, iou=iou)
        earlier = None
        if before is not None:
            first = before.evaluate(confidence=confidence, iou=iou)
            earlier = (before.predictions, first.verdicts, compare(first, evaluation))
        for one in (iterations or {}).values():
            one._check_classes()
        dataset = build_view(
            name or self.name,
            self.images,
            self.boxes,
            self.predictions,
            evaluation.verdicts,
            root=self.root,
            confidence=confidence,
            iou=iou,
            iteration=iteration,
            earlier=earlier,
            iterations={key: one.predictions for key, one in (iterations or {}).items()},
            store=store,
            version=version,
        )
        if wanted is not None:
            lay_out(dataset, self, evaluation, wanted, weights=weights, progress=progress)
        return dataset


def subject_of(
    images: pd.DataFrame | str | Path,
    boxes: pd.DataFrame | str | Path,
    predictions: pd.DataFrame | str | Path,
    *,
    root: str | Path = ".",
    format: str | None = None,
) -> Subject:
    """A subject out of three tables, or out of a folder of pictures, label files and a predictions file.

    Raises:
        InputError: if tables and paths are mixed, or a file cannot be read.
    """
    given = (images, boxes, predictions)
    if all(isinstance(one, pd.DataFrame) for one in given):
        return Subject(Path(root).resolve().name, *given, Path(root))  # type: ignore[arg-type]
    if any(isinstance(one, pd.DataFrame) for one in given):
        raise InputError("give three tables, or three paths: a folder of pictures, label files and a predictions file")
    pictures, labels, found = (Path(one).expanduser() for one in given)  # type: ignore[arg-type]
    return subject_from_files(labels, found, images=pictures, format=format)


def subject_from_files(
    labels: Path,
    predictions: Path,
    *,
    images: Path | None = None,
    format: str | None = None,
    rename: Mapping[str, str] | None = None,
) -> Subject:
    """Read label files and a predictions file.

    Args:
        labels: a folder or a file.
        predictions: COCO results JSON, or a folder of YOLO txt with confidence last.
        images: the folder of the pictures.
        format: of the labels; by default it is told from the files.
        rename: class names to change on both sides, such as ``{"num_plate": "plate"}``.

    Raises:
        InputError: if one cannot be read; the message says which and why. Also if a class to rename is on neither side.
    """
    from workbench.label import read_labels, read_predictions

    read = read_labels(labels, images=images, format=format)
    root = images if images is not None else labels if labels.is_dir() else labels.parent
    found = read_predictions(predictions, read, rename=rename)
    known = {*read.boxes["class_name"].unique(), *read.classes, *found["class_name"].unique()}
    for old in rename or {}:
        if old not in known:
            raise InputError(f"there is no class {old!r} to rename; there are {_listed(known)}")
    boxes, found = (_renamed(table, rename or {}) for table in (read.boxes, found))
    return Subject(labels.resolve().name, read.images, boxes, found, root)


def _renamed(table: pd.DataFrame, rename: Mapping[str, str]) -> pd.DataFrame:
    return table.assign(class_name=table["class_name"].replace(dict(rename))) if rename and len(table) else table


def _listed(names: set[str]) -> str:
    first = ", ".join(repr(name) for name in sorted(names)[:5])
    return first + (f" and {len(names) - 5} more" if len(names) > 5 else "") if names else "none"
