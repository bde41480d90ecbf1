"""The failures page: one evaluation's figures, causes and failures on a self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.model import tables
from workbench.show.drawn_boxes import Crop
from workbench.show.pages import cards, page
from workbench.show.pages.gallery import gallery
from workbench.show.plots import evaluation_plots

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

LIMIT = 240
"""So many failures are shown on the page at most: a page of all of some thousand would not open."""

_EXAMPLE_BYTES = 7_000


def failures_page(evaluation: Evaluation, *, title: str = "", limit: int = LIMIT) -> str:
    """Make the page that ``workbench failures --out report.html`` writes.

    Args:
        evaluation: what to show, at its own operating point.
        title: the page's heading; by default the name of what was evaluated.
        limit: how many misses and false alarms are shown at most; the page says how many are left out.

    Raises:
        TableError: if a table breaks its rules.
    """
    inputs = evaluation.inputs
    images, boxes, predictions = inputs.images, inputs.boxes, inputs.predictions
    failed = evaluation.failures
    cut = gallery(failed, images, boxes, predictions, root=inputs.pictures, limit=limit)
    steps = evaluation.next_steps.to_dict("records")
    examples = _examples(failed, images, boxes, predictions, inputs.pictures)
    return page.render(
        "failures.html.j2",
        title=title or inputs.name,
        metrics=evaluation.metrics,
        settings=evaluation.settings,
        steps=[{**step, "crop": examples.get(str(step["cause"]))} for step in steps],
        points=evaluation.operating_points().to_dict("records"),
        data_uri=page.data_uri,
        plots=[
            (
                "Precision, recall and F1 against confidence",
                evaluation_plots.svg(evaluation_plots.plot_sweep, evaluation),
            ),
            ("Precision against recall", evaluation_plots.svg(evaluation_plots.plot_precision_recall, evaluation)),
            (
                "How often predictions of a confidence are right",
                evaluation_plots.svg(evaluation_plots.plot_calibration, evaluation),
            ),
        ],
        gallery=cut.html,
        total=sum(cut.total.values()),
        left_out=sum(cut.total.values()) - sum(cut.shown.values()),
    )


def _examples(
    failed: pd.DataFrame, images: pd.DataFrame, boxes: pd.DataFrame, predictions: pd.DataFrame, root: Path
) -> dict[str, Crop]:
    """One crop for each cause: its surest false alarm, or else its largest miss."""
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    predictions = tables.validate(predictions, "predictions")
    rows = pd.concat([cards.arrange(failed, boxes, predictions, outcome, "worst") for outcome in ("fp", "fn")])
    rows = rows.drop_duplicates("cause")
    made = cards.make_cards(rows, failed, images, boxes, predictions, root=root, max_bytes=_EXAMPLE_BYTES)
    return {cause: card.crop for cause, card in zip(rows["cause"], made, strict=True) if card.crop is not None}
