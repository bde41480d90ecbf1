"""From tables to files: one record per picture, and a target folder that is filled at once or not at all."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from workbench import tables
from workbench.geometry import CORNERS

_NO_EXTRA = frozenset({*tables.TABLES["boxes"], *tables.READ_FROM})


class OutBox(NamedTuple):
    """One box to write: corners in pixels of the upright picture.

    Attributes:
        class_name: the class.
        corners: ``xmin, ymin, xmax, ymax``.
        ignore: a region that does not count (COCO's crowd).
        labeller: who drew it, or empty.
        extra: further columns that are set for this box.
    """

    class_name: str
    corners: tuple[float, float, float, float]
    ignore: bool
    labeller: str
    extra: dict[str, Any]


class Picture(NamedTuple):
    """One picture with its boxes, as the writers take it.

    Attributes:
        image_id: path of the picture relative to the images folder.
        width: upright width, 0 if unknown.
        height: upright height, 0 if unknown.
        status: ``labelled``, ``empty`` or ``unlabelled``.
        split: ``train``, ``val``, ``test``, ``pool`` or None.
        boxes: what is drawn on it.
    """

    image_id: str
    width: int
    height: int
    status: str
    split: str | None
    boxes: tuple[OutBox, ...]

    @property
    def file_name(self) -> str:
        """The picture's own name without its folder."""
        return self.image_id.rsplit("/", 1)[-1]


def pictures_of(images: pd.DataFrame, boxes: pd.DataFrame) -> list[Picture]:
    """Join the two tables into one record per picture, in the order of `images`."""
    further = [key for key in boxes.columns if key not in _NO_EXTRA]
    # Most sets have none; then all boxes share one that stays empty.
    extras: list[dict[str, Any]] = [{} for _ in range(len(boxes))] if further else [{}] * len(boxes)
    for key in further:
        for extra, value in zip(extras, boxes[key].tolist(), strict=True):
            if _is_set(value):
                extra[key] = value
    names, corners = boxes["class_name"].tolist(), zip(*(boxes[side].tolist() for side in CORNERS), strict=True)
    rest = boxes["ignore"].tolist(), boxes["labeller"].tolist(), extras
    grouped: dict[Any, list[OutBox]] = {}
    for image, box in zip(boxes["image_id"].tolist(), map(OutBox, names, corners, *rest), strict=True):
        grouped.setdefault(image, []).append(box)
    ids = images["image_id"].tolist()
    wide, high = (images[side].fillna(0).astype(int).tolist() for side in ("width", "height"))
    splits = [value if isinstance(value, str) else None for value in images["split"].tolist()]
    drawn = [tuple(grouped.get(name, ())) for name in ids]
    return list(map(Picture, map(str, ids), wide, high, images["label_status"].tolist(), splits, drawn))


def _is_set(value: Any) -> bool:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return False
    return not (isinstance(value, str) and not value)
