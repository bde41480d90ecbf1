"""Another operating point of a FiftyOne dataset, computed from what the dataset holds and without writing to it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder
from workbench.show.fiftyone.dataset_content import BELOW, PREDICTIONS, SAID, TRUTH
from workbench.version import load, part_of

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

_NO_COLUMN = {"attributes", "tags", "label", "bounding_box", "box_id", "prediction_id", *SAID}
_OF_PICTURE = {"group_id", "frame_s", "label_status"}


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


def causes_shown(dataset: Any) -> dict[str, int]:
    """How many failures of each cause the dataset's labels show at its own confidence, most frequent first."""
    counts: dict[str, int] = {}
    for field, outcome in ((TRUTH, "fn"), (PREDICTIONS, "fp")):
        labels = f"{field}.detections"
        steps = [{"$unwind": f"${labels}"}, {"$match": {f"{labels}.outcome": outcome}}]
        steps += [{"$group": {"_id": f"${labels}.cause", "failures": {"$sum": 1}}}]
        for one in dataset._sample_collection.aggregate(steps):
            counts[one["_id"]] = counts.get(one["_id"], 0) + one["failures"]
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


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
    from workbench.analyse import Inputs, evaluate_inputs

    info = key.dataset.info
    root = info.get("root")
    images: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    predictions: list[dict[str, Any]] = []
    confirmed: list[dict[str, Any]] = []
    for sample in key.dataset._sample_collection.find({}):
        size = sample["metadata"]
        image_id = str(sample["_id"])
        image = {"image_id": image_id, "label_status": "labelled", "width": size["width"], "height": size["height"]}
        image |= {name: sample[name] for name in _OF_PICTURE if sample.get(name) is not None}
        if root:
            image["path"] = Path(sample["filepath"]).relative_to(root).as_posix()
        images.append(image)
        for field, rows, ours in (
            (TRUTH, boxes, "box_id"),
            (PREDICTIONS, predictions, "prediction_id"),
            (BELOW, predictions, "prediction_id"),
        ):
            for label in (sample.get(field) or {}).get("detections", ()):
                row = {name: value for name, value in label.items() if name not in _NO_COLUMN and name[0] != "_"}
                row |= {ours: str(label["_id"]), "image_id": image_id, "class_name": label["label"]}
                if ours == "box_id":
                    row["ignore"] = bool(label.get("ignore"))  # A box drawn in the App says nothing of it.
                rows.append(row | _corners(label["bounding_box"], size))
                if label.get("cause_confirmed"):
                    confirmed.append({ours: str(label["_id"]), "cause": label["cause"]})
    said = pd.DataFrame(confirmed, columns=["box_id", "prediction_id", "cause"]) if confirmed else None
    truth, found = tables.from_rows("boxes", boxes), tables.from_rows("predictions", predictions)
    inputs = Inputs(
        "FiftyOne",
        pd.DataFrame(images),
        truth,
        found,
        None if root is None else Path(root),
        _training(info),
        confirmed=said,
    )
    return evaluate_inputs(inputs, iou=float(info.get("iou", 0.5)))


def _training(info: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    if not info.get("store") or not info.get("version"):
        return None
    version = load(ProjectFolder.open(Path(info["store"]).parent), info["version"])
    return part_of(version.images, version.boxes, "train")


def _corners(bounding_box: list[float], size: dict[str, Any]) -> dict[str, float]:
    x, y, wide, high = bounding_box
    across, down = size["width"], size["height"]
    return dict(zip(CORNERS, (x * across, y * down, (x + wide) * across, (y + high) * down), strict=True))
