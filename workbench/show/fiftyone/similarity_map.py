"""Similarity and a 2-D map in FiftyOne, from our own vectors: nothing is downloaded, no other model is run.

``failures``: every miss and every false alarm by what it looks like, from the gradients that causes are told by.
``pictures``: every picture by what a detector's backbone makes of it.

FiftyOne Brain keeps them with the dataset: "sort by similarity" and the Embeddings panel find them under `KEYS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from bson import ObjectId
from threadpoolctl import threadpool_limits

from workbench.model.errors import InputError
from workbench.show.fiftyone import dataset_content as content
from workbench.show.fiftyone.app import hushed
from workbench.show.fiftyone.documents import object_ids

if TYPE_CHECKING:
    from workbench.analyse import Evaluation
    from workbench.train import Run

Map = Literal["failures", "pictures"]
Vectors = Mapping[str, npt.NDArray[np.float32]]
"""The dataset's id of a label or a picture to its vector."""

KEYS = {
    "misses": ("misses_alike", "misses_map"),
    "false alarms": ("false_alarms_alike", "false_alarms_map"),
    "pictures": ("pictures_alike", "pictures_map"),
}
"""For each kind of thing the brain keys of its similarity and of its map."""

_SLOW_FROM = 2_000
"""From so many points on t-SNE takes minutes, and the two main axes have to do."""

_LEAST = 4
"""With fewer things there is nothing to lay out."""


def check(wanted: str | bool) -> Map | None:
    """What is to be laid out; True means the failures.

    Raises:
        InputError: if there is no such map.
    """
    if wanted in ("failures", "pictures"):
        return wanted  # type: ignore[return-value]
    if isinstance(wanted, bool):
        return "failures" if wanted else None
    raise InputError(f"fiftyone: there is no map of {wanted!r}; expected 'failures' (or True) or 'pictures'")


def lay_out(
    dataset: Any,
    evaluation: Evaluation,
    wanted: Map,
    *,
    weights: Run | Path | str = "base",
) -> list[str]:
    """Lay out what is wanted of an evaluation's dataset.

    Args:
        dataset: from `build_view`.
        evaluation: that it shows, at its confidence.
        wanted: failures or pictures.
        weights: the detector whose backbone compares pictures.

    Returns:
        The brain keys that are there now.

    Raises:
        InputError: if no picture could be read.
    """
    inputs = evaluation.inputs
    if wanted == "pictures":
        from workbench.train import embed

        names = zip(inputs.images["path"], inputs.images["image_id"], strict=True)
        vectors = embed(weights, [inputs.pictures / (path or str(key)) for path, key in names])
        return map_pictures(dataset, _by_id("image", inputs.images["image_id"], vectors))
    looks, verdicts = evaluation.looks, evaluation.verdicts
    if len(looks) and not looks.any():
        raise InputError(f"{inputs.name}: no picture below {inputs.pictures} could be read, so failures have no looks")
    failed, known = verdicts[verdicts["outcome"].isin(("fp", "fn"))], looks.any(axis=1)
    missed, false = ((failed["outcome"] == outcome).to_numpy(dtype=bool) & known for outcome in ("fn", "fp"))
    return map_failures(
        dataset,
        _by_id("box", failed.loc[missed, "box_id"], looks[missed]),
        _by_id("prediction", failed.loc[false, "prediction_id"], looks[false]),
    )


def _by_id(kind: str, ours: pd.Series[Any], vectors: npt.NDArray[np.float32]) -> Vectors:
    return {one.hex(): vector for one, vector in zip(object_ids(kind, ours), vectors, strict=True)}


def map_failures(dataset: Any, misses: Vectors, false_alarms: Vectors) -> list[str]:
    """Lay out the misses and the false alarms; what there is of either before is replaced.

    Args:
        dataset: from `build_view`.
        misses: by the id of the ground truth label.
        false_alarms: by the id of the prediction.

    Returns:
        The brain keys that are there now; none for what there are fewer than `_LEAST` of.
    """
    made = []
    for name, field, vectors in (
        ("misses", content.TRUTH, misses),
        ("false alarms", content.PREDICTIONS, false_alarms),
    ):
        forget(dataset, name)
        if len(vectors) >= _LEAST:
            made += _lay_out(_labels(dataset, field, vectors), name, field, vectors)
    return made


def map_pictures(dataset: Any, vectors: Vectors) -> list[str]:
    """Lay out the pictures; what there is of it before is replaced.

    Args:
        dataset: from `build_view`.
        vectors: by the id of the sample.
    """
    forget(dataset, "pictures")
    if len(vectors) < _LEAST:
        return []
    return _lay_out(dataset.select(list(vectors)), "pictures", None, vectors)


def forget(dataset: Any, *names: str) -> None:
    """Take maps away, all of ours where none is named: they are of what the dataset held when they were made."""
    for name in names or KEYS:
        for key in KEYS[name]:
            if dataset.has_brain_run(key):
                dataset.delete_brain_run(key)


def _labels(dataset: Any, field: str, vectors: Vectors) -> Any:
    from fiftyone import ViewField

    return dataset.filter_labels(field, ViewField("_id").is_in([ObjectId(one) for one in vectors]))


def _lay_out(view: Any, name: str, field: str | None, vectors: Vectors) -> list[str]:
    import fiftyone.brain as fob

    embeddings: Any
    if field is None:
        embeddings = np.stack([vectors[one] for one in view.values("id")])
    else:
        labels = zip(*view.values(["id", f"{field}.detections.id"]), strict=True)
        embeddings = {sample: np.stack([vectors[one] for one in ids]) for sample, ids in labels}
    alike, laid_out = KEYS[name]
    options = {"patches_field": field, "embeddings": embeddings}
    # Threads that wait for one another make seconds of what is done in tenths.
    with hushed(), threadpool_limits(1):
        fob.compute_similarity(view, **options, brain_key=alike, backend="sklearn", metric="euclidean")
        method: dict[str, Any] = {"method": "pca"}
        if len(vectors) < _SLOW_FROM:
            method = {"method": "tsne", "perplexity": min(30.0, (len(vectors) - 1) / 3), "pca_dims": None}
        fob.compute_visualization(view, **options, **method, brain_key=laid_out, seed=0, verbose=False)
    return [alike, laid_out]
