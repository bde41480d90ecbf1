"""What may not be torn apart over xdist's workers is not: the cells of a notebook, the slow tests of a file."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest


def test_one_file__stays_on_one_worker(request: pytest.FixtureRequest) -> None:
    groups: dict[Path, set[str | None]] = defaultdict(set)
    for item in request.session.items:
        if item.path.suffix == ".ipynb" or item.get_closest_marker("slow"):
            mark = item.get_closest_marker("xdist_group")
            groups[item.path].add(mark.args[0] if mark else None)
    torn = {path.name: names for path, names in groups.items() if None in names or len(names) > 1}
    assert not torn
