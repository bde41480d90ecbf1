"""What a person does in FiftyOne's App comes back into the project: marks, accepted boxes, edited boxes.

The plugin's operators call these functions; the dataset says which project it was made from. Everything is in the
store when they return, and the dataset's own labels are changed after that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bson import ObjectId

from workbench.annotate.editing import LEAST_MOVE, merged, open_boxes
from workbench.model import tables
from workbench.model.errors import InputError, SetupError
from workbench.model.geometry import CORNERS
from workbench.project import Store, user
from workbench.project.marks import FLAGS, Kind, keys, mark, marks
from workbench.show.fiftyone.app import reaching
from workbench.show.fiftyone.dataset_content import BELOW, EARLIER, PREDICTIONS, TRUTH
from workbench.show.fiftyone.further_rounds import iteration_fields

_log = logging.getLogger(__name__)

_AGAIN = "nothing was done; call p.fiftyone(...), which starts it, and then this again"


def store_of(dataset: Any) -> Store:
    """The store of the project that a dataset shows.

    Raises:
        InputError: if it was not made from a project, or the project is not there any more.
    """
    path = dataset.info.get("store")
    if not path:
        raise InputError(f"the dataset '{dataset.name}' was not made from a project; make it with p.fiftyone(run)")
    if not Path(path).is_file():
        raise InputError(f"the project of '{dataset.name}' is not there any more ({path}); make the dataset anew")
    return Store(Path(path))


def mark_labels(
    dataset: Any, label_ids: Sequence[str], kind: Kind, value: str | bool | None = True, *, who: str | None = None
) -> int:
    """Say something of labels chosen in the App, one or hundreds. See `workbench.project.marks.mark`.

    Args:
        dataset: made from a project.
        label_ids: ids of boxes or predictions.
        kind: what is said.
        value: the cause or the note, or whether the flag is set.
        who: by default the user's login name.

    Returns:
        How many were marked.

    Raises:
        InputError: if the dataset has no project, or none of the labels is in it.
        SetupError: if FiftyOne's database does not answer; nothing is marked then.
    """
    with reaching(_AGAIN):
        store, found = store_of(dataset), list(_labels(dataset, label_ids))
    if not found:
        raise InputError("none of the labels chosen is in this dataset; choose boxes or predictions")
    rows = pd.DataFrame([row for _, _, row in found])
    done = mark(store, rows, kind, value, about=dataset.name, who=who)
    said = {row["key"]: row for row in tables.records(marks(store))}
    now = [(field, label, said.get(key, {})) for (field, label, _), key in zip(found, keys(rows), strict=True)]
    try:
        with reaching(f"{done} marks are in the project, and p.fiftyone(...) shows them"):
            _retag(dataset, now)
    except SetupError as error:
        _log.warning("%s", error)
    return done


def accept_predictions(dataset: Any, label_ids: Sequence[str], *, who: str | None = None) -> int:
    """Take predictions over as boxes of their pictures' labels; the dataset shows them when it is made again.

    Returns:
        How many boxes were added; where a box lies already, none is added a second time.

    Raises:
        InputError: if the dataset has no project, none of the labels is a prediction, all are boxes already, or one has
            a class that the project does not have; nothing is added then.
        SetupError: if FiftyOne's database does not answer; nothing is added then.
    """
    with reaching(_AGAIN):
        store = store_of(dataset)
        found = [row for _, _, row in _labels(dataset, label_ids) if row["prediction_id"] is not None]
    if not found:
        raise InputError("none of the labels chosen is a prediction; choose predictions to accept as boxes")
    added = pd.DataFrame(found)[["image_id", "class_name", *CORNERS]].assign(labeller=who or user())
    store.check_classes(added["class_name"])
    # The store gives a box its id; a name of its own is needed until then.
    added = added.assign(box_id=[f"accepted {number}" for number in range(len(added))], ignore=False)
    boxes, done = store.boxes(), 0
    for image_id, mine in added.groupby("image_id"):
        held = boxes[boxes["image_id"] == image_id]
        moved = np.abs(mine[CORNERS].to_numpy()[:, None] - held[CORNERS].to_numpy()[None]).max(axis=2, initial=0)
        same = mine["class_name"].to_numpy()[:, None] == held["class_name"].to_numpy()[None]
        new = mine[~(same & (moved < LEAST_MOVE)).any(axis=1)]
        if len(new):
            store.set_boxes(str(image_id), pd.concat([held, new], ignore_index=True), who=who, action="accept")
            done += len(new)
    if not done:
        raise InputError("the predictions chosen are boxes already; call p.fiftyone(...) to see them")
    return done


def take_edits(dataset: Any, *, who: str | None = None) -> pd.DataFrame:
    """Bring boxes that a person moved, drew, renamed or removed in the App into the project's labels.

    A picture whose labels were edited elsewhere since the dataset was made is left alone and said so.

    Returns:
        One row a picture that differs: image_id, taken (whether its boxes were set), boxes (how many it has now).

    Raises:
        InputError: if the dataset has no project, or a box a class that the project does not have; nothing is taken
            then.
        SetupError: if FiftyOne's database does not answer; nothing is taken then.
    """
    store, author = store_of(dataset), who or user()
    held, edited = dict(iter(store.boxes().groupby("image_id"))), store.last_edits()
    seen, done = int(dataset.info.get("seen") or 0), []
    with reaching(_AGAIN):
        drawn = list(dataset._sample_collection.find({TRUTH: {"$ne": None}}, {"image_id": 1, "metadata": 1, TRUTH: 1}))
    store.check_classes(str(label.get("label")) for sample in drawn for label in sample[TRUTH]["detections"])
    for sample in drawn:
        image_id = str(sample["image_id"])
        mine = held.get(image_id, tables.empty("boxes"))
        now = pd.DataFrame([_row(sample, label, "box_id") for label in sample[TRUTH]["detections"]])
        if _same(mine, now):
            continue
        taken = edited.get(image_id, 0) <= seen
        if taken:
            ignored = set(mine.loc[mine["ignore"], "box_id"])
            drawn = [replace(box, ignore=box.box_id in ignored) for box in open_boxes(now)]
            store.set_boxes(image_id, merged(mine, drawn, image_id, author), who=who)
        done.append({"image_id": image_id, "taken": taken, "boxes": len(now) if taken else len(mine)})
    return pd.DataFrame(done, columns=pd.Index(["image_id", "taken", "boxes"]))


def _labels(dataset: Any, label_ids: Sequence[str]) -> Iterator[tuple[str, ObjectId, dict[str, Any]]]:
    """For each label its field, its id and its verdict's row, as `marks.mark` takes it."""
    wanted = {ObjectId(one) for one in label_ids}
    for field in (TRUTH, PREDICTIONS, BELOW, EARLIER, *iteration_fields(dataset)):
        for sample in dataset._sample_collection.find({f"{field}.detections._id": {"$in": list(wanted)}}):
            for label in sample[field]["detections"]:
                if label["_id"] in wanted:
                    yield field, label["_id"], _row(sample, label, "box_id" if field == TRUTH else "prediction_id")


