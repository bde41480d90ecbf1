"""Which pictures may be changed copies of which: whose details look alike, wherever they lie.

The hash of a whole picture is lost when it is cropped or turned; the looks of its details are not (ORB turns with them,
and finds them at several scales). Every detail is filed under a few draws of its bits, and two that fall into one
pigeonhole give their pictures a vote (locality-sensitive hashing; Gionis, Indyk and Motwani 1999). So each picture is
held against thousands in the time of some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

MOST_VOTED = 4
"""Of each picture so many that have most votes are returned."""

_DRAWS, _BITS, _LOOK_BITS = 12, 24, 256
_CROWDED = 40
"""A pigeonhole with more details in it says nothing: sky, asphalt, text."""
_LEAST_VOTES = 1.0
_ROWS = 256

Looks = npt.NDArray[np.uint8]
"""The looks of a picture's details, shape (n, 32)."""


def voted_pairs(mine: Sequence[Looks], others: Sequence[Looks], *, most: int = MOST_VOTED) -> Iterator[tuple[int, int]]:
    """Pairs of a picture and one of the others whose details look alike, each once.

    Those with most votes come first.

    Args:
        mine: the looks of the details of each picture.
        others: likewise.
        most: how many are returned for each of `mine`, and for each of `others`.
    """
    if not mine or not others:
        return
    rng = np.random.default_rng(0)
    draws = [rng.permutation(_LOOK_BITS)[:_BITS] for _ in range(_DRAWS)]
    holes = [_filed(others, draw) for draw in draws]
    best = _Best(len(others), most)
    for start in range(0, len(mine), _ROWS):
        part = mine[start : start + _ROWS]
        votes = np.zeros(len(part) * len(others))
        for draw, (keys, owners) in zip(draws, holes, strict=True):
            asked, askers = _filed(part, draw)
            first = np.searchsorted(keys, asked, "left")
            count = np.searchsorted(keys, asked, "right") - first
            says = (count > 0) & (count <= _CROWDED)
            first, count, askers = first[says], count[says], askers[says]
            ends = np.cumsum(count)
            places = np.repeat(first - (ends - count), count) + np.arange(int(count.sum()))
            cells = np.repeat(askers, count) * len(others) + owners[places]
            # Rare looks weigh more.
            votes += np.bincount(cells, weights=np.repeat(1 / count, count), minlength=len(votes))
        best.take(start, votes.reshape(len(part), len(others)))
    yield from best.pairs()


class _Best:
    """The pairs with most votes of each picture and of each of the others, whatever part of the votes is known."""

    def __init__(self, others: int, most: int) -> None:
        self._most = most
        self._found: dict[tuple[int, int], float] = {}
        self._votes = np.zeros((0, others))
        self._rows = np.zeros((0, others), dtype=np.int64)

    def take(self, start: int, votes: npt.NDArray[np.float64]) -> None:
        """Votes of some pictures, from the row `start` on, for all the others, shape (n, m)."""
        count = min(self._most, votes.shape[1])
        for row, columns in enumerate(np.argpartition(-votes, count - 1, axis=1)[:, :count]):
            self._keep(start + row, columns, votes[row, columns])
        rows = np.broadcast_to(np.arange(start, start + len(votes))[:, None], votes.shape)
        every, rows = np.concatenate([self._votes, votes]), np.concatenate([self._rows, rows])
        count = min(self._most, len(every))
        top = np.argpartition(-every, count - 1, axis=0)[:count]
        self._votes, self._rows = np.take_along_axis(every, top, 0), np.take_along_axis(rows, top, 0)

    def pairs(self) -> list[tuple[int, int]]:
        """All of them, those with most votes first."""
        columns = np.arange(self._votes.shape[1])
        for rows, votes in zip(self._rows, self._votes, strict=True):
            for row, column, said in zip(rows.tolist(), columns.tolist(), votes.tolist(), strict=True):
                self._keep(row, np.array([column]), np.array([said]))
        return sorted(self._found, key=lambda pair: (-self._found[pair], pair))

    def _keep(self, row: int, columns: npt.NDArray[np.int64], votes: npt.NDArray[np.float64]) -> None:
        for column, said in zip(columns.tolist(), votes.tolist(), strict=True):
            if said >= _LEAST_VOTES:
                self._found[row, column] = said


def _filed(looks: Sequence[Looks], draw: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """The pigeonholes of all details in their order, and whose details they are."""
    owners = np.repeat(np.arange(len(looks)), [len(one) for one in looks])
    stacked = np.concatenate(looks)
    keys = np.zeros(len(stacked), dtype=np.uint32)
    for bit in draw.tolist():
        keys = keys << np.uint32(1) | (stacked[:, bit // 8] >> np.uint8(7 - bit % 8) & np.uint8(1))
    order = np.argsort(keys, kind="stable")
    return keys[order], owners[order]
