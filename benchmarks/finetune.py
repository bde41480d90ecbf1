"""A fifth of a real set to learn from, the rest to test on: from `plates`, from `base` and from nothing, same budget.

    python benchmarks/finetune.py REAL [--set voc_indian_eu] [--starts plates base scratch] [--seeds 0 1 2]
        [--batches 200] [--batch 16] [--image-size 640] [--detector yolo11n] [--out FILE]

Pictures that look alike are one group, and a group never crosses the split; which fifth it is follows from the groups'
names and is the same for every start and seed. The last line of each start is the mean over the seeds. A start can be a
.pt file of your own. `untouched` is what the weights find on the same test pictures before any training.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from plates import truth

from workbench.analyse import evaluate
from workbench.collect import split_of
from workbench.pictures import near_files
from workbench.project import ProjectFolder
from workbench.train import Recipe, Run, predict, train

SHARES = {"train": 0.2, "test": 0.8}


def with_groups(images: pd.DataFrame, real: Path) -> pd.DataFrame:
    """Name each picture's group after its first member, pictures that look alike being one, and split by group."""
    ids = images["image_id"].astype(str).tolist()
    leader = list(range(len(ids)))
    for a, b in near_files([real / path for path in images["path"]]):
        old, new = leader[a], leader[b]
        leader = [new if at == old else at for at in leader]
    groups = [ids[at] for at in leader]
    return images.assign(group_id=groups, split=[split_of(group, SHARES) for group in groups])


def in_project(root: Path, images: pd.DataFrame, real: Path) -> tuple[ProjectFolder, pd.DataFrame]:
    """A project with links to the pictures."""
    project = ProjectFolder.create(root, classes=["plate"])
    paths = []
    for number, path in enumerate(images["path"]):
        name = f"{number:05d}{Path(path).suffix.lower()}"
        (project.pictures / name).symlink_to((real / path).resolve())
        paths.append(f"pictures/{name}")
    return project, images.assign(path=paths)


def figures(weights: Run | str, images: pd.DataFrame, boxes: pd.DataFrame, root: Path, size: int) -> dict[str, float]:
    """AP50 and AP on the test pictures, recall and precision at a confidence of 0.5."""
    test = images[images["split"] == "test"]
    found = predict(weights, test, root=root, image_size=size)
    kept = boxes[boxes["image_id"].isin(test["image_id"])]
    predictions = found.predictions.assign(class_name="plate")
    metrics = evaluate(test, kept, predictions, confidence=0.5, iou=0.5).metrics
    return {key: round(float(metrics[key]), 3) for key in ("AP50", "AP", "recall", "precision")}


def measure(given: argparse.Namespace) -> list[dict[str, Any]]:
    """All starts and seeds, a row each."""
    images, boxes = truth(given.real, given.set)
    images = with_groups(images, given.real)
    counts = images["split"].value_counts().to_dict()
    print(f"{given.set}: {counts}, {images['group_id'].nunique()} groups, {given.batches} batches", flush=True)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        project, images = in_project(Path(folder) / "project", images, given.real)
        for start in given.starts:
            if start != "scratch" and not start.startswith("base"):
                untouched = figures(start, images, boxes, project.root, given.image_size)
                rows.append({"start": Path(start).stem, "seed": "untouched", **untouched})
                print(rows[-1], flush=True)
            for seed in given.seeds:
                run = train(
                    project,
                    images[images["split"] == "train"],
                    boxes[boxes["image_id"].isin(images.loc[images["split"] == "train", "image_id"])],
                    Recipe(
                        detector=given.detector,
                        weights=start,
                        batches=given.batches,
                        batch=given.batch,
                        image_size=given.image_size,
                        seed=seed,
                    ),
                    classes=["plate"],
                    version=f"a fifth of {given.set}",
                )
                found = figures(run, images, boxes, project.root, given.image_size)
                rows.append({"start": Path(start).stem, "seed": seed, **found, "seconds": run.record.seconds})
                print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--set", default="voc_indian_eu")
    parser.add_argument("--starts", nargs="+", default=["plates", "base", "scratch"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--image-size", type=int, default=640)
    parser.add_argument("--detector", default="yolo11n")
    parser.add_argument("--out", type=Path, help="write the rows as CSV")
    given = parser.parse_args()
    table = pd.DataFrame(measure(given))
    trained = table[table["seed"] != "untouched"]
    means = trained.groupby("start", sort=False)[["AP50", "AP", "recall", "precision"]]
    print(table.to_string(index=False))
    print(means.agg(["mean", np.std]).round(3).to_string())
    if given.out:
        table.to_csv(given.out, index=False)


if __name__ == "__main__":
    main()
