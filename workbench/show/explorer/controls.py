"""Where the explorer looks: every control on the screen, and what each may be set to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from workbench.model.errors import InputError
from workbench.model.tables import ERRORS
from workbench.project import marks
from workbench.show.pages.cards import SORTS

OUTCOME_CHOICES = ("failures", "fn", "fp", "tp", "ignored")
CHANGES = ("", "new", "fixed", "stayed")
MARKED = ("", "anything", "nothing", *marks.KINDS)


@dataclass(frozen=True)
class Wanted:
    """Where the explorer looks.

    Attributes:
        confidence: predictions from here on count, 0 to 1.
        iou: least IoU of a hit, above 0 to 1.
        outcome: ``failures`` (misses and false alarms), or one outcome.
        error: one of `tables.ERRORS`, or empty for all.
        cause: a cause, or empty for all.
        class_name: a class, or empty for all; the figures are of this class, too.
        part: a slice such as ``source: web``, or empty for all; the figures are of this slice, too.
        change: against the earlier detector: ``new``, ``fixed``, ``stayed``, or empty for all.
        marked: what somebody said of it: ``anything``, ``nothing``, a kind of mark, or empty for all.
        sort: the order, one of `cards.SORTS`.
        page: from 0.
        selected: the key of the card whose whole picture is shown, or empty.
    """

    confidence: float = 0.5
    iou: float = 0.5
    outcome: str = "failures"
    error: str = ""
    cause: str = ""
    class_name: str = ""
    part: str = ""
    change: str = ""
    marked: str = ""
    sort: str = "worst"
    page: int = 0
    selected: str = ""

    def moved(self, changes: dict[str, Any]) -> Wanted:
        """Itself with some controls set anew; another filter begins at its first page, another page closes the picture.

        Raises:
            InputError: if there is no such control.
        """
        unknown = changes.keys() - asdict(self).keys()
        if unknown:
            raise InputError(f"explore: there is no '{min(unknown)}'; there are {', '.join(asdict(self))}")
        if changes.keys() - {"page", "selected"}:
            changes = {"page": 0, **changes}
        if changes.keys() - {"selected"}:
            changes = {"selected": "", **changes}
        return replace(self, **changes)

    def check(self, *, classes: Collection[str], parts: Collection[str], compared: bool) -> None:
        """Refuse what a control does not know.

        Args:
            classes: the class names.
            parts: the slices.
            compared: whether there is an earlier detector.

        Raises:
            InputError: naming the control, its value and what was expected.
        """
        choices: dict[str, Collection[str]] = {
            "outcome": OUTCOME_CHOICES,
            "error": ("", *ERRORS),
            "class_name": ("", *classes),
            "part": ("", *parts),
            "change": CHANGES if compared else ("",),
            "marked": MARKED,
            "sort": SORTS,
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                there = ", ".join(repr(one) for one in known)
                raise InputError(f"explore: {name} is {getattr(self, name)!r}; expected one of {there}")
        for name, low in (("confidence", 0.0), ("iou", 1e-9)):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= 1:
                raise InputError(f"explore: {name} is {value!r}; expected {'0' if low == 0 else 'above 0'} to 1")
        if not isinstance(self.page, int) or self.page < 0:
            raise InputError(f"explore: page is {self.page!r}; expected 0 or more")
        for name in ("cause", "selected"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"explore: {name} is {getattr(self, name)!r}; expected a text")
