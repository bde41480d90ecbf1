"""Our tables as the documents that FiftyOne keeps in its database, so that they go in by the thousand.

`Dataset.add_samples` makes an object of every box and checks each against the schema, some 250 pictures a second. A
document written here is, key by key, what `add_samples` would have written (a test compares the two); the schema is
declared once, from `Layout`. Ids are derived from ours, so that a rebuilt dataset keeps its links and selections.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from bson import ObjectId

from workbench.model import geometry
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.show.fiftyone.dataset_content import (
    BELOW,
    COUNTS,
    EARLIER,
    EVAL_KEY,
    LARGEST_MISS,
    MARKS,
    PREDICTIONS,
    PRINT,
    SAID,
    SUREST_FALSE_ALARM,
    TRUTH,
    Content,
)

Document = dict[str, Any]


Match = tuple[str | None, str | None, float | None, float | None, str | None, str | None]
"""One row of FiftyOne's evaluation results: class of the box, of the prediction, IoU, confidence, and both ids.

A miss has no prediction, a false alarm no box.
"""


def object_id(kind: str, key: object) -> ObjectId:
    """The same database id for the same thing, every time: 12 bytes of hashes of its kind and our id."""
    return ObjectId(object_ids(kind, pd.Series([key]))[0])


def object_ids(kind: str, keys: pd.Series[Any]) -> list[bytes]:
    """Of a whole column at once, since one by one the ids would take as long as the labels."""
    if not len(keys):
        return []
    kind = f"{kind} int" if pd.api.types.is_integer_dtype(keys.dtype) else kind
    texts = keys.astype("str").to_numpy(dtype=object)
    held = np.empty((len(texts), 12), dtype=np.uint8)
    for start, width in ((0, 8), (8, 4)):
        salt = hashlib.blake2b(f"{kind}\0{start}".encode(), digest_size=8).hexdigest()
        hashed = pd.util.hash_array(texts, hash_key=salt, categorize=False)
        held[:, start : start + width] = hashed.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width]
    joined = held.tobytes()
    return [joined[at : at + 12] for at in range(0, len(joined), 12)]


def documents(content: Content, *, dataset_id: ObjectId, now: datetime, prints: list[str]) -> Iterator[Document]:
    """One document a picture, in the order of its images.

    Args:
        content: what to show.
        dataset_id: of the FiftyOne dataset.
        now: when they are written.
        prints: of each picture, from `Content.fingerprints`.
    """
    images, boxes, predictions = content.images, content.boxes, content.predictions
    sizes = images.set_index("image_id")[["width", "height"]].astype("int64")
    widths, heights = sizes["width"].tolist(), sizes["height"].tolist()
    said = content.layout
    per_box, per_prediction = (
        _said(content.verdicts, table, key) for table, key in ((boxes, "box_id"), (predictions, "prediction_id"))
    )
    truths = labels(boxes, per_box, "box_id", sizes, [n for n in said.truth if n not in SAID])
    fields = [name for name in said.prediction if name not in SAID]
    found = labels(predictions, per_prediction, "prediction_id", sizes, fields)
    kept = (predictions["confidence"].to_numpy(dtype=np.float64) >= content.confidence).tolist()
    of_field = {
        PREDICTIONS: by_picture(predictions["image_id"], found, kept),
        BELOW: by_picture(predictions["image_id"], found, [not keep for keep in kept]),
    }
    if content.earlier is not None:
        table, verdicts = content.earlier
        fields = [name for name in said.earlier or () if name not in SAID]
        before = labels(table, _said(verdicts, table, "prediction_id"), "prediction_id", sizes, fields, kind=EARLIER)
        of_field[EARLIER] = by_picture(table["image_id"], before)
    truth_of = by_picture(boxes["image_id"], truths)
    names = [name for name in said.picture if name in images.columns]
    columns = {name: plain(images[name]) for name in names}
    ids = object_ids("image", images["image_id"])
    parts = zip(*(plain(images[c]) for c in ("image_id", "path", "label_status", "split", "source")), strict=True)
    for i, (image_id, path, status, split, source) in enumerate(parts):
        truth = truth_of.get(image_id, [])
        document: Document = {
            "_id": ObjectId(ids[i]),
            "_dataset_id": dataset_id,
            "_media_type": "image",
            "_rand": int.from_bytes(hashlib.blake2b(str(image_id).encode(), digest_size=6).digest()) / 2**48,
            "filepath": str(content.root / (path or str(image_id))),
            "tags": [tag for tag in (split, source) if tag],
            "metadata": {"_cls": "ImageMetadata", "width": widths[i], "height": heights[i]},
            "created_at": now,
            "last_modified_at": now,
            PRINT: prints[i],
        }
        document |= {field: detections(of.get(image_id, [])) for field, of in of_field.items()}
        document |= {name: columns[name][i] for name in names if columns[name][i] not in (None, "")}
        if truth or status != "unlabelled":
            document[TRUTH] = detections(truth)
        document |= _totals(truth, document[PREDICTIONS]["detections"])
        yield document


def matches(verdicts: pd.DataFrame) -> list[Match]:
    """What FiftyOne's Model Evaluation panel counts; ignored ones are not among them."""
    counted = verdicts[verdicts["outcome"] != "ignored"]
    outcome, label = counted["outcome"], counted["class_name"]
    has_box, has_prediction = outcome.isin(("tp", "fn")), outcome.isin(("tp", "fp"))
    columns = (
        label.where(has_box),
        label.where(has_prediction),
        counted["iou"].where(outcome == "tp"),
        counted["confidence"].where(has_prediction),
    )
    ids = []
    for kind, has in (("box", has_box), ("prediction", has_prediction)):
        there = iter(object_ids(kind, counted.loc[has, f"{kind}_id"]))
        ids.append([next(there).hex() if one else None for one in has.tolist()])
    return list(zip(*map(plain, columns), *ids, strict=True))


