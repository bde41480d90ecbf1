"""Somebody's photos from the first pre-label to the decision, as notebook 11 does it, on the real sets.

    python benchmarks/own_data.py REAL [--out FOLDER] [--labels 50 100 225] [--batches 150] [--image-size 416]
        [--look-size 640] [--learning-rate 0.0002] [--confidence 0.5] [--seed 0]

The photos of `voc_indian_eu` come in unlabelled, are pre-labelled by the weights `plates`, and are corrected by a
stand-in who knows the labels that came with them: a pre-label at IoU 0.7 or more to its label needs no correction and
stays as it is, one at 0.5 or more is moved, any other is removed, what is missing is drawn. Minutes are an estimate:
corrections times the seconds of `workbench.annotate.hand_work`. After each number of labels a version is frozen and a
detector trained from `plates` with the same budget; all of them look at `openalpr_eu` (only the main plate is labelled
there, so that other plates count as false alarms) and `dashcam_frames_day` at one picture size. Intervals are 95 % by
bootstrap, whole videos at a time, those of a difference by paired bootstrap.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import pandas as pd
from real_training import TESTED_ON, TRAINED_ON, truth

from workbench.analyse import Evaluation, evaluate, metrics_difference
from workbench.annotate import LabelQueue, hand_work, stand_in
from workbench.api.project import Project
from workbench.api.tests import Test
from workbench.train import Run, predict

FIT_IOU = 0.7
METRICS = ("AP50", "AP", "precision", "recall")


def collect(project: Project, real: Path, name: str, split: str) -> pd.DataFrame:
    """Bring a set's labelled pictures in without their labels; returns these, as boxes of the project's pictures."""
    images, boxes, pictures = truth(real, name)
    files = [pictures / image_id for image_id in images["image_id"]]
    report = project.collect(files, source=name, split=split)
    print(report, flush=True)
    came_in = {Path(image_id).name: image_id for image_id in report.added["image_id"]}
    boxes = boxes.assign(image_id=[came_in.get(Path(image_id).name) for image_id in boxes["image_id"]])
    return boxes[boxes["image_id"].notna()].reset_index(drop=True)


def label(project: Project, pictures: pd.Series, found: pd.DataFrame, known: pd.DataFrame, confidence: float) -> None:
    """Correct the pre-labels of some pictures."""
    queue = LabelQueue(
        project.folder.store,
        project.folder.root,
        pictures.tolist(),
        read=lambda path, width, height: None,
        prelabels=found,
        confidence=confidence,
    )
    stand_in(queue, known, iou=FIT_IOU)


def on_tests(
    detector: Run | str, tests: dict[str, Test], root: Path, asked: argparse.Namespace
) -> dict[str, Evaluation]:
    """What a detector does on each test set."""
    result = {}
    for name, test in tests.items():
        found = predict(detector, test.images, root=root, image_size=asked.look_size)
        result[name] = evaluate(test.images, test.boxes, found.predictions, confidence=asked.confidence, pictures=root)
    return result


def show(evaluations: dict[str, dict[str, Evaluation]]) -> None:
    """Figures with intervals, and what each detector's differ from those of `plates` alone."""
    for name in TESTED_ON:
        rows, changes = [], []
        alone = evaluations["plates alone"][name]
        for who, by_set in evaluations.items():
            figures = by_set[name].intervals.set_index("metric").loc[list(METRICS)]
            cells = {m: f"{r['value']:.3f} ({r['low']:.3f} to {r['high']:.3f})" for m, r in figures.iterrows()}
            counts = {key: by_set[name].metrics[key] for key in ("fn", "fp")}
            rows.append({"detector": who, **cells, **counts})
            if by_set[name] is not alone:
                table = metrics_difference(alone, by_set[name]).set_index("metric").loc[list(METRICS)]
                cells = {
                    m: f"{r['difference']:+.3f} ({r['low']:+.3f} to {r['high']:+.3f}){' *' if r['clear'] else ''}"
                    for m, r in table.iterrows()
                }
                changes.append({"against plates alone": who, **cells})
        print(f"\n{name}: {alone.metrics['pictures']} pictures, {alone.metrics['boxes']} plates; {alone.settings}")
        print(pd.DataFrame(rows).to_string(index=False))
        print(pd.DataFrame(changes).to_string(index=False))


def run_all(asked: argparse.Namespace, folder: Path) -> None:
    project = Project.create(folder / "project", classes=["plate"])
    known = collect(project, asked.real, TRAINED_ON, "train")
    tests = {}
    for name in TESTED_ON:
        boxes = collect(project, asked.real, name, "test")
        stand_in(
            LabelQueue(
                project.folder.store,
                project.folder.root,
                sorted(set(boxes["image_id"])),
                read=lambda path, width, height: None,
            ),
            boxes,
        )
        tests[name] = project.test(source=name)
    project.freeze_test("real")

    start = time.monotonic()
    found = project.test("train").predict("plates")
    photos = project.test("train").images["image_id"].sample(frac=1, random_state=asked.seed, ignore_index=True)
    print(f"pre-labels for {len(photos)} photos in {time.monotonic() - start:.0f} s", flush=True)

    evaluations = {"plates alone": on_tests("plates", tests, project.folder.root, asked)}
    work, done = {}, 0
    for count in asked.labels:
        label(project, photos[done:count], found, known, asked.confidence)
        done = min(count, len(photos))
        log = project.label_log
        work[f"{done} photos"] = hand_work(log[log["image_id"].isin(photos)])
        print(pd.DataFrame(work).to_string(), flush=True)
        version = project.snapshot(f"{done} photos corrected")
        run = project.train(
            version,
            weights="plates",
            batches=asked.batches,
            image_size=asked.image_size,
            learning_rate=asked.learning_rate,
            seed=asked.seed,
        )
        print(f"{run.record.budget}: {run.record.seconds:.0f} s on {run.record.device}", flush=True)
        evaluations[f"and {done} photos"] = on_tests(run, tests, project.folder.root, asked)
    show(evaluations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--out", type=Path, help="keep the project in this folder, which must be new")
    parser.add_argument("--labels", nargs="+", type=int, default=[50, 100, 225])
    parser.add_argument("--batches", type=int, default=150)
    parser.add_argument("--image-size", type=int, default=416, help="of the training")
    parser.add_argument("--look-size", type=int, default=640, help="at which all detectors look")
    parser.add_argument("--confidence", type=float, default=0.5)
    parser.add_argument("--learning-rate", type=float, help="by default the detector's own")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.out:
        asked.out.mkdir(parents=True)
        run_all(asked, asked.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        run_all(asked, Path(folder))


if __name__ == "__main__":
    main()
