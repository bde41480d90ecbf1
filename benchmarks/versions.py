"""A million boxes: how long a snapshot takes, and a diff of two such versions with 1 % changed; DVC beside it.

    python benchmarks/versions.py [--boxes 1000000] [--dvc path/to/dvc] [--files 20000]

Each step runs in a process of its own, so that its peak memory is its own. A snapshot is timed from the store to the
version on disk; a diff from the two versions on disk to the table of changed boxes. With `--dvc`, DVC tracks the labels
of as many pictures as `--files` as YOLO text files: its time and ours for the same change, and what both say about it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.api.project import Project
from workbench.label import write_labels
from workbench.model import tables
from workbench.model.geometry import CORNERS

PER_PICTURE = 4
LIMITS = {"snapshot": 10.0, "diff": 10.0}
MOST_MEMORY_GB = 4.0


def dataset(boxes: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many boxes, four a picture, a tenth of them with an attribute, drawn by three labellers in two sources."""
    rng = np.random.default_rng(0)
    count = boxes // PER_PICTURE
    names = [f"{'web' if i % 2 else 'video'}/img_{i:07d}.jpg" for i in range(count)]
    images = pd.DataFrame(
        {
            "image_id": names,
            "path": [f"pictures/{name}" for name in names],
            "sha256": [f"{i:064x}" for i in range(count)],
            "width": 1280,
            "height": 720,
            "source": ["web" if i % 2 else "video" for i in range(count)],
            "group_id": [f"g{i // 4}" for i in range(count)],
            "split": rng.choice(["train", "val", "test"], count, p=[0.7, 0.1, 0.2]),
            "label_status": "labelled",
        }
    )
    low = rng.uniform(0, [1100, 650], (boxes, 2))
    size = rng.uniform(10, [180, 70], (boxes, 2))
    table = pd.DataFrame(np.hstack([low, low + size]), columns=CORNERS)
    table["box_id"] = [f"b{i}" for i in range(1, boxes + 1)]
    table["image_id"] = np.repeat(names, PER_PICTURE)[:boxes]
    table["class_name"] = rng.choice(["plate", "light"], boxes)
    table["ignore"] = False
    table["labeller"] = rng.choice(["ann", "bob", "민아"], boxes)
    table["truncated"] = np.where(rng.random(boxes) < 0.1, 1.0, np.nan)
    return tables.validate(images, "images"), tables.validate(table, "boxes")


