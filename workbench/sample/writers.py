"""The sample's files beside its pictures: labels as people would have made them, truth tables, and a word on each."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import cv2
import numpy as np
import pandas as pd

from workbench.geometry import CORNERS
from workbench.sample.batches import Made

CLASS_NAME = "plate"
_VOC_FOLDERS = ("photos", "frames", "test_stills", "test_frames")
_README = """# A made-up street

Everything here was drawn by the workbench ({size}, seed {seed}). No photograph, no real car, no real number.

| where | what |
|---|---|
| `photos/`, `photos/xml/` | {photos} photos as a web search finds them, labelled in Pascal VOC (LabelImg) |
| `more_photos/`, `more_photos/labels/` | {more_photos} photos as a used-car site has them, in YOLO txt |
| `clips/train_*.mp4` | {clips} dash-cam clips to learn from |
| `frames/`, `frames/xml/` | {frames} frames out of those clips, labelled in Pascal VOC |
| `pool/` | {pool} pictures nobody has labelled |
| `test_stills/`, `test_stills/xml/` | {test_stills} photos to test on; never train on them |
| `test_clip.mp4`, `test_frames/`, `test_frames/xml/` | a clip to test on and its {test_frames} frames, labelled |
| `truth.parquet` | every plate of every picture, the pool too: box, corners, distance, angles, blur, light, text |
| `pictures.parquet` | every picture: size, source, light, clip and moment |
| `sample.json` | size, seed, versions, counts |

Angles are in degrees between the plate's normal and the line of sight (h: seen from above, v: positive when the camera
stands higher). `blur_px` is the way a plate goes over the picture while the shutter is open, together with the lens's
blur. `brightness` is the mean luma of the box, 0 to 255. Boxes are float pixels, origin top left.
"""


def tables(made: list[Made]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pictures and their plates as tables, in the order planned; frames kept only in a clip are left out."""
    kept = [item for item in made if item.picture["image_id"]]
    pictures = pd.DataFrame([item.picture for item in kept])
    plates = pd.DataFrame([row for item in kept for row in item.plates])
    plates.insert(0, "box_id", [f"t{i:06d}" for i in range(len(plates))])
    plates["track_id"] = plates["track_id"].astype("int64")
    pictures["frame_s"] = pictures["frame_s"].astype("float64")
    return pictures, plates


def write_labels(folder: Path, pictures: pd.DataFrame, plates: pd.DataFrame) -> None:
    """Write the label files of all labelled batches."""
    by_image = dict(tuple(plates.groupby("image_id", sort=False)))
    nothing = plates.iloc[:0]
    for row in pictures.itertuples(index=False):
        image = Path(str(row.image_id))
        boxes = by_image.get(str(row.image_id), nothing)[[*CORNERS, "truncated"]]
        size = (int(str(row.width)), int(str(row.height)))
        if image.parts[0] in _VOC_FOLDERS:
            file = folder / image.parent / "xml" / f"{image.stem}.xml"
            text = voc_text(image.parts[0], image.name, size, boxes)
        elif image.parts[0] == "more_photos":
            file = folder / "more_photos" / "labels" / f"{image.stem}.txt"
            text = yolo_text(size, boxes[CORNERS].to_numpy(dtype=np.float64))
        else:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    more = folder / "more_photos"
    if more.is_dir():
        (more / "classes.txt").write_text(f"{CLASS_NAME}\n", encoding="utf-8")
        (more / "data.yaml").write_text(f"path: .\ntrain: .\nval: .\nnames:\n  0: {CLASS_NAME}\n", encoding="utf-8")


def voc_text(folder: str, name: str, size: tuple[int, int], boxes: pd.DataFrame) -> str:
    """One picture's labels as LabelImg writes them: whole pixels, corners as they stand."""
    width, height = size
    objects = "".join(
        f"\t<object>\n\t\t<name>{CLASS_NAME}</name>\n\t\t<pose>Unspecified</pose>\n"
        f"\t\t<truncated>{int(box['truncated'])}</truncated>\n\t\t<difficult>0</difficult>\n\t\t<bndbox>\n"
        + "".join(f"\t\t\t<{k}>{round(float(box[k]))}</{k}>\n" for k in CORNERS)
        + "\t\t</bndbox>\n\t</object>\n"
        for box in boxes.to_dict("records")
    )
    return (
        f"<annotation>\n\t<folder>{escape(folder)}</folder>\n\t<filename>{escape(name)}</filename>\n"
        "\t<source>\n\t\t<database>Unknown</database>\n\t</source>\n"
        f"\t<size>\n\t\t<width>{width}</width>\n\t\t<height>{height}</height>\n\t\t<depth>3</depth>\n\t</size>\n"
        f"\t<segmented>0</segmented>\n{objects}</annotation>\n"
    )


def yolo_text(size: tuple[int, int], boxes: np.ndarray[Any, np.dtype[np.float64]], class_id: int = 0) -> str:
    """Boxes of shape (n, 4), pixels, as YOLO lines of one class: centre and size relative to the picture."""
    width, height = size
    lines = [
        f"{class_id} {(x0 + x1) / 2 / width:.6f} {(y0 + y1) / 2 / height:.6f} "
        f"{(x1 - x0) / width:.6f} {(y1 - y0) / height:.6f}\n"
        for x0, y0, x1, y1 in boxes
    ]
    return "".join(lines)


def write_about(
    folder: Path, *, size: str, seed: int, pictures: pd.DataFrame, plates: pd.DataFrame, clips: int
) -> dict[str, int]:
    """Write truth tables, README and sample.json; returns the counts."""
    where = pictures["image_id"].str.split("/").str[0]
    counts = {name: int((where == name).sum()) for name in (*_VOC_FOLDERS, "more_photos", "pool")}
    counts |= {"clips": clips, "plates": len(plates)}
    plates.to_parquet(folder / "truth.parquet", index=False)
    pictures.to_parquet(folder / "pictures.parquet", index=False)
    (folder / "README.md").write_text(_README.format(size=size, seed=seed, **counts), encoding="utf-8")
    about = {
        "size": size,
        "seed": seed,
        "counts": counts,
        "versions": {"opencv": cv2.__version__, "numpy": np.__version__, "python": platform.python_version()},
    }
    (folder / "sample.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return counts
