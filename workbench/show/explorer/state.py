"""What the explorer shows, without any widget: what it counts at an operating point, which failures it lists.

`ExplorerState.look` moves it, `view` says everything that is on the screen as plain values and bytes. The figures are
those of `Evaluation.at`; nothing is counted a second way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import Store
from workbench.project import marks as marking
from workbench.show.drawn_boxes import Crop
from workbench.show.explorer.controls import Controls
from workbench.show.explorer.explorer_crops import NEIGHBOUR, Boxes, Pictures, drawn
from workbench.show.explorer.filters import Filters
from workbench.show.explorer.point_view import Flags, Ints, PointView, figures, parts
from workbench.show.explorer.side import Side

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

_NOT_EVALUATED = ("unlabelled", "returned")


class ExplorerState:
    """One set of predictions to look at, beside an earlier one if there is one.

    Attributes:
        store: where marks are kept, or None: then nothing can be marked.
        controls: how they are set.
        page_size: cards a page.
        sides: the later detector, then the earlier one if there is one.
        filters: over them.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        *,
        before: Evaluation | None = None,
        store: Store | None = None,
        page_size: int = 12,
    ) -> None:
        """Look at an evaluation, its own operating point to begin with.

        Args:
            evaluation: what is looked at.
            before: the same pictures and truth with an earlier detector's predictions.
            store: of the project.
            page_size: cards a page.

        Raises:
            TableError: if a table breaks its rules.
            InputError: if a number is out of range, or the two evaluations are not of one test set.
        """
        if page_size < 1:
            raise InputError(f"explore: page_size is {page_size}; expected at least 1")
        self.store, self.page_size = store, page_size
        confidence, iou = evaluation.settings.confidence, evaluation.settings.iou
        self.controls = Controls(confidence=confidence, iou=iou)
        inputs = evaluation.inputs
        images = tables.validate(inputs.images, "images")
        self._pictures = Pictures(images, inputs.pictures)
        self._evaluated = ~images["label_status"].isin(_NOT_EVALUATED).to_numpy(dtype=bool)
        truth = Boxes(tables.validate(inputs.boxes, "boxes"), "box_id", self._pictures)
        self.sides = [
            Side(one.at(confidence=confidence, iou=iou), self._pictures, truth)
            for one in (evaluation, before)
            if one is not None
        ]
        self.filters = Filters(self.sides, parts(images))
        self._kept_curve = lru_cache(8)(self._curve)
        if before is not None:
            from workbench.analyse.compare import check_same_test_set

            check_same_test_set(self.sides[1].whole, self.sides[0].whole)
        self.read_marks()

    # The controls -----------------------------------------------------------------------------------------------

    def look(self, **changes: Any) -> None:
        """Set some of the controls of `Controls`.

        Raises:
            InputError: for a value that a control does not know; nothing is changed then.
        """
        moved = self.controls.moved(changes)
        classes = self.sides[0].whole.settings.classes
        moved.check(classes=classes, parts=self.filters.parts, compared=len(self.sides) == 2)
        self.controls = moved

    @property
    def evaluation(self) -> Evaluation:
        """The later detector's evaluation at the operating point looked at."""
        return self.sides[0].at(*self._point).evaluation

    # What is there -----------------------------------------------------------------------------------------------

    def figures(self, side: int = 0) -> dict[str, float]:
        """Counts and shares at the operating point, of the class and slice looked at. See `point_view.figures`."""
        point = self.sides[side].at(*self._point)
        part = self.controls.part
        pictures = self._evaluated & self.filters.parts[part] if part else self._evaluated
        return figures(point, self.filters.of_part(point, self.controls.class_name, part), int(pictures.sum()))

    def intervals(self, side: int = 0) -> dict[str, float]:
        """The ends of the 95 % intervals of `figures`: ``recall_low``, ``recall_high`` and so on."""
        point, part = self.sides[side].at(*self._point), self.controls.part
        rows = self.filters.of_part(point, self.controls.class_name, part)
        if rows is None:
            return {name: end for name, end in point.evaluation.metrics.items() if name.endswith(("_low", "_high"))}
        pictures = self.filters.parts[part] if part else self._evaluated
        drawn = point.evaluation.drawn_part(rows, pictures[self._evaluated])
        return {
            f"{name}_{end}": float(values[0])
            for name, one in drawn.items()
            for end, values in zip(("low", "high"), one.interval, strict=True)
        }

    def curve(self, side: int = 0) -> pd.DataFrame:
        """confidence, precision, recall and f1 at 99 confidences, of the class and slice looked at."""
        return self._kept_curve(side, self.controls.iou, self.controls.class_name, self.controls.part)

    def counts(self) -> dict[str, dict[str, int]]:
        """For each filter its choices with how many rows they would list, the other filters as they stand."""
        return self.filters.counts(self.controls)

    def rows(self) -> tuple[int, PointView, Flags, Ints]:
        """What is listed: whose rows (position in `sides`), the verdicts, which causes are confirmed, the rows."""
        side = self.filters.side_of(self.controls)
        point, sure = self.sides[side].confirmed(*self._point)
        chosen = np.flatnonzero(self.filters.chosen(self.controls, point, side))
        return side, point, sure, self.sides[side].arrange(point, chosen, self.controls.sort)

    def listed(self) -> pd.DataFrame:
        """What is listed as a table: verdicts with their corners, in order."""
        side, point, _, rows = self.rows()
        return self.sides[side].with_corners(point, rows).reset_index(drop=True)

    # What a person does ------------------------------------------------------------------------------------------

    def read_marks(self) -> None:
        """Read anew what people said, here or elsewhere."""
        if self.store is not None:
            said = marking.marks(self.store)
            for side in self.sides:
                side.read_marks(said)

    def mark(self, selected: Sequence[str], kind: marking.Kind, value: str | bool | None = True) -> int:
        """Say something of cards; it is in the store when this returns.

        Args:
            selected: keys of cards (see `view`).
            kind: what is said.
            value: see `workbench.project.marks.mark`.

        Raises:
            InputError: if there is no store, or a card is not of this operating point.
        """
        if self.store is None:
            raise InputError("explore: nowhere to keep this; explore a project, or name a file: keep='marks.sqlite'")
        rows = [self._row_of(key) for key in selected]
        frames = [self.sides[side].with_corners(point, np.array([row])) for side, point, row in rows]
        about = self.sides[rows[0][0]].name if rows else ""
        done = marking.mark(self.store, pd.concat(frames, ignore_index=True), kind, value, about=about) if rows else 0
        self.read_marks()
        return done

    # What is on the screen ---------------------------------------------------------------------------------------

    def view(self) -> dict[str, Any]:
        """Everything that is shown now, as JSON can hold it; pictures as bytes."""
        side, point, sure, rows = self.rows()
        pages = max(math.ceil(len(rows) / self.page_size), 1)
        page = min(self.controls.page, pages - 1)
        shown = rows[page * self.page_size : (page + 1) * self.page_size]
        sides = range(len(self.sides))
        return {
            "controls": {**asdict(self.controls), "page": page},
            "names": [one.name for one in self.sides],
            "figures": [_plain(self.figures(i)) for i in sides],
            "intervals": [_plain(self.intervals(i)) for i in sides],
            "curves": [{name: _rounded(values) for name, values in self.curve(i).items()} for i in sides],
            "ap50": [_plain(one.whole.metrics)["AP50"] for one in self.sides],
            "counts": self.counts(),
            "parts": list(self.filters.parts),
            "total": len(rows),
            "pages": pages,
            "cards": self._cards(side, point, sure, shown),
            "waiting": None if self.store is None else len(marking.relabel_queue(self.store)),
        }

    def detail(self) -> dict[str, Any] | None:
        """The whole picture of the card selected, its boxes, what is said of it, and its neighbours in the clip."""
        if not self.controls.selected:
            return None
        side, point, row = self._row_of(self.controls.selected)
        picture = int(point.picture[row])
        confirmed, sure = self.sides[side].confirmed(*self._point)
        near = []
        for other in self._pictures.neighbours(picture):
            small = self._pictures.whole(other, NEIGHBOUR)
            shapes = drawn(other, point, self.sides[side].truth, self.sides[side].found)
            near.append({**small, "boxes": shapes, "second": self._pictures.second(other), "here": other == picture})
        (said,) = tables.records(point.verdicts.iloc[[row]])
        shown = self._pictures.whole(picture) | self._card(side, confirmed, sure, row, said)
        return shown | {"panes": self._panes(picture, side, point, said), "neighbours": near}

    def why(self) -> dict[str, str] | None:
        """Of the failure selected: the evidence for its cause, what to do, and what else may hold."""
        if not self.controls.selected:
            return None
        side, point, row = self._row_of(self.controls.selected)
        if not point.failed[row]:
            return None
        said = self.sides[side].failure(*self._point, row)
        return {name: said[name] for name in ("evidence", "action", "also") if said.get(name)}

    # Its parts ---------------------------------------------------------------------------------------------------

    def _curve(self, side: int, iou: float, class_name: str, part: str) -> pd.DataFrame:
        one = self.sides[side]
        narrowed = bool(class_name or part)
        return one.curve(iou, self.filters.of_part(one.at(0.0, iou), class_name, part) if narrowed else None)

    @property
    def _point(self) -> tuple[float, float]:
        return self.controls.confidence, self.controls.iou

    def _key(self, side: int, row: int) -> str:
        return f"{side}:{row}@{self.controls.confidence}/{self.controls.iou}"

    def _row_of(self, key: str) -> tuple[int, PointView, int]:
        side, _, rest = key.partition(":")
        row = rest.partition("@")[0]
        if not (side.isdecimal() and row.isdecimal()) or key != self._key(int(side), int(row)):
            raise InputError("explore: this card was of another confidence or IoU; choose it again")
        return int(side), self.sides[int(side)].at(*self._point), int(row)

    def _cards(self, side: int, point: PointView, sure: Flags, rows: Ints) -> list[dict[str, Any]]:
        corners = self.sides[side].corners(point, rows).tolist()
        places = [(int(p), (c[0], c[1], c[2], c[3])) for p, c in zip(point.picture[rows], corners, strict=True)]
        said = tables.records(point.verdicts.iloc[rows])
        cards = []
        for row, one, (picture, _), crop in zip(rows.tolist(), said, places, self._pictures.crops(places), strict=True):
            panes = {"panes": self._panes(picture, side, point, one)}
            cards.append(self._card(side, point, sure, row, one) | panes | _cropped(crop))
        return cards

    def _card(self, side: int, point: PointView, sure: Flags, row: int, said: dict[str, Any]) -> dict[str, Any]:
        marked = self.sides[side].said.row(said)
        return {
            "key": self._key(side, row),
            **{name: said[name] for name in ("outcome", "class_name", "error", "confidence", "iou")},
            "picture": self._pictures.name(int(point.picture[row])),
            "cause": point.causes[point.cause[row]] if point.cause[row] >= 0 else None,
            "confirmed": bool(sure[row]),
            "marks": {kind: marked[kind] for kind in (*marking.FLAGS, "note") if marked.get(kind)},
            "who": marked.get("who"),
        }

    def _panes(self, picture: int, side: int, point: PointView, said: dict[str, Any]) -> list[dict[str, Any]]:
        """What to draw for each detector, the earlier one first."""
        ids = {key: said[key] for key in ("box_id", "prediction_id")}
        panes = []
        for number, other in reversed(list(enumerate(self.sides))):
            theirs = point if number == side else other.at(*self._point)
            about = ids if number == side else {**ids, "prediction_id": None}
            panes.append({"name": other.name, "boxes": drawn(picture, theirs, other.truth, other.found, **about)})
        return panes


def _cropped(crop: Crop | str) -> dict[str, Any]:
    if isinstance(crop, str):
        return {"trouble": crop}
    return {"jpeg": crop.jpeg, "width": crop.width, "height": crop.height, "region": [round(v, 1) for v in crop.region]}


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}


def _rounded(values: pd.Series[float]) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 4) for value in values.tolist()]
