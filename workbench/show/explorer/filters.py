"""Which rows the explorer's filters let through, and how many each choice of a filter would list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.model import tables
from workbench.model.tables import ERRORS, FN, FP, OUTCOMES
from workbench.project import marks
from workbench.show.explorer.controls import Controls
from workbench.show.explorer.marked_rows import rows_said
from workbench.show.explorer.point_view import Flags, Ints, PointView
from workbench.show.explorer.side import Side

_CHANGE_OF = {"broken": "new", "fixed": "fixed", "stayed": "stayed"}


class Filters:
    """The filters over one detector, or over an earlier and a later one.

    Attributes:
        sides: the later detector, then the earlier one if there is one.
        parts: each slice with its pictures.
    """

    def __init__(self, sides: Sequence[Side], parts: Mapping[str, Flags]) -> None:
        self.sides, self.parts = sides, parts
        self._kept_changes = lru_cache(4)(self._changes)

    def side_of(self, controls: Controls) -> int:
        """Whose rows are listed: a failure that is gone is one of the earlier detector."""
        return 1 if controls.change == "fixed" else 0

    def of_part(self, point: PointView, class_name: str, part: str) -> Flags | None:
        """The rows of a class and a slice, None where both are empty and all are meant."""
        found: Flags | None = None
        if class_name:
            found = np.asarray(point.label == _place(class_name, point.classes))
        if part:
            inside = self.parts[part][point.picture]
            found = inside if found is None else found & inside
        return found

    def chosen(self, controls: Controls, point: PointView, side: int, *, besides: str = "") -> Flags:
        """The rows that every filter lets through, the one named `besides` left out; shape (rows,)."""
        inside = self.of_part(point, "" if besides == "class_name" else controls.class_name, controls.part)
        chosen = np.ones(len(point.outcome), dtype=bool) if inside is None else inside.copy()
        if besides != "outcome":
            chosen &= (
                point.failed if controls.outcome == "failures" else point.outcome == OUTCOMES.index(controls.outcome)
            )
        if controls.error and besides != "error":
            chosen &= point.error == ERRORS.index(controls.error)
        if controls.cause and besides != "cause":
            chosen &= point.cause == _place(controls.cause, point.causes)
        if controls.change and besides != "change":
            chosen &= self.change(controls, point, side) == controls.change
        if controls.marked:
            chosen &= self._marked(controls, point, side)
        return chosen

    def counts(self, controls: Controls) -> dict[str, dict[str, int]]:
        """For each filter its choices with how many rows they would list, the other filters as they stand."""
        side = self.side_of(controls)
        point, _ = self.sides[side].confirmed(controls.confidence, controls.iou)

        def tally(name: str, codes: Ints, names: Sequence[str]) -> dict[str, int]:
            codes = codes[self.chosen(controls, point, side, besides=name)]
            counted = np.bincount(codes[codes >= 0], minlength=len(names))
            return {one: int(count) for one, count in zip(names, counted, strict=True)}

        outcome = tally("outcome", point.outcome, OUTCOMES)
        cause = sorted(tally("cause", point.cause, point.causes).items(), key=lambda one: -one[1])
        found = {
            "outcome": {"failures": outcome["fn"] + outcome["fp"], **outcome},
            "error": tally("error", point.error, ERRORS),
            "cause": {name: count for name, count in cause if count or name == controls.cause},
            "class_name": tally("class_name", point.label, point.classes),
        }
        if len(self.sides) == 2:
            found["change"] = {name: self._count_change(controls, name) for name in ("new", "fixed", "stayed")}
        return found

    def change(self, controls: Controls, point: PointView, side: int) -> npt.NDArray[np.object_]:
        """For each row ``new``, ``fixed`` or ``stayed``, as `analyse.compare` says; empty where nothing failed."""
        of_box, later, earlier = self._kept_changes(controls.confidence, controls.iou)
        found = np.full(len(point.outcome), "", dtype=object)
        for outcome, key, of in ((FN, "box_id", of_box), (FP, "prediction_id", earlier if side else later)):
            rows = np.flatnonzero(point.outcome == outcome)
            found[rows] = [of.get(tables.plain(one), "") for one in point.verdicts[key].iloc[rows].tolist()]
        return found

    def _count_change(self, controls: Controls, name: str) -> int:
        side = 1 if name == "fixed" else 0
        point, _ = self.sides[side].confirmed(controls.confidence, controls.iou)
        mine = self.change(controls, point, side) == name
        return int((mine & self.chosen(controls, point, side, besides="change")).sum())

    def _changes(self, confidence: float, iou: float) -> tuple[dict[Any, str], dict[Any, str], dict[Any, str]]:
        """What became of each missed box, of each later and of each earlier false alarm."""
        from workbench.analyse import compare

        later, earlier = (side.at(confidence, iou).evaluation for side in self.sides)
        ledger = compare(earlier, later)
        change = [_CHANGE_OF[name] for name in ledger["change"].tolist()]
        missed = ledger["box_id"].notna().tolist()
        found = []
        for key, of_miss in (("box_id", True), ("prediction_after", False), ("prediction_before", False)):
            ids = [tables.plain(value) for value in ledger[key].tolist()]
            rows = zip(ids, change, missed, strict=True)
            found.append({ours: said for ours, said, miss in rows if ours is not None and miss == of_miss})
        return found[0], found[1], found[2]

    def _marked(self, controls: Controls, point: PointView, side: int) -> Flags:
        kinds = marks.KINDS if controls.marked in ("anything", "nothing") else (controls.marked,)
        said = rows_said(point, self.sides[side].said)
        marked = np.zeros(len(point.outcome), dtype=bool)
        marked[[row for row, one in said.items() if any(one[kind] for kind in kinds)]] = True
        return ~marked if controls.marked == "nothing" else marked


def _place(name: str, names: Sequence[str]) -> int:
    """Where a name stands; a number that no row has where it does not."""
    return names.index(name) if name in names else -2
