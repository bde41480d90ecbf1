"""VOC to YOLO, 20,000 files: ours beside hotcoco, labelformat, supervision and FiftyOne, and what a check costs.

    python benchmarks/formats.py [--files 20000] [--rounds 3] [--only "workbench;hotcoco"]

Every tool runs in a fresh process on the same files and pictures (tiny PNGs), reads VOC and writes YOLO, once on a few
files to warm up and once timed; so it goes round after round, and the table gives each tool's median, with the fastest
and the slowest round beside it. ``cpu s`` counts a tool's own processes and threads, too. Ours checks every file and
every picture's header on the way, which no other tool does, and uses all cores ("workbench"); "one process" is the same
without helper processes, "unchecked" only reads and writes, with all cores. The last lines give `check_labels` on half
as many files. Tools that are not installed are left out and named.

TMPDIR says where the files lie: in memory (TMPDIR=/dev/shm) the figures are steadier; on ext4 a new file may cost
twenty times as much for a while after many were deleted.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import random
import resource
import shutil
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

OBJECT = """\t<object>
\t\t<name>{name}</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>{a}</xmin>
\t\t\t<ymin>{b}</ymin>
\t\t\t<xmax>{c}</xmax>
\t\t\t<ymax>{d}</ymax>
\t\t</bndbox>
\t</object>
"""
FILE = """<annotation>
\t<folder>images</folder>
\t<filename>{name}.png</filename>
\t<path>{name}.png</path>
\t<source>
\t\t<database>Unknown</database>
\t</source>
\t<size>
\t\t<width>1280</width>
\t\t<height>720</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>
{objects}</annotation>
"""

ROWS = zlib.compress(bytes(1281) * 720, 9)


def picture(note: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1280, 720, 8, 0, 0, 0, 0)) + chunk(b"tEXt", b"Comment\0" + note)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", ROWS) + chunk(b"IEND", b"")


def make(folder: Path, count: int) -> None:
    rng = random.Random(1)
    labels, pictures = folder / "labels", folder / "images"
    labels.mkdir(parents=True)
    pictures.mkdir()
    for i in range(count):
        objects = ""
        for _ in range(rng.choice([1, 1, 2, 3])):
            a, b = rng.randint(0, 1000), rng.randint(0, 600)
            box = {"a": a, "b": b, "c": a + rng.randint(40, 200), "d": b + rng.randint(15, 60)}
            objects += OBJECT.format(name=rng.choice(["plate", "car"]), **box)
        (labels / f"im{i:05d}.xml").write_text(FILE.format(name=f"im{i:05d}", objects=objects))
        # No two pictures are the same, and many are of one length, so that the search for copies has to look into them.
        (pictures / f"im{i:05d}.png").write_bytes(picture(b"%05d" % i + b"." * (i % 977)))


def workbench_(folder: Path, out: Path, workers: int | None = None) -> None:
    from workbench.label import convert

    images = folder / "images"
    report = convert(folder / "labels", out / "yolo", to="yolo", format="voc", images=images, workers=workers)
    assert not report.check.summary["codes"], report.check.summary["codes"]


def workbench_alone(folder: Path, out: Path) -> None:
    workbench_(folder, out, workers=1)


def workbench_no_check(folder: Path, out: Path) -> None:
    from workbench.label import read_labels, write_labels

    read = read_labels(folder / "labels", format="voc", images=folder / "images")
    write_labels(read.images, read.boxes, out / "yolo", format="yolo", classes=read.classes)


def check(folder: Path, out: Path, workers: int | None = None) -> None:
    from workbench.label import check_labels

    check_labels(folder / "labels", images=folder / "images", format="voc", workers=workers)


def check_alone(folder: Path, out: Path) -> None:
    check(folder, out, workers=1)


def hotcoco_(folder: Path, out: Path) -> None:
    from hotcoco import COCO

    COCO.from_voc(str(folder / "labels")).to_yolo(str(out))


def labelformat_(folder: Path, out: Path) -> None:
    from labelformat.formats import PascalVOCObjectDetectionInput, YOLOv8ObjectDetectionOutput

    source = PascalVOCObjectDetectionInput(input_folder=folder / "labels", category_names="plate,car")
    YOLOv8ObjectDetectionOutput(output_file=out / "data.yaml", output_split="train").save(label_input=source)


def supervision_(folder: Path, out: Path) -> None:
    import supervision

    data = supervision.DetectionDataset.from_pascal_voc(str(folder / "images"), str(folder / "labels"))
    data.as_yolo(annotations_directory_path=str(out / "labels"), data_yaml_path=str(out / "data.yaml"))


def fiftyone_(folder: Path, out: Path) -> None:
    import fiftyone.utils.voc as voc
    import fiftyone.utils.yolo as yolo

    source = voc.VOCDetectionDatasetImporter(data_path=str(folder / "images"), labels_path=str(folder / "labels"))
    target = yolo.YOLOv5DatasetExporter(export_dir=str(out), classes=["plate", "car"], export_media=False)
    with source, target:
        for path, metadata, found in source:
            target.export_sample(path, found, metadata)


TOOLS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "workbench": ("workbench", workbench_),
    "workbench, one process": ("workbench", workbench_alone),
    "workbench, unchecked": ("workbench", workbench_no_check),
    "hotcoco": ("hotcoco", hotcoco_),
    "labelformat": ("labelformat", labelformat_),
    "supervision": ("supervision", supervision_),
    "fiftyone": ("fiftyone", fiftyone_),
    "check": ("workbench", check),
    "check, one process": ("workbench", check_alone),
}
RIVALS = ("labelformat", "fiftyone", "hotcoco")


@dataclass(frozen=True)
class Timing:
    """One round of one tool: wall and processor seconds, and the most memory any of its processes held, in MB."""

    wall: float
    cpu: float
    memory: float


def cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def timed(tool: Callable[[Path, Path], None], folder: Path, out: Path, results: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Run one tool in this process; puts a `Timing`, or why there is none."""
    try:
        for name in ("warm", "real"):
            (out / name).mkdir(parents=True)
        tool(folder.parent / "warm", out / "warm")
        wall, cpu = time.perf_counter(), cpu_seconds()
        tool(folder, out / "real")
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        most = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        results.put(Timing(wall, cpu, max(most) / 1024))
    except Exception as error:  # noqa: BLE001 - another tool's failure is a line of the table
        results.put(f"{type(error).__name__}: {error}"[:100])


