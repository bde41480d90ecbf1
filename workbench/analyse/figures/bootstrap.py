"""The one bootstrap: what is taken for independent, how it is drawn again, and the 95 % interval that follows.

Every interval of the package comes from here: figures of an evaluation, of a part of it, and differences of two.

**What is drawn** is a unit: pictures that belong together (`units_of`). Frames of one video show the same objects in
the same light; taken for independent they promise far more certainty than they hold, so whole groups are drawn (cluster
bootstrap: Davison & Hinkley 1997, *Bootstrap Methods and their Application*, 3.8). Where videos are too few for that,
they are cut into pieces, and the interval then speaks of these videos only; `Units.words` says so.

**How**: each unit comes into a draw Poisson(1) times (Hanley & MacGibbon 2006, *Computer Methods and Programs in
Biomedicine* 83), a number that follows from the unit's name and the draw's number and from nothing else. So two
detectors are drawn in pairs, in whatever order their pictures come, and a part of a test (its stills, its video, a
slice) is drawn exactly as it is drawn within the whole.

**The interval** is the percentile interval (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, 13.3), its
percentiles moved outward for few units as Student's t is wider than the normal distribution (Hesterberg 2015, *The
American Statistician* 69, "expanded percentile"). How many units there are is counted by weight (`effective`). One
alone says nothing of others: NaN. Where all units agree on 0 or 1, draws cannot differ, and the end they cannot tell
is Wilson's (1927) for so many cases as there are units; a rate of 0 has the Poisson score's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint8]
Kind = Literal["share", "rate", "difference"]

DRAWS = 1000
"""How often the units are drawn again."""

SEED = 0
"""Of the draws."""

LEVEL = 0.95

ENOUGH_GROUPS = 8
"""From so many groups on (counted by weight, see `effective`) a group is the unit."""

PIECE_S = 2.0
"""Length of a piece of video: about the time in which an object passes."""

TOO_FEW = "too few groups"
"""Stands in `Units.words` where pictures that belong together are drawn apart."""

_CHUNK, _LITTLE = 4096, 2**24
_POISSON = np.exp(-1.0) * np.cumsum(1.0 / np.cumprod(np.maximum(np.arange(10.0), 1.0)))
_TIMES = np.searchsorted(_POISSON, (np.arange(2**16) + 0.5) / 2**16).astype(np.uint8)
"""Sixteen random bits to a number of times, Poisson(1)."""


@dataclass(frozen=True, eq=False)
class Units:
    """What is taken for independent.

    Attributes:
        of_image: the unit of each picture, shape (pictures,).
        keys: the units' names, shape (units,); a unit has the same name in every test that holds it.
        words: what the units are and how many, such as ``picture (100) and group (12)``.
    """

    of_image: Ints
    keys: npt.NDArray[np.object_]
    words: str

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def drawn(self) -> Counts:
        """How often each unit comes into each draw, shape (units, `DRAWS`)."""
        hashed = pd.util.hash_array(self.keys, categorize=False)
        steps = (np.arange(DRAWS // 4, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        times = np.empty((len(self.keys), DRAWS), dtype=np.uint8)
        for start in range(0, len(hashed), _CHUNK):
            # splitmix64 (Steele, Lea & Flood 2014) of the unit's name and the draw's number; four draws a word.
            z = (hashed[start : start + _CHUNK, None] ^ np.uint64(SEED)) + steps
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            times[start : start + _CHUNK] = _TIMES[z.astype("<u8").view("<u2")]
        return times

    def totals(self, counts: npt.ArrayLike) -> Floats:
        """Sums over the units as they are (row 0) and in each draw; shape (`DRAWS` + 1, n).

        Args:
            counts: whole numbers, shape (units, n).
        """
        each = np.asarray(counts)
        # Sums of whole numbers are exact, whatever the order, as long as the type holds them.
        small = each.sum(initial=0) * len(_POISSON) < 2**24
        result = np.zeros((DRAWS + 1, each.shape[1]))
        result[0] = each.sum(axis=0)
        # On matrices this small several threads wait for one another longer than they work.
        with threadpool_limits(1, user_api="blas"):
            for start in range(0, len(self.keys), _CHUNK):
                here = slice(start, start + _CHUNK)
                if not small:
                    result[1:] += (each[here].T.astype(np.float64) @ self.drawn[here].astype(np.float64)).T
                    continue
                times = self.drawn[here].astype(np.float32) if self._floats is None else self._floats[here]
                result[1:] += (each[here].T.astype(np.float32) @ times).T
        return result

    @cached_property
    def _floats(self) -> npt.NDArray[np.float32] | None:
        """`drawn` as a product wants it, where that takes little memory: a slider asks for it at every move."""
        return self.drawn.astype(np.float32) if self.drawn.size <= _LITTLE else None


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure, or n of them, as they are and in every draw.

    Attributes:
        values: row 0 the figure, then each draw's; shape (`DRAWS` + 1, n).
        units: how many units it rests on (see `effective`), shape (n,).
        kind: a share lies between 0 and 1, a rate above 0.
    """

    values: Floats
    units: Floats
    kind: Kind

    @property
    def value(self) -> Floats:
        """The figures, shape (n,)."""
        return np.asarray(self.values[0], dtype=np.float64)

    def less(self, before: Drawn) -> Drawn:
        """The difference of this and an earlier figure, draw by draw."""
        return Drawn(self.values - before.values, np.minimum(self.units, before.units), "difference")

    @cached_property
    def interval(self) -> tuple[Floats, Floats]:
        """Lower and upper end of the 95 % interval, shape (n,) each; NaN where there is none."""
        from scipy.special import ndtr, stdtrit

        with np.errstate(invalid="ignore", divide="ignore"):
            # More than one unit is taken for two at least.
            known = np.where(self.units > 1 + 1e-9, np.maximum(self.units, 2.0), np.nan)
            t = stdtrit(known - 1, (1 + LEVEL) / 2)
            tail = ndtr(-t * np.sqrt(known / (known - 1)))
        low, high = _quantiles(self.values[1:], tail)
        if self.kind == "difference":
            return low, high
        value, square = self.value, t * t
        if self.kind == "rate":
            return low, np.where(value == 0, square / known, high)
        return np.where(value == 1, known / (known + square), low), np.where(
            value == 0, square / (known + square), high
        )


