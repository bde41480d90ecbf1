"""Rules about single boxes and pairs: doubled, thin, odd against the rest of the set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.label.reading.raw import Problem, written
from workbench.model.geometry import CORNERS, paired_iou

NEAR_DUPLICATE_IOU = 0.8
ENOUGH = 30
"""From this many boxes of one class on, "unlike the others" means something."""
_CROWDED = 400


def check_boxes(images: pd.DataFrame, boxes: pd.DataFrame, *, pixels: bool) -> Iterator[Problem]:
    """Every rule about boxes that were taken.

    Args:
        images: the `images` table.
        boxes: the `boxes` table; the columns line, label_file and shape are used where they are there.
        pixels: whether the format writes pixels, so that fractions are worth a word.
    """
    if not len(boxes):
        return
    corners = boxes[CORNERS].to_numpy(dtype=np.float64)
    sizes = images.set_index("image_id")[["width", "height"]].astype("float64").reindex(boxes["image_id"]).to_numpy()
    yield from _pairs(boxes, corners)
    yield from _odd(boxes, corners, sizes)
    if pixels:
        yield from _one_based(corners, sizes)
        broken = (np.abs(corners - np.round(corners)) > 1e-6).any(axis=1)
        if broken.any():
            yield Problem("float-coordinates", f"{int(broken.sum())} of {len(boxes)} boxes")


def _one_based(corners: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]) -> Iterator[Problem]:
    """Boxes that touch the far edges exactly and the near ones at 1, never at 0: counting began at 1."""
    near, far = corners[:, :2], corners[:, 2:] == sizes
    ones = int((near == 1).sum())
    if not (near < 1).any() and ones >= 5 and int(far.sum()) >= 5:
        message = f"{ones} edges lie at 1, none at 0, and {int(far.sum())} at the picture's full width or height"
        yield Problem("one-based", message)


def _problem(code: str, message: str, boxes: pd.DataFrame, row: int, corners: npt.NDArray[np.float64]) -> Problem:
    one = boxes.iloc[row]
    file: Any = one.get("label_file")
    line: Any = one.get("line")
    return Problem(
        code,
        message,
        file if isinstance(file, str) else None,
        int(line) if line is not None and pd.notna(line) else None,
        str(one["image_id"]),
        written(corners[row]),
    )


def _pairs(boxes: pd.DataFrame, corners: npt.NDArray[np.float64]) -> Iterator[Problem]:
    codes, _ = pd.factorize(boxes["image_id"])
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    for step in range(1, min(len(order), _CROWDED)):
        # All pairs that are `step` apart among the boxes of one picture, in every picture at once.
        near = np.flatnonzero(ordered[step:] == ordered[:-step])
        if not len(near):
            return
        first, second = order[near], order[near + step]
        overlap = paired_iou(corners[first], corners[second])
        close = overlap >= 0.5
        yield from _judge_pairs(boxes, corners, first[close], second[close], overlap[close])


def _judge_pairs(
    boxes: pd.DataFrame,
    corners: npt.NDArray[np.float64],
    firsts: npt.NDArray[np.int64],
    seconds: npt.NDArray[np.int64],
    overlap: npt.NDArray[np.float64],
) -> Iterator[Problem]:
    for first, second, iou in zip(firsts.tolist(), seconds.tolist(), overlap.tolist(), strict=True):
        one, two = boxes.iloc[first], boxes.iloc[second]
        same = one["class_name"] == two["class_name"]
        said = f"'{two['class_name']}', IoU {iou:.2f} with box {written(corners[first])}"
        if one["labeller"] != two["labeller"] and one["labeller"] and two["labeller"]:
            if not same:
                message = " and ".join(f"{box['labeller']} says '{box['class_name']}'" for box in (one, two))
                message += f", IoU {iou:.2f}"
                yield _problem("labellers-disagree", message, boxes, second, corners)
        elif same and one.get("shape") != two.get("shape") and isinstance(one.get("shape"), str):
            message = f"'{one['class_name']}' as {one['shape']} and {two['shape']}, IoU {iou:.2f}"
            yield _problem("two-shapes", message, boxes, second, corners)
        elif same and (corners[first] == corners[second]).all():
            yield _problem("duplicate-box", said, boxes, second, corners)
        elif same and iou >= NEAR_DUPLICATE_IOU:
            yield _problem("near-duplicate-box", said, boxes, second, corners)


def _odd(boxes: pd.DataFrame, corners: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]) -> Iterator[Problem]:
    extent = corners[:, 2:] - corners[:, :2]
    thin = extent.min(axis=1)
    with np.errstate(all="ignore"):
        at_edge = np.any((corners[:, :2] <= 1) | (corners[:, 2:] >= sizes - 1), axis=1)
        share = np.prod(extent, axis=1) / np.prod(sizes, axis=1)
        whole = np.all(extent >= 0.995 * sizes, axis=1)
        aspect = np.log(extent[:, 0] / extent[:, 1])
        size = np.log(share)
    known = np.all(np.isfinite(sizes), axis=1)
    for row in np.flatnonzero(whole & known):
        yield _problem("whole-picture", f"'{boxes['class_name'].iloc[row]}'", boxes, int(row), corners)
    hair = np.asarray((thin <= 2) & (np.nan_to_num(sizes).min(axis=1) >= 64))
    names = boxes["class_name"].to_numpy()
    for name in dict.fromkeys(names.tolist()):
        rows = np.flatnonzero(names == name)
        middle = float(np.median(thin[rows]))
        cut = hair[rows].copy()
        if len(rows) >= 10:
            small = thin[rows] <= 0.025 * sizes[rows].min(axis=1)
            cut |= at_edge[rows] & (thin[rows] < middle / 4) & small
        for row in rows[cut]:
            place = " at the edge" if at_edge[row] else ""
            message = f"{extent[row, 0]:.4g} x {extent[row, 1]:.4g} px{place}; usual are {middle:.0f} px"
            yield _problem("sliver", message, boxes, int(row), corners)
        if len(rows) < ENOUGH:
            continue
        rest = rows[~cut & ~at_edge[rows]]
        yield from _outliers("odd-aspect", "width to height", aspect, 0.15, rest, boxes, corners)
        yield from _outliers("odd-size", "share of the picture", size, 0.35, rest[known[rest]], boxes, corners)


def _outliers(
    code: str,
    what: str,
    logs: npt.NDArray[np.float64],
    floor: float,
    rows: npt.NDArray[np.int64],
    boxes: pd.DataFrame,
    corners: npt.NDArray[np.float64],
) -> Iterator[Problem]:
    if not len(rows):
        return
    values = logs[rows]
    middle = float(np.median(values))
    spread = max(1.4826 * float(np.median(np.abs(values - middle))), floor)
    for row in rows[np.abs(values - middle) > 8 * spread]:
        message = f"{what} is {np.exp(logs[row]):.3g}, the class's median is {np.exp(middle):.3g}"
        yield _problem(code, message, boxes, int(row), corners)
