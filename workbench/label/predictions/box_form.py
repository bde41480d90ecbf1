"""In what form boxes are written: as their format says, or as one of the mistakes that the check knows.

The check (`workbench.label.check.hypotheses`) asks the pixels which reading of the numbers is right. Here the labels
answer: of the surest predictions most lie on a labelled box in the right reading, and hardly one in a wrong one. Where
another reading is right, nothing is read: the file is refused, and the message says what the numbers are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.label.check.hypotheses import Frame, hypotheses
from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.predictions.as_written import Written
from workbench.label.predictions.overlaps import LIES_ON, Ints, Labelled
from workbench.label.reading.raw import Layout, Unit
from workbench.label.reading.resolve import decode
from workbench.model.errors import InputError
from workbench.model.geometry import Boxes


class BoxFormat(NamedTuple):
    """What four numbers are: their layout, what they count, and whether y stands before x."""

    layout: Layout
    unit: Unit
    y_first: bool = False

    def decode(self, values: Boxes, size: npt.NDArray[np.float64]) -> Boxes:
        """Numbers so written as corners in pixels, shape (n, 4)."""
        return decode(values[:, [1, 0, 3, 2]] if self.y_first else values, self.layout, self.unit, size)

    def __str__(self) -> str:
        words = "ymin xmin ymax xmax" if self.y_first else _LAYOUT_WORDS[self.layout]
        return f"{words} {_UNIT_WORDS[self.unit]}"


_LAYOUT_WORDS = {
    "xywh": "x y width height",
    "xyxy": "xmin ymin xmax ymax",
    "cxcywh": "centre x, centre y, width, height",
}
_UNIT_WORDS = {"px": "in pixels", "rel": "from 0 to 1", "percent": "from 0 to 100"}
BOX_FORMATS = {
    "xywh": BoxFormat("xywh", "px"),
    "xyxy": BoxFormat("xyxy", "px"),
    "cxcywh": BoxFormat("cxcywh", "px"),
    "yxyx": BoxFormat("xyxy", "px", y_first=True),
    "xywh-rel": BoxFormat("xywh", "rel"),
    "xyxy-rel": BoxFormat("xyxy", "rel"),
    "cxcywh-rel": BoxFormat("cxcywh", "rel"),
    "yxyx-rel": BoxFormat("xyxy", "rel", y_first=True),
    "xywh-percent": BoxFormat("xywh", "percent"),
    "xyxy-percent": BoxFormat("xyxy", "percent"),
    "cxcywh-percent": BoxFormat("cxcywh", "percent"),
}
"""What ``box_format`` may be: the four numbers, and what they count; pixels if it says nothing else."""
_FEW = 3
_SURE_IOU = 0.8
_HARDLY, _SOME, _MOST, _NEARLY_ALL = 0.2, 0.2, 0.5, 0.9
_ENOUGH, _PART = 0.3, 0.8
_DOT = 2.0
_REL = 1.5
_FITS = 0.02
"""So much of a side may a box reach outside its picture."""


def asked_format(box_format: str) -> BoxFormat:
    """The form that a person asked for.

    Raises:
        InputError: if there is no such form.
    """
    if box_format not in BOX_FORMATS:
        raise InputError(f"box format {box_format!r} is unknown; use one of {', '.join(BOX_FORMATS)}")
    return BOX_FORMATS[box_format]


def check_form(
    written: Written,
    boxes: Boxes,
    picture: Ints,
    size: npt.NDArray[np.float64],
    labelled: Labelled,
) -> list[str]:
    """See that the numbers are what their format says, and not one of the mistakes that are known.

    Args:
        written: as read.
        boxes: corners in pixels as the format says, shape (n, 4).
        picture: of every prediction, shape (n,).
        size: width and height of its picture, NaN where unknown, shape (n, 2).
        labelled: the boxes that the predictions will be held against.

    Returns:
        What a person should know of boxes that were taken as they are.

    Raises:
        InputError: if another reading explains the numbers, naming it.
    """
    known = np.flatnonzero(np.isfinite(size).all(axis=1))
    rows = labelled.surest(picture, np.asarray(written.confidence))
    rows = rows[np.isfinite(size[rows]).all(axis=1)]
    outside = _lies_outside(boxes[known], size[known])
    own = _lie(labelled, picture[rows], boxes[rows], LIES_ON)
    if len(known) and outside.mean() >= _MOST and own <= _HARDLY * len(rows):
        fitting = [
            (int(_lie(labelled, picture[rows], other[np.searchsorted(known, rows)], LIES_ON)), words, advice)
            for words, advice, other in _plain_readings(written, size[known], known)
            if _lies_outside(other, size[known]).mean() <= _FITS
        ]
        if fitting:
            _, words, advice = max(fitting, key=lambda one: one[0])
            raise _refused(
                written, words, advice, f"as {_own(written)} {outside.sum()} of {len(known)} do not fit their pictures"
            )
    notes = []
    if len(known) and outside.mean() >= _SOME:
        notes.append(
            f"{outside.sum()} of {len(known)} predictions reach outside their pictures, or have hardly any area"
        )
    return [*notes, *_check_on_labels(written, boxes[rows], picture[rows], size[rows], labelled, rows)]


def _check_on_labels(
    written: Written, boxes: Boxes, picture: Ints, size: npt.NDArray[np.float64], labelled: Labelled, rows: Ints
) -> list[str]:
    """Hold the surest predictions against the labelled boxes, in every reading of their numbers."""
    if not len(rows):
        return []
    beside = labelled.nearest(picture, boxes)[0] < LIES_ON
    missed, own = int(beside.sum()), int((~beside).sum())
    if missed <= _HARDLY * len(rows) or (own and missed <= _FEW):
        return []
    few = len(rows) < _FEW
    readings = _plain_readings if few else _readings
    best, words, advice = max(
        (
            (_lie(labelled, picture[beside], other[beside], _SURE_IOU if few else LIES_ON), words, advice)
            for words, advice, other in readings(written, size, rows)
        ),
        key=lambda one: one[0],
    )
    # A part of them may be written otherwise: then hardly one is left that is beside its box in both readings.
    most = own <= _HARDLY * best and best >= max(_FEW, _ENOUGH * len(rows))
    if best == missed if few else most or best >= _PART * missed:
        evidence = f"{best} of {len(rows)} lie on a labelled box so, {own} as {_own(written)}"
        raise _refused(written, words, advice, evidence)
    if own:
        return []
    which = "the surest prediction" if len(rows) == 1 else f"none of the {len(rows)} surest predictions"
    lies = "lies on no labelled box" if len(rows) == 1 else "lies on a labelled box"
    return [f"{which} {lies}: are they of these pictures, and {_own(written)}?"]


def _lie(labelled: Labelled, picture: Ints, boxes: Boxes, least: float) -> int:
    return int((labelled.nearest(picture, boxes)[0] >= least).sum())


def _own(written: Written) -> str:
    return str(BoxFormat(written.layout, written.unit))


def _refused(written: Written, words: str, advice: str, evidence: str) -> InputError:
    return InputError(f"predictions {written.source}: these boxes look like {words} ({evidence}); {advice}")


def _lies_outside(boxes: Boxes, size: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Boxes that are none, that reach far out of their picture, or that are dots: shape (n,)."""
    with np.errstate(all="ignore"):
        extent = boxes[:, 2:] - boxes[:, :2]
        out = np.maximum(-boxes[:, :2], boxes[:, 2:] - size)
        dot = (extent < _DOT).all(axis=1) & (size > 8 * _DOT).all(axis=1)
        return np.asarray(
            ~np.isfinite(boxes).all(axis=1)
            | (extent < 0).any(axis=1)
            | (out > np.maximum(1.5, np.maximum(_FITS * size, 0.1 * extent))).any(axis=1)
            | dot
        )


