"""Other readings of the same numbers: for each known mistake, what the boxes are if exactly that mistake was made.

A hypothesis undoes one mistake. It is a function from the numbers as written to corners in upright pixels, so it can be
scored on all boxes at once, and if it wins, it is also the repair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.label.reading.read import Found
from workbench.label.reading.resolve import decode
from workbench.model.geometry import Boxes

Array = npt.NDArray[np.float64]
_COMMON = (
    (416, 416),
    (640, 640),
    (512, 512),
    (608, 608),
    (300, 300),
    (320, 320),
    (800, 800),
    (1024, 1024),
    (640, 480),
    (800, 600),
    (1024, 768),
    (1280, 720),
    (1920, 1080),
    (1280, 960),
)
_WORDS = {"xyxy": "xyxy", "xywh": "xywh", "cxcywh": "cxcywh"}


@dataclass(frozen=True)
class Frame:
    """All that a hypothesis may look at; every array has one row per box as read.

    Attributes:
        values: as written, shape (n, 4).
        layout: the format's own layout.
        unit: the format's own unit.
        file: index of the label file, shape (n,).
        size: upright width and height, shape (n, 2).
        declared: width and height as the file declares, NaN where it does not.
        previous: size of the picture of the file before, in the order of names.
        orientation: EXIF value of the picture, shape (n,).
    """

    values: Boxes
    layout: str
    unit: str
    file: npt.NDArray[np.int64]
    size: Array
    declared: Array
    previous: Array
    orientation: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hypothesis:
    """One reading of the numbers.

    Attributes:
        name: the catalogue's code, or ``as-read``.
        detail: which variant of it, in words.
        prior: how many nats rarer it is than the plain reading.
        boxes: corners in upright pixels, shape (n, 4).
    """

    name: str
    detail: str
    prior: float
    boxes: Boxes


def make_frame(found: Found) -> Frame:
    """Collect the arrays that hypotheses need from what was read."""
    raw, pictures, resolved = found.raw, found.pictures, found.resolved
    declared, true = resolved.declared, resolved.true
    turn = np.ones(len(raw.files), dtype=np.int64)
    seen = np.flatnonzero(resolved.picture >= 0)
    turn[seen] = pictures.orientation[resolved.picture[seen]]
    before = np.vstack([true[:1], true[:-1]])
    rows = np.asarray(raw.file, dtype=np.int64)
    return Frame(raw.array(), raw.layout, raw.unit, rows, true[rows], declared[rows], before[rows], turn[rows])


def hypotheses(frame: Frame) -> Iterator[Hypothesis]:
    """Every reading worth trying, the format's own first; readings that change nothing are left out by the caller."""
    with np.errstate(all="ignore"):
        yield Hypothesis("as-read", "", 0.0, decode(frame.values, frame.layout, frame.unit, frame.size))
        yield from _columns(frame)
        yield from _units(frame)
        yield from _sizes(frame)
        yield from _chains(frame)
        yield from _turns(frame)


def _columns(frame: Frame) -> Iterator[Hypothesis]:
    """The right unit, the wrong columns."""
    v, unit, size, layout = frame.values, frame.unit, frame.size, frame.layout
    for other in ("xyxy", "xywh", "cxcywh"):
        if other != layout:
            yield Hypothesis(_mixed_up(other, layout), f"read as {other}", 1.0, decode(v, other, unit, size))
    if layout == "xyxy":
        yield Hypothesis(
            "columns-xxyy", "read as xmin xmax ymin ymax", 2.0, decode(v[:, [0, 2, 1, 3]], "xyxy", unit, size)
        )
        yield Hypothesis("min-max-swapped", "maximum first", 2.0, decode(v[:, [2, 3, 0, 1]], "xyxy", unit, size))
    else:
        yield Hypothesis(
            "width-height-swapped", "height before width", 2.0, decode(v[:, [0, 1, 3, 2]], layout, unit, size)
        )
        halved = v * np.array([1.0, 1.0, 2.0, 2.0])
        yield Hypothesis("half-size", "width and height doubled", 4.0, decode(halved, layout, unit, size))
    yield Hypothesis("axes-swapped", "y before x", 2.0, decode(v[:, [1, 0, 3, 2]], layout, unit, size))


