"""Which of many hashes lie close together: every pair is compared, so that the time never depends on the pictures.

One comparison is an exclusive or and a count of bits; a block of them stays in the processor's cache. 100,000 hashes
are five thousand million pairs, and each is a comparison with the mirrored picture, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.machine.helpers import processors
from workbench.pictures.alike.perceptual_hash import Hashes, mirrored

NEAR_BITS = 14
"""Pictures whose hashes differ in at most this many of 64 bits are looked at again. A crop by 3 % on every side stays
within it in 97 of 100 photos; two unrelated photos come so close about once in ten thousand pairs."""

MOST_NEIGHBOURS = 50
"""Of each picture only this many of the nearest are returned: a thousand frames of a standing camera are all alike."""

_Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.bool_]]
_ROWS, _COLUMNS = 64, 8192
_TIGHTER = ((5_000, NEAR_BITS), (20_000, 12))
_TIGHTEST = 10


def bits_for(count: int) -> int:
    """In how many bits near pictures may differ among so many: more pictures come close to each other by chance."""
    return next((bits for most, bits in _TIGHTER if count <= most), _TIGHTEST)


@dataclass(frozen=True)
class Pairs:
    """Hashes that lie close together, the nearest first.

    Attributes:
        first: row of one, shape (k,).
        second: row of the other, shape (k,); greater than `first` where a set was compared with itself.
        bits: in how many of 64 bits they differ, shape (k,).
        turned: whether that holds of the mirrored first one, shape (k,).
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    bits: npt.NDArray[np.uint8]
    turned: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    def __iter__(self) -> Iterator[tuple[int, int, bool]]:
        return zip(self.first.tolist(), self.second.tolist(), self.turned.tolist(), strict=True)


def near_pairs(
    hashes: Hashes,
    others: Hashes | None = None,
    *,
    within: int | None = None,
    most: int = MOST_NEIGHBOURS,
    workers: int | None = None,
) -> Pairs:
    """Find all pairs of hashes that differ in few bits, as they are or one of them mirrored.

    Args:
        hashes: shape (n,).
        others: shape (m,); without it `hashes` are compared with each other.
        within: the most bits in which a pair may differ; by default `bits_for` so many hashes.
        most: how many of the nearest are kept for each of `hashes`.
        workers: how many processors to use; as many as this process may if not given.
    """
    if within is None:
        within = bits_for(len(hashes) + (0 if others is None else len(others)))
    with ThreadPoolExecutor(processors(workers)) as pool:
        starts = range(0, len(hashes), _ROWS)
        mine, theirs = _halves(hashes), None if others is None else _halves(others)
        found = list(pool.map(lambda start: _of_rows(mine, theirs, start, within, most), starts))
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return Pairs(empty, empty, empty.astype(np.uint8), empty.astype(bool))
    first, second, bits, turned = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((second, first, bits))
    return Pairs(first[order], second[order], bits[order], turned[order])


def _halves(hashes: Hashes) -> npt.NDArray[np.uint32]:
    """The bits that mirroring leaves alone and those that it turns, 32 each, shape (2, n).

    So one comparison serves both: mirrored, a pair differs in those of the second half in which it did not.
    """
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    turned = np.unpackbits(mirrored(np.zeros(1, dtype=np.uint64)).astype(">u8").view(np.uint8)).astype(bool)
    halves = (np.packbits(bits[:, part], axis=1) for part in (~turned, turned))
    return np.stack([np.ascontiguousarray(half).view(np.uint32).ravel() for half in halves])


def _of_rows(
    hashes: npt.NDArray[np.uint32], others: npt.NDArray[np.uint32] | None, start: int, within: int, most: int
) -> _Columns:
    mine = hashes[:, start : start + _ROWS]
    theirs = hashes if others is None else others
    begin = start if others is None else 0
    different = np.empty((mine.shape[1], _COLUMNS), dtype=np.uint32)
    count = np.empty((3, mine.shape[1], _COLUMNS), dtype=np.uint8)
    parts = []
    for column in range(begin, theirs.shape[1], _COLUMNS):
        block = theirs[:, column : column + _COLUMNS]
        wide = block.shape[1]
        for half in range(2):
            np.bitwise_xor(mine[half][:, None], block[half][None], out=different[:, :wide])
            np.bitwise_count(different[:, :wide], out=count[half, :, :wide])
        odd, nearest = count[1, :, :wide], count[2, :, :wide]
        np.subtract(32, odd, out=nearest)
        np.minimum(odd, nearest, out=nearest)
        np.add(nearest, count[0, :, :wide], out=nearest)
        row, place = np.divmod(np.flatnonzero(nearest <= within), wide)
        if len(row):
            bits = nearest[row, place]
            parts.append((row + start, place + column, bits, odd[row, place] > 16))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none.astype(np.uint8), none.astype(bool)
    first, second, bits, turned = (np.concatenate(part) for part in zip(*parts, strict=True))
    keep = np.ones(len(first), dtype=bool) if others is not None else second > first
    first, second, bits, turned = first[keep], second[keep], bits[keep], turned[keep]
    return _nearest(first, second, bits, turned, most)


def _nearest(
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    bits: npt.NDArray[np.uint8],
    turned: npt.NDArray[np.bool_],
    most: int,
) -> _Columns:
    order = np.lexsort((second, bits, first))
    sizes = np.unique(first, return_counts=True)[1]
    rank = np.arange(len(first)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    order = order[rank < most]
    return first[order], second[order], bits[order], turned[order]
