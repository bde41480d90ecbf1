"""An evaluation's pictures for the explorer: crops that are cut once, and the boxes to draw on them.

Boxes are not drawn into the crops but sent beside them, so that a crop serves every confidence and the browser draws
lines that stay sharp when zoomed.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from workbench.model import geometry, tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.tables import OUTCOMES
from workbench.pictures.crops import Corners, view
from workbench.show.drawn_boxes import Crop, cut_crop
from workbench.show.explorer.point_view import Ints, PointView

CROP = (320, 240)
WHOLE = (1600, 1200)
NEIGHBOUR = (240, 180)
_KEPT = 3_000
_BYTES = 24_000
_WORKERS = 4


class Pictures:
    """The pictures of one project or folder, cut and kept.

    Attributes:
        images: a checked `images` table.
        ids: its ids.
    """

    def __init__(self, images: pd.DataFrame, root: Path) -> None:
        self.images = images
        self.ids = pd.Index(images["image_id"])
        self._paths = [root / (p or str(i)) for p, i in zip(images["path"], images["image_id"], strict=True)]
        self._groups = images["group_id"].tolist()
        self._frames = images["frame_s"].to_numpy(dtype=np.float64, na_value=np.nan)
        self._kept: OrderedDict[tuple[int, Corners], Crop | str] = OrderedDict()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="explorer")

    def name(self, picture: int) -> str:
        """What people call a picture: its file's name."""
        return PurePosixPath(self._paths[picture].as_posix()).name

    def crops(self, places: Sequence[tuple[int, Corners]]) -> list[Crop | str]:
        """A crop around each place, or why there is none; those not seen before are cut at the same time."""
        fresh = [one for one in dict.fromkeys(places) if one not in self._kept]
        for one, crop in zip(fresh, self._pool.map(self._cut, fresh), strict=True):
            self._kept[one] = crop
        found = []
        for one in places:
            self._kept.move_to_end(one)
            found.append(self._kept[one])
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def whole(self, picture: int, size: tuple[int, int] = WHOLE) -> dict[str, Any]:
        """A whole picture as JPEG, no larger than `size`, with its true width and height; or the trouble with it."""
        try:
            with view(self._paths[picture], want=size) as (image, region, _):
                image.thumbnail(size, Image.Resampling.BILINEAR)
                buffer = io.BytesIO()
                image.save(buffer, "JPEG", quality=88)
        except InputError as error:
            return {"name": self.name(picture), "trouble": str(error)}
        return {"name": self.name(picture), "jpeg": buffer.getvalue(), "width": region[2], "height": region[3]}

    def neighbours(self, picture: int, each_side: int = 2) -> list[int]:
        """The pictures before and after one in its clip, by time, itself among them; none for a still."""
        group = self._groups[picture]
        if not group or np.isnan(self._frames[picture]):
            return []
        clip = [i for i, other in enumerate(self._groups) if other == group and not np.isnan(self._frames[i])]
        clip.sort(key=lambda i: float(self._frames[i]))
        at = clip.index(picture)
        near = clip[max(at - each_side, 0) : at + each_side + 1]
        return near if len(near) > 1 else []

    def second(self, picture: int) -> float | None:
        """When in its clip a picture was taken."""
        return None if np.isnan(self._frames[picture]) else float(self._frames[picture])

    def _cut(self, place: tuple[int, Corners]) -> Crop | str:
        picture, corners = place
        try:
            return cut_crop(self._paths[picture], corners, (), size=CROP, max_bytes=_BYTES)
        except InputError as error:
            return str(error)


class Boxes:
    """Truth or predictions, found by picture.

    Attributes:
        ids: of every row.
        corners: of every row, shape (n, 4).
    """

    def __init__(self, table: pd.DataFrame, key: str, pictures: Pictures) -> None:
        self.index = pd.Index(table[key])
        self.ids = table[key].tolist()
        self.names = table["class_name"].tolist()
        self.corners = table[CORNERS].to_numpy(dtype=np.float64)
        self.confidence = table["confidence"].to_numpy(dtype=np.float64) if "confidence" in table else None
        self.ignore = table["ignore"].tolist() if "ignore" in table else None
        picture = pictures.ids.get_indexer(pd.Index(table["image_id"])) if len(table) else np.zeros(0, dtype=np.int64)
        self._order = np.argsort(picture, kind="stable")
        self._from = np.searchsorted(picture[self._order], np.arange(len(pictures.ids) + 1))

    def of_picture(self, picture: int) -> Ints:
        """The rows of one picture."""
        return self._order[self._from[picture] : self._from[picture + 1]]

    def places(self, ids: pd.Series[Any]) -> Ints:
        """The rows of these ids."""
        return np.asarray(self.index.get_indexer(pd.Index(ids.astype(self.index.dtype))), dtype=np.int64)


def drawn(
    picture: int, point: PointView, truth: Boxes, found: Boxes, *, box_id: Any = None, prediction_id: Any = None
) -> list[dict[str, Any]]:
    """What to draw on a picture at an operating point, what the card is about last, so that it lies on top.

    Args:
        picture: its position.
        point: the verdicts at the operating point.
        truth: ground truth.
        found: predictions of any confidence; of those below the operating point only the nearest to a miss is drawn.
        box_id: the box that the card is about, if it is about one.
        prediction_id: the prediction that it is about, if any.

    Returns:
        For each its corners in pixels, role (as in `style.COLOURS`), text and whether the card is about it.
    """
    rows = point.of_picture(picture)
    outcome = [OUTCOMES[code] for code in point.outcome[rows]]
    of_box, of_prediction = (
        dict(zip(map(tables.plain, point.ids[key][rows].tolist()), outcome, strict=True))
        for key in ("box_id", "prediction_id")
    )
    shapes = []
    for i in truth.of_picture(picture):
        ours = truth.ids[i]
        role = "ignored" if truth.ignore and truth.ignore[i] else "fn" if of_box.get(ours) == "fn" else "truth"
        shapes.append(_shape(truth, i, role, truth.names[i], about=prediction_id is None and ours == box_id))
    below = []
    for i in found.of_picture(picture):
        said = of_prediction.get(found.ids[i])
        if said is None:
            below.append(int(i))
            continue
        shapes.append(_shape(found, i, said, _spoken(found, i), about=found.ids[i] == prediction_id))
    about = next((shape for shape in shapes if shape["about"]), None)
    if about is not None and about["role"] == "fn" and below:
        overlap = geometry.iou_matrix([about["at"]], found.corners[below])[0]
        if overlap.max() >= 0.1:
            best = below[int(overlap.argmax())]
            shapes.append(_shape(found, best, "below", _spoken(found, best), about=False))
    return sorted(shapes, key=lambda shape: shape["about"])


def _shape(boxes: Boxes, i: int | np.int64, role: str, text: str, *, about: bool) -> dict[str, Any]:
    return {"at": [round(v, 1) for v in boxes.corners[i].tolist()], "role": role, "text": text, "about": about}


def _spoken(boxes: Boxes, i: int | np.int64) -> str:
    confidence = "" if boxes.confidence is None else f" {boxes.confidence[i]:.2f}"
    return f"{boxes.names[i]}{confidence}"
