"""What the weights `plates` find on real pictures, untouched: AP at IoU 0.5 for each real set, at 640 px.

    python benchmarks/plates.py REAL [--weights plates] [--image-size 640] [--clips [--look FOLDER]]

REAL is a folder with the real sets (`voc_indian_eu`, `openalpr_eu`, `dashcam_frames_day`, `korean_voc_labelme`,
`videos`); sets that are not there are left out. All class names of a set count as one. Only a label file says what is
in a picture, so pictures without one are looked at by nobody. Of the Korean photos, which have single characters
labelled too, the objects named ``P<kind>_<text>`` are the plates. `--clips` looks at two frames a second of the real
clips as well and counts finds at several confidences; the clips have no labels, so which of the finds are false alarms
is for eyes to say: `--look` keeps the frames with the finds drawn in.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cv2
import pandas as pd

from workbench.analyse import Evaluation, evaluate
from workbench.label import read_labels
from workbench.model import tables
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
    found = predict(weights, images, root=real, image_size=image_size)
    return evaluate(images, boxes, found.predictions, confidence=0.5, iou=0.5), found


def frames_of(clip: Path, folder: Path) -> tuple[pd.DataFrame, float]:
    """Two frames a second of a clip as PNG files in a folder, as an `images` table, and its length in seconds."""
    import av

    rows, due, last = [], 0.0, 0.0
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            last = float(frame.time or 0.0)
            if last + 1e-6 < due:
                continue
            due = last + EVERY_S
            name = f"{clip.stem}_{len(rows):03d}.png"
            picture = frame.to_ndarray(format="bgr24")
            cv2.imwrite(str(folder / name), picture)
            rows.append({"image_id": name, "path": name, "width": picture.shape[1], "height": picture.shape[0]})
    return tables.from_rows("images", rows), last


def in_clips(real: Path, *, weights: str, image_size: int, look: Path | None) -> pd.DataFrame:
    """Finds in each real clip at several confidences; with `look`, its frames are kept there, finds drawn in."""
    rows = []
    for clip in sorted((real / "videos").glob("*.mp4")):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            images, seconds = frames_of(clip, folder)
            found = predict(weights, images, root=folder, image_size=image_size).predictions
            row: dict[str, object] = {"clip": clip.name, "seconds": round(seconds, 1), "frames": len(images)}
            for confidence in CONFIDENCES:
                row[f"finds at {confidence}"] = int((found["confidence"] >= confidence).sum())
            rows.append(row)
            if look is not None:
                look.mkdir(parents=True, exist_ok=True)
                for name in images["image_id"]:
                    draw(folder / name, found[found["image_id"] == name], look / name)
    return pd.DataFrame(rows)


def draw(source: Path, found: pd.DataFrame, target: Path) -> None:
    """A frame with every find from the lowest of `CONFIDENCES` on."""
    picture = cv2.imread(str(source))
    for row in found[found["confidence"] >= min(CONFIDENCES)].itertuples():
        corner, opposite = (round(row.xmin), round(row.ymin)), (round(row.xmax), round(row.ymax))
        cv2.rectangle(picture, corner, opposite, (0, 0, 255), 2)
        cv2.putText(picture, f"{row.confidence:.2f}", (corner[0], opposite[1] + 18), 0, 0.6, (0, 0, 255), 2)
    cv2.imwrite(str(target), picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--weights", default="plates", help="a name (plates, base) or a .pt file that you trust")
    parser.add_argument("--image-size", type=int, default=640)
    parser.add_argument("--clips", action="store_true", help="look at the real clips as well")
    parser.add_argument("--look", type=Path, help="a folder for the clips' frames with the finds drawn in")
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
    if given.clips:
        found_in = in_clips(given.real, weights=given.weights, image_size=given.image_size, look=given.look)
        print(found_in.to_string(index=False))


if __name__ == "__main__":
    main()
