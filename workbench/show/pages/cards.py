"""Choose which verdicts to show and prepare a card for each: a crop with boxes drawn, and what matching said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.model import geometry
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.pictures.crops import Corners
from workbench.show.drawn_boxes import Crop, DrawnBox, cut_crop
from workbench.show.style import OUTCOME_WORDS, Role, cause_words, error_words

Sort = Literal["worst", "confidence", "iou", "size", "picture"]
SORTS: tuple[Sort, ...] = ("worst", "confidence", "iou", "size", "picture")


@dataclass(frozen=True)
class Card:
    """One verdict, ready to be shown.

    Attributes:
        outcome: ``tp``, ``fp``, ``fn`` or ``ignored``.
        class_name: of the box or prediction in the middle.
        picture: the picture's file name, or its id where it has none.
        error: the error in words, or empty.
        cause: the cause in words, or empty.
        evidence: why that cause is suggested, where the verdicts have such a column; or empty.
        cause_confirmed: whether a person has confirmed the cause.
        confidence: of the prediction; of a miss ``None``.
        iou: as the verdict has it.
        nearest: of a miss, the confidence of the best overlapping prediction below the operating point, or ``None``.
        crop: the picture, or ``None`` where it could not be read.
        trouble: why there is no crop, or empty.
    """

    outcome: str
    class_name: str
    picture: str
    error: str
    cause: str
    evidence: str
    cause_confirmed: bool
    confidence: float | None
    iou: float | None
    nearest: float | None
    crop: Crop | None
    trouble: str

    @property
    def guessed(self) -> bool:
        """Whether the cause is a suggestion that has to be worded as one."""
        return not self.cause_confirmed and self.cause != "unexplained" and not self.cause.endswith("?")

    @property
    def alt(self) -> str:
        """What the crop shows, for those who do not see it."""
        said = f", confidence {self.confidence:.2f}" if self.confidence is not None else ""
        return f"{OUTCOME_WORDS[self.outcome]}: {self.class_name} in {self.picture}{said}"


def arrange(
    verdicts: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame, outcome: str, sort: Sort
) -> pd.DataFrame:
    """The verdicts of one outcome with their corners, in the order to look at them.

    ``worst`` puts the surest false alarms first, and the largest misses: what a detector should not get wrong.
    ``confidence`` falls, ``iou`` rises, ``size`` falls, ``picture`` goes by picture.

    Args:
        verdicts: a checked verdicts table.
        boxes: a checked boxes table.
        predictions: a checked predictions table.
        outcome: the outcome wanted.
        sort: the order.

    Returns:
        The rows of `verdicts` with `CORNERS` and ``size`` (square pixels) added.
    """
    chosen = verdicts[verdicts["outcome"] == outcome]
    by_prediction = chosen["prediction_id"].notna().to_numpy(dtype=bool)
    corners = np.full((len(chosen), 4), np.nan)
    for table, key, rows in ((predictions, "prediction_id", by_prediction), (boxes, "box_id", ~by_prediction)):
        position = pd.Index(table[key]).get_indexer(pd.Index(chosen.loc[rows, key].astype(table[key].dtype)))
        if (position < 0).any():
            missing = chosen.loc[rows, key].iloc[int(np.argmax(position < 0))]
            raise InputError(
                f"verdicts name {key} {missing!r}, which its table does not hold; pass the tables they were made of"
            )
        corners[rows] = table[CORNERS].to_numpy(dtype=np.float64)[position]
    chosen = chosen.assign(**dict(zip(CORNERS, corners.T, strict=True)), size=geometry.area(corners))
    keys: Mapping[Sort, tuple[list[str], list[bool]]] = {
        "worst": (["confidence", "size"], [False, False]),
        "confidence": (["confidence"], [False]),
        "iou": (["iou"], [True]),
        "size": (["size"], [False]),
        "picture": (["image_id"], [True]),
    }
    columns, ascending = keys[sort]
    return chosen.sort_values(columns, ascending=ascending, kind="stable", na_position="last")


def make_cards(
    chosen: pd.DataFrame,
    verdicts: pd.DataFrame,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    root: Path,
    max_bytes: int,
) -> list[Card]:
    """Cut and draw a card for every row that `arrange` returned, in its order.

    A picture that cannot be read becomes a card that says so.

    Args:
        chosen: rows of `arrange`.
        verdicts: all verdicts, for what else is drawn around.
        images: the pictures; their paths are relative to `root`.
        boxes: ground truth.
        predictions: of any confidence; those without a verdict lie below the operating point.
        root: the folder that the paths start from.
        max_bytes: of one crop.
    """
    shown = chosen["image_id"].unique()
    paths = images[images["image_id"].isin(shown)].set_index("image_id")["path"]
    per_table = {
        name: dict(iter(table[table["image_id"].isin(shown)].groupby("image_id", sort=False)))
        for name, table in (("verdicts", verdicts), ("boxes", boxes), ("predictions", predictions))
    }
    none = {"verdicts": verdicts.iloc[:0], "boxes": boxes.iloc[:0], "predictions": predictions.iloc[:0]}
    cards = []
    for row in chosen.to_dict("records"):
        here = {name: groups.get(row["image_id"], none[name]) for name, groups in per_table.items()}
        cards.append(_card(row, str(paths.get(row["image_id"], "")), root, max_bytes=max_bytes, **here))
    return cards


def _card(
    row: Mapping[Any, Any],
    path: str,
    root: Path,
    *,
    verdicts: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    max_bytes: int,
) -> Card:
    corners: Corners = (row["xmin"], row["ymin"], row["xmax"], row["ymax"])
    nearest = _nearest_below(corners, row, verdicts, predictions)
    drawn = _drawn(row, verdicts, boxes, predictions, nearest)
    crop, trouble = None, ""
    try:
        crop = cut_crop(root / (path or str(row["image_id"])), corners, drawn, max_bytes=max_bytes)
    except InputError as error:
        trouble = str(error)
    return Card(
        outcome=row["outcome"],
        class_name=row["class_name"],
        picture=PurePosixPath(path).name or str(row["image_id"]),
        error=error_words(_text(row["error"])),
        cause=cause_words(_text(row["cause"])),
        evidence=_text(row.get("evidence")) or "",
        cause_confirmed=bool(row["cause_confirmed"]),
        confidence=_float(row["confidence"]),
        iou=_float(row["iou"]),
        nearest=None if nearest is None else float(nearest["confidence"]),
        crop=crop,
        trouble=trouble,
    )


def _drawn(
    row: Mapping[Any, Any],
    verdicts: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    nearest: Mapping[Any, Any] | None,
) -> list[DrawnBox]:
    """Everything of the picture, the box that the card is about last, so that it lies on top."""
    said_of_box = dict(
        zip(verdicts["box_id"].dropna(), verdicts.loc[verdicts["box_id"].notna(), "outcome"], strict=True)
    )
    said_of_prediction = dict(
        zip(verdicts["prediction_id"].dropna(), verdicts.loc[verdicts["prediction_id"].notna(), "outcome"], strict=True)
    )
    drawn: list[DrawnBox] = []
    subject: list[DrawnBox] = []
    about_prediction = not pd.isna(row["prediction_id"])
    for box_id, name, ignore, corners in _rows(boxes, "box_id", "class_name", "ignore"):
        missed = said_of_box.get(box_id) == "fn"
        role: Role = "ignored" if ignore else "fn" if missed else "truth"
        is_subject = not about_prediction and box_id == row["box_id"]
        (subject if is_subject else drawn).append(DrawnBox(corners, role, str(name) if is_subject else ""))
    for prediction_id, name, confidence, corners in _rows(predictions, "prediction_id", "class_name", "confidence"):
        outcome = said_of_prediction.get(prediction_id)
        if outcome is not None:
            is_subject = about_prediction and prediction_id == row["prediction_id"]
            text = f"{name} {confidence:.2f}" if is_subject else ""
            (subject if is_subject else drawn).append(DrawnBox(corners, outcome, text))
    if nearest is not None:
        around: Corners = (nearest["xmin"], nearest["ymin"], nearest["xmax"], nearest["ymax"])
        drawn.append(DrawnBox(around, "below", f"{nearest['confidence']:.2f}"))
    return drawn + subject


def _nearest_below(
    corners: Corners, row: Mapping[Any, Any], verdicts: pd.DataFrame, predictions: pd.DataFrame
) -> Mapping[Any, Any] | None:
    """Of a miss, the prediction without a verdict that overlaps it best (IoU 0.1 at least)."""
    if row["outcome"] != "fn" or len(predictions) == 0:
        return None
    below = predictions[~predictions["prediction_id"].isin(verdicts["prediction_id"].dropna())]
    if len(below) == 0:
        return None
    overlap: npt.NDArray[np.float64] = geometry.iou_matrix([corners], below[CORNERS].to_numpy())[0]
    best = int(np.argmax(overlap))
    return below.iloc[best].to_dict() if overlap[best] >= 0.1 else None


def _rows(table: pd.DataFrame, *columns: str) -> Sequence[tuple[Any, Any, Any, Corners]]:
    corners = [tuple(values) for values in table[CORNERS].to_numpy(dtype=np.float64).tolist()]
    return list(zip(*(table[c].tolist() for c in columns), corners, strict=True))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _float(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type]