def _row(sample: dict[str, Any], label: dict[str, Any], key: str) -> dict[str, Any]:
    size = np.array([sample["metadata"]["width"], sample["metadata"]["height"]])
    low, wide = np.array(label["bounding_box"][:2]) * size, np.array(label["bounding_box"][2:]) * size
    corners = dict(zip(CORNERS, [*low.tolist(), *(low + wide).tolist()], strict=True))
    ids = {"box_id": None, "prediction_id": None} | {key: label.get(key)}
    said = {"class_name": label["label"], "confidence": label.get("confidence")}
    return {"image_id": sample["image_id"], **ids, **said, **corners}


def _retag(dataset: Any, said: list[tuple[str, ObjectId, dict[str, Any]]]) -> None:
    from pymongo import UpdateOne

    writes, now = [], datetime.now(UTC).replace(tzinfo=None)
    for field, label, one in said:
        tags = [kind for kind in FLAGS if one.get(kind)]
        values = {"tags": tags, "note": one.get("note")}
        if one.get("cause"):
            values |= {"cause": one["cause"], "cause_confirmed": True}
        change = {f"{field}.detections.$[label].{name}": value for name, value in values.items()}
        change["last_modified_at"] = now
        writes.append(
            UpdateOne({f"{field}.detections._id": label}, {"$set": change}, array_filters=[{"label._id": label}])
        )
    dataset._sample_collection.bulk_write(writes, ordered=False)
    dataset.reload()


def _same(held: pd.DataFrame, now: pd.DataFrame) -> bool:
    if len(held) != len(now) or not len(now):
        return len(held) == len(now)
    known = now.set_index("box_id").reindex(held["box_id"])
    if known["class_name"].isna().any() or known["class_name"].tolist() != held["class_name"].tolist():
        return False
    return bool((np.abs(known[CORNERS].to_numpy() - held[CORNERS].to_numpy()) < LEAST_MOVE).all())
