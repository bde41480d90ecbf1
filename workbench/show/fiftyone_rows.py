"""Our tables as the documents that FiftyOne keeps in its database, so that they go in by the thousand.

`Dataset.add_samples` makes an object of every box and checks each against the schema, some 250 pictures a second. A
document written here is, key by key, what `add_samples` would have written (a test compares the two); the schema is
declared once, from `Layout`. Ids are derived from ours, so that a rebuilt dataset keeps its links and selections.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from bson import ObjectId

from workbench import geometry
from workbench.errors import InputError
from workbench.geometry import CORNERS

Kind = Literal["text", "number", "integer", "flag"]
Document = dict[str, Any]

EVAL_KEY = "eval"
TRUTH, PREDICTIONS, BELOW = "ground_truth", "predictions", "predictions_below"
COUNTS = tuple(f"{EVAL_KEY}_{outcome}" for outcome in ("tp", "fp", "fn"))
LARGEST_MISS, SUREST_FALSE_ALARM = "largest_miss", "surest_false_alarm"

_SAID: dict[str, Kind] = {
    "outcome": "text",
    "error": "text",
    "cause": "text",
    "iou": "number",
    EVAL_KEY: "text",
    f"{EVAL_KEY}_id": "text",
    f"{EVAL_KEY}_iou": "number",
}
_NO_FIELD = {"path", "sha256", "width", "height"}
_TAKEN_BY_SAMPLE = {"id", "filepath", "tags", "metadata", "created_at", "last_modified_at", "sample_id", "media_type"}
_TAKEN_BY_LABEL = {"id", "tags", "attributes", "label", "bounding_box", "mask", "mask_path", "index", "instance"}


@dataclass(frozen=True)
class Layout:
    """The fields to declare: for pictures, for ground truth and for predictions, each name with its kind."""

    picture: dict[str, Kind]
    truth: dict[str, Kind]
    prediction: dict[str, Kind]


@dataclass(frozen=True)
class Match:
    """One row of FiftyOne's evaluation results: a hit, a miss (no prediction) or a false alarm (no box)."""

    truth: str | None
    prediction: str | None
    iou: float | None
    confidence: float | None
    truth_id: str | None
    prediction_id: str | None


def object_id(kind: str, key: object) -> ObjectId:
    """The same database id for the same thing, every time: 12 bytes of a hash of its kind and our id."""
    return ObjectId(hashlib.blake2b(f"{kind}\0{type(key).__name__}\0{key}".encode(), digest_size=12).digest())


def layout(images: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame) -> Layout:
    """What fields the tables need. Columns that FiftyOne has a place for are left out."""
    skip = {"image_id", "class_name", *CORNERS}
    picture = _kinds(images, _NO_FIELD, _TAKEN_BY_SAMPLE)
    picture |= {**dict.fromkeys(COUNTS, "integer"), LARGEST_MISS: "number", SUREST_FALSE_ALARM: "number"}
    return Layout(
        picture=picture,
        truth=_kinds(boxes, skip, _TAKEN_BY_LABEL | {"confidence"}) | _SAID,
        prediction=_kinds(predictions, skip | {"confidence"}, _TAKEN_BY_LABEL) | _SAID,
    )


def documents(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    verdicts: pd.DataFrame,
    *,
    root: Path,
    confidence: float,
    dataset_id: ObjectId,
    now: datetime,
) -> Iterator[Document]:
    """One document a picture, in the order of `images`.

    Args:
        images: checked, every picture with its upright width and height.
        boxes: checked.
        predictions: checked.
        verdicts: checked; each box and each prediction at or above `confidence` of an evaluated picture has one.
        root: the absolute folder that the paths start from.
        confidence: predictions from here on go to `PREDICTIONS`, the others to `BELOW`.
        dataset_id: of the FiftyOne dataset.
        now: when they are written.
    """
    sizes = images.set_index("image_id")[["width", "height"]].astype("int64")
    widths, heights = sizes["width"].tolist(), sizes["height"].tolist()
    said = layout(images, boxes, predictions)
    per_box, per_prediction = _said(verdicts, boxes, "box_id"), _said(verdicts, predictions, "prediction_id")
    truths = _labels(boxes, per_box, "box_id", sizes, [n for n in said.truth if n not in _SAID])
    found = _labels(predictions, per_prediction, "prediction_id", sizes, [n for n in said.prediction if n not in _SAID])
    kept = (predictions["confidence"].to_numpy(dtype=np.float64) >= confidence).tolist()
    truth_of = _by_picture(boxes["image_id"], truths)
    above_of = _by_picture(predictions["image_id"], found, kept)
    below_of = _by_picture(predictions["image_id"], found, [not keep for keep in kept])
    fields = [name for name in said.picture if name in images.columns]
    columns = {name: _plain(images[name]) for name in fields}
    for i, (image_id, path, status, split) in enumerate(
        zip(*(_plain(images[c]) for c in ("image_id", "path", "label_status", "split")), strict=True)
    ):
        truth, above, below = truth_of.get(image_id, []), above_of.get(image_id, []), below_of.get(image_id, [])
        document: Document = {
            "_id": object_id("image", image_id),
            "_dataset_id": dataset_id,
            "_media_type": "image",
            "_rand": int.from_bytes(hashlib.blake2b(str(image_id).encode(), digest_size=6).digest()) / 2**48,
            "filepath": str(root / (path or str(image_id))),
            "tags": [split] if split else [],
            "metadata": {"_cls": "ImageMetadata", "width": widths[i], "height": heights[i]},
            "created_at": now,
            "last_modified_at": now,
            PREDICTIONS: {"_cls": "Detections", "detections": above},
            BELOW: {"_cls": "Detections", "detections": below},
        }
        document |= {name: columns[name][i] for name in fields if columns[name][i] not in (None, "")}
        if truth or status != "unlabelled":
            document[TRUTH] = {"_cls": "Detections", "detections": truth}
        document |= _totals(truth, above)
        yield document


