"""Training on real photos by our commands, beside plain Ultralytics with the same budget, tested on other real sets.

    python benchmarks/real_training.py REAL --out FOLDER [--batches 600] [--image-size 640] [--batch 16] [--device 0]
    python benchmarks/real_training.py REAL --report FOLDER

Both start from the shipped weights `plates` and learn `voc_indian_eu` (its class names counted as one) with the same
pictures, picture size, batch and number of batches, and the last weights of each are tested, never the best on the
test: collect, snapshot, train and predict of the workbench here, `YOLO(plates.pt).train(...)` with Ultralytics' own
defaults there. Tested on `openalpr_eu` (only the main plate is labelled there, so that other plates count as false
alarms) and `dashcam_frames_day`, with 95 % intervals and the paired bootstrap of the differences. The weights without
any real photo stand beside them. Tables and predictions go to FOLDER; `--report` makes failure pages of them later, on
a machine with the pictures and without a GPU.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.analyse import Evaluation, evaluate, metrics_difference
from workbench.api.project import Project
from workbench.label import read_labels, write_labels
from workbench.model import tables
from workbench.train import Run, predict
from workbench.train.shipped_weights import find_weights

TRAINED_ON = "voc_indian_eu"
TESTED_ON = ("openalpr_eu", "dashcam_frames_day")
CLASS = "plate"
FILES = {"workbench": "workbench", "plain Ultralytics": "ultralytics", "plates, no real photo": "plates"}
CONFIDENCE = 0.5


def truth(real: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    """A real set's labelled pictures, its plates under one name, and the folder of the pictures."""
    folder = real / name
    pictures = folder / "images" if (folder / "images").is_dir() else folder
    labels = folder / "annots" if (folder / "annots").is_dir() else pictures
    read = read_labels(labels, images=pictures, format="openalpr" if name == "openalpr_eu" else "voc")
    known = read.images["label_status"].isin(["labelled", "empty"])
    images = read.images[known][list(tables.empty("images").columns)].reset_index(drop=True)
    moments = images["image_id"].str.extract(r"^(?P<video>.+)#t=(?P<second>\d+)\.", flags=re.ASCII)
    images["group_id"] = moments["video"].fillna("")
    images["frame_s"] = moments["second"].astype(float)
    boxes = read.boxes[read.boxes["image_id"].isin(images["image_id"])].assign(class_name=CLASS)
    return images, boxes[list(tables.empty("boxes").columns)].reset_index(drop=True), pictures


def make_project(real: Path, folder: Path) -> Project:
    """The training set in a project, every class name of its labels become one, frozen."""
    images, boxes, pictures = truth(real, TRAINED_ON)
    labels = folder / "labels"
    write_labels(images, boxes, labels, format="voc", classes=[CLASS])
    project = Project.create(folder / "project", classes=[CLASS])
    project.collect(pictures, labels=labels, format="voc", source=TRAINED_ON, split="train")
    project.snapshot("real photos, one class")
    return project


def train_plainly(run: Run, weights: Path, folder: Path) -> Path:
    """Ultralytics by its own defaults, on the dataset folder, epochs, batch and picture size of our run."""
    from ultralytics import YOLO

    record = run.record
    YOLO(str(weights)).train(
        data=str(run.folder / "dataset" / "data.yaml"),
        epochs=record.epochs,
        batch=record.batch,
        imgsz=record.image_size,
        seed=record.seed,
        device=record.device,
        project=str(folder),
        name="plain",
        val=False,
        plots=False,
        # Its check of mixed precision fetches another model from the network.
        amp=False,
        verbose=False,
    )
    return folder / "plain" / "weights" / "last.pt"


@contextmanager
def timed(name: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)


def compare_all(real: Path, found: dict[str, dict[str, pd.DataFrame]]) -> dict[str, dict[str, Evaluation]]:
    """Evaluations by test set and detector."""
    result: dict[str, dict[str, Evaluation]] = {}
    for name in TESTED_ON:
        images, boxes, pictures = truth(real, name)
        result[name] = {
            who: evaluate(images, boxes, table, confidence=CONFIDENCE, pictures=pictures)
            for who, table in found[name].items()
        }
    return result