def changed(boxes: pd.DataFrame) -> pd.DataFrame:
    """One box in a hundred edited: a fifth each moved, drawn tighter, relabelled, removed and added."""
    rng = np.random.default_rng(1)
    part = max(len(boxes) // 500, 1)
    rows = rng.choice(len(boxes), 4 * part, replace=False)
    moved, tight, named, gone = (rows[i * part : (i + 1) * part] for i in range(4))
    after = boxes.copy()
    after.loc[moved, ["xmin", "xmax"]] += 6.0
    after.loc[tight, ["xmin", "ymin"]] += 3.0
    after.loc[named, "class_name"] = "truck"
    fresh = boxes.loc[gone].assign(
        box_id=[f"b{len(boxes) + 1 + i}" for i in range(part)], xmin=1200.0, xmax=1279.0, ymin=700.0, ymax=719.0
    )
    return pd.concat([after.drop(index=gone), fresh], ignore_index=True)


def prepare(home: Path, boxes: int) -> None:
    project = Project.create(home, classes=["plate", "light", "truck"])
    images, table = dataset(boxes)
    project.folder.store.replace_all(images, table, project.classes, who="benchmark", why="made", notes={})


def edit(home: Path, boxes: int) -> None:
    project = Project.open(home)
    images, table, classes = project.folder.store.read_all()
    project.folder.store.replace_all(images, changed(table), classes, who="benchmark", why="edited", notes={})


def freeze(home: Path, boxes: int) -> None:
    Project.open(home).snapshot("a million boxes")


def compare(home: Path, boxes: int) -> None:
    project = Project.open(home)
    first, second = project.versions["version"]
    found = project.diff(first, second)
    print(f"  {found}")
    told = found.summary
    part = max(boxes // 500, 1)
    wanted = {f"boxes {kind}": part for kind in ("added", "removed", "moved", "tightened", "relabelled")}
    if told != wanted:
        sys.exit(f"the diff is wrong: {told} in place of {wanted}")


def measured(step: Callable[[Path, int], None], home: Path, boxes: int) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak memory in GB of a step in a process of its own, without its imports."""
    receive, send = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_timed, args=(step, home, boxes, send))
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)
    seconds, processor, memory = receive.recv()
    return seconds, processor, memory


def _timed(step: Callable[[Path, int], None], home: Path, boxes: int, send: object) -> None:
    start, processor = time.perf_counter(), time.process_time()
    step(home, boxes)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    send.send((seconds, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6))  # type: ignore[attr-defined]


def versions(boxes: int) -> bool:
    fine = True
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "project"
        for name, step in (
            ("prepare", prepare),
            ("snapshot", freeze),
            ("edit", edit),
            ("snapshot", freeze),
            ("diff", compare),
        ):
            seconds, processor, memory = measured(step, home, boxes)
            limit = LIMITS.get(name)
            if limit is None:
                continue
            met = seconds <= limit and memory <= MOST_MEMORY_GB
            fine &= met
            print(
                f"{name:<9} {boxes:>9,} boxes: {seconds:5.1f} s (at most {limit:.0f}; {processor:.1f} s of "
                f"processor), {memory:.2f} GB (at most "
                f"{MOST_MEMORY_GB:.0f}){'' if met else '   NOT MET'}",
                flush=True,
            )
    return fine


def beside_dvc(dvc: Path, files: int) -> None:
    images, before = dataset(files * PER_PICTURE)
    after = changed(before)
    with tempfile.TemporaryDirectory() as place:
        home, tracked = Path(place) / "project", Path(place) / "tracked"
        project = Project.create(home, classes=["plate", "light", "truck"])
        times = {"workbench": 0.0, "DVC": 0.0}
        for number, table in enumerate((before, after)):
            project.folder.store.replace_all(images, table, project.classes, who="benchmark", why="x", notes={})
            start = time.perf_counter()
            project.snapshot(f"state {number}")
            times["workbench"] += time.perf_counter() - start
            shutil.rmtree(tracked / "labels", ignore_errors=True)
            write_labels(images, table, tracked / "yolo", format="yolo", classes=project.classes)
            (tracked / "yolo" / "labels").rename(tracked / "labels")
            shutil.rmtree(tracked / "yolo")
            if not number:
                for command in (["git", "init", "-q"], [dvc, "init", "-q"], [dvc, "config", "core.analytics", "false"]):
                    subprocess.run(command, cwd=tracked, check=True)
            times["DVC"] += took([dvc, "add", "-q", "labels"], tracked)
            subprocess.run(["git", "add", "-A"], cwd=tracked, check=True)
            who = ["-c", "user.name=b", "-c", "user.email=b@localhost"]
            subprocess.run(["git", *who, "commit", "-q", "-m", f"state {number}"], cwd=tracked, check=True)
        first, second = project.versions["version"]
        start = time.perf_counter()
        found = project.diff(first, second)
        ours = time.perf_counter() - start
        theirs = took([dvc, "diff", "HEAD~1", "HEAD"], tracked)
        said = subprocess.run([dvc, "diff", "HEAD~1", "HEAD"], cwd=tracked, check=True, capture_output=True, text=True)
        release = subprocess.run([dvc, "--version"], check=True, capture_output=True, text=True).stdout.strip()
        lines = said.stdout.strip().splitlines()
        print(f"\n{files:,} label files, {files * PER_PICTURE:,} boxes, one box in a hundred changed; DVC {release}")
        ratio = times["DVC"] / times["workbench"]
        print(f"two states kept: DVC {times['DVC']:.1f} s, workbench {times['workbench']:.1f} s, ratio {ratio:.1f}")
        print(f"diff:            DVC {theirs:.1f} s, workbench {ours:.1f} s, ratio {theirs / ours:.1f}")
        print(f"\n$ dvc diff HEAD~1 HEAD      ({len(lines)} lines)")
        print("\n".join([*lines[:8], "…", *lines[-4:]]))
        print(f"\n$ workbench diff {first} {second}\n{found}\n\n{found.by_how_much().to_string(index=False)}")
        print(f"\n{found.counts('source', 'labeller').to_string(index=False)}")


def took(command: list[object], where: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=where, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--dvc", type=Path, help="the dvc command of an environment that has it")
    parser.add_argument("--files", type=int, default=20_000)
    arguments = parser.parse_args()
    fine = versions(arguments.boxes) if arguments.boxes else True
    if arguments.dvc is not None:
        beside_dvc(arguments.dvc.absolute(), arguments.files)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
