"""95 % intervals of shares and rates that respect groups: frames of one video are not so many independent cases.

A share such as recall is a ratio of sums over units (videos, pictures). Its variance is that of the residuals of the
units (Cochran 1977, *Sampling Techniques*, 6.3), which is what a bootstrap by group converges to. From it follows how
many independent cases the share is worth, and with that number Wilson's interval (1927) stays inside 0 to 1; Student's
t takes the place of the normal quantile, because few groups say little about how much groups differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEVEL = 0.95

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What a ratio needs to know of its units; every field is a scalar or of shape (n,), one for each ratio.

    Attributes:
        a: sum of the numerators.
        b: sum of the denominators.
        aa: sum of squares of the numerators.
        ab: sum of products.
        bb: sum of squares of the denominators.
        units: number of units with a denominator.
    """

    a: Floats
    b: Floats
    aa: Floats
    ab: Floats
    bb: Floats
    units: Floats


def sums(a: npt.ArrayLike, b: npt.ArrayLike) -> Sums:
    """Sum over units: `a` and `b` of shape (units,) or (units, n)."""
    top, bottom = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    return Sums(
        top.sum(axis=0),
        bottom.sum(axis=0),
        (top * top).sum(axis=0),
        (top * bottom).sum(axis=0),
        (bottom * bottom).sum(axis=0),
        (bottom > 0).sum(axis=0).astype(np.float64),
    )


def share_interval(of: Sums, *, independent: bool = False) -> tuple[Floats, Floats]:
    """95 % interval of the share a / b; NaN where there is no case, 0 to 1 where one unit says nothing of others.

    Args:
        of: the sums.
        independent: take every case for independent, whatever the units say: Wilson's plain interval.
    """
    if independent:
        return wilson_interval(of.a, of.b)
    share = ratio(of.a, of.b)
    variance, t = _variance(of, share), _t(of)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = share * (1 - share) / variance
        spread = of.b**2 / of.bb
    # All found or none: the units do not differ, and how many units there are is all that is known.
    worth = np.where((share <= 0) | (share >= 1), spread, worth)
    worth = np.clip(np.nan_to_num(worth, nan=1.0, posinf=np.inf), 1.0, np.maximum(of.b, 1.0))
    return wilson_interval(share * worth, worth, quantile=t)


def rate_interval(of: Sums) -> tuple[Floats, Floats]:
    """95 % interval of a rate a / b that may exceed 1, such as false alarms per picture (score interval of Poisson)."""
    rate = ratio(of.a, of.b)
    variance, t = _variance(of, rate), _t(of)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = rate / variance
        spread = of.b**2 / of.bb
    worth = np.where(rate <= 0, spread, worth)
    worth = np.clip(np.nan_to_num(worth, nan=1.0, posinf=np.inf), 1e-9, np.maximum(of.b, 1e-9))
    count, square = rate * worth, t * t
    half = t * np.sqrt(count + square / 4)
    low, high = (count + square / 2 - half) / worth, (count + square / 2 + half) / worth
    return np.where(count > 0, np.clip(low, 0, None), np.where(np.isnan(rate), np.nan, 0.0)), high


def wilson_interval(
    hits: npt.ArrayLike, total: npt.ArrayLike, *, quantile: npt.ArrayLike = Z_95
) -> tuple[Floats, Floats]:
    """Wilson's interval (1927) of a share, which stays inside 0 to 1 and honest for few cases.

    Args:
        hits: shape (n,) or a scalar; need not be whole.
        total: likewise; where it is 0 the interval is NaN.
        quantile: of the normal or of Student's distribution.

    Returns:
        Lower and upper end, each of shape (n,).
    """
    k, n, z = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (hits, total, quantile)))
    share, square = ratio(k, n), z**2
    centre = ratio(k + square / 2, n + square)
    half = z * np.sqrt(np.clip(share * (1 - share) * n + square / 4, 0, None)) / (n + square)
    low = np.where(k <= 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(k >= n, 1.0, np.clip(centre + half, 0, 1))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """`part` / `whole`, NaN where `whole` is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    result = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=result, where=bottom != 0)
    return result


def _variance(of: Sums, value: Floats) -> Floats:
    residuals = np.clip(of.aa - 2 * value * of.ab + value**2 * of.bb, 0, None)
    return ratio(residuals * ratio(of.units, of.units - 1), of.b**2)


def _t(of: Sums) -> Floats:
    from scipy.special import stdtrit

    degrees = np.clip(ratio(of.b**2, of.bb) - 1, 1.0, None)
    return np.asarray(stdtrit(np.nan_to_num(degrees, nan=1.0), (1 + LEVEL) / 2), dtype=np.float64)
