"""Traits that make an object hard to find: each a severity for every box, from the tables and, if read, the pixels.

A severity rises with the trouble; 1 is where it begins to be worth a word. What a table does not know is NaN.

Also how many boxes of training are like one of the test: those in the same region of the traits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analyse.inputs import Flags, Floats, Ints, Objects, TestSet
from workbench.analyse.why.pixels import Pixels

EDGE_PIXELS = 1.0
"""A box is cut off when it comes this near to the picture's edge."""

SMALL, FAR, FLAT = 1.4, 1.25, 1.35
"""How many times smaller, farther, or narrower for its height than the median of its class is worth a word."""

BLURRED, DARK, DAZZLED, STEEP_DEG, HIDDEN = 0.25, 80.0, 0.15, 35.0, 0.15
"""Softness (edge width over height, over contrast), grey level, dazzled share, angle, covered share worth a word."""


@dataclass(frozen=True, eq=False)
class Trait:
    """One trait of every box.

    Attributes:
        name: a cause's name.
        severity: shape (boxes,); from 1 on worth a word.
        value: what a person reads, shape (boxes,).
        say: the value in words.
        order: positions of the boxes with a severity of at least 1, the worst first.
    """

    name: str
    severity: Floats
    value: Floats
    say: Callable[[float], str]
    order: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero(self.severity >= 1)
        object.__setattr__(self, "order", rows[np.argsort(-self.severity[rows], kind="stable")])


def traits_of(test_set: TestSet, objects: Objects, pixels: dict[str, Floats] | None) -> list[Trait]:
    """Every trait that the columns allow to judge, in the order in which equals are preferred.

    Columns of `objects.extra` that are understood: ``visible`` (share, 0 to 1), ``occluded``, ``hidden`` and
    ``truncated`` (flags), ``distance_m``, ``angle_h_deg``, ``angle_v_deg``, ``blur_px`` and ``brightness``; what was
    measured in the pixels goes before the last two.
    """
    extra, xyxy = objects.extra, objects.xyxy
    width, height = np.maximum(xyxy[:, 2] - xyxy[:, 0], 1e-9), np.maximum(xyxy[:, 3] - xyxy[:, 1], 1e-9)
    counted = ~objects.ignore
    edge = cut_off(test_set, objects)
    traits = [_flag("cut off", edge | _true(extra, "truncated"), "touches the picture's edge")]
    covered = np.where(edge, 0.0, np.fmax(1 - _numbers(extra, "visible"), _overlapped(objects)))
    flagged = _true(extra, "occluded") | _true(extra, "hidden")
    covered = np.where(flagged, np.fmax(covered, 0.5), covered)
    traits.append(Trait("hidden", covered / HIDDEN, covered, lambda v: f"{v:.0%} of it covered"))
    if pixels is not None:
        blur, light, glare = pixels["blur"], pixels["brightness"], pixels["glare"]
    else:
        blur, light = _numbers(extra, "blur_px"), _numbers(extra, "brightness")
        glare = np.full(len(objects.image), np.nan)
    traits.append(Trait("glare", glare / DAZZLED, glare, lambda v: f"{v:.0%} of its pixels dazzled"))
    with np.errstate(divide="ignore", invalid="ignore"):
        dark = Trait("dark", DARK / np.maximum(light, 1.0), light, lambda v: f"mean brightness {v:.0f} of 255")
    traits.append(dark)
    # Blur widens edges and takes contrast; noise hides the first, a plain object lacks the second.
    soft = blur / height if pixels is None else blur / height * light / np.maximum(pixels["contrast"], 1.0)
    traits.append(Trait("blurred", soft / BLURRED, soft, lambda v: f"softness {v:.2f}"))
    angle = np.fmax(np.abs(_numbers(extra, "angle_h_deg")), np.abs(_numbers(extra, "angle_v_deg")))
    slim = _median(width / height, objects.label, counted) / (width / height)
    if np.isnan(angle).all():
        traits.append(Trait("oblique", slim / FLAT, slim, lambda v: f"{v:.1f} × narrower for its height than usual"))
    else:
        traits.append(Trait("oblique", angle / STEEP_DEG, angle, lambda v: f"seen at {v:.0f}°"))
    distance = _numbers(extra, "distance_m")
    usual = _median(distance, objects.label, counted & ~np.isnan(distance))
    traits.append(Trait("far", distance / usual / FAR, distance, lambda v: f"{v:.0f} m away"))
    size = np.sqrt(width * height)
    shrunk = _median(size, objects.label, counted) / size
    traits.append(Trait("small", shrunk / SMALL, height, lambda v: f"{v:.0f} px high"))
    return [trait for trait in traits if len(trait.order)]


