"""What a training set and a frozen test share: a detector that has seen a test picture finds it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.version.frozen_tests import FrozenTest, frozen_tests

SURE_BITS = 6
"""Perceptual hashes of 64 bits that differ in at most this many are near-duplicates where the pictures are not there to
be looked at. Where they are, hashes that lie close are a reason to look (`workbench.collect.near_rows`)."""

_COLUMNS = ("image_id", "test", "test_image_id", "why")
_NAMED = 5


def find_leaks(images: pd.DataFrame, test: FrozenTest, *, root: Path | None = None) -> pd.DataFrame:
    """Pictures to train on (splits train and val) that are in a frozen test, or give pictures of it away.

    Args:
        images: an `images` table. Near-duplicates are looked for where both tables have a column ``phash``.
        test: the frozen test.
        root: the folder that both tables' paths start from; without it nearness is judged by hashes alone.

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
        ("near-duplicate", _near(seen, unseen, root)),
    ):
        for mine, theirs in pairs:
            rows.setdefault(mine, dict(zip(_COLUMNS, (mine, test.lock.name, theirs, why), strict=True)))
    return pd.DataFrame(list(rows.values()), columns=pd.Index(_COLUMNS))


def refuse_leaks(project: ProjectFolder, images: pd.DataFrame, *, version: str) -> None:
    """Refuse to train on what a frozen test of the project holds or gives away.

    Raises:
        InputError: naming the pictures.
    """
    found = [find_leaks(images, test, root=project.root) for test in frozen_tests(project)]
    leaks = tables.records(pd.concat(found, ignore_index=True)) if found else []
    if leaks:
        named = "; ".join(
            f"{row['image_id']} ({row['why']} as {row['test_image_id']} of {row['test']!r})" for row in leaks[:_NAMED]
        )
        more = f"; and {len(leaks) - _NAMED} more" if len(leaks) > _NAMED else ""
        raise InputError(
            f"{len(leaks)} pictures of {version} leak into a frozen test: {named}{more}; "
            "put them into the split pool (p.folder.store.set_split), take a snapshot and train on that"
        )


def _equal(seen: list[dict[str, Any]], unseen: list[dict[str, Any]], name: str) -> Iterator[tuple[Any, Any]]:
    held = {row[name]: row["image_id"] for row in reversed(unseen) if row[name]}
    return ((row["image_id"], held[row[name]]) for row in seen if row[name] in held)


def _near(seen: list[dict[str, Any]], unseen: list[dict[str, Any]], root: Path | None) -> Iterator[tuple[Any, Any]]:
    from workbench.pictures import near_rows
    from workbench.pictures.alike.second_look import SecondLook

    look = SecondLook()

    def same(row: dict[str, Any], other: dict[str, Any], bits: int, turned: bool) -> bool:
        files = [] if root is None else [root / one["path"] for one in (row, other) if one["path"]]
        if len(files) == 2 and all(file.is_file() for file in files):
            return look.same(*files, turned=turned)
        return bits <= SURE_BITS

    return ((row["image_id"], other["image_id"]) for row, other, _, _ in near_rows(seen, unseen, same))
