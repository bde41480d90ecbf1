"""A process that trains until somebody kills it: `python trained_until_killed.py PROJECT TABLES`."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from workbench.project import ProjectFolder
from workbench.train import Recipe, train

if __name__ == "__main__":
    home, tables = ProjectFolder.open(Path(sys.argv[1])), Path(sys.argv[2])
    images, boxes = (pd.read_parquet(tables / f"{name}.parquet") for name in ("images", "boxes"))
    print("ready", flush=True)
    train(
        home,
        images,
        boxes,
        Recipe(weights=None, batches=150, batch=4, image_size=64, device="cpu"),
        classes=["plate"],
        version="v1",
    )
    print("finished", flush=True)