def labels(
    table: pd.DataFrame,
    said: list[Document],
    key: str,
    sizes: pd.DataFrame,
    fields: list[str],
    *,
    kind: str = "",
) -> list[Document]:
    """One label a row.

    Args:
        table: boxes or predictions.
        said: what else each label holds.
        key: the column of our ids.
        sizes: width and height of each picture, by its id.
        fields: columns that become attributes.
        kind: what the database's ids are made of beside ours; by default the key's.
    """
    size = sizes.reindex(table["image_id"]).to_numpy(dtype=np.float64)
    xywh_rel = (geometry.xyxy_to_xywh(table[CORNERS].to_numpy()) / np.tile(size, 2)).tolist()
    kind = kind or key.removesuffix("_id")
    marks = [said or "" for said in plain(table[MARKS])] if MARKS in table else [""] * len(table)
    confidence = plain(table["confidence"]) if "confidence" in table else None
    columns = [(name, plain(table[name])) for name in fields]
    made = []
    for i, (ours, name) in enumerate(zip(object_ids(kind, table[key]), table["class_name"].tolist(), strict=True)):
        label: Document = {
            "_id": ObjectId(ours),
            "_cls": "Detection",
            "attributes": {},
            "tags": marks[i].split(",") if marks[i] else [],
            "label": name,
            "bounding_box": xywh_rel[i],
        }
        if confidence is not None:
            label["confidence"] = confidence[i]
        for field, values in columns:
            if values[i] not in (None, ""):
                label[field] = values[i]
        label.update(said[i])
        made.append(label)
    return made


def _said(verdicts: pd.DataFrame, table: pd.DataFrame, key: str) -> list[Document]:
    """For each row of `table` what its verdict says, in our words and in FiftyOne's."""
    other = "prediction_id" if key == "box_id" else "box_id"
    # A box stands twice where it is an ignored region with several predictions: the first verdict speaks for it.
    mine = verdicts[verdicts[key].notna() & ((verdicts["outcome"] != "fp") | (key == "prediction_id"))]
    mine = mine.drop_duplicates(key)
    spoken: dict[Any, Document] = {}
    names = (key, "outcome", "error", "cause", "iou", "cause_confirmed")
    partners = iter(object_ids(other.removesuffix("_id"), mine.loc[mine["outcome"] == "tp", other]))
    for ours, outcome, error, cause, iou, sure in zip(*(plain(mine[n]) for n in names), strict=True):
        label: Document = {"outcome": outcome, "error": error, "cause": cause, "iou": iou, "cause_confirmed": sure}
        label[EVAL_KEY] = None if outcome == "ignored" else outcome
        if outcome == "tp":
            label[f"{EVAL_KEY}_id"] = next(partners).hex()
            label[f"{EVAL_KEY}_iou"] = iou
        spoken[ours] = label
    unknown = spoken.keys() - set(plain(table[key]))
    if unknown:
        raise InputError(
            f"verdicts name {key} {next(iter(unknown))!r}, which its table does not hold; "
            "pass the tables they were made of"
        )
    unjudged = dict.fromkeys(("outcome", "error", "cause", "cause_confirmed", "iou", EVAL_KEY))
    return [spoken.get(ours, unjudged) for ours in plain(table[key])]


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


def detections(of_picture: list[Document]) -> Document:
    """A picture's labels as one field of its document."""
    return {"_cls": "Detections", "detections": of_picture}


def by_picture(
    keys: pd.Series[Any], found: list[Document], keep: list[bool] | None = None
) -> dict[Any, list[Document]]:
    """The labels of each picture, in their order; with `keep` only those of a true flag."""
    grouped: dict[Any, list[Document]] = {}
    for i, key in enumerate(keys.tolist()):
        if keep is None or keep[i]:
            grouped.setdefault(key, []).append(found[i])
    return grouped


def plain(values: pd.Series[Any]) -> list[Any]:
    """A column as Python's own values, ``None`` where one is missing."""
    return list(values.astype(object).where(values.notna(), None).tolist())
