"""A version names its pictures by SHA-256: find them on disk, wherever they lie now, and say what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.machine.helpers import processors
from workbench.project import ProjectFolder, files

_MOST_THREADS = 8


@dataclass(frozen=True)
class Problem:
    """A file of a version that is not what was frozen.

    Attributes:
        version: the version.
        file: the file, relative to the project's folder.
        problem: what is wrong with it, and what to do.
    """

    version: str
    file: str
    problem: str


def find_pictures(project: ProjectFolder, images: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Look for every picture of an `images` table by its content.

    Args:
        project: the project; pictures that are not at their path are looked for in its folder of pictures.
        images: an `images` table; it is not changed.

    Returns:
        The table with the paths at which the pictures lie now, and a problem for each that is nowhere.
    """
    paths = images["path"].tolist()
    found = _hashes(project.root, paths)
    wanted = images["sha256"].tolist()
    astray = [row for row, sha256 in enumerate(wanted) if found.get(paths[row]) != sha256]
    if not astray:
        return images, ()
    known = {sha256: path for path, sha256 in found.items()}
    others = [path.relative_to(project.root).as_posix() for path in sorted(project.pictures.rglob("*"))]
    known |= {sha256: path for path, sha256 in _hashes(project.root, sorted(set(others) - set(found))).items()}
    problems = []
    for row in astray:
        place = known.get(wanted[row])
        if place is not None:
            paths[row] = place
        else:
            what = "is missing" if paths[row] not in found else "is not what was frozen (checksum differs)"
            problems.append(Problem("", paths[row], f"{what}; bring it back from a copy"))
    return images.assign(path=pd.Series(paths, index=images.index, dtype="str")), tuple(problems)


def _hashes(root: Path, paths: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of each path that is a file; pictures are read by several threads at once."""
    there = [path for path in dict.fromkeys(paths) if path and (root / path).is_file()]
    with ThreadPoolExecutor(min(processors(), _MOST_THREADS)) as pool:
        return dict(zip(there, pool.map(lambda path: files.sha256_of(root / path), there), strict=True))
