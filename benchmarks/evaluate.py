"""How long an evaluation takes beside pycocotools and FiftyOne, in one run on one machine.

    python benchmarks/evaluate.py [--pictures 5000] [--fiftyone 50]
    python benchmarks/evaluate.py --grow 14286 47619 142857

What makes the comparison fair: all figures are medians of the same number of runs (`--repeat`), after a warm-up.
pycocotools does what hotcoco does for us (all areas together, 100 detections), its records made beforehand; a second
line has it as it comes (four sizes of area, three limits). FiftyOne runs on the first `--fiftyone` pictures, and its
ratio is to our time on those same pictures. Nothing is scaled up, because FiftyOne's time does not grow in proportion.
It needs a mongod; 0 leaves it out. The load of the machine is printed: with other work on it, no ratio here means much.
`--grow` times us alone at several sizes, each in a process of its own, with the most memory it held; the largest above
is 1,000,000 boxes and 5,000,000 predictions.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import io
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse import evaluate
from workbench.model.geometry import CORNERS

WIDTH, HEIGHT = 1280, 720
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def made_up(pictures: int, *, classes: int, seed: int = 0, predictions_per_picture: int = 34) -> Tables:
    """Seven boxes and 34 predictions a picture; two thirds of the predictions lie near a box."""
    rng = np.random.default_rng(seed)
    count, found = 7 * pictures, predictions_per_picture * pictures
    keys = np.array([f"picture_{i:07d}.jpg" for i in range(pictures)])
    names = np.array([f"class {i}" for i in range(classes)])

    def anywhere(n: int) -> np.ndarray:
        size = rng.lognormal(3.5, 0.6, (n, 2)) + 4
        low = rng.uniform(0, 1, (n, 2)) * np.maximum([WIDTH, HEIGHT] - size, 1)
        return np.concatenate([low, low + size], axis=1)

    truth, where, label = anywhere(count), rng.integers(0, pictures, count), rng.integers(0, classes, count)
    boxes = pd.DataFrame(truth, columns=CORNERS).assign(
        image_id=keys[where], class_name=names[label], ignore=rng.random(count) < 0.01
    )
    near = found * 2 // 3
    source = rng.integers(0, count, near)
    size = np.tile(truth[source, 2:] - truth[source, :2], 2)
    moved = truth[source] + rng.normal(0, 0.12, (near, 4)) * size
    moved = np.concatenate([np.minimum(moved[:, :2], moved[:, 2:]), np.maximum(moved[:, :2], moved[:, 2:])], axis=1)
    confidence = np.concatenate([rng.beta(2, 2, near), rng.beta(1, 4, found - near)]).round(4).clip(0.01, 1)
    predictions = pd.DataFrame(np.concatenate([moved, anywhere(found - near)]), columns=CORNERS).assign(
        image_id=keys[np.concatenate([where[source], rng.integers(0, pictures, found - near)])],
        class_name=names[np.concatenate([label[source], rng.integers(0, classes, found - near)])],
        confidence=confidence,
    )
    images = pd.DataFrame({"image_id": keys, "width": WIDTH, "height": HEIGHT})
    return images, boxes, predictions.sample(frac=1, random_state=seed, ignore_index=True)


def median_of(repeat: int, call: Callable[[], Any]) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def everything(tables: Tables) -> None:
    evaluation = evaluate(*tables)
    _ = evaluation.metrics, evaluation.verdicts, evaluation.causes


def run_pycocotools(tables: Tables, repeat: int, *, as_it_comes: bool = False) -> float:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    images, boxes, predictions = tables
    names = sorted(set(boxes["class_name"]) | set(predictions["class_name"]))

    def records(table: pd.DataFrame) -> list[dict[str, Any]]:
        picture = pd.Index(images["image_id"]).get_indexer(table["image_id"]) + 1
        category = pd.Categorical(table["class_name"], categories=names).codes + 1
        corners = table[CORNERS].to_numpy()
        xywh = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        return [
            {"image_id": int(i), "category_id": int(c), "bbox": box.tolist()}
            for i, c, box in zip(picture, category, xywh, strict=True)
        ]

    truth = records(boxes)
    for number, (row, ignore) in enumerate(zip(truth, boxes["ignore"], strict=True)):
        row.update(id=number + 1, area=row["bbox"][2] * row["bbox"][3], iscrowd=int(ignore))
    found = records(predictions)
    for row, confidence in zip(found, predictions["confidence"], strict=True):
        row["score"] = float(confidence)
    dataset = {
        "images": [{"id": i + 1} for i in range(len(images))],
        "annotations": truth,
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(names)],
    }

    def once() -> None:
        coco = COCO()
        coco.dataset = dataset
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(found), "bbox")
        if not as_it_comes:
            run.params.areaRng, run.params.areaRngLbl, run.params.maxDets = [[0, 1e10]], ["all"], [100]
        run.evaluate()
        run.accumulate()

    with contextlib.redirect_stdout(io.StringIO()):
        return median_of(repeat, once)


def run_fiftyone(tables: Tables, repeat: int) -> float:
    from workbench.machine import mongod, quiet

    folder = tempfile.mkdtemp(prefix="benchmark-fiftyone-")
    # Registered before fiftyone is imported, so that it runs after fiftyone has stopped its mongod.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    quiet.apply()
    mongod.apply(Path(folder))
    import fiftyone as fo
    from fiftyone.core.service import DatabaseService

    DatabaseService.service_name = mongod.service_name()
    images, boxes, predictions = tables
    truth, found = dict(list(boxes.groupby("image_id"))), dict(list(predictions.groupby("image_id")))

    def labels(table: pd.DataFrame | None) -> fo.Detections:
        rows = [] if table is None else table.to_dict("records")
        return fo.Detections(
            detections=[
                fo.Detection(
                    label=row["class_name"],
                    bounding_box=[
                        row["xmin"] / WIDTH,
                        row["ymin"] / HEIGHT,
                        (row["xmax"] - row["xmin"]) / WIDTH,
                        (row["ymax"] - row["ymin"]) / HEIGHT,
                    ],
                    confidence=row.get("confidence"),
                    iscrowd=bool(row.get("ignore", False)),
                )
                for row in rows
            ]
        )

    def timed(count: int) -> float:
        dataset = fo.Dataset()
        try:
            samples = []
            for key in images["image_id"].iloc[:count]:
                sample = fo.Sample(filepath=f"/{key}", truth=labels(truth.get(key)))
                sample["found"] = labels(found.get(key))
                samples.append(sample)
            dataset.add_samples(samples)
            start = time.perf_counter()
            dataset.evaluate_detections("found", gt_field="truth", eval_key="e", method="coco", compute_mAP=True)
            return time.perf_counter() - start
        finally:
            dataset.delete()

    timed(2)
    return statistics.median(timed(len(images)) for _ in range(repeat))


def first(tables: Tables, pictures: int) -> Tables:
    images = tables[0].iloc[:pictures]
    boxes, predictions = (table[table["image_id"].isin(images["image_id"])] for table in tables[1:])
    return images, boxes, predictions


def grow(sizes: list[int], *, classes: int) -> None:
    """Time and peak memory of everything at each size, and how that compares with growing like n log n."""
    context = multiprocessing.get_context("spawn")
    first: tuple[float, float] | None = None
    for pictures in sizes:
        with context.Pool(1) as pool:
            boxes, predictions, seconds, peak = pool.apply(grown, (pictures, classes))
        work = predictions * np.log(predictions)
        first = first or (seconds, work)
        against = (seconds / first[0]) / (work / first[1])
        print(
            f"{pictures:>9,} pictures {boxes:>10,} boxes {predictions:>10,} predictions {seconds:>8.2f} s "
            f"{peak / 2**30:>6.2f} GiB at most {against:>6.2f} × n log n",
            flush=True,
        )


def grown(pictures: int, classes: int) -> tuple[int, int, float, int]:
    tables = made_up(pictures, classes=classes, predictions_per_picture=35)
    start = time.perf_counter()
    everything(tables)
    seconds = time.perf_counter() - start
    return len(tables[1]), len(tables[2]), seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--fiftyone", type=int, default=50, metavar="N")
    parser.add_argument("--grow", type=int, nargs="+", metavar="PICTURES", help="time these sizes, and nothing else")
    asked = parser.parse_args()
    if asked.grow:
        grow(asked.grow, classes=asked.classes)
        return
    before = os.getloadavg()
    tables = made_up(asked.pictures, classes=asked.classes)
    everything(made_up(20, classes=2))
    evaluation = evaluate(*tables)
    _ = evaluation.verdicts

    def sweep() -> None:
        _ = evaluation.at(confidence=0.3).sweep

    def again(confidence: float) -> None:
        moved = evaluation.at(confidence=confidence)
        _ = moved.metrics, moved.verdicts, moved.causes

    ours = median_of(asked.repeat, lambda: everything(tables))
    repeat = asked.repeat
    lines = [
        ("AP, verdicts, errors, causes", ours, ours),
        ("the same, and evidence for every failure", ours + median_of(repeat, lambda: evaluation.failures), ours),
        ("again at confidence 0.3: metrics, verdicts, causes", median_of(repeat, lambda: again(0.3)), ours),
        ("again at confidence 0.01", median_of(repeat, lambda: again(0.01)), ours),
        ("sweep of 99 confidences, with intervals", median_of(repeat, sweep), ours),
        ("sweep of 99 confidences, counted only", median_of(repeat, evaluation.curve), ours),
        ("again at IoU 0.75, metrics", median_of(repeat, lambda: evaluation.at(iou=0.75).metrics), ours),
        ("pycocotools, AP only, all areas together", run_pycocotools(tables, repeat), ours),
        ("pycocotools, AP only, as it comes", run_pycocotools(tables, repeat, as_it_comes=True), ours),
    ]
    if asked.fiftyone:
        part = first(tables, asked.fiftyone)
        ours_on_part = median_of(repeat, lambda: everything(part))
        lines.append((f"ours on {len(part[0])} pictures", ours_on_part, ours_on_part))
        lines.append((f"FiftyOne with mAP on {len(part[0])} pictures", run_fiftyone(part, repeat), ours_on_part))
    sizes = " / ".join(f"{len(table):,}" for table in tables)
    print(f"{sizes} pictures / boxes / predictions; medians of {repeat}; {os.cpu_count()} cores")
    print(f"load before {before[0]:.1f}, after {os.getloadavg()[0]:.1f}")
    for name, seconds, base in lines:
        print(f"{name:<56}{seconds:>10.3f} s{seconds / base:>10.2f} ×")


if __name__ == "__main__":
    main()
