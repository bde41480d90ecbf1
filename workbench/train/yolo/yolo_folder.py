"""The folder Ultralytics trains from, written from the tables: pictures linked, labels as txt.

```
dataset/
  data.yaml
  images/train/000000.jpg    a hard link (or a symbolic one) to the project's picture
  labels/train/000000.txt    class, centre x, centre y, width, height, relative to the upright picture
```
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from workbench.model import geometry
from workbench.model.geometry import CORNERS
from workbench.project import files
from workbench.train.selection import Selection

_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", ".avif"}


def write_folder(folder: Path, selection: Selection, *, root: Path, classes: Sequence[str]) -> dict[str, list[Path]]:
    """Write the dataset and return the linked pictures of ``train`` and ``val``, in the order of the tables.

    The whole folder appears at once; one that is there from an earlier start is used as it is.

    Args:
        folder: the dataset's folder, below the run's.
        selection: what to learn from.
        root: what the pictures' paths are relative to.
        classes: class names in the order of the class numbers.
    """
    if not folder.exists():
        with files.new_folder(folder) as unborn:
            for split, images in (("train", selection.train), ("val", selection.val)):
                _write_split(unborn, split, images, selection.boxes, root, classes)
            about = {"train": "images/train", "val": "images/val", "names": dict(enumerate(classes))}
            (unborn / "data.yaml").write_text(yaml.safe_dump(about, allow_unicode=True, sort_keys=False), "utf-8")
    return {
        split: [folder / "images" / split / _name(number, path) for number, path in enumerate(images["path"])]
        for split, images in (("train", selection.train), ("val", selection.val))
    }


def _write_split(
    folder: Path, split: str, images: pd.DataFrame, boxes: pd.DataFrame, root: Path, classes: Sequence[str]
) -> None:
    for room in ("images", "labels"):
        (folder / room / split).mkdir(parents=True)
    lines = _label_lines(images, boxes, classes)
    for number, (image_id, path) in enumerate(zip(images["image_id"], images["path"], strict=True)):
        name = _name(number, path)
        _link(root / path, folder / "images" / split / name)
        text = "".join(lines.get(image_id, []))
        (folder / "labels" / split / name).with_suffix(".txt").write_text(text, "utf-8")


def _label_lines(images: pd.DataFrame, boxes: pd.DataFrame, classes: Sequence[str]) -> dict[object, list[str]]:
    boxes = boxes[boxes["image_id"].isin(images["image_id"])]
    if not len(boxes):
        return {}
    sizes = images.set_index("image_id")[["width", "height"]].loc[boxes["image_id"]].to_numpy(dtype=np.float64)
    corners = boxes[CORNERS].to_numpy(dtype=np.float64)
    rel = geometry.xyxy_to_cxcywh_rel(corners, sizes[:, 0], sizes[:, 1])
    numbers = boxes["class_name"].map({name: number for number, name in enumerate(classes)})
    lines: dict[object, list[str]] = {}
    for image_id, number, row in zip(boxes["image_id"], numbers, rel.tolist(), strict=True):
        lines.setdefault(image_id, []).append(f"{number} " + " ".join(f"{value:.9f}" for value in row) + "\n")
    return lines


def _name(number: int, path: str) -> str:
    suffix = Path(path).suffix.lower()
    # Ultralytics goes by the ending, the decoder by the content.
    return f"{number:06d}{suffix if suffix in _SUFFIXES else '.jpg'}"


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:
        # Another disk, or one without hard links.
        target.symlink_to(source.resolve())
