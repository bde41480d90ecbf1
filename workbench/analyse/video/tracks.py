"""Objects through the frames of a video: linked by place where nobody has numbered them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.analyse.inputs import Floats, Ints

GAP_S = 0.7
"""An object that is not seen for longer is another one when something is there again; of sparse frames, for two."""

NEAR = 1.5
"""A box is linked to one that lies at most so many widths away (of the wider) and is about as large."""

SIZE_FACTOR = 2.0


def link(moment: Floats, label: Ints, xyxy: Floats) -> Ints:
    """Number the objects of one video, from 0 on.

    Going through the frames, each box takes the nearest unlinked object of its class, its place carried on by the
    speed it had, closest pairs first.

    Args:
        moment: of each box in seconds, shape (n,), in any order.
        label: class of each box, shape (n,).
        xyxy: corners in pixels, shape (n, 4).

    Returns:
        The object of each box, shape (n,).
    """
    result = np.full(len(moment), -1, dtype=np.int64)
    last: list[int] = []
    before: list[int] = []
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    size = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1e-6)
    moments = np.unique(moment)
    gap = max(GAP_S, 2.1 * float(np.diff(moments).min())) if len(moments) > 1 else GAP_S
    for now in moments:
        rows = np.flatnonzero(moment == now)
        alive = np.array([k for k in range(len(last)) if now - moment[last[k]] <= gap], dtype=np.int64)
        for row, number in _pairs(rows, alive, now, moment, label, centre, size, last, before):
            result[row], before[number], last[number] = number, last[number], row
        for row in rows[result[rows] < 0]:
            result[row] = len(last)
            last.append(int(row))
            before.append(int(row))
    return result


def _pairs(
    rows: Ints,
    alive: Ints,
    now: float,
    moment: Floats,
    label: Ints,
    centre: Floats,
    size: Floats,
    last: list[int],
    before: list[int],
) -> list[tuple[int, int]]:
    if not len(rows) or not len(alive):
        return []
    recent = np.array(last)[alive]
    former = np.array(before)[alive]
    elapsed = np.maximum(moment[recent] - moment[former], 1e-9)[:, None]
    speed: npt.NDArray[np.float64] = np.where(
        (recent != former)[:, None], (centre[recent] - centre[former]) / elapsed, 0.0
    )
    expected = centre[recent] + speed * (now - moment[recent])[:, None]
    wide = np.maximum(size[rows, 0][:, None], size[recent, 0][None])
    apart = np.linalg.norm(centre[rows][:, None] - expected[None], axis=2) / wide
    area = np.log(size.prod(axis=1))
    fits = (apart <= NEAR) & (label[rows][:, None] == label[recent][None])
    fits &= np.abs(area[rows][:, None] - area[recent][None]) <= 2 * np.log(SIZE_FACTOR)
    found: list[tuple[int, int]] = []
    used_rows: set[int] = set()
    used_objects: set[int] = set()
    for flat in np.argsort(np.where(fits, apart, np.inf), axis=None, kind="stable"):
        i, k = divmod(int(flat), len(alive))
        if not fits[i, k]:
            break
        if i not in used_rows and k not in used_objects:
            used_rows.add(i)
            used_objects.add(k)
            found.append((int(rows[i]), int(alive[k])))
    return found