def share_of(units: Units, part: npt.ArrayLike, whole: npt.ArrayLike) -> Drawn:
    """The share of `part` in `whole`, whole numbers of each unit, shape (units,) each."""
    sums = units.totals(np.column_stack([part, whole]))
    return Drawn(ratio(sums[:, :1], sums[:, 1:]), effective(whole)[None], "share")


def units_of(images: pd.DataFrame) -> Units:
    """Tell the units from ``group_id`` and ``frame_s``.

    Groups with moments (videos) and groups without (bursts of stills, copies) are looked at apart, so that the stills
    of a test, or its video, have the units that they have in the whole test. In each: groups, if there are
    `ENOUGH_GROUPS`; else pieces of `PIECE_S` of video; else pictures. A picture without a group stands for itself.

    Args:
        images: a checked `images` table.
    """
    ids = images["image_id"].astype("str").to_numpy(dtype=object)
    group = images["group_id"].to_numpy(dtype=object)
    alone = np.asarray(group == "", dtype=bool)
    names = np.where(alone, "p\0" + ids, "g\0" + group)
    moment = images["frame_s"].to_numpy(dtype=np.float64, na_value=np.nan)
    timed = np.isin(names, names[~np.isnan(moment)])
    words = []
    for kind in (~timed, timed):
        sizes = np.unique(names[kind], return_counts=True)[1]
        if not len(sizes):
            continue
        if sizes.max() == 1:
            unit = "picture"
        elif effective(sizes) >= ENOUGH_GROUPS:
            unit = "group"
        elif kind is timed:
            unit = f"{PIECE_S:g} s of video, {TOO_FEW}"
            piece = np.where(np.isnan(moment), -1, np.floor(np.nan_to_num(moment) / PIECE_S)).astype(np.int64)
            names = np.where(kind & ~alone, names + "\0" + piece.astype(str).astype(object), names)
        else:
            unit = f"picture, {TOO_FEW}"
            names = np.where(kind, "p\0" + ids, names)
        words.append((unit, len(np.unique(names[kind]))))
    codes, keys = pd.factorize(names)
    return Units(
        codes.astype(np.int64),
        np.asarray(keys, dtype=object),
        " and ".join(f"{unit} ({count})" for unit, count in words),
    )


def effective(weights: npt.ArrayLike) -> Floats:
    """How many equal units weigh as much as these (Kish 1965): (Σw)² / Σw² over the first axis; 0 for none."""
    w = np.asarray(weights, dtype=np.float64)
    return np.nan_to_num(ratio(w.sum(axis=0) ** 2, (w * w).sum(axis=0)))


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """`part` / `whole`, NaN where `whole` is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    result = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=result, where=bottom != 0)
    return result


def _quantiles(draws: Floats, tail: Floats) -> tuple[Floats, Floats]:
    """The `tail` and 1 − `tail` quantiles of each column's numbers, interpolated as NumPy does; NaN without any."""
    ranked = np.sort(draws, axis=0)
    last = np.maximum((~np.isnan(ranked)).sum(axis=0) - 1, 0)
    columns = np.arange(draws.shape[1])
    ends = []
    for share in (tail, 1 - tail):
        place = np.nan_to_num(share) * last
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, last)
        left, right = ranked[below, columns], ranked[above, columns]
        ends.append(np.where(np.isnan(share), np.nan, left + (right - left) * (place - below)))
    return ends[0], ends[1]