def show(evaluations: dict[str, dict[str, Evaluation]]) -> None:
    """Figures with intervals, and what lies between the detectors."""
    for name, by_who in evaluations.items():
        rows: list[dict[str, Any]] = []
        for who, evaluation in by_who.items():
            figures = evaluation.intervals.set_index("metric")
            cells = {
                metric: f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
                for metric, row in figures.loc[["AP50", "AP", "precision", "recall"]].iterrows()
            }
            rows.append({"detector": who, **cells})
        first = next(iter(by_who.values()))
        print(
            f"\n{name}: {first.metrics['pictures']} pictures, {first.metrics['boxes']} plates, at {CONFIDENCE}; "
            f"95 % by bootstrap over {first.settings.intervals}"
        )
        print(pd.DataFrame(rows).to_string(index=False))
        ours = by_who["workbench"]
        for who in ("plain Ultralytics", "plates, no real photo"):
            table = metrics_difference(by_who[who], ours).set_index("metric")
            said = [
                f"{metric} {row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
                for metric, row in table.loc[["AP50", "AP", "precision", "recall"]].iterrows()
            ]
            print(f"workbench against {who}: {', '.join(said)}")


def run_all(real: Path, out: Path, asked: argparse.Namespace) -> None:
    weights = find_weights("plates")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with timed("collect and snapshot"):
            project = make_project(real, folder)
        with timed("workbench train"):
            run = project.train(
                weights="plates",
                batches=asked.batches,
                batch=asked.batch,
                image_size=asked.image_size,
                seed=asked.seed,
                device=asked.device,
            )
        print(run.record.budget, "on", run.record.device, flush=True)
        with timed("plain Ultralytics"):
            plain = train_plainly(run, weights, folder)
        detectors: dict[str, Run | Path | str] = {"workbench": run, "plain Ultralytics": plain}
        detectors["plates, no real photo"] = "plates"
        found: dict[str, dict[str, pd.DataFrame]] = {}
        for test in TESTED_ON:
            images, _, pictures = truth(real, test)
            images = images.assign(path=images["image_id"])
            for who, detector in detectors.items():
                made = predict(
                    detector,
                    images,
                    root=pictures,
                    image_size=asked.image_size,
                    device=asked.device,
                )
                found.setdefault(test, {})[who] = made.predictions
                made.predictions.to_parquet(out / f"{test}.{FILES[who]}.parquet", index=False)
                print(f"{test}, {who}: {made.frames_per_second:.0f} pictures a second", flush=True)
        (out / "run.json").write_text(json.dumps(run.record.model_dump(mode="json"), indent=2))
    show(compare_all(real, found))


def report(real: Path, out: Path) -> None:
    """Figures again, and a page of failures for each test set and detector that learned real photos."""
    from workbench.show import failures_page

    found = {
        test: {who: pd.read_parquet(out / f"{test}.{name}.parquet") for who, name in FILES.items()}
        for test in TESTED_ON
    }
    evaluations = compare_all(real, found)
    show(evaluations)
    for test, by_who in evaluations.items():
        page = failures_page(by_who["workbench"], title=f"{test}: workbench")
        (out / f"{test}.html").write_text(page, encoding="utf-8")
        print(out / f"{test}.html")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, help="train and test, and keep what was found here")
    where.add_argument("--report", type=Path, help="a folder that --out filled")
    parser.add_argument("--batches", type=int, default=600)
    parser.add_argument("--image-size", type=int, default=640)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", help="cpu, 0, …; by default the best there is")
    asked = parser.parse_args()
    if asked.report:
        report(asked.real, asked.report)
    else:
        run_all(asked.real, asked.out, asked)


if __name__ == "__main__":
    main()
