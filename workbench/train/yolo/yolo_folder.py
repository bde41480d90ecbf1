"""The folder Ultralytics trains from, written from the tables: pictures linked, labels as txt.

```
dataset/
  data.yaml
  images/train/000000.jpg    a hard link (or a symbolic one) to the project's picture; or the picture as PNG, where
                             Ultralytics would not read it, or would see something else in it than we do
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
from workbench.pictures.decoded import unreadable
from workbench.pictures.upright import UNREADABLE, opened
from workbench.project import files
from workbench.train.selection import Selection

_LINKED = {"JPEG": ("L", "RGB"), "MPO": ("L", "RGB"), "PNG": ("1", "L", "P", "RGB"), "BMP": ("L", "RGB")}
"""What Ultralytics decodes as we do, kind and Pillow's mode. It takes a TIFF's pages for channels, keeps 16 bits, and
knows no GIF and no PPM."""
_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "BMP": ".bmp"}


def write_folder(folder: Path, selection: Selection, *, root: Path, classes: Sequence[str]) -> dict[str, list[Path]]:
    """Write the dataset and return the linked pictures of ``train`` and ``val``, in the order of the tables.

    The whole folder appears at once; one that is there from an earlier start is used as it is.

    Args:
        folder: the dataset's folder, below the run's.
        selection: what to learn from.
        root: what the pictures' paths are relative to.
        classes: class names in the order of the class numbers.

    Raises:
        InputError: if a picture cannot be read.
    """
    if not folder.exists():
        with files.new_folder(folder) as unborn:
            for split, images in (("train", selection.train), ("val", selection.val)):
                _write_split(unborn, split, images, selection.boxes, root, classes)
            about = {"train": "images/train", "val": "images/val", "names": dict(enumerate(classes))}
            (unborn / "data.yaml").write_text(yaml.safe_dump(about, allow_unicode=True, sort_keys=False), "utf-8")
    return {split: sorted((folder / "images" / split).iterdir()) for split in ("train", "val")}


def _write_split(
    folder: Path, split: str, images: pd.DataFrame, boxes: pd.DataFrame, root: Path, classes: Sequence[str]
) -> None:
    for room in ("images", "labels"):
        (folder / room / split).mkdir(parents=True)
    lines = _label_lines(images, boxes, classes)
    for number, (image_id, path) in enumerate(zip(images["image_id"], images["path"], strict=True)):
        name = f"{number:06d}"
        _put(root / path, folder / "images" / split / name)
        text = "".join(lines.get(image_id, []))
        (folder / "labels" / split / f"{name}.txt").write_text(text, "utf-8")


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


def _put(source: Path, target: Path) -> None:
    """The picture as Ultralytics reads it; `target` has no ending yet, for Ultralytics goes by that."""
    try:
        with opened(source) as picture:
            kind, mode = picture.raw.format or "", picture.raw.mode
            if mode in _LINKED.get(kind, ()) and (kind == "JPEG" or picture.orientation == 1):
                _link(source, target.with_suffix(_SUFFIXES[kind]))
            else:
                picture.pixels().save(target.with_suffix(".png"), compress_level=1)
    except UNREADABLE as error:
        raise unreadable(source, error) from error


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:
        # Another disk, or one without hard links.
        target.symlink_to(source.resolve())
