"""The failures page: one evaluation's figures, causes and failures on a self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.show import pages, plots
from workbench.show.gallery_view import gallery

if TYPE_CHECKING:
    from workbench.analyse import Evaluation


def failures_page(
    evaluation: Evaluation,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    root: str | Path,
    title: str = "Where the detector fails",
    limit: int = 240,
) -> str:
    """Make the page that ``workbench failures --out report.html`` writes.

    Args:
        evaluation: what to show, at its own operating point.
        images: the pictures, with paths relative to `root`.
        boxes: the ground truth that was evaluated.
        predictions: the predictions that were evaluated.
        root: the folder that the paths start from.
        title: the page's heading.
        limit: how many misses and false alarms are shown at most; the page says how many are left out.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if the tables are not those that were evaluated.
    """
    cut = gallery(evaluation.failures(), images, boxes, predictions, root=root, limit=limit)
    return pages.render(
        "failures.html.j2",
        title=title,
        metrics=evaluation.metrics,
        settings=evaluation.settings,
        causes=evaluation.causes().to_dict("records"),
        plots=[
            ("Precision, recall and F1 against confidence", plots.svg(plots.plot_sweep, evaluation)),
            ("Precision against recall", plots.svg(plots.plot_precision_recall, evaluation)),
        ],
        gallery=cut.html,
        left_out=sum(cut.total.values()) - sum(cut.shown.values()),
    )
