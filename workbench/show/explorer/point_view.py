"""One operating point of an evaluation as arrays, so that a slider's move costs counting and no searching.

Only the public tables of an evaluation are read. Texts become numbers once, everything after that is
NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workbench.model.tables import ERRORS, FN, FP, OUTCOMES, TP

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SWEEP = np.arange(1, 100) / 100
MOST_PARTS = 24
"""A column with more different values than this makes no slice."""


@dataclass(frozen=True, eq=False)
class PointView:
    """The verdicts at one confidence and IoU, coded; every array has a value a row.

    Attributes:
        evaluation: at this operating point.
        verdicts: its verdicts.
        picture: position of the picture in the images, ascending.
        label: position in `classes`.
        outcome: position in `tables.OUTCOMES`.
        error: position in `tables.ERRORS`, -1 for none.
        cause: position in `causes`, -1 for none.
        confidence: NaN for a miss.
        iou: NaN where there is none.
        classes: the class names.
        causes: the causes that occur.
    """

    evaluation: Evaluation
    verdicts: pd.DataFrame
    picture: Ints
    label: Ints
    outcome: Ints
    error: Ints
    cause: Ints
    confidence: Floats
    iou: Floats
    classes: tuple[str, ...]
    causes: tuple[str, ...]

    @cached_property
    def failed(self) -> Flags:
        """Rows that are misses or false alarms."""
        return np.asarray((self.outcome == FP) | (self.outcome == FN))

    @cached_property
    def ids(self) -> dict[str, Any]:
        """The columns ``box_id`` and ``prediction_id`` by themselves: a column taken from a table costs more."""
        return {key: self.verdicts[key].array for key in ("box_id", "prediction_id")}

    def of_picture(self, picture: int) -> slice:
        """The rows of one picture, which lie together."""
        start, end = np.searchsorted(self.picture, [picture, picture + 1]).tolist()
        return slice(start, end)


def point_view(evaluation: Evaluation, pictures: pd.Index[Any]) -> PointView:
    """Code an evaluation's verdicts.

    Args:
        evaluation: at the operating point.
        pictures: the ids of the images, in their order.
    """
    verdicts = evaluation.verdicts
    image, ids = coded(verdicts["image_id"])
    cause, causes = coded(verdicts["cause"])
    classes = evaluation.settings.classes
    return PointView(
        evaluation,
        verdicts,
        picture=pictures.get_indexer(pd.Index(ids))[image] if len(image) else image,
        label=coded_as(verdicts["class_name"], classes),
        outcome=coded_as(verdicts["outcome"], OUTCOMES),
        error=coded_as(verdicts["error"], ERRORS),
        cause=cause,
        confidence=verdicts["confidence"].to_numpy(dtype=np.float64, na_value=np.nan),
        iou=verdicts["iou"].to_numpy(dtype=np.float64, na_value=np.nan),
        classes=classes,
        causes=tuple(causes),
    )


def coded(values: pd.Series[Any]) -> tuple[Ints, list[Any]]:
    """A column as positions in the list of its different values, -1 where one is missing."""
    column = pa.array(values, from_pandas=True)
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False) if not encoded.null_count else encoded.indices.fill_null(-1)
    return np.asarray(codes, dtype=np.int64), encoded.dictionary.to_pylist()


def coded_as(values: pd.Series[Any], names: Sequence[str]) -> Ints:
    """A column as positions in `names`, -1 where it is missing or no such name."""
    codes, found = coded(values)
    place = {name: number for number, name in enumerate(names)}
    return np.array([*(place.get(name, -1) for name in found), -1], dtype=np.int64)[codes]


def parts(images: pd.DataFrame) -> dict[str, Flags]:
    """The slices that a set of pictures can be cut into, each with the pictures in it.

    A text or a flag with 2 to `MOST_PARTS` different values gives a slice a value (``source: web``), a measure gives
    its low, middle and high third (``brightness: low``).

    Args:
        images: a checked `images` table.
    """
    found: dict[str, Flags] = {}
    for name in images.columns:
        values = images[name]
        if name in ("image_id", "path", "sha256", "width", "height", "frame_s"):
            continue
        if pd.api.types.is_bool_dtype(values.dtype) or not pd.api.types.is_numeric_dtype(values.dtype):
            kinds = values.astype("str").where(values.notna() & (values.astype("str") != ""))
            names = sorted(kinds.dropna().unique())
            if 2 <= len(names) <= MOST_PARTS:
                found |= {f"{name}: {one}": (kinds == one).to_numpy(dtype=bool, na_value=False) for one in names}
            continue
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        if len(np.unique(numbers[~np.isnan(numbers)])) >= 6:
            low, high = np.nanquantile(numbers, (1 / 3, 2 / 3))
            found |= {
                f"{name}: low": numbers <= low,
                f"{name}: middle": (numbers > low) & (numbers <= high),
                f"{name}: high": numbers > high,
            }
    return {name: flags for name, flags in found.items() if flags.any()}


def figures(point: PointView, rows: Flags | None, pictures: int) -> dict[str, float]:
    """Counts and shares of some rows; NaN where there is nothing to measure.

    Args:
        point: the verdicts at the operating point.
        rows: those that count, None for all.
        pictures: number of evaluated pictures among which they lie.
    """
    outcome = point.outcome if rows is None else point.outcome[rows]
    tp, fp, fn, _ = (int(n) for n in np.bincount(outcome, minlength=len(OUTCOMES)))
    precision, recall, f1 = _share(tp, tp + fp), _share(tp, tp + fn), _share(2 * tp, 2 * tp + fp + fn)
    return {
        **{"tp": tp, "fp": fp, "fn": fn, "precision": precision, "recall": recall, "f1": f1},
        "false_alarms_per_picture": _share(fp, pictures),
        "pictures": pictures,
    }


def sweep_of(everything: PointView, rows: Flags) -> pd.DataFrame:
    """Precision, recall and F1 of some rows at every confidence of `SWEEP`, one row each.

    What a prediction gets never depends on less confident ones, so the verdicts at confidence 0 hold all the others.

    Args:
        everything: the verdicts at confidence 0.
        rows: those of it that count.
    """
    outcome, confidence = everything.outcome[rows], everything.confidence[rows]
    tp, fp = (_at_least(confidence[outcome == kind]) for kind in (TP, FP))
    boxes = int(((outcome == TP) | (outcome == FN)).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "confidence": SWEEP,
                "precision": tp / (tp + fp),
                "recall": tp / np.float64(boxes),
                "f1": 2 * tp / (tp + fp + boxes),
            }
        )


def _at_least(confidence: Floats) -> Ints:
    return len(confidence) - np.searchsorted(np.sort(confidence), SWEEP, side="left")


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
