"""The FiftyOne dataset: a projection of our tables that can be rebuilt at any time, or brought up to date in place.

FiftyOne is imported when a function is called and not before, because its database has to be set up first.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from bson import ObjectId

from workbench import tables
from workbench.errors import InputError
from workbench.project import Store
from workbench.project.marks import marks as read_marks
from workbench.show import fiftyone_content as contents
from workbench.show import fiftyone_dress as dressing
from workbench.show import fiftyone_rows as rows
from workbench.show.crops import with_sizes
from workbench.show.fiftyone_app import fiftyone, hushed
from workbench.show.fiftyone_content import Content
from workbench.show.fiftyone_database import one_at_a_time, reaching
from workbench.show.fiftyone_map import forget
from workbench.show.fiftyone_results import register_results, save_results
from workbench.show.fiftyone_views import FALSE_ALARMS, MISSES, dress, save_views

__all__ = ["FALSE_ALARMS", "MISSES", "build_view", "show_in_fiftyone"]

_MADE_BY = "workbench"
_BATCH = 1_000
_WAY = 2
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
    store: Store | None = None,
    version: str | None = None,
    anew: bool = False,
) -> Any:
    """Make the dataset `name` show these tables: ground truth, predictions, verdicts, and the saved views.

    ``ground_truth`` and ``predictions`` carry their verdict as ``outcome``, ``error``, ``cause`` and ``iou``, and under
    ``eval`` the way FiftyOne's own evaluation stores it, so that its Model Evaluation panel works. Predictions below
    the operating point lie in ``predictions_below``, those of the last iteration in ``predictions_before``. A picture
    that nobody has labelled has no ground truth at all. What people marked is a label's tag.

    Where the dataset is there already, only the pictures of which something has changed are written.

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
    content = _content(images, boxes, predictions, verdicts, Path(root).absolute(), confidence, earlier, marks)
    fo = fiftyone()
    made_how = (_WAY, content.layout, iou, _has_clips(content))
    signature = hashlib.sha256(repr(made_how).encode()).hexdigest()[:16]
    info = {"made_by": _MADE_BY, "confidence": content.confidence, "iou": iou, "iteration": iteration}
    info |= {"root": str(content.root), "version": version}
    info |= {"signature": signature, "store": None if store is None else str(store.path), "seen": seen}
    # Two kernels that show one project must not build one dataset at the same time.
    with hushed(), one_at_a_time(fo, "build"), reaching("call it again; what was decided is in the project"):
        there = fo.load_dataset(name) if fo.dataset_exists(name) else None
        if there is not None and there.info.get("made_by") != _MADE_BY:
            raise InputError(f"FiftyOne has a dataset '{name}' that the workbench did not make; choose another name")
        if there is not None and not anew and there.info.get("signature") == signature:
            # The saved views are questions and not answers: they stay right when pictures change.
            _update(there, content, iou=iou)
            if there.info != info:
                there.info = info
                there.save()
            return there
        dataset = fo.Dataset()
        try:
            _declare(fo, dataset, content.layout)
            _write(dataset, content, content.fingerprints(), fresh=True)
            register_results(dataset, content.verdicts, iou=iou)
            _finish(fo, dataset, content, info)
            if fo.dataset_exists(name):
                fo.delete_dataset(name)
            dataset.name = name
            dataset.persistent = persistent
        except BaseException:
            fo.delete_dataset(dataset.name)
            raise
    return dataset


def show_in_fiftyone(
    images: pd.DataFrame | str | Path,
    boxes: pd.DataFrame | str | Path,
    predictions: pd.DataFrame | str | Path,
    *,
    root: str | Path = ".",
    format: str | None = None,
    confidence: float = 0.5,
    iou: float = 0.5,
    name: str | None = None,
) -> Any:
    """A FiftyOne dataset without a project, from tables or straight from files; `launch` opens it. Needs mongod.

    Args:
        images: the `images` table, or the folder of the pictures.
        boxes: the `boxes` table, or the label files' folder or file.
        predictions: the `predictions` table, or a COCO results file or a folder of YOLO txt with confidences.
        root: the folder that a table's paths start from.
        format: the label format; by default it is told from the files.
        confidence: predictions from here on count.
        iou: least IoU of a hit.
        name: of the dataset; by default the folder's.
    """
    from workbench.subject import subject_of

    subject = subject_of(images, boxes, predictions, root=root, format=format)
    return subject.fiftyone(confidence=confidence, iou=iou, name=name)


