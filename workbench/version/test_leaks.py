"""What a training set and a frozen test share: a detector that has seen a test picture finds it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.wording import counted
from workbench.project import ProjectFolder
from workbench.version.frozen_tests import FrozenTest, frozen_tests

_COLUMNS = ("image_id", "test", "test_image_id", "why")
_NAMED = 5
_NEVER = "same file"


class AllowedCopies(BaseModel):
    """Pictures that were trained on although they give a frozen test away by the rule, and why.

    Attributes:
        because: the reason that was given.
        pictures: of each the picture, the test, the test's picture that it resembles, and why it does.
    """

    model_config = ConfigDict(frozen=True)

    because: str
    pictures: tuple[tuple[str, str, str, str], ...]

    def __str__(self) -> str:
        tests = ", ".join(sorted({repr(test) for _, test, _, _ in self.pictures}))
        return (
            f"trained on {counted(len(self.pictures), 'pictures')} that give away the frozen test {tests} by the rule "
            f"of leaks; allowed because: {self.because}"
        )


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
    from workbench.pictures.alike.leaks import GivenAway, one_of_each

    images = tables.validate(images, "images")
    unseen = tables.records(test.tables()[0])
    search = GivenAway(root)
    rows = []
    for split in ("train", "val"):
        found = search.between(unseen, tables.records(images[images["split"] == split]))
        for one in one_of_each(found, lambda given: given.other):
            rows.append((one.other["image_id"], test.lock.name, one.row["image_id"], one.why))
    return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))


def refuse_leaks(
    project: ProjectFolder, images: pd.DataFrame, *, version: str, allow_copies: bool = False, because: str = ""
) -> AllowedCopies | None:
    """Refuse to train on what a frozen test of the project holds or gives away.

    Args:
        project: whose frozen tests.
        images: an `images` table; the splits train and val are looked at.
        version: its name, for the message.
        allow_copies: let pictures through that resemble a picture of a test, which a person has looked at; never the
            test's own files.
        because: why; needed with `allow_copies`.

    Returns:
        What was let through, for the record; None if there is no such picture.

    Raises:
        InputError: naming the pictures; or if only one of `allow_copies` and `because` is given.
    """
    if allow_copies != bool(because.strip()):
        raise InputError(
            "allow_copies and because go together (--allow-copies --because TEXT): say why these pictures are no copies"
        )
    found = [leaks_into_test(images, test, root=project.root) for test in frozen_tests(project)]
    every = tables.records(pd.concat(found, ignore_index=True)) if found else []
    leaks = [row for row in every if row["why"] == _NEVER or not allow_copies]
    if leaks:
        named = "; ".join(
            f"{row['image_id']} ({row['why']} as {row['test_image_id']} of {row['test']!r})" for row in leaks[:_NAMED]
        )
        more = f"; and {len(leaks) - _NAMED} more" if len(leaks) > _NAMED else ""
        raise InputError(
            f"{len(leaks)} pictures of {version} leak into a frozen test: {named}{more}; "
            "put them into the split pool (p.folder.store.set_split), take a snapshot and train on that"
            f"{_or_allow(leaks)}"
        )
    if not every:
        return None
    pictures = tuple((row["image_id"], row["test"], row["test_image_id"], row["why"]) for row in every)
    return AllowedCopies(because=because.strip(), pictures=pictures)


def _or_allow(leaks: list[dict[str, Any]]) -> str:
    if any(row["why"] == _NEVER for row in leaks):
        return ""
    return "; if you have looked at them and they show other things: --allow-copies --because TEXT (allow_copies=True)"