def run(tool: Callable[[Path, Path], None], folder: Path, out: Path) -> Timing | str:
    """One round of one tool, in a fresh process; what it wrote is removed."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=timed, args=(tool, folder, out, results))
    process.start()
    found: Timing | str = results.get()
    process.join()
    shutil.rmtree(out)
    return found


def show(rounds: dict[str, list[Timing]], files: int) -> None:
    """The table: medians, spread, and how many times as fast as each rival."""
    print(f"\n{'tool':24s}{'files/s':>9s}{'slowest - fastest':>19s}{'s':>8s}{'cpu s':>8s}{'MB':>6s}", end="")
    print("".join(f"{'x ' + name:>14s}" for name in RIVALS) + f"   ({files} files)")
    middle = {name: median(one.wall for one in some) for name, some in rounds.items()}
    for name, some in rounds.items():
        count = files // 2 if name.startswith("check") else files
        rates = sorted(count / one.wall for one in some)
        line = f"{name:24s}{count / middle[name]:9,.0f}{rates[0]:10,.0f} -{rates[-1]:7,.0f}{middle[name]:8.2f}"
        line += f"{median(one.cpu for one in some):8.2f}{max(one.memory for one in some):6.0f}"
        # A check writes nothing and is no rival of a conversion.
        others = [] if name.startswith("check") else [middle.get(rival) for rival in RIVALS]
        print(line + "".join(f"{other / middle[name]:14.2f}" if other else f"{'-':>14s}" for other in others))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="names of tools, with ; between them")
    args = parser.parse_args()
    asked = [name for name in TOOLS if not args.only or name in args.only.split(";")]
    missing = [name for name in asked if importlib.util.find_spec(TOOLS[name][0]) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}")
    rounds: dict[str, list[Timing]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for place, count in (("all", args.files), ("half", args.files // 2)):
            make(root / place / "data", count)
            make(root / place / "warm", 20)
        for number in range(args.rounds):
            for name in asked:
                if name in missing:
                    continue
                place = "half" if name.startswith("check") else "all"
                found = run(TOOLS[name][1], root / place / "data", root / "out")
                if isinstance(found, str):
                    print(f"{name} failed: {found}")
                    missing.append(name)
                    continue
                rounds.setdefault(name, []).append(found)
                print(f"round {number + 1}: {name} {found.wall:.2f} s, cpu {found.cpu:.2f} s", flush=True)
    show(rounds, args.files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
