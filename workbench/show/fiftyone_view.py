"""The FiftyOne dataset: a projection of our tables that can be rebuilt at any time, and the App that shows it.

The one module that imports fiftyone, and only when a function is called: its database has to be set up first.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import mongod, quiet, tables
from workbench.errors import InputError, SetupError
from workbench.show import fiftyone_rows as rows
from workbench.show.crops import with_sizes
from workbench.show.style import COLOURS

MISSES, FALSE_ALARMS = "misses", "false alarms"
DEFAULT_PORT = 5151
_MADE_BY = "workbench"
_BATCH = 1_000


@dataclass(frozen=True)
class App:
    """A running FiftyOne App; it stops with this process, or with `close`.

    Attributes:
        session: FiftyOne's own session, for whoever wants more of it.
        port: on the loopback address.
    """

    session: Any
    port: int

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://127.0.0.1:{self.port}/"

    def wait(self) -> None:
        """Return when the last browser tab is closed."""
        with _hushed():
            self.session.wait()

    def close(self) -> None:
        """Stop the App; the dataset stays."""
        with _hushed():
            self.session.close()

    def _repr_html_(self) -> str:
        return f'FiftyOne is running: <a href="{self.url}" target="_blank">{self.url}</a>'


def fiftyone() -> Any:
    """FiftyOne, with its database in our folder, off the network and silent.

    Raises:
        SetupError: if no mongod works here or its database cannot be opened.
    """
    quiet.apply()
    mongod.apply()
    from pymongo.errors import PyMongoError

    try:
        import fiftyone as fo
        from fiftyone.core import service

        service.DatabaseService.service_name = mongod.service_name()
        fo.config.show_progress_bars = False
        with _hushed():
            fo.list_datasets()
    except (OSError, RuntimeError, PyMongoError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SetupError(f"FiftyOne's database does not start ({reason}): run `workbench doctor`") from error
    return fo


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
    with _hushed():
        dataset = fo.Dataset()
        try:
            _declare(fo, dataset, rows.layout(images, boxes, predictions))
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
            _dress(fo, dataset)
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


def launch(dataset: Any, *, port: int | None = None, remote: bool = False, view: str | None = None) -> App:
    """Open the App on the loopback address.

    Args:
        dataset: from `build_view`.
        port: to serve at; by default `DEFAULT_PORT`, or another one if that is taken.
        remote: do not open a browser.
        view: a saved view to open with, such as `MISSES`.

    Raises:
        InputError: if the port asked for is taken, or there is no such view.
        SetupError: if no mongod works here.
    """
    fo = fiftyone()
    if port is not None and not _is_free(port):
        raise InputError(f"port {port} of 127.0.0.1 is taken; choose another one or leave the port out")
    if view is not None and not dataset.has_saved_view(view):
        raise InputError(f"there is no saved view '{view}'; there are {', '.join(dataset.list_saved_views())}")
    chosen = port or (DEFAULT_PORT if _is_free(DEFAULT_PORT) else mongod.free_port())
    with _hushed():
        session = fo.launch_app(
            dataset,
            view=dataset.load_saved_view(view) if view else None,
            port=chosen,
            address="127.0.0.1",
            remote=remote,
            auto=False,
        )
    return App(session, chosen)


def _declare(fo: Any, dataset: Any, layout: rows.Layout) -> None:
    fields = {"text": fo.StringField, "number": fo.FloatField, "integer": fo.IntField, "flag": fo.BooleanField}
    dataset.media_type = "image"
    for name in (rows.TRUTH, rows.PREDICTIONS, rows.BELOW):
        dataset.add_sample_field(name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections)
    for name, kind in layout.picture.items():
        dataset.add_sample_field(name, fields[kind])
    for root, kinds in (
        (rows.TRUTH, layout.truth),
        (rows.PREDICTIONS, layout.prediction),
        (rows.BELOW, layout.prediction),
    ):
        for name, kind in kinds.items():
            dataset.add_sample_field(f"{root}.detections.{name}", fields[kind])


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
    method.add_fields_to_sidebar_group(dataset, rows.EVAL_KEY, omit_fields=(rows.PREDICTIONS, rows.TRUTH))


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


def _dress(fo: Any, dataset: Any) -> None:
    """Colours by outcome, and only what a person looks at first ticked in the sidebar."""
    truth = [("tp", COLOURS["truth"]), ("fn", COLOURS["fn"]), ("ignored", COLOURS["ignored"])]
    found = [("tp", COLOURS["tp"]), ("fp", COLOURS["fp"]), ("ignored", COLOURS["ignored"])]
    dataset.app_config.color_scheme = fo.ColorScheme(
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
    dataset.app_config.active_fields = fo.core.odm.dataset.ActiveFields(
        paths=[rows.TRUTH, rows.PREDICTIONS], exclude=False
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep FiftyOne's messages out of the user's terminal and cells; warnings still come through."""
    logger = logging.getLogger("fiftyone")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
