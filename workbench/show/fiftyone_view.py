"""The FiftyOne dataset: a projection of our tables that can be rebuilt at any time.

FiftyOne is imported when a function is called and not before, because its database has to be set up first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import tables
from workbench.errors import InputError
from workbench.show import fiftyone_rows as rows
from workbench.show.crops import with_sizes
from workbench.show.fiftyone_app import fiftyone, hushed
from workbench.show.style import COLOURS

MISSES, FALSE_ALARMS = "misses", "false alarms"
_MADE_BY = "workbench"
_BATCH = 1_000


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
) -> Any:
    """Build the dataset `name`, or build it anew: ground truth, predictions, verdicts, and the saved views.

    ``ground_truth`` and ``predictions`` carry their verdict as ``outcome``, ``error``, ``cause`` and ``iou``, and under
    ``eval`` the way FiftyOne's own evaluation stores it, so that its Model Evaluation panel works. Predictions below
    the operating point lie in ``predictions_below``. A picture that nobody has labelled has no ground truth at all.

    Args:
        name: of the dataset; a dataset of that name that we made is replaced.
        images: the pictures.
        boxes: the ground truth.
        predictions: of any confidence.
        verdicts: what an evaluation of these tables said.
        root: the folder that the paths start from.
        confidence: the operating point; by default the least confidence that has a verdict.
        iou: that the verdicts were matched with.
        iteration: the round of the loop, kept in the dataset's info.
        persistent: whether the dataset stays when the database stops.

    Returns:
        The `fiftyone.Dataset`, with the saved views `MISSES` and `FALSE_ALARMS`.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if the tables do not belong together, or the name belongs to a dataset that we did not make.
        SetupError: if no mongod works here.
    """
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    predictions, verdicts = tables.validate(predictions, "predictions"), tables.validate(verdicts, "verdicts")
    tables.check_references(images, boxes, "boxes")
    tables.check_references(images, predictions, "predictions")
    folder = Path(root).absolute()
    images = with_sizes(images, folder)
    if confidence is None:
        judged = verdicts["confidence"].min()
        confidence = 0.0 if pd.isna(judged) else float(judged)
    fo = fiftyone()
    if fo.dataset_exists(name) and fo.load_dataset(name).info.get("made_by") != _MADE_BY:
        raise InputError(f"FiftyOne has a dataset '{name}' that the workbench did not make; choose another name")
    with hushed():
        dataset = fo.Dataset()
        try:
            layout = rows.layout(images, boxes, predictions)
            _declare(fo, dataset, layout)
            now = datetime.now(UTC).replace(tzinfo=None)
            made = rows.documents(
                images,
                boxes,
                predictions,
                verdicts,
                root=folder,
                confidence=confidence,
                dataset_id=dataset._doc.id,
                now=now,
            )
            while batch := list(islice(made, _BATCH)):
                dataset._sample_collection.insert_many(batch, ordered=False)
            _register_evaluation(dataset, verdicts, boxes, predictions, iou=iou)
            _save_views(fo, dataset)
            _dress(fo, dataset, layout)
            dataset.info = {"made_by": _MADE_BY, "confidence": confidence, "iou": iou, "iteration": iteration}
            dataset.save()
            if fo.dataset_exists(name):
                fo.delete_dataset(name)
            dataset.name = name
            dataset.persistent = persistent
        except BaseException:
            fo.delete_dataset(dataset.name)
            raise
    return dataset


def _declare(fo: Any, dataset: Any, layout: rows.Layout) -> None:
    """Declare every field in two steps; one by one, each would load and save the dataset's description again."""
    fields = {"text": fo.StringField, "number": fo.FloatField, "integer": fo.IntField, "flag": fo.BooleanField}
    make = dataset._sample_doc_cls._create_field
    dataset.media_type = "image"
    labels = {rows.TRUTH: layout.truth, rows.PREDICTIONS: layout.prediction, rows.BELOW: layout.prediction}
    detections = {
        name: make(name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections, fields=[]) for name in labels
    }
    dataset._merge_sample_field_schema(
        detections | {name: make(name, fields[kind]) for name, kind in layout.picture.items()}
    )
    paths = {f"{root}.detections.{name}": kind for root, kinds in labels.items() for name, kind in kinds.items()}
    dataset._merge_sample_field_schema({path: make(path, fields[kind]) for path, kind in paths.items()})


