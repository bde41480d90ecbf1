"""VOC to YOLO, 20,000 files, one process each: ours beside hotcoco, labelformat, supervision and FiftyOne.

    python benchmarks/formats.py [--files 20000] [--only workbench,hotcoco] [--check]

Every tool runs in its own process on the same files and pictures (tiny PNGs), reads VOC and writes YOLO. Tools that are
not installed are left out and named. `--check` times `check_labels` on half as many files instead. TMPDIR says where
the files lie: in memory (TMPDIR=/dev/shm) the figures are steady; on ext4 a new file may cost twenty times as much for
a while after many were deleted.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import random
import resource
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

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


def workbench_(folder: Path, out: Path) -> None:
    from workbench.label import convert

    report = convert(folder / "labels", out / "yolo", to="yolo", format="voc", images=folder / "images")
    assert not report.check.summary["codes"], report.check.summary["codes"]


def workbench_no_check(folder: Path, out: Path) -> None:
    from workbench.label import read_labels, write_labels

    read = read_labels(folder / "labels", format="voc", images=folder / "images")
    write_labels(read.images, read.boxes, out / "yolo", format="yolo", classes=read.classes)


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
    "workbench, unchecked": ("workbench", workbench_no_check),
    "hotcoco": ("hotcoco", hotcoco_),
    "labelformat": ("labelformat", labelformat_),
    "supervision": ("supervision", supervision_),
    "fiftyone": ("fiftyone", fiftyone_),
}


def timed(tool: Callable[[Path, Path], None], folder: Path, out: Path, results: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    try:
        warm = out / "warm"
        warm.mkdir()
        small = folder.parent / "warm"
        tool(small, warm)
        target = out / "real"
        target.mkdir()
        wall, cpu = time.perf_counter(), time.process_time()
        tool(folder, target)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        results.put((wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, ""))
    except Exception as error:  # noqa: BLE001 - another tool's failure is a line of the table
        results.put((0.0, 0.0, 0.0, f"{type(error).__name__}: {error}"[:100]))


def check_only(folder: Path, out: Path) -> None:
    from workbench.label import check_labels

    check_labels(folder / "labels", images=folder / "images", format="voc")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    tools = {"workbench check": ("workbench", check_only)} if args.check else TOOLS
    count = args.files // 2 if args.check else args.files
    with tempfile.TemporaryDirectory() as scratch:
        make(Path(scratch) / "data", count)
        make(Path(scratch) / "warm", 20)
        print(f"{'tool':24s}{'files/s':>10s}{'s':>8s}{'cpu s':>8s}{'MB':>7s}   ({count} files)")
        for name, (module, tool) in tools.items():
            if args.only and name not in args.only.split(","):
                continue
            if importlib.util.find_spec(module) is None:
                print(f"{name:24s} not installed")
                continue
            out = Path(scratch) / "out" / name
            out.mkdir(parents=True)
            context = multiprocessing.get_context("spawn")
            results = context.Queue()
            process = context.Process(target=timed, args=(tool, Path(scratch) / "data", out, results))
            process.start()
            wall, cpu, memory, failure = results.get()
            process.join()
            line = f"{count / wall:10,.0f}{wall:8.2f}{cpu:8.2f}{memory:7.0f}" if not failure else f"  failed: {failure}"
            print(f"{name:24s}{line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
