"""A process that works on a project for ever, until somebody kills it: `python killed.py WHAT PROJECT PICTURES`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

from workbench.collect import collect_pictures
from workbench.project import ProjectFolder
from workbench.version import snapshot


def box(size: float) -> pd.DataFrame:
    """Two boxes of one size: after a kill a picture has none or two that agree."""
    return pd.DataFrame(
        {"class_name": "plate", "xmin": [0.0, 50.0], "ymin": 0.0, "xmax": [size, 50 + size], "ymax": size}
    )


def others(pictures: Path, step: int) -> Path:
    """The same pictures in files of other bytes: a file of the same bytes would not come in again."""
    folder = pictures.with_name("others")
    folder.mkdir(exist_ok=True)
    for picture in pictures.iterdir():
        (folder / picture.name).write_bytes(picture.read_bytes() + str(step).encode())
    return folder


def main(what: str, project: Path, pictures: Path, journal: Path) -> None:
    """Work, and write each promise down as soon as it was made: what is in the journal must be there afterwards."""
    home = ProjectFolder.open(project)
    with journal.open("a", buffering=1) as told:
        told.write("ready\n")
        step = int(time.time() * 1000) % 100_000
        while True:
            step += 1
            if what == "collect":
                report = collect_pictures(home, others(pictures, step), source=f"s{step}")
                told.write(f"collect s{step} {len(report.added)}\n")
            else:
                image_id = home.images["image_id"].iloc[step % 5]
                home.store.set_boxes(image_id, box(1 + step % 40))
                told.write(f"edit {image_id} {1 + step % 40}\n")
                if what == "snapshot":
                    told.write(f"snapshot {snapshot(home, f'step {step}').version_id}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