def _mixed_up(written: str, expected: str) -> str:
    if (written, expected) == ("xywh", "cxcywh"):
        return "corner-for-centre"
    if (written, expected) == ("cxcywh", "xywh"):
        return "centre-for-corner"
    return f"{_WORDS[written]}-for-{_WORDS[expected]}"


def _units(frame: Frame) -> Iterator[Hypothesis]:
    """Another unit, with the format's own columns or corners."""
    v, size, layout = frame.values, frame.size, frame.layout
    layouts = [layout, *(other for other in ("xyxy", "cxcywh", "xywh") if other != layout)]
    for rank, other in enumerate(layouts):
        rarer = 1.0 if rank else 0.0
        if frame.unit != "px":
            yield Hypothesis("pixels-for-relative", f"{other} in pixels", 1.0 + rarer, decode(v, other, "px", size))
        else:
            yield Hypothesis("relative-for-pixels", f"{other} from 0 to 1", 1.0 + rarer, decode(v, other, "rel", size))
        if frame.unit == "percent":
            yield Hypothesis("relative-for-pixels", f"{other} from 0 to 1", 1.0 + rarer, decode(v, other, "rel", size))
        else:
            yield Hypothesis("percent", f"{other} from 0 to 100", 2.0 + rarer, decode(v, other, "percent", size))
        yield Hypothesis("per-mille", f"{other} from 0 to 1000", 2.0 + rarer, decode(v / 10, other, "percent", size))


def _sizes(frame: Frame) -> Iterator[Hypothesis]:
    """The right columns, another picture's size."""
    v, layout, size = frame.values, frame.layout, frame.size
    swapped = size[:, ::-1]
    if frame.unit != "px":
        yield Hypothesis(
            "normalised-by-swapped-size", "x by height, y by width", 1.5, decode(v, layout, frame.unit, swapped)
        )
        yield Hypothesis(
            "normalised-by-previous-size", "the file before", 2.5, decode(v, layout, frame.unit, frame.previous)
        )
        for w, h in _other_sizes(frame):
            fixed = np.broadcast_to(np.array([w, h], dtype=np.float64), size.shape)
            yield Hypothesis("normalised-by-other-size", f"{w} x {h}", 4.0, decode(v, layout, frame.unit, fixed))
        return
    ratio = size / frame.declared
    if np.isfinite(ratio).any() and np.nanmax(np.abs(ratio - 1)) > 1e-9:
        yield Hypothesis("declared-frame", "the declared size", 1.0, decode(v * np.tile(ratio, 2), layout, "px", size))
    for w, h in _other_sizes(frame):
        scale = size / np.array([w, h], dtype=np.float64)
        yield Hypothesis("frame-of-other-size", f"{w} x {h}", 4.0, decode(v * np.tile(scale, 2), layout, "px", size))


def _other_sizes(frame: Frame) -> list[tuple[int, int]]:
    """Sizes that values may belong to: of other pictures of the set, usual ones, and any that makes pixels whole."""
    known = frame.size[np.isfinite(frame.size).all(axis=1)].astype(int)
    own = Counter(map(tuple, known.tolist()))
    found = [size for size, _ in own.most_common(4)]
    if len(known):
        found.append((int(known[0][0]), int(known[0][1])))
    if frame.unit != "px":
        whole = _whole_pixel_size(frame)
        if whole:
            found.insert(0, whole)
    return list(dict.fromkeys([*found, *_COMMON]))


