"""Write one version with whatever pandas and pyarrow there are: `python make_golden.py golden`.

The folders of `golden` were made so, each in an environment of its own; all of them hold the same content, so they must
have one id. Run it again with the releases of the day when these get old.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow

from workbench.model import tables
from workbench.project import ProjectFolder
from workbench.version import snapshot

PICTURE = {"width": 100, "height": 80, "source": "web", "label_status": "labelled"}
IMAGES = [
    {"image_id": "a", "path": "pictures/a", "sha256": "a" * 64, "group_id": "g1", "frame_s": None, "split": "train"},
    {"image_id": "b", "path": "pictures/b", "sha256": "b" * 64, "group_id": "g2", "frame_s": 0.5, "split": "test"},
]
BOXES = [
    {"image_id": "a", "class_name": "plate", "xmin": 1.1, "ymin": 2, "xmax": 30, "ymax": 40, "ignore": False}
    | {"labeller": "민아", "truncated": 1, "note": "번호판"},
    {"image_id": "b", "class_name": "light", "xmin": 0, "ymin": 0.1, "xmax": 7.5, "ymax": 9, "ignore": True}
    | {"labeller": "", "points": [[1.5, 2], [3, 4]]},
]


def main(out: Path) -> None:
    name = f"pandas-{pd.__version__}-pyarrow-{pyarrow.__version__}"
    with tempfile.TemporaryDirectory() as place:
        home = ProjectFolder.create(Path(place) / "p", classes=["plate", "light"])
        images = tables.from_rows("images", [image | PICTURE for image in IMAGES])
        home.store.add_images(images, tables.from_rows("boxes", BOXES))
        version = snapshot(home, f"written by {name}", author="민아")
        shutil.copytree(version.folder, out / name / version.version_id)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
