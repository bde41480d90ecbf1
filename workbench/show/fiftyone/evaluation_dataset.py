"""An evaluation in FiftyOne: truth, predictions and verdicts, beside earlier detectors if there are any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.analyse import Evaluation, compare
from workbench.project import Store
from workbench.show.fiftyone.dataset import build_view
from workbench.show.fiftyone.similarity_map import check, lay_out

if TYPE_CHECKING:
    from workbench.train import Run


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
    progress: bool = True,
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
        progress: show a bar where pictures are looked at.

    Raises:
        InputError: if there is no such map, or no picture could be read for one; or if a further detector has no class
            in common with the truth, or a name that makes no field.
        SetupError: if no mongod works here.
    """
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
        lay_out(dataset, evaluation, wanted, weights=weights, progress=progress)
    return dataset
