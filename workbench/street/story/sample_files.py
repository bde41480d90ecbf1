"""The sample's files beside its pictures: labels as people would have made them, truth tables, and a word on each."""

from __future__ import annotations

import json
import platform
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import cv2
import numpy as np
import pandas as pd

from workbench.model.geometry import CORNERS, Boxes
from workbench.street.story.label_mistakes import convert_as_in_the_story, corners_for_centre, far_too_wide
from workbench.street.story.story_parts import Made

CLASS_NAME = "plate"
_VOC_FOLDERS = ("photos", "more_photos", "frames", "test_stills", "test_frames")
_STILLS = ("photos", "more_photos", "many_photos")
_README = """# A made-up street

Everything here was drawn by the workbench ({size}, seed {seed}). No photograph, no real car, no real number.

| where | what |
|---|---|
| `photos/` | {photos} photos as a web search finds them |
| `more_photos/` | {more_photos} photos as a used-car site has them |
| `many_photos/` | {many_photos} more of both kinds |
| `clips/train_*.mp4` | {clips} dash-cam clips to learn from |
| `frames/` | {frames} frames out of those clips |
| `pool/` | {pool} pictures nobody has labelled: photos, and other frames of those clips |
| `test_stills/` | {test_stills} photos to test on; never train on them |
| `test_clips/`, `test_frames/` | {test_clips} clips of other worlds to test on, and all their {test_frames} frames |
| `truth.parquet` | every plate of every picture, the pool too: box, corners, distance, angles, blur, text, track |
| `pictures.parquet` | every picture: size, source, time, weather, clip and moment |
| `sample.json` | size, seed, versions, counts |

Labels lie beside their pictures, in folders that say what they are. Not all of them are right: that is the story.

| folder | of | what |
|---|---|---|
| `xml/` | `photos more_photos frames test_stills test_frames` | LabelImg, Pascal VOC: right |
| `labels/` | `photos more_photos many_photos frames` | YOLO txt: right |
| `corners/` | `photos more_photos` | YOLO txt that holds the corners of `xml/` where centre and size belong |
| `converted/` | `photos more_photos` | YOLO txt that the story's converter made of `xml/`, with its mistakes |
| `yolo_mark/` | `photos more_photos` | YOLO-Mark, labelled again from scratch: right |
| `wide/` | `photos more_photos many_photos` | YOLO txt, every box drawn far too wide |

Angles are in degrees between the plate's normal and the line of sight (h: seen from above, v: positive when the camera
stands higher). `blur_px` is the way a plate goes over the picture while the shutter is open, together with the lens's
blur. `brightness` is the mean luma of the box, 0 to 255. Boxes are float pixels, origin top left. A plate less than a
quarter of which shows, or narrower than 10 px, is not on its vehicle at all: every plate that can be seen has a box.
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


def write_labels(folder: Path, pictures: pd.DataFrame, plates: pd.DataFrame, *, seed: int) -> None:
    """Write the label files of all labelled batches, right and wrong; `seed` decides how wide the wide boxes are."""
    by_image = dict(tuple(plates.groupby("image_id", sort=False)))
    nothing, where = plates.iloc[:0], pictures["image_id"].str.split("/").str[0]
    for row in pictures.itertuples(index=False):
        image = Path(str(row.image_id))
        boxes = by_image.get(str(row.image_id), nothing)[[*CORNERS, "truncated"]]
        size = (int(str(row.width)), int(str(row.height)))
        # By its name, so that a picture has the same labels whatever else is drawn beside it.
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(9, zlib.crc32(str(image).encode()))))
        for kind, ending, text in _texts(image, size, boxes, rng):
            file = folder / image.parent / kind / f"{image.stem}{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    for batch in (*_STILLS, "frames"):
        for kind in ("labels", "wide", "corners", "converted"):
            _name_classes(folder / batch / kind)
        if (folder / batch / "yolo_mark").is_dir():
            _finish_yolo_mark(folder / batch / "yolo_mark", pictures.loc[where == batch, "image_id"])


def _texts(
    image: Path, size: tuple[int, int], boxes: pd.DataFrame, rng: np.random.Generator
) -> Iterator[tuple[str, str, str]]:
    """Folder, ending and text of each label file of one picture."""
    batch, corners = image.parts[0], boxes[CORNERS].to_numpy(dtype=np.float64)
    if batch in _VOC_FOLDERS:
        yield "xml", ".xml", voc_text(batch, image.name, size, boxes)
    if batch in (*_STILLS, "frames"):
        yield "labels", ".txt", yolo_text(size, corners)
    if batch in _STILLS:
        yield "wide", ".txt", yolo_text(size, far_too_wide(corners, size, rng))
    if batch in _STILLS[:2]:
        yield "corners", ".txt", corners_for_centre(size, corners)
        yield "converted", ".txt", convert_as_in_the_story(voc_text(batch, image.name, size, boxes))
        yield "yolo_mark/img", ".txt", yolo_text(size, corners)


def _name_classes(labels: Path) -> None:
    if not labels.is_dir():
        return
    (labels / "classes.txt").write_text(f"{CLASS_NAME}\n", encoding="utf-8")


def _finish_yolo_mark(home: Path, image_ids: pd.Series[str]) -> None:
    (home / "obj.names").write_text(f"{CLASS_NAME}\n", encoding="utf-8")
    (home / "obj.data").write_text(
        "classes= 1\ntrain  = train.txt\nvalid  = train.txt\nnames = obj.names\nbackup = backup/\n", encoding="utf-8"
    )
    (home / "train.txt").write_text("".join(f"{image_id}\n" for image_id in image_ids), encoding="utf-8")


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


def yolo_text(size: tuple[int, int], boxes: Boxes, class_id: int = 0) -> str:
    """Boxes of shape (n, 4), pixels, as YOLO lines of one class: centre and size relative to the picture."""
    width, height = size
    lines = [
        f"{class_id} {(x0 + x1) / 2 / width:.6f} {(y0 + y1) / 2 / height:.6f} "
        f"{(x1 - x0) / width:.6f} {(y1 - y0) / height:.6f}\n"
        for x0, y0, x1, y1 in boxes
    ]
    return "".join(lines)


def write_about(
    folder: Path,
    *,
    size: str,
    seed: int,
    parts: Sequence[str],
    pictures: pd.DataFrame,
    plates: pd.DataFrame,
    clips: dict[str, int],
) -> dict[str, int]:
    """Write truth tables, README and sample.json; returns the counts."""
    where = pictures["image_id"].str.split("/").str[0]
    counts = {name: int((where == name).sum()) for name in (*_VOC_FOLDERS, "many_photos", "pool")}
    counts |= clips | {"plates": len(plates)}
    plates.to_parquet(folder / "truth.parquet", index=False)
    pictures.to_parquet(folder / "pictures.parquet", index=False)
    (folder / "README.md").write_text(_README.format(size=size, seed=seed, **counts), encoding="utf-8")
    about = {
        "size": size,
        "seed": seed,
        "parts": list(parts),
        "counts": counts,
        "versions": {"opencv": cv2.__version__, "numpy": np.__version__, "python": platform.python_version()},
    }
    (folder / "sample.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return counts
