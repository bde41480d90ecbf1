"""What whoever reads figures must know beside them: what was left out and why, and what looks like a mistake."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.analyse.difficult import difficult_boxes
from workbench.analyse.inputs import Inputs, TestSet, listed
from workbench.model.wording import counted

MOST, SOME = 0.9, 5
"""A predictions file that names fewer of the pictures with boxes than this share, and leaves out as many or more than
these, may be of other pictures."""


def remarks_of(inputs: Inputs, test_set: TestSet) -> tuple[str, ...]:
    """One sentence each; none where everything is as it seems."""
    return (
        *_unreadable(inputs, test_set),
        *_elsewhere(inputs),
        *_not_named(inputs, test_set),
        *_difficult(inputs),
        *_unknown_classes(test_set),
        *inputs.remarks,
    )


def predictions_left_out(inputs: Inputs, test_set: TestSet) -> int:
    """How many predictions lie on pictures that are not looked at, for whatever reason."""
    return len(inputs.predictions) - len(test_set.predictions.image) + inputs.left_out.predictions_elsewhere


def _unreadable(inputs: Inputs, test_set: TestSet) -> Iterator[str]:
    left_out = inputs.left_out
    if test_set.unreadable:
        theirs = int(inputs.predictions["image_id"].astype("str").isin(list(left_out.unreadable)).sum())
        yield (
            f"{counted(test_set.unreadable, 'pictures')} left out with {counted(theirs, 'predictions')}, because not "
            f"all of their labels could be read: {_first(list(left_out.unreadable.values()))}; "
            "workbench check says what is wrong"
        )
    if left_out.slips:
        yield (
            f"{counted(len(left_out.slips), 'boxes')} without area left out of the truth, so that a find there counts "
            f"as a false alarm: {_first(left_out.slips)}"
        )
    if left_out.faults:
        yield (
            f"{counted(len(left_out.faults), 'faults')} in the labels could not be put to a picture, whose truth may "
            f"lack something: {_first(left_out.faults)}; workbench check says what is wrong"
        )


def _elsewhere(inputs: Inputs) -> Iterator[str]:
    left_out = inputs.left_out
    if left_out.elsewhere:
        yield (
            f"{counted(left_out.elsewhere, 'labelled pictures')} not in {left_out.folder}: left out with "
            f"{counted(left_out.predictions_elsewhere, 'predictions')}"
        )


def _not_named(inputs: Inputs, test_set: TestSet) -> Iterator[str]:
    """Pictures with boxes that no prediction names: a detector that missed all, or one that never saw them?"""
    if inputs.all_looked_at or not len(test_set.predictions.image):
        return
    filled = np.unique(test_set.boxes.image[~test_set.boxes.ignore])
    named = int(np.isin(filled, test_set.predictions.image).sum())
    missing = len(filled) - named
    if missing >= SOME and named < MOST * len(filled):
        yield (
            f"the predictions name {named} of {counted(len(filled), 'labelled pictures')} with boxes; all boxes "
            f"of the other {missing} count as missed; if these were not looked at, give the folder "
            "of those that were (--images)"
        )


def _difficult(inputs: Inputs) -> Iterator[str]:
    marked = int(difficult_boxes(inputs.boxes).sum())
    if not marked:
        return
    if inputs.difficult == "ignore":
        yield (
            f"{counted(marked, 'boxes')} marked difficult, which count neither as found nor as missed, as Pascal VOC "
            "has it; --difficult count counts them"
        )
    else:
        yield (
            f"{counted(marked, 'boxes')} marked difficult, which count like any other; "
            "--difficult ignore leaves them out, as Pascal VOC does"
        )


def _unknown_classes(test_set: TestSet) -> Iterator[str]:
    unknown = test_set.unknown_classes
    if unknown and len(test_set.boxes.image):
        rows = np.isin(np.asarray(test_set.classes, dtype=object)[test_set.predictions.label], list(unknown))
        yield (
            f"{counted(int(rows.sum()), 'predictions')} of {listed(set(unknown))}, which no box has: they are false "
            "alarms, and AP leaves them out; if it means the same as another class, --rename it"
        )


def _first(said: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    return f"{said[0]}{more}"
