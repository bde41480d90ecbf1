"""A process that freezes, restores or decides for ever, until somebody kills it.

`python killed_versions.py WHAT PROJECT JOURNAL FIRST SECOND`; with `together` it freezes thirty times once FIRST, a
file, is there.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

import pandas as pd

from workbench.decide import close_round, read_records
from workbench.project import ProjectFolder
from workbench.version import restore, snapshot


def main(what: str, root: Path, journal: Path, first: str, second: str) -> None:
    """Work, and write each promise down as soon as it was made."""
    home = ProjectFolder.open(root)
    with journal.open("a", buffering=1) as told:
        told.write("ready\n")
        if what == "together":
            while not Path(first).exists():
                time.sleep(0.0005)
            for step in range(30):
                if step:
                    edit(home, step)
                told.write(f"{snapshot(home, 'at once').version_id}\n")
            return
        for step in itertools.count(int(time.time() * 1000) % 100_000):
            if what == "snapshot":
                edit(home, step)
                told.write(f"snapshot {snapshot(home, f'step {step}').version_id}\n")
            elif what == "restore":
                name = (first, second)[step % 2]
                restore(home, name)
                told.write(f"restore {name}\n")
            else:
                number = len(read_records(home)) + 1
                close_round(home, number, None, keep=None, because=f"step {step} " + "번호판 " * 400)
                told.write(f"decide {number}\n")


def edit(home: ProjectFolder, step: int) -> None:
    """Another content at every step, the same in every process."""
    box = pd.DataFrame({"class_name": ["plate"], "xmin": 0.0, "ymin": 0.0, "xmax": [5.0 + step % 90], "ymax": 7.0})
    home.store.set_boxes("p1", box)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5])
