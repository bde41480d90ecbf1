"""Masks as run lengths: how many pixels are outside, how many inside, in turns, line after line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def extent(runs: npt.NDArray[np.int64], length: int, lines: int) -> tuple[int, int, int, int] | None:
    """Where the drawn pixels lie: first line, first place in a line, end of the lines, end of the places.

    Args:
        runs: counts of pixels, what is outside first.
        length: of a line (COCO counts down the columns, CVAT along the rows).
        lines: how many there are.

    Returns:
        None where nothing is drawn.

    Raises:
        ValueError: if the runs do not fill the lines exactly.
    """
    if length < 1 or (runs < 0).any() or runs.sum() != length * lines:
        raise ValueError("run lengths")
    ends = np.cumsum(runs)
    first, last = (ends - runs)[1::2], ends[1::2] - 1
    drawn = last >= first
    first, last = first[drawn], last[drawn]
    if not len(first):
        return None
    # A run that goes on in the next line touches both ends of a line.
    whole = bool((first // length != last // length).any())
    low, high = (0, length) if whole else (int((first % length).min()), int((last % length).max()) + 1)
    return int(first[0]) // length, low, int(last[-1]) // length + 1, high
