"""Answering a queue without a person: what a labeller would do who knew the boxes, or trusted a detector unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from workbench.annotate.editing import OpenBox, open_boxes
from workbench.annotate.queue import LabelQueue
from workbench.label.check.double_labels import pairs
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, Boxes, as_boxes

STAND_IN = "stand-in"
"""The labeller's name of answers that no person gave."""


def stand_in(queue: LabelQueue, known: pd.DataFrame, *, iou: float = 0.7, who: str = STAND_IN) -> int:
    """Answer every picture of a queue that still waits, as a labeller would who knows its boxes.

    A pre-label that lies well enough is accepted as it is, one that lies less well (IoU 0.5 at least) is moved onto the
    box, any other is removed, and what is missing is drawn. The label log counts them as it counts a person's; its
    seconds are not a person's.

    Args:
        queue: of the labeller, opened with or without pre-labels.
        known: a `boxes` table, the truth: a picture without rows is answered *empty*. Or a `predictions` table: then a
            picture without rows is skipped, because a detector that finds nothing does not say that nothing is there.
        iou: from here on a pre-label needs no correction.
        who: the labeller's name in the log and in the boxes.

    Returns:
        How many pictures were answered or skipped.

    Raises:
        InputError: if an answer cannot be saved.
    """
    rows = known.drop(columns="box_id", errors="ignore")
    of = {str(name): open_boxes(mine) for name, mine in rows.groupby("image_id", sort=False)}
    sure = "confidence" not in known.columns
    count, person, queue.who = 0, queue.who, who
    try:
        while queue.current is not None:
            number = queue.number
            queue.draw(_corrected(queue.boxes, of.get(queue.current.image_id, ()), iou))
            if queue.boxes:
                queue.submit()
            elif sure:
                queue.empty()
            else:
                queue.skip()
            if queue.number == number:
                raise InputError(f"stand_in: {queue.current.path} stays open: {queue.message}")
            count += 1
    finally:
        queue.who = person
    return count


def _corrected(shown: Sequence[OpenBox], known: Sequence[OpenBox], iou: float) -> list[OpenBox]:
    """The known boxes, in the place of pre-labels where these lie on them."""
    boxes, left = [], set(range(len(known)))
    for row, column, overlap in pairs(_corners(shown), _corners(known)):
        one, truth = shown[row], known[column]
        corners: dict[str, Any] = {} if overlap >= iou else dict(zip(CORNERS, truth.corners, strict=True))
        boxes.append(replace(one, class_name=truth.class_name, ignore=truth.ignore, **corners))
        left.discard(column)
    return boxes + [replace(known[column], prediction_id=None) for column in sorted(left)]


def _corners(boxes: Sequence[OpenBox]) -> Boxes:
    return as_boxes([box.corners for box in boxes])
