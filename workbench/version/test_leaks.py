"""What a training set and a frozen test share: a detector that has seen a test picture finds it again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.version.frozen_tests import FrozenTest, frozen_tests

_COLUMNS = ("image_id", "test", "test_image_id", "why")
_NAMED = 5


def leaks_into_test(images: pd.DataFrame, test: FrozenTest, *, root: Path | None = None) -> pd.DataFrame:
    """Pictures to train on (splits train and val) that are in a frozen test, or give pictures of it away.

    The rule is that of `workbench.pictures.find_leaks`.

    Args:
        images: an `images` table. Near-duplicates are looked for where both tables have a column ``phash``.
        test: the frozen test.
        root: the folder that both tables' paths start from; without it nearness is judged by hashes alone.

    Returns:
        image_id, test, test_image_id and why, the strongest reason for each picture.
    """
    from workbench.pictures.alike.leaks import GivenAway

    images = tables.validate(images, "images")
    seen = tables.records(images[images["split"].isin(("train", "val"))])
    unseen = tables.records(test.tables()[0])
    found = GivenAway(root).between(seen, unseen)
    rows = [(one.row["image_id"], test.lock.name, one.other["image_id"], one.why) for one in found]
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


def refuse_leaks(project: ProjectFolder, images: pd.DataFrame, *, version: str) -> None:
    """Refuse to train on what a frozen test of the project holds or gives away.

    Raises:
        InputError: naming the pictures.
    """
    found = [leaks_into_test(images, test, root=project.root) for test in frozen_tests(project)]
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
