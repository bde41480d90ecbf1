"""Which trait is to blame for a miss: a decision list over traits, learned from what was found and what was not.

A trait is to blame only if boxes that have it are found more rarely. The list is grown as rule learners do (Rivest
1987): the trait and threshold that tell misses from hits best (largest gain in log-likelihood) come first, its boxes
are set aside, and the rest is explained by what still tells them apart. So a small, dark and blurred plate is blamed on
the blur if small and dark ones without blur are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analyse.match.test_arrays import Flags, Floats, Ints
from workbench.analyse.why.traits import Trait

SIGNIFICANT = 4.6
"""Gain in log-likelihood (nats) from which on a rule is more than chance: χ² of 9.2, for one threshold 1 in 400."""

LEAST_MISSED = 0.1
"""A trait is to blame only if at least this share of the boxes that have it is missed."""

CLEAR = 1.25
"""Severity from which on a trait is clear without statistics."""

_THRESHOLDS = 24
"""Thresholds tried for a trait."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One line of the list: boxes with at least this severity are found more rarely than the others left.

    Attributes:
        trait: position of the trait.
        severity: from here on.
        found_with: share found of the boxes that have it, among those the lines before left.
        found_without: share found of the others.
    """

    trait: int
    severity: float
    found_with: float
    found_without: float


@dataclass(frozen=True, eq=False)
class Blame:
    """The list, and for every box the line it falls under, -1 for none; shape (boxes,)."""

    rules: tuple[Rule, ...]
    line: Ints


def blame(traits: Sequence[Trait], found: Flags, counted: Flags) -> Blame:
    """Learn the list and sort every box under its line.

    Traits that no significant rule names are tried once more by their own measure (severity `CLEAR`, well beyond what
    is worth a word): with one or two misses nothing is significant, and yet the one tiny box that was missed is tiny.

    Args:
        traits: each with a severity of shape (boxes,).
        found: shape (boxes,).
        counted: boxes that count, shape (boxes,).
    """
    line = np.full(len(found), -1, dtype=np.int64)
    rules: list[Rule] = []
    left = counted.copy()

    def add(rule: Rule) -> None:
        here = left & _has(traits[rule.trait], rule.severity)
        line[here] = len(rules)
        rules.append(rule)
        left[here] = False

    while True:
        best, gain = _best(traits, found, left)
        if best is None or gain < SIGNIFICANT:
            break
        add(best)
    clear = [rule for number in range(len(traits)) if (rule := _judge(traits, number, CLEAR, found, left)) is not None]
    for rule in sorted(clear, key=lambda rule: rule.found_with - rule.found_without):
        again = _judge(traits, rule.trait, rule.severity, found, left)
        if again is not None:
            add(again)
    return Blame(tuple(rules), line)


def _to_blame(found_with: Floats, found_without: Floats) -> Flags:
    """Whether a trait may be blamed: most misses of boxes that have it would not be there without it."""
    missed, usual = 1 - np.asarray(found_with), 1 - np.asarray(found_without)
    return np.asarray((missed >= 2 * usual) & (missed >= LEAST_MISSED - 1e-9), dtype=bool)


def _has(trait: Trait, severity: float) -> Flags:
    with np.errstate(invalid="ignore"):
        return np.asarray(trait.severity >= severity, dtype=bool)


def _judge(traits: Sequence[Trait], number: int, severity: float, found: Flags, left: Flags) -> Rule | None:
    has = _has(traits[number], severity)
    with_it, without = found[left & has], found[left & ~has]
    if not len(with_it) or not len(without) or not _to_blame(with_it.mean(), without.mean()):
        return None
    return Rule(number, severity, float(with_it.mean()), float(without.mean()))


def _best(traits: Sequence[Trait], found: Flags, left: Flags) -> tuple[Rule | None, float]:
    best: tuple[Rule | None, float] = (None, 0.0)
    total, found_total = int(left.sum()), int((found & left).sum())
    if not 0 < found_total < total:
        return best
    for number, trait in enumerate(traits):
        rows = trait.order[left[trait.order]]
        if not len(rows):
            continue
        ranked, hits = trait.severity[rows], found[rows]
        # Only between two different severities can a line be drawn; more lines than needed cost time, not truth.
        ends = np.flatnonzero(np.append(ranked[:-1] != ranked[1:], True)) + 1
        if len(ends) > _THRESHOLDS:
            ends = ends[np.unique(np.linspace(0, len(ends) - 1, _THRESHOLDS).astype(int))]
        inside = np.cumsum(hits, dtype=np.int64)[ends - 1]
        with_it, without = inside / ends, (found_total - inside) / np.maximum(total - ends, 1)
        gains = _likelihood(inside, ends) + _likelihood(found_total - inside, total - ends)
        gains -= _likelihood(np.array([found_total]), np.array([total]))
        gains[~_to_blame(with_it, without) | (ends == total)] = 0.0
        at = int(np.argmax(gains))
        if gains[at] > best[1] + 1e-9:
            rule = Rule(number, float(ranked[ends[at] - 1]), float(with_it[at]), float(without[at]))
            best = rule, float(gains[at])
    return best


def _likelihood(hits: Ints, total: Ints) -> Floats:
    """Greatest log-likelihood of so many hits among so many boxes."""
    k, n = hits.astype(np.float64), total.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(k > 0, k * np.log(k / n), 0.0) + np.where(k < n, (n - k) * np.log(1 - k / n), 0.0)
    return np.asarray(np.nan_to_num(result), dtype=np.float64)
