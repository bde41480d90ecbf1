"""Writes a FiftyOne dataset's pictures: all of them, or of each one the parts that have changed.

A picture's document is made of parts that change on their own: the picture with its truth, its current predictions and
their verdicts; and a field for each further iteration. A part's fingerprint is written with it, so that a kernel or a
database which dies on the way leaves parts that the next call finds stale.

The verdicts also stand as the results of one of FiftyOne's own evaluations, for its Model Evaluation panel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from bson import ObjectId

from workbench.show.fiftyone import dataset_content as content
from workbench.show.fiftyone import documents as rows
from workbench.show.fiftyone.dataset_content import PRINT, Content
from workbench.show.fiftyone.documents import matches
from workbench.show.fiftyone.further_rounds import Iteration
from workbench.show.fiftyone.similarity_map import forget


def _method(iou: float) -> Any:
    from fiftyone.utils.eval.coco import COCOEvaluationConfig

    return COCOEvaluationConfig(content.PREDICTIONS, content.TRUTH, iou=iou, classwise=True, iscrowd="ignore").build()


def register_results(dataset: Any, verdicts: pd.DataFrame, *, iou: float) -> None:
    """Leave our verdicts as the results of an evaluation run, as `evaluate_detections` would have."""
    method = _method(iou)
    method.register_run(dataset, content.EVAL_KEY)
    method.register_samples(dataset, content.EVAL_KEY)
    save_results(dataset, verdicts, iou=iou)


def save_results(dataset: Any, verdicts: pd.DataFrame, *, iou: float) -> None:
    """Put the verdicts in the place of the results that are there."""
    method = _method(iou)
    results = method.generate_results(dataset, matches(verdicts), eval_key=content.EVAL_KEY)
    # As `save_run_results` does it, but that looks at each of a million values for one that JSON does not know.
    run = method._get_run_doc(dataset, content.EVAL_KEY)
    if run.results:
        run.results.delete()
    run.results.put(json.dumps(results.serialize()).encode(), content_type="application/json")
    run.results_meta = dict(results.get_meta() or {})
    getattr(dataset, method._results_cache_field())[content.EVAL_KEY] = results
    run.save()


_BATCH = 500
"""Pictures sent at once: few enough for the database to work on some while the next are made."""
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Update:
    """What is to be written.

    Attributes:
        dataset: that it goes to.
        content: what the dataset shows.
        iterations: further ones.
        keys: the database's id of each picture.
        prints: the fingerprints of the content's part, and of each iteration's.
        stale: for each of these parts a flag for each picture.
    """

    dataset: Any
    content: Content
    iterations: Sequence[Iteration]
    keys: list[ObjectId]
    prints: list[list[str]]
    stale: list[Flags]

    def batches(self) -> Iterator[dict[ObjectId, rows.Document]]:
        """What is stale of each picture, some pictures at a time."""
        now = datetime.now(UTC).replace(tzinfo=None)
        changed = np.flatnonzero(np.any(self.stale, axis=0))
        for start in range(0, len(changed), _BATCH):
            mine = np.zeros(len(self.keys), dtype=bool)
            mine[changed[start : start + _BATCH]] = True
            batch: dict[ObjectId, rows.Document] = {}
            if (wanted := mine & self.stale[0]).any():
                prints = [one for one, asked in zip(self.prints[0], wanted, strict=True) if asked]
                part = self.content.of(wanted)
                for one in rows.documents(part, dataset_id=self.dataset._doc.id, now=now, prints=prints):
                    batch[one["_id"]] = one
            for iteration, prints, stale in zip(self.iterations, self.prints[1:], self.stale[1:], strict=True):
                if (wanted := mine & stale).any():
                    for place, one in zip(np.flatnonzero(wanted).tolist(), iteration.documents(wanted), strict=True):
                        whole = batch.setdefault(self.keys[place], {"last_modified_at": now})
                        whole[iteration.field] = {**one, PRINT: prints[place]}
            yield batch


def write(dataset: Any, content: Content, iterations: Sequence[Iteration]) -> None:
    """Fill a dataset that has no pictures yet."""
    every = np.ones(len(content.images), dtype=bool)
    update = _update_of(dataset, content, iterations, [every] * (1 + len(iterations)))
    _insert(update)


def bring_up_to_date(dataset: Any, content: Content, iterations: Sequence[Iteration], *, iou: float) -> None:
    """Write what has changed since, and take away the pictures that are gone."""
    shown = {PRINT: 1} | {f"{one.field}.{PRINT}": 1 for one in iterations}
    held = {one["_id"]: one for one in dataset._sample_collection.find({}, shown)}
    update = _update_of(dataset, content, iterations, [])
    there = [held.get(key, {}) for key in update.keys]
    fields = [None, *(one.field for one in iterations)]
    for field, prints in zip(fields, update.prints, strict=True):
        known = [one.get(PRINT) if field is None else (one.get(field) or {}).get(PRINT) for one in there]
        update.stale.append(np.array([one != old for one, old in zip(prints, known, strict=True)], dtype=bool))
    gone = list(held.keys() - set(update.keys))
    of_content = bool(gone) or bool(update.stale[0].any())
    if of_content:
        # Before the pictures: killed in between, the pictures are still stale and the next call does all of this again.
        dataset.reload()
        save_results(dataset, content.verdicts, iou=iou)
    if gone:
        dataset._sample_collection.delete_many({"_id": {"$in": gone}})
    if all(stale.all() for stale in update.stale):
        dataset._sample_collection.delete_many({})
        _insert(update)
    elif any(stale.any() for stale in update.stale):
        _change(update)
    elif not gone:
        return
    dataset.reload()
    if of_content:
        forget(dataset)


def _insert(update: Update) -> None:
    insert = partial(update.dataset._sample_collection.insert_many, ordered=False)
    _one_after_the_other(insert, (list(batch.values()) for batch in update.batches()))


def _change(update: Update) -> None:
    from pymongo import UpdateOne

    layout = update.content.layout
    of_content = {*layout.picture, *layout.labels}

    def change(key: ObjectId, one: rows.Document) -> Any:
        if one.pop("_id", None) is None:
            return UpdateOne({"_id": key}, {"$set": one})
        asked: rows.Document = {"$setOnInsert": {"created_at": one.pop("created_at")}, "$set": one}
        if left_out := of_content - one.keys():
            asked["$unset"] = dict.fromkeys(left_out, "")
        return UpdateOne({"_id": key}, asked, upsert=True)

    send = partial(update.dataset._sample_collection.bulk_write, ordered=False)
    _one_after_the_other(send, ([change(*one) for one in batch.items()] for batch in update.batches()))


def _one_after_the_other(send: Callable[[list[Any]], object], batches: Iterator[list[Any]]) -> None:
    """Send each batch while the next one is made."""
    with ThreadPoolExecutor(1) as pool:
        under_way = None
        for batch in batches:
            if under_way is not None:
                under_way.result()
            under_way = pool.submit(send, batch)
        if under_way is not None:
            under_way.result()


def _update_of(dataset: Any, content: Content, iterations: Sequence[Iteration], stale: list[Flags]) -> Update:
    keys = [ObjectId(one) for one in rows.object_ids("image", content.images["image_id"])]
    prints = [content.fingerprints(), *(one.fingerprints() for one in iterations)]
    return Update(dataset, content, iterations, keys, prints, stale)