def _plain_readings(written: Written, size: npt.NDArray[np.float64], rows: Ints) -> Iterator[tuple[str, str, Boxes]]:
    """Other columns and other units: what they are in words, what to do, and the boxes."""
    values = written.array()[rows]
    small = bool((np.abs(values) <= _REL).all(axis=1).mean() > _NEARLY_ALL)
    for name, one in BOX_FORMATS.items():
        if one != (written.layout, written.unit, False) and small == (one.unit == "rel"):
            yield str(one), f"give --box-format {name}, or write {_own(written)}", one.decode(values, size)
    for other in written.other_readings:
        boxes = decode(other.values[rows], other.layout, other.unit, size)
        yield other.words, "write class cx cy w h confidence", boxes


def _readings(written: Written, size: npt.NDArray[np.float64], rows: Ints) -> Iterator[tuple[str, str, Boxes]]:
    """The plain readings, and then every mistake that the check knows."""
    yield from _plain_readings(written, size, rows)
    unknown = np.full_like(size, np.nan)
    upright = np.ones(len(rows), dtype=np.int64)
    frame = Frame(
        written.array()[rows], written.layout, written.unit, np.arange(len(rows)), size, unknown, size, upright
    )
    for one in hypotheses(frame):
        if one.name != "as-read":
            detail = f" ({one.detail})" if one.detail else ""
            advice = f"write {_own(written)} of the picture as it is shown"
            yield f"a mistake that the check knows: {CATALOGUE[one.name].title}{detail}", advice, one.boxes
