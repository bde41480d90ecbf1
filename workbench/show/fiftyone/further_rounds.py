"""Further iterations in a FiftyOne dataset: a field of predictions each, that comes, changes and goes by itself.

What a field shows of a picture depends on the picture's predictions and boxes and on nothing else. Its fingerprint is
made of these, lies inside the field, and pictures that have not changed are not even evaluated.

Also the fields of a dataset, declared in bulk; those of further rounds come and go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse import judge
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.show.fiftyone import documents as rows
from workbench.show.fiftyone.dataset_content import (
    BELOW,
    EARLIER,
    PREDICTIONS,
    Kind,
    Layout,
    as_fingerprints,
    fields_of,
    sums_by_picture,
)

Flags = npt.NDArray[np.bool_]

_SAID: dict[str, Kind] = {"outcome": "text", "error": "text", "iou": "number"}


@dataclass(frozen=True, eq=False)
class Truth:
    """What all iterations are held against.

    Attributes:
        images: checked, every picture with its upright width and height.
        boxes: checked.
        confidence: predictions from here on count.
        iou: least IoU of a hit.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    confidence: float
    iou: float

    def place(self, table: pd.DataFrame) -> npt.NDArray[np.int64]:
        """The row of `images` that each row of a table is about."""
        return tables.positions(table["image_id"], self.images["image_id"])

    @cached_property
    def places(self) -> npt.NDArray[np.int64]:
        """The row of `images` that each box lies in."""
        return self.place(self.boxes)

    @cached_property
    def sums(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """For each picture what changes when it or its boxes do."""
        pictures, boxes = self.images[["image_id", "width", "height", "label_status"]], self.boxes
        judged = boxes[["image_id", "class_name", *CORNERS, "ignore"]]
        every = np.arange(len(pictures))
        return sums_by_picture(pictures, every, len(pictures)), sums_by_picture(judged, self.places, len(pictures))


@dataclass(frozen=True, eq=False)
class Iteration:
    """One further iteration.

    Attributes:
        name: as people say it.
        predictions: checked, those at or above the operating point.
        truth: that they are held against.
    """

    name: str
    predictions: pd.DataFrame
    truth: Truth = field(repr=False)

    @property
    def field(self) -> str:
        """Of the dataset."""
        return field_of(self.name)

    @property
    def kinds(self) -> dict[str, Kind]:
        """What each label holds."""
        return fields_of(self.predictions, _SAID)

    def fingerprints(self) -> list[str]:
        """For each picture what changes when its field does, in the order of the truth's images."""
        found = sums_by_picture(self.predictions, self._places, len(self.truth.images))
        return as_fingerprints([found, *self.truth.sums], (self.truth.confidence, self.truth.iou))

    def documents(self, wanted: Flags) -> Iterator[rows.Document]:
        """The field of each of some pictures; no other picture is looked at.

        Args:
            wanted: a flag for each of the truth's images.
        """
        images = self.truth.images[wanted].reset_index(drop=True)
        boxes = self.truth.boxes[wanted[self.truth.places]].reset_index(drop=True)
        found = self.predictions[wanted[self._places]].reset_index(drop=True)
        said: list[rows.Document] = [dict.fromkeys(_SAID) for _ in range(len(found))]
        if images["label_status"].isin(tables.COUNTED_STATUSES).any():
            at, iou = self.truth.confidence, self.truth.iou
            verdicts = judge(images, boxes, found, confidence=at, iou=iou, checked=True)
            mine = verdicts[verdicts["prediction_id"].notna()]
            place = tables.positions(mine["prediction_id"].astype(found["prediction_id"].dtype), found["prediction_id"])
            columns = [rows.plain(mine[name]) for name in _SAID]
            for row, values in zip(place.tolist(), zip(*columns, strict=True), strict=True):
                said[row] = dict(zip(_SAID, values, strict=True))
        sizes = images.set_index("image_id")[["width", "height"]].astype("int64")
        attributes = [name for name in self.kinds if name not in _SAID]
        made = rows.labels(found, said, "prediction_id", sizes, attributes, kind=self.field)
        of_picture = rows.by_picture(found["image_id"], made)
        for image_id in images["image_id"].tolist():
            yield rows.detections(of_picture.get(image_id, []))

    @cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        return self.truth.place(self.predictions)


def field_of(name: str) -> str:
    """The field of an iteration's predictions: `r3` lies in ``predictions_r3``.

    Raises:
        InputError: if the name is empty, or its field has another meaning.
    """
    word = re.sub(r"\W+", "_", name).strip("_")
    made = f"{PREDICTIONS}_{word}"
    if not word or made in (BELOW, EARLIER):
        raise InputError(f"fiftyone: an iteration cannot be called {name!r}; name it otherwise, such as 'r3'")
    return made


def iterations_of(
    found: Mapping[str, pd.DataFrame], images: pd.DataFrame, boxes: pd.DataFrame, *, confidence: float, iou: float
) -> list[Iteration]:
    """Check iterations' predictions and lay them beside the truth.

    Args:
        found: each iteration's name with its predictions of any confidence.
        images: checked, every picture with its upright width and height.
        boxes: checked.
        confidence: predictions from here on count.
        iou: least IoU of a hit.

    Raises:
        TableError: if predictions break a rule, or are of other pictures.
        InputError: if a name makes no field, or two make the same.
    """
    truth, of_field = Truth(images, boxes, confidence, iou), dict[str, Iteration]()
    for name, table in found.items():
        predictions = tables.validate(table, "predictions")
        tables.check_references(images, predictions, f"predictions of {name}")
        counted = predictions[predictions["confidence"] >= confidence].reset_index(drop=True)
        made = Iteration(name, counted, truth)
        if (other := of_field.setdefault(made.field, made)) is not made:
            raise InputError(f"fiftyone: the iterations {other.name!r} and {name!r} would both be {made.field}")
    return list(of_field.values())


_OURS = "iteration"
"""Key of a field's own info, by which a field of ours is known from one that a person made."""


def declare(fo: Any, dataset: Any, layout: Layout) -> None:
    """Declare the fields that every dataset of ours has."""
    dataset.media_type = "image"
    make, kinds = dataset._sample_doc_cls._create_field, _kinds(fo)
    dataset._merge_sample_field_schema({name: make(name, kinds[kind]) for name, kind in layout.picture.items()})
    _declare_labels(fo, dataset, layout.labels, {})


def follow(fo: Any, dataset: Any, iterations: Sequence[Iteration]) -> tuple[list[str], list[str]]:
    """Declare the fields of these iterations and drop those of others, and of one whose labels hold something else.

    A field says of itself that it is ours, so a kernel that dies on the way leaves nothing that the next does not know.

    Returns:
        The fields that came and those that went; one that was made anew is in both.

    Raises:
        InputError: if a person has a field of the same name.
    """
    schema = dataset.get_field_schema()
    held = {name: one.info if _OURS in (one.info or {}) else None for name, one in schema.items()}
    wanted = {one.field: _told(one) for one in iterations}
    foreign = next((name for name in wanted if name in held and not held[name]), None)
    if foreign is not None:
        raise InputError(f"the dataset has a field '{foreign}' that the workbench did not make; rename it")
    gone = [name for name, told in held.items() if told and wanted.get(name) != told]
    if gone:
        dataset.delete_sample_fields(gone)
    new = {one.field: one for one in iterations if held.get(one.field) != wanted[one.field]}
    if new:
        about = {name: {"description": f"what {one.name} found", "info": wanted[name]} for name, one in new.items()}
        _declare_labels(fo, dataset, {name: one.kinds for name, one in new.items()}, about)
    return list(new), gone


def iteration_fields(dataset: Any) -> list[str]:
    """The fields of further iterations that a dataset has."""
    return [name for name, one in dataset.get_field_schema().items() if _OURS in (one.info or {})]


def _told(iteration: Iteration) -> dict[str, Any]:
    return {_OURS: iteration.name, "attributes": dict(iteration.kinds)}


def _declare_labels(
    fo: Any, dataset: Any, labels: Mapping[str, Mapping[str, Kind]], about: Mapping[str, Mapping[str, Any]]
) -> None:
    """In two steps; one by one, each field would load and save the dataset's description again."""
    make, kinds = dataset._sample_doc_cls._create_field, _kinds(fo)
    fields = {
        name: make(name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections, fields=[], **about.get(name, {}))
        for name in labels
    }
    dataset._merge_sample_field_schema(fields)
    paths = {f"{root}.detections.{name}": kind for root, held in labels.items() for name, kind in held.items()}
    dataset._merge_sample_field_schema({path: make(path, kinds[kind]) for path, kind in paths.items()})


def _kinds(fo: Any) -> dict[Kind, Any]:
    return {"text": fo.StringField, "number": fo.FloatField, "integer": fo.IntField, "flag": fo.BooleanField}
