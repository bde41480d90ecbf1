from __future__ import annotations

import pytest

from workbench.model.wording import counted


@pytest.mark.parametrize(
    ("count", "what", "said"),
    [
        (0, "boxes ignored", "0 boxes ignored"),
        (1, "boxes ignored", "1 box ignored"),
        (2, "pictures", "2 pictures"),
        (1, "pictures added", "1 picture added"),
        (1, "odd things", "1 odd things"),
    ],
)
def test_counted(count, what, said):
    assert counted(count, what) == said
