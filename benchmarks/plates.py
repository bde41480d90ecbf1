"""What the weights `plates` find on real pictures, untouched: AP at IoU 0.5 for each real set, at 640 px.

    python benchmarks/plates.py REAL [--weights plates] [--image-size 640] [--clips]

REAL is a folder with the real sets (`voc_indian_eu`, `openalpr_eu`, `dashcam_frames_day`, `korean_voc_labelme`,
`videos`); sets that are not there are left out. All class names of a set count as one. Only a label file says what is
in a picture, so pictures without one are looked at by nobody. Of the Korean photos, which have single characters
labelled too, the objects named ``P<kind>_<text>`` are the plates. `--clips` runs the real clips as well and counts
finds per minute at several confidences: without labels, whether a find is a false alarm is for eyes to say.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from workbench import tables
from workbench.analyse import Evaluation, evaluate
from workbench.label import read_labels
from workbench.train import Prediction, predict

SETS = ("voc_indian_eu", "openalpr_eu", "dashcam_frames_day", "korean_voc_labelme")
CONFIDENCES = (0.25, 0.5, 0.7)
EVERY_S = 0.5


def truth(real: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The labelled pictures of a set, paths relative to `real`, and their plates."""
    korean = name.startswith("korean")
    labels = read_labels(real / name, format="voc" if korean else None)
    known = labels.images["label_status"].isin(["labelled", "empty"]) & labels.images["picture_file"].notna()
    images = labels.images[known]
    paths = [Path(file).resolve().relative_to(real.resolve()).as_posix() for file in images["picture_file"]]
    boxes = labels.boxes
    if korean:
        boxes = boxes[boxes["class_name"].str.match(r"P\d_")]
    boxes = boxes[boxes["image_id"].isin(images["image_id"])].assign(class_name="plate")
    return (
        images[list(tables.empty("images").columns)].assign(path=paths),
        boxes[list(tables.empty("boxes").columns)].reset_index(drop=True),
    )


def measure(real: Path, name: str, *, weights: str, image_size: int) -> tuple[Evaluation, Prediction]:
    """Predict on one set and compare with its labels, at a confidence of 0.5."""
    images, boxes = truth(real, name)
    found = predict(weights, images, root=real, image_size=image_size, progress=False)
    return evaluate(images, boxes, found.predictions, confidence=0.5, iou=0.5), found


def count_in_clips(real: Path, *, weights: str, image_size: int) -> pd.DataFrame:
    """Finds in each real clip, two frames a second: frames, seconds and finds per minute at each confidence."""
    import cv2

    from workbench.train import predict_frames

    raise NotImplementedError(cv2, predict_frames)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--weights", default="plates", help="a name (plates, base) or a .pt file that you trust")
    parser.add_argument("--image-size", type=int, default=640)
    given = parser.parse_args()
    rows = []
    for name in SETS:
        if (given.real / name).is_dir():
            measured, found = measure(given.real, name, weights=given.weights, image_size=given.image_size)
            m = measured.metrics
            rows.append(
                {"set": name, "pictures": found.pictures, "plates": m["tp"] + m["fn"]}
                | {key: round(m[key], 3) for key in ("AP50", "AP75", "AP", "precision", "recall")}
                | {"pictures_per_s": round(found.frames_per_second, 1)}
            )
            print(pd.DataFrame(rows[-1:]).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
