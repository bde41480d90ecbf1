"""What to take next: a batch of pictures out of an unlabelled pool, each with the reason why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.collect.covering import Coverage
from workbench.collect.rule_axes import AXES, picture_values
from workbench.model import tables
from workbench.model.errors import InputError

By = Literal["diversity", "coverage", "likeness", "mix"]
WAYS: tuple[By, ...] = get_args(By)

Embeddings = npt.NDArray[np.float32]
"""What a detector's backbone makes of pictures, shape (n, d)."""

_Choice = tuple[int, float, str]


def pick(
    images: pd.DataFrame,
    k: int,
    *,
    by: str = "mix",
    embeddings: Embeddings | None = None,
    there: Embeddings | None = None,
    like: Embeddings | None = None,
    like_names: Sequence[str] = (),
    gap: Coverage | None = None,
) -> pd.DataFrame:
    """Choose up to `k` pictures of a pool.

    Args:
        images: the pool, an `images` table; with measures where `gap` is given.
        k: how many.
        by: ``diversity``: each as unlike as possible to what is there and to those chosen before (farthest first,
            Gonzalez 1985). ``coverage``: pictures out of the regions that `gap` says are missing, those first of which
            most are needed. ``likeness``: the pictures most like the given ones. ``mix``: in turn by each of these
            that its arguments are given for.
        embeddings: of the pool, shape (n, d).
        there: of the pictures that are labelled already, shape (m, d).
        like: of the pictures to look for, shape (j, d).
        like_names: what to call these in a reason.
        gap: what is missing; see `workbench.collect.covering`.

    Returns:
        image_id, path, by, score and reason, in the order of choice. By coverage there may be fewer than `k`: only
        pictures that fill a gap are proposed.

    Raises:
        TableError: if the table breaks its rules.
        InputError: if `k` or `by` makes no sense or an argument that `by` needs is missing.
    """
    images = tables.validate(images, "images")
    if k < 1:
        raise InputError(f"k is {k}; expected a whole number of at least 1")
    if by not in WAYS:
        raise InputError(f"by is {by!r}; expected one of {', '.join(WAYS)}")
    given: dict[str, bool] = {
        "coverage": gap is not None,
        "likeness": embeddings is not None and like is not None,
        "diversity": embeddings is not None,
    }
    chosen_ways = [way for way, has in given.items() if has] if by == "mix" else [by]
    if not chosen_ways or not all(given[way] for way in chosen_ways):
        needs = {"coverage": "gap", "likeness": "embeddings and like", "diversity": "embeddings"}
        raise InputError(f"picking by {by} needs {needs.get(by, 'gap or embeddings')}; give it, or choose another way")
    if embeddings is not None and len(embeddings) != len(images):
        raise InputError(f"{len(embeddings)} embeddings for {len(images)} pictures; give one for each, in their order")
    taken: set[int] = set()
    ways: dict[str, Iterator[_Choice]] = {}
    if "coverage" in chosen_ways and gap is not None:
        ways["coverage"] = _by_coverage(images, gap, taken)
    if "likeness" in chosen_ways and embeddings is not None and like is not None:
        ways["likeness"] = _by_likeness(_unit(embeddings), _unit(like), list(like_names))
    if "diversity" in chosen_ways and embeddings is not None:
        ways["diversity"] = _by_diversity(_unit(embeddings), None if there is None else _unit(there), taken)
    return _in_turn(images, k, ways, taken)


def _in_turn(images: pd.DataFrame, k: int, ways: dict[str, Iterator[_Choice]], taken: set[int]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    while ways and len(rows) < min(k, len(images)):
        for way in list(ways):
            choice = next((one for one in ways[way] if one[0] not in taken), None)
            if choice is None:
                del ways[way]
            elif len(rows) < k:
                row, score, reason = choice
                taken.add(row)
                here = images.iloc[row]
                rows.append(
                    {"image_id": here["image_id"], "path": here["path"], "by": way, "score": score, "reason": reason}
                )
    return pd.DataFrame(rows, columns=pd.Index(["image_id", "path", "by", "score", "reason"]))


def _by_diversity(pool: Embeddings, there: Embeddings | None, taken: set[int]) -> Iterator[_Choice]:
    """Farthest first by cosine distance; what other ways take counts as chosen, too."""
    if there is not None and len(there):
        distance = 1 - (pool @ there.T).max(axis=1)
        word = "what is there"
    else:
        distance = 1 - pool @ _unit(pool.mean(axis=0, keepdims=True))[0]
        word = "the pool's mean"
    seen: set[int] = set()
    while True:
        for row in taken - seen:
            seen.add(row)
            distance = np.minimum(distance, 1 - pool @ pool[row])
        free = np.array([row not in taken for row in range(len(pool))])
        if not free.any():
            return
        row = int(np.where(free, distance, -np.inf).argmax())
        reason = f"unlike {word} and those chosen before: nearest at distance {distance[row]:.2f}"
        yield row, float(distance[row]), reason


def _by_likeness(pool: Embeddings, like: Embeddings, names: Sequence[str]) -> Iterator[_Choice]:
    similarity = pool @ like.T
    best = similarity.argmax(axis=1)
    value = similarity.max(axis=1)
    for row in np.argsort(-value, kind="stable").tolist():
        name = names[best[row]] if len(names) == len(like) else f"given picture {best[row] + 1}"
        yield row, float(value[row]), f"like {name} (similarity {value[row]:.2f})"


def _by_coverage(images: pd.DataFrame, gap: Coverage, taken: set[int]) -> Iterator[_Choice]:
    """Greedy: the picture that lies in the regions of which most pictures are still lacking."""
    lacking = {
        (row["axis"], row["region"]): int(row["to_fill"])
        for row in tables.records(gap.table)
        if row["missing"] and row["level"] == "picture"
    }
    values = picture_values(images, tables.empty("boxes"))
    regions: list[list[tuple[str, str]]] = [[] for _ in range(len(images))]
    for axis in AXES:
        if axis.name in values:
            for row, number in enumerate(axis.region_of(values[axis.name]).tolist()):
                if number >= 0 and (axis.name, axis.regions[number]) in lacking:
                    regions[row].append((axis.name, axis.regions[number]))
    while True:
        scores = [
            -1.0 if row in taken else float(sum(max(lacking[place], 0) for place in regions[row]))
            for row in range(len(images))
        ]
        row = int(np.argmax(scores)) if scores else 0
        if not scores or scores[row] <= 0:
            return
        filled = [place for place in regions[row] if lacking[place] > 0]
        reason = "; ".join(f"{axis} {region!r}: {lacking[axis, region]} more are needed" for axis, region in filled)
        yield row, scores[row], reason
        for place in filled:
            lacking[place] -= 1


def _unit(vectors: Embeddings) -> Embeddings:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), dtype=np.float32)
