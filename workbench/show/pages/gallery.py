"""The gallery of failures: crops of misses and false alarms, in a notebook cell or as a page of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.tables import OUTCOMES
from workbench.project.files import write_text
from workbench.show.pages import cards, page
from workbench.show.pages.cards import SORTS, Sort
from workbench.show.style import OUTCOME_PLURALS, OUTCOME_WORDS

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

PAGE_BYTES = 280_000
"""What the crops of one gallery may weigh together, before base64, up to `SMALLEST_CROP` each."""

LARGEST_CROP, SMALLEST_CROP = 11_500, 6_000


@dataclass(frozen=True)
class Gallery:
    """A gallery, finished: JupyterLab shows it as it stands.

    Attributes:
        html: a self-contained fragment, crops included.
        shown: for each outcome asked for, how many cards there are.
        total: for each outcome asked for, how many verdicts there are.
        title: the page's heading.
    """

    html: str
    shown: Mapping[str, int]
    total: Mapping[str, int]
    title: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"Gallery({_summary(self.shown, self.total)})"

    @property
    def page(self) -> str:
        """The gallery as a whole HTML document that loads nothing from elsewhere."""
        return page.render("gallery_page.html.j2", title=self.title, gallery=self.html)

    def save(self, path: str | Path) -> Path:
        """Write `page` to a file, whole or not at all, and return its path."""
        target = Path(path)
        write_text(target, self.page)
        return target


def gallery_of(evaluation: Evaluation, **options: Any) -> Gallery:
    """Misses and false alarms of an evaluation as crops. See `gallery`."""
    inputs = evaluation.inputs
    return gallery(
        evaluation.failures, inputs.images, inputs.boxes, inputs.predictions, root=inputs.pictures, **options
    )


def gallery(
    verdicts: pd.DataFrame,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    root: str | Path,
    outcome: str | Sequence[str] = ("fn", "fp"),
    limit: int = 24,
    sort: Sort = "worst",
    columns: int | None = None,
    title: str = "Where the detector fails",
) -> Gallery:
    """Show what the detector missed and what it made up, each as a crop with ground truth and predictions drawn.

    Places that one outcome does not need go to the others, so that a gallery of misses and false alarms shows both.

    Args:
        verdicts: from an evaluation; their confidence is the operating point.
        images: the pictures, with paths relative to `root`.
        boxes: the ground truth that the verdicts were made of.
        predictions: those that the verdicts were made of; those below the operating point may be among them, and the
            nearest one is drawn beside a miss.
        root: the folder that the paths start from.
        outcome: which outcomes to show, in this order: ``fn``, ``fp``, ``tp``, ``ignored``.
        limit: how many cards at most; at least 1.
        sort: ``worst`` (surest false alarms, largest misses), ``confidence``, ``iou``, ``size`` or ``picture``.
        columns: cards in a row; by default as many as there is room for.
        title: the heading of the page.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if an option is wrong, or the verdicts name a box or prediction that its table lacks.
    """
    wanted = _wanted(outcome, limit, sort, columns)
    verdicts, images = tables.validate(verdicts, "verdicts"), tables.validate(images, "images")
    boxes, predictions = tables.validate(boxes, "boxes"), tables.validate(predictions, "predictions")
    found = {name: cards.arrange(verdicts, boxes, predictions, name, sort) for name in wanted}
    total = {name: len(rows) for name, rows in found.items()}
    shown = share_out(total, limit)
    max_bytes = max(min(PAGE_BYTES // max(sum(shown.values()), 1), LARGEST_CROP), SMALLEST_CROP)
    sections = [
        {
            "outcome": name,
            "heading": OUTCOME_PLURALS[name],
            "total": total[name],
            "cards": cards.make_cards(
                rows.head(shown[name]), verdicts, images, boxes, predictions, root=Path(root), max_bytes=max_bytes
            ),
        }
        for name, rows in found.items()
    ]
    html = page.render(
        "gallery.html.j2",
        sections=sections,
        columns=columns,
        nothing=" and ".join(OUTCOME_PLURALS[name] for name in wanted),
        words=OUTCOME_WORDS,
        data_uri=page.data_uri,
        key=hashlib.sha256(repr((wanted, total, sort, len(images))).encode()).hexdigest()[:8],
    )
    return Gallery(html, shown, total, title)


def share_out(total: Mapping[str, int], limit: int) -> dict[str, int]:
    """Share `limit` places among outcomes evenly; what one does not need goes to those that have more."""
    shown = dict.fromkeys(total, 0)
    left = min(limit, sum(total.values()))
    while left > 0:
        open_ones = [name for name in total if shown[name] < total[name]]
        each = max(left // len(open_ones), 1)
        for name in open_ones:
            take = min(each, total[name] - shown[name], left)
            shown[name] += take
            left -= take
    return shown


def _wanted(outcome: str | Sequence[str], limit: int, sort: str, columns: int | None) -> tuple[str, ...]:
    wanted = (outcome,) if isinstance(outcome, str) else tuple(dict.fromkeys(outcome))
    wrong = next((name for name in wanted if name not in OUTCOMES), None)
    if wrong is not None or not wanted:
        raise InputError(f"gallery: outcome is {wrong!r}; expected some of {', '.join(OUTCOMES)}")
    if limit < 1:
        raise InputError(f"gallery: limit is {limit}; expected at least 1")
    if sort not in SORTS:
        raise InputError(f"gallery: sort is {sort!r}; expected one of {', '.join(SORTS)}")
    if columns is not None and columns < 1:
        raise InputError(f"gallery: columns is {columns}; expected at least 1, or None to fill the width")
    return wanted


def _summary(shown: Mapping[str, int], total: Mapping[str, int]) -> str:
    return ", ".join(f"{shown[name]} of {total[name]} {OUTCOME_PLURALS[name]}" for name in total)
