"""Another operating point of a FiftyOne dataset, computed from what the dataset holds and without writing to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import tables
from workbench.geometry import CORNERS
from workbench.show.fiftyone_content import BELOW, PREDICTIONS, TRUTH

if TYPE_CHECKING:
    from workbench.analyse import Evaluation


def evaluation_of(dataset: Any, *, confidence: float) -> Evaluation:
    """The evaluation of a dataset at a confidence; its ids are those of the dataset's labels.

    The tables are read back once and kept until the dataset is made anew or brought up to date.

    Args:
        dataset: from `build_view`.
        confidence: predictions from here on count.
    """
    stamp = str(max((one["last_modified_at"] for one in _newest(dataset)), default=""))
    return _whole(_Key(dataset, f"{dataset.name} {stamp} {len(dataset)}")).at(confidence=confidence)


def failing_labels(evaluation: Evaluation) -> list[str]:
    """The dataset's ids of every miss and every false alarm."""
    verdicts = evaluation.verdicts
    missed, false = verdicts["outcome"] == "fn", verdicts["outcome"] == "fp"
    return [*verdicts.loc[missed, "box_id"].tolist(), *verdicts.loc[false, "prediction_id"].tolist()]


class _Key:
    """A dataset with the moment of its last change: two of the same moment are the same to the cache."""

    def __init__(self, dataset: Any, stamp: str) -> None:
        self.dataset, self.stamp = dataset, stamp

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.stamp == self.stamp

    def __hash__(self) -> int:
        return hash(self.stamp)


def _newest(dataset: Any) -> list[dict[str, Any]]:
    return list(dataset._sample_collection.find({}, {"last_modified_at": 1}).sort("last_modified_at", -1).limit(1))


@lru_cache(maxsize=2)
def _whole(key: _Key) -> Evaluation:
    from workbench.analyse import evaluate

    images: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    predictions: list[dict[str, Any]] = []
    for sample in key.dataset._sample_collection.find({}):
        size = sample["metadata"]
        image_id = str(sample["_id"])
        status = sample.get("label_status", "labelled")
        images.append({"image_id": image_id, "label_status": status, "width": size["width"], "height": size["height"]})
        for field, rows, ours in (
            (TRUTH, boxes, "box_id"),
            (PREDICTIONS, predictions, "prediction_id"),
            (BELOW, predictions, "prediction_id"),
        ):
            for label in (sample.get(field) or {}).get("detections", ()):
                x, y, wide, high = label["bounding_box"]
                corners = (
                    x * size["width"],
                    y * size["height"],
                    (x + wide) * size["width"],
                    (y + high) * size["height"],
                )
                row = {ours: str(label["_id"]), "image_id": image_id, "class_name": label["label"]}
                row |= dict(zip(CORNERS, corners, strict=True))
                row |= (
                    {"ignore": bool(label.get("ignore"))} if ours == "box_id" else {"confidence": label["confidence"]}
                )
                rows.append(row)
    iou = float(key.dataset.info.get("iou", 0.5))
    return evaluate(
        pd.DataFrame(images), tables.from_rows("boxes", boxes), tables.from_rows("predictions", predictions), iou=iou
    )
