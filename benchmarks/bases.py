"""What `base` (YOLO) and `base_rcnn` (Faster R-CNN) find on fresh drawn streets, and how fast each is, in one run.

    python benchmarks/bases.py [--pictures 100]

The pictures come from worlds that neither saw in training (another seed). Speed is pictures a second at 320 px,
decoding apart, as a ratio of Faster R-CNN over YOLO.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.analyse import evaluate
from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.street.weights.base_weights import BASE, draw
from workbench.train import predict

SEED = 9_000


def drawn(folder: Path, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw pictures into a folder; returns their tables."""
    images, boxes = [], []
    for index in range(count):
        picture = draw(np.random.default_rng([SEED, BASE.key, index]), index)
        name = f"{index:04d}.jpg"
        (folder / name).write_bytes(picture.content)
        images.append({"image_id": name, "path": name, "width": picture.width, "height": picture.height})
        for class_name, corners in picture.objects:
            boxes.append({"image_id": name, "class_name": class_name} | dict(zip(CORNERS, corners, strict=True)))
    numbered = [{"box_id": f"b{number}", **box} for number, box in enumerate(boxes)]
    return tables.from_rows("images", images), tables.from_rows("boxes", numbered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        images, boxes = drawn(Path(temporary), given.pictures)
        for name in ("base", "base_rcnn"):
            found = predict(name, images, root=Path(temporary))
            metrics = evaluate(images, boxes, found.predictions, confidence=0.5, iou=0.5).metrics
            figures = {key: round(float(metrics[key]), 3) for key in ("AP50", "AP", "recall", "precision")}
            rows.append({"weights": name, **figures, "pictures_per_s": round(found.frames_per_second, 1)})
    table = pd.DataFrame(rows)
    print(f"{given.pictures} pictures, {len(boxes)} objects")
    print(table.to_string(index=False))
    print(f"speed of Faster R-CNN over YOLO: {rows[1]['pictures_per_s'] / rows[0]['pictures_per_s']:.2f}")


if __name__ == "__main__":
    main()
