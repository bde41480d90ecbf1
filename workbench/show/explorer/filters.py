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
from workbench.show.explorer.controls import Wanted
from workbench.show.explorer.marked_rows import rows_said
from workbench.show.explorer.operating_view import Flags, Ints, Look
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

    def side_of(self, wanted: Wanted) -> int:
        """Whose rows are listed: a failure that is gone is one of the earlier detector."""
        return 1 if wanted.change == "fixed" else 0

    def of_part(self, look: Look, class_name: str, part: str) -> Flags | None:
        """The rows of a class and a slice, None where both are empty and all are meant."""
        found: Flags | None = None
        if class_name:
            found = np.asarray(look.label == _place(class_name, look.classes))
        if part:
            inside = self.parts[part][look.picture]
            found = inside if found is None else found & inside
        return found

    def chosen(self, wanted: Wanted, look: Look, side: int, *, besides: str = "") -> Flags:
        """The rows that every filter lets through, the one named `besides` left out; shape (rows,)."""
        inside = self.of_part(look, "" if besides == "class_name" else wanted.class_name, wanted.part)
        chosen = np.ones(len(look.outcome), dtype=bool) if inside is None else inside.copy()
        if besides != "outcome":
            chosen &= look.failed if wanted.outcome == "failures" else look.outcome == OUTCOMES.index(wanted.outcome)
        if wanted.error and besides != "error":
            chosen &= look.error == ERRORS.index(wanted.error)
        if wanted.cause and besides != "cause":
            chosen &= look.cause == _place(wanted.cause, look.causes)
        if wanted.change and besides != "change":
            chosen &= self.change(wanted, look, side) == wanted.change
        if wanted.marked:
            chosen &= self._marked(wanted, look, side)
        return chosen

    def counts(self, wanted: Wanted) -> dict[str, dict[str, int]]:
        """For each filter its choices with how many rows they would list, the other filters as they stand."""
        side = self.side_of(wanted)
        look, _ = self.sides[side].confirmed(wanted.confidence, wanted.iou)

        def tally(name: str, codes: Ints, names: Sequence[str]) -> dict[str, int]:
            codes = codes[self.chosen(wanted, look, side, besides=name)]
            counted = np.bincount(codes[codes >= 0], minlength=len(names))
            return {one: int(count) for one, count in zip(names, counted, strict=True)}

        outcome = tally("outcome", look.outcome, OUTCOMES)
        cause = sorted(tally("cause", look.cause, look.causes).items(), key=lambda one: -one[1])
        found = {
            "outcome": {"failures": outcome["fn"] + outcome["fp"], **outcome},
            "error": tally("error", look.error, ERRORS),
            "cause": {name: count for name, count in cause if count or name == wanted.cause},
            "class_name": tally("class_name", look.label, look.classes),
        }
        if len(self.sides) == 2:
            found["change"] = {name: self._count_change(wanted, name) for name in ("new", "fixed", "stayed")}
        return found

    def change(self, wanted: Wanted, look: Look, side: int) -> npt.NDArray[np.object_]:
        """For each row ``new``, ``fixed`` or ``stayed``, as `analyse.compare` says; empty where nothing failed."""
        of_box, later, earlier = self._kept_changes(wanted.confidence, wanted.iou)
        found = np.full(len(look.outcome), "", dtype=object)
        for outcome, key, of in ((FN, "box_id", of_box), (FP, "prediction_id", earlier if side else later)):
            rows = np.flatnonzero(look.outcome == outcome)
            found[rows] = [of.get(tables.plain(one), "") for one in look.verdicts[key].iloc[rows].tolist()]
        return found

    def _count_change(self, wanted: Wanted, name: str) -> int:
        side = 1 if name == "fixed" else 0
        look, _ = self.sides[side].confirmed(wanted.confidence, wanted.iou)
        mine = self.change(wanted, look, side) == name
        return int((mine & self.chosen(wanted, look, side, besides="change")).sum())

    def _changes(self, confidence: float, iou: float) -> tuple[dict[Any, str], dict[Any, str], dict[Any, str]]:
        """What became of each missed box, of each later and of each earlier false alarm."""
        from workbench.analyse import compare

        later, earlier = (side.look(confidence, iou).evaluation for side in self.sides)
        ledger = compare(earlier, later)
        change = [_CHANGE_OF[name] for name in ledger["change"].tolist()]
        missed = ledger["box_id"].notna().tolist()
        found = []
        for key, of_miss in (("box_id", True), ("prediction_after", False), ("prediction_before", False)):
            ids = [tables.plain(value) for value in ledger[key].tolist()]
            rows = zip(ids, change, missed, strict=True)
            found.append({ours: said for ours, said, miss in rows if ours is not None and miss == of_miss})
        return found[0], found[1], found[2]

    def _marked(self, wanted: Wanted, look: Look, side: int) -> Flags:
        kinds = marks.KINDS if wanted.marked in ("anything", "nothing") else (wanted.marked,)
        said = rows_said(look, self.sides[side].said)
        marked = np.zeros(len(look.outcome), dtype=bool)
        marked[[row for row, one in said.items() if any(one[kind] for kind in kinds)]] = True
        return ~marked if wanted.marked == "nothing" else marked


def _place(name: str, names: Sequence[str]) -> int:
    """Where a name stands; a number that no row has where it does not."""
    return names.index(name) if name in names else -2
