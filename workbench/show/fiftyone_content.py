"""What a FiftyOne dataset holds: the names of its fields, what kind each is, and the tables that fill it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.geometry import CORNERS
from workbench.show.fiftyone_dress import MARKS

Kind = Literal["text", "number", "integer", "flag"]

EVAL_KEY = "eval"
TRUTH, PREDICTIONS, BELOW, EARLIER = "ground_truth", "predictions", "predictions_below", "predictions_before"
PRINT = "fingerprint"
COUNTS = tuple(f"{EVAL_KEY}_{outcome}" for outcome in ("tp", "fp", "fn"))
LARGEST_MISS, SUREST_FALSE_ALARM = "largest_miss", "surest_false_alarm"

SAID: dict[str, Kind] = {
    "outcome": "text",
    "error": "text",
    "cause": "text",
    "cause_confirmed": "flag",
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
    """The fields to declare: for pictures, for ground truth and for predictions, each name with its kind.

    Attributes:
        picture: of the picture itself.
        truth: of a box.
        prediction: of a prediction.
        earlier: of an earlier iteration's prediction, None where there is no earlier iteration.
    """

    picture: dict[str, Kind]
    truth: dict[str, Kind]
    prediction: dict[str, Kind]
    earlier: dict[str, Kind] | None = None

    @property
    def labels(self) -> dict[str, dict[str, Kind]]:
        """The label fields and what each label holds."""
        found = {TRUTH: self.truth, PREDICTIONS: self.prediction, BELOW: self.prediction}
        return found if self.earlier is None else {**found, EARLIER: self.earlier}


@dataclass(frozen=True, eq=False)
class Content:
    """Everything that a dataset shows, as tables.

    Attributes:
        images: checked, every picture with its upright width and height.
        boxes: checked.
        predictions: checked.
        verdicts: checked; each box and each prediction at or above `confidence` of an evaluated picture has one.
        root: the absolute folder that the paths start from.
        confidence: predictions from here on go to `PREDICTIONS`, the others to `BELOW`.
        earlier: the last iteration's predictions at or above the confidence and their verdicts, or None.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    predictions: pd.DataFrame
    verdicts: pd.DataFrame
    root: Path
    confidence: float
    earlier: tuple[pd.DataFrame, pd.DataFrame] | None = None

    def of(self, keep: pd.Series[Any]) -> Content:
        """The part of it that is about these pictures."""
        ids = set(keep.tolist())

        def part(table: pd.DataFrame) -> pd.DataFrame:
            return table[[key in ids for key in table["image_id"].tolist()]].reset_index(drop=True)

        return replace(
            self,
            images=part(self.images),
            boxes=part(self.boxes),
            predictions=part(self.predictions),
            verdicts=part(self.verdicts),
            earlier=None if self.earlier is None else (part(self.earlier[0]), part(self.earlier[1])),
        )

    @property
    def layout(self) -> Layout:
        """What fields it needs."""
        made = layout(self.images, self.boxes, self.predictions)
        return made if self.earlier is None else replace(made, earlier=_fields(self.earlier[0]))

    def fingerprints(self) -> list[str]:
        """For each picture a number that changes when anything shown of it does, in the order of `images`."""
        place = pd.Index(self.images["image_id"])
        total = np.zeros(len(place), dtype=np.uint64)
        held = [self.images, self.boxes, self.predictions, self.verdicts, *(self.earlier or ())]
        for number, table in enumerate(held):
            if len(table):
                prints = pd.util.hash_pandas_object(table, index=False).to_numpy(dtype=np.uint64)
                # A sum does not heed the order of rows; an odd factor keeps the tables apart.
                np.add.at(total, place.get_indexer(pd.Index(table["image_id"])), prints * np.uint64(2 * number + 3))
        said = np.uint64(
            int.from_bytes(hashlib.blake2b(repr((str(self.root), self.confidence)).encode(), digest_size=8).digest())
        )
        return [f"{int(one):016x}" for one in total ^ said]


def layout(images: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame) -> Layout:
    """What fields the tables need. Columns that FiftyOne has a place for are left out."""
    skip = {"image_id", "class_name", MARKS, *CORNERS}
    picture = _kinds(images, _NO_FIELD, _TAKEN_BY_SAMPLE)
    picture |= {**dict.fromkeys(COUNTS, "integer"), LARGEST_MISS: "number", SUREST_FALSE_ALARM: "number", PRINT: "text"}
    truth = _kinds(boxes, skip, _TAKEN_BY_LABEL | {"confidence"}) | SAID
    return Layout(picture=picture, truth=truth, prediction=_fields(predictions))


def _fields(predictions: pd.DataFrame) -> dict[str, Kind]:
    skip = {"image_id", "class_name", "confidence", MARKS, *CORNERS}
    return _kinds(predictions, skip, _TAKEN_BY_LABEL) | SAID


def _kinds(table: pd.DataFrame, skip: set[str], taken: set[str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name in map(str, table.columns):
        usable = name.isidentifier() and not name.startswith("_") and name not in taken
        if name in skip or not usable or name in SAID:
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