def _whole_pixel_size(frame: Frame) -> tuple[int, int] | None:
    """The smallest size at which nearly all edges fall on whole pixels, as they do where a person drew them."""
    edges = decode(frame.values[:400], frame.layout, frame.unit, np.ones((min(len(frame.values), 400), 2)))
    edges = edges[np.isfinite(edges).all(axis=1)]
    if len(edges) < 8:
        return None
    sides = []
    for axis in (0, 1):
        values = np.unique(edges[:, [axis, axis + 2]].ravel())[:200]
        steps = np.arange(32, 4200, dtype=np.float64)
        off = values[:, None] * steps[None, :]
        share = (np.abs(off - np.round(off)) < 0.01).mean(axis=0)
        best = np.flatnonzero(share > 0.9)
        if not len(best) or len(values) < 8:
            return None
        sides.append(int(steps[best[0]]))
    return sides[0], sides[1]


def _chains(frame: Frame) -> Iterator[Hypothesis]:
    """The story's converter: the picture's size lost to the size of the box before."""
    if frame.unit != "rel" or frame.layout != "cxcywh" or len(frame.file) < 2:
        return
    later = np.r_[False, frame.file[1:] == frame.file[:-1]]
    if not later.any():
        return
    pixels, shares = frame.values.copy(), frame.values.copy()
    plain = np.tile(frame.size, 2)
    pixels[~later] *= plain[~later]
    shares[~later] *= plain[~later]
    for row in np.flatnonzero(later):
        pixels[row] *= np.tile(pixels[row - 1, 2:], 2)
        # A second way to write the bug overwrites the size with the share that was just computed.
        shares[row] *= np.tile(frame.values[row - 1, 2:], 2)
    for name, boxes in (("its size in pixels", pixels), ("its share of the picture", shares)):
        yield Hypothesis("normalised-by-previous-box", name, 1.0, decode(boxes, "cxcywh", "px", frame.size))


def _turns(frame: Frame) -> Iterator[Hypothesis]:
    """The right numbers in a picture that was turned or mirrored."""
    v, layout, unit, size = frame.values, frame.layout, frame.unit, frame.size
    turned = frame.orientation > 1
    plain = decode(v, layout, unit, size)
    if turned.any():
        stored = np.where((frame.orientation >= 5)[:, None], size[:, ::-1], size)
        boxes = turn_upright(decode(v, layout, unit, stored), frame.orientation, size)
        yield Hypothesis("exif-unrotated", "turned by EXIF", 1.0, boxes)
    wide, high = size[:, [0]], size[:, [1]]
    mirrored = np.hstack([wide - plain[:, [2]], plain[:, [1]], wide - plain[:, [0]], plain[:, [3]]])
    yield Hypothesis("flipped-horizontally", "x from the right", 4.0, mirrored)
    mirrored = np.hstack([plain[:, [0]], high - plain[:, [3]], plain[:, [2]], high - plain[:, [1]]])
    yield Hypothesis("flipped-vertically", "y from the bottom", 4.0, mirrored)


def turn_upright(boxes: Boxes, orientation: npt.NDArray[np.int64], size: Array) -> Boxes:
    """Boxes from the stored frame into the upright one.

    Args:
        boxes: corners in the frame as the pixels lie in the file, shape (n, 4).
        orientation: EXIF values 1 to 8, shape (n,).
        size: upright width and height, shape (n, 2).
    """
    result = np.where((orientation >= 5)[:, None], boxes[:, [1, 0, 3, 2]], boxes)
    flip_x = np.isin(orientation, (2, 3, 6, 7))
    flip_y = np.isin(orientation, (3, 4, 7, 8))
    out = result.copy()
    out[flip_x, 0], out[flip_x, 2] = size[flip_x, 0] - result[flip_x, 2], size[flip_x, 0] - result[flip_x, 0]
    out[flip_y, 1], out[flip_y, 3] = size[flip_y, 1] - result[flip_y, 3], size[flip_y, 1] - result[flip_y, 1]
    return out