def matches(verdicts: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame) -> Iterator[Match]:
    """What FiftyOne's Model Evaluation panel counts; ignored ones are not among them."""
    counted = verdicts[verdicts["outcome"] != "ignored"]
    truth = dict(zip(boxes["box_id"], boxes["class_name"], strict=True))
    found = dict(zip(predictions["prediction_id"], predictions["class_name"], strict=True))
    columns = ("outcome", "box_id", "prediction_id", "iou", "confidence")
    for outcome, box, prediction, iou, confidence in zip(*(_plain(counted[c]) for c in columns), strict=True):
        has_box, has_prediction = outcome in ("tp", "fn"), outcome in ("tp", "fp")
        yield Match(
            truth[box] if has_box else None,
            found[prediction] if has_prediction else None,
            iou if outcome == "tp" else None,
            confidence if has_prediction else None,
            str(object_id("box", box)) if has_box else None,
            str(object_id("prediction", prediction)) if has_prediction else None,
        )


def _labels(
    table: pd.DataFrame, said: list[Document], key: str, sizes: pd.DataFrame, fields: list[str]
) -> list[Document]:
    size = sizes.reindex(table["image_id"]).to_numpy(dtype=np.float64)
    xywh_rel = (geometry.xyxy_to_xywh(table[CORNERS].to_numpy()) / np.tile(size, 2)).tolist()
    kind = key.removesuffix("_id")
    confidence = _plain(table["confidence"]) if "confidence" in table else None
    columns = [(name, _plain(table[name])) for name in fields]
    labels = []
    for i, (ours, name) in enumerate(zip(_plain(table[key]), table["class_name"].tolist(), strict=True)):
        label: Document = {
            "_id": object_id(kind, ours),
            "_cls": "Detection",
            "attributes": {},
            "tags": [],
            "label": name,
            "bounding_box": xywh_rel[i],
        }
        if confidence is not None:
            label["confidence"] = confidence[i]
        for field, values in columns:
            if values[i] not in (None, ""):
                label[field] = values[i]
        label.update(said[i])
        labels.append(label)
    return labels


def _said(verdicts: pd.DataFrame, table: pd.DataFrame, key: str) -> list[Document]:
    """For each row of `table` what its verdict says, in our words and in FiftyOne's."""
    other = "prediction_id" if key == "box_id" else "box_id"
    # A box stands twice where it is an ignored region with several predictions: the first verdict speaks for it.
    mine = verdicts[verdicts[key].notna() & ((verdicts["outcome"] != "fp") | (key == "prediction_id"))]
    mine = mine.drop_duplicates(key)
    spoken: dict[Any, Document] = {}
    names = (key, other, "outcome", "error", "cause", "iou")
    for ours, partner, outcome, error, cause, iou in zip(*(_plain(mine[n]) for n in names), strict=True):
        label: Document = {"outcome": outcome, "error": error, "cause": cause, "iou": iou}
        label[EVAL_KEY] = None if outcome == "ignored" else outcome
        if outcome == "tp":
            label[f"{EVAL_KEY}_id"] = str(object_id(other.removesuffix("_id"), partner))
            label[f"{EVAL_KEY}_iou"] = iou
        spoken[ours] = label
    unknown = spoken.keys() - set(_plain(table[key]))
    if unknown:
        raise InputError(
            f"verdicts name {key} {next(iter(unknown))!r}, which its table does not hold; "
            "pass the tables they were made of"
        )
    unjudged = dict.fromkeys(("outcome", "error", "cause", "iou", EVAL_KEY))
    return [spoken.get(ours, unjudged) for ours in _plain(table[key])]


def _totals(truth: list[Document], above: list[Document]) -> Document:
    said = [label.get(EVAL_KEY) for label in above]
    missed = [label["bounding_box"] for label in truth if label.get(EVAL_KEY) == "fn"]
    wrong = [label["confidence"] for label in above if label.get(EVAL_KEY) == "fp"]
    totals: Document = dict(zip(COUNTS, (said.count("tp"), len(wrong), len(missed)), strict=True))
    if missed:
        totals[LARGEST_MISS] = max(box[2] * box[3] for box in missed)
    if wrong:
        totals[SUREST_FALSE_ALARM] = max(wrong)
    return totals


def _by_picture(
    keys: pd.Series[Any], labels: list[Document], keep: list[bool] | None = None
) -> dict[Any, list[Document]]:
    grouped: dict[Any, list[Document]] = {}
    for i, key in enumerate(keys.tolist()):
        if keep is None or keep[i]:
            grouped.setdefault(key, []).append(labels[i])
    return grouped


def _kinds(table: pd.DataFrame, skip: set[str], taken: set[str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name in map(str, table.columns):
        usable = name.isidentifier() and not name.startswith("_") and name not in taken
        if name in skip or not usable or name in _SAID:
            continue
        dtype = table[name].dtype
        if pd.api.types.is_bool_dtype(dtype):
            kinds[name] = "flag"
        elif pd.api.types.is_integer_dtype(dtype):
            kinds[name] = "integer"
        elif pd.api.types.is_float_dtype(dtype):
            kinds[name] = "number"
        elif isinstance(dtype, pd.StringDtype):
            kinds[name] = "text"
    return kinds


def _plain(values: pd.Series[Any]) -> list[Any]:
    """A column as Python's own values, ``None`` where one is missing."""
    return list(values.astype(object).where(values.notna(), None).tolist())
