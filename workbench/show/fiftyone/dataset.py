"""The FiftyOne dataset: a projection of our tables that can be rebuilt at any time, or brought up to date in place.

FiftyOne is imported when a function is called and not before, because its database has to be set up first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analyse import Evaluation, compare
from workbench.machine.collector import paused_collector
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.pictures.decoded import with_sizes
from workbench.project import Store
from workbench.project.marks import marks as read_marks
from workbench.show.fiftyone import dataset_content as dressing
from workbench.show.fiftyone.app import fiftyone, hushed, one_at_a_time, reaching
from workbench.show.fiftyone.dataset_content import Content
from workbench.show.fiftyone.further_rounds import Iteration, declare, follow, iterations_of
from workbench.show.fiftyone.saved_views import FALSE_ALARMS, MISSES, dress, dress_iterations, save_views
from workbench.show.fiftyone.update import bring_up_to_date, register_results, write

if TYPE_CHECKING:
    from workbench.show.fiftyone.similarity_map import Map
    from workbench.train import Run


__all__ = ["FALSE_ALARMS", "MISSES", "build_view", "show_in_fiftyone"]

_MADE_BY = "workbench"
_WAY = 3
"""Counts up when the same tables come to other documents: a dataset made the former way is then built anew."""


def build_view(
    name: str,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    verdicts: pd.DataFrame,
    *,
    root: str | Path,
    confidence: float | None = None,
    iou: float = 0.5,
    iteration: int | None = None,
    persistent: bool = True,
    earlier: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None = None,
    iterations: Mapping[str, pd.DataFrame] | None = None,
    store: Store | None = None,
    version: str | None = None,
    anew: bool = False,
) -> Any:
    """Make the dataset `name` show these tables: ground truth, predictions, verdicts, and the saved views.

    ``ground_truth`` and ``predictions`` carry their verdict as ``outcome``, ``error``, ``cause`` and ``iou``, and under
    ``eval`` the way FiftyOne's own evaluation stores it, so that its Model Evaluation panel works. Predictions below
    the operating point lie in ``predictions_below``, those of the last iteration in ``predictions_before``. A picture
    that nobody has labelled has no ground truth at all. What people marked is a label's tag.

    The predictions of a further iteration ``r3`` that count lie in ``predictions_r3``, with ``outcome``, ``error`` and
    ``iou`` against the same ground truth. They have no cause, since these would take another look at every picture.

    Where the dataset is there already, only what has changed is written: of each picture the parts that are others now,
    which are the picture with all that is about the current predictions, and the field of each further iteration.

    Args:
        name: of the dataset.
        images: the pictures.
        boxes: the ground truth.
        predictions: of any confidence.
        verdicts: what an evaluation of these tables said.
        root: the folder that the paths start from.
        confidence: the operating point; by default the least confidence that has a verdict.
        iou: that the verdicts were matched with.
        iteration: the round of the loop, kept in the dataset's info.
        persistent: whether the dataset stays when the database stops.
        earlier: the last iteration's predictions, their verdicts, and the ledger of `workbench.analyse.compare`.
        iterations: further iterations' predictions of any confidence, by name; a field that is not asked for any more
            goes.
        store: of the project: what people said is shown, and what they do in the App goes there.
        version: of the project's, that the detector learned from; with it the App's panel knows what training lacked.
        anew: build from nothing, whatever is there; also views that a person saved are gone then.

    Returns:
        The `fiftyone.Dataset`, with the saved views of `fiftyone_views`.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if the tables do not belong together, or the name belongs to a dataset that we did not make.
        SetupError: if no mongod works here.
    """
    seen = None if store is None else store.last_event()
    marks = None if store is None else read_marks(store)
    content, further = _content(
        *(images, boxes, predictions, verdicts, Path(root).absolute(), confidence, iou),
        earlier=earlier,
        iterations=iterations or {},
        marks=marks,
    )
    fo = fiftyone()
    made_how = (_WAY, content.layout, iou, _has_clips(content))
    signature = hashlib.sha256(repr(made_how).encode()).hexdigest()[:16]
    info = {"made_by": _MADE_BY, "confidence": content.confidence, "iou": iou, "iteration": iteration}
    info |= {"root": str(content.root), "version": version}
    info |= {"signature": signature, "store": None if store is None else str(store.path), "seen": seen}
    # Two kernels that show one project must not build one dataset at the same time.
    with (
        hushed(),
        paused_collector(),
        one_at_a_time(fo, "build"),
        reaching("call it again; what was decided is in the project"),
    ):
        there = fo.load_dataset(name) if fo.dataset_exists(name) else None
        if there is not None and there.info.get("made_by") != _MADE_BY:
            raise InputError(f"FiftyOne has a dataset '{name}' that the workbench did not make; choose another name")
        if there is not None and not anew and there.info.get("signature") == signature:
            # The saved views are questions and not answers: they stay right when pictures change.
            _follow(fo, there, further)
            bring_up_to_date(there, content, further, iou=iou)
            if there.info != info:
                there.info = info
                there.save()
            return there
        dataset = fo.Dataset()
        try:
            declare(fo, dataset, content.layout)
            follow(fo, dataset, further)
            write(dataset, content, further)
            register_results(dataset, content.verdicts, iou=iou)
            _finish(fo, dataset, content, further, info)
            if fo.dataset_exists(name):
                fo.delete_dataset(name)
            dataset.name = name
            dataset.persistent = persistent
        except BaseException:
            fo.delete_dataset(dataset.name)
            raise
    return dataset


def _content(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    verdicts: pd.DataFrame,
    root: Path,
    confidence: float | None,
    iou: float,
    *,
    earlier: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None,
    iterations: Mapping[str, pd.DataFrame],
    marks: pd.DataFrame | None,
) -> tuple[Content, list[Iteration]]:
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    predictions, verdicts = tables.validate(predictions, "predictions"), tables.validate(verdicts, "verdicts")
    for table, name in ((boxes, "boxes"), (predictions, "predictions"), (verdicts, "verdicts")):
        tables.check_references(images, table, name)
    if confidence is None:
        judged = verdicts["confidence"].min()
        confidence = 0.0 if pd.isna(judged) else float(judged)
    images = with_sizes(images, root)
    further = iterations_of(iterations, images, boxes, confidence=confidence, iou=iou)
    before = None
    if earlier is not None:
        found, said = tables.validate(earlier[0], "predictions"), tables.validate(earlier[1], "verdicts")
        for table, name in ((found, "earlier predictions"), (said, "earlier verdicts")):
            tables.check_references(images, table, name)
        boxes, predictions, found = dressing.with_changes(boxes, predictions, found, earlier[2])
        before = (found[found["confidence"] >= confidence].reset_index(drop=True), said)
    if marks is not None:
        boxes, predictions, verdicts = dressing.with_marks(boxes, predictions, verdicts, marks)
    return Content(images, boxes, predictions, verdicts, root, confidence, before), further


def _follow(fo: Any, dataset: Any, iterations: Sequence[Iteration]) -> None:
    """Let fields of further iterations come and go, the new ones dressed."""
    new, gone = follow(fo, dataset, iterations)
    if new or gone:
        dress_iterations(dataset, new, gone)
        dataset.save()


def _has_clips(content: Content) -> bool:
    frames = content.images.loc[content.images["frame_s"].notna(), "group_id"]
    return bool(frames[frames != ""].duplicated().any())


def _finish(fo: Any, dataset: Any, content: Content, iterations: Sequence[Iteration], info: dict[str, Any]) -> None:
    save_views(
        fo,
        dataset,
        compared=content.earlier is not None,
        clips=_has_clips(content),
        suspects=content.layout.truth.get("suspect") == "flag",
    )
    dress(fo, dataset, content.layout)
    dress_iterations(dataset, [one.field for one in iterations])
    dataset.info = info
    dataset.save()


def show_in_fiftyone(
    evaluation: Evaluation,
    *,
    name: str | None = None,
    before: Evaluation | None = None,
    rounds: Mapping[str, Evaluation] | None = None,
    store: Store | None = None,
    version: str | None = None,
    number: int | None = None,
    map: bool | str = False,
    weights: Run | Path | str = "base",
) -> Any:
    """A FiftyOne dataset with truth, predictions, verdicts and saved views; `launch` opens it. Needs mongod.

    Args:
        evaluation: what is shown, at its operating point.
        name: of the dataset; by default that of what was evaluated.
        before: the same pictures and truth beside an earlier detector's predictions.
        rounds: further detectors by name, the same pictures and truth beside their predictions: those of ``r3`` lie in
            ``predictions_r3``, with outcome, error and IoU, but without causes. Called without one that the dataset
            has, its field goes.
        store: of the project, where what people say is kept.
        version: of the project's, that the detector learned from.
        number: of the round.
        map: ``failures`` (or True) or ``pictures``: also similarity and a 2-D map of these, for FiftyOne's Embeddings
            panel and its sorting by similarity. They take a while, and go when what is shown changes.
        weights: the detector whose backbone compares pictures, where these are to be laid out.

    Raises:
        InputError: if there is no such map, or no picture could be read for one; or if a further detector has no class
            in common with the truth, or a name that makes no field.
        SetupError: if no mongod works here.
    """
    wanted: Map | None = None
    if map is not False:
        from workbench.show.fiftyone.similarity_map import check

        wanted = check(map)
    settings, inputs = evaluation.settings, evaluation.inputs
    earlier = None
    if before is not None:
        first = before.at(confidence=settings.confidence, iou=settings.iou)
        earlier = (first.inputs.predictions, first.verdicts, compare(first, evaluation))
    for one in (rounds or {}).values():
        one.inputs.check_classes()
    dataset = build_view(
        name or inputs.name,
        inputs.images,
        inputs.boxes,
        inputs.predictions,
        evaluation.verdicts,
        root=inputs.pictures,
        confidence=settings.confidence,
        iou=settings.iou,
        iteration=number,
        earlier=earlier,
        iterations={key: one.inputs.predictions for key, one in (rounds or {}).items()},
        store=store,
        version=version,
    )
    if wanted is not None:
        from workbench.show.fiftyone.similarity_map import lay_out

        lay_out(dataset, evaluation, wanted, weights=weights)
    return dataset