def cut_off(test_set: TestSet, objects: Objects) -> Flags:
    """Boxes that touch an edge of their picture, shape (n,); the far edges only where the picture's size is known."""
    xyxy, image = objects.xyxy, objects.image
    near = (xyxy[:, :2] <= EDGE_PIXELS).any(axis=1)
    far = (xyxy[:, 2] >= test_set.width[image] - EDGE_PIXELS) | (xyxy[:, 3] >= test_set.height[image] - EDGE_PIXELS)
    return np.asarray(near | far, dtype=bool)


def measured(pixels: Pixels | None, side: str) -> dict[str, Floats] | None:
    """The measures of ``boxes`` or ``predictions``; None where no picture was read."""
    if pixels is None or not pixels.read:
        return None
    return pixels.boxes if side == "boxes" else pixels.predictions


def _overlapped(objects: Objects) -> Floats:
    """Share of each box that another box of its picture covers which reaches lower down (stands before it)."""
    result = np.zeros(len(objects.image))
    per_picture = np.bincount(objects.image) if len(objects.image) else np.zeros(0, dtype=np.int64)
    xyxy, area = objects.xyxy, np.prod(np.maximum(objects.xyxy[:, 2:] - objects.xyxy[:, :2], 1e-9), axis=1)
    # A box meets only those of its own picture: the k-th next one is compared for all boxes at once.
    for step in range(1, int(per_picture.max(initial=0))):
        first = np.flatnonzero(objects.image[step:] == objects.image[:-step])
        second = first + step
        low = np.maximum(xyxy[first, :2], xyxy[second, :2])
        high = np.minimum(xyxy[first, 2:], xyxy[second, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        behind = np.where(xyxy[first, 3] <= xyxy[second, 3], first, second)
        usable = ~objects.ignore[first] & ~objects.ignore[second]
        # Two boxes nearly alike are one object labelled twice, not one before the other.
        usable &= shared < 0.7 * np.minimum(area[first], area[second])
        np.maximum.at(result, behind[usable], (shared / area[behind])[usable])
    return result


def _flag(name: str, flag: Flags, words: str) -> Trait:
    return Trait(name, np.where(flag, 2.0, 0.0), flag.astype(np.float64), lambda _: words)


def _numbers(extra: pd.DataFrame, name: str) -> Floats:
    if name not in extra.columns:
        return np.full(len(extra), np.nan)
    return pd.to_numeric(extra[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _true(extra: pd.DataFrame, name: str) -> Flags:
    if name not in extra.columns:
        return np.zeros(len(extra), dtype=bool)
    words = extra[name].astype("str").str.lower()
    return np.asarray(words.isin(("true", "1", "1.0", "yes")), dtype=bool)


def _median(values: Floats, label: Ints, counted: Flags) -> Floats:
    result = np.full(len(values), np.nan)
    for code in np.unique(label[counted]):
        result[label == code] = np.median(values[counted & (label == code)])
    return result


SIZE_FACTOR, SHAPE_FACTOR, BLUR_STEP, LIGHT_STEP = 1.5, 1.6, 0.15, 45.0
"""How far a training box may differ and be alike: in size and shape (factors), edge width over height, grey level."""

SHARPNESS_FACTOR = 2.5
"""And its whole picture in sharpness, where the training pictures are not there to be looked at."""

_READ_SHARE = 0.5
"""Of the training boxes, so many need pixels that were read; with fewer the tables judge."""

FEW_SHARE, FEW_LEAST = 0.005, 3
"""Fewer alike boxes than this share of the training boxes, and than so many at least, are few."""


def strange_to(
    boxes: Objects,
    measures: dict[str, Floats] | None,
    trained: Objects,
    trained_measures: dict[str, Floats] | None,
    test_set: TestSet,
    training: TestSet,
) -> tuple[Ints, int]:
    """Count for each box the training boxes of its class that are alike, and say how many are few.

    Alike means: about the same size in relation to the picture and the same shape, as cut off or not, and, where both
    sides' pixels were read, about as blurred and as bright. Where training's were not, its pictures must be about as
    sharp and as bright, as far as the tables' ``sharpness_320`` and ``brightness`` say.

    Returns:
        Counts of shape (boxes,), and the number below which they are few.
    """
    counted = np.flatnonzero(~trained.ignore)
    few = max(FEW_LEAST, round(FEW_SHARE * len(counted)))
    if measures is None or trained_measures is None or _share_read(trained_measures, counted) < _READ_SHARE:
        measures = trained_measures = None
    read = measures is not None
    ours = _features(boxes, measures or _of_pictures(boxes, test_set), test_set, read=read)
    theirs = _features(trained, trained_measures or _of_pictures(trained, training), training, read=read)[counted]
    names = np.array(training.classes, dtype=object)[trained.label[counted]] if len(counted) else np.zeros(0, object)
    result = np.zeros(len(boxes.image), dtype=np.int64)
    # The size sorts the training boxes, so that each box is compared with its neighbours only.
    for label, name in enumerate(test_set.classes):
        mine = np.flatnonzero(boxes.label == label)
        those = theirs[names == name]
        those = those[np.argsort(those[:, 0])]
        low = np.searchsorted(those[:, 0], ours[mine, 0] - np.log(SIZE_FACTOR))
        high = np.searchsorted(those[:, 0], ours[mine, 0] + np.log(SIZE_FACTOR))
        for row, start, stop in zip(mine, low, high, strict=True):
            apart = np.abs(those[start:stop, 1:] - ours[row, 1:])
            result[row] = int((np.nan_to_num(apart) <= 1.0).all(axis=1).sum())
    return result, few


def _share_read(measures: dict[str, Floats], counted: Ints) -> float:
    return float(np.isfinite(measures["blur"][counted]).mean()) if len(counted) else 1.0


def _of_pictures(objects: Objects, test_set: TestSet) -> dict[str, Floats]:
    """For each object what the tables know of its picture; NaN where they know nothing."""
    known = test_set.images.reindex(columns=["sharpness_320", "brightness"])
    return {str(name): known[name].to_numpy(dtype=np.float64, na_value=np.nan)[objects.image] for name in known}


def _features(objects: Objects, measures: dict[str, Floats], test_set: TestSet, *, read: bool) -> Floats:
    width, height = np.maximum(objects.xyxy[:, 2:] - objects.xyxy[:, :2], 1e-9).T
    # A detector sees pictures brought to one size: what counts is the box's size in relation to the longer side.
    longer = np.fmax(test_set.width, test_set.height)[objects.image]
    longer = np.where(np.isnan(longer), 1.0, longer)
    columns = [
        np.log(np.sqrt(width * height) / longer),
        np.log(width / height) / np.log(SHAPE_FACTOR),
        2.0 * cut_off(test_set, objects),
    ]
    if read:
        softness = measures["blur"] / height / BLUR_STEP
    else:
        softness = np.log(np.maximum(measures["sharpness_320"], 1e-9)) / np.log(SHARPNESS_FACTOR)
    columns += [softness, measures["brightness"] / LIGHT_STEP]
    return np.stack(columns, axis=1)