def _register_evaluation(
    dataset: Any, verdicts: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame, *, iou: float
) -> None:
    """Leave our verdicts as the results of an evaluation run, as `evaluate_detections` would have."""
    from fiftyone.utils.eval.coco import COCOEvaluationConfig

    config = COCOEvaluationConfig(rows.PREDICTIONS, rows.TRUTH, iou=iou, classwise=True, iscrowd="ignore")
    method = config.build()
    method.register_run(dataset, rows.EVAL_KEY)
    method.register_samples(dataset, rows.EVAL_KEY)
    found = [
        (m.truth, m.prediction, m.iou, m.confidence, m.truth_id, m.prediction_id)
        for m in rows.matches(verdicts, boxes, predictions)
    ]
    results = method.generate_results(dataset, found, eval_key=rows.EVAL_KEY)
    method.save_run_results(dataset, rows.EVAL_KEY, results)


def _save_views(fo: Any, dataset: Any) -> None:
    outcome = fo.ViewField("outcome")
    misses = dataset.filter_labels(rows.TRUTH, outcome == "fn").sort_by(rows.LARGEST_MISS, reverse=True)
    false_alarms = dataset.filter_labels(rows.PREDICTIONS, outcome == "fp")
    false_alarms = false_alarms.sort_by(rows.SUREST_FALSE_ALARM, reverse=True)
    dataset.save_view(MISSES, misses, description="boxes that were not found, the largest first", color=COLOURS["fn"])
    dataset.save_view(
        FALSE_ALARMS,
        false_alarms,
        description="predictions with no box to match, the surest first",
        color=COLOURS["fp"],
    )


def _dress(fo: Any, dataset: Any, layout: rows.Layout) -> None:
    """Colours by outcome; labels and verdicts first in the sidebar, and only the labels ticked."""
    from fiftyone.core.odm.dataset import ActiveFields, SidebarGroupDocument

    truth = [("tp", COLOURS["truth"]), ("fn", COLOURS["fn"]), ("ignored", COLOURS["ignored"])]
    found = [("tp", COLOURS["tp"]), ("fp", COLOURS["fp"]), ("ignored", COLOURS["ignored"])]
    config = dataset.app_config
    config.color_scheme = fo.ColorScheme(
        color_by="value",
        color_pool=[COLOURS[role] for role in ("truth", "tp", "fp", "fn", "below", "ignored")],
        fields=[
            {
                "path": path,
                "fieldColor": colour,
                "colorByAttribute": "outcome",
                "valueColors": [{"value": value, "color": shade} for value, shade in values],
            }
            for path, colour, values in (
                (rows.TRUTH, COLOURS["truth"], truth),
                (rows.PREDICTIONS, COLOURS["tp"], found),
                (rows.BELOW, COLOURS["below"], []),
            )
        ],
    )
    ours = [*rows.COUNTS, rows.LARGEST_MISS, rows.SUREST_FALSE_ALARM]
    pictures = [name for name in layout.picture if name not in ours]
    config.active_fields = ActiveFields(paths=[rows.TRUTH, rows.PREDICTIONS], exclude=False)
    config.sidebar_groups = [
        SidebarGroupDocument(name="labels", paths=[rows.TRUTH, rows.PREDICTIONS, rows.BELOW]),
        SidebarGroupDocument(name="verdicts", paths=ours),
        SidebarGroupDocument(name="tags", paths=["tags", "_label_tags"]),
        SidebarGroupDocument(name="pictures", paths=pictures),
        SidebarGroupDocument(name="metadata", paths=["metadata.width", "metadata.height"], expanded=False),
        SidebarGroupDocument(
            name="other",
            paths=[
                *("id", "filepath", "created_at", "last_modified_at"),
                *("metadata.size_bytes", "metadata.mime_type", "metadata.num_channels"),
            ],
            expanded=False,
        ),
    ]