def _content(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    verdicts: pd.DataFrame,
    root: Path,
    confidence: float | None,
    earlier: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None,
    marks: pd.DataFrame | None,
) -> Content:
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    predictions, verdicts = tables.validate(predictions, "predictions"), tables.validate(verdicts, "verdicts")
    tables.check_references(images, boxes, "boxes")
    tables.check_references(images, predictions, "predictions")
    if confidence is None:
        judged = verdicts["confidence"].min()
        confidence = 0.0 if pd.isna(judged) else float(judged)
    before = None
    if earlier is not None:
        found, said = tables.validate(earlier[0], "predictions"), tables.validate(earlier[1], "verdicts")
        boxes, predictions, found = dressing.with_changes(boxes, predictions, found, earlier[2])
        before = (found[found["confidence"] >= confidence].reset_index(drop=True), said)
    if marks is not None:
        boxes, predictions, verdicts = dressing.with_marks(boxes, predictions, verdicts, marks)
    return Content(with_sizes(images, root), boxes, predictions, verdicts, root, confidence, before)


def _write(dataset: Any, content: Content, prints: list[str], *, fresh: bool) -> None:
    """Write a document a picture, by the thousand; where it is there already it is replaced in its place."""
    from pymongo import ReplaceOne

    now = datetime.now(UTC).replace(tzinfo=None)
    with _no_rubbish():
        made = rows.documents(content, dataset_id=dataset._doc.id, now=now, prints=prints)
        while batch := list(islice(made, _BATCH)):
            if fresh:
                dataset._sample_collection.insert_many(batch, ordered=False)
            else:
                replaced = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in batch]
                dataset._sample_collection.bulk_write(replaced, ordered=False)


@contextmanager
def _no_rubbish() -> Iterator[None]:
    """Spare Python the search for circles among millions of values that have none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _update(dataset: Any, content: Content, *, iou: float) -> None:
    """Write what has changed since."""
    held = {one["_id"]: one.get(contents.PRINT) for one in dataset._sample_collection.find({}, {contents.PRINT: 1})}
    keys = [ObjectId(one) for one in rows.object_ids("image", content.images["image_id"])]
    prints = content.fingerprints()
    stale = [held.get(key) != one for key, one in zip(keys, prints, strict=True)]
    gone = list(held.keys() - set(keys))
    if not any(stale) and not gone:
        return
    # Before the pictures: killed in between, the pictures are still stale and the next call does all of this again.
    dataset.reload()
    save_results(dataset, content.verdicts, iou=iou)
    if gone:
        dataset._sample_collection.delete_many({"_id": {"$in": gone}})
    if all(stale):
        dataset._sample_collection.delete_many({})
        _write(dataset, content, prints, fresh=True)
    elif any(stale):
        part = content.of(content.images["image_id"][stale])
        _write(dataset, part, [one for one, old in zip(prints, stale, strict=True) if old], fresh=False)
    dataset.reload()
    forget(dataset)


def _has_clips(content: Content) -> bool:
    frames = content.images.loc[content.images["frame_s"].notna(), "group_id"]
    return bool(frames[frames != ""].duplicated().any())


def _finish(fo: Any, dataset: Any, content: Content, info: dict[str, Any]) -> None:
    save_views(
        fo,
        dataset,
        compared=content.earlier is not None,
        clips=_has_clips(content),
        suspects=content.layout.truth.get("suspect") == "flag",
    )
    dress(fo, dataset, content.layout)
    dataset.info = info
    dataset.save()


def _declare(fo: Any, dataset: Any, layout: contents.Layout) -> None:
    """Declare every field in two steps; one by one, each would load and save the dataset's description again."""
    fields = {"text": fo.StringField, "number": fo.FloatField, "integer": fo.IntField, "flag": fo.BooleanField}
    make = dataset._sample_doc_cls._create_field
    dataset.media_type = "image"
    labels = layout.labels
    detections = {
        name: make(name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections, fields=[]) for name in labels
    }
    dataset._merge_sample_field_schema(
        detections | {name: make(name, fields[kind]) for name, kind in layout.picture.items()}
    )
    paths = {f"{root}.detections.{name}": kind for root, kinds in labels.items() for name, kind in kinds.items()}
    dataset._merge_sample_field_schema({path: make(path, fields[kind]) for path, kind in paths.items()})
