"""What a training set and a frozen test share: a detector that has seen a test picture finds it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench import tables
from workbench.errors import InputError
from workbench.project import ProjectFolder
from workbench.version.testset import FrozenTest, frozen_tests

NEAR_BITS = 6
"""Perceptual hashes of 64 bits that differ in at most this many are near-duplicates, without a look at the pictures."""

_COLUMNS = ("image_id", "test", "test_image_id", "why")
_NAMED = 5


def find_leaks(images: pd.DataFrame, test: FrozenTest) -> pd.DataFrame:
    """Pictures to train on (splits train and val) that are in a frozen test, or give pictures of it away.

    Args:
        images: an `images` table. Near-duplicates are looked for where both tables have a column ``phash``.
        test: the frozen test.

    Returns:
        image_id, test, test_image_id and why (``same file``, ``same group``, ``near-duplicate``), the strongest reason
        for each picture.
    """
    images = tables.validate(images, "images")
    seen = tables.records(images[images["split"].isin(("train", "val"))])
    unseen = tables.records(test.tables()[0])
    rows: dict[Any, dict[str, Any]] = {}
    for why, pairs in (
        ("same file", _equal(seen, unseen, "sha256")),
        ("same group", _equal(seen, unseen, "group_id")),
        ("near-duplicate", _near(seen, unseen)),
    ):
        for mine, theirs in pairs:
            rows.setdefault(mine, dict(zip(_COLUMNS, (mine, test.lock.name, theirs, why), strict=True)))
    return pd.DataFrame(list(rows.values()), columns=pd.Index(_COLUMNS))


def refuse_leaks(project: ProjectFolder, images: pd.DataFrame, *, version: str) -> None:
    """Refuse to train on what a frozen test of the project holds or gives away.

    Raises:
        InputError: naming the pictures.
    """
    found = [find_leaks(images, test) for test in frozen_tests(project)]
    leaks = tables.records(pd.concat(found, ignore_index=True)) if found else []
    if leaks:
        named = "; ".join(
            f"{row['image_id']} ({row['why']} as {row['test_image_id']} of {row['test']!r})" for row in leaks[:_NAMED]
        )
        more = f"; and {len(leaks) - _NAMED} more" if len(leaks) > _NAMED else ""
        raise InputError(
            f"{len(leaks)} pictures of {version} leak into a frozen test: {named}{more}; "
            "put them into the split pool (p.store.set_split), take a snapshot and train on that"
        )


def _equal(seen: list[dict[str, Any]], unseen: list[dict[str, Any]], name: str) -> Iterator[tuple[Any, Any]]:
    held = {row[name]: row["image_id"] for row in reversed(unseen) if row[name]}
    return ((row["image_id"], held[row[name]]) for row in seen if row[name] in held)


def _near(seen: list[dict[str, Any]], unseen: list[dict[str, Any]]) -> Iterator[tuple[Any, Any]]:
    mine, theirs = ([row for row in rows if row.get("phash")] for rows in (seen, unseen))
    if not mine or not theirs:
        return
    others = _numbers(theirs)
    for row, number in zip(mine, _numbers(mine), strict=True):
        bits = np.bitwise_count(others ^ number)
        nearest = int(bits.argmin())
        if bits[nearest] <= NEAR_BITS:
            yield row["image_id"], theirs[nearest]["image_id"]


def _numbers(rows: list[dict[str, Any]]) -> npt.NDArray[np.uint64]:
    return np.array([int(row["phash"], 16) for row in rows], dtype=np.uint64)
