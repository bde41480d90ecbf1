"""Measuring pictures: ours beside CleanVision and beside decoding alone; near-duplicates; growth with the number.

    python benchmarks/collect.py --pictures FOLDER [--competitors FOLDER] [--rounds 3] [--most 100000]

Every tool runs in its own process with two workers on the same files, which were read once before; rounds alternate
and the best of each counts. On a machine that others use, too, look at the processor seconds. "ours" is everything
`collect` knows of a picture and the whole search for exact and near duplicates, as CleanVision's default issues are.
"decode" opens each file with Pillow and decodes it to RGB once, as any tool does that looks at pictures; "decode, grey"
lets a JPEG leave its colours out, as ours does. The search runs over random hashes; the growth over small pictures of
96 × 72, which are made first, and into a project, too. CleanVision is looked for in `--competitors`
(`pip install --target FOLDER --no-deps cleanvision imagehash pywavelets tabulate`).
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

WORKERS = 2


def ours(folder: Path) -> int:
    from workbench.pictures import find_duplicates, survey

    there = survey(folder, workers=WORKERS)
    find_duplicates(there.images, there.root, look=there.look, workers=WORKERS)
    return len(there.images)


def measured(folder: Path) -> int:
    from workbench.pictures import survey

    return len(survey(folder, workers=WORKERS).images)


def cleanvision(folder: Path) -> int:
    from cleanvision import Imagelab

    lab = Imagelab(data_path=str(folder))
    lab.find_issues(n_jobs=WORKERS, verbose=False)
    return len(lab.issues)


def decode(folder: Path, *, grey: bool = False) -> int:
    from PIL import Image

    from workbench.pictures.finding import find

    def one(file: Path) -> None:
        with Image.open(io.BytesIO(file.read_bytes())) as image:
            if grey:
                image.draft("L", image.size)
            image.convert("L" if grey else "RGB")

    files = find(folder).files
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, files))
    return len(files)


def decode_grey(folder: Path) -> int:
    return decode(folder, grey=True)


def collected(folder: Path) -> int:
    from workbench.collect import collect_pictures
    from workbench.project import ProjectFolder

    with tempfile.TemporaryDirectory() as home:
        project = ProjectFolder.create(Path(home) / "p", classes=["thing"])
        return len(collect_pictures(project, folder, workers=WORKERS).added)


def search(count: int) -> int:
    import numpy as np

    from workbench.pictures import near_pairs

    hashes = np.random.default_rng(0).integers(0, 2**64 - 1, count, dtype=np.uint64)
    return len(near_pairs(hashes, within=14, workers=WORKERS))


def make(folder: Path, count: int) -> Path:
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(count):
        small = Image.fromarray(rng.integers(0, 255, (9, 12, 3), dtype=np.uint8))
        small.resize((96, 72), Image.Resampling.BICUBIC).save(folder / f"{number:06}.jpg", quality=80)
    return folder


def run(work: Callable[[Any], int], argument: Any) -> tuple[float, float, float, int]:
    """Seconds, processor seconds, MB at the most, and the result, out of a process of its own."""
    context = multiprocessing.get_context("spawn")
    results: Any = context.Queue()
    process = context.Process(target=_timed, args=(work, argument, results, sys.path))
    process.start()
    answer: tuple[float, float, float, int] = results.get()
    process.join()
    return answer


def _timed(work: Callable[[Any], int], argument: Any, results: Any, path: list[str]) -> None:
    sys.path[:] = path
    for module in (
        "PIL.Image",
        "cv2",
        "pandas",
        "workbench.pictures.alike.duplicates",
        "workbench.collect.bring_pictures",
    ):
        importlib.import_module(module)
    if work is cleanvision:
        importlib.import_module("cleanvision")
    start, before = time.perf_counter(), _processor_seconds()
    result = work(argument)
    seconds, cpu = time.perf_counter() - start, _processor_seconds() - before
    results.put((seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, result))


def _processor_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def beside(pictures: Path, rounds: int) -> None:
    tools = {"ours": ours, "ours, measured only": measured, "decode": decode, "decode, grey": decode_grey}
    if importlib.util.find_spec("cleanvision"):
        tools["cleanvision"] = cleanvision
    else:
        print("cleanvision       not installed; name its folder with --competitors")
    best: dict[str, float] = {}
    cpu: dict[str, float] = {}
    counts: dict[str, int] = {}
    for _ in range(rounds):
        for name, tool in tools.items():
            seconds, used, _, counts[name] = run(tool, pictures)
            best[name], cpu[name] = min(seconds, best.get(name, seconds)), min(used, cpu.get(name, used))
    print(f"{'':22s}{'pictures':>9s}{'s':>8s}{'pictures/s':>12s}{'ours takes':>12s}{'cpu s':>9s}{'ours takes':>12s}")
    for name, seconds in best.items():
        print(
            f"{name:22s}{counts[name]:9d}{seconds:8.2f}{counts[name] / seconds:12.1f}"
            f"{best['ours'] / seconds:11.2f}×{cpu[name]:9.2f}{cpu['ours'] / cpu[name]:11.2f}×",
            flush=True,
        )


def growth(most: int, project_most: int) -> None:
    print(f"\n{'':22s}{'pictures':>9s}{'s':>8s}{'ms each':>12s}{'MB':>12s}")
    for count in (n for n in (1_000, 10_000, 100_000) if n <= most):
        with tempfile.TemporaryDirectory() as scratch:
            folder = make(Path(scratch) / "small", count)
            for name, tool in (("measure and compare", ours), ("into a project", collected)):
                if tool is collected and count > project_most:
                    continue
                seconds, _, megabytes, _ = run(tool, folder)
                print(f"{name:22s}{count:9d}{seconds:8.1f}{1000 * seconds / count:12.2f}{megabytes:12.0f}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--competitors", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--most", type=int, default=100_000, help="pictures of the largest growth step; 0 leaves it out"
    )
    parser.add_argument("--project-most", type=int, default=100_000, help="the same for collecting into a project")
    arguments = parser.parse_args()
    if arguments.competitors:
        sys.path.append(str(arguments.competitors))
    beside(arguments.pictures, arguments.rounds)
    seconds, _, megabytes, found = run(search, 100_000)
    print(f"\nnear-duplicates among 100,000 hashes: {seconds:.1f} s, {megabytes:.0f} MB ({found} pairs)")
    growth(arguments.most, arguments.project_most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
